"""A view: rows of one kind, filtered, sorted and paged; what the console's grids and the headless commands ask for.

SQL filters, sorts and pages wherever it can. A condition or an order on a figure that is worked out row by row (a
train's risk, a declaration's margin) reads the rows SQL leaves and goes on with those.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.expressions import parameters
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.queries.columns import Column
from storage.queries.criteria import EVERYTHING, Criteria, Sort, parse_filter, parse_sort
from storage.queries.grouped import Share
from storage.queries.ordered import Ordered


class Row(Protocol):
    """What every row has."""

    @property
    def id(self) -> str:
        """The record's id in its feed; the same while its values and its place change."""


R = TypeVar("R", bound=Row)

NO_SQL: Select[Any] = select()
"""The statement of a view that is too short to need one: all its rows are read, then filtered and sorted."""


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows from `offset` on, and how many there are under the filter."""

    total: int
    offset: int
    rows: tuple[R, ...]


class Found(NamedTuple, Generic[R]):
    """Where a row stands among all rows, and the page that has it."""

    place: int
    page: Page[R]


@dataclass(frozen=True, slots=True)
class Preset:
    """A filter with a name."""

    name: str
    filter: str
    sort: str = ""


@dataclass(frozen=True, slots=True)
class View(Generic[R]):
    """Rows of one kind. `statement` selects the SQL columns, labelled by their keys; short views do without it.

    `read` runs the statement it is given and makes rows of it. `feeds` are those the rows are made of, that whose
    records they are first, unless they are `found` in all of them: before that has come, how many there are is unknown.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    feeds: tuple[str, ...]
    read: Callable[[Session, Select[Any], Moment], Sequence[R]]
    default_sort: str
    statement: Select[Any] = NO_SQL
    found: bool = False
    presets: tuple[Preset, ...] = ()

    def filter(self, text: str | Sequence[str]) -> Criteria:
        """The filter `text`, or the words of a command line; `UsageError` when it cannot be understood."""
        return parse_filter(text, self.columns, self.name)

    def sort(self, text: str = "") -> Sort:
        """The sort `text`, by default the view's own; `UsageError` for an unknown column."""
        return parse_sort(text or self.default_sort, self.columns, self.name)

    def page(
        self,
        session: Session,
        clock: Clock,
        criteria: Criteria = EVERYTHING,
        sort: Sort | None = None,
        *,
        offset: int = 0,
        limit: int | None = None,
        policy: Policy = DEFAULT,
    ) -> Page[R]:
        """At most `limit` rows from `offset` on; None: all."""
        moment = Moment.of(clock, policy)
        sort = sort or self.sort()
        if not self._in_sql(criteria, sort):
            rows = self._worked_out(session, criteria, sort, moment)
            return Page(len(rows), offset, tuple(rows[offset : None if limit is None else offset + limit]))
        ordered = self._ordered(session, criteria, sort, moment)
        if limit is None:
            rest = tuple(self.read(session, ordered.whole().offset(offset), moment))
            return Page(ordered.total() if offset else len(rest), offset, rest)
        ids = ordered.ids(range(offset, offset + limit))
        return Page(ordered.total(), offset, self._rows(session, ids, moment))

    def around(
        self,
        session: Session,
        clock: Clock,
        key: str,
        criteria: Criteria = EVERYTHING,
        sort: Sort | None = None,
        *,
        above: int = 0,
        limit: int = 1,
        policy: Policy = DEFAULT,
    ) -> Found[R] | None:
        """The row of this id with at most `limit` rows, from `above` rows before it on; None when it is not among them.

        One reading: where it stands and what stands about it are of the same moment.
        """
        moment = Moment.of(clock, policy)
        sort = sort or self.sort()
        if not self._in_sql(criteria, sort):
            rows = {row.id: row for row in self._worked_out(session, criteria, sort, moment)}
            return found_in(list(rows), key, above, limit, lambda ids: [rows[each] for each in ids])
        ordered = self._ordered(session, criteria, sort, moment)
        found = ordered.around(key, above, limit)
        if found is None:
            return None
        place, places, ids = found
        return Found(place, Page(ordered.total(), places.start, self._rows(session, ids, moment)))

    def _rows(self, session: Session, ids: Sequence[str], moment: Moment) -> tuple[R, ...]:
        """The rows of these ids. Sorting all rows whole, with all that is joined to them, costs many times as much."""
        if not ids:
            return ()
        found = {row.id: row for row in self.read(session, self.statement.where(self._id().in_(ids)), moment)}
        return tuple(found[identity] for identity in ids)

    def _ordered(self, session: Session, criteria: Criteria, sort: Sort, moment: Moment) -> Ordered:
        where, given = criteria.where(self.columns, moment), parameters(moment)
        shares = lambda: self._shares(criteria, sort, moment)  # noqa: E731  # few lists are so long that it is asked
        dear = criteria.has_words()  # which are looked for in many columns
        return Ordered(session.connection(), self.statement, where, sort, given, shares, dear=dear)

    def _shares(self, criteria: Criteria, sort: Sort, moment: Moment) -> list[Share]:
        """What counts the rows by the first thing they are sorted by; none where that would take no index."""
        asked = []
        for share in sort.keys[0][0].shares if sort.keys else ():
            left = criteria.given(share.known, self.columns, moment)
            if left is None:
                continue
            if left.terms and share.known:
                return []
            asked.append(share.under(left.where(self.columns, moment)))
        return asked

    def one(self, session: Session, clock: Clock, key: str, *, policy: Policy = DEFAULT) -> R | None:
        """The row of this id."""
        moment = Moment.of(clock, policy)
        chosen = self.statement if self.statement is NO_SQL else self.statement.where(self._id() == key)
        return next((row for row in self.read(session, chosen, moment) if row.id == key), None)

    def _in_sql(self, criteria: Criteria, sort: Sort) -> bool:
        return self.statement is not NO_SQL and criteria.in_sql() and sort.in_sql()

    def _worked_out(self, session: Session, criteria: Criteria, sort: Sort, moment: Moment) -> list[R]:
        in_sql = self.statement is not NO_SQL
        chosen = self.statement.where(*criteria.where(self.columns, moment)) if in_sql else self.statement
        rows = self.read(session, chosen, moment)
        found = [row for row in rows if criteria.accepts(row, self.columns, moment, after_sql=in_sql)]
        return sort.sorted(sorted(found, key=lambda row: row.id) if in_sql else found)

    def _id(self) -> ColumnElement[Any]:
        return next(column.element for column in self.statement.selected_columns if column.key == "id")


def found_in(
    ids: Sequence[str], key: str, above: int, limit: int, whole: Callable[[Sequence[str]], Sequence[R]]
) -> Found[R] | None:
    """As `View.around` answers it, of rows at hand; `whole` reads those that are wanted."""
    if key not in ids:
        return None
    place = ids.index(key)
    offset = max(0, place - above)
    return Found(place, Page(len(ids), offset, tuple(whole(ids[offset : offset + limit]))))
