"""Boxes of a place, of a train or of the whole terminal: the list behind a count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from console.format import Wall
from console.panes.listing import Listing
from console.panes.yard import rows
from widgets.rows import Row
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.views import View as Table


class BoxesScreen(Listing):
    """Boxes that match the words it is opened with; the words can be changed like any filter."""

    noun = "boxes"
    first = "all"
    columns = rows.BOX_COLUMNS

    def __init__(self, way: tuple[str, ...] = ("Boxes",), words: str = "", sort: str = "", *, title: str = "") -> None:
        super().__init__(words)
        self.asked = self.asked._replace(sort=sort)
        self._way = way
        self._opened_with = self.asked
        self._title_in_words = title

    def heading(self) -> str:
        asked_as_opened = self.asked == self._opened_with
        return self._title_in_words if self._title_in_words and asked_as_opened else super().heading()

    def body(self) -> Iterable[Widget]:
        yield Tile(self.heading(), self.make_grid(), id="rows")

    def crumbs(self) -> tuple[str, ...]:
        return self._way

    def table(self) -> Table[Any]:
        from storage.queries.containers import CONTAINERS

        return CONTAINERS

    def write(self, record: Any, wall: Wall) -> Row:
        return rows.box_row(record, wall)

    def open_row(self, key: str) -> None:
        self.port.open_detail("box", key)
