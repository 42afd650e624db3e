"""The console's themes: one of our own with colours, and the terminal's own sixteen where colour is short or unwanted.

States are words and glyphs first; the colours only repeat them, so every theme is complete without hue.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

DRYPORT = Theme(
    name="dryport",
    dark=True,
    primary="#6ea8fe",
    secondary="#8fa3bf",
    accent="#c39bf0",
    foreground="#d7dde5",
    background="#10151b",
    surface="#10151b",
    panel="#1a222c",
    success="#6fbf8b",
    warning="#e3b341",
    error="#ff7b72",
    variables={"block-cursor-background": "#2f4a6b"},
)
ANSI = "ansi-dark"


def theme_name(environment: Mapping[str, str], setting: str = "auto") -> str:
    """The theme for this terminal: `setting` is auto, truecolor, 16 or none.

    NO_COLOR with one of Textual's own themes still sends grey 24-bit colours; only an ansi theme leaves the terminal's
    own colours alone. A terminal of sixteen colours gets them too, rather than the nearest to twenty-four bits.
    """
    if setting in {"16", "none"} or "NO_COLOR" in environment:
        return ANSI
    if setting == "truecolor":
        return DRYPORT.name
    kind = environment.get("TERM", "")
    rich = environment.get("COLORTERM", "") in {"truecolor", "24bit"} or "256" in kind
    few = kind.split("-")[0] in {"linux", "screen", "vt100", "vt220", "ansi"}
    return ANSI if few and not rich else DRYPORT.name
