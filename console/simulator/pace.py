"""How fast the simulated clock goes against the real one, and the task that lets the world keep up with it."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from console.simulator.gateway import World
from storage.clock import elapsed

SLICE_S = 0.010
"""Real seconds the world may run before requests get their turn again."""
REST_S = 0.2
"""Real seconds between two looks at the clock; commits come at least this often while things happen."""
_FIRST_STEP = timedelta(milliseconds=50)
_LEAST_STEP = timedelta(milliseconds=1)
_MOST_STEP = timedelta(hours=1)


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


async def keep_up(world: World, clock: PacedClock) -> None:
    """Run `world` up to the clock for ever, in slices short enough that no request waits long for its turn.

    A world that cannot keep up falls behind, and says so by its `as_of`.
    """
    step = _FIRST_STEP
    while True:
        target = clock.now()
        while world.log.as_of < target:
            until = min(target, world.log.as_of + step)
            began = time.perf_counter()
            world.run_until(until)
            took = time.perf_counter() - began
            step = fitting_step(step, took)
            # As long for the requests as for the world, even when it is behind.
            await asyncio.sleep(took)
        await asyncio.sleep(REST_S)


def fitting_step(step: timedelta, took: float) -> timedelta:
    """The simulated time that fits a slice, if `step` took `took` real seconds; at most twofold of it."""
    return min(max(step * min(2.0, SLICE_S / max(took, 1e-6)), _LEAST_STEP), _MOST_STEP)
