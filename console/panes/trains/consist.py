"""The consist of a train as it is drawn, and the wagon under the cursor in words. Pure functions of values."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING

from console import format as written
from console.format import UNKNOWN
from console.panes import cells
from console.panes.trains.visit import flow
from widgets import glyphs
from widgets.cells import Line, Span
from widgets.rake import Wagon

if TYPE_CHECKING:
    from storage.queries.consist import Consist, ConsistBox, ConsistWagon

MOST_SLOTS = 12
"""Cells a wagon is drawn in at most; the longest take 4 TEU, more is a mistake in the data."""


def title(consist: Consist, *, long: bool) -> str:
    """`Consist, 50 wagons, one character a TEU, from the locomotive`."""
    if not consist.wagons:
        return "Consist"
    wagons = "1 wagon" if len(consist.wagons) == 1 else f"{len(consist.wagons)} wagons"
    return f"Consist, {wagons}, one character a TEU" + (", from the locomotive" if long else "")


def note(consist: Consist) -> str:
    """What of it is empty, and what has no wagon yet."""
    free = glyphs.current().free
    empty = f"{free * 2} empty {written.number(consist.empty_teu, 'TEU')}" if consist.wagons else ""
    without = consist.without_wagon
    return written.joined((empty, f"{written.boxes(len(without))} without a wagon" if without else ""))


def wagons(consist: Consist) -> list[Wagon]:
    """The wagons as the rake draws them."""
    return [
        Wagon(wagon.id, UNKNOWN if wagon.position is None else str(wagon.position), _slots(wagon))
        for wagon in consist.wagons
    ]


def _slots(wagon: ConsistWagon) -> tuple[Span, ...]:
    """A span for each slot: the sign of what stands there, or that nothing does."""
    room = ceil(wagon.slots) if wagon.slots else 0
    drawn: list[Span | None] = [None] * min(room, MOST_SLOTS)
    for box in wagon.boxes:
        teu = max(1, round(box.teu or 1))
        for place in _places(drawn, box.slot, teu):
            drawn += [None] * (place + 1 - len(drawn))
            drawn[place] = _sign(box)
    free = (glyphs.current().free, "dim") if wagon.slots is not None else ("-", "unknown")
    return tuple(span or free for span in drawn[:MOST_SLOTS]) or (free,)


def _places(drawn: list[Span | None], slot: int | None, teu: int) -> range:
    """Where a box of so many TEU stands: from its slot on where that is free, else the first room, else beyond."""
    starts = [slot - 1] if slot is not None and slot >= 1 else []
    starts += range(len(drawn))
    for start in starts:
        taken = drawn[start : start + teu]
        if len(taken) == teu and not any(taken):
            return range(start, start + teu)
    return range(len(drawn), len(drawn) + teu)


def _sign(box: ConsistBox) -> Span:
    signs = cells.class_signs()
    if box.of_class in signs:
        return signs[box.of_class], cells.CLASS_STYLES[box.of_class]
    return signs["loaded"], "loaded"


def about(wagon: ConsistWagon) -> list[Line]:
    """The wagon in one line, each box on it in another, then what does not add up."""
    parts = (
        f"wagon {UNKNOWN if wagon.position is None else wagon.position}", wagon.number or "(no number)",
        wagon.wagon_type or "", wagon.state or "",
        f"{_tonnes(wagon.load_kg)} of {_tonnes(wagon.max_load_kg)} t",
        f"{written.number(wagon.used_teu)} of {written.number(wagon.slots)} TEU",
    )  # fmt: skip
    first: list[Span] = [(written.joined(parts), "")]
    if wagon.flags and "check_digit" in wagon.flags:
        first.append((f"   {cells.signed('its UIC check digit is wrong', 'watch')}", "watch"))
    if wagon.problems:
        first.append((f"   {cells.signed(f'{len(wagon.problems)} odd', 'watch')}", "watch"))
    boxes: list[Line] = [list(_box(box)) for box in wagon.boxes] or [[("empty", "dim")]]
    return [first, *boxes, *([(cells.signed(problem, "watch"), "watch")] for problem in wagon.problems)]


def waiting_lines(consist: Consist, width: int) -> list[Line]:
    """The boxes that have no wagon yet, which the drawing cannot show; nothing where all have one."""
    if not consist.without_wagon:
        return []
    count: Line = [(f"{written.boxes(len(consist.without_wagon))} without a wagon", "dim")]
    each = [[_sign(box), (f" {written.box_number(box.number)}", "")] for box in consist.without_wagon]
    return [[], *flow([count, *each], width)]


def _box(box: ConsistBox) -> Iterator[Span]:
    yield _sign(box)
    parts = (written.box_number(box.number), box.size_type or "(no type)", f"{_tonnes(box.mass_kg)} t")
    yield (f" {written.joined(parts)}   ", "")
    yield (written.or_unknown(box.of_class or box.state), cells.CLASS_STYLES.get(box.of_class or "", ""))
    yield (f"   to {box.destination}" if box.destination else "", "dim")
    yield ("   " + hazards(box) if hazards(box) else "", "watch")


def hazards(box: ConsistBox) -> str:
    """`dangerous 3 UN 1263, reefer at -18.0 °C`; nothing for a plain box."""
    found = []
    if box.imdg_class or box.un_number:
        found.append(f"dangerous {box.imdg_class or UNKNOWN} UN {box.un_number or UNKNOWN}")
    if box.setpoint_c is not None:
        found.append(glyphs.spell(f"reefer at {written.degrees(box.setpoint_c)} °C"))
    return ", ".join(found)


def _tonnes(kg: int | None) -> str:
    return UNKNOWN if kg is None else f"{kg / 1000:.1f}"
