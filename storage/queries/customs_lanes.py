"""The lanes of customs, what nobody has declared, and how much of it all is declared in advance."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.cutoffs import loading_closes
from storage.figures.lanes import Lane, lane_figures
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.readiness import received
from storage.figures.registry import declare
from storage.models import Container, Declaration, DeclarationBox, Train, TrainCutoff, table_of
from storage.queries.customs_queue import GONE, Waits, is_open

declare(
    "declared in advance", "In advance", "per cent",
    """Declarations made before the goods arrived, of those that wait and of which the source says either.""",
    "definition 14",
)  # fmt: skip

_decl, _link = table_of(Declaration).c, table_of(DeclarationBox).c


class Undeclared(msgspec.Struct, frozen=True, kw_only=True):
    """Boxes here that are booked on a train and not declared. `train` is its number, `by` the customs cut-off."""

    train_id: str
    train: str
    boxes: int
    by: datetime | None


class Lanes(msgspec.Struct, frozen=True, kw_only=True):
    """The lanes, and what nobody has declared yet. `boxes`: all that wait, those not declared among them.

    `advance` of `declarations_told` were declared before the goods arrived; of the others the source does not say.
    `office_hours`: `08:30-12:00, 13:30-19:00`, local.
    """

    lanes: tuple[Lane, ...]
    declarations: int
    boxes: int
    undeclared: tuple[Undeclared, ...]
    advance: int = 0
    declarations_told: int = 0
    office_hours: str = ""


def lanes(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> Lanes:
    """The figures of every lane, and booked boxes that are here and not declared."""
    return lanes_of(session, Waits(session, Moment.of(clock, policy)))


def lanes_of(session: Session, waits: Waits) -> Lanes:
    """The same out of what was read before."""
    policy, run = waits.moment.policy, session.connection().execute
    beneath = (
        select(_decl.lane, func.count())
        .join_from(table_of(Declaration), table_of(DeclarationBox), _link.declaration_id == _decl.id)
        .where(is_open)
        .group_by(_decl.lane)
    )
    boxes: dict[str | None, int] = dict(run(beneath).all())
    figures = lane_figures(waits.waiting, boxes, waits.stays, waits.forecast, waits.sla, policy, waits.moment.now)
    in_advance = select(_decl.advance, func.count()).where(is_open, _decl.advance.is_not(None))
    told: dict[bool | None, int] = dict(run(in_advance.group_by(_decl.advance)).all())
    undeclared = tuple(_undeclared(session, policy))
    return Lanes(
        lanes=tuple(figures), declarations=sum(lane.declarations for lane in figures),
        boxes=sum(lane.boxes for lane in figures) + sum(train.boxes for train in undeclared), undeclared=undeclared,
        advance=told.get(True, 0), declarations_told=sum(told.values()), office_hours=waits.hours.words,
    )  # fmt: skip


def _undeclared(session: Session, policy: Policy) -> Iterable[Undeclared]:
    box, train, cutoff = table_of(Container).c, table_of(Train).c, table_of(TrainCutoff).c
    customs = (
        select(func.min(cutoff.at, type_=cutoff.at.type))
        .where(cutoff.train_id == train.id, cutoff.name == "customs")
        .scalar_subquery()
    )
    chosen = (
        select(*train, customs.label("customs"), func.count(box.id).label("boxes"))
        .join_from(table_of(Train), table_of(Container), box.train_id == train.id)
        .where(received(), box.customs == "not declared", func.coalesce(box.rolled, False).is_(False))
        .where(box.departed_at.is_(None), train.actual_departure.is_(None), train.phase.not_in(GONE))
        .group_by(train.id)
    )
    found = []
    for row in session.connection().execute(chosen):
        closes = loading_closes(row.loading_closes, row.planned_departure, row.estimated_departure, policy)
        found.append(Undeclared(train_id=row.id, train=row.number, boxes=row.boxes, by=row.customs or closes))
    return sorted(found, key=lambda one: (one.by is None, one.by, one.train))
