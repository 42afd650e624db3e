"""Rows of a grid out of a view of the storage package: asked page by page in the grid's thread, by the view's clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from console import format as written
from console.format import Wall
from console.view import View
from widgets.rows import Page, Row

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.clock import Clock
    from storage.queries.criteria import Criteria, Sort
    from storage.queries.views import Near
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
        self._near: Near | None = None  # what was looked for just now: the page around it is asked for next

    def page(self, offset: int, limit: int) -> Page:
        """At most `limit` rows from the `offset`-th on."""
        from storage.queries.criteria import Sort
        from storage.queries.feeds import uncounted

        criteria, sort = self._criteria()
        policy, wall = self._view.policy, self._view.wall
        near, self._near = self._near, None

        def read(session: Session, clock: Clock) -> tuple[Read[R], int, Collection[str], Sequence[str]]:
            page = self._table.page(
                session, clock, criteria, sort, offset=offset, limit=limit, near=near, policy=policy
            )
            everything = page.total
            if criteria.terms:
                everything = self._table.page(session, clock, sort=Sort(), limit=0).total
            missing = uncounted(session, self._table)
            return page, everything, self._noted(session, clock, page.rows), missing

        page, self.everything, noted, self.missing = self._view.ask(read)
        rows = [self._write(record, wall) for record in page.rows]
        return Page(page.total, [row._replace(noted=row.key in noted) for row in rows], written.not_come(self.missing))

    def _noted(self, session: Session, clock: Clock, records: Sequence[R]) -> Collection[str]:
        """Ids of those on which somebody wrote a note."""
        from storage import notes

        kind = KINDS.get(self._table.name)
        return notes.counts(session, clock, kind, [record.id for record in records]) if kind else ()

    def position(self, key: str) -> int | None:
        """Where the row of this key stands now; None when it is not among the rows."""
        from storage.queries.views import Near

        criteria, sort = self._criteria()
        policy = self._view.policy
        place = self._view.ask(
            lambda session, clock: self._table.position(session, clock, key, criteria, sort, policy=policy)
        )
        self._near = None if place is None else Near(key, place)
        return place

    def _criteria(self) -> tuple[Criteria, Sort]:
        preset = next((preset for preset in self._table.presets if preset.name == self._asked.preset), None)
        words = f"{preset.filter if preset else ''} {self._asked.words}"
        return self._table.filter(words), self._table.sort(self._asked.sort or (preset.sort if preset else ""))
