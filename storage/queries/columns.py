"""Columns of a view: one declaration for the console's grid, headless output, filters and sorts."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple

from sqlalchemy import Boolean, ColumnElement, String, or_, select
from sqlalchemy import Column as SqlColumn
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from storage.errors import UsageError
from storage.identifiers import normalise
from storage.queries.grouped import Share

Kind = Literal["text", "number", "time", "duration", "yes_no"]
"""Python type of a value: str, int or float, aware datetime in UTC, timedelta, bool; always None when unknown."""


class Named(NamedTuple):
    """The `rows` that a word is the name of. Where `known` holds, it is looked for nowhere else."""

    rows: ColumnElement[bool]
    known: ColumnElement[bool]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of a view; its `key` is the attribute of the row, and its name in filters and sorts.

    `expression` gives its value in SQL; without one it is worked out row by row. Plain filter words look into the
    columns with `words`; `names` gives the rows that a word of a shape of its own is the name of, as `B3-06` is of a
    place, and `means` the values that a word stands for, as `40HC` does for 45G1. `compact` values, such as container
    numbers, match however the word is spaced; `parted` ones, such as bills, also when they have a hyphen or space of
    their own. `order` ranks codes that have an order of their own. SQL sorts by `sort_by` where that costs less than
    the expression, or orders better; `shares` count all rows by the first of it. `lookup` (a reference of the row, and
    the name in the table it refers to) finds the few records of that name first, instead of joining every row to its
    own.
    """

    key: str
    title: str
    kind: Kind
    doc: str
    unit: str = ""
    expression: ColumnElement[Any] | None = None
    words: bool = False
    names: Callable[[str], Named | None] | None = None
    means: Callable[[str], Collection[Any]] | None = None
    compact: bool = False
    parted: bool = False
    order: tuple[str, ...] = ()
    sort_by: tuple[ColumnElement[Any], ...] = ()
    shares: tuple[Share, ...] = ()
    lookup: tuple[ColumnElement[Any], SqlColumn[Any]] | None = None

    def meant(self, word: str) -> Collection[Any]:
        """The values that a word stands for, besides those that hold it."""
        return self.means(word) if self.means is not None else ()

    def rank(self, row: object) -> Any:
        """What a row is sorted by; None when unknown."""
        value = getattr(row, self.key)
        if self.order and value is not None:
            return self.order.index(value) if value in self.order else len(self.order)
        return value


_LETTERS_THEN_DIGITS = re.compile(r"([^\W\d_]+)(\d{3,})")


class contains(FunctionElement[bool]):  # noqa: N801  # reads as SQL's own words do
    """`contains(text, pattern)`: LIKE in capitals or not, `pattern` from `like_pattern`.

    SQLite's LIKE does not tell capitals of ASCII apart; lowering both sides first, as is usual, costs twice the time.
    """

    inherit_cache = True
    type = Boolean()


class by_bytes(FunctionElement[str]):  # noqa: N801  # reads as SQL's own words do
    """`by_bytes(text)`: text compared sign by sign, as SQLite does, not by the rules of a language."""

    inherit_cache = True
    type = String()


@compiles(by_bytes)
def _by_bytes(element: by_bytes, compiler: Any, **how: Any) -> str:
    (text,) = (compiler.process(clause, **how) for clause in element.clauses)
    return f'({text} COLLATE "C")'


@compiles(by_bytes, "sqlite")
def _by_bytes_in_sqlite(element: by_bytes, compiler: Any, **how: Any) -> str:
    (text,) = (compiler.process(clause, **how) for clause in element.clauses)
    return str(text)


@compiles(contains)
def _contains_anywhere(element: contains, compiler: Any, **how: Any) -> str:
    return _like(element, compiler, "ILIKE", how)


@compiles(contains, "sqlite")
def _contains_in_sqlite(element: contains, compiler: Any, **how: Any) -> str:
    return _like(element, compiler, "LIKE", how)


def _like(element: contains, compiler: Any, operator: str, how: dict[str, Any]) -> str:
    text, pattern = (compiler.process(clause, **how) for clause in element.clauses)
    return f"({text} {operator} {pattern} ESCAPE '/')"


def like_pattern(text: str) -> str:
    """Anything that holds `text`, whatever signs of LIKE's own stand in it."""
    escaped = text.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return f"%{escaped}%"


def unparted(needle: str) -> tuple[str, tuple[str, str] | None]:
    """`needle` without hyphens and spaces; and its letters and digits, where one may stand between those."""
    signs = normalise(needle)
    shape = _LETTERS_THEN_DIGITS.fullmatch(signs)
    return signs or needle, (shape[1], shape[2]) if shape is not None else None


def holds_parted(value: str, needle: str) -> bool:
    """Whether a `parted` value holds `needle`, as `contained` says it in SQL."""
    signs, shape = unparted(needle)
    return any(wording.lower() in value.lower() for wording in (needle, signs)) or (
        shape is not None and re.search(".".join(shape), value, re.IGNORECASE) is not None
    )


def contained(column: Column, needle: str) -> ColumnElement[bool]:
    """Rows whose value in this column holds `needle`."""
    pattern = like_pattern(needle)
    if column.parted:
        signs, shape = unparted(needle)
        others = [like_pattern(signs)] if signs != needle.upper() else []
        others += ["%" + "_".join(shape) + "%"] if shape is not None else []
        return or_(*(contains(column.expression, each) for each in (pattern, *others)))
    if column.lookup is not None:
        reference, name = column.lookup
        return reference.in_(select(name.table.c.id).where(contains(name, pattern)))
    return contains(column.expression, pattern)


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
