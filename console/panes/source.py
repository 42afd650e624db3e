"""Rows of a grid out of a view of the storage package: asked page by page in the grid's thread, by the view's clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from console import format as written
from console.format import Wall
from console.view import View
from widgets.rows import Found, Page, Row

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.clock import Clock
    from storage.queries.criteria import Criteria, Sort
    from storage.queries.views import Page as Read
    from storage.queries.views import Row as Record
    from storage.queries.views import View as Table

R = TypeVar("R", bound="Record")


KINDS = {"trains": "train", "containers": "box", "customs": "declaration", "yard": "block", "feeds": "feed"}
"""Name of a table to what each of its records is, as notes call it."""


class Asked(NamedTuple):
    """What a list is asked to show: the words typed, within a preset, sorted by columns (else as the preset is)."""

    words: str = ""
    sort: str = ""
    preset: str = ""


class _Seen(NamedTuple, Generic[R]):
    """A page, how many records there are without any filter, ids of those with a note, feeds that have not come."""

    page: Read[R]
    everything: int
    noted: Collection[str]
    missing: Sequence[str]


class TableSource(Generic[R]):
    """A `widgets.rows.Source`: the records of `table` that are asked for, each written as a row of cells.

    A filter or a sort that cannot be understood raises `UsageError` when the first page is asked for. `everything` is
    how many records there are without any filter, `missing` the feed of theirs that has not come, as last read.
    """

    def __init__(self, view: View, table: Table[R], asked: Asked, write: Callable[[R, Wall], Row]) -> None:
        self._view = view
        self._table = table
        self._asked = asked
        self._write = write
        self.everything = 0
        self.missing: Sequence[str] = ()

    def page(self, offset: int, limit: int) -> Page:
        """At most `limit` rows from the `offset`-th on."""
        criteria, sort = self._criteria()
        policy = self._view.policy

        def read(session: Session, clock: Clock) -> _Seen[R]:
            return self._seen(
                session,
                clock,
                criteria,
                self._table.page(session, clock, criteria, sort, offset=offset, limit=limit, policy=policy),
            )

        return self._written(self._view.ask(read))

    def around(self, key: str, above: int, limit: int) -> Found | None:
        """At most `limit` rows, from `above` rows before that of this key on; None when it is not among the rows."""
        criteria, sort = self._criteria()
        policy = self._view.policy

        def read(session: Session, clock: Clock) -> tuple[int, _Seen[R]] | None:
            found = self._table.around(session, clock, key, criteria, sort, above=above, limit=limit, policy=policy)
            return found and (found.place, self._seen(session, clock, criteria, found.page))

        found = self._view.ask(read)
        if found is None:
            return None
        place, seen = found
        return Found(place, seen.page.offset, self._written(seen))

    def _seen(self, session: Session, clock: Clock, criteria: Criteria, page: Read[R]) -> _Seen[R]:
        """A page with all that is said beside it."""
        from storage.queries.criteria import Sort
        from storage.queries.feeds import uncounted

        everything = page.total
        if criteria.terms:
            everything = self._table.page(session, clock, sort=Sort(), limit=0).total
        return _Seen(page, everything, self._noted(session, clock, page.rows), uncounted(session, self._table))

    def _written(self, seen: _Seen[R]) -> Page:
        self.everything, self.missing, wall = seen.everything, seen.missing, self._view.wall
        rows = [self._write(record, wall) for record in seen.page.rows]
        rows = [row._replace(noted=row.key in seen.noted) for row in rows]
        return Page(seen.page.total, rows, written.not_come(seen.missing))

    def _noted(self, session: Session, clock: Clock, records: Sequence[R]) -> Collection[str]:
        """Ids of those on which somebody wrote a note."""
        from storage import notes

        kind = KINDS.get(self._table.name)
        return notes.counts(session, clock, kind, [record.id for record in records]) if kind else ()

    def _criteria(self) -> tuple[Criteria, Sort]:
        preset = next((preset for preset in self._table.presets if preset.name == self._asked.preset), None)
        words = f"{preset.filter if preset else ''} {self._asked.words}"
        return self._table.filter(words), self._table.sort(self._asked.sort or (preset.sort if preset else ""))
