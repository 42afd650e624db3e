"""What the Board shows as rows of small grids, and in words where there is no room for a grid. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from console.panes.customs.rows import undeclared_level
from widgets.cells import Cell, Line, Span, width_of
from widgets.columns import Column
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.figures.lanes import Lane
    from storage.queries.acts import Act
    from storage.queries.board import Board
    from storage.queries.customs_lanes import Lanes
    from storage.queries.trains import TrainRow

BAR = 12
LANE_ROOM = 38
"""Where the second lane of a line begins, when the first leaves it the room."""
ACT_COLUMNS = (
    Column("risk", "", 2),
    Column("by", "by", 9),
    Column("subject", "what", 11),
    Column("words", "why", 30, grow=True),
)
DEPARTURE_COLUMNS = (
    Column("risk", "", 2),
    Column("train", "Train", 6),
    Column("to", "To", 11),
    Column("estimated", "Est.", 9, align="right"),
    Column("late", "Late", 5, align="right"),
    Column("cutoff", "Next cut-off", 12),
    Column("ready", "Ready", BAR),
    Column("boxes", "boxes", 5, align="right"),
    Column("missing", "", 10, grow=True, rank=1),
    Column("closes", "", 16, align="right", rank=2),
)
ARRIVAL_COLUMNS = (
    Column("risk", "", 2),
    Column("train", "Train", 6),
    Column("from", "From", 10),
    Column("estimated", "Est.", 9, align="right"),
    Column("late", "Late", 5, align="right"),
    Column("track", "Trk", 3, align="right"),
    Column("boxes", "boxes", 5, align="right"),
    Column("cause", "", 10, grow=True),
)
LANE_COLUMNS = (
    Column("lane", "Lane", 12),
    Column("declarations", "decl.", 5, align="right"),
    Column("oldest", "oldest", 6, align="right"),
    Column("in", "in/h", 4, align="right", rank=1),
    Column("out", "out/h", 5, align="right", rank=1),
    Column("clears", "clears", 9),
    Column("more", "", 8, grow=True),
)


def acts_title(missing: Sequence[str]) -> str:
    """What stands over the acts; while feeds were never loaded whole, that there may be more."""
    if not missing:
        return "Act, soonest deadline first"
    return f"Act, not all known before {written.named(missing)} are loaded"


def act_rows(acts: Iterable[Act], wall: Wall, *, wide: bool = True) -> list[Row]:
    """What a person has to do, in the order given: soonest first."""
    return [_act_row(act, nth, wall, wide=wide) for nth, act in enumerate(acts)]


def _act_row(act: Act, nth: int, wall: Wall, *, wide: bool) -> Row:
    risk = cells.risk_cell(act.level, unsure=act.unsure)
    words = written.joined((wall.said(act.words), wall.said(act.helps)), ": ") if wide else wall.said(act.short)
    cause = Cell(cells.trade_words(words))
    return Row(
        f"{act.kind}:{act.id}:{nth}", (risk, Cell(deadline(act, wall), risk.style), Cell(act.subject, "strong"), cause)
    )


def deadline(act: Act, wall: Wall) -> str:
    """`now`, `by 11:00`, `Sat 11:00`; blank where nobody knows."""
    if act.by is None:
        return ""
    if act.by <= wall.now:
        return "now"
    at = wall.time(act.by)
    return at if " " in at else f"by {at}"


def departure_row(train: TrainRow, wall: Wall, room: int = 40) -> Row:
    """A train to load; `room` are the cells for what is missing."""
    booked = train.boxes != 0
    return Row(
        f"train:{train.id}",
        (
            cells.risk_cell(train.risk, unsure=train.unsure),
            Cell(train.number, "strong"),
            cells.text_cell(train.place),
            cells.estimated_cell(train.actual or train.estimated, train.planned, wall),
            cells.late_cell(train.late),
            cells.cutoff_cell(train.cutoff, train.cutoff_at, wall),
            readiness_cell(train),
            Cell(written.of(train.done, train.boxes) if booked else ""),
            Cell(missing_words(train, room)),
            Cell(f"closes {wall.time(train.closes_at)}" if booked else ""),
        ),
    )


def readiness_cell(train: TrainRow) -> Cell:
    """The bar, or that there is nothing to load; before the boxes have come neither."""
    if train.boxes == 0:
        return Cell("no bookings", "dim")
    if train.readiness is None:
        return Cell(written.UNKNOWN, "dim")
    return Cell(spans=cells.readiness_spans(train.readiness, BAR))


def missing_words(train: TrainRow, room: int) -> str:
    """`8 not in, 4 customs, 2 held`: what stands between booked and ready; whole counts only, the bar has all."""
    if train.readiness is None:
        return ""
    counts = (
        (train.readiness.not_received, "not in"),
        (train.readiness.count("customs"), "customs"),
        (train.readiness.count("held"), "held"),
    )
    words = ""
    for count, word in counts:
        longer = written.joined((words, f"{count} {word}" if count else ""), ", ")
        words = longer if len(longer) <= room else words
    return words


def arrival_row(train: TrainRow, wall: Wall) -> Row:
    """A train to unload."""
    no_estimate = train.late is None and train.actual is None
    conflict = any(cause.words.startswith("track conflict") for cause in train.causes)
    why = "conflict" if conflict else train.cause or ("no estimate" if no_estimate else "")
    return Row(
        f"train:{train.id}",
        (
            cells.risk_cell(train.risk, unsure=train.unsure),
            Cell(train.number, "strong"),
            cells.text_cell(train.place),
            cells.estimated_cell(train.actual or train.estimated, train.planned, wall),
            cells.late_cell(train.late),
            cells.text_cell(train.track),
            cells.number_cell(train.boxes),
            Cell(why, "act" if conflict else ""),
        ),
    )


# ------------------------------------------------------------------------------------------------------------- customs
def lane_name(lane: Lane) -> str:
    """The lane as a heading."""
    return "No lane yet" if lane.name == "no lane" else lane.name.capitalize()


def lane_style(lane: Lane) -> str:
    """A lane wants acting on when it is over its agreed time, watching when it grows."""
    return "act" if lane.over_sla else "watch" if lane.grows else ""


def lane_more(lane: Lane) -> str:
    """What stands out: `grows`, `2 over SLA`."""
    over = f"{lane.over_sla} over SLA" if lane.over_sla else ""
    return written.joined(("grows" if lane.grows else "", over), ", ")


def lane_row(lane: Lane, wall: Wall) -> Row:
    """A lane with its figures."""
    moves = lane.name != "no lane"
    more = f"{lane.over_sla} over SLA" if lane.over_sla else "grows" if lane.grows else ""
    return Row(
        lane.name,
        (
            Cell(lane_name(lane)),
            cells.number_cell(lane.declarations),
            Cell("" if lane.declarations == 0 else written.waited(lane.oldest)),
            Cell(written.number(lane.in_per_hour) if moves else ""),
            cells.out_cell(lane.out_per_hour, grows=lane.grows) if moves else Cell(),
            Cell(wall.time(lane.clears_at) if moves and lane.declarations != 0 else ""),
            Cell(more, lane_style(lane)),
        ),
    )


def lane_rows(board: Board, wall: Wall) -> list[Row]:
    """Every lane, then what nobody has declared."""
    rows = [lane_row(lane, wall) for lane in board.lanes.lanes]
    waiting = board.lanes.undeclared
    if waiting is None:
        rows.append(Row("not declared", (Cell("Undeclared"), Cell(written.UNKNOWN, "dim"), *(Cell(),) * 5)))
    elif waiting:
        boxes = written.boxes(board.lanes.undeclared_boxes)
        on = f"on {len(waiting)} trains" if len(waiting) > 1 else f"on {waiting[0].train}"
        level = undeclared_level(board.lanes)
        name = Cell(cells.signed("Undeclared", level), level)
        rows.append(Row("not declared", (name, *(Cell(),) * 4, Cell(boxes, level), Cell(on, level))))
    return rows


def lane_lines(board: Board, wall: Wall) -> list[Line]:
    """The lanes two a line, then what nobody has declared."""
    lines: list[Line] = []
    lanes = board.lanes.lanes
    if board.lanes.declarations is None:
        lanes, lines = (), [[("  " + written.not_come(["declarations"]), "unknown")]]
    for start in range(0, len(lanes), 2):
        line: list[Span] = []
        for lane in lanes[start : start + 2]:
            line.append((" " * max(2, LANE_ROOM - width_of(line)) if line else "  ", ""))
            line += _lane_spans(lane, wall)
        lines.append(line)
    if board.lanes.undeclared:
        said = f"not declared: {undeclared_in_full(board.lanes)}"
        level = undeclared_level(board.lanes)
        lines.append([("  ", ""), (cells.signed(said, level), level)])
    return lines


def undeclared_in_full(lanes: Lanes, room: int = 60) -> str:
    """`4 boxes on X8086, 2 boxes on X2012`, in sum where there are too many trains to name."""
    trains = lanes.undeclared or ()
    named = ", ".join(f"{written.boxes(train.boxes)} on {train.train}" for train in trains)
    everything = written.boxes(sum(train.boxes for train in trains))
    return named if len(named) <= room else f"{everything} on {len(trains)} trains"


def _lane_spans(lane: Lane, wall: Wall) -> list[Span]:
    oldest = written.waited(lane.oldest) if lane.declarations else ""
    clears = wall.time(lane.clears_at) if lane.declarations and lane.name != "no lane" else ""
    figures = written.joined((f"{lane_name(lane)} {lane.declarations}", oldest, clears), "  ")
    more = lane_more(lane)
    return [(figures, ""), (f" {more}" if more else "", lane_style(lane))]
