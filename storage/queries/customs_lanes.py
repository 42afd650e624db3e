"""The lanes of customs, what nobody has declared, and how much of it all is declared in advance."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, func, literal_column, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.cutoffs import loading_closes
from storage.figures.lanes import NO_LANE, Lane, lane_figures, unknown_lanes
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.readiness import received
from storage.figures.sums import total
from storage.models import Container, Declaration, DeclarationBox, Train, TrainCutoff, table_of
from storage.queries.columns import Column
from storage.queries.customs_queue import FEEDS, GONE, Waits
from storage.queries.feeds import not_come
from storage.queries.views import View

_decl, _link = table_of(Declaration).c, table_of(DeclarationBox).c


class Undeclared(msgspec.Struct, frozen=True, kw_only=True):
    """Boxes here that are booked on a train and not declared. `train` is its number, `by` the customs cut-off."""

    train_id: str
    train: str
    boxes: int
    by: datetime | None


class Lanes(msgspec.Struct, frozen=True, kw_only=True):
    """The lanes, and what nobody has declared yet. `boxes`: all that wait, those not declared among them.

    None is unknown, because a feed has not come yet that it is counted in; so are then the figures of the lanes.
    `advance` of `declarations_told` were declared before the goods arrived; of the others the source does not say.
    `office_hours`: `08:30-12:00, 13:30-19:00`, local. `at`: as of when; the last good answer where the input is old.
    """

    at: datetime
    lanes: tuple[Lane, ...]
    declarations: int | None
    boxes: int | None
    undeclared: tuple[Undeclared, ...] | None
    advance: int = 0
    declarations_told: int = 0
    office_hours: str = ""

    @property
    def undeclared_boxes(self) -> int | None:
        """Boxes that nobody has declared."""
        return None if self.undeclared is None else sum(train.boxes for train in self.undeclared)

    @property
    def over_sla(self) -> int | None:
        """Declarations that wait longer than was agreed for their lanes."""
        return total(lane.over_sla for lane in self.lanes)

    @property
    def at_risk(self) -> int | None:
        """Declarations that will have waited longer by their expected release."""
        return total(lane.at_risk for lane in self.lanes)


def lanes(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> Lanes:
    """The figures of every lane, and booked boxes that are here and not declared."""
    return lanes_of(session, Waits(session, Moment.of(clock, policy)))


def lanes_of(session: Session, waits: Waits) -> Lanes:
    """The same out of what was read before."""
    policy, missing = waits.moment.policy, not_come(session, FEEDS)
    undeclared = None if {"containers", "trains"} & {*missing} else tuple(_undeclared(session, policy))
    found = Lanes(
        at=waits.moment.now, lanes=tuple(unknown_lanes(policy)), declarations=None, boxes=None, undeclared=undeclared,
        office_hours=waits.hours.words,
    )  # fmt: skip
    if "declarations" in missing:
        return found
    lanes = lane_figures(waits.lines, waits.boxes, waits.gone, waits.forecast, waits.sla, policy, waits.moment.now)
    if "declaration_boxes" in missing:
        lanes = [replace(lane, boxes=None) for lane in lanes]
    return msgspec.structs.replace(
        found, lanes=tuple(lanes), declarations=total(lane.declarations for lane in lanes),
        boxes=total((*(lane.boxes for lane in lanes), found.undeclared_boxes)),
        advance=waits.advance, declarations_told=waits.told,
    )  # fmt: skip


def _undeclared(session: Session, policy: Policy) -> Iterable[Undeclared]:
    box, train, cutoff = table_of(Container).c, table_of(Train).c, table_of(TrainCutoff).c
    customs = (
        select(func.min(cutoff.at, type_=cutoff.at.type))
        .where(cutoff.train_id == train.id, cutoff.name == "customs")
        .scalar_subquery()
    )
    # Counted by themselves: there is an index of just these boxes.
    boxes = (
        select(box.train_id, func.count().label("boxes"))
        .where(box.customs == literal_column("'not declared'"), box.train_id.is_not(None), box.departed_at.is_(None))
        .where(received(), func.coalesce(box.rolled, False).is_(False))
        .group_by(box.train_id)
        .subquery()
    )
    chosen = (
        select(*train, customs.label("customs"), boxes.c.boxes)
        .join_from(table_of(Train), boxes, boxes.c.train_id == train.id)
        .where(train.actual_departure.is_(None), train.phase.not_in(GONE))
    )
    found = []
    for row in session.connection().execute(chosen):
        closes = loading_closes(row.loading_closes, row.planned_departure, row.estimated_departure, policy)
        found.append(Undeclared(train_id=row.id, train=row.number, boxes=row.boxes, by=row.customs or closes))
    return sorted(found, key=lambda one: (one.by is None, one.by, one.train))


class LaneRow(msgspec.Struct, frozen=True, kw_only=True):
    """A lane with its figures, or what nobody has declared; see `COLUMNS`."""

    id: str
    declarations: int | None
    boxes: int | None
    oldest: timedelta | None
    p50: timedelta | None
    p90: timedelta | None
    in_per_hour: float | None
    out_per_hour: float | None
    clears_at: datetime | None
    over_sla: int | None
    at_risk: int | None
    turns: str
    by_hour: tuple[str, ...]


COLUMNS = (
    Column("id", "Lane", "text", "Lane; what nobody has declared and what has no lane yet are lines of their own."),
    Column("declarations", "Waiting", "number", "Declarations that wait.", "declarations"),
    Column("boxes", "Boxes", "number", "Boxes under them.", "boxes"),
    Column("oldest", "Oldest", "duration", "Longest wait of those that wait."),
    Column("p50", "P50", "duration", "Half of those released within 24 hours had waited less."),
    Column("p90", "P90", "duration", "Nine of ten released within 24 hours had waited less."),
    Column("in_per_hour", "In", "number", "Entered in the last two hours.", "declarations/h"),
    Column("out_per_hour", "Out", "number", "Released in the last two hours.", "declarations/h"),
    Column("clears_at", "Clears", "time", "When the last in it is through."),
    Column("over_sla", "Over", "number", "They wait longer than was agreed.", "declarations"),
    Column("at_risk", "Risk", "number", "They will have waited longer by their expected release.", "declarations"),
    Column("turns", "Turn", "text", "Whose turn it is, with how many."),
    Column("by_hour", "By hour", "text", "In and out in each local hour of today: 09 4/3."),
)


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[LaneRow]:
    found = lanes_of(session, Waits(session, moment))
    return [*_undeclared_row(found), *(_lane_row(lane) for lane in found.lanes)]


def _undeclared_row(found: Lanes) -> Iterable[LaneRow]:
    if found.undeclared_boxes != 0:
        on = ", ".join(f"{train.boxes} on {train.train}" for train in found.undeclared or ())
        yield LaneRow(
            id="not declared", declarations=None, boxes=found.undeclared_boxes, oldest=None, p50=None, p90=None,
            in_per_hour=None, out_per_hour=None, clears_at=None, over_sla=None, at_risk=None,
            turns=f"broker: {on}" if on else "", by_hour=(),
        )  # fmt: skip


def _lane_row(lane: Lane) -> LaneRow:
    flows = lane.name != NO_LANE
    return LaneRow(
        id=lane.name, declarations=lane.declarations, boxes=lane.boxes, oldest=lane.oldest, p50=lane.p50, p90=lane.p90,
        in_per_hour=lane.in_per_hour if flows else None, out_per_hour=lane.out_per_hour if flows else None,
        clears_at=lane.clears_at, over_sla=lane.over_sla, at_risk=lane.at_risk,
        turns=", ".join(f"{turn} {count}" for turn, count in lane.turns.items()),
        by_hour=tuple(f"{flow.hour:02} {flow.entered}/{flow.released}" for flow in lane.by_hour),
    )  # fmt: skip


LANES: View[LaneRow] = View(
    name="lanes", title="Lanes", columns=COLUMNS, feeds=FEEDS, read=_read, default_sort=""
)  # fmt: skip
"""The lanes of customs in the order of the site's rules, what nobody has declared before them."""
