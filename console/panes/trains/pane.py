"""Trains: the list, most urgent first, and why the chosen one is as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from console.format import Wall
from console.panes.answered import AnsweredListing
from console.panes.trains import rows
from widgets.cells import Line
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.queries.views import View as Table


class TrainsPane(AnsweredListing):
    """Visits: the next twelve hours first, all of them with `a` or a preset."""

    mode = "trains"
    noun = "trains"
    first = "next 12 h"
    columns = rows.COLUMNS
    feeds: ClassVar[frozenset[str]] = frozenset({"trains", "train_cutoffs", "tracks", "containers"})

    def table(self) -> Table[Any]:
        from storage.queries.trains import TRAINS

        return TRAINS

    def write(self, record: Any, wall: Wall) -> Row:
        return rows.train_row(record, wall)

    def describe(self, record: Any, wall: Wall) -> tuple[str, list[Line]]:
        return rows.title(record), rows.answer(record, wall, wide=self.wide)

    def open_row(self, key: str) -> None:
        self.port.open_detail("train", key)


PANE = TrainsPane
