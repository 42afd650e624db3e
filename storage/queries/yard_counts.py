"""What the map of the yard counts: the boxes of each bay, by what they are told apart by."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlmodel import Session

from storage.figures.expressions import NOW_MS, milliseconds, parameters
from storage.figures.occupancy import in_place, stands
from storage.figures.policy import Moment
from storage.figures.readiness import is_dangerous
from storage.figures.reefers import state_expression
from storage.figures.tally import By, by_bay
from storage.models import Container, table_of
from storage.queries.yard_colours import AGES, UNKNOWN, ColourBy

Counts = Mapping[str, Mapping[int | None, Mapping[Any, int]]]
"""Block to bay to key of the boxes to their number."""

_Found = defaultdict[str, dict[int | None, dict[Any, int]]]
_box = table_of(Container).c


def counts(session: Session, colour_by: ColourBy, moment: Moment) -> Counts:
    """The boxes of each bay by key, as the legend of this colouring has its keys; by occupancy all are None."""
    if colour_by == "dwell":
        return _ages(session, moment)
    if colour_by in _TALLIES:
        found: _Found = defaultdict(dict)
        for block, bay, key, boxes in by_bay(session, _TALLIES[colour_by]):
            of_bay = found[block].setdefault(bay, {})
            of_bay[key] = of_bay.get(key, 0) + boxes
        return found
    return _all(session) if colour_by == "occupancy" else _few(session, colour_by, moment)


_TALLIES: Mapping[ColourBy, By] = {"customs": "customs", "full/empty": "load", "owner": "owner"}


def _all(session: Session) -> _Found:
    found: _Found = defaultdict(dict)
    for block, bay, _, boxes in by_bay(session, "size"):
        of_bay = found[block].setdefault(bay, {None: 0})
        of_bay[None] += boxes
    return found


# ---------------------------------------------------------------------------------------- what few of the boxes are of
def _few(session: Session, colour_by: ColourBy, moment: Moment) -> Counts:
    """Those that are not of the commonest key, None, have an index of their own; of that are all the others."""
    found = _all(session)
    key, where = KEYS[colour_by]
    chosen = (
        select(_box.block_id, _box.bay, key.label("key"), func.count())
        .where(in_place(), where)
        .group_by(_box.block_id, _box.bay, key)
    )
    for block, bay, kind, boxes in session.connection().execute(chosen, parameters(moment)):
        if block is not None:
            of_bay = found[block][bay]
            of_bay[kind] = boxes
            of_bay[None] -= boxes
            if not of_bay[None]:
                del of_bay[None]
    return found


KEYS: Mapping[ColourBy, tuple[ColumnElement[Any], ColumnElement[bool]]] = {
    "train": (_box.train_id, and_(_box.train_id.is_not(None), _box.rolled.is_not(True))),
    "reefer": (state_expression(), _box.setpoint_c.is_not(None)),
    "dangerous": (func.coalesce(_box.imdg_class, UNKNOWN), is_dangerous()),
}
"""What tells the boxes apart, and those that are not of the commonest kind."""


# -------------------------------------------------------------------------------------------------------- how long here
def _ages(session: Session, moment: Moment) -> Counts:
    """By step of age, 0 the youngest; None where it is unknown. One pass over the index, which nothing has to sort."""
    found: _Found = defaultdict(dict)
    for block, bay, boxes, known, *younger in session.connection().execute(_AGES, parameters(moment)):
        of_bay: dict[Any, int] = {None: boxes - known} if boxes > known else {}
        less = 0
        for step, more in enumerate((*younger, known)):
            if more > less:
                of_bay[step] = more - less
            less = more
        found[block][bay] = of_bay
    return found


_age = NOW_MS - milliseconds(_box.received_at)
_AGES = (
    select(
        _box.block_id, _box.bay, func.count(), func.count(_box.received_at),
        *(func.count().filter(_age < span // timedelta(milliseconds=1)) for span, _ in AGES),
    )
    .where(stands())
    .group_by(_box.block_id, _box.bay)
)  # fmt: skip
