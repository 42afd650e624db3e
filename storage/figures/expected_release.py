"""When customs is expected to release a declaration, and between which times eight of ten such were released.

Reckoned in whole milliseconds since 1970 UTC, and lengths of time in milliseconds: twenty thousand declarations are
judged at once. Nothing here is guessed: without enough releases to measure by, it is unknown.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from math import ceil, floor
from operator import itemgetter
from typing import NamedTuple

from storage.figures.hours import OfficeTime
from storage.figures.registry import declare

LEAST_RELEASES = 5
"""With fewer a rate, or a median after slots, is not known."""
LEAST_CASES = 10
"""With cases of fewer declarations nothing is said of how far off an expected release may be."""
LIKE = 20
"""Cases of so many declarations whose expected release was nearest are 'such'."""
SHARE = (0.1, 0.9)
"""Of such cases, one in ten was released before the interval and one in ten after it."""
HOUR = 3_600_000
LOOKS_BACK = 64 * HOUR
"""How far back the past cases reach."""
CHECKS = 60_000
"""Stays looked at, a lane, to find its past cases."""
LEAST_MOMENTS, MOST_MOMENTS = 6, 40
MOST_AT_ONCE = 25
"""Cases of one moment: those of the same queue are much alike."""

declare(
    "expected release", "Expected release", "time",
    """With a booked inspection slot: its start and the time measured from slot to release, else its end. Without: the
    place in the lane by the rate of the last two office hours (at least 5 releases, else unknown), counted in office
    hours only. Unknown while it is the broker's turn, detained or without a lane.""",
    "definition 15",
)  # fmt: skip
declare(
    "release interval", "80 % between", "times",
    """Eight of ten declarations like this one were released within it: those of its lane, of the last 64 hours, whose
    expected release was as far ahead as this one's; with a booked slot, those that had one. Moments at which it was
    the broker's turn do not count. It reaches up to the expected release where that lies outside. Unknown with fewer
    than 10 such declarations.""",
    "definition 15",
)  # fmt: skip


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


class Slot(NamedTuple):
    """A booked inspection slot."""

    starts: int
    ends: int | None


class Case(NamedTuple):
    """What would have been expected of a declaration at a moment, and what came of it, in office time from then on."""

    id: str
    lane: str
    at: int
    expected: float
    took: int


class Interval(NamedTuple):
    """Between these two moments."""

    low: int
    high: int


def percentile(values: Iterable[timedelta], share: float) -> timedelta | None:
    """The nearest-rank percentile: the smallest value that at least `share` (0 to 1) of them do not exceed."""
    ordered = sorted(values)
    return ordered[rank_of(share, len(ordered))] if ordered else None


def rank_of(share: float, count: int) -> int:
    """Place of the nearest-rank percentile among so many values in order."""
    return max(0, ceil(share * count) - 1)


def is_unforeseen(turn: str | None, state: str) -> bool:
    """Whether no one can say when it goes on: it is the broker's turn, or it is detained."""
    return turn == "broker" or state == "detained"


def rates(stays: Iterable[Stay], office: OfficeTime, now: int) -> dict[str, float]:
    """Lane to its releases an hour in the last two office hours; a lane with fewer than five is left out."""
    start = office.reached(office.total(now) - 2 * HOUR)
    if start is None:
        return {}
    counts: defaultdict[str, int] = defaultdict(int)
    for _, lane, _, released in stays:
        if start < released <= now:
            counts[lane] += 1
    return {lane: count / 2 for lane, count in counts.items() if count >= LEAST_RELEASES}


def past_cases(stays: Sequence[Stay], waiting: Sequence[Waiting], office: OfficeTime, now: int) -> list[Case]:
    """What was to be expected by place and rate at moments of the last hours, lane by lane.

    Those that still wait count with the time they have waited since: leaving them out would make long waits rare.
    """
    lanes: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for identity, lane, entered, released in stays:
        if entered <= released:
            lanes[lane].append((entered, released, identity))
    for identity, standing, since, *_ in waiting:
        if standing in lanes and since is not None:
            lanes[standing].append((since, now, identity))  # type: ignore[index]  # a lane without a name has no stays
    return [case for lane, spans in lanes.items() for case in _cases(lane, sorted(spans), office, now)]


