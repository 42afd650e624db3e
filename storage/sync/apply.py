"""Writing records into the cache, inside the transaction of whoever calls: rows and tombstones.

`rev` alone decides whether a record changed: an upsert compiled once per feed writes a row only when its `rev` is
newer, so an unchanged page writes nothing at all. A snapshot of another epoch overwrites whatever `rev` says, because
there revisions start anew. A row is only ever touched by the source it came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Delete, Insert, and_, bindparam, delete, func
from sqlalchemy.dialects import sqlite
from sqlmodel import Session, col, select

from storage.errors import BadData
from storage.models import FEEDS
from storage.models.base import ID_LENGTH, Feed, table_of
from storage.models.wire import Row, wire
from storage.text import clean
from storage.upstreams.base import BadRecord, Gone, Part

MOST_BAD = 0.2
FEW_BAD = 5
"""More bad records than this and than a fifth of the page, and the page is not trusted at all."""
IDS_AT_ONCE = 500

_DIALECT = sqlite.dialect(paramstyle="qmark")


@dataclass(frozen=True, slots=True)
class Rows:
    """A part of an answer as rows, ready to be written; made before the transaction begins."""

    feed: str
    rows: Sequence[Row]
    gone: Sequence[Gone]
    bad: Sequence[BadRecord]

    @property
    def good_ids(self) -> list[str]:
        """The ids of the records that will be written or deleted."""
        return [row[0] for row in self.rows] + [gone.id for gone in self.gone]


@dataclass(frozen=True, slots=True)
class _Statements:
    newer: str
    always: str
    gone: str
    unseen: str


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
    return Rows(part.feed, rows, gone, bad)


def write_rows(session: Session, source: str, rows: Rows, *, any_rev: bool = False) -> int:
    """Write what is newer than the cache (with `any_rev` all of it) and delete what is gone; gives the rows changed.

    The one place where rows of a feed change: whatever keeps account of versions belongs here.
    """
    statements, cursor = _statements(FEEDS[rows.feed]), _cursor(session)
    changed = 0
    if rows.rows:
        cursor.executemany(statements.always if any_rev else statements.newer, rows.rows)
        changed += max(cursor.rowcount, 0)
    if rows.gone:
        cursor.executemany(statements.gone, [(gone.id, source, gone.rev) for gone in rows.gone])
        changed += max(cursor.rowcount, 0)
    cursor.close()
    return changed


def delete_rows(session: Session, feed: str, source: str, ids: Sequence[str]) -> int:
    """Delete rows of `source` that its complete snapshot does not hold."""
    cursor = _cursor(session)
    cursor.executemany(_statements(FEEDS[feed]).unseen, [(key, source) for key in ids])
    deleted = max(int(cursor.rowcount), 0)
    cursor.close()
    return deleted


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


@cache
def _statements(model: type[Feed]) -> _Statements:
    """The SQL of a feed, compiled once: what the ORM would do for each row is several times the cost of writing it."""
    table = table_of(model)
    insert = sqlite.insert(table).values({column.name: bindparam(column.name) for column in table.columns})
    new = insert.excluded
    others = {column.name: new[column.name] for column in table.columns if column.name != "id"}
    ours = table.c.source == new.source

    def upsert(where: ColumnElement[bool]) -> str:
        return _compiled(
            insert.on_conflict_do_update(index_elements=[table.c.id], set_=others, where=where),
            [column.name for column in table.columns],
        )

    def deletion(*where: ColumnElement[bool], order: list[str]) -> str:
        return _compiled(delete(table).where(*where), order)

    this, source = table.c.id == bindparam("key"), table.c.source == bindparam("from_source")
    return _Statements(
        newer=upsert(and_(ours, new.rev > table.c.rev)),
        always=upsert(ours),
        gone=deletion(this, source, table.c.rev <= bindparam("gone_rev"), order=["key", "from_source", "gone_rev"]),
        unseen=deletion(this, source, order=["key", "from_source"]),
    )


def _compiled(statement: Insert | Delete, order: list[str]) -> str:
    compiled = statement.compile(dialect=_DIALECT)
    if getattr(compiled, "positiontup", None) != order:
        raise TypeError(f"rows are bound by position, and {statement} binds them in another order")
    return str(compiled)


def _cursor(session: Session) -> Any:
    """The driver's own cursor, inside the session's transaction; its errors are translated by the cache."""
    return session.connection().connection.cursor()
