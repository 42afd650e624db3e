"""The styles of states, by name, resolved against the theme that is on.

Cells and spans carry a *name* out of `STYLES`, never a colour, so a theme change restyles what is on the screen. Every
style but `STRUCK` is ink only (colour of the letters, bold, dim): blanks after a styled word can then share its escape
sequence. A state is never told by colour alone: callers put a word or glyph beside it; bold and dim survive themes
without colour.
"""

from __future__ import annotations

from rich.style import Style as RichStyle
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

STRUCK = "struck"
"""What no longer holds. The one style that is seen on a blank too: it is not stretched over those behind it."""
STYLES: dict[str, str] = {
    "": "",
    # risk
    "act": "bold $text-error",
    "watch": "bold $text-warning",
    "ok": "$text-success",
    "unknown": "$text-accent",
    # freshness
    "live": "$text-success",
    "late": "bold $text-warning",
    "stale": "bold $text-error",
    "past": "bold $text-accent",
    # readiness classes
    "loaded": "$text-success",
    "ready": "$text-primary",
    "customs": "$text-warning",
    "held": "bold $text-error",
    "due": "$text-secondary",
    "no-eta": "$text-accent",
    "missed": "bold $text-error",
    # text
    "strong": "bold",
    "dim": "dim",
    STRUCK: "dim strike",
    "link": "$text-primary",
    "mark": "bold $text-accent",
    "header": "bold",
    "title": "bold $text-primary",
    "rule": "dim",
    "error": "bold $text-error",
}
"""Name -> Textual style. An unknown name is drawn plain: a new state must never crash a screen."""

CURSOR = "on $block-cursor-background 45%"
CURSOR_BLURRED = "on $block-cursor-background 18%"


class StyleTable:
    """Names -> Rich styles on a widget's own background; `clear()` it whenever the widget's styles change."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._resolved: dict[tuple[str, str], RichStyle] = {}

    def clear(self) -> None:
        """Forget what was resolved: the theme or the widget's CSS changed."""
        self._resolved.clear()

    def __call__(self, name: str, row: str = "") -> RichStyle:
        """The style for `name`; `row` is "", "cursor" or "cursor-blurred"."""
        style = self._resolved.get((name, row))
        if style is None:
            style = self._resolved[name, row] = self._resolve(name, row)
        return style

    def rest(self, strip: Strip) -> Strip:
        """The cursor's row in a grid without the keys: without a background to tell it, its first cell is a block.

        A whole line underlined would read as a rule.
        """
        if not self._widget.app.native_ansi_color:
            return strip
        return Strip.join([strip.crop(0, 1).apply_style(RichStyle(reverse=True)), strip.crop(1)])

    def _resolve(self, name: str, row: str) -> RichStyle:
        ink = Style.parse(STYLES.get(name, ""))
        base = self._widget.visual_style
        if not row:
            return (base + ink).rich_style
        if self._widget.app.native_ansi_color:
            # Coloured letters reversed are coloured blocks: a cursor of the terminal's own colours is one plain bar.
            look = Style(bold=ink.bold, reverse=True) if row == "cursor" else ink
            return (base + look).rich_style
        return (base + Style.parse(CURSOR if row == "cursor" else CURSOR_BLURRED) + ink).rich_style
