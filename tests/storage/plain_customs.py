"""What waits at customs by the plain definitions, one declaration at a time: what quick ways are held to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from storage.figures.expected_release import FOREVER, HOUR, Line, Lines, Slot, Stays, percentile
from storage.figures.hours import Hours
from storage.figures.lanes import Flow
from storage.figures.policy import Policy
from storage.models.base import from_ms, to_ms


class Waiting(NamedTuple):
    """A declaration that waits. `since`: entered its lane, or was submitted when it has none."""

    id: str
    lane: str | None
    since: int | None
    turn: str | None
    state: str
    priority: int = 0


class Stay(NamedTuple):
    """A declaration that has left its lane by being released."""

    id: str
    lane: str
    entered: int
    released: int


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """As customs takes them: priority first, then whoever waits longest."""
    return sorted(waiting, key=lambda one: (-one.priority, FOREVER if one.since is None else one.since, one.id))


def lines_of(waiting: Iterable[Waiting]) -> Lines:
    """The same as columns, lane by lane."""
    lanes: defaultdict[str | None, list[Waiting]] = defaultdict(list)
    for one in in_order(waiting):
        lanes[one.lane].append(one)
    return {
        lane: Line(
            [FOREVER if one.since is None else one.since for one in line], [one.id for one in line],
            [one.turn for one in line], [one.state for one in line],
        )
        for lane, line in lanes.items()
    }  # fmt: skip


def gone_of(stays: Iterable[Stay]) -> dict[str, Stays]:
    """Releases as columns, lane by lane."""
    lanes: defaultdict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        lanes[stay.lane].append(stay)
    return {
        lane: Stays([stay.id for stay in left], [stay.entered for stay in left], [stay.released for stay in left])
        for lane, left in lanes.items()
    }


def rates_of(stays: Sequence[Stay], hours: Hours, now: datetime) -> dict[str, float]:
    """Lane to its releases an hour, where five or more were released in the last two office hours."""
    start = hours.before(now, timedelta(hours=2))
    counts = Counter(stay.lane for stay in stays if start is not None and to_ms(start) < stay.released <= to_ms(now))
    return {lane: count / 2 for lane, count in counts.items() if count >= 5}


def expected(
    waiting: Sequence[Waiting], slots: Mapping[str, Slot], rates: Mapping[str, float], hours: Hours, now: datetime
) -> dict[str, int]:
    """Declaration to its expected release, where that can be told; slots are taken up to their ends."""
    found: dict[str, int] = {}
    for one in waiting:
        if one.lane is None or one.turn == "broker" or one.state == "detained":
            continue
        if one.id in slots:
            slot = slots[one.id]
            found[one.id] = max(to_ms(now), slot.starts if slot.ends is None else slot.ends)
        elif one.lane in rates:
            line = [each.id for each in in_order(waiting) if each.lane == one.lane]
            place = line.index(one.id) + 1
            at = hours.after(now, timedelta(milliseconds=round(HOUR / rates[one.lane] * place)))
            if at is not None:
                found[one.id] = to_ms(at)
    return found


class PlainLane(NamedTuple):
    """The figures of a lane that are counted."""

    declarations: int
    oldest: timedelta | None
    p50: timedelta | None
    p90: timedelta | None
    in_per_hour: float
    out_per_hour: float
    over_sla: int
    at_risk: int
    turns: dict[str, int]
    by_hour: tuple[Flow, ...]


def plain_lane(
    lane: str | None,
    waiting: Sequence[Waiting],
    stays: Sequence[Stay],
    at: Mapping[str, int],
    hours: Hours,
    policy: Policy,
    now: datetime,
) -> PlainLane:
    """The figures of the lane, each as it is defined. `at`: declaration to its expected release."""
    here = [one for one in waiting if one.lane == lane]
    since = [from_ms(one.since) for one in here if one.since is not None]
    left = [stay for stay in stays if stay.lane == lane]
    entered = [*since, *(from_ms(stay.entered) for stay in left)] if lane is not None else []
    released = [from_ms(stay.released) for stay in left]
    waits = [
        timedelta(milliseconds=stay.released - stay.entered)
        for stay in left
        if stay.released >= stay.entered and from_ms(stay.released) > now - timedelta(hours=24)
    ]
    agreed = policy.sla.get(lane or "")

    def too_long(one: Waiting, until: datetime) -> bool:
        if agreed is None or one.since is None:
            return False
        if not policy.sla_in_office_hours:
            return until - from_ms(one.since) > agreed
        latest = hours.before(until, agreed)
        return latest is not None and from_ms(one.since) < latest

    local, lately = now.astimezone(policy.zone), now - timedelta(hours=2)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)

    def in_hour(hour: int, moments: Iterable[datetime]) -> int:
        start = midnight + timedelta(hours=hour)
        return sum(start <= moment < start + timedelta(hours=1) and moment <= now for moment in moments)

    return PlainLane(
        declarations=len(here),
        oldest=max((now - moment for moment in since), default=None),
        p50=percentile(waits, 0.5),
        p90=percentile(waits, 0.9),
        in_per_hour=sum(lately < moment <= now for moment in entered) / 2,
        out_per_hour=sum(lately < moment <= now for moment in released) / 2,
        over_sla=sum(too_long(one, now) for one in here),
        at_risk=sum(
            not too_long(one, now) and one.id in at and too_long(one, from_ms(at[one.id])) for one in here
        ),
        turns=dict(Counter(one.turn or "unknown" for one in here)),
        by_hour=() if lane is None else tuple(
            Flow(hour, in_hour(hour, entered), in_hour(hour, released)) for hour in range(local.hour + 1)
        ),
    )  # fmt: skip
