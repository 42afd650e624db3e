"""Today's inspections: the slots of every bay, what is left of them, and the boxes that must be brought."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Select, exists, null, or_, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.hours import Hours, read_hours
from storage.figures.inspections import USUAL_SLOT, slots_of
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.rehandles import Stacked, rehandles
from storage.models import Block, Container, Declaration, DeclarationBox, Inspection, table_of
from storage.queries.bays import stacked_of
from storage.queries.columns import Column
from storage.queries.containers import CONTAINERS, ContainerRow, beside
from storage.queries.customs_queue import is_open, office_hours
from storage.queries.feeds import LastKnown, as_last_known, not_come
from storage.queries.records import records
from storage.queries.views import Preset, View

FEEDS = ("inspections", "blocks", "containers", "declarations", "customs_offices")
CALLED = ("called", "waiting")
"""States of an inspection that has not begun."""
MOST = 50
"""Boxes that are told of without a slot."""
OVER = ("passed", "failed")

_decl, _link, _inspection = table_of(Declaration).c, table_of(DeclarationBox).c, table_of(Inspection).c
_NOT_ARRANGED = (
    select(
        _link.id, _decl.id.label("declaration_id"), _decl.number.label("declaration"), _link.container_id,
        null().label("slot_starts"), null().label("bay"),
    )
    .join_from(table_of(Declaration), table_of(DeclarationBox), _link.declaration_id == _decl.id)
    .where(
        is_open,
        _decl.state == "inspection",
        ~exists().where(_inspection.declaration_id == _decl.id, _inspection.ended_at.is_(None)),
    )
    .order_by(_decl.laned_at, _link.id)
    .limit(MOST)
)  # fmt: skip
Use = Literal["booked", "running", "over", "free", "unused"]


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A slot of a bay; `free` is one that can still be had, `unused` one that cannot. `words`: for whom it is."""

    starts: datetime
    ends: datetime
    use: Use
    inspection_id: str | None = None
    declaration_id: str | None = None
    words: str = ""


class Bay(msgspec.Struct, frozen=True, kw_only=True):
    """A bay of an inspection block, and its day: what lies between its slots is outside its hours."""

    block: str
    bay: int
    slots: tuple[Slot, ...]


class ToBring(msgspec.Struct, frozen=True, kw_only=True):
    """A box that is called to a bay and not there yet. `wanted`: the start of its slot; None while it has none.

    `late`: that has begun. `unsure`: so as the feeds were last known, and that is not now.
    """

    id: str
    declaration_id: str | None
    declaration: str | None
    container_id: str | None
    box: str | None
    where: str | None
    wanted: datetime | None
    bay: int | None
    rehandles: int | None
    late: bool
    unsure: bool


class InspectionDay(msgspec.Struct, frozen=True, kw_only=True):
    """Today at the inspection bays; `left` of `all_left` slots that are still to begin are free.

    `missing`: the feed that has not come, as long as which nobody knows what is free, or who is called.
    """

    bays: tuple[Bay, ...]
    left: int | None
    all_left: int | None
    slot: timedelta
    to_bring: tuple[ToBring, ...]
    missing: tuple[str, ...] = ()


