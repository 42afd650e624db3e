"""A short list to choose from: presets, columns to sort by, columns to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from widgets.cells import Cell
from widgets.columns import Column
from widgets.grid import Grid
from widgets.popup import Popup
from widgets.rows import ListSource, Row

AROUND = 5 + 4
"""Cells beside the labels and the notes: numbers and gaps, then the frame."""


class Choice(NamedTuple):
    """One thing to choose: what it is called, and what it means or how it stands now."""

    key: str
    label: str
    note: str = ""


class Chooser(ModalScreen[str | None]):
    """Gives the key of what was chosen with Enter, or by its number, 0 the tenth; None after Esc."""

    DEFAULT_CSS = """
    Chooser { align: center middle; background: $background 60%; }
    Chooser Popup { max-height: 80%; }
    Chooser Static { height: 1; width: auto; text-style: bold; }
    """
    BINDINGS = [
        Binding("escape,q", "cancel", "Cancel", show=False),
        *(Binding(str(number), f"take({number})", show=False) for number in range(10)),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], current: str = "") -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._current = current

    def compose(self) -> ComposeResult:
        labels = max((cell_len(choice.label) for choice in self._choices), default=1)
        room = self.app.size.width - labels - AROUND
        notes = min(room, max((cell_len(choice.note) for choice in self._choices), default=0))
        columns = [Column("number", "", 1), Column("label", "", labels), Column("note", "", max(1, notes))]
        grid = Grid(columns, heading=False)
        grid.styles.height = min(len(self._choices), 16)
        grid.styles.width = max(labels + notes + 5, cell_len(self._title))
        with Popup():
            yield Static(Content(self._title))
            yield grid

    def on_mount(self) -> None:
        grid = self.query_one(Grid)
        rows = [
            Row(
                choice.key,
                (Cell(str(nth % 10) if nth <= 10 else "", "dim"), Cell(choice.label), Cell(choice.note, "dim")),
            )
            for nth, choice in enumerate(self._choices, 1)
        ]
        grid.show(ListSource(rows))
        if self._current:
            grid.select(self._current)
        grid.focus()

    def on_grid_opened(self, message: Grid.Opened) -> None:
        message.stop()
        self.dismiss(message.key)

    def action_take(self, number: int) -> None:
        place = (number or 10) - 1
        if place < len(self._choices):
            self.dismiss(self._choices[place].key)

    def action_cancel(self) -> None:
        self.dismiss(None)
