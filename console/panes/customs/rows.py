"""Declarations and lanes as rows of grids, and the chosen declaration in a few lines. Pure functions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from widgets.bars import level_signs
from widgets.cells import Cell, Line, Span
from widgets.columns import Column
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.figures.lanes import Lane
    from storage.queries.customs import DeclarationRow
    from storage.queries.customs_lanes import Lanes
    from storage.queries.customs_quality import CustomsQuality
    from storage.queries.declaration_page import HoldsUp

QUEUE_COLUMNS = (
    Column("risk", "", 2),
    Column("number", "Declar.", 10),
    Column("regime", "Kind", 7, rank=3),
    Column("lane", "Lane", 6),
    Column("state", "State", 20, grow=True),
    Column("code", "Code", 4, rank=4),
    Column("turn", "Turn", 8),
    Column("waits", "Waits", 6, align="right", rank=2),
    Column("expected", "Exp.", 9, align="right", rank=1),
    Column("between", "80 % between", 15, align="right", rank=3),
    Column("boxes", "Box", 3, align="right", rank=1),
    Column("train", "Train", 6),
    Column("margin", "Margin", 7, align="right"),
    Column("reason", "Why here", 16, rank=5),
    Column("goods", "Goods", 10, rank=6, grow=True),
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
TURN_ROOM = 40
"""Cells of the last one on a terminal of 120 columns."""
SHORT = {"e-commerce": "e-comm."}
"""Regimes whose name is longer than the column."""


def declaration_row(declaration: DeclarationRow, wall: Wall) -> Row:
    """A declaration in the columns of the queue."""
    ended, words = not declaration.open, state_words(declaration, wall).removesuffix(" unauthorised")
    alarm = seal_level(declaration.seal) if declaration.seal else ""
    return Row(
        declaration.id,
        (
            cells.risk_cell(declaration.risk, unsure=declaration.unsure),
            Cell(declaration.number, "strong"),
            cells.text_cell(SHORT.get(declaration.regime or "", declaration.regime)),
            Cell(declaration.lane or "none", lane_style(declaration.lane)),
            Cell(cells.signed(words, alarm), alarm),
            Cell(declaration.raw_state or "", "dim"),
            Cell("" if ended else written.or_unknown(declaration.turn)),
            Cell(written.waited(declaration.wait), "late" if declaration.over else ""),
            Cell() if ended else cells.time_cell(declaration.expected, wall),
            Cell() if ended else Cell(wall.span(declaration.earliest, declaration.latest), "dim"),
            cells.number_cell(declaration.boxes),
            cells.text_cell(declaration.train),
            margin_cell(declaration),
            Cell("" if ended else declaration.reason, "late" if declaration.reason == "over SLA" else ""),
            Cell(declaration.goods or "", "dim"),
        ),
    )


def seal_level(seal: str) -> str:
    """How much it matters what a lock reports, in words that end with its alarm."""
    from storage.figures.seals import ALARMS

    return next((level for alarm, level in ALARMS.items() if seal.endswith(alarm)), "act")


def lane_style(lane: str | None) -> str:
    """A lane's colour; its name stands beside it."""
    return {"red": "act", "yellow": "watch", "green": "ok"}.get(lane or "", "")


def state_words(declaration: DeclarationRow, wall: Wall) -> str:
    """The state, with the inspection slot or the documents asked for: what is waited for; an open lock before all."""
    if declaration.seal:
        return declaration.seal
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
        undeclared_row(lanes),
        *(lane_row(lane, wall) for lane in lanes.lanes),
        total_row(lanes),
    ]


def undeclared_row(lanes: Lanes) -> Row:
    """Boxes that are here, booked and not declared: the broker's turn before there is any declaration."""
    boxes = lanes.undeclared_boxes
    trains = ", ".join(f"{train.boxes} on {train.train}" for train in lanes.undeclared or ())
    turn = Cell(f"broker {boxes} boxes: {trains}" if boxes else "")
    return Row("not declared", (Cell("Not declared"), Cell(), cells.number_cell(boxes), *(Cell(),) * 8, turn))


