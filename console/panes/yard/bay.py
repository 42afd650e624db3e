"""A bay and the box under the cursor, as the section widget and lines of text show them. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from console.panes.yard import rows
from widgets import glyphs
from widgets.block_side import SideColumn, side_lines
from widgets.cells import Line
from widgets.stack_view import StackBox

if TYPE_CHECKING:
    from storage.queries.bays import BayBox, BaySection, BlockSide, SideBay
    from storage.queries.containers import ContainerRow

SHORT = "'"
"""After the number of a 20-foot box, as the trade writes feet."""
WRONG = "!"
"""After a box whose place cannot be right."""
FLOWS = {"import": "i", "export": "o", "transit": "t", "storage": "s"}
EMPTY, NO_FLOW = "empty", "flow not known"
SIDE_SIGNS = (("full", "f", ""), ("empty", "e", "dim"), ("reefers", "r", "ready"), ("dangerous", "d", "watch"))


def title_of(section: BaySection) -> str:
    """`Bay B3 05, 40 ft from 04 and 06, seen from the gate side`."""
    across = sorted({each.box.bay for each in section.boxes if each.forty and each.box.bay is not None})
    beside = f", 40 ft in {' and '.join(f'{bay:02}' for bay in across)}" if across else ""
    return f"Bay {section.block.name} {section.bay:02}{beside}, seen from the gate side"


def note_of(section: BaySection) -> str:
    """`26 of 48 TEU`."""
    return f"{written.number(section.slots)} of {written.number(section.raw, 'TEU')}"


def stack_boxes(section: BaySection) -> list[StackBox]:
    """The boxes of a bay as the section widget draws them; one without a row or a tier is in the lines below."""
    return [_stack_box(each) for each in section.boxes if each.box.row is not None and each.box.tier is not None]


def _stack_box(each: BayBox) -> StackBox:
    box = each.box
    sign, style = sign_of(box)
    number = box.number or "(not named)"
    mass = written.UNKNOWN if box.gross_kg is None else f"{box.gross_kg / 1000:.0f}t"
    size, train = box.size_type or written.UNKNOWN, box.train or ""
    details = tuple(written.joined(parts, " ") for parts in ((size, mass, train), (mass, train), (train or mass,)))
    forms = (number, number[4:], number[-5:], number[-3:])
    tail = (SHORT if not each.forty else "") + (WRONG if each.faults else "")
    return StackBox(box.id, box.row or 0, box.tier or 0, sign, style, forms, tail, details, each.first)


def kind_of(box: ContainerRow) -> str:
    """What the sign of a box tells: its class on its train, else that it is empty, else its flow."""
    if box.readiness is not None and box.readiness != "rolled":
        return box.readiness
    if box.full is False:
        return EMPTY
    return box.category if box.category in FLOWS else NO_FLOW


def sign_of(box: ContainerRow) -> tuple[str, str]:
    """The sign of a box and its style."""
    kind = kind_of(box)
    signs = {**cells.class_signs(), **FLOWS, EMPTY: "e", NO_FLOW: glyphs.current().unknown}
    return signs.get(kind, kind[:1]), "dim" if kind == EMPTY else cells.CLASS_STYLES.get(kind, "")


def signs_line(section: BaySection) -> str:
    """What the signs in this bay say: only those that stand in it, so that it fits."""
    signs = {kind_of(each.box): sign_of(each.box)[0] for each in section.boxes}
    said = [f"{signs[kind]} {kind}" for kind in (*cells.CLASS_STYLES, *FLOWS, EMPTY, NO_FLOW) if kind in signs]
    said += [f"{SHORT} 20 ft"] if not all(each.forty for each in section.boxes) else []
    said += [f"{WRONG} see it"] if any(each.faults for each in section.boxes) else []
    return "  ".join(said)


def tonnes(kilograms: int | None) -> str:
    """`24.1t`, unknown `--`."""
    return written.UNKNOWN if kilograms is None else f"{kilograms / 1000:.1f}t"


def reach_line(section: BaySection, key: str | None) -> Line:
    """What must move before the box of this key, in order."""
    each = next((each for each in section.boxes if each.box.id == key), None)
    if each is None:
        lost = [other.box for other in section.boxes if other.box.row is None or other.box.tier is None]
        names = ", ".join(written.box_number(box.number) for box in lost)
        return [(f"without a row or a tier: {names}", "watch")] if lost else [("no box in this slot", "dim")]
    name = written.box_number(each.box.number)
    if not each.first:
        return [(f"{name}: nothing has to move first", "")]
    seen = [written.box_number(other.box.number) for other in section.first(each.box.id)]
    hidden = len(each.first) - len(seen)
    names = ", ".join([*seen, *([f"{hidden} beside this bay"] if hidden else [])])
    return [(f"{name}: move {len(each.first)} first, in this order: ", ""), (names, "act")]


def box_lines(each: BayBox | None, wall: Wall) -> list[Line]:
    """The box under the cursor in a narrow column."""
    if each is None:
        return [[("no box", "dim")]]
    box = each.box
    kind, (sign, style) = kind_of(box), sign_of(box)
    state = kind if box.readiness == kind else written.joined((kind, box.customs or ""), ", ")
    lines: list[Line] = [
        [(written.box_number(box.number), "strong")],
        [(f"{box.size_type or written.UNKNOWN}, {tonnes(box.gross_kg)}", "")],
        [(f"{sign} {state}", style)],
    ]
    if box.train:
        lines.append([(written.joined((box.train, box.destination or ""), " to "), "")])
    if box.holds:
        lines.append([(f"held: {box.holds}", "held")])
    if box.age is not None:
        lines.append([(f"here {written.in_words(box.age)}", "")])
    bay, row, tier = (written.UNKNOWN if place is None else f"{place}" for place in (box.bay, box.row, box.tier))
    lines.append([(f"bay {bay}, row {row}, tier {tier}", "")])
    moves = f"{each.rehandles} rehandle{'' if each.rehandles == 1 else 's'}"
    lines.append([(moves, "watch" if each.first else "dim")])
    lines += [[(cells.signed(fault, "act"), "act")] for fault in each.faults]
    if box.un_number or box.imdg_class:
        lines.append([(f"UN {written.or_unknown(box.un_number)}, class {written.or_unknown(box.imdg_class)}", "watch")])
    if box.setpoint_c is not None:
        plug = {True: "plugged", False: "unplugged"}.get(box.plugged, "plug --")  # type: ignore[arg-type]
        degrees = glyphs.spell(f"{written.degrees(box.reading_c)} of {written.degrees(box.setpoint_c)} °C")
        state, level = rows.reefer_words(box.reefer, box.read_at, wall)
        off = "act" if level == "act" and box.plugged is not False else ""
        lines += [[(cells.signed(degrees, off), off)], [(plug, "act" if box.plugged is False else "")]]
        if level == "unknown":
            dated = box.reading_c is not None and box.read_at is not None
            lines.append([(cells.signed(f"last read {wall.time(box.read_at)}" if dated else state, level), level)])
    if box.free_until is not None:
        over = box.free_until < wall.now
        lines.append([(f"free {'ended' if over else 'till'} {wall.time(box.free_until)}", "late" if over else "")])
    return lines


# ---------------------------------------------------------------------------------------------------------- the side
def side_title(side: BlockSide) -> str:
    """What the lines below show: how full each bay is, and of what."""
    signs = ", ".join(f"{sign} {name}" for name, sign, _ in SIDE_SIGNS)
    return f"{side.block.name} from the side: {signs}, h held"


def side_view(side: BlockSide, height: int, width: int) -> list[Line]:
    """The block by its bays in `height` lines, the last one their numbers; several bays in a column where they must."""
    room = max(1, width - 1)
    scale = max(1, -(-len(side.bays) // room))
    groups = [side.bays[first : first + scale] for first in range(0, len(side.bays), scale)]
    wide = max(1, min(3, room // max(1, len(groups))))
    columns = [_side_column(group) for group in groups]
    lines = [[(sign * wide, style) for sign, style in line] for line in side_lines(columns, max(1, height - 1))]
    every = 5 if wide == 1 else 2
    labels = "".join(
        f"{group[0].bay:02}".ljust(wide * every) for place, group in enumerate(groups) if place % every == 0
    )
    return [*lines, [(labels, "dim")]]


def _side_column(bays: Sequence[SideBay]) -> SideColumn:
    """Some bays as one column; held boxes, reefers and dangerous goods are not counted as plain full ones too."""
    counts = {name: sum(getattr(bay, name) for bay in bays) for name, _, _ in SIDE_SIGNS}
    held = sum(bay.held for bay in bays)
    counts["full"] = max(0, counts["full"] - counts["reefers"] - counts["dangerous"] - held)
    parts = [(counts[name], sign, style) for name, sign, style in SIDE_SIGNS]
    return SideColumn(sum(bay.slots for bay in bays), sum(bay.raw for bay in bays), (*parts, (held, "h", "held")))
