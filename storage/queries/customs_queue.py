"""What waits at customs, read once and judged at one moment: expected releases, margins, and the order of urgency.

Twenty thousand declarations are read column by column, in milliseconds, from indexes alone; only the rows of a page are
read whole, by `storage.queries.customs`.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, or_, select
from sqlmodel import Session

from storage.figures.cutoffs import loading_closes
from storage.figures.expected_release import (
    FOREVER,
    HOUR,
    LOOKS_BACK,
    Case,
    Forecast,
    Line,
    Record,
    Slot,
    Stays,
    past_cases,
    rate_since,
    rates,
)
from storage.figures.expressions import milliseconds
from storage.figures.hours import Hours, OfficeTime, read_hours
from storage.figures.lanes import Day, Sla
from storage.figures.policy import Moment, Policy
from storage.models import (
    HISTORY,
    Container,
    CustomsOffice,
    Declaration,
    DeclarationBox,
    Inspection,
    Train,
    TrainCutoff,
    table_of,
)
from storage.models.base import to_ms
from storage.models.customs import ENDED
from storage.queries.feeds import as_last_known
from storage.queries.gathered import gathered, unpacked

FEEDS = (
    "declarations", "declaration_boxes", "inspections", "customs_offices", "containers", "trains", "train_cutoffs",
)  # fmt: skip
GONE = ("departed", "closed", "canceled")
"""Phases of a train that no box can catch any more."""
KEPT = LOOKS_BACK + 20 * HOUR
"""How far back releases are read: as far as past cases go, and the office hours before them."""
_DONE: Any = object()
"""Stands for the lane of a declaration that does not wait any more; a source may name its lanes as it likes."""
AT_ONCE = 500
"""Ids in one question."""
SLOTS_BACK = timedelta(days=3)
"""How far back the times from slot to release are measured."""

_decl, _link, _box = table_of(Declaration).c, table_of(DeclarationBox).c, table_of(Container).c
_inspection, _past = table_of(Inspection).c, HISTORY["declarations"].c
entered = func.coalesce(_decl.laned_at, _decl.submitted_at)
"""Since when it is in its lane; submitted when it has none."""
is_open = and_(_decl.state.not_in((*ENDED, "draft")), _decl.released_at.is_(None))
"""Whether a declaration waits."""
# Grouped as the index is ordered, so that nothing is sorted in SQL.
_WAITING = (
    select(
        _decl.lane, _decl.priority, func.count(_decl.advance).label("told"),
        func.count(case((_decl.advance, 1))).label("advance"),
        gathered(func.coalesce(milliseconds(entered), FOREVER)), gathered(_decl.id), gathered(_decl.turn),
        gathered(_decl.state),
    )
    .where(is_open)
    .group_by(_decl.lane, _decl.priority)
)  # fmt: skip
_STAYS = (
    select(
        _decl.lane, gathered(_decl.id), gathered(milliseconds(_decl.laned_at)),
        gathered(milliseconds(_decl.released_at)),
    )
    .where(_decl.lane.is_not(None), _decl.laned_at.is_not(None))
    .group_by(_decl.lane)
)  # fmt: skip
# Two indexes read from end to end and put together here: in SQL each box would be looked for twice, at five times that.
_UNDER = select(gathered(_link.declaration_id), gathered(_link.container_id))
_BOOKED = select(gathered(_box.id), gathered(_box.train_id)).where(
    _box.train_id.is_not(None), func.coalesce(_box.rolled, False).is_(False)
)
# A declaration may have several inspections: the last slot that is not over is the one that counts.
_SLOTS = (
    select(
        _inspection.declaration_id, _inspection.bay, milliseconds(_inspection.slot_starts),
        milliseconds(_inspection.slot_ends),
    )
    .where(
        _inspection.declaration_id.is_not(None),
        _inspection.slot_starts.is_not(None),
        _inspection.ended_at.is_(None),
        func.coalesce(_inspection.state, "") != "canceled",
    )
    .order_by(_inspection.slot_starts)
)  # fmt: skip


class Under(NamedTuple):
    """Which box (its id) stands under which declaration, of all declarations that are known."""

    declarations: list[str]
    containers: list[str]


class Tightest(NamedTuple):
    """The box under a declaration that has the earliest cut-off: `until`, which is `FOREVER` where nothing waits."""

    until: int
    container_id: str
    train_id: str | None

    @property
    def cutoff(self) -> int | None:
        """The cut-off; None where nothing waits for it."""
        return None if self.until == FOREVER else self.until


class Waits:
    """What waits at one moment, and what is expected of it; good for as long as nothing changes.

    `moment` is that of the last good answer where the input is old. `boxes`: lane to how many wait in it.
    """

    def __init__(self, session: Session, moment: Moment, under: Under | None = None) -> None:
        """`under`: where that was read before."""
        run = session.connection().execute
        self.known = as_last_known(session, FEEDS, moment)
        # Old input changes no risk: all is as it was by the last good answer.
        self.moment = moment = moment._replace(now=self.known.at)
        self.now = to_ms(moment.now)
        self.hours = office_hours(session, moment.policy)
        self.office = OfficeTime(self.hours, moment.now)
        self.sla = Sla(moment.policy, self.office)
        waiting = run(_WAITING).all()
        self.told, self.advance = sum(row.told for row in waiting), sum(row.advance for row in waiting)
        """Declarations of which the source says whether they were made in advance, and those that were."""
        self.lines = _lines(waiting)
        self.boxes = self._boxes_by_lane(under or boxes_under(session))
        self.slots: dict[str, Slot] = {}
        self.bays: dict[str, int | None] = {}
        for declaration, bay, starts, ends in run(_SLOTS).all():
            self.slots[declaration], self.bays[declaration] = Slot(starts, ends), bay
        start = rate_since(self.office, self.now)
        flows = Day(moment.now, moment.policy.zone).released_since
        self.gone = stays_since(session, flows if start is None else min(flows, start))
        """Those released since the day before, for the lanes and the rates."""
        self._record = Record(rates(self.gone, self.office, self.now), self._after_slot(session))
        self._looked_back = False
        self.forecast = Forecast(self.lines, self.slots, self._record, self.office, self.now)

    def _boxes_by_lane(self, under: Under) -> Mapping[str | None, int]:
        lane_of = {identity: lane for lane, line in self.lines.items() for identity in line.ids}
        found = Counter(map(lane_of.get, under.declarations, repeat(_DONE)))
        del found[_DONE]
        return found

    def look_back(self, session: Session) -> None:
        """Have the forecast know intervals too: what is only counted and ordered does without them."""
        if not self._looked_back:
            self._record.learn(self._cases(session))
            self._looked_back = True

    def _after_slot(self, session: Session) -> list[int]:
        """Times from the start of a slot to the release of its declaration."""
        measured = (
            select(milliseconds(_decl.released_at) - milliseconds(_inspection.slot_starts))
            .join_from(table_of(Inspection), table_of(Declaration), _decl.id == _inspection.declaration_id)
            .where(
                _inspection.slot_starts >= self.moment.now - SLOTS_BACK, _decl.released_at >= _inspection.slot_starts
            )
        )
        return list(session.connection().execute(measured).scalars())

    def _cases(self, session: Session) -> list[Case]:
        """Past cases, without those of moments at which nothing would have been expected."""
        cases = past_cases(stays_since(session, self.now - KEPT), self.lines, self.office, self.now)
        spans = _unforeseen(session, {case.id for case in cases}, self.now - LOOKS_BACK - 24 * HOUR)
        return [case for case in cases if not any(start <= case.at < end for start, end in spans.get(case.id, ()))]


class Queue(Waits):
    """What waits, each with its tightest box."""

    def __init__(self, session: Session, moment: Moment) -> None:
        under = boxes_under(session)
        super().__init__(session, moment, under)
        self.trains: dict[str, str] = {}
        """Train to its number."""
        self.cutoffs: dict[str, int | None] = {}
        """Train that has not left to the customs cut-off of its boxes, else to when its loading closes."""
        self._read_trains(session)
        self._tightest = choose_tightest(self._booked(session, under), self.cutoffs)

    def _read_trains(self, session: Session) -> None:
        train, cutoff, run = table_of(Train).c, table_of(TrainCutoff).c, session.connection().execute
        customs: dict[str, int] = {}
        for identity, at in run(
            select(cutoff.train_id, milliseconds(cutoff.at)).where(cutoff.name == "customs", cutoff.at.is_not(None))
        ):
            customs[identity] = min(at, customs.get(identity, at))
        columns = (
            train.id, train.number, train.phase, train.actual_departure, train.loading_closes, train.planned_departure,
            train.estimated_departure,
        )  # fmt: skip
        for identity, number, phase, left, given, planned, estimated in run(select(*columns)):
            self.trains[identity] = number
            if left is None and phase not in GONE:
                closes = loading_closes(given, planned, estimated, self.moment.policy)
                self.cutoffs[identity] = customs.get(identity, None if closes is None else to_ms(closes))

    def _booked(self, session: Session, under: Under) -> Iterable[tuple[str, str, str | None]]:
        """Declarations that wait, with each box under them that is booked, and its train."""
        containers, trains = map(unpacked, session.connection().execute(_BOOKED).one())
        train_of = dict(zip(containers, trains, strict=True))
        waiting = {identity for line in self.lines.values() for identity in line.ids}
        found = zip(under.declarations, under.containers, map(train_of.get, under.containers), strict=True)
        return [each for each in found if each[2] is not None and each[0] in waiting]

    @cached_property
    def urgent(self) -> list[str]:
        """Ids of all that wait: least margin first; without one by cut-off; without a train whoever waits longest."""
        at, tightest = self.forecast.at, self._tightest
        with_margin: list[tuple[int, int, int, str]] = []
        with_cutoff: list[tuple[int, int, str]] = []
        others: list[tuple[int, str]] = []
        for line in self.lines.values():
            for since, identity in zip(line.since, line.ids, strict=True):
                box, release = tightest.get(identity), at.get(identity)
                if box is None or box[0] == FOREVER:
                    others.append((since, identity))
                elif release is None:
                    with_cutoff.append((box[0], since, identity))
                else:
                    with_margin.append((box[0] - release, box[0], since, identity))
        return [
            *(each[3] for each in sorted(with_margin)),
            *(each[2] for each in sorted(with_cutoff)),
            *(each[1] for each in sorted(others)),
        ]

    def tightest(self, identity: str) -> Tightest | None:
        """The tightest box of a declaration that waits; None without a booked one."""
        found = self._tightest.get(identity)
        return None if found is None else Tightest._make(found)

    def margin(self, identity: str) -> int | None:
        """The cut-off of its tightest box less its expected release; None where either is unknown."""
        at, box = self.forecast.at.get(identity), self.tightest(identity)
        return None if at is None or box is None or box.cutoff is None else box.cutoff - at


def boxes_under(session: Session) -> Under:
    """What stands under every declaration."""
    return Under(*map(unpacked, session.connection().execute(_UNDER).one()))


def _lines(rows: Iterable[Any]) -> dict[str | None, Line]:
    """Lane to who waits in it: those of highest priority first, then whoever waits longest."""
    found: defaultdict[tuple[str | None, int], list[Any]] = defaultdict(list)
    for lane, priority, _, _, *columns in rows:
        found[lane or None, -(priority or 0)] += zip(*map(unpacked, columns), strict=True)
    lanes: defaultdict[str | None, list[Any]] = defaultdict(list)
    for lane, priority in sorted(found, key=itemgetter(1)):
        lanes[lane] += sorted(found[lane, priority])  # which the index has done: that costs next to nothing
    return {lane: Line(*zip(*waiting, strict=True)) for lane, waiting in lanes.items()}


def stays_since(session: Session, start: int) -> dict[str, Stays]:
    """Lane to those that were released from it at `start` or later."""
    found = session.connection().execute(_STAYS.where(milliseconds(_decl.released_at) >= start))
    return {lane: Stays(*map(unpacked, columns)) for lane, *columns in found}


def choose_tightest(booked: Iterable[Any], cutoffs: Mapping[str, int | None]) -> dict[str, tuple[int, str, str | None]]:
    """Of (declaration, box, train) each declaration's `Tightest`, as a plain tuple; no cut-off is the last."""
    found: dict[str, tuple[int, str, str | None]] = {}
    for declaration, container, train in booked:
        cutoff = cutoffs.get(train)
        each = (FOREVER if cutoff is None else cutoff, container, train)
        if declaration not in found or each < found[declaration]:
            found[declaration] = each
    return found


def _unforeseen(session: Session, declarations: Collection[str], since: int) -> Mapping[str, list[tuple[int, int]]]:
    """Declaration to the spans in which it was the broker's turn, or it was detained, as its history has them."""
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    ids = sorted(declarations)
    closed = select(_past.id, milliseconds(_past.observed), milliseconds(_past.until)).where(
        milliseconds(_past.observed) >= since, or_(_past.turn == "broker", _past.state == "detained")
    )
    present = select(_decl.id, milliseconds(_decl.observed)).where(
        or_(_decl.turn == "broker", _decl.state == "detained")
    )
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        for identity, start, end in session.connection().execute(closed.where(_past.id.in_(some))):
            found[identity].append((start, end))
        for identity, start in session.connection().execute(present.where(_decl.id.in_(some))):
            found[identity].append((start, FOREVER))
    return found


def office_hours(session: Session, policy: Policy) -> Hours:
    """Hours of the site's customs office, else those of its policy."""
    office = table_of(CustomsOffice).c
    given = session.connection().execute(select(office.hours).where(office.hours.is_not(None)).order_by(office.id))
    return read_hours(given.scalars().first(), policy.zone, policy.office_hours)
