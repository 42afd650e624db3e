"""The time of day, asked for here and nowhere else.

A view is a cache and a clock: live views use `SystemClock`, a review uses `PinnedClock`. `elapsed()` is for durations:
it counts suspend and never jumps when somebody sets the wall clock.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What every query and figure takes besides the cache."""

    def now(self) -> datetime:
        """The view's time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock; `offset` corrects it towards a source whose clock differs by more than half a minute."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        """`offset` is added to the machine's time."""
        self.offset = offset

    def now(self) -> datetime:
        """Machine time plus the offset, in UTC."""
        return datetime.now(UTC) + self.offset


@dataclass(frozen=True)
class PinnedClock:
    """A clock that stands still: a review of the state at `at`."""

    at: datetime

    def now(self) -> datetime:
        """Always `at`."""
        return self.at


@dataclass
class ManualClock:
    """A clock that moves only when told to; for tests and fixed scenes."""

    at: datetime

    def now(self) -> datetime:
        """The time it was last moved to."""
        return self.at

    def advance(self, **by: float) -> None:
        """Move on by `timedelta(**by)`."""
        self.at += timedelta(**by)


def elapsed() -> float:
    """Seconds since some fixed moment; counts suspend where the system can."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
