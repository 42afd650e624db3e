"""Customs lanes: how long declarations wait in them, how fast they move, and when they will be through."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from storage.figures.expected_release import FOREVER, HOUR, Forecast, Line, Lines, Stays, is_unforeseen, rank_of
from storage.figures.hours import OfficeTime
from storage.figures.policy import Policy
from storage.figures.registry import declare
from storage.models.base import from_ms, to_ms

NO_LANE = "no lane"
DAY = 24 * HOUR
NOBODY, NO_STAYS = Line((), (), (), ()), Stays((), (), ())

declare(
    "wait", "Wait", "h:mm",
    """Now less the time it entered this lane (before it has one: was submitted), in clock hours. The unit is
    declarations; boxes stand beside. P50 and P90 are of those released in the last 24 hours, by nearest rank; oldest is
    of those waiting.""",
    "definition 14",
)  # fmt: skip
declare(
    "in and out", "In/h and out/h", "declarations an hour",
    "Declarations that entered the lane, and were released from it, in the last two clock hours, an hour.",
    "definition 14",
)  # fmt: skip
declare(
    "over SLA", "Over, risk", "declarations",
    """Over: it has waited longer than was agreed for its lane, by the clock or in office hours as the site has it.
    Risk:
    not yet, but it will have by the time of its expected release.""",
    "definition 14",
)  # fmt: skip
declare(
    "clears", "Clears", "time", "The expected release of the last in the lane, at its present rate.", "definition 15"
)
declare(
    "flow by hour", "In and out by hour", "declarations",
    """Declarations that entered the lane, and were released from it, in each local clock hour of today up to now.""",
    "definition 14",
)  # fmt: skip
declare(
    "declared in advance", "In advance", "per cent",
    """Declarations made before the goods arrived, of those that wait and of which the source says either.""",
    "definition 14",
)  # fmt: skip


class Flow(NamedTuple):
    """How many entered and left a lane in a local clock hour, 0 to 23."""

    hour: int
    entered: int
    released: int


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane's figures; None is unknown. `turns`: whose turn it is, to declarations; `by_hour`: today, hour by hour.

    A lane of which only the name is given is one of which nothing is known.
    """

    name: str
    declarations: int | None = None
    boxes: int | None = None
    oldest: timedelta | None = None
    p50: timedelta | None = None
    p90: timedelta | None = None
    in_per_hour: float | None = None
    out_per_hour: float | None = None
    clears_at: datetime | None = None
    over_sla: int | None = None
    at_risk: int | None = None
    turns: Mapping[str, int] = field(default_factory=dict)
    by_hour: tuple[Flow, ...] = ()

    @property
    def growth(self) -> float:
        """How many more declarations an hour come in than are released; 0 where nobody knows."""
        return 0.0 if self.in_per_hour is None or self.out_per_hour is None else self.in_per_hour - self.out_per_hour

    @property
    def grows(self) -> bool:
        """Whether more come in than are released; what has no lane has no flow."""
        return self.name != NO_LANE and self.growth > 0


