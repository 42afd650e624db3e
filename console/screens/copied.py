"""What was copied, to select by hand where the clipboard does not reach, and to write to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from widgets.popup import Popup


class CopiedScreen(ModalScreen[None]):
    """Shows the message and what is known of its way; `write` puts it into a file and gives the path."""

    DEFAULT_CSS = """
    CopiedScreen { align: center middle; background: $background 60%; }
    CopiedScreen Popup { width: 100%; max-height: 90%; }
    CopiedScreen VerticalScroll { height: auto; max-height: 100%; }
    CopiedScreen Static { width: 100%; height: auto; }
    CopiedScreen .said { text-style: bold; }
    """
    BINDINGS = [
        Binding("escape,q,enter", "leave", "Back", show=False),
        Binding("w", "write", "Write to a file", show=False),
    ]

    def __init__(self, text: str, said: str, write: Callable[[str], Path]) -> None:
        super().__init__()
        self._text = text
        self._said = said
        self._write = write

    def compose(self) -> ComposeResult:
        with Popup():
            yield Static(Content(f"Copy: {self._said}.   w write to a file   Esc back"), classes="said")
            with VerticalScroll():
                yield Static(Content(self._text))

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_write(self) -> None:
        try:
            said = f"written to {self._write(self._text)}"
        except OSError as error:
            said = f"could not be written: {error.strerror or error}"
        self.query_one(".said", Static).update(Content(f"Copy: {said}.   Esc back"))