def inspection_day(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> InspectionDay:
    """The local day of the view's time."""
    return _day(session, Moment.of(clock, policy))


def _day(session: Session, moment: Moment) -> InspectionDay:
    policy = moment.policy
    missing = not_come(session, ("inspections", "blocks"))
    if missing:
        return InspectionDay(bays=(), left=None, all_left=None, slot=USUAL_SLOT, to_bring=(), missing=missing)
    midnight = datetime.combine(moment.now.astimezone(policy.zone), time(), policy.zone).astimezone(UTC)
    next_midnight = midnight + timedelta(days=1)
    found = _inspections(session, midnight, next_midnight)
    blocks = records(
        session, Block, table_of(Block).c.inspection_bays > 0, order_by=(table_of(Block).c.name, table_of(Block).c.id)
    )
    office = office_hours(session, policy)
    booked: defaultdict[tuple[str | None, int | None], list[Any]] = defaultdict(list)
    for each in found:
        # A box that is called to a slot of another day is to be brought, and takes none of today's.
        if each.slot_starts is not None and midnight <= each.slot_starts < next_midnight and each.state != "canceled":
            booked[each.block_id, each.bay].append(each)
    bays = [
        Bay(block=block.name, bay=bay, slots=tuple(_slots(block, booked[block.id, bay], office, moment)))
        for block in blocks
        for bay in range(1, (block.inspection_bays or 0) + 1)
    ]
    ahead = [slot for bay in bays for slot in bay.slots if slot.starts > moment.now]
    return InspectionDay(
        bays=tuple(bays), left=sum(slot.use == "free" for slot in ahead), all_left=len(ahead),
        slot=_length(blocks[0]) if blocks else USUAL_SLOT,
        to_bring=tuple(sorted(_to_bring(session, found, moment), key=_soonest)),
    )  # fmt: skip


def _inspections(session: Session, start: datetime, end: datetime) -> Sequence[Any]:
    """Those of the day, and those that are called and have no slot yet."""
    chosen = (
        select(*_inspection, _decl.number.label("declaration"))
        .select_from(table_of(Inspection).outerjoin(table_of(Declaration), _decl.id == _inspection.declaration_id))
        .where(
            or_(
                _inspection.slot_starts.between(start, end - timedelta(milliseconds=1)),
                _inspection.ended_at.is_(None) & _inspection.state.in_(CALLED),
            )
        )
        .order_by(_inspection.slot_starts, _inspection.id)
    )
    return session.connection().execute(chosen).all()


def _length(block: Block) -> timedelta:
    return timedelta(minutes=block.slot_minutes) if block.slot_minutes else USUAL_SLOT


def _slots(block: Block, booked: Iterable[Any], office: Hours, moment: Moment) -> Iterator[Slot]:
    """The slots of the bay's hours, and whatever was booked outside of them."""
    hours = read_hours(block.hours, moment.policy.zone) if block.hours else office
    length, by_start = _length(block), {each.slot_starts: each for each in booked}
    today = moment.now.astimezone(moment.policy.zone).date()
    planned = slots_of((hours if hours.windows else office).of(today), length)
    for starts in sorted(planned.keys() | by_start.keys()):
        each = by_start.get(starts)
        ends = (each.slot_ends if each else None) or planned.get(starts, starts + length)
        yield Slot(
            starts=starts, ends=ends, use=_use(each, starts, moment.now), inspection_id=each.id if each else None,
            declaration_id=each.declaration_id if each else None, words=(each.declaration or "") if each else "",
        )  # fmt: skip


def _use(each: Any | None, starts: datetime, now: datetime) -> Use:
    if each is None:
        return "free" if starts > now else "unused"
    if each.ended_at is not None or each.state in OVER:
        return "over"
    return "running" if each.state == "running" else "booked"


def _to_bring(session: Session, found: Iterable[Any], moment: Moment) -> Iterator[ToBring]:
    """The boxes of inspections that have not begun, and those of red declarations for which none is arranged."""
    called = [each for each in found if each.ended_at is None and each.state in CALLED]
    known = [each for each in called if each.container_id is not None or each.declaration_id is not None]
    arranged = {each.declaration_id for each in found}
    rest = [each for each in session.connection().execute(_NOT_ARRANGED) if each.declaration_id not in arranged]
    wanted = {each.container_id for each in (*known, *rest)}
    chosen = CONTAINERS.statement.where(table_of(Container).c.id.in_(wanted))
    boxes = {row.id: row for row in CONTAINERS.read(session, chosen, moment)}
    moved = _rehandles(session, boxes.values(), moment)
    last = as_last_known(session, FEEDS, moment)
    for each in known:
        box = boxes.get(each.container_id)
        if box is None or box.block_id is None or box.block_id != each.block_id:
            yield _bring(each, box, moved, last)
    for each in rest:
        yield _bring(each, boxes.get(each.container_id), moved, last)


def _bring(each: Any, box: ContainerRow | None, moved: Mapping[str, int], last: LastKnown) -> ToBring:
    return ToBring(
        id=each.id, declaration_id=each.declaration_id, declaration=each.declaration, container_id=each.container_id,
        box=box.number if box else None, where=box.where if box else None, wanted=each.slot_starts, bay=each.bay,
        rehandles=moved.get(each.container_id), late=each.slot_starts is not None and each.slot_starts < last.at,
        unsure=last.unsure,
    )  # fmt: skip


def _rehandles(session: Session, boxes: Iterable[ContainerRow], moment: Moment) -> dict[str, int]:
    """Box to how many are to be moved before it; one of which it is not known where it stands is left out."""
    rows: defaultdict[tuple[str, int], list[Stacked]] = defaultdict(list)
    for box in boxes:
        if box.block_id is not None and (mine := stacked_of(box)) is not None:
            rows[box.block_id, mine.row].append(mine)
    found: dict[str, int] = {}
    for (block, row), asked in rows.items():
        stack = [each for other in beside(session, moment, block, row) if (each := stacked_of(other)) is not None]
        found |= {mine.id: len(rehandles(mine, stack)) for mine in asked}
    return found


def _soonest(box: ToBring) -> tuple[bool, datetime, str]:
    return box.wanted is None, box.wanted or datetime.max.replace(tzinfo=UTC), box.id


class SlotRow(msgspec.Struct, frozen=True, kw_only=True):
    """A slot of today, or a box that is called and has none; see `COLUMNS`."""

    id: str
    block: str | None
    bay: int | None
    starts: datetime | None
    ends: datetime | None
    use: str
    declaration: str | None
    box: str | None
    where: str | None
    rehandles: int | None
    late: bool | None


COLUMNS = (
    Column("block", "Block", "text", "Inspection block.", words=True),
    Column("bay", "Bay", "number", "Bay."),
    Column("starts", "Slot", "time", "Start of the slot; unknown for a box that has none."),
    Column("ends", "Until", "time", "End of the slot."),
    Column("use", "Use", "text", "booked, running, over, free, unused, or no slot.", words=True),
    Column("declaration", "Declaration", "text", "Declaration it is for.", words=True, compact=True),
    Column("box", "To bring", "text", "The box that is called and not there yet.", words=True, compact=True),
    Column("where", "Where", "text", "Where that box is.", words=True),
    Column("rehandles", "Rehandles", "number", "Boxes to move before it.", "boxes"),
    Column("late", "Late", "yes_no", "Its slot has begun and the box is not there."),
    Column("id", "Id", "text", "Identity of the inspection, else block, bay and start of the slot."),
)


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[SlotRow]:
    day = _day(session, moment)
    bringing = {box.id: box for box in day.to_bring}
    rows = [
        _slot_row(bay, slot, bringing.pop(slot.inspection_id or "", None)) for bay in day.bays for slot in bay.slots
    ]
    return rows + [_called_row(box) for box in bringing.values()]


def _slot_row(bay: Bay, slot: Slot, box: ToBring | None) -> SlotRow:
    return SlotRow(
        id=slot.inspection_id or f"{bay.block}-{bay.bay}-{slot.starts:%H%M}", block=bay.block, bay=bay.bay,
        starts=slot.starts, ends=slot.ends, use=slot.use, declaration=slot.words or None, box=box.box if box else None,
        where=box.where if box else None, rehandles=box.rehandles if box else None, late=box.late if box else None,
    )  # fmt: skip


def _called_row(box: ToBring) -> SlotRow:
    return SlotRow(
        id=box.id, block=None, bay=box.bay, starts=box.wanted, ends=None, declaration=box.declaration, box=box.box,
        use="no slot" if box.wanted is None else "booked", where=box.where, rehandles=box.rehandles, late=box.late,
    )  # fmt: skip


INSPECTIONS: View[SlotRow] = View(
    name="inspections", title="Inspections today", columns=COLUMNS, feeds=FEEDS, read=_read,
    default_sort="starts,block,bay", presets=(Preset("to bring", "-box:--"), Preset("free", "use:free")),
)  # fmt: skip
"""The slots of today, and the boxes that are called and have none."""
