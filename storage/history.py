"""The cache's memory: closing versions as they change, the state at a past moment, one record's versions.

How it is kept says `storage.models.history`, how it is forgotten `storage.retention`, and how the sources stood then
`storage.runs`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache as kept
from itertools import zip_longest
from typing import Any

from sqlalchemy import BigInteger, Dialect, bindparam, insert, select
from sqlalchemy.dialects import sqlite
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import Clock
from storage.models import FEEDS, HISTORY, Feed, feed_name, table_of
from storage.scratch import ScratchCache

POSITIONAL = sqlite.dialect(paramstyle="qmark")
BOOKKEEPING = frozenset({"id", "rev", "changed_at", "source", "observed"})
"""Columns that say nothing of the record itself: a difference in them alone is no change to show."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs from the version before; None is unknown."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Version:
    """What a record was from `since` until `until`, by this cache's clock."""

    since: datetime
    until: datetime | None
    """None: it is so now."""
    record: Mapping[str, Any]
    changes: tuple[Change, ...] | None
    """What differs from the version directly before; None where none is known: new, back again, or forgotten."""


# ------------------------------------------------------------------------------------------------------------- closing
def close_changed(
    cursor: Any,
    model: type[Feed],
    newer: Iterable[tuple[str, int]],
    at: int,
    *,
    any_rev: bool = False,
    dialect: Dialect = POSITIONAL,
) -> None:
    """Keep the version in force of every record that is about to change; call it before the upsert, in its transaction.

    Args:
        cursor: The transaction's own DBAPI cursor.
        model: The feed.
        newer: (id, rev) of the records that came; one the cache does not have, or has as new, is left alone.
        at: Epoch milliseconds: what the new versions get as `observed`. It must never fall from one transaction to the
            next; a version of length zero is not kept.
        any_rev: What came takes the place of any revision (a new epoch of the source).
        dialect: How the cursor's driver wants parameters.
    """
    if any_rev:
        cursor.executemany(_closing(model, dialect, by_rev=False), [(at, id_, at) for id_, _ in newer])
    else:
        cursor.executemany(_closing(model, dialect, by_rev=True), [(at, id_, at, rev) for id_, rev in newer])


def close_deleted(
    cursor: Any, model: type[Feed], ids: Iterable[str], at: int, *, dialect: Dialect = POSITIONAL
) -> None:
    """Keep the version in force of records about to be deleted; as `close_changed`."""
    cursor.executemany(_closing(model, dialect, by_rev=False), [(at, id_, at) for id_ in ids])


@kept
def _closing(model: type[Feed], dialect: Dialect, *, by_rev: bool) -> str:
    """INSERT .. SELECT of the row in force; parameters: until, id, until, and by revision the revision that came."""
    live, history = table_of(model), HISTORY[feed_name(model)]
    until = bindparam("until", type_=BigInteger)
    in_force = select(*live.columns, until).where(live.c.id == bindparam("key"), live.c.observed < until)
    if by_rev:
        in_force = in_force.where(live.c.rev < bindparam("newer"))
    names = [*(column.name for column in live.columns), "until"]
    return str(insert(history).from_select(names, in_force).compile(dialect=dialect))


# ---------------------------------------------------------------------------------------------- the state at a moment
def at(cache: Cache, moment: datetime, progress: Callable[[float], None] | None = None) -> ScratchCache:
    """The state of every feed, and how each source and feed stood, as this cache knew it at `moment`.

    The answer is read like any cache, with a `PinnedClock(moment)`; close it when done. Before the first sync it is
    empty. `progress` is called with the share done, 0 to 1.

    Raises:
        UsageError: `moment` lies before what the cache still remembers.
    """
    scratch = ScratchCache(cache.origin if isinstance(cache, ScratchCache) else cache)
    try:
        scratch.fill(moment, progress)
    except BaseException:
        scratch.close()
        raise
    return scratch


# ------------------------------------------------------------------------------------------------ one record's versions
def versions(session: Session, clock: Clock, feed: str, key: str, limit: int = 50) -> list[Version]:
    """What a record of `feed` was, newest first, as known at the clock's time; empty for one never seen.

    The version in force is the first one, with `until` None; a record that is gone starts with its last version.
    """
    connection, live, history = session.connection(), table_of(FEEDS[feed]), HISTORY[feed]
    records = [dict(row) for row in connection.execute(select(live).where(live.c.id == key)).mappings()]
    # A past state finds the live cache's history, in which its own version in force may have ended since.
    ended = history.c.observed < records[0]["observed"] if records else history.c.observed <= clock.now()
    columns = [column for column in history.columns if column.name != "vid"]
    closed = select(*columns).where(history.c.id == key, ended).order_by(history.c.observed.desc()).limit(limit + 1)
    records += [dict(row) for row in connection.execute(closed).mappings()]
    return [_version(*pair) for pair in zip_longest(records, records[1:])][:limit]


def _version(record: dict[str, Any], before: dict[str, Any] | None) -> Version:
    until = record.pop("until", None)
    changes = None
    if before is not None and before["until"] == record["observed"]:
        changes = tuple(
            Change(field, before[field], value)
            for field, value in record.items()
            if field not in BOOKKEEPING and before[field] != value
        )
    return Version(record["observed"], until, record, changes)
