"""A list with the chosen row's answer below it, without a key."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on
from textual.widget import Widget

from console.format import Wall
from console.panes.listing import Listing
from widgets.cells import Line
from widgets.grid import Grid
from widgets.textlines import TextLines
from widgets.tile import Tile

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.clock import Clock


class AnsweredListing(Listing):
    """The list in one tile, and what there is to say of the row under the cursor in another."""

    DEFAULT_CSS = """
    AnsweredListing #answer { height: 6; }
    AnsweredListing.-wide #answer { height: 7; }
    """

    def __init__(self, words: str = "") -> None:
        super().__init__(words)
        self._chosen: Any = None
        self._unanswered = False

    def body(self) -> Iterable[Widget]:
        yield Tile(self.heading(), self.make_grid(), id="rows", above=not self.topmost, below=True)
        yield Tile("", TextLines(id="lines"), id="answer", above=True)

    def describe(self, record: Any, wall: Wall) -> tuple[str, list[Line]]:
        """The title and the lines of the answer for a record."""
        raise NotImplementedError

    def look_up(self, session: Session, clock: Clock, key: str) -> Any:
        """What the answer for a row is made of: its record, unless a pane needs more."""
        return self.table().one(session, clock, key, policy=self.view.policy)

    def rehearse(self) -> None:
        for row in self.source(self.asked).page(0, 1).rows:
            self.view.ask(partial(self.look_up, key=row.key))

    def reload(self) -> None:
        super().reload()
        self._ask_answer()

    @on(Grid.Moved, "#list")
    def _moved(self) -> None:
        self._ask_answer()

    def on_resize(self) -> None:
        super().on_resize()
        self._show_answer(self._chosen)

    def _ask_answer(self) -> None:
        """One reading at a time: a row that the cursor only passed on its way is never looked up."""
        asking = self._asking.get("answer")
        self._unanswered = asking is not None and not asking.is_finished
        if self._unanswered:
            return
        key = self.grid.cursor_key

        def take(record: Any) -> None:
            if key == self.grid.cursor_key:  # else its row has gone, or the cursor has
                self._take(record)
            if self._unanswered:
                self.call_later(self._ask_answer)  # once this reading is over

        if key is not None:
            self.ask("answer", lambda session, clock: self.look_up(session, clock, key), take)
        elif self.grid.total == 0:
            self._take(None)

    def _take(self, record: Any) -> None:
        self._show_answer(record)
        self._chosen = record  # which can be shown again, at another size

    def _show_answer(self, record: Any) -> None:
        title, lines = ("", []) if record is None else self.describe(record, self.view.wall)
        self.query_one("#answer", Tile).retitle(title, "Enter opens" if title else "")
        self.query_one("#lines", TextLines).show(lines)
