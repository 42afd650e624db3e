"""Writing records into the cache, inside the transaction of whoever calls: rows and tombstones.

`rev` alone decides whether a record changed: an upsert compiled once per feed writes a row only when its `rev` is
newer, so an unchanged page writes nothing at all. A snapshot of another epoch overwrites whatever `rev` says, because
there revisions start anew. A row is only ever touched by the source it came from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Delete, Insert, and_, bindparam, case, delete, func, literal_column, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.engine import Dialect
from sqlmodel import Session, col, select

from storage.errors import BadData
from storage.figures.declared import WENT_BACK, stepped_back
from storage.models import FEEDS, Declaration, closing
from storage.models.base import ID_LENGTH, Feed, table_of
from storage.models.local import SourceState
from storage.models.wire import Row, wire
from storage.text import clean
from storage.upstreams.base import BadRecord, Gone, Part

MOST_BAD = 0.2
FEW_BAD = 5
"""More bad records than this and than a fifth of the page, and the page is not trusted at all."""
IDS_AT_ONCE = 500
ROWS_AT_ONCE = (100, 10)
"""Rows that SQLite takes by one statement, many first: after each statement the writer wants Python's lock back from
the thread that decodes the next page, and row by row the two would hardly ever work at once. The values of more rows
would no longer fit into the processor's cache."""
_NULL = float("nan")
"""What SQLite keeps as NULL, of a type that its driver binds at once: for each None it would ask its adapters."""

_DIALECTS = {
    "sqlite": (sqlite.insert, sqlite.dialect(paramstyle="qmark")),
    "postgresql": (postgresql.insert, psycopg.dialect(paramstyle="format")),  # type: ignore[no-untyped-call]
}
"""How each database's upsert is made, and written with parameters by position."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A part of an answer as rows, ready to be written; made before the transaction begins."""

    feed: str
    rows: Sequence[Row]
    gone: Sequence[Gone]
    bad: Sequence[BadRecord]
    observed_ms: int

    @property
    def good_ids(self) -> list[str]:
        """The ids of the records that will be written or deleted."""
        return [row[0] for row in self.rows] + [gone.id for gone in self.gone]

    @property
    def known_ids(self) -> set[str]:
        """The ids of all records it is about, as far as they can be told."""
        return {*self.good_ids, *(clean(bad.id) for bad in self.bad if bad.id)}

    @property
    def nameless(self) -> int:
        """How many bad records may be any."""
        return sum(bad.id is None for bad in self.bad)


@dataclass(frozen=True, slots=True)
class _Upsert:
    one: str
    many: Mapping[int, str]
    """The same for so many rows; empty where the driver writes many rows well by itself."""


@dataclass(frozen=True, slots=True)
class _Statements:
    newer: _Upsert
    always: _Upsert
    gone: str
    unseen: str
    close_newer: str
    close_always: str
    close_gone: str


def to_rows(part: Part, source: str, observed_ms: int) -> Rows:
    """The rows of `part`; `BadData` when so many of its records are bad that none can be trusted."""
    made = wire(FEEDS[part.feed])
    to_row = made.plain_row if part.plain else made.row
    rows: list[Row] = []
    bad = list(part.bad)
    for record in part.records:
        try:
            rows.append(to_row(record, source, observed_ms))
        except ValueError as error:  # a time outside the years the cache holds
            bad.append(BadRecord(record.id, str(error), msgspec.json.encode(record)))
    if len(bad) > max(FEW_BAD, MOST_BAD * (len(rows) + len(bad))):
        raise BadData(f"{len(bad)} of {len(rows) + len(bad)} records of {part.feed} are bad, first: {bad[0].reason}")
    gone = [Gone(clean(tombstone.id, limit=ID_LENGTH), tombstone.rev) for tombstone in part.gone]
    return Rows(part.feed, rows, gone, bad, observed_ms)


def write_rows(session: Session, source: str, rows: Rows, *, any_rev: bool = False, first: bool = False) -> int:
    """Write what is newer than the cache (with `any_rev` all of it) and delete what is gone; gives the rows changed.

    What the rows were goes into the history first; with `first` there is nothing of the source to keep.
    """
    statements, cursor, now = _statements_for(session, rows.feed), _cursor(session), rows.observed_ms
    changed = 0
    if rows.rows:
        if any_rev and not first:
            cursor.executemany(statements.close_always, [(now, row[0], source, now) for row in rows.rows])
        elif not first:
            cursor.executemany(statements.close_newer, [(now, row[0], source, row[1], now) for row in rows.rows])
        changed += _put(cursor, statements.always if any_rev else statements.newer, rows.rows)
    if rows.gone:
        cursor.executemany(statements.close_gone, [(now, gone.id, source, gone.rev, now) for gone in rows.gone])
        cursor.executemany(statements.gone, [(gone.id, source, gone.rev) for gone in rows.gone])
        changed += max(cursor.rowcount, 0)
    cursor.close()
    return changed


def delete_rows(session: Session, feed: str, source: str, ids: Sequence[str], observed_ms: int) -> int:
    """Delete rows of `source` that its complete snapshot does not hold, as seen at `observed_ms`."""
    statements, cursor = _statements_for(session, feed), _cursor(session)
    cursor.executemany(statements.close_always, [(observed_ms, key, source, observed_ms) for key in ids])
    cursor.executemany(statements.unseen, [(key, source) for key in ids])
    deleted = max(int(cursor.rowcount), 0)
    cursor.close()
    return deleted


