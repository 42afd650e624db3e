"""Customs: one row a declaration with the margin of its tightest box, and the figures of the lanes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Select, and_, case, func, or_, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.cutoffs import loading_closes
from storage.figures.expressions import NOW_MS, milliseconds, parameters
from storage.figures.hours import Hours, read_hours
from storage.figures.lanes import Lane, Passed, Waiting, expected_releases, lane_figures, percentile
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.readiness import received
from storage.models import (
    Container,
    CustomsOffice,
    Declaration,
    DeclarationBox,
    Inspection,
    Train,
    TrainCutoff,
    table_of,
)
from storage.models.customs import ENDED
from storage.queries.columns import Column
from storage.queries.feeds import LastKnown, as_last_known
from storage.queries.views import Preset, View

FEEDS = (
    "declarations", "declaration_boxes", "inspections", "customs_offices", "containers", "trains", "train_cutoffs",
)  # fmt: skip
Level = Literal["act", "watch", "unknown", "calm"]
LEVELS: tuple[Level, ...] = ("act", "watch", "unknown", "calm")
TIGHT = timedelta(minutes=30)
"""A margin up to this is worth watching."""

_decl = table_of(Declaration).c
_since = func.coalesce(_decl.laned_at, _decl.submitted_at)
_until = case((_decl.released_at.is_not(None), milliseconds(_decl.released_at)), else_=NOW_MS)
_open = and_(_decl.state.not_in((*ENDED, "draft")), _decl.released_at.is_(None))
_link = table_of(DeclarationBox).c
_boxes_of = select(func.count()).where(_link.declaration_id == _decl.id).scalar_subquery()

COLUMNS = (
    Column("risk", "Risk", "text", "act, watch, unknown or calm, by its margin.", order=LEVELS),
    Column("number", "Declaration", "text", "Declaration number.", expression=_decl.number, words=True, compact=True),
    Column("regime", "Kind", "text", "Regime.", expression=_decl.regime, words=True),
    Column("lane", "Lane", "text", "Lane; unknown before it has one.", expression=_decl.lane, words=True),
    Column("state", "State", "text", "State in the console's words.", expression=_decl.state, words=True),
    Column("raw_state", "Code", "text", "The source's own code of the state.", expression=_decl.raw_state),
    Column("turn", "Turn", "text", "Whose turn it is.", expression=_decl.turn, words=True),
    Column("open", "Open", "yes_no", "It still waits.", expression=_open),
    Column("since", "Since", "time", "Entered its lane; submitted when it has none.", expression=_since),
    Column(
        "wait", "Waits", "duration", "Time in its lane, until it was released.",
        expression=_until - milliseconds(_since),
    ),
    Column("expected", "Expected", "time", "Expected release."),
    Column("boxes", "Boxes", "number", "Boxes under it.", "boxes", _boxes_of),
    Column("box", "Box", "text", "Its tightest box."),
    Column("train", "Train", "text", "Train of its tightest box."),
    Column("cutoff_at", "Cut-off", "time", "Customs cut-off of that train, else when its loading closes."),
    Column("margin", "Margin", "duration", "That cut-off less the expected release."),
    Column("over", "Over", "yes_no", "It waits longer than was agreed for its lane."),
    Column("bay", "Bay", "number", "Inspection bay."),
    Column("slot_at", "Slot", "time", "Start of its inspection slot."),
    Column("goods", "Goods", "text", "Goods.", expression=_decl.goods, words=True),
    Column("asked", "Asked", "text", "Documents asked for.", expression=_decl.documents_asked, words=True),
    Column("special_kind", "Special", "text", "Kind of designated site.", expression=_decl.special_kind, words=True),
    Column("priority", "Priority", "number", "Priority, 0 is normal.", expression=_decl.priority),
    Column("released_at", "Released", "time", "Released.", expression=_decl.released_at),
    Column("remark", "Remark", "text", "Remark of the source.", expression=_decl.remark, words=True),
    Column("id", "Id", "text", "Identity of the declaration.", expression=_decl.id),
)  # fmt: skip


class DeclarationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration; see `COLUMNS`. `container_id` and `train_id` are its tightest box and that one's train.

    `unsure`: its risk is judged from old data, or cannot be told before all feeds are loaded.
    """

    id: str
    number: str
    regime: str | None
    lane: str | None
    state: str
    raw_state: str | None
    turn: str | None
    open: bool
    since: datetime | None
    wait: timedelta | None
    expected: datetime | None
    boxes: int
    box: str | None
    container_id: str | None
    train: str | None
    train_id: str | None
    cutoff_at: datetime | None
    margin: timedelta | None
    risk: Level
    unsure: bool
    over: bool | None
    bay: int | None
    slot_at: datetime | None
    goods: str | None
    asked: str | None
    special_kind: str | None
    priority: int | None
    released_at: datetime | None
    remark: str | None