def lane_name(lane: Lane) -> str:
    """A lane as it is called in a list."""
    return "No lane yet" if lane.name == "no lane" else lane.name.capitalize()


def lane_row(lane: Lane, wall: Wall) -> Row:
    """A lane in the columns above."""
    name = lane_name(lane)
    has_lane = lane.name != "no lane"
    turns = ", ".join(f"{turn} {count}" for turn, count in lane.turns.items())
    return Row(
        lane.name,
        (
            Cell(name, lane_style(lane.name)),
            cells.number_cell(lane.declarations),
            cells.number_cell(lane.boxes),
            Cell("" if lane.declarations == 0 else written.waited(lane.oldest)),
            Cell(written.waited(lane.p50) if has_lane else ""),
            Cell(written.waited(lane.p90) if has_lane else ""),
            Cell(written.number(lane.in_per_hour) if has_lane else ""),
            cells.out_cell(lane.out_per_hour, grows=lane.grows) if has_lane else Cell(),
            Cell(wall.time(lane.clears_at) if has_lane and lane.declarations != 0 else ""),
            count_cell(lane.over_sla, "act"),
            count_cell(lane.at_risk, "watch"),
            Cell(turns + (", grows" if lane.grows else "")),
        ),
    )


def count_cell(count: int | None, style: str) -> Cell:
    """A count that stands out when it is not zero, unknown `--`."""
    return Cell(_plain(count), style if count else "dim")


def _plain(count: int | None) -> str:
    """A count in a column that has no room for the blanks of a large one; unknown `--`."""
    return written.UNKNOWN if count is None else str(count)


def total_row(lanes: Lanes) -> Row:
    """All lanes together, and the flow of the one that grows most."""
    growing = max(lanes.lanes, key=lambda lane: lane.growth, default=None)
    said = Cell("over, risk: against the lane's SLA", "dim")
    if lanes.declarations is None:
        said = Cell(written.not_come(["declarations"]), "unknown")
    elif growing is not None and growing.grows:
        told = (f"{growing.name} in/out: {flow_words(growing, hours)}" for hours in (3, 2, 1))
        said = Cell(next((words for words in told if len(words) <= TURN_ROOM), growing.name), "watch")
    return Row(
        "all",
        (
            Cell("All", "strong"),
            Cell(_plain(lanes.declarations), "strong"),
            Cell(_plain(lanes.boxes), "strong"),
            *(Cell(),) * 6,
            count_cell(lanes.over_sla, "act"),
            count_cell(lanes.at_risk, "watch"),
            said,
        ),
    )


def flow_words(lane: Lane, hours: int = 3) -> str:
    """`08 3/1, 09 4/3, 10 4/3`: the last hours of the day."""
    return ", ".join(f"{flow.hour:02} {flow.entered}/{flow.released}" for flow in lane.by_hour[-hours:])


