"""Where the blocks of a yard stand on its map: in the rows and columns of the site, one line a block. No widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from rich.cells import cell_len

from widgets.cells import Line, Span, fit_line, fit_text, literal, width_of

GAPS = (2, 1)
"""Cells between two columns of blocks: the first where there is room."""
NAMES = (12, 6)
"""Cells of a name at most, the first where there is room: what it takes is taken from the bays of all blocks."""
MOST_SCALE = 8
"""Bays of 20 feet in one character at most; a yard that is wider still is scrolled."""


class Mark(NamedTuple):
    """What one character of a block says: a sign of one cell, and the name of its heat (`widgets.heat.HEATS`)."""

    sign: str
    heat: str = ""


class BlockFace(NamedTuple):
    """A block as it is drawn: its name, one figure, and a mark for each so many bays.

    `x` and `y` count columns and rows of blocks from the rail side; None: unknown, it stands below the others. Of the
    `notes` the first that fits is written after the bays.
    """

    key: str
    name: str
    figure: Span
    marks: tuple[Mark, ...]
    x: int | None = None
    y: int | None = None
    notes: tuple[Line, ...] = ()


Drawn = Callable[[int], Sequence[BlockFace]]
"""The blocks with so many bays in a character."""


class Placed(NamedTuple):
    """Where a block stands on the map, in cells, and its note in the room that is left there."""

    face: BlockFace
    x: int
    y: int
    width: int
    note: Line

    def spans(self) -> list[Span]:
        """Its head and its note, with blanks where the marks stand."""
        return [*self.head, (" " * len(self.face.marks), ""), *fit_line(self.note, self.width - self.marks_end)]

    head: tuple[Span, ...]

    @property
    def marks_at(self) -> int:
        """The first cell of the marks, counted from its own left edge."""
        return width_of(self.head)

    @property
    def marks_end(self) -> int:
        """One past their last cell."""
        return self.marks_at + len(self.face.marks)


@dataclass(frozen=True, slots=True)
class YardPlan:
    """All blocks in their places; `scale` bays are one character."""

    scale: int = 1
    width: int = 0
    height: int = 0
    blocks: tuple[Placed, ...] = ()


def plan_yard(draw: Drawn, room: int) -> YardPlan:
    """The blocks at the largest scale at which they fit in `room` cells side by side; the smallest when none does."""
    faces = draw(1)
    scale, head, gap = _fitting(faces, room)
    return _placed(faces if scale == 1 else draw(scale), scale, head, gap, room)


class _Head(NamedTuple):
    """Cells of the names and of the figures before the bays."""

    names: int
    figures: int

    @property
    def width(self) -> int:
        return self.names + self.figures + 2


def _fitting(faces: Sequence[BlockFace], room: int) -> tuple[int, _Head, int]:
    """The scale, the head, and the cells between two columns, at which blocks drawn bay by bay fit."""
    lines, widest = _lines(faces), _widest(faces)
    heads = [widest._replace(names=min(most, widest.names)) for most in NAMES]
    for scale in range(1, MOST_SCALE + 1):
        for head in heads:
            widths = _widths(lines, head.width, scale)
            for gap in GAPS:
                if sum(widths) + gap * (len(widths) - 1) <= room:
                    return scale, head, gap
    return MOST_SCALE, heads[-1], GAPS[-1]


def _widest(faces: Sequence[BlockFace]) -> _Head:
    """Cells of the widest name and of the widest figure."""
    names = max((cell_len(literal(face.name)) for face in faces), default=0)
    return _Head(names, max((cell_len(face.figure[0]) for face in faces), default=0))


def _widths(lines: Sequence[Sequence[BlockFace | None]], head: int, scale: int) -> list[int]:
    """Cells of each column of blocks with so many of their marks in one."""
    across = max((len(line) for line in lines), default=0)
    columns = [[face for line in lines for face in line[column : column + 1] if face] for column in range(across)]
    return [max((head - -len(face.marks) // scale for face in column), default=0) for column in columns]


def _placed(faces: Sequence[BlockFace], scale: int, cells: _Head, gap: int, room: int) -> YardPlan:
    lines, head = _lines(faces), cells.width
    widths = _widths(lines, head, 1)
    starts = [sum(widths[:column]) + gap * column for column in range(len(widths))]
    whole = sum(widths) + gap * max(0, len(widths) - 1)
    placed: list[Placed] = []
    for y, line in enumerate(lines):
        here = [(starts[column], face) for column, face in enumerate(line) if face is not None]
        ends = [start - gap for start, _ in here[1:]] + [max(room, whole)]
        for (x, face), end in zip(here, ends, strict=True):
            spare = end - x - head - len(face.marks) - 1
            note = next((note for note in face.notes if width_of(note) <= spare), ())
            shown = (
                (fit_text(face.name, cells.names) + " ", "strong"),
                (face.figure[0].rjust(cells.figures), face.figure[1]),
            )
            width = head + len(face.marks) + (1 + width_of(note) if note else 0)
            placed.append(Placed(face, x, y, width, ((" ", ""), *note) if note else (), (*shown, (" ", ""))))
    return YardPlan(scale, whole, len(lines), tuple(placed))


def _lines(faces: Sequence[BlockFace]) -> list[list[BlockFace | None]]:
    """Lines of the map, from the rail side down; blocks of one place, or of none, have lines of their own below."""
    columns = sorted({face.x for face in faces if face.x is not None and face.y is not None})
    rows = sorted({face.y for face in faces if face.x is not None and face.y is not None})
    lines: list[list[BlockFace | None]] = [[None] * len(columns) for _ in rows]
    homeless: list[BlockFace] = []
    for face in faces:
        if face.x is None or face.y is None:
            homeless.append(face)
            continue
        line, column = lines[rows.index(face.y)], columns.index(face.x)
        if line[column] is None:
            line[column] = face
        else:
            homeless.append(face)
    across = max(1, len(columns))
    starts = [*range(0, len(homeless), across), len(homeless)]
    return lines + [list(homeless[first:last]) for first, last in pairwise(starts)]
