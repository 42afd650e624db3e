"""Trains as rows of the grid, and the chosen train's answer in a few lines. Pure functions of a record and a wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from widgets.cells import Cell, Line, Span, width_of
from widgets.columns import Column
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.figures.cutoffs import Cutoff
    from storage.figures.readiness import Class
    from storage.queries.trains import TrainRow

BAR = 12
COLUMNS = (
    Column("risk", "", 2, gap=0),
    Column("number", "Train", 6),
    Column("direction", "", 3, rank=1),
    Column("place", "From/to", 10, grow=True),
    Column("corridor", "Corridor", 10, rank=3),
    Column("phase", "Phase", 7, rank=4),
    Column("track", "Trk", 3, align="right", rank=1),
    Column("planned", "Plan", 5, align="right", rank=2),
    Column("estimated", "Est.", 9, align="right"),
    Column("late", "Late", 5, align="right"),
    Column("cause", "Cause", 11, rank=2, grow=True),
    Column("cutoff", "Next cut-off", 12, rank=1),
    Column("ready", "Ready", BAR),
    Column("boxes", "boxes", 5, align="right", rank=1),
    Column("teu", "TEU/cap", 7, align="right", rank=2),
)
ROOM_FOR_TIMES = 100
"""Cells from which on a cut-off is told with its time of day besides what is left."""
NOT_READY: tuple[Class, ...] = ("customs", "held", "due", "no ETA", "late")


def train_row(train: TrainRow, wall: Wall) -> Row:
    """A visit in the columns above."""
    return Row(
        train.id,
        (
            cells.risk_cell(train.risk, unsure=train.unsure),
            Cell(train.number, "strong"),
            Cell(train.direction, "dim"),
            cells.text_cell(train.place),
            cells.text_cell(train.corridor),
            Cell(train.phase.capitalize()),
            cells.text_cell(train.track),
            cells.planned_cell(train.planned, train.actual or train.estimated, wall),
            cells.estimated_cell(train.actual or train.estimated, train.planned, wall),
            cells.late_cell(train.late),
            cause_cell(train),
            cells.cutoff_cell(train.cutoff, train.cutoff_at, wall),
            ready_cell(train),
            Cell(written.of(train.done, train.boxes) if train.boxes else ""),
            Cell(written.of(train.teu, train.capacity_teu) if train.teu or train.capacity_teu else ""),
        ),
    )


def cause_cell(train: TrainRow) -> Cell:
    """Why it is late; `no estimate` where that is all that is known."""
    if train.cause:
        return Cell(train.cause)
    return Cell("no estimate" if train.late is None and train.actual is None else "", "unknown")


def ready_cell(train: TrainRow) -> Cell:
    """The readiness bar of a departure, what is to be done with an arrival."""
    if train.readiness is None:
        return Cell("unloaded" if train.boxes and train.done == train.boxes else "to unload", "dim")
    if not train.readiness.booked:
        return Cell("no bookings", "dim")
    return Cell(spans=cells.readiness_spans(train.readiness, BAR))


def title(train: TrainRow) -> str:
    """What the answer is about."""
    way = "from" if train.direction == "arr" else "to"
    return f"{train.number} {way} {written.or_unknown(train.place)}, {train.phase}"


def answer(train: TrainRow, wall: Wall, width: int) -> list[Line]:
    """In `width` cells: why its risk is what it is, and what stands in the way, the gravest first."""
    lines: list[Line] = []
    if train.readiness is not None and train.readiness.booked:
        booked = _booked(train)
        lines.append(booked if width_of(booked) <= width else _not_ready(train))
        lines += _cutoffs(train, wall, width)
    elif train.readiness is None:
        lines.append([(f"{written.number(train.done)} of {written.number(train.boxes)} boxes unloaded", "")])
    else:
        lines.append([("no bookings", "dim")])
    lines += [_cause(train, nth, wall) for nth in range(len(train.causes))]
    if train.unsure:
        lines.append([("? judged from old data: the last known risk stands", "unknown")])
    elif not train.causes:
        lines.append([("nothing to do", "dim")])
    return lines


def _booked(train: TrainRow) -> Line:
    readiness = train.readiness
    assert readiness is not None  # noqa: S101  # only asked for departures
    parts = " + ".join(f"{name} {readiness.count(name)}" for name in ("loaded", "ready", *NOT_READY))
    teu = f"{written.number(train.teu)} of {written.number(train.capacity_teu, 'TEU')}"
    return [(f"booked {readiness.booked} boxes = {parts}", ""), (f"     {teu}", "")]


def _not_ready(train: TrainRow) -> Line:
    readiness = train.readiness
    assert readiness is not None  # noqa: S101  # only asked for departures
    counts = [(name, readiness.count(name)) for name in NOT_READY if readiness.count(name)]
    missing = sum(count for _, count in counts)
    if not missing:
        return [(f"all {readiness.booked} boxes ready", "ok")]
    return [(f"not ready {missing}: " + ", ".join(f"{name} {count}" for name, count in counts), "")]


def _cutoffs(train: TrainRow, wall: Wall, width: int) -> list[Line]:
    """Every cut-off whole, on as many lines as they take."""
    closes: Span = (f"loading closes {wall.time(train.closes_at)}", "")
    lines: list[list[Span]] = [[]]
    say = _cutoff if width >= ROOM_FOR_TIMES else _short_cutoff
    for said in (*((say(cutoff, wall), _cutoff_style(cutoff, wall)) for cutoff in train.cutoffs), closes):
        if lines[-1] and width_of([*lines[-1], ("   ", ""), said]) > width:
            lines.append([])
        lines[-1] += [("   ", ""), said] if lines[-1] else [said]
    return list(lines)


def _cutoff(cutoff: Cutoff, wall: Wall) -> str:
    name = cells.trade_words(cutoff.name)
    if not cutoff.boxes:
        return f"{name} {wall.time(cutoff.at)}" + (" all in" if cutoff.boxes == 0 else "")
    return f"{name} {wall.time(cutoff.at)} {wall.until(cutoff.at)}, {cutoff.boxes} missing"


def _short_cutoff(cutoff: Cutoff, wall: Wall) -> str:
    missing = f", {cutoff.boxes} missing" if cutoff.boxes else " all in" if cutoff.boxes == 0 else ""
    left = cells.cutoff_text(cutoff.name, cutoff.at, wall, room=20)
    return (left if cutoff.boxes != 0 else cells.CUTOFF_WORDS.get(cutoff.name, cutoff.name)) + missing


def _cutoff_style(cutoff: Cutoff, wall: Wall) -> str:
    if not cutoff.boxes:
        return "dim"
    return "act" if cutoff.at < wall.now else ""


def _cause(train: TrainRow, nth: int, wall: Wall) -> Line:
    cause = train.causes[nth]
    sign: Span = (cells.risk_sign(cause.level) + " ", cells.RISK_STYLES[cause.level])
    when = "" if cause.by is None else "now: " if cause.by <= wall.now else f"by {wall.time(cause.by)}: "
    return [sign, (when + cells.trade_words(cause.words), "")]
