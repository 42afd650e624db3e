"""Trains: the list, most urgent first, and why the chosen one is as it is and what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.format import Wall
from console.panes.answered import AnsweredListing
from console.panes.source import Asked as Asking
from console.panes.trains import rows
from console.panes.trains.asking import Asked, AsksOfTrain
from widgets.cells import Line
from widgets.rows import Row

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.clock import Clock
    from storage.queries.outbound import Outlook
    from storage.queries.views import View as Table


NOTE = 18
"""Cells that the rule above an answer needs besides its title: `Enter opens`, and what stands around both."""


class TrainsPane(AnsweredListing, AsksOfTrain):
    """Visits: the next twelve hours first, all of them with `a` or a preset."""

    mode = "trains"
    noun = "trains"
    first = "next 12 h"
    order = ("", "most urgent first")
    columns = rows.COLUMNS
    VERTICAL_BREAKPOINTS = [(0, "-low"), (48, "-tall")]
    DEFAULT_CSS = """
    TrainsPane #answer { height: 8; }
    TrainsPane.-wide #answer { height: 10; }
    TrainsPane.-tall #answer { height: 14; }
    """

    def __init__(self, words: str = "") -> None:
        super().__init__(words)
        self._asked_of: dict[str, Asked] = {}

    def table(self) -> Table[Any]:
        from storage.queries.trains import TRAINS

        return TRAINS

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries.train_page import FEEDS

        return frozenset(FEEDS)

    def list_rows(self, asked: Asking) -> None:
        columns = rows.BY_CORRIDOR if asked.preset == "by corridor" else rows.COLUMNS
        if columns is not self.columns:
            self.columns = columns  # type: ignore[misc]  # of this list as it is now, not of all
            self.grid.set_columns([column for column in columns if self._is_shown(column)])
        super().list_rows(asked)

    def write(self, record: Any, wall: Wall) -> Row:
        self._asked_of[record.id] = Asked.of(record)
        return rows.train_row(record, wall)

    def asked_train(self) -> Asked | None:
        return self._asked_of.get(self.grid.cursor_key or "")

    def look_up(self, session: Session, clock: Clock, key: str) -> Outlook | None:
        from storage.queries.outbound import outlook

        return outlook(session, clock, key, policy=self.view.policy)

    def describe(self, record: Any, wall: Wall) -> tuple[str, list[Line]]:
        width = self.query_one("#lines").size.width
        return rows.title(record.row, width - NOTE), rows.answer(record, wall, width)

    def open_row(self, key: str) -> None:
        self.port.open_detail("train", key)


PANE = TrainsPane