class Undeclared(msgspec.Struct, frozen=True, kw_only=True):
    """Boxes here that are booked on a train and not declared. `train` is its number."""

    train_id: str
    train: str
    boxes: int
    by: datetime | None


class Lanes(msgspec.Struct, frozen=True, kw_only=True):
    """The lanes, and what nobody has declared yet. `boxes`: all that wait, those not declared among them."""

    lanes: tuple[Lane, ...]
    declarations: int
    boxes: int
    undeclared: tuple[Undeclared, ...]


class _Tightest(NamedTuple):
    container_id: str
    box: str | None
    train_id: str | None
    train: str | None
    cutoff_at: datetime | None


_STATEMENT = select(
    *(column.expression.label(column.key) for column in COLUMNS if column.expression is not None)
).select_from(table_of(Declaration))


def _read(session: Session, statement: Select[Any], moment: Moment) -> Sequence[DeclarationRow]:
    found = session.connection().execute(statement, parameters(moment)).all()
    waiting, passed, slots = _queue(session, moment)
    hours = office_hours(session, moment.policy)
    expected = expected_releases(waiting, passed, _slot_to_release(session, moment), hours, moment.now)
    tightest = _tightest(session, [row.id for row in found], moment.policy)
    known = as_last_known(session, FEEDS, moment)
    return [
        _row(row, expected.get(row.id), tightest.get(row.id), slots.get(row.id), moment.policy, known) for row in found
    ]


def _row(
    row: Any,
    expected: datetime | None,
    tightest: _Tightest | None,
    slot: Any | None,
    policy: Policy,
    known: LastKnown,
) -> DeclarationRow:
    base = {column.key: getattr(row, column.key) for column in COLUMNS if column.expression is not None}
    wait = None if row.wait is None else timedelta(milliseconds=row.wait)
    cutoff = tightest.cutoff_at if tightest else None
    margin = cutoff - expected if cutoff is not None and expected is not None else None
    sla = policy.sla.get(row.lane or "")
    return DeclarationRow(
        **(base | {"wait": wait, "open": bool(row.open)}), expected=expected,
        box=tightest and tightest.box, container_id=tightest and tightest.container_id,
        train=tightest and tightest.train, train_id=tightest and tightest.train_id, cutoff_at=cutoff, margin=margin,
        risk="unknown" if known.missing else _risk(margin, expected, is_open=bool(row.open)), unsure=known.unsure,
        over=None if sla is None or wait is None else wait > sla,
        bay=slot and slot.bay, slot_at=slot and slot.slot_starts,
    )  # fmt: skip


def _risk(margin: timedelta | None, expected: datetime | None, *, is_open: bool) -> Level:
    if not is_open:
        return "calm"
    if margin is not None:
        return "act" if margin < timedelta(0) else "watch" if margin <= TIGHT else "calm"
    return "unknown" if expected is None else "calm"


# ---------------------------------------------------------------------------------------------------- what is waiting
def _queue(session: Session, moment: Moment) -> tuple[list[Waiting], list[Passed], Mapping[str, Any]]:
    """Those that wait; those that entered a lane or left it within a day and a bit; declaration to its slot."""
    connection = session.connection()
    slots = {row.declaration_id: row for row in connection.execute(_SLOTS)}
    since = moment.now - timedelta(hours=26)
    columns = (_decl.id, _decl.lane, _since.label("since"), _decl.turn, _decl.state, _decl.priority)
    waiting = [
        Waiting(
            row.id, row.lane, row.since, row.turn, row.state, row.boxes, row.priority or 0,
            (slots[row.id].slot_starts, slots[row.id].slot_ends) if row.id in slots else None,
        )
        for row in connection.execute(select(*columns, _boxes_of.label("boxes")).where(_open))
    ]  # fmt: skip
    recent = select(_decl.lane, _decl.laned_at, _decl.released_at).where(
        _decl.lane.is_not(None),
        _decl.laned_at.is_not(None),
        or_(_decl.released_at >= since, _decl.laned_at >= since),
    )
    passed = [Passed(row.lane, row.laned_at, row.released_at) for row in connection.execute(recent)]
    return waiting, passed, slots


_inspection = table_of(Inspection).c
# A declaration may have several inspections: the last slot that is not over is the one that counts.
_SLOTS = (
    select(_inspection.declaration_id, _inspection.bay, _inspection.slot_starts, _inspection.slot_ends)
    .where(
        _inspection.declaration_id.is_not(None),
        _inspection.slot_starts.is_not(None),
        _inspection.ended_at.is_(None),
        func.coalesce(_inspection.state, "") != "canceled",
    )
    .order_by(_inspection.slot_starts)
)


