"""What an act is, and what the sources of acts are given to find theirs in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal

import msgspec
from sqlmodel import Session

from storage.clock import Clock, SystemClock
from storage.figures.policy import Moment, Policy
from storage.figures.risk import LEVELS, Level
from storage.queries.customs_held import queue_at
from storage.queries.customs_queue import Queue
from storage.queries.occupancy import OccupancyForecast, occupancy_forecast
from storage.queries.trains import TRAINS, TrainRow
from storage.queries.yard import BLOCKS, BlockRow

Phrase = tuple[str | datetime | timedelta, ...]
"""Words with times and lengths of time among them, which a screen writes by its own clock."""
ActKind = Literal["train", "box", "declaration", "block", "booking", "seal", "tracks"]
"""What Enter opens; `tracks` are the tracks over time, at the train of that id."""

_NEXT_TRAINS = TRAINS.presets[0].filter


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something for a person to do about `subject`; `kind` and `id` are what Enter opens.

    `by`: the last moment at which it helps, None when that is unknown. `words` say what is wrong, `helps` what would
    help, `short` both where there is room for some forty characters only. `unsure`: judged from old data.
    """

    level: Level
    by: datetime | None
    subject: str
    words: Phrase
    helps: Phrase = ()
    short: Phrase
    kind: ActKind
    id: str
    unsure: bool = False


@dataclass(frozen=True)
class Facts:
    """What is read once for all sources: the trains of the next 12 hours by their times, the yard, what customs has.

    `counting`: nobody reads the words, so that what only they need is not looked up.
    """

    session: Session
    clock: Clock
    policy: Policy
    counting: bool = False

    @cached_property
    def moment(self) -> Moment:
        """The view's time, and the site's rules."""
        return Moment.of(self.clock, self.policy)

    @cached_property
    def _before(self) -> dict[datetime, "Facts"]:
        return {}

    def at(self, when: datetime) -> "Facts":
        """The same as they were judged then, which is when their feeds were last all known."""
        if when == self.moment.now:
            return self
        if when not in self._before:
            clock = StandingClock(self.moment._replace(now=when))
            self._before[when] = Facts(self.session, clock, self.policy, self.counting)
        return self._before[when]

    @cached_property
    def trains(self) -> Sequence[TrainRow]:
        """Visits of the next 12 hours that have not left, in the order of their times."""
        criteria, sort = TRAINS.filter(_NEXT_TRAINS), TRAINS.sort("at")
        return TRAINS.page(self.session, self.clock, criteria, sort, policy=self.policy).rows

    @cached_property
    def blocks(self) -> Sequence[BlockRow]:
        """Every block of the yard."""
        return BLOCKS.page(self.session, self.clock, policy=self.policy).rows

    @cached_property
    def forecast(self) -> OccupancyForecast:
        """How full the yard will be."""
        return occupancy_forecast(self.session, self.clock, self.blocks, policy=self.policy)

    @cached_property
    def queue(self) -> Queue:
        """What waits at customs."""
        return queue_at(self.session, self.moment)


class StandingClock(SystemClock):
    """A clock that stands at a moment, and is as far from this machine's as that moment is."""

    def __init__(self, moment: Moment) -> None:
        super().__init__(moment.offset)
        self._now = moment.now

    def now(self) -> datetime:
        """Always that moment."""
        return self._now


Source = Callable[[Facts], Iterable[Act]]
"""Finds the acts of one matter, in any order."""


def soonest_first(acts: Iterable[Act], now: datetime) -> list[Act]:
    """By the minute, what is past as due now and what has no moment last; of one minute the gravest first."""
    never = datetime.max.replace(tzinfo=UTC)

    def order(act: Act) -> tuple[datetime, int, str]:
        minute = never if act.by is None else max(act.by, now).replace(second=0, microsecond=0)
        return minute, LEVELS.index(act.level), act.subject

    return sorted(acts, key=order)
