"""Data that cannot be right: kept, flagged, and told with where it came from. Each box counts once in every total."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlmodel import Session

from storage.figures.expressions import milliseconds, parameters
from storage.figures.occupancy import stands
from storage.figures.policy import Moment
from storage.figures.risk import Level
from storage.identifiers import decode_size_type, parse_container
from storage.models import Block, Container, table_of
from storage.models.base import from_ms
from storage.queries.bays import stacking_faults
from storage.queries.columns import Column
from storage.queries.containers import CONTAINERS, FEEDS, ContainerRow
from storage.queries.exceptions.common import BOX_ID, IDENTITY, NUMBER, RISK, WHERE
from storage.queries.feeds import not_come
from storage.queries.records import plain_rows
from storage.queries.views import View

COLUMNS = (
    RISK,
    Column("what", "What", "text", "What cannot be right.", words=True),
    NUMBER,
    WHERE,
    Column("source", "From", "text", "The upstream it came from.", words=True),
    Column("how", "How", "text", "What it should be, or what it is at odds with.", words=True),
    Column("size_type", "Type", "text", "Size-type as it came.", words=True),
    Column("seen", "Taken in", "time", "When this cache took this version in."),
    Column("block", "Block", "text", "Block it stands in.", words=True),
    BOX_ID,
    IDENTITY,
)

AT_ONCE = 500
"""Boxes that are read by one statement."""
_boxes = table_of(Container)
_box, _block = _boxes.c, table_of(Block).c


class QualityRow(msgspec.Struct, frozen=True, kw_only=True):
    """A finding about a box; see `COLUMNS`. A box with two of them has two rows."""

    id: str
    box_id: str
    risk: Level
    what: str
    number: str | None
    size_type: str | None
    where: str | None
    how: str
    source: str
    seen: datetime
    block: str | None
    block_id: str | None


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[QualityRow]:
    findings = [*_by_position(session), *_by_number(session)]
    boxes = _boxes_of(session, sorted({key for key, _, _ in findings}), moment)
    return [_row(boxes[key], what, how or _how(boxes[key], what), moment) for key, what, how in findings]


class _Told(NamedTuple):
    """What is told of a box; `seen` in this machine's milliseconds."""

    id: str
    number: str | None
    size_type: str | None
    where: str | None
    source: str
    seen: int
    block: str | None
    block_id: str | None


_SHOWN = {column.key: column.expression for column in CONTAINERS.columns if column.expression is not None}
_TOLD: Select[Any] = CONTAINERS.statement.with_only_columns(
    _box.id, _box.number, _box.size_type, _SHOWN["where"], _box.source, milliseconds(_box.observed), _SHOWN["block"],
    _box.block_id, maintain_column_froms=True,
)  # fmt: skip


def _boxes_of(session: Session, ids: Sequence[str], moment: Moment) -> dict[str, _Told]:
    """Only what is told of them: of thousands of boxes whole rows would take most of the time."""
    found: dict[str, _Told] = {}
    for first in range(0, len(ids), AT_ONCE):
        some = _TOLD.where(_box.id.in_(ids[first : first + AT_ONCE]))
        found.update((row[0], _Told._make(row)) for row in plain_rows(session, some, parameters(moment)))
    return found


def _row(box: _Told, what: str, how: str, moment: Moment) -> QualityRow:
    return QualityRow(
        id=f"{box.id}:{what}", box_id=box.id, risk="watch", what=what, number=box.number, size_type=box.size_type,
        where=box.where, how=how, source=box.source, seen=from_ms(box.seen) + moment.offset, block=box.block,
        block_id=box.block_id,
    )  # fmt: skip


Finding = tuple[str, str, str]
"""Box id, what is wrong, and how; empty where that is told of the box itself."""


# ------------------------------------------------------------------------------------------------------------- numbers
FLAGS = {
    "check_digit": "check digit wrong", "number": "number not of ISO 6346", "size_type": "size-type not of ISO 6346",
}  # fmt: skip


def _by_number(session: Session) -> Iterator[Finding]:
    for row in session.connection().execute(select(_box.id, _box.flags).where(_box.flags.is_not(None))):
        for flag in row.flags.split():
            yield row.id, FLAGS.get(flag, flag), ""


def _how(box: _Told, what: str) -> str:
    """What a flagged number or size-type should be, as far as that can be told."""
    if what == FLAGS["check_digit"]:
        number = parse_container(box.number or "")
        return f"should end in {number.expected_digit}" if number else "--"
    if what == FLAGS["size_type"]:
        size = decode_size_type(box.size_type or "")
        return f"read as {size.code}" if size else "cannot be read: no TEU"
    return "--"


# ----------------------------------------------------------------------------------------------------------- positions
def wrong_about(session: Session, box: ContainerRow) -> tuple[str, ...]:
    """What cannot be right about where a box stands, in words: `floating, nothing under it`."""
    findings = _of_stacks(session, _box.block_id == box.block_id, _box.row == box.row), _of_blocks(session, box.id)
    return tuple(f"{what}, {how}" for key, what, how in chain(*findings) if key == box.id)


