"""A box in lines: what it is and where, why it is not ready, what it has been through. Pure functions of its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from console import format as written
from console.format import UNKNOWN, Wall
from console.panes import cells
from console.panes.notes import note_style, note_words
from console.panes.yard.rows import reefer_words
from widgets.cells import Cell, Line, Span
from widgets.columns import Column
from widgets.glyphs import spell
from widgets.record import wrap
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.queries.box_journey import Reading
    from storage.queries.box_page import BoxPage, Step

LABEL = 10
STEPS = {"done": "done", "now": "now", "expected": "expected", "margin": "margin", "helps": "helps"}
JOURNEY_COLUMNS = (
    Column("at", "When", 12),
    Column("kind", "", 7, rank=1),
    Column("words", "What", 20, grow=True),
)
LOG_COLUMNS = (
    Column("at", "Read", 9),
    Column("reading", "°C", 6, align="right"),
    Column("deviation", "off by", 6, align="right"),
    Column("plugged", "", 12, grow=True),
)


class Fact(NamedTuple):
    """A label and what is said; Enter on it opens `target`, where there is one."""

    label: str
    line: Line
    target: str = ""


def title(page: BoxPage) -> str:
    """`LSTU 813364 9`."""
    return written.box_number(page.row.number)


def check_words(page: BoxPage) -> Span:
    """What its check digit says."""
    number = page.number
    if number is None:
        return ("number not of ISO 6346" if page.row.number else "not named", "watch")
    if not number.right:
        return (f"check digit wrong, should be {number.expected_digit}", "watch")
    return ("check digit right, but the number is weak" if number.weak else "check digit right", "")


def standing(page: BoxPage) -> Span:
    """`customs, misses X9582`: how it stands with its train."""
    booked, train = page.booked, page.train
    if booked is None or train is None:
        return ("rolled" if page.box.rolled else "", "watch")
    if not booked.reasons and booked.faults:
        return (cells.signed(f"{booked.of_class}, {train.number}, a check fails", "act"), "act")
    if not booked.reasons:
        return (f"{booked.of_class}, {train.number}", cells.CLASS_STYLES[booked.of_class])
    how = {"miss it": "misses", "cannot tell": "perhaps on", "make it": "makes"}[booked.outcome]
    short = booked.margin is not None and booked.margin < timedelta(0)
    by = f" by {written.waited(-booked.margin)}" if short and booked.margin is not None else ""
    style = "act" if booked.outcome == "miss it" else "watch" if booked.outcome == "cannot tell" else ""
    return (f"{booked.of_class}, {how} {train.number}{by}", style)


# ---------------------------------------------------------------------------------------------------------- what it is
def facts(page: BoxPage, wall: Wall, width: int) -> list[Row]:
    """Everything that is known of it, in lines of `width` cells; one that leads on is a link."""
    rows: list[Row] = []
    for nth, fact in enumerate(_facts(page, wall)):
        text = "".join(part for part, _ in fact.line)
        style = "link" if fact.target else ""
        spans: Sequence[Line] = [[(part, its or style) for part, its in fact.line]]
        if len(text) > width - LABEL:
            marked = next((its for _, its in fact.line if its), style)
            spans = [[(line, marked)] for line in wrap(text, width - LABEL)]
        for line, each in enumerate(spans):
            label = fact.label if line == 0 else ""
            key = fact.target if fact.target and line == 0 else f"{nth}-{line}/"
            rows.append(Row(key, (Cell(spans=((f"{label:<{LABEL}}", "dim"), *each)),)))
    return rows


def _facts(page: BoxPage, wall: Wall) -> Iterator[Fact]:
    yield Fact("Box", [(_kind(page), ""), (_flaws(page), "watch")])
    yield Fact("Weight", _weight(page))
    yield _where(page, wall)
    yield from (Fact("Data", [(cells.signed(words, "watch"), "watch")]) for words in page.wrong)
    yield from _stay(page, wall)
    yield from _train(page, wall)
    if page.row.holds:
        yield Fact("Holds", [(page.row.holds, "held")])
    yield from _customs(page, wall)
    for seal in page.seals:
        alarm = seal.state in ("opened unauthorised", "tampered")
        battery = f", battery {written.number(seal.battery_percent)} %" if seal.battery_percent is not None else ""
        seen = f", seen {wall.time(seal.seen_at)}"
        words = cells.signed(f"smart lock {seal.number} {seal.state or UNKNOWN}", "act" if alarm else "")
        yield Fact("Seal", [(words + battery + seen, "act" if alarm else "")], f"seal:{seal.id}")
    if not page.seals and page.row.seal:
        yield Fact("Seal", [(page.row.seal, "")])
    yield from _care(page, wall)
    yield from _papers(page)
    if page.box.remark:
        yield Fact("Remark", [(page.box.remark, "")])


def _kind(page: BoxPage) -> str:
    row, size = page.row, page.size
    words = size.words + (f", read as {size.code}" if size.local else "") if size else "size not known"
    load = "" if row.full is None else "full" if row.full else "empty"
    shared = "shared pool" if page.box.shared else ""
    owner = written.joined((row.owner or "", shared), ", ")
    parts = (f"{written.or_unknown(row.size_type)}, {words}", written.joined((load, row.category or ""), ", "), owner)
    return written.joined(parts, "   ")


def _flaws(page: BoxPage) -> str:
    size = "" if page.size is None or not page.size.local else "size-type not of ISO 6346"
    said = written.joined(("damaged" if page.row.damaged else "", size), ", ")
    return f"   {said}" if said else ""


def _weight(page: BoxPage) -> Line:
    row = page.row
    gross = written.number(None if row.gross_kg is None else row.gross_kg / 1000, "t")
    if row.vgm_kg is not None:
        return [(f"gross {gross}   VGM {written.number(row.vgm_kg, 'kg')}", "")]
    needs = row.full is not False
    return [(f"gross {gross}   ", ""), ("VGM missing" if needs else "no VGM needed", "watch" if needs else "dim")]


def _where(page: BoxPage, wall: Wall) -> Fact:
    from storage.figures.box_class import is_received

    row, box = page.row, page.box
    parts = [written.or_unknown(row.where)]
    more = []
    over: Line = []
    if box.departed_at is not None:
        parts.append(f"left {wall.time(box.departed_at)}")
    elif not is_received(box):
        source = f", says the {box.expected_source}" if box.expected_source and box.expected_at else ""
        parts.append(f"expected {wall.time(box.expected_at)}{source}")
        if page.overdue is not None:
            over = [("   ", ""), (cells.signed(f"overdue by {written.in_words(page.overdue)}", "watch"), "watch")]
        if page.visit is not None and page.visit.appointment_at is not None:
            more.append(f"appointment {wall.time(page.visit.appointment_at)}, truck {page.visit.plate or UNKNOWN}")
    if page.planned:
        more.append(f"planned {page.planned}")
    said: list[Span] = [*over, *((f"   {words}", "") for words in more)]
    if row.block_id is None or row.place != "yard" or box.departed_at is not None:
        return Fact("Where", [("   ".join(parts), ""), *said])
    since = next((event.at for event in page.journey if event.words.startswith("stacked")), None)
    above = len(page.above)
    parts[0] += f" since {wall.time(since)}" if since is not None else ""
    parts.append(f"{above} to be moved first" if above else "nothing in its way")
    return Fact("Where", [("   ".join(parts), ""), *said], f"block:{row.block_id}")


def _stay(page: BoxPage, wall: Wall) -> Iterator[Fact]:
    for box in page.above:
        words = f"{written.box_number(box.number)} at {box.where}, {box.train or 'on no train'}"
        yield Fact("  first", [(words, "")], f"box:{box.id}")
    if page.row.age is None and page.free is None:
        return
    here = "" if page.row.age is None else f"in the terminal {written.in_words(page.row.age)}"
    line: list[Span] = [(here, "")]
    if page.free is not None:
        over = page.free < timedelta(0)
        left = f"{written.in_words(abs(page.free))} {'over' if over else 'left'}"
        words = f"free till {wall.time(page.row.free_until)}, {left}"
        line += [("   " if here else "", ""), (cells.signed(words, "watch" if over else ""), "watch" if over else "")]
    elif page.row.full is not False:  # an empty one has no free time to know of
        line.append((f"   free till {UNKNOWN}", "dim"))
    yield Fact("Stay", line)


def _train(page: BoxPage, wall: Wall) -> Iterator[Fact]:
    row, box, train = page.row, page.box, page.train
    if row.inbound:
        yield Fact("Came by", [(row.inbound, "")], f"train:{row.inbound_id}")
    if row.train_id is None:
        yield Fact("Train", [("on none" + (f", to {row.destination}" if row.destination else ""), "dim")])
        return
    place = f" to {written.or_unknown(train.place if train else row.destination)}"
    track = f", track {train.track}" if train and train.track else ""
    wagon = f", wagon {written.number(page.wagon.position)}" if page.wagon else ""
    leaves = f"   departs {wall.time(row.departs)}" if row.departs and box.departed_at is None else ""
    words = f"{row.train or row.train_id}{place}{track}{wagon}{leaves}"
    yield Fact("Train", [(words, ""), ("   rolled from it" if box.rolled else "", "watch")], f"train:{row.train_id}")


def _papers(page: BoxPage) -> Iterator[Fact]:
    row = page.row
    documents = {True: "documents complete", False: "documents missing", None: "documents --"}
    line: list[Span] = [(f"booking {written.or_unknown(row.booking)}   bill {written.or_unknown(row.bill)}   ", "")]
    complete = page.box.documents_complete
    line.append((documents[complete], "watch" if complete is False else ""))
    held = [] if row.holds else [("   no holds", "dim")]
    yield Fact("Papers", [*line, *held], f"booking:{page.booking.id}" if page.booking else "")


def _customs(page: BoxPage, wall: Wall) -> Iterator[Fact]:
    permission = page.row.customs or ("not needed" if page.row.full is False else UNKNOWN)
    if not page.declarations:
        yield Fact("Customs", [(permission, "")])
    for nth, each in enumerate(page.declarations):
        lane = f"{each.lane} lane" if each.lane else "no lane yet"
        slot = f"   bay {written.number(each.bay)} at {wall.time(each.slot_at)}" if each.slot_at else ""
        turn = f": {each.turn}" if each.turn and each.open else ""
        words = f"{each.number}, {lane}, {each.state}{turn}{slot}"
        yield Fact("Customs", [(f"{permission}   " if nth == 0 else "", ""), (words, "")], f"declaration:{each.id}")


def _care(page: BoxPage, wall: Wall) -> Iterator[Fact]:
    row = page.row
    if row.imdg_class or row.un_number:
        goods = f"class {written.or_unknown(row.imdg_class)}, UN {written.or_unknown(row.un_number)}"
        yield Fact("Dangerous", [(goods, "watch")])
    if row.setpoint_c is not None:
        yield Fact("Reefer", _reefer(page, wall))


def _reefer(page: BoxPage, wall: Wall) -> Line:
    row = page.row
    plugged = {True: "plugged in", False: "not plugged in", None: "plug --"}[row.plugged]
    state, level = reefer_words(row.reefer, row.read_at, wall)
    line: list[Span] = [(f"set to {_degrees(row.setpoint_c)}, ", "")]
    if row.reading_c is not None and row.setpoint_c is not None:
        reads = "read" if level == "unknown" else "reads"
        off = "act" if level == "act" and row.plugged is not False else ""
        line.append((f"{reads} {_degrees(row.reading_c)} at {wall.time(row.read_at)}, ", ""))
        line += [(cells.signed(f"off by {_kelvin(row.reading_c - row.setpoint_c)} K", off), off), ("   ", "")]
    if level == "unknown":
        line.append((f"{cells.signed(state, level)}   ", level))
    style = "act" if row.plugged is False and row.block_id is not None else ""
    return [*line, (cells.signed(plugged, style), style)]


def _kelvin(off: float) -> str:
    """`+0.4`: how far off, never `-0.0`."""
    return f"{round(off, 1) + 0.0:+.1f}"


def _degrees(value: float | None) -> str:
    return UNKNOWN if value is None else spell(f"{written.degrees(value)} °C")


# --------------------------------------------------------------------------------------------------------------- steps
def steps(page: BoxPage, wall: Wall, width: int) -> list[Row]:
    """Why it is not ready, step by step; what is done stands on one line where there is room."""
    lines: list[tuple[str, str, bool]] = []
    done = "   ".join(wall.said(step.words) for step in page.steps if step.kind == "done")
    if done:
        lines.append(("done", done, False))
    lines += [(STEPS[step.kind], _said(step, wall), step.late) for step in page.steps if step.kind != "done"]
    rows: list[Row] = []
    for nth, (label, words, late) in enumerate(lines):
        shown = cells.signed(words, "act" if late else "")
        for line, text in enumerate(wrap(shown, width - LABEL)):
            head = label if line == 0 and (nth == 0 or lines[nth - 1][0] != label) else ""
            spans = ((f"{head:<{LABEL}}", "dim"), (text, "act" if late else ""))
            rows.append(Row(f"{nth}-{line}/", (Cell(spans=spans),)))
    return rows


def _said(step: Step, wall: Wall) -> str:
    return cells.trade_words(wall.said(step.words))


def interval_words(page: BoxPage) -> str:
    """What the two times of an expected release mean, where there are any."""
    known = any(each.open and each.earliest is not None for each in page.declarations)
    return "80 % of such declarations end between the two times" if known else ""


# ----------------------------------------------------------------------------------------------------- what it has seen
def journey(page: BoxPage, wall: Wall) -> list[Row]:
    """What happened, the newest first, with the notes people wrote."""
    told = [(event.at, event.kind, Cell(event.words)) for event in page.journey]
    notes = ((note, Cell(spans=((note_words(note, wall), note_style(note, "mark")),))) for note in page.notes)
    told += [(note.written_at, "note", said) for note, said in notes]
    return [
        Row(f"{nth}/", (Cell(wall.time(at)), Cell(kind, "dim"), said))
        for nth, (at, kind, said) in enumerate(sorted(told, key=lambda each: each[0], reverse=True))
    ]


def log(readings: Sequence[Reading], wall: Wall, tolerance: float) -> list[Row]:
    """A reefer's readings, the newest first."""
    return [_reading(each, nth, wall, tolerance) for nth, each in enumerate(readings)]


def _reading(each: Reading, nth: int, wall: Wall, tolerance: float) -> Row:
    known = each.reading_c is not None and each.setpoint_c is not None
    off = each.reading_c - each.setpoint_c if known else None  # type: ignore[operator]  # both known
    bad = off is not None and abs(off) > tolerance
    shown = "" if off is None else _kelvin(off)
    plugged = {True: "plugged in", False: "not plugged in", None: ""}[each.plugged]
    return Row(
        f"{nth}/",
        (
            Cell(wall.time(each.at)), Cell(written.degrees(each.reading_c)),
            Cell(cells.signed(shown, "act") if bad else shown, "act" if bad else ""),
            Cell(plugged, "act" if each.plugged is False else "dim"),
        ),
    )  # fmt: skip
