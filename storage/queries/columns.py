"""Columns of a view: one declaration for the console's grid, headless output, filters and sorts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Literal

from sqlalchemy import ColumnElement

from storage.errors import UsageError

Kind = Literal["text", "number", "time", "duration", "yes_no"]
"""Python type of a value: str, int or float, aware datetime in UTC, timedelta, bool; always None when unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of a view; its `key` is the attribute of the row, and its name in filters and sorts.

    `expression` gives its value in SQL; without one it is worked out row by row. Plain filter words look into the
    columns with `words`; `compact` values, such as container numbers, match however the word is spaced. `order` ranks
    codes that have an order of their own.
    """

    key: str
    title: str
    kind: Kind
    doc: str
    unit: str = ""
    expression: ColumnElement[Any] | None = None
    words: bool = False
    compact: bool = False
    order: tuple[str, ...] = ()

    def rank(self, row: object) -> Any:
        """What a row is sorted by; None when unknown."""
        value = getattr(row, self.key)
        if self.order and value is not None:
            return self.order.index(value) if value in self.order else len(self.order)
        return value


def to_milliseconds(span: timedelta) -> int:
    """A duration as an SQL expression of milliseconds compares with it."""
    return span // timedelta(milliseconds=1)


def column_named(columns: Sequence[Column], key: str, view: str) -> Column:
    """The column of that key; `UsageError` names the nearest one."""
    known = {column.key: column for column in columns}
    wanted = key.lower().replace("-", "_")
    if wanted in known:
        return known[wanted]
    near = get_close_matches(wanted, known, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(known)}."
    raise UsageError(f"'{key}' is no column of {view}: {hint}")
