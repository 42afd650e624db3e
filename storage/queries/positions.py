"""A position in the yard as people write it, `B3-06` or `B3-06-02-1`, and the boxes that stand there."""

import re
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, union_all

from storage.figures.occupancy import stands
from storage.models import Block, Container, table_of
from storage.queries.columns import Named

_NUMBERS = (("[0-9]{1,3}",), ("[0-9]{1,3}", "[0-9]{1,2}"), ("[0-9]{1,3}", "[0-9]{1,2}", "[0-9]{1,2}"))
_SHAPES = [re.compile(r"(\w+(?:-\w+)*)" + "".join(f"-({number})" for number in numbers)) for numbers in _NUMBERS]
_box, _block = table_of(Container).c, table_of(Block).c


class Position(NamedTuple):
    """A bay of a block, by the name of that; with its row and tier, as far as they were given."""

    block: str
    bay: int
    row: int | None = None
    tier: int | None = None

    def __str__(self) -> str:
        parts = (self.block, f"{self.bay:02}", f"{self.row:02}" if self.row is not None else "", str(self.tier or ""))
        return "-".join(part for part in parts if part)


def positions(text: str) -> list[Position]:
    """`B3-06` is bay 6 of block B3, `B3-06-02` row 2 of that, or bay 2 of a block B3-06: what a text may mean."""
    found = [match.groups() for shape in _SHAPES if (match := shape.fullmatch(text.strip()))]
    return [Position(block, *map(int, numbers)) for block, *numbers in found]


def blocks_named(name: str) -> Select[tuple[str]]:
    """Ids of the blocks of this name, in capitals or not."""
    return select(_block.id).where(func.lower(_block.name) == name.lower())


def stands_at(position: Position) -> ColumnElement[bool]:
    """The boxes that stand there, by the index of what stands; a block that nobody knows is called by its id."""
    unknown = (
        select(literal(name)).where(~exists(select(_block.id).where(_block.id == name)))
        for name in sorted({position.block, position.block.upper()})
    )
    numbers = ((_box.bay, position.bay), (_box.row, position.row), (_box.tier, position.tier))
    return and_(
        stands(), _box.block_id.in_(union_all(blocks_named(position.block), *unknown)),
        *(column == number for column, number in numbers if number is not None),
    )  # fmt: skip


def named_position(word: str) -> Named | None:
    """What a word names when it may be a position: if there is a block of that name, this and nothing else."""
    found = positions(word)
    if not found:
        return None
    known = or_(*(exists(blocks_named(position.block)) for position in found))
    return Named(or_(*(stands_at(position) for position in found)), known)
