"""Rows as a message for people outside: what it is, as of when, how old the data is; then the rows in columns."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.cells import fit_text, literal, width_of
from widgets.columns import Column
from widgets.record import Section
from widgets.rows import Row


def rows_message(heading: str, columns: Sequence[Column], rows: Sequence[Row], missing: int = 0) -> str:
    """Plain text, one line a row, every column as wide as it needs; columns that are blank in all rows are left out.

    `missing` rows were marked and are no longer in the list: that is said, not passed over.
    """
    texts = [[literal(cell.plain).strip() for cell in row.cells] for row in rows]
    used = [place for place in range(len(columns)) if any(text[place] for text in texts)]
    widths = {place: max(width_of([(text[place], "")]) for text in texts) for place in used}
    for place in used:
        widths[place] = max(widths[place], width_of([(columns[place].title, "")]))

    def line(cells: Sequence[str]) -> str:
        return "  ".join(fit_text(cells[place], widths[place], columns[place].align) for place in used).rstrip()

    lines = [heading, line([column.title for column in columns]), *(line(text) for text in texts)]
    if missing:
        lines.append(f"({missing} marked {'row is' if missing == 1 else 'rows are'} no longer in the list)")
    return "\n".join(lines) + "\n"


def record_message(heading: str, sections: Sequence[Section]) -> str:
    """A page of labels and values as plain text."""
    lines = [heading]
    for section in sections:
        lines += ["", section.title]
        for field in section.fields:
            value = field.value if isinstance(field.value, str) else "".join(text for text, _ in field.value)
            lines.append(f"  {field.label}: {literal(value)}" if field.label else f"  {literal(value)}")
    return "\n".join(lines) + "\n"
