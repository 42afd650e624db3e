"""The colours of a map's characters: a few quantised levels, and a few kinds told apart. Each has its sign besides.

A full frame of a large map costs little because neighbours of one level share one escape sequence.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style as RichStyle
from textual.message import Message
from textual.style import Style
from textual.widget import Widget

from widgets.cells import Line
from widgets.styles import STYLES, StyleTable
from widgets.textlines import MadeLines

HEATS: dict[str, tuple[str, str]] = {
    "": ("on #121212", "dim"),
    # how much of something there is
    "low": ("on #303030", ""),
    "middle": ("on #005f87", "$text-primary"),
    "high": ("on #875f00", "$text-warning"),
    "full": ("on #870000", "bold $text-error"),
    # kinds: what one is, not how much
    "kind-1": ("on #005f87", "$text-primary"),
    "kind-2": ("on #005f5f", "$text-success"),
    "kind-3": ("on #875f00", "$text-warning"),
    "kind-4": ("on #5f5f87", "$text-accent"),
    "kind-5": ("on #5f005f", "$text-secondary"),
    "kind-6": ("on #5f5f00", "bold"),
}
"""Name -> style on a screen of many colours, and ink alone where the terminal's own sixteen colours are used.

The backgrounds are colours that a terminal knows by a number (`widgets.pen.PALETTE`).
"""
KINDS = tuple(name for name in HEATS if name.startswith("kind-"))


class HeatTable:
    """Names -> Rich styles on a widget's own background; `clear()` it whenever the widget's styles change."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._resolved: dict[tuple[str, str], RichStyle] = {}

    def clear(self) -> None:
        """Forget what was resolved: the theme or the widget's CSS changed."""
        self._resolved.clear()

    def __call__(self, heat: str, cursor: str = "") -> RichStyle:
        """The style of a heat; `cursor` is "", "cursor" or "cursor-blurred"."""
        style = self._resolved.get((heat, cursor))
        if style is None:
            colourful, inked = HEATS.get(heat, ("", ""))
            chosen = inked if self._widget.app.native_ansi_color else colourful
            style = (self._widget.visual_style + Style.parse(chosen)).rich_style
            if cursor == "cursor":
                style += RichStyle(bold=True, dim=False, reverse=True)
            elif cursor:
                style += RichStyle(bold=True, dim=False, underline=True)
            self._resolved[heat, cursor] = style
        return style


class Legend(MadeLines):
    """Lines whose spans may be styled by the name of a heat: samples of what a map is drawn with."""

    class Wrapped(Message):
        """At its width it takes another number of lines than before."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines_wanted = 0
        self._heat_of = HeatTable(self)
        self._style_of = _HeatsToo(self, self._heat_of)

    def layout_lines(self, width: int) -> Sequence[Line]:
        lines = super().layout_lines(width)
        before, self.lines_wanted = self.lines_wanted, len(lines)
        if before != len(lines):
            self.post_message(self.Wrapped())
        return lines

    def notify_style_update(self) -> None:
        self._heat_of.clear()
        super().notify_style_update()


class _HeatsToo(StyleTable):
    """Names of heats and of styles; a heat's name is never a style's."""

    def __init__(self, widget: Widget, heat_of: HeatTable) -> None:
        super().__init__(widget)
        self._heat_of = heat_of

    def __call__(self, name: str, row: str = "") -> RichStyle:
        """The style for `name`."""
        return self._heat_of(name) if name in HEATS and name not in STYLES else super().__call__(name, row)
