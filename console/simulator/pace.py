"""How fast the simulated clock goes against the real one, and the task that lets the world keep up with it."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from storage.clock import elapsed

SLICE_S = 0.010
"""Real seconds the world may run before requests get their turn again."""
REST_S = 0.2
"""Real seconds between two looks at the clock."""


class Moving(Protocol):
    """A world that goes on in steps."""

    def instants(self, moment: datetime) -> Iterator[datetime]:
        """Let everything happen up to `moment`, with a stop after each commit."""
        ...


@dataclass
class PacedClock:
    """A clock that started at `start` and goes `speed` times as fast as the real one."""

    start: datetime
    speed: float
    _began: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._began = elapsed()

    def now(self) -> datetime:
        """Simulated time, whole milliseconds."""
        return self.start + timedelta(milliseconds=int((elapsed() - self._began) * 1000 * self.speed))


async def keep_up(world: Moving, clock: PacedClock) -> None:
    """Run `world` up to the clock for ever, in slices short enough that no request waits long for its turn.

    A world that cannot keep up falls behind, and says so by its `as_of`.
    """
    while True:
        began = time.perf_counter()
        for _ in world.instants(clock.now()):
            took = time.perf_counter() - began
            if took > SLICE_S:
                await asyncio.sleep(took)  # as long for the requests as for the world, even when it is behind
                began = time.perf_counter()
        await asyncio.sleep(REST_S)
