"""Which columns of a grid fit in the room there is, and where each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from widgets.cells import Align


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its pane declares it.

    `width` is in cells. When the room is short the columns of the highest `rank` go first, from the right; rank 0 never
    goes. `grow` columns share what is to spare. `gap` is the blank cells after the column (0 lets a risk glyph touch).
    """

    key: str
    title: str
    width: int
    align: Align = "left"
    rank: int = 0
    grow: bool = False
    gap: int = 1


class Placed(NamedTuple):
    """A column that is shown: the how many-th declared one it is (so its cell in a row), its left edge and width."""

    nth: int
    column: Column
    x: int
    width: int


def fit(columns: Sequence[Column], room: int, left: int = 0) -> tuple[Placed, ...]:
    """The columns that are shown in `room` cells, from `left` on; what rank 0 needs beyond that is scrolled to."""
    shown = list(enumerate(columns))
    while _needed(shown) > room and any(column.rank for _, column in shown):
        highest = max(column.rank for _, column in shown)
        shown.remove(next(entry for entry in reversed(shown) if entry[1].rank == highest))
    growing = [index for index, column in shown if column.grow]
    spare = max(0, room - _needed(shown))
    share, odd = divmod(spare, len(growing)) if growing else (0, 0)
    placed: list[Placed] = []
    x = left
    for index, column in shown:
        width = column.width
        if column.grow:
            width += share + (1 if growing.index(index) < odd else 0)
        placed.append(Placed(index, column, x, width))
        x += width + column.gap
    return tuple(placed)


def _needed(shown: Sequence[tuple[int, Column]]) -> int:
    if not shown:
        return 0
    return sum(column.width + column.gap for _, column in shown) - shown[-1][1].gap
