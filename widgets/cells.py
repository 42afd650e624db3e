"""Text in cells: literal, cut and padded to a width, made into strips. Pure functions on plain values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets import glyphs
from widgets.styles import STRUCK

Align = Literal["left", "right"]
Span = tuple[str, str]
"""A piece of text and the name of its style (`widgets.styles.STYLES`)."""
Line = Sequence[Span]

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ud800-\udfff]"
)


def literal(text: str) -> str:
    """The text with every control, bidi and zero-width character shown as U+FFFD: the second wall behind ingest."""
    if text.isprintable():
        return text
    return _UNSAFE.sub("\ufffd", text)


class Cell(NamedTuple):
    """One value of a row: `text` in one `style`, or `spans` of several styles (a bar), which then stand instead."""

    text: str = ""
    style: str = ""
    spans: tuple[Span, ...] = ()

    @property
    def plain(self) -> str:
        """What a reader without styles sees."""
        return "".join(text for text, _ in self.spans) if self.spans else self.text


def width_of(line: Line) -> int:
    """Cells the line takes; wide (Chinese) characters take two."""
    return sum(cell_len(literal(text)) for text, _ in line)


def fit_text(text: str, width: int, align: Align = "left") -> str:
    """`text` in exactly `width` cells: padded, or cut with an ellipsis. Never half a wide character."""
    text = literal(text)
    room = width - cell_len(text)
    if room < 0:
        return set_cell_size(text, width - 1) + glyphs.current().ellipsis if width > 0 else ""
    return " " * room + text if align == "right" else text + " " * room


def fit_line(line: Line, width: int, align: Align = "left") -> list[Span]:
    """Spans in exactly `width` cells: padded, or cut with an ellipsis."""
    room = width - width_of(line)
    if room >= 0:
        pad = (" " * room, "")
        spans = [(literal(text), style) for text, style in line]
        return [pad, *spans] if align == "right" else [*spans, pad]
    fitted: list[Span] = []
    left = width
    for text, style in line:
        size = cell_len(literal(text))
        # The span that takes the last cell is cut too, so that the ellipsis says something is missing.
        if size >= left:
            fitted.append((fit_text(text + " " * left, left), style) if left > 0 else ("", style))
            break
        fitted.append((literal(text), style))
        left -= size
    return fitted


def fit_cell(cell: Cell, width: int, align: Align = "left") -> list[Span]:
    """The cell in exactly `width` cells."""
    if cell.spans:
        return fit_line(cell.spans, width, align)
    return [(fit_text(cell.text, width, align), cell.style)]


def to_strip(line: Iterable[Span], style_of: Callable[[str], Style]) -> Strip:
    """A strip of as few segments as show the line the same: blanks go with what stands before them.

    Styles are ink only, so a blank looks alike in all of them, and every segment saved is an escape sequence saved.
    """
    merged: list[Span] = []
    for text, style in line:
        if not text:
            continue
        if merged and (style == merged[-1][1] or (text.isspace() and merged[-1][1] != STRUCK)):
            merged[-1] = (merged[-1][0] + text, merged[-1][1])
        else:
            merged.append((text, style))
    return Strip([Segment(text, style_of(style)) for text, style in merged])
