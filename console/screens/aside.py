"""Records that were set aside, and those shown as they came though they are wrong: why, and from where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from console import format as written
from console.format import Wall
from console.screens.grids import GridScreen, Part
from console.screens.pages import Page
from widgets.cells import Cell
from widgets.columns import Column
from widgets.grid import Grid
from widgets.record import Field, Section
from widgets.rows import ListSource, Row
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.aside import AsideRow

TITLE = "Set aside or flagged, the latest first"
COLUMNS = (
    Column("what", "", 9),
    Column("feed", "Feed", 12),
    Column("source", "From", 18, rank=1),
    Column("record", "Record", 14),
    Column("why", "Why", 30, grow=True),
    Column("seen", "seen", 5, align="right", rank=2),
    Column("last", "last", 9, align="right", rank=1),
)


class AsideScreen(GridScreen):
    """Enter shows what came of one set aside, whose last good version stays, and the page of one that is flagged."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, AsideRow] = {}

    def body(self) -> Iterable[Widget]:
        yield Tile(TITLE, Grid(COLUMNS, markable=True, id="aside"), id="rows")

    def crumbs(self) -> tuple[str, ...]:
        return ("Feeds", "Set aside or flagged")

    def on_mount(self) -> None:
        self.query_one(Grid).focus()

    def reload(self) -> None:
        from storage.queries.aside import aside

        self.ask("aside", aside, self._take)

    def _take(self, found: tuple[AsideRow, ...]) -> None:
        self._rows = {row.id: row for row in found}
        rows = [aside_row(row, self.view.wall) for row in found]
        self.fill(
            self.query_one(Grid), Part("set aside", COLUMNS, ListSource(rows)), "nothing was set aside or flagged"
        )
        counted = Counter(row.what for row in found)
        counts = ", ".join(f"{written.number(count)} {what}" for what, count in counted.items())
        self.query_one("#rows", Tile).retitle(TITLE, counts)

    @on(Grid.Opened)
    def _opened(self, message: Grid.Opened) -> None:
        row = self._rows.get(message.key or "")
        if row is None:
            return
        if row.page is not None and row.key is not None:
            self.port.open_detail(row.page, row.key)
        else:
            self.app.push_screen(aside_page(row, self.view.wall))


def aside_row(row: AsideRow, wall: Wall) -> Row:
    """A record in the columns above."""
    return Row(
        row.id,
        (
            Cell(row.what, "late" if row.what == "set aside" else "dim"),
            Cell(row.feed, "strong"),
            Cell(row.source, "dim"),
            Cell(row.name),
            Cell(row.why, "late" if row.what == "set aside" else ""),
            Cell("" if row.seen is None else written.number(row.seen)),
            Cell(wall.time(row.last_at)),
        ),
    )


def aside_page(row: AsideRow, wall: Wall) -> Page:
    """All there is of a record that was set aside."""
    told = [
        Field("Feed", row.feed),
        Field("From", row.source),
        Field("Why", row.why),
        Field(
            "Seen", f"{written.number(row.seen)} times, first {wall.time(row.first_at)}, last {wall.time(row.last_at)}"
        ),
        Field("Shown", "its last good version, if there ever was one"),
    ]
    return Page(f"Set aside: {row.name}", [Section(row.name, told), Section("What came", [Field("", row.raw or "")])])
