"""How ready a train is, as lines: the bar of its classes, what becomes of them, what is unloaded of an arrival."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from console import format as written
from console.panes import cells
from widgets import glyphs
from widgets.bars import partition_bar
from widgets.cells import Line, Span

if TYPE_CHECKING:
    from storage.figures.leaving import Leaves
    from storage.figures.loading import Loading
    from storage.figures.readiness import Readiness
    from storage.figures.substitutes import Substitute
    from storage.queries.train_page import TrainPage


def readiness_title(page: TrainPage) -> str:
    """`Readiness, 40 of 54 boxes, 72 of 96 TEU, 74 %`; for an arrival what is unloaded."""
    row, ready = page.row, page.row.readiness
    if ready is None and row.direction == "dep":
        return f"Readiness, {written.UNKNOWN} of {written.number(row.boxes)} boxes"
    if ready is None:
        return f"Unloading, {written.number(row.done)} of {written.number(row.boxes)} boxes"
    if not ready.booked:
        return "Readiness"
    teu = f"{written.number(ready.ready_teu)} of {written.number(ready.booked_teu)} TEU"
    return f"Readiness, {ready.ready} of {ready.booked} boxes, {teu}, {ready.percent} %"


def readiness_lines(page: TrainPage, width: int) -> list[Line]:
    """The bar, its classes with their boxes and TEU, and what becomes of them as planned."""
    ready = page.row.readiness
    if ready is None and page.row.direction == "dep":
        return [[(written.not_come(["containers"]), "unknown")]]
    if ready is None:
        return _unloading(page, width)
    if not ready.booked:
        return [[("no bookings", "dim")]]
    lines: list[Line] = [cells.readiness_spans(ready, width), *_classes(ready, width)]
    if page.leaves is not None:
        lines.append([("Leaves as planned: ", ""), *leaves_spans(page.leaves)])
        lines.append([(_after(page), "")])
    return [*lines, *_aside(ready)]


def _classes(ready: Readiness, width: int) -> list[Line]:
    """Sign and name, boxes, TEU, of each class below the other."""
    each = max(9, width // 7)
    names = [(f"{sign} {name}", cells.CLASS_STYLES[name]) for name, sign in cells.class_signs().items()]
    boxes = [(written.boxes(ready.count(name)), "") for name in cells.class_signs()]
    teu = [(written.number(ready.teu.get(name, 0.0), "TEU"), "") for name in cells.class_signs()]
    return [[(f"{text:<{each}}", style) for text, style in line] for line in (names, boxes, teu)]


def leaves_spans(leaves: Leaves) -> Line:
    """`44 make it, 4 miss it, 6 cannot tell`."""
    made, missed, unsure = (sum(part.values()) for part in (leaves.make_it, leaves.miss_it, leaves.cannot_tell))
    return [
        (f"{made} make it", "ok"),
        (", ", ""),
        (f"{missed} miss it", "act" if missed else ""),
        (", ", ""),
        (f"{unsure} cannot tell", "unknown" if unsure else ""),
    ]


def _after(page: TrainPage) -> str:
    return f"After the ready ones: {room_in_words(page.loading)}.  {substitutes_in_words(page.substitutes)}"


def room_in_words(loading: Loading | None) -> str:
    """`room for 11 moves`; ready boxes for which there is no time are said so, of none there are not too many."""
    room = loading.room if loading is not None else None
    if loading is None or room is None:
        return "room --"
    if room < 0:
        return f"{-room} {_moves(-room)} too many" if loading.moves_left else "no time for more"
    return f"room for {room} {_moves(room)}"


def _moves(count: int) -> str:
    return "move" if count == 1 else "moves"


def substitutes_in_words(found: Sequence[Substitute]) -> str:
    """`Substitutes: 6 boxes, 11 TEU`: those that fit."""
    fitting = [each for each in found if each.fits]
    if not fitting:
        return "Substitutes: none"
    teu = sum(each.teu or 0.0 for each in fitting)
    return f"Substitutes: {written.boxes(len(fitting))}, {written.number(teu, 'TEU')}"


def _aside(ready: Readiness) -> Iterator[Line]:
    """What the classes do not say by themselves."""
    said = [
        (count, words, style)
        for count, words, style in (
            (ready.must_come_off, "on the train, must come off", "act"),
            (ready.left_behind, "left behind", "act"),
            (ready.undeclared, "not declared", ""),
            (ready.unnamed, "not named yet", ""),
            (ready.rolled, "rolled, beside", "dim"),
            (ready.teu_unknown, "of unknown size, not in TEU", "unknown"),
        )
        if count
    ]
    if said:
        line: list[Span] = []
        for count, words, style in said:
            line += [("   ", "")] if line else []
            line.append((f"{count} {words}", style))
        yield line


def _unloading(page: TrainPage, width: int) -> list[Line]:
    row, signs = page.row, glyphs.current()
    if not row.boxes or row.done is None:
        return [[("no boxes known", "dim")]]
    done, left = row.done, max(0, row.boxes - row.done)
    bar = partition_bar([(done, signs.full, "loaded"), (left, signs.free, "dim")], width)
    teu = f", {written.number(row.teu, 'TEU')} carried" if row.teu is not None else ""
    known = len(page.consist.without_wagon) + sum(len(wagon.boxes) for wagon in page.consist.wagons)
    unloaded: Span = (f"{signs.full} unloaded {written.boxes(done)}   ", "loaded")
    lines: list[Line] = [bar, [unloaded, (f"{signs.free} to unload {written.boxes(left)}", "")]]
    lines.append([(f"{written.boxes(row.boxes)}{teu}", "")])
    if known < left:
        lines.append([(f"{left - known} of them not in the list of boxes", "unknown")])
    return lines
