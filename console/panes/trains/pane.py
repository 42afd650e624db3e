"""Trains: the list, most urgent first, and why the chosen one is as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.format import Wall
from console.panes.answered import AnsweredListing
from console.panes.trains import rows
from console.screens.boxes import BoxesScreen
from widgets.cells import Line
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.queries.views import View as Table


class TrainsPane(AnsweredListing):
    """Visits: the next twelve hours first, all of them with `a` or a preset."""

    mode = "trains"
    noun = "trains"
    first = "next 12 h"
    order = ("", "most urgent first")
    columns = rows.COLUMNS
    DEFAULT_CSS = """
    TrainsPane #answer { height: 8; }
    TrainsPane.-wide #answer { height: 9; }
    """

    def table(self) -> Table[Any]:
        from storage.queries.trains import TRAINS

        return TRAINS

    def write(self, record: Any, wall: Wall) -> Row:
        return rows.train_row(record, wall)

    def describe(self, record: Any, wall: Wall) -> tuple[str, list[Line]]:
        return rows.title(record), rows.answer(record, wall, self.query_one("#lines").size.width)

    def open_row(self, key: str) -> None:
        self.port.open_detail("train", key)

    def do_boxes(self, _argument: str) -> None:
        """The boxes of the chosen train that are not ready."""
        row = self.grid.cursor_row
        if row is not None:
            number = row.cells[1].text
            words = f'train="{number}" -readiness:loaded -readiness:ready'
            title = f"Boxes of {number} that are not ready"
            self.app.push_screen(BoxesScreen(("Trains", number, "Boxes"), words, "readiness", title=title))


PANE = TrainsPane
