"""The signs the widgets draw with: one set of box and block glyphs, and one of plain ASCII.

Box and block glyphs are of East Asian *ambiguous* width: some terminals in Chinese locales draw them two cells wide.
The app finds that out once at its start and calls `choose(ASCII)` before it composes anything; widgets ask `current()`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """The pieces of a frame, one cell each; `corners` are keyed by the sides their lines leave to: "es" is ┌."""

    horizontal: str
    vertical: str
    corners: dict[str, str]


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of signs; every field is text of one cell a character."""

    act: str
    watch: str
    nothing: str
    unknown: str
    loaded: str
    ready: str
    full: str
    free: str
    possible: str
    levels: str
    marked: str
    ellipsis: str
    crumb: str
    single: Frame
    double: Frame


def _frame(lines: str, corners: str) -> Frame:
    joins = ("es", "sw", "ne", "nw", "esw", "new", "nes", "nsw", "nesw")
    return Frame(lines[0], lines[1], dict(zip(joins, corners, strict=True)))


UNICODE = Glyphs(
    act="▲",
    watch="◆",
    nothing="·",
    unknown="?",
    loaded="█",
    ready="▓",
    full="█",
    free="·",
    possible="▒",
    levels="▁▂▃▄▅▆▇█",
    marked="✓",
    ellipsis="…",
    crumb="▸",
    single=_frame("─│", "┌┐└┘┬┴├┤┼"),
    double=_frame("═║", "╔╗╚╝╦╩╠╣╬"),
)
ASCII = Glyphs(
    act="!",
    watch="*",
    nothing=".",
    unknown="?",
    loaded="#",
    ready="=",
    full="#",
    free=".",
    possible=":",
    levels=".:-=+*%#",
    marked="+",
    ellipsis="~",
    crumb=">",
    single=_frame("-|", "+++++++++"),
    double=_frame("=|", "+++++++++"),
)

_TO_ASCII = str.maketrans(
    {
        **{getattr(UNICODE, name): getattr(ASCII, name) for name in ("act", "watch", "nothing", "loaded", "ready")},
        **{getattr(UNICODE, name): getattr(ASCII, name) for name in ("marked", "ellipsis", "crumb")},
        "─": "-",
        "═": "=",
        **dict.fromkeys("│║", "|"),
        **dict.fromkeys("┌┐└┘┬┴├┤┼╔╗╚╝╦╩╠╣╬", "+"),
        "▒": ":",
        "°": "",
        "↑": "^",
        "↓": "v",
        "←": "<",
        "→": ">",
    }
)

_current = UNICODE


def choose(glyphs: Glyphs) -> None:
    """Draw with this set from now on. Called once, by the app, before it composes its screens."""
    global _current  # noqa: PLW0603  # a fact about the terminal, learnt once for the whole process
    _current = glyphs


def current() -> Glyphs:
    """The set that was chosen."""
    return _current


def spell(text: str) -> str:
    """Our own text (key hints, rules, bars) as the chosen set spells it; upstream text never comes here."""
    return text.translate(_TO_ASCII) if _current is ASCII else text
