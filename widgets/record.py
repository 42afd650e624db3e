"""Everything about one thing on a page: sections of labels and values, some of which lead on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from widgets import glyphs
from widgets.cells import Cell, Line, fit_text, literal
from widgets.columns import Column
from widgets.grid import Grid
from widgets.rows import ListSource, Row

WIDEST_LABEL = 24


class Field(NamedTuple):
    """A label and its value: literal text in one style, or spans. With a `target`, Enter on it leads there."""

    label: str
    value: str | Line
    style: str = ""
    target: str = ""


class Section(NamedTuple):
    """Fields under a title."""

    title: str
    fields: Sequence[Field]


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at blanks, and within a word only when it is wider alone."""
    width = max(width, 2)  # the widest character must fit
    lines = [""]
    for word in literal(text).split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        rest = word
        while cell_len(rest) > width:
            head = set_cell_size(rest, width).rstrip(" ")
            lines[-1] = head
            lines.append("")
            rest = rest[len(head) :]
        lines[-1] = rest
    return lines


class Record(Grid):
    """Shows sections of fields, one below the other, long values wrapped; the cursor goes over their lines.

    It is a grid of one column, so it costs what a grid costs: a changed value sends its own line.
    """

    class Followed(Grid.About):
        """Enter on a field with a target."""

        def __init__(self, grid: Grid, target: str) -> None:
            super().__init__(grid)
            self.target = target

    def __init__(self, sections: Sequence[Section] = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__([Column("line", "", 1, grow=True)], heading=False, id=id, classes=classes)
        self._sections = tuple(sections)
        self._targets: dict[str, str] = {}

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Show these; the cursor stays on its field."""
        self._sections = tuple(sections)
        if self.size.width:
            self._lay_out()

    def on_resize(self) -> None:
        super().on_resize()
        self._lay_out()

    def action_open(self) -> None:
        target = self._targets.get(self.cursor_key or "")
        if target:
            self.post_message(self.Followed(self, target))

    def _lay_out(self) -> None:
        labels = [cell_len(literal(field.label)) for section in self._sections for field in section.fields]
        label_width = min(max(labels, default=0), WIDEST_LABEL)
        rows: list[Row] = []
        self._targets = {}
        for place, section in enumerate(self._sections):
            if place:
                rows.append(Row(f"{section.title}/above", (Cell(),)))
            rows.append(Row(section.title, (Cell(section.title, "title"),)))
            for field in section.fields:
                rows += self._field_rows(section.title, field, label_width)
        self.show(ListSource(rows))

    def _field_rows(self, section: str, field: Field, label_width: int) -> list[Row]:
        room = self.size.width - label_width - 4
        if isinstance(field.value, str):
            style = field.style or ("link" if field.target else "")
            lines: list[Line] = [[(text, style)] for text in wrap(field.value, room)]
        else:
            lines = [field.value]
        rows: list[Row] = []
        for number, line in enumerate(lines):
            key = f"{section}/{field.label}/{number}"
            label = fit_text("" if number else field.label, label_width)
            sign = glyphs.current().crumb if field.target and not number else " "
            rows.append(Row(key, (Cell(spans=((f"  {label} ", "dim"), (sign, "link"), *line)),)))
            if field.target:
                self._targets[key] = field.target
        return rows