def strays_of(session: Session, feed: str) -> list[str]:
    """The ids of rows that belong to no source there is: only damage brings such about."""
    model = FEEDS[feed]
    return list(session.exec(select(model.id).where(col(model.source).not_in(select(SourceState.source)))))


def adopt(session: Session, feed: str, source: str, ids: Sequence[str]) -> None:
    """Have these rows belong to `source`."""
    table = table_of(FEEDS[feed])
    session.connection().execute(
        update(table).where(table.c.id == bindparam("key")).values(source=source), [{"key": key} for key in ids]
    )


def has_rows(session: Session, feed: str, source: str) -> bool:
    """Whether the feed has any row of `source`."""
    model = FEEDS[feed]
    return session.exec(select(model.id).where(model.source == source).limit(1)).first() is not None


def ids_of(session: Session, feed: str, source: str) -> list[str]:
    """Every id of `source` in the feed."""
    model = FEEDS[feed]
    return list(session.exec(select(model.id).where(model.source == source)))


def count_of(session: Session, feed: str, source: str, among: Sequence[str] | None = None) -> int:
    """Rows of `source` in the feed, or how many of the ids `among` it has."""
    model = FEEDS[feed]
    counted = select(func.count()).select_from(model).where(model.source == source)
    if among is None:
        return session.exec(counted).one()
    chunks = [among[start : start + IDS_AT_ONCE] for start in range(0, len(among), IDS_AT_ONCE)]
    return sum(session.exec(counted.where(col(model.id).in_(chunk))).one() for chunk in chunks)


def _put(cursor: Any, upsert: _Upsert, rows: Sequence[Row]) -> int:
    """Run the upsert over all rows; gives how many it wrote."""
    changed = done = 0
    for size, statement in upsert.many.items():
        while len(rows) - done >= size:
            values = [_NULL if value is None else value for row in rows[done : done + size] for value in row]
            cursor.execute(statement, values)
            changed, done = changed + max(cursor.rowcount, 0), done + size
    if done < len(rows):
        cursor.executemany(upsert.one, rows[done:])
        changed += max(cursor.rowcount, 0)
    return changed


def _statements_for(session: Session, feed: str) -> _Statements:
    return _statements(FEEDS[feed], session.get_bind().dialect.name)


@cache
def _statements(model: type[Feed], database: str) -> _Statements:
    """The SQL of a feed, compiled once: what the ORM would do for each row is several times the cost of writing it."""
    table = table_of(model)
    insert_into, dialect = _DIALECTS[database]
    insert: Any = insert_into(table).values({column.name: bindparam(column.name) for column in table.columns})
    new = insert.excluded
    others: dict[str, Any] = {column.name: new[column.name] for column in table.columns if column.name != "id"}
    # A clock that was set back must not make a version begin before the one it follows.
    others["observed"] = case((new.observed > table.c.observed, new.observed), else_=table.c.observed)
    changed = dict(others)
    if model is Declaration:  # told here, where both are at hand: to find it in the history takes seconds
        went_back: ColumnElement[str] = literal_column(f"'{WENT_BACK}'")
        changed["flags"] = case((stepped_back(table.c.state, new.state), went_back), else_=table.c.flags)
    ours = table.c.source == new.source

    def upsert(values: Mapping[str, Any], where: ColumnElement[bool]) -> _Upsert:
        made = insert.on_conflict_do_update(index_elements=[table.c.id], set_=values, where=where)
        one = _compiled(made, [column.name for column in table.columns], dialect)
        row = f"({', '.join('?' for _ in table.columns)})"
        sizes = ROWS_AT_ONCE if database == "sqlite" else ()
        return _Upsert(one, {size: one.replace(f"VALUES {row}", f"VALUES {', '.join([row] * size)}") for size in sizes})

    def deletion(*where: ColumnElement[bool], order: list[str]) -> str:
        return _compiled(delete(table).where(*where), order, dialect)

    def close(*where: ColumnElement[bool], order: list[str]) -> str:
        return _compiled(closing(model, *where), ["until", *order, "until"], dialect)

    this, source = table.c.id == bindparam("key"), table.c.source == bindparam("from_source")
    older, gone = table.c.rev < bindparam("new_rev"), table.c.rev <= bindparam("gone_rev")
    return _Statements(
        newer=upsert(changed, and_(ours, new.rev > table.c.rev)),
        always=upsert(others, ours),
        gone=deletion(this, source, gone, order=["key", "from_source", "gone_rev"]),
        unseen=deletion(this, source, order=["key", "from_source"]),
        close_newer=close(this, source, older, order=["key", "from_source", "new_rev"]),
        close_always=close(this, source, order=["key", "from_source"]),
        close_gone=close(this, source, gone, order=["key", "from_source", "gone_rev"]),
    )


def _compiled(statement: Insert | Delete, order: list[str], dialect: Dialect) -> str:
    compiled = statement.compile(dialect=dialect)
    if getattr(compiled, "positiontup", None) != order:
        raise TypeError(f"rows are bound by position, and {statement} binds them in another order")
    return str(compiled)


def _cursor(session: Session) -> Any:
    """The driver's own cursor, inside the session's transaction; its errors are translated by the cache."""
    return session.connection().connection.cursor()
