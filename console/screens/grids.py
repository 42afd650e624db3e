"""Screens with grids: opening, marking and copying rows, in whichever grid has the keys."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual import on

from console import clipboard
from console.panes.message import rows_message
from console.screens.base import ConsoleScreen
from console.screens.copied import CopiedScreen
from console.watch import explained
from widgets.columns import Column
from widgets.grid import Grid
from widgets.rows import Row, Source

MOST_COPIED = 500
"""Rows in one message; more is an export, not something to read."""


class Part(NamedTuple):
    """What a grid of this screen shows now."""

    noun: str
    columns: Sequence[Column]
    source: Source


class GridScreen(ConsoleScreen):
    """A screen of one or more grids, each with an id; `fill` says what is in them."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: dict[str, Part] = {}
        self._failing = False

    def fill(self, grid: Grid, part: Part, empty: str = "", *, sorted_anew: bool = False) -> None:
        """Show this in a grid; the cursor stays on its row if it is among the new ones; see `Grid.show`."""
        self._parts[grid.id or ""] = part
        grid.show(part.source, empty=empty, sorted_anew=sorted_anew)

    @property
    def active(self) -> Grid:
        """The grid that has the keys; the first one while none has."""
        return self.focused if isinstance(self.focused, Grid) else self.query(Grid).first()

    def focus_main(self) -> None:
        self.active.focus()

    def reload(self) -> None:
        for grid in self.query(Grid):
            if grid.id in self._parts:
                grid.reload()

    @property
    def is_reading(self) -> bool:
        return super().is_reading or any(grid.is_reading for grid in self.query(Grid))

    # ---------------------------------------------------------------------------------------------- errors, said once

    @on(Grid.Failed)
    def _grid_failed(self, message: Grid.Failed) -> None:
        self._failing = True
        self.rows_failed()
        self.port.say(explained(message.error))

    @on(Grid.Loaded)
    def _recovered(self) -> None:
        if self._failing:
            self._failing = False
            self.port.say("")
        self.rows_came()

    # ------------------------------------------------------------------------------------------------------ commands

    def do_open(self, _argument: str) -> None:
        """Open the row under the cursor."""
        self.active.action_open()

    def do_mark(self, _argument: str) -> None:
        """Mark the row under the cursor, or unmark it."""
        self.active.action_mark()

    def do_unmark(self, _argument: str) -> None:
        """Unmark every row."""
        self.active.clear_marks()

    def do_copy(self, _argument: str) -> None:
        """Copy the marked rows, or the one under the cursor, as a message."""
        grid = self.active
        part = self._parts.get(grid.id or "")
        keys = grid.marks or frozenset({grid.cursor_key} if grid.cursor_key else ())
        if part is None or not keys:
            self.port.say("There is no row to copy.")
        elif len(keys) > MOST_COPIED:
            self.port.say(f"{len(keys)} rows are too many for a message, {MOST_COPIED} at most: 'dryport --help'.")
        else:
            self.run_worker(self._copy(part, keys), group="copy", exclusive=True)

    async def _copy(self, part: Part, keys: frozenset[str]) -> None:
        try:
            rows = await asyncio.to_thread(_rows_of, part.source, keys)
        except Exception as error:  # noqa: BLE001  # as for every reading: said, and nothing else happens
            self.port.say(explained(error))
            return
        heading = f"{self.port.site_title}, {part.noun}, {self.view.wall.stamp()}, data {self.fresh().word}"
        await self.send_copy(rows_message(heading, part.columns, rows, missing=len(keys) - len(rows)))

    async def send_copy(self, text: str) -> None:
        """Send the text towards the clipboard, and show it with what is known of its way."""
        sequences: list[str] = []
        said = await asyncio.to_thread(clipboard.send, text, self.port.appearance.clipboard, sequences.append)
        for sequence in sequences:
            self.port.write_raw(sequence)
        self.app.push_screen(CopiedScreen(text, said, self.port.write_copy))


def _rows_of(source: Source, keys: Iterable[str]) -> list[Row]:
    """These rows as they are now, in the order of the list."""
    found = [found for key in keys if (found := source.around(key, 0, 1)) is not None]
    return [row for each in sorted(found, key=lambda each: each.place) for row in each.page.rows]