def _slot_to_release(session: Session, moment: Moment) -> timedelta | None:
    """The median time from the start of a slot to release, of the last two days; None with fewer than five."""
    measured = (
        select(_decl.released_at, _inspection.slot_starts)
        .join_from(table_of(Inspection), table_of(Declaration), _decl.id == _inspection.declaration_id)
        .where(_decl.released_at >= moment.now - timedelta(days=2), _inspection.slot_starts.is_not(None))
    )
    spans = [row.released_at - row.slot_starts for row in session.connection().execute(measured)]
    return percentile(spans, 0.5) if len(spans) >= 5 else None


def office_hours(session: Session, policy: Policy) -> Hours:
    """Hours of the site's customs office, else those of its policy."""
    office = table_of(CustomsOffice).c
    given = session.connection().execute(select(office.hours).where(office.hours.is_not(None)).order_by(office.id))
    return read_hours(given.scalars().first(), policy.zone, policy.office_hours)


def _tightest(session: Session, declarations: Sequence[str], policy: Policy) -> dict[str, _Tightest]:
    """Declaration to its box with the earliest cut-off; one without a train comes after all."""
    box, train, cutoff = table_of(Container).c, table_of(Train).c, table_of(TrainCutoff).c
    customs = (
        select(cutoff.train_id, func.min(cutoff.at, type_=cutoff.at.type).label("at"))
        .where(cutoff.name == "customs")
        .group_by(cutoff.train_id)
        .subquery("customs_cutoffs")
    )
    chosen = (
        select(
            _link.declaration_id, _link.container_id, box.number, box.train_id, train.number.label("train"),
            customs.c.at, train.loading_closes, train.planned_departure, train.estimated_departure,
        )
        .select_from(
            table_of(DeclarationBox)
            .outerjoin(table_of(Container), box.id == _link.container_id)
            .outerjoin(table_of(Train), train.id == box.train_id)
            .outerjoin(customs, customs.c.train_id == box.train_id)
        )
        .where(_link.declaration_id.in_(declarations))
    )  # fmt: skip
    found: dict[str, _Tightest] = {}
    for row in session.connection().execute(chosen):
        closes = loading_closes(row.loading_closes, row.planned_departure, row.estimated_departure, policy)
        each = _Tightest(row.container_id, row.number, row.train_id, row.train, row.at or closes)
        if row.declaration_id not in found or _urgency(each) < _urgency(found[row.declaration_id]):
            found[row.declaration_id] = each
    return found


def _urgency(box: _Tightest) -> tuple[bool, float, bool, str]:
    at = box.cutoff_at
    return at is None, 0.0 if at is None else at.timestamp(), box.train_id is None, box.container_id


# ------------------------------------------------------------------------------------------------------------- lanes
def lanes(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> Lanes:
    """The figures of every lane, and booked boxes that are here and not declared."""
    moment = Moment.of(clock, policy)
    waiting, passed, _ = _queue(session, moment)
    hours = office_hours(session, policy)
    expected = expected_releases(waiting, passed, _slot_to_release(session, moment), hours, moment.now)
    figures = lane_figures(waiting, passed, expected, hours, policy.sla, moment.now)
    undeclared = tuple(_undeclared(session, policy))
    return Lanes(
        lanes=tuple(figures), declarations=sum(lane.declarations for lane in figures),
        boxes=sum(lane.boxes for lane in figures) + sum(train.boxes for train in undeclared), undeclared=undeclared,
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
        .where(box.departed_at.is_(None))
        .group_by(train.id)
    )
    found = []
    for row in session.connection().execute(chosen):
        closes = loading_closes(row.loading_closes, row.planned_departure, row.estimated_departure, policy)
        found.append(Undeclared(train_id=row.id, train=row.number, boxes=row.boxes, by=row.customs or closes))
    return sorted(found, key=lambda one: (one.by is None, one.by, one.train))


DECLARATIONS: View[DeclarationRow] = View(
    name="customs",
    title="Customs",
    columns=COLUMNS,
    feeds=FEEDS,
    read=_read,
    default_sort="risk,margin,cutoff_at,-wait",
    statement=_STATEMENT,
    presets=(
        Preset("waiting", "open:yes"),
        Preset("misses its train", "margin<0 open:yes"),
        Preset("over SLA", "over:yes open:yes", "-wait"),
        Preset("inspection today", "slot_at:today", "slot_at"),
        Preset("transit", "regime:transit open:yes"),
        Preset("special sites", "-special_kind:-- open:yes"),
        Preset("all", "", "-since"),
    ),
)
"""Every declaration, released ones too; `open:yes` are those that wait."""
