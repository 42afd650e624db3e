"""The yard on the Board: kinds of blocks now and in twelve hours, as rows or in words. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from widgets.cells import Cell, Line, Span
from widgets.columns import Column
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.queries.yard import KindRow
    from storage.queries.yard_ahead import KindAhead, YardAhead

KIND_COLUMNS = (
    Column("kind", "Kind", 10),
    Column("now", "now", 17),
    Column("ahead", "in 12 h", 16),
    Column("teu", "TEU", 11, align="right", rank=2),
    Column("more", "", 10, grow=True, rank=1),
)


def plugs(kind: KindRow) -> str:
    """Free plugs; blank where there are none at all."""
    return "" if kind.plugs_free is None else f"{kind.plugs_free} plugs"


def kind_name(kind: str) -> str:
    """A kind of block as a heading; the plain stacks are for general cargo."""
    return "General" if kind == "stack" else kind.capitalize()


def ahead_words(ahead: KindAhead | None) -> str:
    """`66-77 %`, one figure where both are the same, `--` where the capacity is unknown; blank without one."""
    if ahead is None:
        return ""
    if ahead.low is None or ahead.high is None:
        return written.UNKNOWN
    return f"{ahead.low} %" if ahead.low == ahead.high else f"{ahead.low}-{ahead.high} %"


def full_words(ahead: KindAhead | None, wall: Wall) -> str:
    """`full 13:30`, at the earliest; blank where it does not fill."""
    return "" if ahead is None or ahead.full_at is None else f"full {wall.time(ahead.full_at)}"


def kind_row(kind: KindRow, ahead: YardAhead, wall: Wall) -> Row:
    """A kind of block with its bar, and what becomes of it."""
    later = ahead.kinds.get(kind.kind)
    words = ahead_words(later)
    return Row(
        kind.kind,
        (
            Cell(kind_name(kind.kind)),
            Cell(spans=cells.full_spans(kind.percent, 10)),
            Cell(f"in 12 h {words}" if words else ""),
            Cell(written.of(kind.teu, kind.working_teu)),
            Cell(
                written.joined((full_words(later, wall), plugs(kind)), ", "), "watch" if later and later.full_at else ""
            ),
        ),
    )


def strays_row(strays: KindRow) -> Row:
    """What stands in blocks that nobody knows; its key is the word for what is wrong with it."""
    now, teu = cells.full_spans(None, 10), cells.signed(written.number(strays.teu, "TEU"), "unknown")
    more = Cell(written.boxes(strays.boxes), "unknown")
    return Row(UNKNOWN_BLOCK, (Cell("Unknown"), Cell(spans=now), Cell(teu, "unknown"), Cell(), more))


def strays_line(strays: KindRow) -> Line:
    """The same in words."""
    said = f"In unknown blocks {written.boxes(strays.boxes)}, {written.number(strays.teu, 'TEU')}"
    return [("  ", ""), (cells.signed(said, "unknown"), "unknown")]


def kind_lines(kinds: Sequence[KindRow], ahead: YardAhead, wall: Wall, each: int = 3) -> list[Line]:
    """All kinds in few words, `each` a line: `Reefer 82, 85-92 %, 11 plugs`; then what is to be dug."""
    lines: list[Line] = []
    for start in range(0, len(kinds), each):
        line: list[Span] = [("  ", "")]
        for kind in kinds[start : start + each]:
            line += _kind_spans(kind, ahead, wall)
        lines.append(line)
    if not lines and ahead.missing:
        return [[("  " + written.not_come(ahead.missing), "unknown")]]
    if lines:
        lines[-1] = [*lines[-1], (f"Rehandles {written.number(ahead.rehandles)}", "")]
    return lines


def _kind_spans(kind: KindRow, ahead: YardAhead, wall: Wall) -> list[Span]:
    later = ahead.kinds.get(kind.kind)
    style = cells.full_style(kind.percent)
    words = ahead_words(later)
    now = written.UNKNOWN if kind.percent is None else str(kind.percent) if words else f"{kind.percent} %"
    said = cells.signed(now, style) if kind.percent is not None else now
    tail = written.joined((words, full_words(later, wall), plugs(kind)), ", ")
    return [(f"{kind_name(kind.kind)} ", ""), (said, style), (f", {tail}   " if tail else "   ", "")]


def work_line(ahead: YardAhead, room: int) -> Line:
    """`Rehandles 38   Cranes 4 auto, 1 remote, 1 fault`; where that has no room, without the automatic ones."""
    if ahead.cranes is None:
        return [(f"Rehandles {written.number(ahead.rehandles)}   Cranes {written.UNKNOWN}", "")]
    fault = "fault" in ahead.cranes
    style = "watch" if fault else ""
    rehandles = f"Rehandles {written.number(ahead.rehandles)}   "
    others = {mode: count for mode, count in ahead.cranes.items() if mode != "auto"}
    for counted in (ahead.cranes, others):
        cranes = ", ".join(f"{count} {mode}" for mode, count in counted.items())
        said = cells.signed(f"Cranes {cranes}", style) if cranes else ""
        if len(rehandles) + len(said) <= room:
            break
    return [(rehandles, ""), (said, style)]


UNKNOWN_BLOCK = "unknown block"
"""What is wrong with a box that is astray, in the list of data quality."""
THEN = "now, then in 12 h"
"""What two figures of a kind are, where they are said in words."""


def yard_title(everything: KindRow, strays: KindRow | None = None) -> str:
    """`Yard, 2 551 of 4 088 working TEU, 62 %`; what is astray has none of that room, and is no part of it."""
    if strays is not None:
        full = written.number(everything.percent, "%")
        return f"Yard, {written.number(everything.teu, 'TEU')}, known blocks {full}"
    percent = "" if everything.percent is None else f", {everything.percent} %"
    return f"Yard, {written.number(everything.teu)} of {written.number(everything.working_teu)} working TEU{percent}"
