"""Declarations and lanes as rows of grids, and the chosen declaration in a few lines. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from widgets.cells import Cell, Line, Span
from widgets.columns import Column
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.figures.lanes import Lane
    from storage.queries.customs import DeclarationRow
    from storage.queries.customs_lanes import Lanes, Undeclared

QUEUE_COLUMNS = (
    Column("risk", "", 2, gap=0),
    Column("number", "Declar.", 11),
    Column("regime", "Kind", 7, rank=3),
    Column("lane", "Lane", 6),
    Column("state", "State", 20, grow=True),
    Column("turn", "Turn", 8),
    Column("waits", "Waits", 6, align="right", rank=2),
    Column("expected", "Exp.", 9, align="right", rank=1),
    Column("boxes", "Box", 3, align="right", rank=1),
    Column("train", "Train", 6),
    Column("margin", "Margin", 7, align="right"),
    Column("goods", "Goods", 10, rank=4, grow=True),
)
LANE_COLUMNS = (
    Column("lane", "Lane", 12),
    Column("declarations", "decl.", 5, align="right"),
    Column("boxes", "boxes", 5, align="right"),
    Column("oldest", "oldest", 6, align="right"),
    Column("p50", "P50", 6, align="right", rank=2),
    Column("p90", "P90", 6, align="right", rank=1),
    Column("in", "in/h", 5, align="right"),
    Column("out", "out/h", 5, align="right"),
    Column("clears", "clears", 9, align="right"),
    Column("over", "over", 4, align="right"),
    Column("risk", "risk", 4, align="right"),
    Column("turn", "whose turn", 20, rank=1, grow=True),
)


def declaration_row(declaration: DeclarationRow, wall: Wall) -> Row:
    """A declaration in the columns of the queue."""
    ended = not declaration.open
    return Row(
        declaration.id,
        (
            cells.risk_cell(declaration.risk, unsure=declaration.unsure),
            Cell(declaration.number, "strong"),
            cells.text_cell(declaration.regime),
            Cell(declaration.lane or "none", lane_style(declaration.lane)),
            Cell(state_words(declaration, wall)),
            Cell("" if ended else written.or_unknown(declaration.turn)),
            Cell(written.waited(declaration.wait), "late" if declaration.over else ""),
            Cell() if ended else cells.time_cell(declaration.expected, wall),
            cells.number_cell(declaration.boxes),
            cells.text_cell(declaration.train),
            margin_cell(declaration),
            Cell(declaration.goods or "", "dim"),
        ),
    )


def lane_style(lane: str | None) -> str:
    """A lane's colour; its name stands beside it."""
    return {"red": "act", "yellow": "watch", "green": "ok"}.get(lane or "", "")


def state_words(declaration: DeclarationRow, wall: Wall) -> str:
    """The state, with the inspection slot or the documents asked for: what is waited for."""
    if declaration.state == "inspection":
        if declaration.slot_at is None:
            return "inspection, no slot"
        bay = "" if declaration.bay is None else f"bay {declaration.bay}, "
        return f"{bay or 'inspection '}{wall.time(declaration.slot_at)}"
    if declaration.open and declaration.asked:
        return f"{declaration.asked} asked"
    if declaration.open and declaration.remark:
        return declaration.remark
    if declaration.released_at is not None and not declaration.open:
        return f"{declaration.state} {wall.time(declaration.released_at)}"
    return declaration.state


def margin_cell(declaration: DeclarationRow) -> Cell:
    """Cut-off less expected release; blank where no train waits for it."""
    if not declaration.open or declaration.train is None:
        return Cell()
    style = {"act": "act", "watch": "watch"}.get(declaration.risk, "")
    return Cell(written.margin(declaration.margin), style)


def lane_rows(lanes: Lanes, wall: Wall) -> list[Row]:
    """What nobody has declared, every lane, and all of them together."""
    return [
        undeclared_row(lanes.undeclared),
        *(lane_row(lane, wall) for lane in lanes.lanes),
        total_row(lanes),
    ]


def undeclared_row(undeclared: tuple[Undeclared, ...]) -> Row:
    """Boxes that are here, booked and not declared: the broker's turn before there is any declaration."""
    boxes = sum(train.boxes for train in undeclared)
    trains = ", ".join(f"{train.boxes} on {train.train}" for train in undeclared)
    turn = Cell(f"broker {boxes} boxes: {trains}" if boxes else "")
    return Row("not declared", (Cell("Not declared"), Cell(), cells.number_cell(boxes), *(Cell(),) * 8, turn))


def lane_row(lane: Lane, wall: Wall) -> Row:
    """A lane in the columns above."""
    name = "No lane yet" if lane.name == "no lane" else lane.name.capitalize()
    grows = lane.in_per_hour > lane.out_per_hour
    has_lane = lane.name != "no lane"
    turns = ", ".join(f"{turn} {count}" for turn, count in lane.turns.items())
    return Row(
        lane.name,
        (
            Cell(name, lane_style(lane.name)),
            cells.number_cell(lane.declarations),
            cells.number_cell(lane.boxes),
            Cell("" if not lane.declarations else written.waited(lane.oldest)),
            Cell(written.waited(lane.p50) if has_lane else ""),
            Cell(written.waited(lane.p90) if has_lane else ""),
            Cell(written.number(lane.in_per_hour) if has_lane else ""),
            cells.out_cell(lane.out_per_hour, grows=grows) if has_lane else Cell(),
            Cell(wall.time(lane.clears_at) if has_lane and lane.declarations else ""),
            count_cell(lane.over_sla, "act"),
            count_cell(lane.at_risk, "watch"),
            Cell(turns + (", grows" if has_lane and grows else "")),
        ),
    )


def count_cell(count: int, style: str) -> Cell:
    """A count that stands out when it is not zero."""
    return Cell(str(count), style if count else "dim")


def total_row(lanes: Lanes) -> Row:
    """All lanes together."""
    over, risk = sum(lane.over_sla for lane in lanes.lanes), sum(lane.at_risk for lane in lanes.lanes)
    return Row(
        "all",
        (
            Cell("All", "strong"),
            Cell(str(lanes.declarations), "strong"),
            Cell(str(lanes.boxes), "strong"),
            *(Cell(),) * 6,
            count_cell(over, "act"),
            count_cell(risk, "watch"),
            Cell("over, risk: against the lane's SLA", "dim"),
        ),
    )


def title(declaration: DeclarationRow) -> str:
    """What the answer is about."""
    return f"{declaration.number}, {written.or_unknown(declaration.regime)}"


def answer(declaration: DeclarationRow, wall: Wall) -> list[Line]:
    """What it holds up, what is waited for, and what there is to say of the goods."""
    first: list[Span] = []
    if declaration.box:
        first.append((f"tightest box {written.box_number(declaration.box)}", ""))
    if declaration.train:
        first.append((f" on {declaration.train}, cut-off {wall.time(declaration.cutoff_at)}", ""))
    if declaration.open and declaration.train:
        first.append((f", expected {wall.time(declaration.expected)}, margin ", ""))
        first.append((written.margin(declaration.margin), cells.RISK_STYLES[declaration.risk]))
    turn = f", turn: {declaration.turn}" if declaration.open and declaration.turn else ""
    since = f" since {wall.time(declaration.since)}, {written.waited(declaration.wait)}" if declaration.since else ""
    lines: list[Line] = [first or [("no box under it is known here", "dim")]]
    lines.append([(f"{state_words(declaration, wall)}{turn}{since}", "")])
    goods = written.joined((declaration.goods or "", declaration.special_kind or ""))
    if goods:
        lines.append([(goods, "dim")])
    return lines
