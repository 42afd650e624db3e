"""Yard: one row a block, and the yard by kind of block."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.occupancy import (
    NOTHING,
    UNKNOWN,
    Standing,
    percent,
    raw_slots,
    standing_by_block,
    standing_in,
    standing_outside,
    working_capacity,
)
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.sums import less, total
from storage.models import Block, Crane, table_of
from storage.models.yard import BLOCK_KINDS
from storage.queries.columns import Column
from storage.queries.feeds import not_come
from storage.queries.views import View

FEEDS = ("blocks", "containers", "cranes")

COLUMNS = (
    Column("name", "Block", "text", "Name of the block.", words=True),
    Column("kind", "Kind", "text", "What it is for.", words=True, order=BLOCK_KINDS),
    Column("boxes", "Boxes", "number", "Boxes standing in it.", "boxes"),
    Column("teu", "TEU", "number", "TEU of those boxes.", "TEU"),
    Column("working_teu", "Working", "number", "Working capacity.", "TEU"),
    Column("percent", "Full", "number", "TEU of working capacity; may pass 100.", "%"),
    Column("free_teu", "Free", "number", "Working capacity less TEU; may be negative.", "TEU"),
    Column("reserved_teu", "Reserved", "number", "Positions planned for boxes that are not there yet.", "TEU"),
    Column("raw_teu", "Raw", "number", "Raw slots.", "TEU"),
    Column("factor", "Factor", "number", "Share of raw slots that can be worked with."),
    Column("plugs_used", "Plugs used", "number", "Reefer plugs in use.", "plugs"),
    Column("plugs", "Plugs", "number", "Reefer plugs.", "plugs"),
    Column("plugs_free", "Plugs free", "number", "Reefer plugs free.", "plugs"),
    Column("cranes", "Cranes", "text", "Cranes that work in it, with their mode.", words=True),
    Column("bays", "Bays", "number", "20-foot bays."),
    Column("rows", "Rows", "number", "Rows."),
    Column("tiers", "Tiers", "number", "Highest tier."),
    Column("teu_unknown", "Unknown size", "number", "Boxes of unknown size-type: in no TEU here.", "boxes"),
    Column("id", "Id", "text", "Identity of the block."),
)


class BlockRow(msgspec.Struct, frozen=True, kw_only=True):
    """A block; see `COLUMNS`. `map_x`, `map_y`: its place on the map. What counts boxes is None before they came."""

    id: str
    name: str
    kind: str
    boxes: int | None
    teu: float | None
    teu_unknown: int | None
    working_teu: float | None
    percent: int | None
    free_teu: float | None
    reserved_teu: float | None
    raw_teu: int | None
    factor: float | None
    plugs: int | None
    plugs_used: int | None
    plugs_free: int | None
    cranes: tuple[str, ...]
    bays: int | None
    rows: int | None
    tiers: int | None
    hours: str | None
    map_x: int | None
    map_y: int | None


class KindRow(msgspec.Struct, frozen=True, kw_only=True):
    """All blocks of a kind together; `percent` None where the working capacity of one of them is unknown."""

    kind: str
    blocks: int
    boxes: int | None
    teu: float | None
    working_teu: float | None
    percent: int | None
    plugs_free: int | None


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[BlockRow]:
    known = not not_come(session, ("containers",))
    standing = standing_by_block(session, moment.policy) if known else {}
    cranes, absent = _cranes(session), NOTHING if known else UNKNOWN
    block = table_of(Block)
    found = session.connection().execute(select(*block.c).order_by(block.c.map_y, block.c.map_x, block.c.name))
    return [_row(row, standing.get(row.id, absent), cranes[row.id]) for row in found]


def block_row(session: Session, moment: Moment, identity: str) -> BlockRow | None:
    """One block, without a look at the others."""
    block = table_of(Block)
    row = session.connection().execute(select(*block.c).where(block.c.id == identity)).first()
    standing = UNKNOWN if not_come(session, ("containers",)) else standing_in(session, moment.policy, identity)
    return None if row is None else _row(row, standing, _cranes(session)[identity])


def _cranes(session: Session) -> defaultdict[str, list[str]]:
    """Block id to the cranes that work in it, with their mode."""
    cranes: defaultdict[str, list[str]] = defaultdict(list)
    crane = table_of(Crane).c
    for row in session.connection().execute(select(crane.block_id, crane.name, crane.mode).order_by(crane.name)):
        if row.block_id is not None:
            cranes[row.block_id].append(f"{row.name} {row.mode}" if row.mode else row.name)
    return cranes


def _row(block: Any, standing: Standing, cranes: Iterable[str]) -> BlockRow:
    raw = raw_slots(block.bays, block.rows, block.tiers)
    working = working_capacity(block.stated_teu, raw, block.working_factor)
    return BlockRow(
        id=block.id, name=block.name, kind=block.kind, boxes=standing.boxes, teu=standing.teu,
        teu_unknown=standing.teu_unknown, working_teu=working, percent=percent(standing.teu, working),
        free_teu=less(working, standing.teu), reserved_teu=standing.reserved_teu, raw_teu=raw,
        factor=block.working_factor, plugs=block.plugs, plugs_used=None if block.plugs is None else standing.plugged,
        plugs_free=less(block.plugs, standing.plugged), cranes=tuple(cranes),
        bays=block.bays, rows=block.rows, tiers=block.tiers, hours=block.hours, map_x=block.map_x, map_y=block.map_y,
    )  # fmt: skip


BLOCKS: View[BlockRow] = View(
    name="yard", title="Yard", columns=COLUMNS, feeds=FEEDS, read=_read, default_sort="",
)  # fmt: skip
"""Every block, in the order of the map."""


def by_kind(blocks: Iterable[BlockRow]) -> list[KindRow]:
    """Blocks summed by kind, in the order of the kinds; kinds nobody knows last."""
    kinds: defaultdict[str, list[BlockRow]] = defaultdict(list)
    for block in blocks:
        kinds[block.kind].append(block)
    order = {kind: index for index, kind in enumerate(BLOCK_KINDS)}
    return [summed(kind, kinds[kind]) for kind in sorted(kinds, key=lambda kind: (order.get(kind, len(order)), kind))]


def summed(kind: str, blocks: Sequence[BlockRow]) -> KindRow:
    """These blocks together."""
    working = [block.working_teu for block in blocks if block.working_teu is not None]
    capacity = sum(working) if len(working) == len(blocks) else None
    teu = total(block.teu for block in blocks)
    plugs = [block.plugs_free for block in blocks if block.plugs_free is not None]
    return KindRow(
        kind=kind, blocks=len(blocks), boxes=total(block.boxes for block in blocks), teu=teu, working_teu=capacity,
        percent=percent(teu, capacity), plugs_free=sum(plugs) if plugs else None,
    )  # fmt: skip


IN_UNKNOWN = "in unknown blocks"


def in_unknown_blocks(session: Session, blocks: Sequence[BlockRow], policy: Policy) -> KindRow | None:
    """What stands in blocks that are not among these, which are all there are; None where nothing does."""
    if not_come(session, ("blocks", "containers")):
        return None
    found = standing_outside(session, policy, {block.id for block in blocks})
    return KindRow(
        kind=IN_UNKNOWN, blocks=0, boxes=found.boxes, teu=found.teu, working_teu=None, percent=None, plugs_free=None
    ) if found.boxes else None  # fmt: skip


def whole_yard(session: Session, blocks: Sequence[BlockRow], strays: KindRow | None) -> KindRow:
    """All of it, boxes and TEU with what is `in_unknown_blocks`; that is in no `percent`, whose capacity nobody knows.

    Before the blocks have come they are no yard without room.
    """
    found = summed("all", blocks)
    if not_come(session, ("blocks",)):
        return msgspec.structs.replace(found, boxes=None, teu=None, working_teu=None, percent=None, plugs_free=None)
    if strays is None:
        return found
    boxes, teu = total((found.boxes, strays.boxes)), total((found.teu, strays.teu))
    return msgspec.structs.replace(found, boxes=boxes, teu=teu)


def yard_by_kind(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> tuple[list[KindRow], KindRow]:
    """The yard by kind of block, last what stands in blocks that nobody knows if anything does; and all of it."""
    blocks = _read(session, select(), Moment.of(clock, policy))
    strays = in_unknown_blocks(session, blocks, policy)
    return by_kind(blocks) + ([strays] if strays else []), whole_yard(session, blocks, strays)
