"""Dangerous goods that stand nearer to each other than the site's table asks."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import msgspec
from sqlalchemy import Select, or_, select
from sqlmodel import Session

from storage.figures.occupancy import in_place
from storage.figures.policy import Moment
from storage.figures.readiness import is_dangerous
from storage.figures.rehandles import bays_of
from storage.figures.risk import Level
from storage.figures.segregation import TERMS, Apart, Table, apart
from storage.models import Container, table_of
from storage.queries.columns import Column
from storage.queries.containers import FEEDS, ContainerRow
from storage.queries.exceptions.common import BOX_ID, IDENTITY, NUMBER, RISK, TRAIN, WHERE, boxes
from storage.queries.views import View

COLUMNS = (
    RISK,
    NUMBER,
    WHERE,
    Column("goods", "Goods", "text", "Class and UN number.", words=True),
    Column("other", "Beside", "text", "The other box.", words=True, compact=True),
    Column("other_where", "Where", "text", "Where that one stands.", words=True),
    Column("other_goods", "Goods", "text", "Its class and UN number.", words=True),
    Column("distance", "Apart", "number", "Distance there is, in 20-foot bays or rows.", "slots"),
    Column("needed", "Needed", "number", "Distance the table asks for.", "slots"),
    Column("term", "Term", "text", "What the table says.", words=True),
    TRAIN,
    Column("block", "Block", "text", "Block they stand in.", words=True),
    BOX_ID,
    IDENTITY,
)


class ConflictRow(msgspec.Struct, frozen=True, kw_only=True):
    """Two boxes too near to each other, or of which that cannot be told; `id` is made of both. See `COLUMNS`."""

    id: str
    box_id: str
    other_id: str
    risk: Level
    number: str | None
    where: str | None
    goods: str
    other: str | None
    other_where: str | None
    other_goods: str
    distance: int
    needed: int | None
    term: str
    train: str | None
    train_id: str | None
    block: str | None
    block_id: str | None


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[ConflictRow]:
    by_block: defaultdict[str | None, list[ContainerRow]] = defaultdict(list)
    for box in boxes(session, moment, in_place(), is_dangerous()):
        if box.block_id is not None and box.bay is not None and box.row is not None:
            by_block[box.block_id].append(box)
    return [row for here in by_block.values() for row in _conflicts(here, moment)]


def _conflicts(block: Sequence[ContainerRow], moment: Moment) -> Iterator[ConflictRow]:
    table = moment.policy.segregation
    reach = max(table.apart.values())
    ordered = sorted(block, key=lambda box: (box.bay or 0, box.id))
    for one, other in combinations(ordered, 2):
        if (other.bay or 0) - (one.bay or 0) > 2 * reach + 2:
            continue
        how = apart(table, one.imdg_class, other.imdg_class, bays_between(one.bay or 0, other.bay or 0),
                    abs((one.row or 0) - (other.row or 0)))  # fmt: skip
        if how.too_near or (how.too_near is None and how.distance == 0):
            yield _row(one, other, how)


def bays_between(one: int, other: int) -> int:
    """How many 20-foot bays from one box to the other: 0 where they share a bay, 1 for neighbours."""
    return min(abs(mine - its) for mine in bays_of(one) for its in bays_of(other)) // 2


def _row(one: ContainerRow, other: ContainerRow, how: Apart) -> ConflictRow:
    return ConflictRow(
        id=f"{one.id}+{other.id}", box_id=one.id, other_id=other.id, risk="act" if how.too_near else "unknown",
        number=one.number, where=one.where, goods=goods(one), other=other.number, other_where=other.where,
        other_goods=goods(other), distance=how.distance, needed=how.needed,
        term=TERMS.get(how.term or "", "not in the table" if how.term is None else "by its own rule"), train=one.train,
        train_id=one.train_id, block=one.block, block_id=one.block_id,
    )  # fmt: skip


def goods(box: ContainerRow) -> str:
    """`3 UN 1263`; `--` for what is not known."""
    return f"{box.imdg_class or '--'} UN {box.un_number or '--'}"


# ------------------------------------------------------------------------------------------------- what cannot be told
_box = table_of(Container).c
_HERE = select(_box.block_id, _box.bay, _box.row, _box.imdg_class).where(
    in_place(), is_dangerous(), or_(_box.block_id.is_not(None), _box.place == "yard", _box.received_at.is_not(None))
)


def remarks(session: Session, moment: Moment) -> tuple[str, ...]:
    """`3 dangerous boxes could not be checked: no bay (2), no class (1)`; each box for one reason."""
    table = moment.policy.segregation
    why = Counter(_unchecked(box, table) for box in session.connection().execute(_HERE))
    why.pop(None, None)
    if not why:
        return ()
    boxes = "1 dangerous box" if why.total() == 1 else f"{why.total()} dangerous boxes"
    reasons = ", ".join(f"{reason} ({why[reason]})" for reason in REASONS if why[reason])
    return (f"{boxes} could not be checked: {reasons}",)


REASONS = ("no block", "no bay", "no row", "no class", "class not in the table")


def _unchecked(box: Any, table: Table) -> str | None:
    """Why a box can be held against no other; None where it can."""
    known = (box.block_id, box.bay, box.row, box.imdg_class or None)
    lacking = next((reason for value, reason in zip(known, REASONS, strict=False) if value is None), None)
    return lacking or (REASONS[-1] if table.term(box.imdg_class, box.imdg_class) is None else None)


CONFLICTS: View[ConflictRow] = View(
    name="dangerous goods", title="Dangerous goods too near to each other", columns=COLUMNS, feeds=FEEDS, read=_read,
    default_sort="risk,block,distance",
)  # fmt: skip
"""Pairs of boxes in conflict; the edition is that of the policy's table."""
