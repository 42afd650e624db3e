"""Customs lanes: how long declarations wait in them, how fast they move, and when they will be through."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from storage.figures.expected_release import HOUR, Forecast, Stay, Waiting, rank_of
from storage.figures.hours import OfficeTime
from storage.figures.policy import Policy
from storage.figures.registry import declare
from storage.models.base import from_ms, to_ms

NO_LANE = "no lane"
DAY = 24 * HOUR

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
    """A lane's figures; None is unknown. `turns`: whose turn it is, to declarations; `by_hour`: today, hour by hour."""

    name: str
    declarations: int
    boxes: int
    oldest: timedelta | None
    p50: timedelta | None
    p90: timedelta | None
    in_per_hour: float
    out_per_hour: float
    clears_at: datetime | None
    over_sla: int
    at_risk: int
    turns: Mapping[str, int] = field(default_factory=dict)
    by_hour: tuple[Flow, ...] = ()


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
    waiting: Sequence[Waiting],
    boxes: Mapping[str | None, int],
    stays: Sequence[Stay],
    forecast: Forecast,
    sla: Sla,
    policy: Policy,
    now: datetime,
) -> list[Lane]:
    """The site's lanes, and any other that somebody waits in. `boxes`: lane to the boxes that wait in it."""
    here: defaultdict[str, list[Waiting]] = defaultdict(list)
    for one in waiting:
        here[one[1] or NO_LANE].append(one)
    gone: defaultdict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        gone[stay[1]].append(stay)
    known = [NO_LANE, *policy.sla]
    names = [*known, *sorted(here.keys() - set(known))]
    counted = {NO_LANE if lane is None else lane: count for lane, count in boxes.items()}
    return [
        _lane(name, here[name], counted.get(name, 0), gone[name], forecast, sla, policy.zone, now) for name in names
    ]


def _lane(
    name: str,
    waiting: Sequence[Waiting],
    boxes: int,
    stays: Sequence[Stay],
    forecast: Forecast,
    sla: Sla,
    zone: tzinfo,
    now: datetime,
) -> Lane:
    now_ms = to_ms(now)
    turns: defaultdict[str, int] = defaultdict(int)
    for one in waiting:
        turns[one[3] or "unknown"] += 1
    since = sorted(one[2] for one in waiting if one[2] is not None)
    entered = sorted([*since, *(came for _, _, came, _ in stays)]) if name != NO_LANE else []
    released = sorted(left for *_, left in stays)
    waits = sorted(left - came for _, _, came, left in stays if left > now_ms - DAY and left >= came)
    latest, clears = sla.latest(name, now_ms), forecast.clears.get(name)
    return Lane(
        name=name,
        declarations=len(waiting),
        boxes=boxes,
        oldest=timedelta(milliseconds=now_ms - since[0]) if since else None,
        p50=_nearest_rank(waits, 0.5),
        p90=_nearest_rank(waits, 0.9),
        in_per_hour=_between(entered, now_ms - 2 * HOUR, now_ms) / 2,
        out_per_hour=_between(released, now_ms - 2 * HOUR, now_ms) / 2,
        clears_at=None if clears is None else from_ms(clears),
        over_sla=0 if latest is None else bisect_left(since, latest),
        at_risk=0 if latest is None else _at_risk(name, waiting, latest, forecast, sla),
        turns=dict(turns),
        by_hour=() if name == NO_LANE else _by_hour(entered, released, zone, now),
    )


def _nearest_rank(ordered: Sequence[int], share: float) -> timedelta | None:
    return timedelta(milliseconds=ordered[rank_of(share, len(ordered))]) if ordered else None


def _between(ordered: Sequence[int], start: int, end: int) -> int:
    """How many moments are after `start`, and not after `end`."""
    return bisect_right(ordered, end) - bisect_right(ordered, start)


def _at_risk(name: str, waiting: Iterable[Waiting], latest: int, forecast: Forecast, sla: Sla) -> int:
    found = 0
    for identity, _, since, *_ in waiting:
        if since is not None and since >= latest and identity in forecast.at:
            found += bool(sla.is_over(name, since, forecast.at[identity]))
    return found


def _by_hour(entered: Sequence[int], released: Sequence[int], zone: tzinfo, now: datetime) -> tuple[Flow, ...]:
    local = now.astimezone(zone)
    midnight, now_ms = to_ms(local.replace(hour=0, minute=0, second=0, microsecond=0)), to_ms(now)
    hours = range((now_ms - midnight) // HOUR + 1)
    edges = [min(midnight + hour * HOUR, now_ms + 1) - 1 for hour in (*hours, hours.stop)]
    return tuple(
        Flow(hour, _between(entered, *edges[hour : hour + 2]), _between(released, *edges[hour : hour + 2]))
        for hour in hours
    )