class Sla:
    """The wait that was agreed for each lane, and who is over it. Times and spans are milliseconds."""

    def __init__(self, policy: Policy, office: OfficeTime) -> None:
        self._agreed = {lane: span // timedelta(milliseconds=1) for lane, span in policy.sla.items()}
        self._office = office if policy.sla_in_office_hours else None

    def latest(self, lane: str | None, at: int) -> int | None:
        """Who entered the lane before this waits too long at `at`; None where nothing was agreed."""
        agreed = self._agreed.get(lane or "")
        if agreed is None or self._office is None:
            return None if agreed is None else at - agreed
        return self._office.reached(self._office.total(at) - agreed)

    def is_over(self, lane: str | None, since: int | None, at: int) -> bool | None:
        """Whether it waits too long at `at`; None where nothing was agreed, or where it is not known since when."""
        latest = self.latest(lane, at)
        return None if latest is None or since is None else since < latest


def lane_figures(
    lines: Lines,
    boxes: Mapping[str | None, int],
    gone: Mapping[str, Stays],
    forecast: Forecast,
    sla: Sla,
    policy: Policy,
    now: datetime,
) -> list[Lane]:
    """The site's lanes, and any other that somebody waits in.

    `boxes`: lane to the boxes that wait in it. `gone`: those released from each, since `released_since` at the latest.
    """
    day = Day(now, policy.zone)
    others = sorted({lane for lane in lines if lane is not None} - {*policy.sla})
    return [
        _lane(lane, lines.get(lane, NOBODY), boxes.get(lane, 0), gone.get(lane or "", NO_STAYS), forecast, sla, day)
        for lane in (None, *policy.sla, *others)
    ]


def unknown_lanes(policy: Policy) -> list[Lane]:
    """The site's lanes before any declaration is known."""
    return [Lane(name) for name in (NO_LANE, *policy.sla)]


class Day:
    """Today up to now, in local hours; moments are milliseconds."""

    def __init__(self, now: datetime, zone: tzinfo) -> None:
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        self.now, self.midnight = to_ms(now), to_ms(midnight)
        hours = (self.now - self.midnight) // HOUR + 1
        self._edges = [min(self.midnight + hour * HOUR, self.now + 1) - 1 for hour in range(hours + 1)]

    @property
    def released_since(self) -> int:
        """From when on releases are told: a day ago, or midnight where that is longer ago.

        Who was released before has entered before.
        """
        return min(self.midnight, self.now - DAY)

    def flow(self, entered: Sequence[int], released: Sequence[int]) -> tuple[Flow, ...]:
        """Moments in order, counted in each hour."""
        return tuple(
            Flow(hour, _between(entered, *hours), _between(released, *hours))
            for hour, hours in enumerate(pairwise(self._edges))
        )


def _lane(
    lane: str | None, line: Line, boxes: int, stays: Stays, forecast: Forecast, sla: Sla, day: Day
) -> Lane:  # fmt: skip
    now, today = day.now, min(day.midnight, day.now - 2 * HOUR)
    since = sorted(line.since)
    del since[bisect_left(since, FOREVER) :]
    entered = since[bisect_left(since, today) :] + [came for came in stays.entered if came >= today] if lane else []
    entered.sort()
    released = sorted(stays.released)
    waits = sorted(
        left - came
        for came, left in zip(stays.entered, stays.released, strict=True)
        if left > now - DAY and left >= came
    )
    latest, clears = sla.latest(lane, now), None if lane is None else forecast.clears(lane)
    return Lane(
        name=lane or NO_LANE,
        declarations=len(line.ids),
        boxes=boxes,
        oldest=timedelta(milliseconds=now - since[0]) if since else None,
        p50=_nearest_rank(waits, 0.5),
        p90=_nearest_rank(waits, 0.9),
        in_per_hour=_between(entered, now - 2 * HOUR, now) / 2,
        out_per_hour=_between(released, now - 2 * HOUR, now) / 2,
        clears_at=None if clears is None else from_ms(clears),
        over_sla=0 if latest is None else bisect_left(since, latest),
        at_risk=0 if latest is None or lane is None else _at_risk(lane, line, latest, forecast, sla),
        turns={turn or "unknown": count for turn, count in Counter(line.turns).items()},
        by_hour=() if lane is None else day.flow(entered, released),
    )


def _nearest_rank(ordered: Sequence[int], share: float) -> timedelta | None:
    return timedelta(milliseconds=ordered[rank_of(share, len(ordered))]) if ordered else None


def _between(ordered: Sequence[int], start: int, end: int) -> int:
    """How many moments are after `start`, and not after `end`."""
    return bisect_right(ordered, end) - bisect_right(ordered, start)


def _at_risk(lane: str, line: Line, latest: int, forecast: Forecast, sla: Sla) -> int:
    """Those that entered at `latest` or later, so that they are not over yet, and will be when they are released."""
    by_slot, places = forecast.by_slot(line), forecast.places(lane)
    found = 0
    for nth in [nth for nth, since in enumerate(line.since) if latest <= since < FOREVER]:
        if not is_unforeseen(line.turns[nth], line.states[nth]):
            at = by_slot.get(line.ids[nth], places[nth] if nth < len(places) else None)
            found += at is not None and bool(sla.is_over(lane, line.since[nth], at))
    return found
