"""How full a block is."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, and_, bindparam, case, cast, func, literal_column, or_, select
from sqlmodel import Session

from storage.figures.policy import Policy
from storage.figures.registry import declare
from storage.identifiers import teu_of
from storage.models import Container, table_of

declare(
    "occupancy", "Occupancy", "% of working TEU",
    """TEU of the boxes standing in the block of its working capacity; over 100 % is shown as it is. Working capacity is
    what the site states, else raw slots times the working factor. A reefer block also has plugs in use of plugs.
    Positions reserved for boxes that are not there yet stand beside, not in. Boxes of unknown size count as boxes and
    not in TEU.""",
    "definition 11",
)  # fmt: skip

_box = table_of(Container).c


def stands(box: Any = _box) -> Any:
    """A box standing in its block, in the words of its index; `box`: the columns of the table, or of an alias of it."""
    return and_(box.block_id.is_not(None), in_place(box))


def in_place(box: Any = _box) -> Any:
    """A box that stands in its block, if it has one."""
    return and_(or_(box.place == literal_column("'yard'"), box.place.is_(None)), box.departed_at.is_(None))


def is_planned() -> Any:
    """A box for which a place is kept in a block it does not stand in, in the words of its index."""
    elsewhere = or_(_box.block_id.is_(None), _box.block_id != _box.planned_block_id)
    return and_(_box.planned_block_id.is_not(None), _box.departed_at.is_(None), elsewhere)


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a block; `teu_unknown` boxes of unknown size-type are not in `teu`."""

    boxes: int = 0
    teu: float = 0.0
    teu_unknown: int = 0
    plugged: int = 0
    reserved_teu: float = 0.0


NOTHING = Standing()


def standing_by_block(session: Session, policy: Policy) -> dict[str, Standing]:
    """Block id to what stands in it, each box counted once."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in session.connection().execute(_STANDING):
        found[row.block].append(row)
    reserved: defaultdict[str, float] = defaultdict(float)
    for row in session.connection().execute(_RESERVED):
        reserved[row.block] += row.boxes * (teu_of(row.size_type, teu_45=policy.teu_45) or 0.0)
    blocks = found.keys() | reserved.keys()
    return {block: _sum(found[block], reserved[block], policy) for block in blocks}


def standing_in(session: Session, policy: Policy, block: str) -> Standing:
    """What stands in one block (its id)."""
    run = session.connection().execute
    reserved = run(_RESERVED.where(_box.planned_block_id == block))
    teu = sum(row.boxes * (teu_of(row.size_type, teu_45=policy.teu_45) or 0.0) for row in reserved)
    return _sum(list(run(_STANDING_IN, {"block": block})), teu, policy)


_in_use = case((_box.plugged, 1), else_=0)
_by_bay = (
    select(_box.block_id, _box.size_type, func.count().label("boxes"), func.sum(_in_use).label("plugged"))
    .where(stands())
    .group_by(_box.block_id, _box.bay, _box.size_type)
    .subquery()
    .c
)
# By size-type, so that what a size counts is told in one place; and by bay first, as the boxes lie in the index.
_STANDING = select(
    _by_bay.block_id.label("block"), _by_bay.size_type, cast(func.sum(_by_bay.boxes), Integer).label("boxes"),
    cast(func.sum(_by_bay.plugged), Integer).label("plugged"),
).group_by(_by_bay.block_id, _by_bay.size_type)  # fmt: skip
_STANDING_IN = (
    select(_box.size_type, func.count().label("boxes"), func.sum(_in_use).label("plugged"))
    .where(stands(), _box.block_id == bindparam("block"))
    .group_by(_box.size_type)
)
_RESERVED = (
    select(_box.planned_block_id.label("block"), _box.size_type, func.count().label("boxes"))
    .where(is_planned())
    .group_by(_box.planned_block_id, _box.size_type)
)


def _sum(rows: list[Any], reserved: float, policy: Policy) -> Standing:
    sized = [(row, teu_of(row.size_type, teu_45=policy.teu_45)) for row in rows]
    return Standing(
        boxes=sum(row.boxes for row in rows),
        teu=sum(row.boxes * teu for row, teu in sized if teu is not None),
        teu_unknown=sum(row.boxes for row, teu in sized if teu is None),
        plugged=sum(row.plugged for row in rows),
        reserved_teu=reserved,
    )


def raw_slots(bays: int | None, rows: int | None, tiers: int | None) -> int | None:
    """Slots of 20 feet, TEU; None where a dimension is unknown."""
    return None if bays is None or rows is None or tiers is None else bays * rows * tiers


def working_capacity(stated: float | None, raw: int | None, factor: float | None) -> float | None:
    """TEU that can be worked with: as stated, else raw slots times factor, to the whole TEU; None when unknown."""
    if stated is not None:
        return stated
    return None if raw is None or factor is None else float(round(raw * factor))


def percent(teu: float, capacity: float | None) -> int | None:
    """TEU of capacity in whole per cent; None where the capacity is unknown or nothing."""
    return None if not capacity else round(100 * teu / capacity)
