"""Trains as rows of the grid, and the chosen train's answer in a few lines. Pure functions of a record and a wall."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from console.panes.trains.readiness import leaves_spans, room_in_words
from console.panes.trains.visit import causes, flow, way_of
from widgets.cells import Cell, Line, Span, width_of
from widgets.columns import Column
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.figures.cutoffs import Cutoff
    from storage.figures.readiness import Class
    from storage.queries.outbound import Outlook
    from storage.queries.trains import TrainRow

BAR = 11
COLUMNS: tuple[Column, ...] = (
    Column("risk", "", 2),
    Column("number", "Train", 6),
    Column("direction", "", 3, rank=1),
    Column("place", "From/to", 10, grow=True),
    Column("corridor", "Corridor", 10, rank=3),
    Column("service", "Service", 18, rank=6),
    Column("type", "Type", 17, rank=5),
    Column("phase", "Phase", 8, rank=3),
    Column("track", "Trk", 3, align="right", rank=1),
    Column("planned", "Plan", 5, align="right", rank=2),
    Column("estimated", "Est.", 9, align="right"),
    Column("actual", "Actual", 9, align="right", rank=4),
    Column("late", "Late", 5, align="right"),
    Column("cause", "Cause", 7, rank=2, grow=True),
    Column("cutoff", "Next cut-off", 12, rank=1),
    Column("ready", "Ready", BAR),
    Column("boxes", "boxes", 5, align="right", rank=1),
    Column("teu", "TEU/cap", 7, align="right", rank=2),
    Column("reason", "Why", 24, rank=5, grow=True),
)
BY_CORRIDOR = tuple(replace(column, rank=0) if column.key == "corridor" else column for column in COLUMNS)
"""As above, but that the corridor is never left out."""
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
            cells.text_cell(train.service),
            cells.text_cell(train.service_type),
            Cell(train.phase.capitalize()),
            cells.text_cell(train.track),
            cells.planned_cell(train.planned, wall),
            cells.estimated_cell(train.actual or train.estimated, train.planned, wall),
            Cell() if train.actual is None else cells.time_cell(train.actual, wall),
            cells.late_cell(train.late),
            cause_cell(train),
            cutoff_cell(train, wall),
            ready_cell(train),
            Cell("" if train.boxes == 0 else written.of(train.done, train.boxes)),
            Cell(written.of(train.teu, train.capacity_teu) if train.teu or train.capacity_teu else ""),
            Cell(cells.trade_words(train.reason or ""), cells.RISK_STYLES[train.risk]),
        ),
    )


def cutoff_cell(train: TrainRow, wall: Wall) -> Cell:
    """The next cut-off that still blocks a box; where none does, the first that is past and does: `VGM past`."""
    missed = next((cutoff for cutoff in train.cutoffs if cutoff.boxes and cutoff.at < wall.now), None)
    if train.cutoff is None and missed is not None:
        return Cell(cells.cutoff_text(missed.name, missed.at, wall), "act")
    return cells.cutoff_cell(train.cutoff, train.cutoff_at, wall)


def cause_cell(train: TrainRow) -> Cell:
    """Why it is late; `no estimate` where that is all that is known."""
    if train.cause:
        return Cell(train.cause)
    return Cell("no estimate" if train.late is None and train.actual is None else "", "unknown")


def ready_cell(train: TrainRow) -> Cell:
    """The readiness bar of a departure, what is to be done with an arrival."""
    if train.direction == "dep" and train.boxes == 0:
        return Cell("no bookings", "dim")
    if train.readiness is None and train.direction == "dep":
        return Cell(written.UNKNOWN, "dim")
    if train.readiness is None:
        return Cell("unloaded" if train.boxes and train.done == train.boxes else "to unload", "dim")
    return Cell(spans=cells.readiness_spans(train.readiness, BAR))


def title(train: TrainRow, width: int) -> str:
    """What the answer is about, in so many cells as far as that goes."""
    sign = cells.risk_sign(train.risk) + ("?" if train.unsure and train.risk != "unknown" else "")
    late = f", {written.late(train.late)} {train.cause}" if train.cause else ""
    text = f"{train.number} {way_of(train)} {written.or_unknown(train.place)}, {train.phase}{late}"
    whys = (f", why it is {sign} and what would help", f", why it is {sign}", "") if train.causes else ("",)
    return next((text + why for why in whys if len(text + why) <= width), text)


def answer(found: Outlook, wall: Wall, width: int) -> list[Line]:
    """In `width` cells: how it stands, how it leaves and what could fill it; then why, the gravest first; cut-offs."""
    train = found.row
    lines: list[Line] = []
    if train.readiness is not None and train.readiness.booked:
        booked = _booked(train)
        lines.append(booked if width_of(booked) <= width else _not_ready(train))
        lines += _leaving(found, wall, width)
    elif train.readiness is None and train.direction == "dep":
        lines.append([(f"{written.boxes(train.boxes)} booked; {written.not_come(['containers'])}", "unknown")])
    elif train.readiness is None:
        lines.append([(f"{written.number(train.done)} of {written.number(train.boxes)} boxes unloaded", "")])
    else:
        lines.append([("no bookings", "dim")])
    lines += [line for cause in causes(train, wall) for line in flow([cause], width)]
    if train.unsure:
        lines.append([("? judged from old data: the last known risk stands", "unknown")])
    elif not train.causes:
        lines.append([("nothing to do", "dim")])
    return [*lines, *flow([[(_cutoff(each, wall), _cutoff_style(each, wall))] for each in train.cutoffs], width)]


def _leaving(found: Outlook, wall: Wall, width: int) -> list[Line]:
    """Which boxes make it as planned, until when they are loaded, and what could take the places of the others."""
    train, leaves, loading = found.row, found.leaves, found.row.loading
    if leaves is None or loading is None:
        return []
    counts: list[Span] = [("leaves as planned: ", ""), *leaves_spans(leaves)]
    full: list[Span] = [("leaves as planned: ", "")]
    for span, part in zip((counts[1], counts[3], counts[5]), (None, leaves.miss_it, leaves.cannot_tell), strict=True):
        classes = ", ".join(f"{count} {name}" for name, count in part.items()) if part else ""
        full += [(", ", "")] if len(full) > 1 else []
        full += [span, (f" ({classes})" if classes else "", "")]
    room = "" if loading.room is None else f"   then {room_in_words(loading)}"
    shifts = f" + {loading.rehandles} rehandles" if loading.rehandles else ""
    rate = f" ({loading.ready}{shifts} at {written.number(loading.rate)}/h)" if loading.rate else ""
    closes = f"loading closes {wall.time(train.closes_at)}   ready boxes loaded by {wall.time(loading.ready_done)}"
    lines: list[Line] = [full if width_of(full) <= width else counts]
    brief = f"closes {wall.time(train.closes_at)}   ready ones loaded by {wall.time(loading.ready_done)}{room}"
    forms = (f"{closes}{rate}{room}", f"{closes}{room}", brief)
    lines.append([(next((form for form in forms if len(form) <= width), brief), "")])
    onward = "" if train.onward_margin is None else f"   onward margin {written.margin(train.onward_margin)}"
    long, short = _substitutes(found, wall, long=True), _substitutes(found, wall, long=False)
    lines.append([((long if len(long + onward) <= width else short) + onward, "")])
    return lines


def _substitutes(found: Outlook, wall: Wall, *, long: bool) -> str:
    """`substitutes: 6 ready boxes for Qinzhou booked on X9584 (Sat 12:10), 11 TEU`: those that fit."""
    fitting = [each for each in found.substitutes if each.fits]
    if not fitting:
        others = f", {len(found.substitutes)} do not fit or cannot tell" if found.substitutes else ""
        return f"substitutes: none{others}"
    teu = written.number(sum(each.teu or 0.0 for each in fitting), "TEU")
    if not long:
        return f"substitutes: {written.boxes(len(fitting))} ready, {teu}"
    trains = sorted({(each.departs, each.train) for each in fitting})
    booked = ", ".join(f"{train} ({wall.time(departs)})" for departs, train in trains)
    place = written.or_unknown(found.row.place)
    all_fit = ", all fit" if len(fitting) == len(found.substitutes) else f", of {len(found.substitutes)}"
    boxes = "1 ready box" if len(fitting) == 1 else f"{len(fitting)} ready boxes"
    return f"substitutes: {boxes} for {place} booked on {booked}, {teu}{all_fit}"


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


def _cutoff(cutoff: Cutoff, wall: Wall) -> str:
    name = cells.trade_words(cutoff.name)
    if not cutoff.boxes:
        return f"{name} {wall.time(cutoff.at)}" + (" all in" if cutoff.boxes == 0 else "")
    return f"{name} {wall.time(cutoff.at)} {wall.until(cutoff.at)}, {cutoff.boxes} missing"


def _cutoff_style(cutoff: Cutoff, wall: Wall) -> str:
    if not cutoff.boxes:
        return "dim"
    return "act" if cutoff.at < wall.now else ""
