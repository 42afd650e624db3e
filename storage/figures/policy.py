"""What a site decides for itself: the numbers and hours that figures need and no feed gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple, Self

from storage.clock import Clock, SystemClock
from storage.figures.segregation import Table, default_table


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
    handling: timedelta = timedelta(minutes=15)
    """From being received or released to standing under the crane at its train."""
    track_buffer: timedelta = timedelta(minutes=5)
    """How long a track must be clear before the next train takes it."""
    track_change: timedelta = timedelta(minutes=10)
    """How long before it takes its track a train can still be given another one."""
    reefer_tolerance: float = 2.0
    """How far a reefer may be off its set-point, kelvin."""
    reefer_silent: timedelta = timedelta(hours=4)
    """A reefer that has not been read for so long may be at any temperature."""
    dangerous_apart: Mapping[str, int] = field(
        default_factory=lambda: {"1": 5, "2/3": 2, "2/4": 2, "2/5": 2, "3/4": 2, "3/5": 3, "4/5": 3, "5/8": 2}
    )
    """Wagons between dangerous goods of two classes, by their first figures: `3/5`, or `1` for class 1 and any other.

    A pair that is not named may not share a wagon. A site's own rule, not a published table: make it yours.
    """
    segregation: Table = field(default_factory=default_table)
    """How far dangerous goods of two classes must stand apart in a block, and by which edition."""
    long_stay: timedelta = timedelta(days=7)
    """A full box that has been here longer is a long stay."""
    long_stay_empty: timedelta = timedelta(days=30)
    """The same for an empty one."""
    heaviest_kg: Mapping[str, int] = field(default_factory=lambda: {"2": 30_480, "4": 32_500, "L": 34_000})
    """First character of the size-type to the highest gross mass that is handled here, kg."""
    weight_differs: float = 0.05
    """From which share on a verified mass that differs from the declared one is worth a look."""
    office_hours: str = "08:30-12:00,13:30-19:00"
    """Hours of customs where its office gives none."""
    sla: Mapping[str, timedelta] = field(
        default_factory=lambda: {
            "green": timedelta(minutes=30),
            "yellow": timedelta(hours=4),
            "red": timedelta(hours=8),
        }
    )
    """Lane to the longest wait that was agreed; the site's lanes, in the order in which they are shown."""
    sla_in_office_hours: bool = False
    """Whether those waits are counted in office hours (else by the clock)."""
    seal_silent: timedelta = timedelta(hours=2)
    """A smart lock that has not been heard of for so long is silent, whatever its state says."""


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
