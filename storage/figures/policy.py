"""What a site decides for itself: the numbers and hours that figures need and no feed gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple, Self

from storage.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules of one site; the defaults are those of the simulated terminal."""

    zone: tzinfo = UTC
    """Where the hours below are local, and what `10:30` means in a filter."""
    teu_45: float = 2.0
    """What a 45-foot box counts, TEU: 2 or 2.25."""
    preparation: timedelta = timedelta(minutes=30)
    """From the end of loading to departure."""
    closes_with_estimate: bool = False
    """Whether loading closes later when the train is estimated later."""
    on_time: timedelta = timedelta(minutes=15)
    """Up to here late is on time."""
    warning: timedelta = timedelta(hours=6)
    """How long before its cut-off a box without an expected time is worth watching."""
    office_hours: str = "08:30-12:00,13:30-19:00"
    """Hours of customs where its office gives none."""
    sla: Mapping[str, timedelta] = field(
        default_factory=lambda: {
            "green": timedelta(minutes=30),
            "yellow": timedelta(hours=4),
            "red": timedelta(hours=8),
        }
    )
    """Lane to the longest wait that was agreed."""


DEFAULT = Policy()


class Moment(NamedTuple):
    """When a question is asked, and by which rules. `offset`: what the view's clock adds to this machine's.

    Figures go by `now`. Only the freshness of feeds goes by `machine_now`: answers were stamped by this machine.
    """

    now: datetime
    policy: Policy = DEFAULT
    offset: timedelta = timedelta(0)

    @classmethod
    def of(cls, clock: Clock, policy: Policy = DEFAULT) -> Self:
        """The view's time now."""
        return cls(clock.now(), policy, clock.offset if isinstance(clock, SystemClock) else timedelta(0))

    @property
    def machine_now(self) -> datetime:
        """This machine's time."""
        return self.now - self.offset
