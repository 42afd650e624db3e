"""Boxes of later trains that could go with this one."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, bindparam, false, func, or_, select
from sqlmodel import Session

from storage.figures.departure_checks import Load
from storage.figures.leaving import Outcome
from storage.figures.loading import Loading
from storage.figures.policy import Moment
from storage.figures.readiness import loadable
from storage.figures.rehandles import in_the_way
from storage.figures.stays import GONE
from storage.figures.substitutes import Substitute, fill, room_on
from storage.identifiers import teu_of
from storage.models import Container, EpochMs, Train, table_of
from storage.queries.records import records

TRAINS_AHEAD = 50
"""Later trains that are looked at, the next ones first: some days of a busy terminal."""

_train, _box = table_of(Train).c, table_of(Container).c
_departs = func.coalesce(_train.estimated_departure, _train.planned_departure, type_=_train.planned_departure.type)
_LATER = (
    select(_train.id, _train.number, _departs.label("departs"))
    .where(_train.direction == "departure", _train.phase.not_in(GONE), _train.id != bindparam("train", type_=String))
    .where(_departs > bindparam("leaves", type_=EpochMs()))
    .order_by(_departs, _train.id)
    .limit(TRAINS_AHEAD)
)
_ASKED = (
    _box.id, _box.number, _box.size_type, _box.train_id, _box.received_at, _box.gross_kg, _box.vgm_kg,
    _box.setpoint_c, _box.imdg_class, _box.un_number,
)  # fmt: skip
"""What decides whether a box fits, and what it is shown by; a console keeps those of the train under its cursor."""


def substitutes(
    session: Session,
    load: Load,
    booked_teu: float,
    outcomes: Iterable[tuple[Container, Outcome]],
    loading: Loading | None,
    cutoffs: Mapping[str, datetime],
    moment: Moment,
) -> tuple[Substitute, ...]:
    """Ready boxes for the train's destination on later trains, those that fit first."""
    found = _candidates(session, load.train, moment)
    if not found:
        return ()
    missing = [box for box, outcome in outcomes if outcome == "miss it"]
    room = room_on(load, booked_teu, missing, loading.room if loading else None, cutoffs, moment.policy.teu_45)
    return fill(room, found)


def _candidates(session: Session, train: Train, moment: Moment) -> list[Substitute]:
    leaves = train.estimated_departure or train.planned_departure
    if leaves is None or not (train.destination_code or train.destination):
        return []
    rows = session.connection().execute(_LATER, {"train": train.id, "leaves": leaves})
    later = {row.id: row for row in rows}
    could = (_box.train_id.in_(later), _same_place(train), loadable())
    boxes = records(session, Container, *could, order_by=(_box.id,), only=_ASKED)
    above = in_the_way(session, {box.train_id for box in boxes if box.train_id})
    found = []
    for box in boxes:
        own, moves = later[box.train_id], 1 + len(above.get(box.train_id or "", {}).get(box.id, ()))
        teu = teu_of(box.size_type, teu_45=moment.policy.teu_45)
        found.append(Substitute(box, own.number, own.departs, teu, moves, None, ""))
    return found


def _same_place(train: Train) -> ColumnElement[bool]:
    """By code; by name where the train or the box has no code."""
    by_name = _box.destination == train.destination if train.destination else false()
    if not train.destination_code:
        return by_name
    return or_(_box.destination_code == train.destination_code, and_(_box.destination_code.is_(None), by_name))