def flow_chart(lane: Lane, width: int) -> list[Line]:
    """How many came and how many were released in the hours of today that fit, as numbers and as bars of one scale."""
    if lane.declarations is None:
        return [[(written.not_come(["declarations"]), "unknown")]]
    if not lane.by_hour:
        return [[("declarations without a lane have no flow by hour", "dim")]]
    hours = lane.by_hour[-max(1, (width - 5) // 4) :]
    peak = max(max(flow.entered, flow.released) for flow in hours)
    came, left = [flow.entered for flow in hours], [flow.released for flow in hours]

    def line(label: str, values: list[str], style: str) -> Line:
        return [(f"{label:<5}", ""), ("".join(f"{value:>4}" for value in values), style)]

    return [
        line("hour", [f"{flow.hour:02}" for flow in hours], "dim"),
        line("", level_signs(came, peak), "watch"),
        line("in", [str(count) for count in came], ""),
        line("", level_signs(left, peak), "ok"),
        line("out", [str(count) for count in left], ""),
    ]


def title(declaration: DeclarationRow, wall: Wall) -> str:
    """What the answer is about, and between when such are released."""
    interval = wall.span(declaration.earliest, declaration.latest, " to ")
    such = "" if declaration.latest is None else f"80 % of such: {interval}"
    return written.joined((f"{declaration.number}, {written.or_unknown(declaration.regime)}", such), "   ")


def answer(found: HoldsUp, wall: Wall, *, short: bool = False) -> list[Line]:
    """What it holds up and what could still be done, what is waited for, and what there is to say of it."""
    declaration = found.row
    lines: list[Line] = [_holds_up(found, wall, short=short) or [("no box under it is known here", "dim")]]
    turn = f", turn: {declaration.turn}" if declaration.open and declaration.turn else ""
    since = f" since {wall.time(declaration.since)}, {written.waited(declaration.wait)}" if declaration.since else ""
    lines.append([(f"{state_words(declaration, wall)}{turn}{since}", "")])
    odd = "; ".join(declaration.oddities)
    if odd:
        lines.append([(cells.signed(odd, "watch"), "watch")])
    goods = written.joined((declaration.goods or "", declaration.special_kind or ""))
    if goods:
        lines.append([(goods, "dim")])
    return lines


def _holds_up(found: HoldsUp, wall: Wall, *, short: bool) -> Line:
    declaration, line = found.row, list[Span]()
    if declaration.box:
        line.append((written.box_number(declaration.box) + written.at(found.where), ""))
    if declaration.train:
        cutoff = f"{declaration.train} (cut-off {wall.time(declaration.cutoff_at)})"
        margin = declaration.margin
        if margin is not None and margin < timedelta(0):
            by = "" if short else f" by {written.hours_minutes(-margin)}"
            line.append((f", misses {cutoff}{by}", "act"))
        else:
            line.append((f", on {cutoff}", ""))
            if declaration.open:
                line += [(", margin ", ""), (written.margin(margin), cells.RISK_STYLES[declaration.risk])]
                if declaration.reason == "may miss it":
                    line.append((f", one in ten such is released after it ({wall.time(declaration.latest)})", "watch"))
    if found.next_train is not None:
        free = found.next_train.free_teu
        room = "room not known" if free is None else f"has {written.number(free)} TEU"
        leaves = "" if short else f" {wall.time(found.next_train.departs)}"
        line.append((f"; {found.next_train.number}{leaves} {room}", ""))
    return line


def quality_words(quality: CustomsQuality, *, room: bool) -> list[str]:
    """`2 flagged, unmapped: 99 (3)`; nothing where all is well."""
    said = [cells.signed(f"{quality.flagged} flagged", "watch")] if quality.flagged else []
    if quality.unmapped and room:
        said.append("unmapped: " + ", ".join(f"{code} ({count})" for code, count in list(quality.unmapped.items())[:2]))
    return said


def undeclared_level(lanes: Lanes) -> str:
    """To be acted on when it was too late for the first of them when last heard, else watched."""
    first = next(iter(lanes.undeclared or ()), None)
    return "act" if first is not None and first.by is not None and first.by < lanes.at else "watch"


def undeclared_line(lanes: Lanes, wall: Wall, room: int) -> Line:
    """Booked boxes that nobody has declared, the first thing to ask for; nothing where there are none."""
    if not lanes.undeclared:
        return []
    boxes, first = lanes.undeclared_boxes, lanes.undeclared[0]
    by = f"by {wall.time(first.by)}" if first.by else ""
    trains = (
        f"on {len(lanes.undeclared)} trains, first {first.train}" if len(lanes.undeclared) > 1 else f"on {first.train}"
    )
    level = undeclared_level(lanes)
    said = written.joined((f"Not declared: {written.boxes(boxes)} {trains}", by, "turn: broker"), ", ")
    listed = "   p not declared lists them"
    return [(cells.signed(said, level) + (listed if len(said) + len(listed) < room else ""), level)]
