"""Boxes of later trains that could go with this one."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import String, and_, bindparam, func, or_, select
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

MOST = 200
"""Candidates looked at; the first by departure of their own train."""

_train, _box = table_of(Train).c, table_of(Container).c
_departs = func.coalesce(_train.estimated_departure, _train.planned_departure, type_=_train.planned_departure.type)
_LATER = (
    select(_box.id, _box.train_id, _train.number, _departs.label("departs"))
    .join_from(table_of(Train), table_of(Container), _box.train_id == _train.id)
    .where(_train.direction == "departure", _train.phase.not_in(GONE), _train.id != bindparam("train", type_=String))
    .where(_departs > bindparam("leaves", type_=EpochMs()), loadable())
    .where(
        or_(
            _box.destination_code == bindparam("code", type_=String),
            and_(_box.destination_code.is_(None), _box.destination == bindparam("place", type_=String)),
        )
    )
    .order_by(_departs, _box.id)
    .limit(MOST)
)


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
    where = {"train": train.id, "code": train.destination_code, "place": train.destination, "leaves": leaves}
    rows = session.connection().execute(_LATER, where).all()
    above = in_the_way(session, {row.train_id for row in rows})
    boxes = {box.id: box for box in records(session, Container, _box.id.in_([row.id for row in rows]))}
    found = []
    for row in rows:
        box, moves = boxes[row.id], 1 + len(above.get(row.train_id, {}).get(row.id, ()))
        teu = teu_of(box.size_type, teu_45=moment.policy.teu_45)
        found.append(Substitute(box, row.number, row.departs, teu, moves, None, ""))
    return found
