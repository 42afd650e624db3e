"""What opens over a screen, in a frame of its own."""

from __future__ import annotations

from textual.containers import Vertical
from textual.widget import Widget

from widgets import glyphs


class Popup(Vertical):
    """A frame of box glyphs, or of plain characters where those are chosen."""

    DEFAULT_CSS = """
    Popup { width: auto; height: auto; border: round $primary; padding: 0 1; }
    Popup.-plain { border: ascii $primary; }
    """

    def __init__(self, *children: Widget) -> None:
        super().__init__(*children, classes="-plain" if glyphs.current() is glyphs.ASCII else None)
