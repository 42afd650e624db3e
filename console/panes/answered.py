"""A list with the chosen row's answer below it, without a key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from console.format import Wall
from console.panes.listing import Listing
from widgets.cells import Line
from widgets.grid import Grid
from widgets.textlines import TextLines
from widgets.tile import Tile


class AnsweredListing(Listing):
    """The list in one tile, and what there is to say of the row under the cursor in another."""

    DEFAULT_CSS = """
    AnsweredListing #answer { height: 6; }
    AnsweredListing.-wide #answer { height: 7; }
    """

    def __init__(self, words: str = "") -> None:
        super().__init__(words)
        self._chosen: Any = None

    def body(self) -> Iterable[Widget]:
        yield Tile(self.heading(), self.make_grid(), id="rows", above=not self.topmost, below=True)
        yield Tile("", TextLines(id="lines"), id="answer", above=True)

    def describe(self, record: Any, wall: Wall) -> tuple[str, list[Line]]:
        """The title and the lines of the answer for a record."""
        raise NotImplementedError

    def reload(self) -> None:
        super().reload()
        self._ask_answer()

    @on(Grid.Moved, "#list")
    def _moved(self) -> None:
        self._ask_answer()

    def on_resize(self) -> None:
        super().on_resize()
        self._show_answer()

    def _ask_answer(self) -> None:
        key, table, policy = self.grid.cursor_key, self.table(), self.view.policy
        if key is not None:
            self.ask("answer", lambda session, clock: table.one(session, clock, key, policy=policy), self._take)

    def _take(self, record: Any) -> None:
        self._chosen = record
        self._show_answer()

    def _show_answer(self) -> None:
        if self._chosen is not None:
            title, lines = self.describe(self._chosen, self.view.wall)
            self.query_one("#answer", Tile).retitle(title, "Enter opens")
            self.query_one("#lines", TextLines).show(lines)
