"""The boxes of a train, and what could stand in for them, as rows of grids. Pure functions of a record and a wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import format as written
from console.format import UNKNOWN, Wall
from console.panes import cells
from console.panes.trains.consist import hazards
from widgets.cells import Cell
from widgets.columns import Column
from widgets.glyphs import spell
from widgets.rows import Row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.figures.leaving import Outcome
    from storage.queries.consist import Consist, ConsistBox
    from storage.queries.outbound import SubstituteRow
    from storage.queries.train_boxes import BookedBox

BOX_COLUMNS = (
    Column("risk", "", 2, gap=0),
    Column("number", "Box", 13),
    Column("class", "Class", 7),
    Column("why", "Why, and whose turn", 22, grow=True),
    Column("where", "Where", 11),
    Column("since", "Since", 9, align="right", rank=2),
    Column("expected", "Expected", 9, align="right", rank=1),
    Column("margin", "Margin", 6, align="right"),
    Column("outcome", "As planned", 11, rank=3),
)
CARRIED_COLUMNS = (
    Column("number", "Box", 13),
    Column("size", "Type", 5),
    Column("mass", "t", 5, align="right"),
    Column("wagon", "Wagon", 6, align="right"),
    Column("state", "State", 10),
    Column("hazards", "Dangerous, reefer", 18, grow=True),
    Column("to", "To", 12, grow=True),
)
SUBSTITUTE_COLUMNS = (
    Column("fits", "Fits", 4),
    Column("number", "Box", 13),
    Column("size", "Type", 5, rank=2),
    Column("teu", "TEU", 4, align="right"),
    Column("mass", "t", 5, align="right", rank=1),
    Column("where", "Where", 13),
    Column("train", "Booked on", 9),
    Column("departs", "Departs", 9, align="right"),
    Column("moves", "moves", 5, align="right", rank=1),
    Column("why", "Why not", 14, grow=True),
)
BRIEFLY = {"expected after its cut-off": "after its cut-off"}
"""Words of a reason beside its class, which says the rest."""
OUTCOME_RISKS = {"miss it": "act", "cannot tell": "unknown", "make it": "calm"}
OUTCOME_STYLES = {"miss it": "act", "cannot tell": "unknown", "make it": "ok"}


# --------------------------------------------------------------------------------------------------- boxes booked on it
def booked_key(box: BookedBox) -> str:
    """Kind and id of what Enter on the row opens; places that nobody has named yet lead to their booking."""
    if box.id is not None:
        return f"box:{box.id}"
    return f"booking:{box.booking_id or ''}"


def booked_row(box: BookedBox, wall: Wall, not_loaded: Mapping[str, tuple[int, int]] | None = None) -> Row:
    """A box in the columns above. `not_loaded`: class to how many of how many boxes there is no time to load."""
    unnamed = f"{box.boxes} not named" if box.boxes > 1 else "(not named)"
    done = box.of_class in ("loaded", "ready") and not box.reasons
    sign, outcome = outcome_cells(box.outcome, (not_loaded or {}).get(box.of_class))
    return Row(
        booked_key(box),
        (
            sign,
            Cell(written.box_number(box.number), "strong") if box.id is not None else Cell(unnamed, "unknown"),
            Cell(box.of_class, cells.CLASS_STYLES[box.of_class]),
            Cell(why(box)),
            cells.text_cell(place(box)) if box.where else Cell(UNKNOWN, "dim"),
            Cell() if box.since is None else cells.time_cell(box.since, wall),
            Cell() if done else cells.time_cell(box.expected, wall, "late" if is_overdue(box) else ""),
            Cell() if done else Cell(written.margin(box.margin), _margin_style(box)),
            outcome,
        ),
    )


def is_overdue(box: BookedBox) -> bool:
    """Whether it should have come by now; `why` says it in words."""
    from storage.figures.box_class import OVERDUE

    return any(reason.words == OVERDUE for reason in box.reasons)


def place(box: BookedBox) -> str:
    """Where it is, without what a list of one train need not say: on it the wagon is enough, of a truck its plate."""
    where = box.where or ""
    _, on_wagon, wagon = where.partition(" wagon ")
    return f"wagon {wagon}" if box.on_train and on_wagon else where.removeprefix("truck ")


def outcome_cells(outcome: Outcome, short: tuple[int, int] | None) -> tuple[Cell, Cell]:
    """What becomes of a box, by sign and in words. `short`: how many of how many like it are not loaded in time."""
    if short is None or outcome != "make it":
        return cells.risk_cell(OUTCOME_RISKS[outcome]), Cell(outcome, OUTCOME_STYLES[outcome])
    missing, like_it = short
    sign = cells.risk_cell("act" if missing == like_it else "unknown")  # which of them misses it, nobody can tell
    return sign, Cell(f"{missing} of {like_it} miss", "act")


def _margin_style(box: BookedBox) -> str:
    if box.margin is None:
        return "dim"
    return "act" if box.margin.total_seconds() < 0 else ""


def why(box: BookedBox) -> str:
    """Every reason with whose turn it is, the deciding one first, then the checks that fail for it.

    A place that is not named says its booking.
    """
    if box.id is None:
        size = f"{box.boxes} x {box.size_type or '(type not known)'}"
        return f"booking {box.booking}, {size}, no number yet" if box.booking else "no booking known, no number yet"
    said = "; ".join(
        written.joined((BRIEFLY.get(reason.words, reason.words), reason.turn or ""), ": ") for reason in box.reasons
    )
    off = "on the train, must come off: " if box.on_train and box.reasons else ""
    fails = (cells.signed(spell(f"check fails: {fault}"), "act") for fault in box.faults)
    return written.joined((cells.trade_words(off + said), *fails), "; ")


# ---------------------------------------------------------------------------------------------- boxes an arrival brings
def carried_rows(consist: Consist) -> list[Row]:
    """The boxes that are still on it: those with a wagon first, in its order."""
    placed = [(written.number(wagon.position), box) for wagon in consist.wagons for box in wagon.boxes]
    return [_carried(wagon, box) for wagon, box in (*placed, *((UNKNOWN, box) for box in consist.without_wagon))]


def _carried(wagon: str, box: ConsistBox) -> Row:
    return Row(
        f"box:{box.id}",
        (
            Cell(written.box_number(box.number), "strong"),
            cells.text_cell(box.size_type),
            mass_cell(box.mass_kg),
            Cell(wagon),
            cells.text_cell(box.state),
            Cell(hazards(box), "watch"),
            cells.text_cell(box.destination),
        ),
    )


def mass_cell(kg: int | None) -> Cell:
    """Tonnes; unknown `--`."""
    return Cell(UNKNOWN if kg is None else f"{kg / 1000:.1f}", "" if kg is not None else "dim")


# --------------------------------------------------------------------------------------------------------- substitutes
def substitute_row(row: SubstituteRow, mass_kg: int | None, wall: Wall) -> Row:
    """A box that could come instead."""
    each = row.substitute
    fits, style = {True: ("yes", "ok"), False: ("no", "dim"), None: ("?", "unknown")}[each.fits]
    return Row(
        f"box:{row.id}",
        (
            Cell(fits, style),
            Cell(written.box_number(each.box.number), "strong"),
            cells.text_cell(each.box.size_type),
            cells.number_cell(each.teu),
            mass_cell(mass_kg),
            cells.text_cell(row.where),
            Cell(each.train),
            cells.time_cell(each.departs, wall),
            cells.number_cell(each.moves),
            Cell(each.words),
        ),
    )
