"""A block from the side: each bay a column as high as it is full, made of what stands in it. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from widgets import glyphs
from widgets.bars import apportion
from widgets.cells import Line, Span


class SideColumn(NamedTuple):
    """A bay: slots taken of `raw`, and its boxes as (count, sign, style), the lowest first."""

    slots: int
    raw: int
    parts: tuple[tuple[int, str, str], ...]


def side_lines(columns: Sequence[SideColumn], height: int) -> list[Line]:
    """`height` lines, the highest first, one cell a bay; a bay that is not empty has a cell, a full one has all."""
    drawn = [_column(column, height) for column in columns]
    return [[column[level] for column in drawn] for level in range(height - 1, -1, -1)]


def _column(column: SideColumn, height: int) -> list[Span]:
    """A bay from the ground up."""
    share = min(1.0, column.slots / column.raw) if column.raw else float(column.slots > 0)
    filled = max(int(share * height), 1 if column.slots else 0)
    shares = apportion([count for count, _, _ in column.parts], filled)
    cells = [(sign, style) for cells, (_, sign, style) in zip(shares, column.parts, strict=True) for _ in range(cells)]
    ground = [(glyphs.current().nothing, "dim")] if height and not cells else []
    return [*cells, *ground, *[(" ", "")] * (height - len(cells) - len(ground))]
