"""What is to come to the yard, to leave it and to move in it: the changes an occupancy forecast is made of."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_, select
from sqlmodel import Session

from storage.figures.cutoffs import loading_closes
from storage.figures.delay import late_minutes
from storage.figures.expected_release import percentile
from storage.figures.expressions import parameters
from storage.figures.forecast import HORIZONS, Change, share
from storage.figures.occupancy import in_place, is_planned, stands
from storage.figures.policy import Moment
from storage.figures.readiness import loadable
from storage.figures.stays import GONE
from storage.identifiers import teu_of
from storage.models import Container, GateVisit, Inspection, Train, table_of
from storage.queries.records import plain_rows

FEEDS = ("containers", "trains", "gate_visits", "inspections")

_box, _train, _visit, _inspection = (
    table_of(Container).c, table_of(Train).c, table_of(GateVisit).c, table_of(Inspection).c,
)  # fmt: skip
GRACE = timedelta(hours=2)
"""An appointment so long past without the truck was not kept."""
LATELY = timedelta(days=7)
"""Trains that left within it tell how many booked boxes are loaded."""
LEAST_ARRIVALS = 5
ON_ITS_WAY_OUT = ("wagon", "gone", "crane")
"""Places of boxes that do not come, unless a block is planned for them."""


class Shares(NamedTuple):
    """What became of such boxes: appointments kept by trucks that bring and fetch, booked boxes loaded; 0 to 1.

    `delay`: how late nine of ten arrivals are, for those without an estimate.
    """

    brought: float | None
    fetched: float | None
    loaded: float | None
    delay: timedelta


def changes(session: Session, blocks: Collection[str], shares: Shares, moment: Moment) -> Iterator[Change]:
    """All changes within the farthest horizon that are known of, in no order; boxes of unknown size count nothing.

    `blocks` are the ids known. What leaves a block that is not among them leaves that; what is planned for one has
    no block.
    """
    trains = _Trains(session, moment)
    slots = {row.id: row for row in session.connection().execute(_SLOTS)}
    yield from _leaving(session, trains, slots, shares, moment)
    yield from _fetched(session, trains, shares, moment)
    for change in (
        *_coming(session, trains, shares, moment),
        *_moving(session, moment),
        *_inspected(slots.values(), moment),
    ):
        yield change if change.block in blocks else change._replace(block=None)


class _Trains:
    """When arrivals come, and when loading of departures closes.

    `soon`: departures that close within the horizon; `unsure`: trains without an estimate.
    """

    def __init__(self, session: Session, moment: Moment) -> None:
        rows = session.connection().execute(_TRAINS).all()
        now, policy = moment.now, moment.policy
        self.arrivals = {row.id: row for row in rows if row.direction == "arrival"}
        self.closes: dict[str, datetime] = {}
        self.unsure = {row.id for row in rows if row.unknown_delay}
        for row in rows:
            leaves = row.estimated_departure or row.planned_departure
            closes = loading_closes(row.loading_closes, row.planned_departure, row.estimated_departure, policy)
            gone = row.phase in GONE or leaves is None or (leaves < now and not row.unknown_delay)
            if row.direction != "arrival" and closes is not None and not gone:
                self.closes[row.id] = max(now, closes)
        self.soon = [train for train, closes in self.closes.items() if closes <= now + HORIZONS[-1]]


_TRAINS = select(
    _train.id, _train.direction, _train.phase, _train.planned_arrival, _train.estimated_arrival, _train.actual_arrival,
    _train.planned_departure, _train.estimated_departure, _train.unknown_delay, _train.loading_closes,
).where(_train.phase != "canceled", or_(_train.direction == "arrival", _train.phase.not_in(GONE)))  # fmt: skip
_IN_FOCUS = (_box.id, _box.block_id, _box.planned_block_id, _box.size_type, _box.train_id, _box.rolled)


def _teu(size_type: str | None, moment: Moment) -> float:
    return teu_of(size_type, teu_45=moment.policy.teu_45) or 0.0


def _leaving(
    session: Session, trains: _Trains, slots: Mapping[str, Any], shares: Shares, moment: Moment
) -> Iterator[Change]:
    """Boxes that stand here and are booked on a train: loaded when its loading closes."""
    chosen = select(_box.id, _box.block_id, _box.size_type, _box.train_id, loadable()).where(
        _box.train_id.in_(trains.soon), stands(), _box.rolled.is_not(True)
    )
    for identity, block, size_type, train, certain in plain_rows(session, chosen, parameters(moment)):
        loaded = Change(
            trains.closes[train], block, _teu(size_type, moment), low=-1.0,
            expected=-1.0 if certain else None if shares.loaded is None else -shares.loaded,
            high=-1.0 if certain and train not in trains.unsure else 0.0,  # nobody knows when such a train is loaded
        )  # fmt: skip
        yield loaded
        slot = slots.get(identity)
        if slot is not None and slot.to == block and _ends(slot, moment):
            # It leaves the inspection block when its slot ends: at loading it is gone from there already.
            expected = None if loaded.expected is None else -loaded.expected
            yield loaded._replace(low=1.0, expected=expected, high=0.0, between=True)


def _fetched(session: Session, trains: _Trains, shares: Shares, moment: Moment) -> Iterator[Change]:
    """Boxes that a truck fetches by appointment; one whose truck is at the gate leaves for certain."""
    chosen = (
        select(*_IN_FOCUS, loadable().label("ready"), _visit.appointment_at, _visit.gated_in_at)
        .select_from(table_of(GateVisit).join(table_of(Container), _box.id == _visit.container_id))
        .where(_visit.direction == "out", _visit.gated_out_at.is_(None), _visit.appointment_at.is_not(None), stands())
    )
    for row in session.connection().execute(chosen, parameters(moment)):
        late = row.gated_in_at is None and row.appointment_at < moment.now - GRACE
        if late or (row.train_id in trains.closes and not row.rolled):
            continue
        certain = row.gated_in_at is not None and bool(row.ready)
        fetched = None if shares.fetched is None else -shares.fetched
        yield Change(
            max(moment.now, row.appointment_at), row.block_id, _teu(row.size_type, moment), low=-1.0,
            expected=-1.0 if certain else fetched if row.ready else 0.0, high=-1.0 if certain else 0.0,
        )  # fmt: skip


def _coming(session: Session, trains: _Trains, shares: Shares, moment: Moment) -> Iterator[Change]:
    """Boxes on inbound trains, on the road, and received but not yet set down."""
    booked = case((and_(_box.rolled.is_not(True), _box.train_id.in_(trains.soon)), _box.train_id))
    alike = (
        _box.planned_block_id, _box.size_type, _box.received_at.is_not(None).label("received"), _box.expected_at,
        _box.inbound_train_id, booked.label("booked"),
    )  # fmt: skip
    # `alike` by their numbers: the same expression with other parameters is another one to PostgreSQL.
    numbers: list[ColumnElement[int]] = [literal_column(str(number)) for number in range(1, len(alike) + 1)]
    chosen = (
        select(*alike, func.count().label("boxes"))
        .where(
            _box.block_id.is_(None), _box.departed_at.is_(None),
            or_(_box.place.is_(None), _box.place.not_in(ON_ITS_WAY_OUT), _box.planned_block_id.is_not(None)),
            or_(_box.state.is_(None), _box.state.not_in(("loaded", "departed", "retired"))),
        )
        .group_by(*numbers)
    )  # fmt: skip
    for row in session.connection().execute(chosen):
        closes = trains.closes.get(row.booked)
        teu = row.boxes * _teu(row.size_type, moment)
        for come in _arrivals(row, trains, shares, moment, closes):
            here = Change(come.at, row.planned_block_id, teu, come.low, come.share, come.high)
            yield here
            if closes is not None and closes >= come.at:
                on = None if come.share is None or shares.loaded is None else -come.share * shares.loaded
                yield here._replace(at=closes, low=-come.low, expected=on, high=0.0)


class _Come(NamedTuple):
    """A box that comes, or several alike: for certain, by a share, or at the most."""

    at: datetime
    low: float
    share: float | None
    high: float


def _arrivals(row: Any, trains: _Trains, shares: Shares, moment: Moment, closes: datetime | None) -> Iterator[_Come]:
    now = moment.now
    if row.received:
        yield _Come(now, 1.0, 1.0, 1.0)
        return
    train = trains.arrivals.get(row.inbound_train_id)
    if train is not None:
        if train.unknown_delay and train.actual_arrival is None:
            planned = max(now, train.planned_arrival or now)
            yield _Come(planned, 0.0, 0.0, 1.0)
            yield _Come(planned + shares.delay, 0.0, 1.0, 0.0)
            return
        there = train.actual_arrival or train.estimated_arrival or train.planned_arrival
        expected = row.expected_at or (there and there + moment.policy.handling)
        if expected is not None:
            yield _Come(max(now, expected), 1.0, 1.0, 1.0)
            return
    if row.expected_at is not None:
        yield _Come(max(now, row.expected_at), 0.0, shares.brought, 1.0)
    else:  # it may come at any time, and will be wanted when its train is loaded
        yield _Come(now, 0.0, 0.0, 1.0)
        if closes is not None:
            yield _Come(closes, 0.0, shares.brought, 0.0)


def _moving(session: Session, moment: Moment) -> Iterator[Change]:
    """Boxes that stand in one block and are planned for another: they count in both."""
    chosen = select(*_IN_FOCUS).where(is_planned(), in_place())
    for row in session.connection().execute(chosen):
        if row.block_id is None:  # on its way: not asked for in SQL, which would then go through all that stand
            continue
        yield Change(moment.now, row.planned_block_id, _teu(row.size_type, moment), 0.0, 1.0, 1.0, between=True)


_SLOTS = (
    select(*_IN_FOCUS, _inspection.block_id.label("to"), _inspection.slot_starts, _inspection.slot_ends)
    .select_from(table_of(Inspection).join(table_of(Container), _box.id == _inspection.container_id))
    .where(
        _inspection.ended_at.is_(None), _inspection.block_id.is_not(None), _inspection.slot_starts.is_not(None),
        or_(_inspection.state.is_(None), _inspection.state.in_(("called", "waiting", "running"))), stands(),
    )
)  # fmt: skip


def _inspected(slots: Iterable[Any], moment: Moment) -> Iterator[Change]:
    """Boxes called to a slot of an inspection block come to it; all leave it again when their slot ends."""
    for row in slots:
        teu = _teu(row.size_type, moment)
        if row.to not in (row.block_id, row.planned_block_id):  # planned ones count already
            yield Change(max(moment.now, row.slot_starts), row.to, teu, 0.0, 1.0, 1.0, between=True)
        ends = _ends(row, moment)
        if ends is not None:
            yield Change(ends, row.to, teu, -1.0 if row.to == row.block_id else 0.0, -1.0, 0.0, between=True)


def _ends(slot: Any, moment: Moment) -> datetime | None:
    """When a box in its slot, or called to it, leaves the inspection block again."""
    return None if slot.slot_ends is None else max(moment.now, slot.slot_ends)


# -------------------------------------------------------------------------------------------------------------- shares
def shares_of(session: Session, moment: Moment) -> Shares:
    """The shares, of what the feeds still know."""
    kept = _kept(session, moment)
    return Shares(kept.get("in"), kept.get("out"), _loaded(session, moment), _delay(session))


def _kept(session: Session, moment: Moment) -> dict[str, float | None]:
    """Of appointments that are past, how many the truck came to, by direction."""
    over = or_(_visit.gated_in_at.is_not(None), _visit.appointment_at < moment.now - GRACE)
    chosen = (
        select(_visit.direction, func.count().label("all"), func.count(_visit.gated_in_at).label("kept"))
        .where(_visit.appointment_at.is_not(None), over)
        .group_by(_visit.direction)
    )
    return {row.direction: share(row.kept, row.all) for row in session.connection().execute(chosen)}


def _loaded(session: Session, moment: Moment) -> float | None:
    """Of the boxes booked on trains that left lately, how many left with them."""
    left = func.coalesce(_train.actual_departure, _train.estimated_departure, _train.planned_departure)
    gone = select(_train.id, func.coalesce(_train.booked_boxes, 0)).where(
        _train.phase.in_(("departed", "closed")), _train.direction != "arrival", left > moment.now - LATELY
    )
    booked = dict(plain_rows(session, gone))
    on_it = func.count(case((and_(_box.departed_at.is_not(None), _box.rolled.is_not(True)), 1)))
    # Train by train, by the index of their boxes: joined, all that is booked on any train would be gone through.
    chosen = select(_box.train_id, on_it).where(_box.train_id.in_(list(booked))).group_by(_box.train_id)
    loaded = plain_rows(session, chosen)
    return share(sum(min(boxes, booked[train]) for train, boxes in loaded), sum(booked[train] for train, _ in loaded))


def _delay(session: Session) -> timedelta:
    """How late nine of ten arrivals were; nothing with too few of them."""
    chosen = select(_train.planned_arrival, _train.actual_arrival).where(
        _train.direction == "arrival", _train.actual_arrival.is_not(None)
    )
    late = [late_minutes(row.planned_arrival, None, row.actual_arrival) for row in session.connection().execute(chosen)]
    spans = [timedelta(minutes=max(0, minutes)) for minutes in late if minutes is not None]
    return (percentile(spans, 0.9) or timedelta(0)) if len(spans) >= LEAST_ARRIVALS else timedelta(0)
