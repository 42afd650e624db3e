"""Boxes of trains that customs holds, and whether they are expected to be released by the cut-off of their train."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, not_, select
from sqlmodel import Session

from storage.figures.policy import Moment
from storage.figures.readiness import permitted, received
from storage.models import Container, Declaration, DeclarationBox, table_of
from storage.models.base import to_ms
from storage.queries.customs_held import queue_at
from storage.queries.customs_queue import FEEDS, is_open

__all__ = ["FEEDS", "Clearances", "clearances"]


class Clearances(NamedTuple):
    """Boxes of a train. `late`: expected to be released after its customs cut-off.

    `may_be_late`: expected before it, though one in ten such is released after it.
    """

    late: int = 0
    may_be_late: int = 0


_decl, _link, _box = (table_of(model).c for model in (Declaration, DeclarationBox, Container))
_HELD = (
    select(_box.train_id, _box.id, _link.declaration_id)
    .join_from(table_of(Container), table_of(DeclarationBox), _link.container_id == _box.id)
    .join(table_of(Declaration), _decl.id == _link.declaration_id)
    .where(_box.train_id.in_(bindparam("ids", expanding=True)), func.coalesce(_box.rolled, False).is_(False))
    .where(received(), not_(permitted()), is_open)
)


def clearances(session: Session, cutoffs: Mapping[str, datetime], moment: Moment) -> dict[str, Clearances]:
    """Train id to its boxes that customs holds; `cutoffs` are the customs cut-offs of the trains asked for.

    A box under several declarations waits for the last of them; one of which no release can be expected is not counted.
    """
    declarations: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    if cutoffs:
        for train, box, declaration in session.connection().execute(_HELD, {"ids": list(cutoffs)}):
            declarations[train, box].append(declaration)
    if not declarations:
        return {}
    waits = queue_at(session, moment)
    waits.look_back(session)
    forecast = waits.forecast
    late: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (train, _), held_by in declarations.items():
        by = to_ms(cutoffs[train])
        expected = [forecast.at.get(each) for each in held_by]
        if None in expected:
            continue
        intervals = [forecast.interval(each) for each in held_by]
        if any(at is not None and at > by for at in expected):
            late[train][0] += 1
        elif any(interval is not None and interval.high > by for interval in intervals):
            late[train][1] += 1
    return {train: Clearances(*counts) for train, counts in late.items()}
