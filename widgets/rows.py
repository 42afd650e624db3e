"""What a grid shows: rows of plain cells, a page at a time, from a source it asks in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from widgets.cells import Cell


class Row(NamedTuple):
    """One row: a key that stays the same while its place and its values change, and a cell for each declared column.

    `noted`: somebody wrote a note on it.
    """

    key: str
    cells: tuple[Cell, ...]
    noted: bool = False


class Page(NamedTuple):
    """`rows` from the asked offset on, and how many there are in all under the source's filter.

    `empty`: why there are none, where it is another reason than the grid was given.
    """

    total: int
    rows: Sequence[Row]
    empty: str = ""


class Found(NamedTuple):
    """Where a row stands among all rows, and the page about it, which begins with row `offset`."""

    place: int
    offset: int
    page: Page


class Source(Protocol):
    """Rows under one filter and sort. Asked in a thread, never on the event loop, and never by two threads at once.

    It may raise: the grid keeps what it has and says so (`Grid.Failed`).
    """

    def page(self, offset: int, limit: int) -> Page:
        """At most `limit` rows from the `offset`-th on."""
        ...

    def around(self, key: str, above: int, limit: int) -> Found | None:
        """At most `limit` rows, from `above` rows before that of this key on; None when it is not among the rows."""
        ...


class ListSource:
    """A source over rows at hand, for short lists."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def page(self, offset: int, limit: int) -> Page:
        """At most `limit` rows from the `offset`-th on."""
        return Page(len(self._rows), self._rows[offset : offset + limit])

    def around(self, key: str, above: int, limit: int) -> Found | None:
        """At most `limit` rows, from `above` rows before that of this key on; None when it is not among the rows."""
        place = next((place for place, row in enumerate(self._rows) if row.key == key), None)
        if place is None:
            return None
        offset = max(0, place - above)
        return Found(place, offset, self.page(offset, limit))


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of rows a grid holds: those in sight and some around them."""

    total: int = 0
    offset: int = 0
    rows: Sequence[Row] = ()
    empty: str = ""

    def at(self, index: int) -> Row | None:
        """The row at `index` of all rows, if it is held."""
        place = index - self.offset
        return self.rows[place] if 0 <= place < len(self.rows) else None

    def find(self, key: str | None) -> int | None:
        """Where the row of this key stands among all rows, if it is held."""
        return next((self.offset + place for place, row in enumerate(self.rows) if row.key == key), None)

    def covers(self, first: int, last: int) -> bool:
        """Whether every row that exists from `first` up to, not including, `last` is held."""
        first, last = max(0, first), min(last, self.total)
        return first >= last or (self.offset <= first and last <= self.offset + len(self.rows))
