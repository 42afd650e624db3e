"""Customs: a row a declaration, with the margin of its tightest box, whose turn it is, and why it is as urgent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, and_, bindparam, case, exists, func, not_, or_, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.declared import MANY_BOXES, WENT_BACK, Declared, oddities
from storage.figures.expressions import NOW_MS, milliseconds, parameters
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.risk import LEVELS, Level
from storage.figures.seals import ALARMS
from storage.models import Declaration, DeclarationBox, Seal, table_of
from storage.models.base import from_ms, to_ms
from storage.models.customs import ENDED, STATES
from storage.queries.columns import Column
from storage.queries.criteria import EVERYTHING, Criteria, Sort
from storage.queries.customs_held import queue_at
from storage.queries.customs_queue import AT_ONCE, Queue, entered, is_open
from storage.queries.customs_queue import FEEDS as QUEUE_FEEDS
from storage.queries.customs_rows import Under, under
from storage.queries.customs_sketch import SKETCHED, Reason, Sketch
from storage.queries.views import Found, Page, Preset, View, found_in

FEEDS = (*QUEUE_FEEDS, "seals")
TRANSIT = ("transit", "tir")
"""Regimes of goods that go on under customs."""
_table, _link, _seal = table_of(Declaration), table_of(DeclarationBox), table_of(Seal)
_decl = _table.c
_until = case((_decl.released_at.is_not(None), milliseconds(_decl.released_at)), else_=NOW_MS)
_wait = _until - milliseconds(entered)
_boxes_of = select(func.count()).where(_link.c.declaration_id == _decl.id).scalar_subquery()
_alarmed = _decl.id.in_(
    select(_link.c.declaration_id)
    .join_from(_seal, _link, _link.c.container_id == _seal.c.container_id)
    .where(_seal.c.state.in_(ALARMS))
)
_twin, _other = _link.alias("twin"), _table.alias("other")
_several = select(_twin.c.container_id).group_by(_twin.c.container_id).having(func.count() > 1)
_is_shared = exists().where(
    _link.c.declaration_id == _decl.id,
    _link.c.container_id.in_(_several),  # few: of these only it is asked which
    _twin.c.container_id == _link.c.container_id,
    _twin.c.declaration_id != _decl.id,
    _other.c.id == _twin.c.declaration_id,
    _other.c.released_at.is_(None),
    _other.c.state.not_in((*ENDED, "draft")),
)
is_flagged = or_(
    func.coalesce(_decl.released_at < _decl.submitted_at, False),
    func.coalesce(_decl.released_at < _decl.laned_at, False),
    _decl.state.not_in(STATES),
    and_(_decl.lane.is_not(None), _decl.lane.not_in(bindparam("lanes", expanding=True))),
    and_(_decl.released_at.is_not(None), _decl.state.not_in(ENDED)),
    not_(_boxes_of.between(1, MANY_BOXES)),
    and_(is_open, _is_shared),
    func.coalesce(_decl.flags == WENT_BACK, False),
)
"""Whether what can be told by SQL of a declaration cannot be right."""

COLUMNS = (
    Column("risk", "Risk", "text", "act, watch, unknown or calm, by its margin.", order=LEVELS),
    Column("number", "Declaration", "text", "Declaration number.", expression=_decl.number, words=True, compact=True),
    Column("regime", "Kind", "text", "Regime.", expression=_decl.regime, words=True),
    Column("lane", "Lane", "text", "Lane; unknown before it has one.", expression=_decl.lane, words=True),
    Column("state", "State", "text", "State in the console's words.", expression=_decl.state, words=True),
    Column("raw_state", "Code", "text", "The source's own code of the state.", expression=_decl.raw_state),
    Column("turn", "Turn", "text", "Whose turn it is.", expression=_decl.turn, words=True),
    Column("open", "Open", "yes_no", "It still waits.", expression=is_open),
    Column("since", "Since", "time", "Entered its lane; submitted when it has none.", expression=entered),
    Column("wait", "Waits", "duration", "Time in its lane, until it was released.", expression=_wait),
    Column("expected", "Expected", "time", "Expected release."),
    Column("earliest", "Earliest", "time", "One in ten such declarations was released before this."),
    Column("latest", "Latest", "time", "One in ten such declarations was released after this."),
    Column("boxes", "Boxes", "number", "Boxes under it.", "boxes", _boxes_of),
    Column("box", "Box", "text", "Its tightest box."),
    Column("train", "Train", "text", "Train of its tightest box."),
    Column("cutoff_at", "Cut-off", "time", "Customs cut-off of that train, else when its loading closes."),
    Column("margin", "Margin", "duration", "That cut-off less the expected release."),
    Column("reason", "Reason", "text", "Why it is as urgent as it is."),
    Column("over", "Over", "yes_no", "It waits longer than was agreed for its lane."),
    Column("bay", "Bay", "number", "Inspection bay."),
    Column("slot_at", "Slot", "time", "Start of its inspection slot."),
    Column("goods", "Goods", "text", "Goods.", expression=_decl.goods, words=True),
    Column("asked", "Asked", "text", "Documents asked for.", expression=_decl.documents_asked, words=True),
    Column("special_kind", "Special", "text", "Kind of designated site.", expression=_decl.special_kind, words=True),
    Column("seal_alarm", "Seal alarm", "yes_no", "A lock on one of its boxes wants somebody.", expression=_alarmed),
    Column("seal", "Seal", "text", "That lock and what it reports."),
    Column("advance", "Advance", "yes_no", "Declared before the goods arrived.", expression=_decl.advance),
    Column("flagged", "Flagged", "yes_no", "Its data cannot be right.", expression=is_flagged),
    Column("oddities", "Odd", "text", "What cannot be right about it."),
    Column("transit", "Transit", "yes_no", "In transit, or under a TIR carnet.", expression=_decl.regime.in_(TRANSIT)),
    Column("priority", "Priority", "number", "Priority, 0 is normal.", expression=_decl.priority),
    Column("submitted_at", "Submitted", "time", "Submitted.", expression=_decl.submitted_at),
    Column("released_at", "Released", "time", "Released.", expression=_decl.released_at),
    Column("remark", "Remark", "text", "Remark of the source.", expression=_decl.remark, words=True),
    Column("id", "Id", "text", "Identity of the declaration.", expression=_decl.id),
)


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
    earliest: datetime | None
    latest: datetime | None
    boxes: int
    box: str | None
    container_id: str | None
    train: str | None
    train_id: str | None
    cutoff_at: datetime | None
    margin: timedelta | None
    risk: Level
    unsure: bool
    reason: Reason
    over: bool | None
    bay: int | None
    slot_at: datetime | None
    goods: str | None
    asked: str | None
    special_kind: str | None
    seal_alarm: bool
    seal: str | None
    advance: bool | None
    flagged: bool
    oddities: tuple[str, ...]
    transit: bool | None
    priority: int | None
    submitted_at: datetime | None
    released_at: datetime | None
    remark: str | None


_WORKED_OUT = frozenset(column.key for column in COLUMNS if column.expression is None)
# What is flagged is told of a row with its reasons, and looked for in SQL only by a filter.
_STATEMENT = select(
    *(
        column.expression.label(column.key)
        for column in COLUMNS
        if column.expression is not None and column.key != "flagged"
    )
).select_from(_table)
_SKETCHES = select(_decl.id, _decl.lane, milliseconds(entered), _wait, is_open)


def _read(session: Session, statement: Select[Any], moment: Moment) -> Sequence[DeclarationRow]:
    return rows_of(session, statement, queue_at(session, moment))


def rows_of(session: Session, statement: Select[Any], queue: Queue) -> list[DeclarationRow]:
    """The rows that the statement selects, in its order, judged by what waits."""
    queue.look_back(session)
    found = session.connection().execute(statement, parameters(queue.moment)).all()
    beneath = under(session, queue, [row.id for row in found])
    return [_row(row, queue, beneath) for row in found]


def _row(row: Any, queue: Queue, beneath: Under) -> DeclarationRow:
    base = dict(row._mapping)
    since = None if row.since is None else to_ms(row.since)
    sketch = Sketch(queue, row.id, row.lane, since, row.wait, is_open=bool(row.open))
    box = sketch.tightest or beneath.tightest.get(row.id)
    cutoff = box.cutoff if box else None
    worked_out = {key: getattr(sketch, key) for key in _WORKED_OUT & SKETCHED}
    odd = oddities(
        Declared(
            row.state, row.lane, row.submitted_at, beneath.laned.get(row.id), row.released_at, row.boxes,
            beneath.shared.get(row.id, 0), beneath.states.get(row.id, ()), row.id in beneath.went_back,
        ),
        queue.moment.policy.sla,
    )  # fmt: skip
    computed = {
        "wait": sketch.wait, "open": sketch.open, "box": beneath.numbers.get(box.container_id) if box else None,
        "container_id": box.container_id if box else None, "train_id": box.train_id if box else None,
        "train": queue.trains.get(box.train_id or "") if box else None,
        "cutoff_at": None if cutoff is None else from_ms(cutoff), "seal": beneath.seals.get(row.id),
        "seal_alarm": bool(row.seal_alarm), "transit": None if row.transit is None else bool(row.transit),
        "flagged": bool(odd), "oddities": odd, "unsure": queue.known.unsure,
    }  # fmt: skip
    return DeclarationRow(**base | worked_out | computed)


@dataclass(frozen=True, slots=True)
class Declarations(View[DeclarationRow]):
    """A view that reads whole only the rows of a page, though they are chosen and sorted by what is worked out."""

    def page(
        self,
        session: Session,
        clock: Clock,
        criteria: Criteria = EVERYTHING,
        sort: Sort | None = None,
        *,
        offset: int = 0,
        limit: int | None = None,
        policy: Policy = DEFAULT,
    ) -> Page[DeclarationRow]:
        """As every view's."""
        return self.page_of(queue_at(session, Moment.of(clock, policy)), session, criteria, sort, offset, limit)

    def around(
        self,
        session: Session,
        clock: Clock,
        key: str,
        criteria: Criteria = EVERYTHING,
        sort: Sort | None = None,
        *,
        above: int = 0,
        limit: int = 1,
        policy: Policy = DEFAULT,
    ) -> Found[DeclarationRow] | None:
        """As every view's."""
        queue = queue_at(session, Moment.of(clock, policy))
        ids = self.chosen(queue, session, criteria, sort)
        return found_in(ids, key, above, limit, lambda few: self._whole(session, queue, few))

    def page_of(
        self,
        queue: Queue,
        session: Session,
        criteria: Criteria = EVERYTHING,
        sort: Sort | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> Page[DeclarationRow]:
        """The page out of a queue that was read before."""
        if limit == 0 and criteria.in_sql():
            counted = select(func.count()).select_from(_table).where(*criteria.where(self.columns, queue.moment))
            return Page(int(session.connection().execute(counted, parameters(queue.moment)).scalar_one()), offset, ())
        ids = self.chosen(queue, session, criteria, sort)
        wanted = ids[offset : None if limit is None else offset + limit]
        return Page(len(ids), offset, tuple(self._whole(session, queue, wanted)))

    def _whole(self, session: Session, queue: Queue, ids: Sequence[str]) -> list[DeclarationRow]:
        found: dict[str, DeclarationRow] = {}
        for first in range(0, len(ids), AT_ONCE):
            chosen = self.statement.where(_decl.id.in_(ids[first : first + AT_ONCE]))
            found.update((row.id, row) for row in rows_of(session, chosen, queue))
        return [found[identity] for identity in ids if identity in found]

    def chosen(self, queue: Queue, session: Session, criteria: Criteria, sort: Sort | None) -> Sequence[str]:
        """Ids of the declarations under the filter, sorted."""
        sort = sort or self.sort()
        if _is_only_open(criteria) and sort == self.sort():
            return queue.urgent
        connection, given = session.connection(), parameters(queue.moment)
        where = criteria.where(self.columns, queue.moment)
        if criteria.in_sql() and sort.in_sql():
            return connection.execute(
                select(_decl.id).where(*where).order_by(*sort.order_by(), _decl.id), given
            ).scalars().all()  # fmt: skip
        asked = {term.column.key for term in criteria.terms if term.column and term.column.expression is None}
        asked |= {column.key for column, _ in sort.keys}
        if asked & {"earliest", "latest", "reason", "risk"}:
            queue.look_back(session)
        rows: Sequence[Any]
        if asked <= SKETCHED:
            found = connection.execute(_SKETCHES.where(*where).order_by(_decl.id), given)
            rows = [Sketch(queue, *row[:4], is_open=bool(row[4])) for row in found]
        else:
            rows = rows_of(session, self.statement.where(*where).order_by(_decl.id), queue)
        rows = [row for row in rows if criteria.accepts(row, self.columns, queue.moment, after_sql=True)]
        return [row.id for row in sort.sorted(rows)]


def _is_only_open(criteria: Criteria) -> bool:
    return [(term.column and term.column.key, term.operator, term.value, term.negated) for term in criteria.terms] in (
        [("open", ":", True, False)],
        [("open", "=", True, False)],
    )


DECLARATIONS = Declarations(
    name="customs",
    title="Customs",
    columns=COLUMNS,
    feeds=FEEDS,
    read=_read,
    default_sort="margin,cutoff_at,-wait",
    statement=_STATEMENT,
    presets=(
        Preset("waiting", "open:yes"),
        Preset("misses its train", "margin<0 open:yes"),
        Preset("over SLA", "over:yes open:yes", "-wait"),
        Preset("inspection today", "slot_at:today", "slot_at"),
        Preset("transit", "transit:yes open:yes"),
        Preset("special sites", "-special_kind:-- open:yes"),
        Preset("seals", "seal_alarm:yes"),
        Preset("flagged", "flagged:yes"),
        Preset("all", "", "-since"),
    ),
)
"""Every declaration, released ones too; `open:yes` are those that wait."""
