"""A view: rows of one kind, filtered, sorted and paged; what the console's grids and the headless commands ask for.

SQL filters, sorts and pages wherever it can. A condition or an order on a figure that is worked out row by row (a
train's risk, a declaration's margin) reads the rows SQL leaves and goes on with those.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import Column as SqlColumn
from sqlalchemy import ColumnElement, Select, and_, false, func, literal, not_, or_, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.expressions import parameters
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.queries import grouped
from storage.queries.columns import Column
from storage.queries.criteria import EVERYTHING, Criteria, Sort, in_order, parse_filter, parse_sort


class Row(Protocol):
    """What every row has."""

    @property
    def id(self) -> str:
        """The record's id in its feed; the same while its values and its place change."""


R = TypeVar("R", bound=Row)

Compared = tuple[ColumnElement[Any], bool, Any]
"""What rows are sorted by, whether turned round, and the value of one of them."""
FAR = 5_000
"""With fewer rows than that before a page, or after it, sorting those takes less time than looking twice at all."""

NO_SQL: Select[Any] = select()
"""The statement of a view that is too short to need one: all its rows are read, then filtered and sorted."""


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows from `offset` on, and how many there are under the filter."""

    total: int
    offset: int
    rows: tuple[R, ...]


class Near(NamedTuple):
    """A row and the place it is known to have: where rows beside it are asked for, none before it need be sorted."""

    key: str
    place: int


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
        near: Near | None = None,
        policy: Policy = DEFAULT,
    ) -> Page[R]:
        """At most `limit` rows from `offset` on (None: all); `near` may help to come to them."""
        moment = Moment.of(clock, policy)
        sort = sort or self.sort()
        if not self._in_sql(criteria, sort):
            rows = self._worked_out(session, criteria, sort, moment)
            return Page(len(rows), offset, tuple(rows[offset : None if limit is None else offset + limit]))
        where = criteria.where(self.columns, moment)
        if limit is None:
            chosen = self.statement.where(*where).order_by(*self._order(sort)).offset(offset)
            rest = tuple(self.read(session, chosen, moment))
            return Page(self._total(session, where, moment) if offset else len(rest), offset, rest)
        # First which rows: sorting all of them whole, with all that is joined to them, costs many times as much.
        if criteria.has_words() and limit and not offset:
            total, ids = self._counted(session, where, sort, limit, moment)
        else:
            total = self._total(session, where, moment)
            ids = self._ids(session, where, sort, range(total)[offset : offset + limit], total, near, moment)
        if not ids:
            return Page(total, offset, ())
        found = {row.id: row for row in self.read(session, self.statement.where(self._column("id").in_(ids)), moment)}
        return Page(total, offset, tuple(found[identity] for identity in ids))

    def _total(self, session: Session, where: Sequence[ColumnElement[bool]], moment: Moment) -> int:
        return int(session.connection().execute(self._count(where), parameters(moment)).scalar_one())

    def _counted(
        self, session: Session, where: Sequence[ColumnElement[bool]], sort: Sort, limit: int, moment: Moment
    ) -> tuple[int, list[str]]:
        """How many rows there are and the ids of the first: for words all rows are looked at, so only once."""
        both = self._lean(where, sort).add_columns(func.count().over()).order_by(*self._order(sort)).limit(limit)
        rows = session.connection().execute(both, parameters(moment)).all()
        return (rows[0][-1] if rows else 0), [row[0] for row in rows]

    def _ids(
        self,
        session: Session,
        where: Sequence[ColumnElement[bool]],
        sort: Sort,
        places: range,
        total: int,
        near: Near | None,
        moment: Moment,
    ) -> list[str]:
        """The ids of the rows at these places; those in the last quarter are come to from the end."""
        backwards = places.start > total * 3 // 4
        offset = total - places.stop if backwards else places.start
        if offset > grouped.DEEP and (groups := self._groups(session, where, sort, moment)):
            rows, before = grouped.around(groups, places)
            where, backwards, offset = [rows], False, places.start - before
        elif (
            near
            and near.place in places
            and offset > FAR
            and _is_plain(sort)
            and not _is_indexed(sort)
            and (mine := self._sorted_by(session, where, sort, near.key, moment)) is not None
        ):
            return self._beside(session, self._compared(where, sort, mine), near, places, moment)
        order = self._order(sort, backwards=backwards)
        few = self._lean(where, sort).order_by(*order).offset(offset).limit(len(places))
        ids = [row[0] for row in session.connection().execute(few, parameters(moment))] if places else []
        return ids[::-1] if backwards else ids

    def position(
        self,
        session: Session,
        clock: Clock,
        key: str,
        criteria: Criteria = EVERYTHING,
        sort: Sort | None = None,
        *,
        policy: Policy = DEFAULT,
    ) -> int | None:
        """Where the row of this id stands under the filter and sort; None when it is not among the rows."""
        moment = Moment.of(clock, policy)
        sort = sort or self.sort()
        if not self._in_sql(criteria, sort):
            ids: Iterator[str] = (row.id for row in self._worked_out(session, criteria, sort, moment))
            return next((index for index, each in enumerate(ids) if each == key), None)
        where = criteria.where(self.columns, moment)
        mine = self._sorted_by(session, where, sort, key, moment)
        if mine is None:
            return None
        before = 0
        if groups := self._groups(session, where, sort, moment):
            rows, before = grouped.beside(groups, mine[0])
            where = [rows]
        its_id, keys = self._compared(where, sort, mine)
        counted = select(func.count()).where(_before(keys, its_id < key))
        return before + int(session.connection().execute(counted, parameters(moment)).scalar_one())

    def _sorted_by(
        self, session: Session, where: Sequence[ColumnElement[bool]], sort: Sort, key: str, moment: Moment
    ) -> tuple[Any, ...] | None:
        """What the row of this id is sorted by; None when it is not among the rows."""
        mine = self._lean(where, sort).where(self._column("id") == key)
        found = session.connection().execute(mine, parameters(moment)).first()
        return None if found is None else tuple(found[1:])

    def _compared(
        self, where: Sequence[ColumnElement[bool]], sort: Sort, mine: Sequence[Any]
    ) -> tuple[ColumnElement[str], list[Compared]]:
        """The ids of the rows, and what they are sorted by beside these values."""
        lean = self._lean(where, sort)
        if not _is_plain(sort):
            lean = lean.offset(0)  # which has each expression worked out once a row, however often it is compared
        its_id, *sorted_by = lean.subquery().c
        return its_id, [
            (found, down, value) for found, (_, down), value in zip(sorted_by, sort.by(), mine, strict=True)
        ]

    def _beside(
        self,
        session: Session,
        compared: tuple[ColumnElement[str], list[Compared]],
        near: Near,
        places: range,
        moment: Moment,
    ) -> list[str]:
        """The ids at these places: the last of those before the row that is near, then it and the first behind it."""
        its_id, keys = compared
        before, above = _before(keys, its_id < near.key), near.place - places.start
        ids: list[str] = []
        for backwards, rows, count in (
            (True, before, above),
            (False, not_(func.coalesce(before, false())), len(places) - above),
        ):
            order = in_order([(found, down) for found, down, _ in keys], backwards=backwards)
            few = select(its_id).where(rows).order_by(*order, its_id.desc() if backwards else its_id).limit(count)
            found = [row[0] for row in session.connection().execute(few, parameters(moment))]
            ids += found[::-1] if backwards else found
        return ids

    def one(self, session: Session, clock: Clock, key: str, *, policy: Policy = DEFAULT) -> R | None:
        """The row of this id."""
        moment = Moment.of(clock, policy)
        chosen = self.statement if self.statement is NO_SQL else self.statement.where(self._column("id") == key)
        return next((row for row in self.read(session, chosen, moment) if row.id == key), None)

    def _groups(
        self, session: Session, where: Sequence[ColumnElement[bool]], sort: Sort, moment: Moment
    ) -> list[grouped.Group]:
        """The groups of all rows by what they are sorted by first; none where no index counts them."""
        shares = sort.keys[0][0].shares if sort.keys and not where else ()
        return grouped.counted(session.connection(), shares, parameters(moment), down=sort.keys[0][1]) if shares else []

    def _in_sql(self, criteria: Criteria, sort: Sort) -> bool:
        return self.statement is not NO_SQL and criteria.in_sql() and sort.in_sql()

    def _worked_out(self, session: Session, criteria: Criteria, sort: Sort, moment: Moment) -> list[R]:
        in_sql = self.statement is not NO_SQL
        chosen = self.statement.where(*criteria.where(self.columns, moment)) if in_sql else self.statement
        rows = self.read(session, chosen, moment)
        found = [row for row in rows if criteria.accepts(row, self.columns, moment, after_sql=in_sql)]
        return sort.sorted(sorted(found, key=lambda row: row.id) if in_sql else found)

    def _count(self, where: Sequence[ColumnElement[bool]]) -> Select[int]:
        """How many rows there are; tables joined for the columns only are left out, which is most of the work."""
        identity = self._column("id")
        lean = select(func.count(identity)).where(*self._own_conditions(), *where)
        if len(lean.get_final_froms()) == 1:
            return lean
        return self.statement.with_only_columns(func.count(), maintain_column_froms=True).where(*where)

    def _lean(self, where: Sequence[ColumnElement[bool]], sort: Sort) -> Select[Any]:
        """The ids of the rows with what they are sorted by, and as few tables joined as that takes."""
        wanted = [self._column("id"), *(expression for expression, _ in sort.by())]
        lean = select(*wanted).where(*self._own_conditions(), *where)
        if len(lean.get_final_froms()) == 1:
            return lean
        return self.statement.with_only_columns(*wanted, maintain_column_froms=True).where(*where)

    def _own_conditions(self) -> tuple[ColumnElement[bool], ...]:
        """What the statement itself asks of its rows."""
        own = self.statement.whereclause
        return () if own is None else (own,)

    def _order(self, sort: Sort, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        identity = self._column("id")
        return [*sort.order_by(backwards=backwards), identity.desc() if backwards else identity]

    def _column(self, key: str) -> ColumnElement[Any]:
        return next(column.element for column in self.statement.selected_columns if column.key == key)


def _is_plain(sort: Sort) -> bool:
    """Whether it is by columns of a table, none of them worked out: comparing a row costs next to nothing."""
    return all(isinstance(expression, SqlColumn) for expression, _ in sort.by())


def _is_indexed(sort: Sort) -> bool:
    """Whether an index has the rows in this order, or nearly so: then many are passed over in no time."""
    first = next((expression for expression, _ in sort.by()), None)
    return isinstance(first, SqlColumn) and bool(first.index or first.primary_key)


def _before(keys: Sequence[Compared], last: ColumnElement[bool]) -> ColumnElement[bool]:
    """What makes a row stand before the one with these values: the first key in which they differ; unknown is last."""
    for found, down, value in reversed(keys):
        mine = literal(value, found.type)  # which SQLAlchemy compares too where it is yes or no
        nearer = found.is_not(None) if value is None else found > mine if down else found < mine
        last = or_(nearer, and_(found.is_(None) if value is None else found == mine, last))
    return last
