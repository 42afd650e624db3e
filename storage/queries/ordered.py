"""Rows under conditions in an order, as SQL finds them: how many there are, where one stands, which stand about it.

SQL comes to the fifty-thousandth row by sorting all that stand before it, and to a row's place by looking at all rows.
So rows far down are come to in the cheapest way there is: by the groups that an index counts (`grouped`), out of an
index that has the order, from the nearer end; else what the rows are sorted by is noted once, which takes little room,
and all that is asked is answered out of that.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from storage.queries import grouped
from storage.queries.criteria import Sort, in_order

Compared = tuple[ColumnElement[Any], bool, Any]
"""What rows are sorted by, whether turned round, and the value of one of them."""


class Ordered:
    """The rows of `statement` for which all of `where` hold, in the order of `sort` and then of their ids.

    `given` are the values of the statement's parameters. `shares` count the same rows by what they are sorted by first;
    there are none where that would take no index. `dear` conditions take longer to look at than rows to be sorted, so
    each row is looked at once.
    """

    def __init__(
        self,
        connection: Connection,
        statement: Select[Any],
        where: Sequence[ColumnElement[bool]],
        sort: Sort,
        given: dict[str, Any],
        shares: Callable[[], Sequence[grouped.Share]],
        *,
        dear: bool,
    ) -> None:
        self._connection = connection
        self._statement = statement
        self._where = list(where)
        self._sort = sort
        self._given = given
        self._shares = shares
        self._dear = dear
        self._groups: Sequence[grouped.Group] | None = None
        self._total: int | None = None

    def total(self) -> int:
        """How many rows there are."""
        if self._total is None:
            self._total = int(self._connection.execute(self._count(), self._given).scalar_one())
        return self._total

    def whole(self) -> Select[Any]:
        """The statement that reads all of them."""
        return self._statement.where(*self._where).order_by(*self._order())

    def ids(self, places: range) -> list[str]:
        """The ids of the rows at these places."""
        if not places:
            return []
        if self._dear:
            return self._noted_at(places)
        groups = self._counted()
        places = range(self.total())[places.start : places.stop]
        if not places:
            return []
        return self._within(groups, places) if groups else self._from_nearer_end(places)

    def around(self, key: str, above: int, limit: int) -> tuple[int, range, list[str]] | None:
        """Where the row of this id stands, and the places and ids of those from `above` rows before it on.

        None when it is not among the rows.
        """
        mine = self._sorted_by(key)
        if mine is None:
            return None
        if groups := self._counted():
            rows, passed = grouped.beside(groups, mine[0])
            place = passed + self._standing_before(key, mine, self._lean_where([rows]))
        elif _is_indexed(self._sort) and not self._where:
            place = self._standing_before(key, mine, self._lean)
        else:
            return self._about(key, mine, above, limit)
        start = max(0, place - above)
        places = range(self.total())[start : start + limit]
        return place, places, self.ids(places)

    def _noted(self) -> tuple[ColumnElement[str], Sequence[ColumnElement[Any]], ScalarSelect[int]]:
        """The ids of the rows, what they are sorted by and how many they are: found once, however often looked at."""
        its_id, *sorted_by = self._lean.cte("noted").prefix_with("MATERIALIZED").c
        return its_id, sorted_by, select(func.count()).select_from(its_id.table).scalar_subquery()

    def _noted_at(self, places: range) -> list[str]:
        its_id, sorted_by, total = self._noted()
        order = [*in_order(self._by(sorted_by)), its_id]
        few = select(its_id, total).order_by(*order).offset(places.start).limit(len(places))
        rows = self._connection.execute(few, self._given).all()
        if rows:
            self._total = rows[0][1]
        return [row[0] for row in rows]

    def _about(self, key: str, mine: Sequence[Any], above: int, limit: int) -> tuple[int, range, list[str]] | None:
        """As `around`, out of what is noted: only the rows on either side of this one are sorted."""
        its_id, sorted_by, total = self._noted()
        keys = self._with_values(sorted_by, mine)
        before, behind = _before(keys, its_id < key), _behind(keys, its_id >= key)
        halves = union_all(
            self._numbered(select(its_id, *sorted_by).where(before), above, backwards=True),
            self._numbered(select(its_id, *sorted_by).where(behind), limit),
        ).subquery()
        place = select(func.count()).select_from(its_id.table).where(before).scalar_subquery()
        about = select(halves.c.id, total, place).order_by(halves.c.nth)
        rows = self._connection.execute(about, self._given).all()
        if not rows:
            return None
        _, self._total, stands = tuple(rows[0])
        start = max(0, stands - above)
        return stands, range(self._total)[start : start + limit], [row[0] for row in rows[:limit]]

    def _numbered(self, half: Select[Any], count: int, *, backwards: bool = False) -> Select[Any]:
        """The first rows of this half and their numbers from the middle on, less than 0 in the half before it."""

        def order(its_id: ColumnElement[Any], *sorted_by: ColumnElement[Any]) -> list[ColumnElement[Any]]:
            return [*in_order(self._by(sorted_by), backwards=backwards), its_id.desc() if backwards else its_id]

        few = half.order_by(*order(*half.selected_columns)).limit(count).subquery()
        nth = func.row_number().over(order_by=order(*few.c))
        return select(few.c[0].label("id"), (-nth if backwards else nth).label("nth"))

    def _counted(self) -> Sequence[grouped.Group]:
        """The groups, counted once."""
        if self._groups is None:
            self._groups = ()
            if shares := self._shares():
                self._groups = grouped.counted(self._connection, shares, self._given, down=self._sort.keys[0][1])
                self._total = sum(group.size for group in self._groups)
        return self._groups

    def _sorted_by(self, key: str) -> tuple[Any, ...] | None:
        """What the row of this id is sorted by; None when it is not among the rows."""
        mine = self._lean.where(self._column("id") == key)
        found = self._connection.execute(mine, self._given).first()
        return None if found is None else tuple(found[1:])

    def _standing_before(self, key: str, mine: Sequence[Any], lean: Select[Any]) -> int:
        """How many of these rows stand before the one with this id and these values."""
        its_id, *sorted_by = lean.subquery().c
        counted = select(func.count()).where(_before(self._with_values(sorted_by, mine), its_id < key))
        return int(self._connection.execute(counted, self._given).scalar_one())

    def _within(self, groups: Sequence[grouped.Group], places: range) -> list[str]:
        """Only the groups in which these places are need sorting."""
        rows, before = grouped.around(groups, places)
        few = self._lean_where([rows]).order_by(*self._order()).offset(places.start - before).limit(len(places))
        return [row[0] for row in self._connection.execute(few, self._given)]

    def _from_nearer_end(self, places: range) -> list[str]:
        """Those in the last quarter are come to from the end."""
        backwards = places.start > self.total() * 3 // 4
        offset = self.total() - places.stop if backwards else places.start
        few = self._lean.order_by(*self._order(backwards=backwards)).offset(offset).limit(len(places))
        ids = [row[0] for row in self._connection.execute(few, self._given)]
        return ids[::-1] if backwards else ids

    def _by(self, sorted_by: Sequence[ColumnElement[Any]]) -> list[tuple[ColumnElement[Any], bool]]:
        """What rows are sorted by, as it is called here, each with whether it is turned round."""
        return [(found, down) for found, (_, down) in zip(sorted_by, self._sort.by(), strict=True)]

    def _with_values(self, sorted_by: Sequence[ColumnElement[Any]], mine: Sequence[Any]) -> list[Compared]:
        return [(*by, value) for by, value in zip(self._by(sorted_by), mine, strict=True)]

    def _count(self) -> Select[int]:
        """How many rows there are; tables joined for the columns only are left out, which is most of the work."""
        lean = select(func.count()).select_from(self._column("id").table).where(*self._own_conditions(), *self._where)
        if len(lean.get_final_froms()) == 1:
            return lean
        return self._statement.with_only_columns(func.count(), maintain_column_froms=True).where(*self._where)

    @cached_property
    def _lean(self) -> Select[Any]:
        """The ids of the rows with what they are sorted by."""
        return self._lean_where(self._where)

    def _lean_where(self, where: Sequence[ColumnElement[bool]]) -> Select[Any]:
        """The same under other conditions; as few tables are joined as that takes."""
        wanted = [self._column("id"), *(expression for expression, _ in self._sort.by())]
        lean = select(*wanted).where(*self._own_conditions(), *where)
        if len(lean.get_final_froms()) == 1:
            return lean
        return self._statement.with_only_columns(*wanted, maintain_column_froms=True).where(*where)

    def _own_conditions(self) -> tuple[ColumnElement[bool], ...]:
        """What the statement itself asks of its rows."""
        own = self._statement.whereclause
        return () if own is None else (own,)

    def _order(self, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        identity = self._column("id")
        return [*self._sort.order_by(backwards=backwards), identity.desc() if backwards else identity]

    def _column(self, key: str) -> ColumnElement[Any]:
        return next(column.element for column in self._statement.selected_columns if column.key == key)


def _is_indexed(sort: Sort) -> bool:
    """Whether an index has the rows in this order, or nearly so: then many are passed over in no time."""
    first = next((expression for expression, _ in sort.by()), None)
    return isinstance(first, SqlColumn) and bool(first.index or first.primary_key)


def _equal(found: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return found.is_(None) if value is None else found == literal(value, found.type)


def _before(keys: Sequence[Compared], last: ColumnElement[bool]) -> ColumnElement[bool]:
    """What makes a row stand before the one with these values: the first key in which they differ; unknown is last."""
    for found, down, value in reversed(keys):
        nearer = found.is_not(None) if value is None else _turned(found, value, down)
        last = or_(nearer, and_(_equal(found, value), last))
    return last


def _behind(keys: Sequence[Compared], last: ColumnElement[bool]) -> ColumnElement[bool]:
    """What makes a row stand behind the one with these values."""
    for found, down, value in reversed(keys):
        farther = false() if value is None else or_(_turned(found, value, not down), found.is_(None))
        last = or_(farther, and_(_equal(found, value), last))
    return last


def _turned(found: ColumnElement[Any], value: Any, down: bool) -> ColumnElement[bool]:
    mine = literal(value, found.type)  # which SQLAlchemy compares too where it is yes or no
    return found > mine if down else found < mine
