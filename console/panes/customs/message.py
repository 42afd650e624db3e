"""What one sends to customs: which declarations to take first, and why, in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes.customs.rows import state_words
from widgets.cells import literal

if TYPE_CHECKING:
    from storage.queries.declaration_page import HoldsUp


def asking(found: Sequence[HoldsUp], site: str, wall: Wall, fresh: str) -> str:
    """The most urgent first, two lines each; when it was written, and how old the data is."""
    many = f"these {len(found)} declarations" if len(found) > 1 else "this declaration"
    first = ", in this order" if len(found) > 1 else ""
    lines = [f"{site}, {wall.stamp()}, data {fresh}", f"We ask you to take {many} first{first}:", ""]
    for number, each in enumerate(found, 1):
        lines += [f"{number}. {literal(_what(each, wall))}", f"   {literal(_why(each, wall))}"]
    return "\n".join(lines) + "\n"


def _what(each: HoldsUp, wall: Wall) -> str:
    row = each.row
    lane = f"{row.lane} lane" if row.lane else "no lane yet"
    state = state_words(row, wall)
    coded = f"{state} (code {row.raw_state})" if row.raw_state else state
    return ", ".join(part for part in (row.number, row.regime or "", lane, coded, row.goods or "") if part)


def _why(each: HoldsUp, wall: Wall) -> str:
    return "; ".join(_reasons(each, wall)) or "no box under it is known here"


def _reasons(each: HoldsUp, wall: Wall) -> Iterator[str]:
    row = each.row
    if row.wait is not None:
        yield f"waits {written.waited(row.wait)}"
    if row.box:
        more = f" and {row.boxes - 1} more" if row.boxes > 1 else ""
        yield f"box {written.box_number(row.box)}{more}" + written.at(each.where)
    if row.train:
        yield f"train {row.train}, customs cut-off {wall.time(row.cutoff_at)}"
    if row.expected is not None:
        late = row.margin is not None and row.margin < timedelta(0)
        misses = f", {written.hours_minutes(-row.margin)} too late" if late and row.margin is not None else ""
        yield f"expected {wall.time(row.expected)}{misses}"