def _by_position(session: Session) -> Iterator[Finding]:
    for block in session.connection().execute(DOUBTFUL).scalars():
        yield from _of_stacks(session, _box.block_id == block)
    yield from _of_blocks(session)


def _of_stacks(session: Session, *where: ColumnElement[bool]) -> Iterator[Finding]:
    """How boxes stand on others, among these of one block."""
    places = session.connection().execute(_PLACES.where(*where)).all()
    numbers = {row.id: row.number or row.id for row in places}
    for key, faults in stacking_faults(tuple(row[:4]) for row in places).items():
        for fault, other in faults:
            yield key, fault, f"with {numbers[other]}" if other else "nothing under it"


def _of_blocks(session: Session, only: str | None = None) -> Iterator[Finding]:
    """What does not go with the block, of all boxes or of `only` one; before the blocks have come, none is unknown."""
    unheard = not_come(session, ("blocks",))
    for what, statement in _POSITIONS.items():
        if what == UNKNOWN_BLOCK and unheard:
            continue
        chosen = statement if only is None else statement.where(_box.id == only)
        for row in session.connection().execute(chosen):
            yield row.id, what, row.how


_known = and_(stands(), _box.bay.is_not(None), _box.row.is_not(None), _box.tier.is_not(None))
_one = literal(1, BigInteger)
_tier = case((_box.tier.between(1, 30), _one.bitwise_lshift(_box.tier)), else_=0)
_stacks = (
    select(
        _box.block_id, _box.bay, _box.row, func.count().label("boxes"), func.sum(_tier).label("tiers"),
        func.max(_box.tier).label("highest"),
    )
    .where(_known)
    .group_by(_box.block_id, _box.bay, _box.row)
    .cte("stacks")
)  # fmt: skip


def _in_bay(steps: int, where: ColumnElement[bool]) -> Select[Any]:
    """Stacks as they stand in the 20-foot bay so many from their own."""
    stack, bay = _stacks.c, (_stacks.c.bay + steps).label("bay")
    return select(stack.block_id, bay, stack.row, stack.boxes, stack.tiers, stack.highest).where(where)


_even = _stacks.c.bay % 2 == 0
_bays = union_all(_in_bay(0, not_(_even)), _in_bay(-1, _even), _in_bay(1, _even)).subquery("bays").c
_highest = func.max(_bays.highest)
DOUBTFUL = (
    select(_bays.block_id)
    .group_by(_bays.block_id, _bays.bay, _bays.row)
    .having(or_(func.sum(_bays.boxes) != _highest, func.sum(_bays.tiers) != _one.bitwise_lshift(_highest + 1) - 2))
    .distinct()
    .order_by(_bays.block_id)
)
"""Blocks with a stack that is not tiers 1, 2, 3, ... in each of its 20-foot bays.

Only those add up, a power of two a tier, to all powers up to the highest with no more boxes than that.
"""
_PLACES = select(_box.id, _box.bay, _box.row, _box.tier, _box.number).where(_known)


def _standing(how: ColumnElement[Any], *where: ColumnElement[bool]) -> Select[Any]:
    known = _boxes.join(table_of(Block), _block.id == _box.block_id)
    return select(_box.id, how.label("how")).select_from(known).where(stands(), *where)


_odd = _box.bay % 2 == 1
_outside = or_(
    _box.bay < 1, _box.bay > 2 * _block.bays - 1, _box.row < 1, _box.row > _block.rows, _box.tier < 1,
    _box.tier > _block.tiers,
)  # fmt: skip
_short = func.substr(_box.size_type, 1, 1) == "2"
_long = func.substr(_box.size_type, 1, 1).in_(("4", "L"))


def _last(number: ColumnElement[int]) -> ColumnElement[str]:
    return func.coalesce(cast(number, String), "--")


_extent = "the block is 1-1-1 to " + _last(2 * _block.bays - 1) + "-" + _last(_block.rows) + "-" + _last(_block.tiers)

UNKNOWN_BLOCK = "unknown block"
_POSITIONS: dict[str, Select[Any]] = {
    "outside its block": _standing(_extent, _outside),
    UNKNOWN_BLOCK: select(_box.id, literal("no block of that id").label("how")).where(
        stands(), _box.block_id.not_in(select(_block.id))
    ),
    "bay for another length": _standing(
        literal("20 foot in odd bays, 40 foot in even ones"), or_(and_(_odd, _long), and_(not_(_odd), _short))
    ),
    "on a wagon and in the yard": select(_box.id, literal("has a wagon and a block").label("how")).where(
        _box.wagon_id.is_not(None), _box.block_id.is_not(None), _box.departed_at.is_(None)
    ),
}

QUALITY: View[QualityRow] = View(
    name="data quality", title="Data quality", columns=COLUMNS, feeds=FEEDS, read=_read, default_sort="what,where",
)  # fmt: skip
"""Every finding."""
