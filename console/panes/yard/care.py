"""What in the yard needs care: the chooser of the lists with their counts, and the screen that shows one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from console import format as written
from console.format import Wall, joined
from console.panes import cells
from console.panes.listing import Listing
from console.panes.yard.showing import show_box, show_place
from console.screens.boxes import BoxesScreen
from console.screens.chooser import Choice
from widgets.cells import Cell, Line
from widgets.columns import Column
from widgets.record import wrap
from widgets.rows import Row
from widgets.textlines import MadeLines
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.columns import Column as ViewColumn
    from storage.queries.exceptions import Count
    from storage.queries.views import View as Table

HIDDEN = ("id", "box_id", "block")
EMPTY_IN = {"wrong places": ("since", "turn"), "overweight": ("since",)}
"""Columns that have nothing in a list, by its name."""
NOTHING = {
    "reefers": "no reefers in the yard",
    "dangerous goods": "no dangerous goods are known to be too near to each other",
    "long stays": "nothing stays too long",
    "wrong places": "every box stands where it was planned",
    "overweight": "no box is overweight, or differs from what was declared",
    "holds": "no box in the yard is held",
    "empties": "no empties, and none wanted",
    "cranes": "no cranes",
    "work": "no work instruction is open",
    "dwell": "no box is here, and none left in 24 h",
    "data quality": "nothing in the data looks wrong",
}
"""What a list says without rows, by its name."""
TITLES = {"setpoint_c": "Set °C", "reading_c": "Reads °C", "deviation": "Off K"}
"""Headings in fewer words, so that since when a reefer is off is in sight at 80 columns."""
WIDTHS = {
    "number": 13, "other": 13, "where": 12, "other_where": 11, "what": 20, "how": 24, "state": 14, "goods": 11,
    "other_goods": 11, "term": 18, "job": 20, "turn": 8, "train": 6, "crane": 7, "owner": 14, "name": 7,
    "source": 12, "size_type": 5, "mode": 6, "category": 8, "place": 8, "kind": 13,
}  # fmt: skip
WIDTHS_IN = {
    "reefers": {"state": 16, "where": 10, "setpoint_c": 6, "deviation": 5}, "work": {"kind": 9, "state": 7},
    "data quality": {"what": 26, "source": 9},
}  # fmt: skip
"""Widths that are other ones in a list, by its name."""
OF_KIND = {"time": 9, "duration": 12, "yes_no": 7, "number": 7, "text": 12}
WIDE_TEXT = ("what", "how", "job", "term", "owner")
BOX_NUMBERS = ("number", "other")
MOST_FOOT = 4
"""Lines of the words below a list."""
FIRST_COLUMNS = 4
"""Columns that are never left out."""


def care_lines(found: Sequence[Count]) -> list[Line]:
    """`▲ reefers 3`: what wants somebody, the gravest first."""
    order = {"act": 0, "watch": 1, "unknown": 2}
    wanting = sorted((count for count in found if count.wanting), key=lambda count: order.get(count.level, 3))
    return [
        [(f"{cells.risk_sign(count.level)} {count.name} {written.number(count.wanting)}", count.level)]
        for count in wanting
    ]


def care_choices(found: Sequence[Count]) -> list[Choice]:
    """The lists to choose from, each with how many rows want somebody."""
    return [
        Choice(
            count.name,
            f"{cells.risk_sign(count.level) if count.wanting else ' '} {count.title}",
            f"{written.number(count.wanting)} of {written.number(count.rows)}",
        )
        for count in found
    ]


def grid_columns(table: Table[Any]) -> list[tuple[ViewColumn, Column]]:
    """The columns of a list as a grid has them; identities are not shown, nor what no row has."""
    shown = [column for column in table.columns if column.key not in (*HIDDEN, *EMPTY_IN.get(table.name, ()))]
    widths = WIDTHS | WIDTHS_IN.get(table.name, {})
    return [(column, _grid_column(place, column, widths)) for place, column in enumerate(shown)]


def _grid_column(place: int, column: ViewColumn, widths: Mapping[str, int]) -> Column:
    if column.key == "risk":
        return Column("risk", "", 2, gap=0)
    right = column.kind in ("number", "duration")
    unit = f" {column.unit}" if column.unit in written.TEMPERATURES else ""
    title = TITLES.get(column.key, column.title + unit)
    return Column(
        column.key,
        title,
        max(widths.get(column.key, OF_KIND[column.kind]), len(title)),
        align="right" if right else "left",
        rank=max(0, place - FIRST_COLUMNS),
        grow=column.key in WIDE_TEXT,
    )


def care_cell(column: ViewColumn, value: Any, wall: Wall, level: str) -> Cell:
    """A value as its kind is written; a number that is not known is `--`, what else is not there is blank."""
    if column.key == "risk":
        return cells.risk_cell(level)
    if column.kind == "number":
        degrees = column.unit in written.TEMPERATURES and value is not None
        return Cell(written.degrees(value)) if degrees else cells.number_cell(value)
    if value is None:
        return Cell(written.UNKNOWN, "dim") if column.key in BOX_NUMBERS else Cell()
    if column.kind == "time":
        return Cell(wall.brief(value))
    if column.kind == "duration":
        return Cell(written.in_words(value))
    if column.kind == "yes_no":
        return Cell("yes" if value else "no")
    if column.key in BOX_NUMBERS:
        return Cell(written.box_number(value), "strong")
    return Cell(str(value), cells.RISK_STYLES.get(level, "") if column.key in ("what", "state", "mode") else "")


class CareScreen(Listing):
    """One of the lists; Enter opens the box, the block or the empties that a row is about."""

    DEFAULT_CSS = """
    CareScreen #foot { padding: 0 1; display: none; }
    CareScreen.-footed #foot { display: block; }
    """

    def __init__(self, name: str, words: str = "") -> None:
        from storage.queries.exceptions import EXCEPTIONS

        self._view: Table[Any] = EXCEPTIONS[name]
        self._columns = grid_columns(self._view)
        self.columns = tuple(column for _, column in self._columns)  # type: ignore[misc]  # of this list, not of all
        self.noun = self._view.title  # type: ignore[misc]
        if not self._view.presets:
            self.withheld = frozenset({"presets", "all"})  # type: ignore[misc]
        super().__init__(words)
        self._beside = self._foot = ""

    def body(self) -> Iterable[Widget]:
        yield Tile(self.heading(), self.make_grid(), id="rows")
        yield MadeLines(id="foot")

    def heading(self) -> str:
        return joined((super().heading(), self._beside), ", ")

    def crumbs(self) -> tuple[str, ...]:
        return ("Yard", self._view.title)

    def topic(self) -> str:
        return self._view.name

    def nothing(self) -> str:
        return f"no rows match '{self.asked.words}'" if self.asked.words else NOTHING[self._view.name]

    def table(self) -> Table[Any]:
        return self._view

    def write(self, record: Any, wall: Wall) -> Row:
        level = record.risk
        return Row(
            record.id,
            tuple(care_cell(column, getattr(record, column.key), wall, level) for column, _ in self._columns),
        )

    def reload(self) -> None:
        super().reload()
        if not self.port.pulse.problem:
            self._ask_words("beside", SUMMARIES, self._take_beside)
            self._ask_words("foot", FOOTS, self._take_foot)

    def _ask_words(self, name: str, said: Mapping[str, Words], take: Callable[[str], None]) -> None:
        if self._view.name in said:
            query, policy = said[self._view.name], self.view.policy
            self.ask(name, lambda session, clock: query(session, clock, policy), take)

    def _take_beside(self, words: str) -> None:
        self._beside = words
        self.show_heading()

    def _take_foot(self, words: str) -> None:
        self.set_class(bool(words), "-footed")
        self._foot = words
        self._show_foot()

    def on_resize(self) -> None:
        super().on_resize()
        self._show_foot()

    def _show_foot(self) -> None:
        """The words below the list, in the lines they take."""
        words, foot = self._foot, self.query_one("#foot", MadeLines)
        foot.styles.height = min(MOST_FOOT, len(wrap(words, max(1, self.size.width - 2))))
        foot.show(lambda width: [[(line, "dim")] for line in wrap(words, width)])

    # ---------------------------------------------------------------------------------------------- what a row is of

    def open_row(self, key: str) -> None:
        self._with_record(key, self._open)

    def do_map(self, _argument: str) -> None:
        """What the row is about, on the map."""
        key = self.grid.cursor_key
        if key is not None:
            self._with_record(key, self._show)

    def _with_record(self, key: str, use: Any) -> None:
        table, policy = self._view, self.view.policy

        def take(record: Any) -> None:
            if record is None:
                self.port.say("It is not, or no longer, in the list.")
            else:
                use(record)

        self.ask("row", lambda session, clock: table.one(session, clock, key, policy=policy), take)

    def _open(self, record: Any) -> None:
        if getattr(record, "box_id", None):
            self.port.open_detail("box", record.box_id)
        elif self._view.name == "empties":
            words = joined(
                (
                    "full:no place:yard train:--",
                    _is("size_type", record.size_type, ":"),
                    "" if record.shared else _is("owner", record.owner),
                ),
                " ",
            )
            self.app.push_screen(BoxesScreen(("Yard", "Empties"), words))
        elif getattr(record, "block_id", None):
            self.port.open_detail("block", record.block_id)
        else:
            self.port.say("There is no page of this.")

    def _show(self, record: Any) -> None:
        if getattr(record, "box_id", None):
            show_box(self, record.box_id)
        elif getattr(record, "block_id", None):
            show_place(self, record.block_id)
        else:
            self.port.say("This has no place on the map.")


def _is(field: str, value: str | None, how: str = "=") -> str:
    return f'{field}{how}"{value}"' if value else f"{field}:--"


Words = Callable[[Any, Any, Any], str]
"""What is said of a list, out of a session, a clock and a policy."""


def _backlog(session: Any, clock: Any, policy: Any) -> str:
    from storage.queries.exceptions.work import rehandle_backlog

    found = rehandle_backlog(session, clock, policy=policy)
    ratio = written.UNKNOWN if found.ratio is None else f"{found.ratio * 100:.0f} %"
    return f"backlog 12 h {written.boxes(found.boxes)}, rehandles {ratio} of moves"


def _checked(session: Any, clock: Any, policy: Any) -> str:
    from storage.figures.policy import Moment
    from storage.queries.exceptions.dangerous import remarks

    unchecked = [cells.signed(words, "unknown") for words in remarks(session, Moment.of(clock, policy))]
    return joined((*unchecked, f"By {policy.segregation.edition}"), ".  ")


def _work_by(session: Any, clock: Any, policy: Any) -> str:
    from storage.queries.exceptions.work import WORK, work_by

    rows = WORK.page(session, clock, policy=policy).rows
    parts = (("train", "train", "no train"), ("block", "place", "no block"))
    said = [
        f"By {what}: " + ", ".join(f"{name or nothing} {moves}" for name, moves in work_by(rows, field).items())
        for what, field, nothing in parts
    ]
    return ".  ".join(said) if rows else ""


def _reefers(session: Any, clock: Any, policy: Any) -> str:
    from storage.figures.policy import Moment
    from storage.figures.reefers import STATES
    from storage.queries.exceptions.reefers import remarks
    from storage.queries.yard import yard_by_kind

    unread = [state for state, level in STATES.items() if level == "unknown"]  # the others come first in the list
    _, everything = yard_by_kind(session, clock, policy=policy)
    plugs = f"{written.number(everything.plugs_free)} plugs free"
    return joined((*remarks(session, Moment.of(clock, policy), unread), plugs), ", ")


def _of_bookings(session: Any, _clock: Any, _policy: Any) -> str:
    from storage.queries.feeds import not_come

    return written.not_come(not_come(session, ("bookings",))) or "boxes, wanted by bookings in 72 h"


def _of_boxes(_session: Any, _clock: Any, _policy: Any) -> str:
    return "boxes here, and left in 24 h"


SUMMARIES: Mapping[str, Words] = {
    "work": _backlog, "cranes": _backlog, "reefers": _reefers, "empties": _of_bookings, "dwell": _of_boxes,
}  # fmt: skip
"""What is said of a list besides its rows, in its title, by its name."""
FOOTS: Mapping[str, Words] = {"dangerous goods": _checked, "work": _work_by}
"""What is said below a list: what takes a sentence."""
