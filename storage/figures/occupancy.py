"""How full a block is."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, func, literal_column, or_, select
from sqlmodel import Session

from storage.figures.policy import Policy
from storage.figures.registry import declare
from storage.figures.tally import by_block
from storage.identifiers import teu_of
from storage.models import Container, table_of

declare(
    "occupancy", "Occupancy", "% of working TEU",
    """TEU of the boxes standing in the block of its working capacity; over 100 % is shown as it is. Working capacity is
    what the site states, else raw slots times the working factor. A reefer block also has plugs in use of plugs.
    Positions reserved for boxes that are not there yet stand beside, not in. Boxes of unknown size count as boxes and
    not in TEU. Boxes in a block that nobody knows have a line of their own. They are in the boxes and TEU of the yard,
    but not in its per cent: nobody knows a capacity for them.""",
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
    """What stands in a block; `teu_unknown` boxes of unknown size-type are not in `teu`. None: no box is known yet."""

    boxes: int | None = 0
    teu: float | None = 0.0
    teu_unknown: int | None = 0
    plugged: int | None = 0
    reserved_teu: float | None = 0.0


NOTHING = Standing()
UNKNOWN = Standing(None, None, None, None, None)


def standing_by_block(session: Session, policy: Policy) -> dict[str, Standing]:
    """Block id to what stands in it, each box counted once."""
    return _standing(session, policy, None)


def standing_in(session: Session, policy: Policy, block: str) -> Standing:
    """What stands in one block (its id)."""
    return _standing(session, policy, block).get(block, NOTHING)


def standing_outside(session: Session, policy: Policy, blocks: Collection[str]) -> Standing:
    """What stands in all blocks but these (their ids), together; what is plugged in or reserved there is not told."""
    sizes = by_block(session, "size")
    return _of_sizes((boxes, _teu(size_type, policy)) for name, size_type, boxes in sizes if name not in blocks)


def _teu(size_type: str | None, policy: Policy) -> float | None:
    return teu_of(size_type, teu_45=policy.teu_45)


def _of_sizes(found: Iterable[tuple[int, float | None]]) -> Standing:
    """So many boxes of so many TEU each."""
    sizes = list(found)
    return Standing(
        boxes=sum(boxes for boxes, _ in sizes),
        teu=sum(boxes * teu for boxes, teu in sizes if teu is not None),
        teu_unknown=sum(boxes for boxes, teu in sizes if teu is None),
    )


def _standing(session: Session, policy: Policy, block: str | None) -> dict[str, Standing]:
    found: defaultdict[str, list[tuple[int, float | None]]] = defaultdict(list)
    for name, size_type, boxes in by_block(session, "size", block):
        found[name].append((boxes, _teu(size_type, policy)))
    plugged: Counter[str] = Counter()
    for name, _, boxes in by_block(session, "plugs", block):
        plugged[name] += boxes
    reserved: defaultdict[str, float] = defaultdict(float)
    kept = _RESERVED if block is None else _RESERVED.where(_box.planned_block_id == block)
    for row in session.connection().execute(kept):
        reserved[row.block] += row.boxes * (_teu(row.size_type, policy) or 0.0)
    return {
        name: replace(_of_sizes(found[name]), plugged=plugged[name], reserved_teu=reserved[name])
        for name in found.keys() | reserved.keys()
    }


# By size-type, so that what a size counts is told in one place.
_RESERVED = (
    select(_box.planned_block_id.label("block"), _box.size_type, func.count().label("boxes"))
    .where(is_planned())
    .group_by(_box.planned_block_id, _box.size_type)
)


def raw_slots(bays: int | None, rows: int | None, tiers: int | None) -> int | None:
    """Slots of 20 feet, TEU; None where a dimension is unknown."""
    return None if bays is None or rows is None or tiers is None else bays * rows * tiers


def working_capacity(stated: float | None, raw: int | None, factor: float | None) -> float | None:
    """TEU that can be worked with: as stated, else raw slots times factor, to the whole TEU; None when unknown."""
    if stated is not None:
        return stated
    return None if raw is None or factor is None else float(round(raw * factor))


def percent(teu: float | None, capacity: float | None) -> int | None:
    """TEU of capacity in whole per cent; None where either is unknown, or there is no capacity."""
    return None if teu is None or not capacity else round(100 * teu / capacity)
