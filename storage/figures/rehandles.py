"""Boxes that must be moved to reach another.

The rule is told twice: in Python for one box of a block, and in SQL for all ready boxes of whole trains. A test holds
the two together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, false, func, not_, or_, select
from sqlmodel import Session

from storage.figures.occupancy import stands
from storage.figures.readiness import loadable
from storage.figures.registry import declare
from storage.models import Container, Train, table_of

declare(
    "rehandles", "Rehandles", "boxes",
    """Boxes standing above it that do not leave before it: they leave later, it is not known when, or they cannot be
    loaded now. Boxes that are ready for the same train or an earlier one are none. A 40-foot box lies on two 20-foot
    stacks.""",
    "definition 13",
)  # fmt: skip


class Stacked(NamedTuple):
    """A box in a block. `departs`: when its train does; `ready`: it can be loaded now."""

    id: str
    bay: int
    row: int
    tier: int
    departs: datetime | None = None
    ready: bool = False
    train: str | None = None


def rehandles(box: Stacked, block: Iterable[Stacked]) -> list[Stacked]:
    """The boxes of its block to be moved before `box` can be, topmost first."""
    found = [other for other in block if _is_above(other, box) and not _leaves_before(other, box)]
    return sorted(found, key=lambda other: (-other.tier, other.bay))


def _is_above(other: Stacked, box: Stacked) -> bool:
    return other.row == box.row and other.tier > box.tier and bool(bays_of(other.bay) & bays_of(box.bay))


def bays_of(bay: int) -> set[int]:
    """The 20-foot bays a box takes: an even bay is the 40-foot one over its two neighbours."""
    return {bay} if bay % 2 else {bay - 1, bay + 1}


def _leaves_before(other: Stacked, box: Stacked) -> bool:
    if not other.ready:
        return False
    if other.train is not None and other.train == box.train:
        return True
    return other.departs is not None and (box.departs is None or other.departs <= box.departs)


# ------------------------------------------------------------------------------------------------------- whole trains
def in_the_way(session: Session, trains: Collection[str]) -> dict[str, dict[str, frozenset[str]]]:
    """Train id to its ready boxes that something stands on, each with the ids of the boxes to be moved first."""
    if not trains:
        return {}
    found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in session.connection().execute(_IN_THE_WAY, {"ids": list(trains)}):
        found[row.train_id][row.id].add(row.above)
    return {train: {box: frozenset(above) for box, above in boxes.items()} for train, boxes in found.items()}


def _statement() -> Select[Any]:
    train, box = table_of(Train), table_of(Container).c
    own, its = train.alias("own_train"), train.alias("its_train")
    wanted = (
        select(
            box.id, box.train_id, box.block_id, box.bay, box.row, box.tier,
            func.coalesce(own.c.estimated_departure, own.c.planned_departure).label("departs"),
        )
        .select_from(table_of(Container).join(own, own.c.id == box.train_id))
        .where(box.train_id.in_(bindparam("ids", expanding=True)), stands(), loadable())
        .subquery("wanted")
    )  # fmt: skip
    mine = wanted.c
    departs = func.coalesce(its.c.estimated_departure, its.c.planned_departure)
    on_it = or_(
        box.bay.between(mine.bay - 1, mine.bay + 1),
        # Two 40-foot boxes out of step share one 20-foot bay.
        and_(mine.bay % 2 == 0, box.bay.in_((mine.bay - 2, mine.bay + 2))),
    )
    sooner = and_(departs.is_not(None), or_(mine.departs.is_(None), departs <= mine.departs))
    leaves_before = and_(loadable(), or_(box.train_id == mine.train_id, sooner))
    return (
        select(mine.train_id, mine.id, box.id.label("above"))
        .select_from(
            wanted.join(
                table_of(Container),
                and_(
                    box.block_id == mine.block_id, box.bay.between(mine.bay - 2, mine.bay + 2), box.row == mine.row,
                    box.tier > mine.tier,
                ),
            ).outerjoin(its, its.c.id == box.train_id)
        )
        .where(on_it, stands(), not_(func.coalesce(leaves_before, false())))
    )  # fmt: skip


_IN_THE_WAY = _statement()
