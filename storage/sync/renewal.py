"""Records that come whole, compared with what is here of them.

A source that began anew says again what is here already, under revisions of its own: that is no change. Without
comparing, every record would end a version in the history though nothing happened to it at the terminal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, literal_column, select, update
from sqlmodel import Session

from storage.figures.declared import WENT_BACK
from storage.models import FEEDS
from storage.models.base import table_of
from storage.models.wire import Row
from storage.sync.apply import IDS_AT_ONCE, Rows

NUMBERED = ("rev", "changed_at")
"""What the source counts and stamps anew; it says nothing of the record itself."""


def only_changed(session: Session, source: str, rows: Rows) -> Rows:
    """Those of a new epoch's rows that differ from the cache; the others get their new revision and stay as they are.

    A version in force goes on: neither its interval in the history nor its `observed` moves.
    """
    table = table_of(FEEDS[rows.feed])
    names = [column.name for column in table.columns]
    same = [place for place, name in enumerate(names) if name not in (*NUMBERED, "observed")]
    changed: list[Row] = []
    renumbered: list[Row] = []
    for row, known in _beside(session, source, rows):
        if known is None or any(known[place] != row[place] for place in same):
            changed.append(row)
        else:
            renumbered.append(row)
    if renumbered:
        new = {name: bindparam(f"new_{name}", type_=BigInteger) for name in NUMBERED}
        places = [(f"new_{name}", names.index(name)) for name in NUMBERED]
        session.connection().execute(
            update(table).where(table.c.id == bindparam("key"), table.c.source == source).values(new),
            [{"key": row[0], **{name: row[place] for name, place in places}} for row in renumbered],
        )
    return replace(rows, rows=changed)


def differing(session: Session, source: str, rows: Rows) -> Iterator[tuple[Row, Row | None]]:
    """Those of the rows that are not here as they are, whatever their revision, each with what is here of it.

    Only when a row was observed is our own and not compared.
    """
    seen = [column.name for column in table_of(FEEDS[rows.feed]).columns].index("observed")
    for row, known in _beside(session, source, rows):
        if known is None or known[:seen] != row[:seen] or known[seen + 1 :] != row[seen + 1 :]:
            yield row, known


def _beside(session: Session, source: str, rows: Rows) -> Iterator[tuple[Row, Row | None]]:
    """Each of the rows as it would be written, and what is here of it.

    A declaration whose state was seen to lead back stays one: the source says nothing of that.
    """
    here = {row[0]: row for chunk in _chunks(rows.rows) for row in _rows_of(session, rows.feed, source, chunk)}
    flags = [column.name for column in table_of(FEEDS[rows.feed]).columns].index("flags")
    for row in rows.rows:
        known = here.get(row[0])
        seen_here = known is not None and known[flags] == WENT_BACK
        yield (*row[:flags], WENT_BACK, *row[flags + 1 :]) if seen_here else row, known


def _rows_of(session: Session, feed: str, source: str, ids: Sequence[str]) -> Iterator[Row]:
    """The cached rows of these ids as the driver gives them, which is how rows to be written are made."""
    table = table_of(FEEDS[feed])
    plain: list[ColumnElement[Any]] = [literal_column(f'"{column.name}"') for column in table.columns]
    chosen = select(*plain).select_from(table).where(table.c.id.in_(ids), table.c.source == source)
    for row in session.connection().execute(chosen):
        yield tuple(row)


def _chunks(rows: Sequence[Row]) -> Iterator[list[str]]:
    for start in range(0, len(rows), IDS_AT_ONCE):
        yield [row[0] for row in rows[start : start + IDS_AT_ONCE]]
