"""Blocks and boxes as rows of grids. Pure functions of a record and a wall."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from widgets.cells import Cell
from widgets.columns import Column
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.queries.containers import ContainerRow
    from storage.queries.yard import BlockRow

BAR = 10
BLOCK_COLUMNS = (
    Column("name", "Block", 6),
    Column("kind", "Kind", 10),
    Column("full", "full", 7 + BAR),
    Column("teu", "TEU", 11, align="right"),
    Column("boxes", "boxes", 6, align="right", rank=1),
    Column("free", "free TEU", 8, align="right", rank=1),
    Column("reserved", "reserved", 8, align="right", rank=2),
    Column("plugs", "plugs", 7, align="right", rank=1),
    Column("cranes", "Cranes", 16, rank=2, grow=True),
)
BOX_COLUMNS = (
    Column("number", "Box", 13),
    Column("size", "Type", 5, rank=1),
    Column("class", "Class", 8),
    Column("where", "Where", 13),
    Column("train", "Train", 6),
    Column("to", "To", 10, rank=2, grow=True),
    Column("customs", "Customs", 12, rank=1),
    Column("holds", "Holds", 12, rank=1, grow=True),
    Column("flow", "Flow", 7, rank=3),
    Column("gross", "t", 5, align="right", rank=2),
    Column("age", "here", 12, align="right", rank=2),
    Column("expected", "Expected", 11, align="right", rank=3),
    Column("flags", "Data", 11, rank=3),
)


def full_cell(percent: int | None) -> Cell:
    """`71 %  ███████···`."""
    return Cell(spans=cells.full_spans(percent, BAR))


def block_row(block: BlockRow, _wall: Wall) -> Row:
    """A block in the columns above."""
    return Row(
        block.id,
        (
            Cell(block.name, "strong"),
            Cell(block.kind),
            full_cell(block.percent),
            Cell(written.of(block.teu, block.working_teu)),
            cells.number_cell(block.boxes),
            cells.number_cell(block.free_teu),
            cells.number_cell(block.reserved_teu),
            plugs_cell(block),
            Cell(", ".join(block.cranes), "late" if any("fault" in crane for crane in block.cranes) else ""),
        ),
    )


def plugs_cell(block: BlockRow) -> Cell:
    """Plugs in use of plugs; blank where there are none."""
    return Cell() if block.plugs is None else Cell(written.of(block.plugs_used, block.plugs))


def box_row(box: ContainerRow, wall: Wall) -> Row:
    """A box in the columns above."""
    return Row(
        box.id,
        (
            Cell(written.box_number(box.number), "late" if box.flags and "check_digit" in box.flags else "strong"),
            cells.text_cell(box.size_type),
            class_cell(box.readiness),
            cells.text_cell(box.where),
            cells.text_cell(box.train),
            cells.text_cell(box.destination),
            Cell(box.customs or "", "customs" if box.readiness == "customs" else ""),
            Cell(box.holds or "", "held"),
            cells.text_cell(box.category),
            Cell(written.UNKNOWN if box.gross_kg is None else f"{box.gross_kg / 1000:.1f}"),
            Cell("" if box.age is None else written.in_words(box.age)),
            expected_cell(box, wall),
            Cell(box.flags or "", "late"),
        ),
    )


def expected_cell(box: ContainerRow, wall: Wall) -> Cell:
    """When it is expected; `◆ 10:30` when it should have come by now."""
    from storage.figures.box_class import is_received
    from storage.figures.delay import overdue

    if box.expected_at is None:
        return Cell()
    level = "watch" if not is_received(box) and overdue(box.expected_at, wall.now) is not None else ""
    return Cell(cells.signed(wall.brief(box.expected_at), level), level)


def reefer_words(state: str | None, read_at: datetime | None, wall: Wall) -> tuple[str, str]:
    """The state of a reefer, `no reading since 08:12`, and how much that matters; nothing of another box."""
    from storage.figures.reefers import OLD, STATES

    if state is None:
        return "", ""
    return f"{state} {wall.time(read_at)}" if state == OLD else state, STATES.get(state, "unknown")


def class_cell(of_class: str | None) -> Cell:
    """The readiness class on its train; blank for a box that is on none."""
    return Cell(of_class or "", cells.CLASS_STYLES.get(of_class or "", ""))
