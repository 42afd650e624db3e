"""How a grid's rows become strips: columns placed, cells cut and padded, strips kept until their look changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.cache import LRUCache
from textual.strip import Strip
from textual.widget import Widget

from widgets import glyphs
from widgets.cells import Cell, Span, fit_cell, fit_text, to_strip
from widgets.columns import Column, Placed, fit
from widgets.rows import Row
from widgets.styles import StyleTable

NOTED = "n"
"""Before a row on which somebody wrote a note: the key that writes one."""


STRIPS = 256
"""Rows that are kept as they were drawn: some screenfuls; each takes 2 kB."""


class Look(NamedTuple):
    """How a row is drawn besides its cells: `cursor` is "", "cursor" or "cursor-blurred"."""

    cursor: str
    marked: bool
    noted: bool = False


class RowPainter:
    """Draws the heading and the rows of one grid; a row that was drawn before costs a look-up."""

    def __init__(self, widget: Widget, columns: Sequence[Column], gutter: int) -> None:
        self.columns = tuple(columns)
        self.gutter = gutter
        self.placed: tuple[Placed, ...] = ()
        self.width = 0
        self.style_of = StyleTable(widget)
        self._strips: LRUCache[tuple[tuple[Cell, ...], Look], Strip] = LRUCache(STRIPS)
        self.fit(0)

    def fit(self, room: int) -> None:
        """Place the columns in `room` cells; `width` is what they and the gutter take, at least `room`."""
        self.placed = fit(self.columns, room - self.gutter, self.gutter)
        self.width = max(room, self.placed[-1].x + self.placed[-1].width) if self.placed else room
        self._strips.clear()

    def restyle(self) -> None:
        """The theme or the widget's styles changed: draw everything anew."""
        self.style_of.clear()
        self._strips.clear()

    def heading_spans(self) -> list[Span]:
        """The column titles in their places."""
        spans: list[Span] = [(" " * self.gutter, "")]
        for place in self.placed:
            spans.append((fit_text(glyphs.spell(place.column.title), place.width, place.column.align), "header"))
            spans.append((" " * place.column.gap, ""))
        return spans

    def heading_strip(self) -> Strip:
        """The heading as wide as the rows."""
        return to_strip(self.heading_spans(), self.style_of).adjust_cell_length(self.width, self.style_of(""))

    def row_strip(self, row: Row, look: Look) -> Strip:
        """The row in this look, as wide as all its columns."""
        strip = self._strips.get((row.cells, look))
        if strip is None:
            strip = to_strip(self._row_spans(row, look), lambda name: self.style_of(name, look.cursor))
            strip = strip.adjust_cell_length(self.width, self.style_of("", look.cursor))
            if look.cursor == "cursor-blurred":
                strip = self.style_of.rest(strip)
            self._strips[row.cells, look] = strip
        return strip

    def _row_spans(self, row: Row, look: Look) -> list[Span]:
        spans: list[Span] = []
        if self.gutter:
            noted = (NOTED, "mark") if look.noted else (" ", "")
            spans.append((glyphs.current().marked, "mark") if look.marked else noted)
        for place in self.placed:
            spans += fit_cell(row.cells[place.nth], place.width, place.column.align)
            spans.append((" " * place.column.gap, ""))
        return spans
