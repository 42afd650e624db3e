"""When customs is expected to release a declaration, and between which times eight of ten such were released.

Reckoned in whole milliseconds since 1970 UTC, and lengths of time in milliseconds: twenty thousand declarations are
judged at once. Nothing here is guessed: without enough releases to measure by, it is unknown.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from itertools import repeat
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


FOREVER = 2**62
"""Since when a declaration waits of which that is not known: customs takes it last."""


class Line(NamedTuple):
    """The declarations that wait in a lane, in the order in which customs takes them; a list a column, of one length.

    `since`: entered the lane, or was submitted when it has none; `FOREVER` where neither is known.
    """

    since: Sequence[int]
    ids: Sequence[str]
    turns: Sequence[str | None]
    states: Sequence[str]


class Stays(NamedTuple):
    """Declarations that have left a lane by being released; a list a column, of one length."""

    ids: Sequence[str]
    entered: Sequence[int]
    released: Sequence[int]


Lines = Mapping[str | None, Line]
"""Lane to who waits in it; None: before they have one."""


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


def rate_since(office: OfficeTime, now: int) -> int | None:
    """From when on releases count for a rate: the start of the last two office hours; None without any."""
    return office.reached(office.total(now) - 2 * HOUR)


def rates(gone: Mapping[str, Stays], office: OfficeTime, now: int) -> dict[str, float]:
    """Lane to its releases an hour in the last two office hours; a lane with fewer than five is left out."""
    start = rate_since(office, now)
    if start is None:
        return {}
    counts = {lane: sum(start < released <= now for released in stays.released) for lane, stays in gone.items()}
    return {lane: count / 2 for lane, count in counts.items() if count >= LEAST_RELEASES}


def past_cases(gone: Mapping[str, Stays], lines: Lines, office: OfficeTime, now: int) -> list[Case]:
    """What was to be expected by place and rate at moments of the last hours, lane by lane.

    Those that still wait count with the time they have waited since: leaving them out would make long waits rare.
    """
    found: list[Case] = []
    for lane, stays in gone.items():
        left = (span for span in zip(stays.entered, stays.released, stays.ids, strict=True) if span[0] <= span[1])
        line = lines.get(lane)
        waiting = [] if line is None else zip(line.since, repeat(now), line.ids, strict=False)
        spans = sorted([*left, *(span for span in waiting if span[0] != FOREVER)])
        found += _cases(lane, spans, office, now) if spans else ()
    return found


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
    """The expected releases of all that wait, and between when such were released."""

    def __init__(self, lines: Lines, slots: Mapping[str, Slot], record: Record, office: OfficeTime, now: int) -> None:
        self._record, self._office, self._now = record, office, now
        self._lines, self._slots = lines, slots
        self._begins = office.total(now)
        self._places: dict[str, Sequence[int]] = {}

    def places(self, lane: str) -> Sequence[int]:
        """When each in the lane is through, as if it were customs' turn for all and nobody had a slot.

        Empty without a rate; it ends with what is more than two months ahead.
        """
        rate, line = self._record.rates.get(lane), self._lines.get(lane)
        if rate is None or line is None:
            return ()
        if lane not in self._places:
            self._places[lane] = self._office.along(self._begins, HOUR / rate, len(line.ids))
        return self._places[lane]

    def clears(self, lane: str) -> int | None:
        """When the last in the lane is through, as if it were customs' turn for all; None where that is unknown."""
        line, places = self._lines.get(lane), self.places(lane)
        return places[-1] if line is not None and places and len(places) == len(line.ids) else None

    def by_slot(self, line: Line) -> dict[str, int]:
        """Those of a lane that have a booked slot, to when they are expected by it."""
        return {identity: self._after(self._slots[identity]) for identity in self._slots.keys() & line.ids}

    @cached_property
    def at(self) -> dict[str, int]:
        """Declaration to when it is expected to be released; one of which that is unknown is not among them."""
        found: dict[str, int] = {}
        for lane, line in self._lines.items():
            if lane is not None:
                found.update(zip(line.ids, self.places(lane), strict=False))
                found.update(self.by_slot(line))
                for identity, turn, state in zip(line.ids, line.turns, line.states, strict=True):
                    if is_unforeseen(turn, state):
                        found.pop(identity, None)
        return found

    @cached_property
    def _lanes(self) -> dict[str, str]:
        return {identity: lane for lane, line in self._lines.items() if lane is not None for identity in line.ids}

    def _after(self, slot: Slot) -> int:
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
            spans = self._record.by_place(self._lanes[identity], self._office.total(at) - self._begins)
            found = None if spans is None else self._in_office(spans)
        return None if found is None else Interval(min(found[0], at), max(found[1], at))

    def _in_office(self, spans: tuple[int, int]) -> tuple[int, int] | None:
        low, high = (self._office.after(self._now, span) for span in spans)
        return None if low is None or high is None else (low, high)