def _cases(lane: str, spans: list[tuple[int, int, str]], office: OfficeTime, now: int) -> Iterable[Case]:
    entered = [start for start, _, _ in spans]
    released = sorted(end for _, end, _ in spans if end < now)
    moments = min(MOST_MOMENTS, max(LEAST_MOMENTS, CHECKS // len(spans)))
    for number in range(1, moments + 1):
        at = now - LOOKS_BACK * number // (moments + 1)
        total = office.total(at)
        start = office.reached(total - 2 * HOUR)
        if start is None:
            return
        recent = bisect_right(released, at) - bisect_right(released, start)
        if recent < LEAST_RELEASES:
            continue
        here = [(end, identity) for _, end, identity in spans[: bisect_right(entered, at)] if end > at]
        for place in range(0, len(here), max(1, len(here) // MOST_AT_ONCE)):
            end, identity = here[place]
            yield Case(identity, lane, at, (place + 1) * 2 * HOUR / recent, office.total(end) - total)


class Record:
    """What the past of the lanes says: rates, the time from slot to release, and how far off it all may be."""

    def __init__(self, rates: Mapping[str, float], after_slot: Iterable[int], cases: Iterable[Case] = ()) -> None:
        self.rates = rates
        self._after_slot = sorted(after_slot)
        self._such: dict[str, list[tuple[float, tuple[int, int]]]] = {}
        self.learn(cases)

    def learn(self, cases: Iterable[Case]) -> None:
        """Take these past cases for those that intervals are told from."""
        by_lane: defaultdict[str, list[tuple[float, int, str]]] = defaultdict(list)
        for case in cases:
            by_lane[case.lane].append((case.expected, case.took, case.id))
        self._such = {lane: such for lane, found in by_lane.items() if (such := _groups(sorted(found)))}

    @property
    def slot_to_release(self) -> int | None:
        """The median time from the start of a slot to release; None with fewer than five."""
        spans = self._after_slot
        return spans[rank_of(0.5, len(spans))] if len(spans) >= LEAST_RELEASES else None

    def after_slot(self, gone: int) -> tuple[int, int] | None:
        """The interval of the time from slot to release, of those that took longer than what is gone of it."""
        spans = self._after_slot[bisect_right(self._after_slot, gone) :]
        return _within(spans, len(spans)) if len(spans) >= LEAST_CASES else None

    def by_place(self, lane: str, expected: float) -> tuple[int, int] | None:
        """The interval of the office time that such took of which so much was expected."""
        if lane not in self._such:
            return None
        such = self._such[lane]
        return such[min(bisect_left(such, expected, key=itemgetter(0)), len(such) - 1)][1]


def _groups(cases: Iterable[tuple[float, int, str]]) -> list[tuple[float, tuple[int, int]]]:
    """Cases in order of what was expected, those most alike together: up to how much, and their interval.

    The cases of one declaration hang together: what counts is how many declarations there are.
    """
    groups: list[list[tuple[float, int, str]]] = []
    declarations: set[str] = set()
    for case in cases:
        if not groups or len(declarations) >= LIKE:
            groups.append([])
            declarations = set()
        groups[-1].append(case)
        declarations.add(case[2])
    if len(groups) > 1 and len(declarations) < LIKE:
        groups[-2:] = [groups[-2] + groups[-1]]
    found = []
    for group in groups:
        count = len({identity for _, _, identity in group})
        if count >= LEAST_CASES:
            found.append((group[-1][0], _within(sorted(took for _, took, _ in group), count)))
    return found


def _within(ordered: Sequence[int], independent: int) -> tuple[int, int]:
    """The least and the most that eight of ten took, with the room that so few independent ones ask for."""
    low, high = SHARE
    first = max(0, floor(low * (independent + 1)) - 1) * len(ordered) // independent
    last = min(independent, ceil(high * (independent + 1))) * len(ordered) // independent - 1
    return ordered[first], ordered[last]


class Forecast:
    """The expected releases of all that wait. `at`: declaration id to when; one that is unknown is not among them.

    `waiting` comes in the order in which customs takes them: priority first, then whoever waits longest.
    """

    def __init__(
        self, waiting: Collection[Waiting], slots: Mapping[str, Slot], record: Record, office: OfficeTime, now: int
    ) -> None:
        self._record, self._office, self._now = record, office, now
        self._slots = slots
        self._ahead: dict[str, tuple[str, float]] = {}
        self.at: dict[str, int] = {}
        self.clears: dict[str, int | None] = {}
        """Lane to when its last is through, as if it were customs' turn for all."""
        self._reckon(waiting)

    def _reckon(self, waiting: Iterable[Waiting]) -> None:
        each = {lane: HOUR / rate for lane, rate in self._record.rates.items()}
        begins, reached = self._office.total(self._now), self._office.reached
        ahead = dict.fromkeys(each, 0.0)
        for identity, lane, _, turn, state, _ in waiting:
            if lane is None:
                continue
            if lane in each:
                ahead[lane] += each[lane]
            if is_unforeseen(turn, state):
                continue
            if identity in self._slots:
                self.at[identity] = self._by_slot(self._slots[identity])
            elif lane in each:
                self._ahead[identity] = lane, ahead[lane]
                moment = reached(begins + round(ahead[lane]))
                if moment is not None:
                    self.at[identity] = moment
        self.clears = {lane: reached(begins + round(span)) for lane, span in ahead.items() if span}

    def _by_slot(self, slot: Slot) -> int:
        measured = self._record.slot_to_release
        release = slot.starts + measured if measured is not None else slot.starts if slot.ends is None else slot.ends
        return max(self._now, release)

    def interval(self, identity: str) -> Interval | None:
        """Between when eight of ten such are released, and the expected release is in it; None where it is unknown."""
        at = self.at.get(identity)
        if at is None:
            return None
        if identity in self._slots:
            starts = self._slots[identity].starts
            spans = self._record.after_slot(self._now - starts)
            found = None if spans is None else (starts + spans[0], starts + spans[1])
        else:
            spans = self._record.by_place(*self._ahead[identity])
            found = None if spans is None else self._in_office(spans)
        return None if found is None else Interval(min(found[0], at), max(found[1], at))

    def _in_office(self, spans: tuple[int, int]) -> tuple[int, int] | None:
        low, high = (self._office.after(self._now, span) for span in spans)
        return None if low is None or high is None else (low, high)
