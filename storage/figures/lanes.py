"""Customs lanes: how long declarations wait in them, how fast they move, and when they will be through."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from storage.figures.hours import Hours
from storage.figures.registry import declare

LANES = ("no lane", "green", "yellow", "red", "blue")
"""In the order they are shown; lanes nobody knows follow."""
LEAST_RELEASES = 5
"""With fewer a rate is not known."""

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
    "expected release", "Expected release", "time",
    """With a booked inspection slot: its start and the time measured from slot to release, else its end. Without: the
    place in the lane by the rate of the last two office hours (at least 5 releases, else unknown), counted in office
    hours only. Unknown while it is the broker's turn, detained or without a lane.""",
    "definition 15",
)  # fmt: skip
declare(
    "clears", "Clears", "time", "The expected release of the last in the lane, at its present rate.", "definition 15"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A declaration that waits. `since`: entered its lane, or was submitted when it has none."""

    id: str
    lane: str | None
    since: datetime | None
    turn: str | None
    state: str
    boxes: int = 0
    priority: int = 0
    slot: tuple[datetime, datetime | None] | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """A declaration that has entered its lane, and perhaps left it: what rates and percentiles are made of."""

    lane: str
    entered: datetime
    released: datetime | None


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane's figures; None is unknown. `turns`: whose turn it is, to declarations."""

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


def percentile(values: Iterable[timedelta], share: float) -> timedelta | None:
    """The nearest-rank percentile: the smallest value that at least `share` (0 to 1) of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def lane_figures(
    waiting: Sequence[Waiting],
    passed: Sequence[Passed],
    expected: Mapping[str, datetime | None],
    hours: Hours,
    sla: Mapping[str, timedelta],
    now: datetime,
) -> list[Lane]:
    """Every known lane, and any other that somebody waits in. `expected`: declaration id to its expected release."""
    here: defaultdict[str, list[Waiting]] = defaultdict(list)
    for one in waiting:
        here[one.lane or "no lane"].append(one)
    names = [*LANES[:4], *sorted(here.keys() - set(LANES[:4]), key=lambda name: (name not in LANES, name))]
    return [_lane(name, here[name], passed, expected, hours, sla.get(name), now) for name in names]


def _lane(
    name: str,
    waiting: Sequence[Waiting],
    passed: Sequence[Passed],
    expected: Mapping[str, datetime | None],
    hours: Hours,
    sla: timedelta | None,
    now: datetime,
) -> Lane:
    mine = [one for one in passed if one.lane == name]
    day_ago, recently = now - timedelta(hours=24), now - timedelta(hours=2)
    waits = [one.released - one.entered for one in mine if one.released is not None and one.released > day_ago]
    released = [one.released for one in mine if one.released is not None and recently < one.released <= now]
    turns: defaultdict[str, int] = defaultdict(int)
    for one in waiting:
        turns[one.turn or "unknown"] += 1
    over = [one for one in waiting if sla is not None and one.since is not None and now - one.since > sla]
    risky = [
        one
        for one in waiting
        if sla is not None
        and one.since is not None
        and one not in over
        and (release := expected.get(one.id)) is not None
        and release - one.since > sla
    ]
    return Lane(
        name=name,
        declarations=len(waiting),
        boxes=sum(one.boxes for one in waiting),
        oldest=max((now - one.since for one in waiting if one.since is not None), default=None),
        p50=percentile(waits, 0.5),
        p90=percentile(waits, 0.9),
        in_per_hour=sum(recently < one.entered <= now for one in mine) / 2,
        out_per_hour=len(released) / 2,
        clears_at=clears(len(waiting), [one.released for one in mine if one.released is not None], hours, now),
        over_sla=len(over),
        at_risk=len(risky),
        turns=dict(turns),
    )


def release_rate(released: Iterable[datetime], hours: Hours, now: datetime) -> float | None:
    """Releases an hour in the last two office hours; None with fewer than five."""
    start = hours.before(now, timedelta(hours=2))
    recent = 0 if start is None else sum(start < moment <= now for moment in released)
    return recent / 2 if recent >= LEAST_RELEASES else None


def clears(place: int, released: Iterable[datetime], hours: Hours, now: datetime) -> datetime | None:
    """When the `place`-th in the lane is through, in office hours at the present rate; None when that is unknown."""
    if place == 0:
        return None
    rate = release_rate(released, hours, now)
    return None if rate is None else hours.after(now, timedelta(hours=place / rate))


def expected_releases(
    waiting: Sequence[Waiting],
    passed: Sequence[Passed],
    slot_to_release: timedelta | None,
    hours: Hours,
    now: datetime,
) -> dict[str, datetime | None]:
    """Declaration id to its expected release; None is unknown."""
    found: dict[str, datetime | None] = {one.id: None for one in waiting}
    released: defaultdict[str, list[datetime]] = defaultdict(list)
    for one in passed:
        if one.released is not None:
            released[one.lane].append(one.released)
    rates = {lane: release_rate(moments, hours, now) for lane, moments in released.items()}
    ahead: defaultdict[str, int] = defaultdict(int)
    for each in sorted(waiting, key=lambda one: (-one.priority, one.since or now, one.id)):
        if each.lane is None:
            continue
        ahead[each.lane] += 1
        if each.turn == "broker" or each.state == "detained":
            continue
        rate = rates.get(each.lane)
        if each.slot is not None:
            starts, ends = each.slot
            found[each.id] = max(now, ends or starts if slot_to_release is None else starts + slot_to_release)
        elif rate is not None:
            found[each.id] = hours.after(now, timedelta(hours=ahead[each.lane] / rate))
    return found
