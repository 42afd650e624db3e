"""The cache's memory: the state at a past moment, and what one record has been.

How versions are kept says `storage.models.history`, how a past state is made `storage.scratch`, how fresh it was
`storage.runs`, and how it is all forgotten in time `storage.retention`.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import zip_longest
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import Clock
from storage.models import FEEDS, HISTORY, table_of
from storage.scratch import REMEMBERS, ScratchCache

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


# ---------------------------------------------------------------------------------------------- the state at a moment
def at(cache: Cache, moment: datetime, progress: Callable[[float], None] | None = None) -> ScratchCache:
    """The state of every feed, and how each source and feed stood, as this cache knew it at `moment`.

    The answer is read like any cache, with a `PinnedClock(moment)`; close it when done. Before the first sync it is
    empty. `progress` is called with the share done, 0 to 1.

    Raises:
        UsageError: `moment` lies before what the cache still remembers of every feed; see `storage.retention`.
    """
    scratch = ScratchCache(cache.origin if isinstance(cache, ScratchCache) else cache)
    try:
        scratch.fill(moment, progress)
    except BaseException:  # whatever ends the filling, Ctrl+C too, leaves no file behind
        scratch.close()
        raise
    return scratch


# ------------------------------------------------------------------------------------------------ one record's versions
def versions(session: Session, clock: Clock, feed: str, key: str, limit: int = 50) -> list[Version]:
    """What a record of `feed` was, newest first, as known at the clock's time; empty for one never seen.

    The version in force is the first one, with `until` None; a record that is gone starts with its last version.
    """
    now, before = _asked(feed)
    records = [dict(row) for row in session.connection().execute(now, {"key": key}).mappings()]
    # A past state finds the live cache's history, in which its own version in force may have ended since.
    since = records[0]["observed"] if records else clock.now() + timedelta(milliseconds=1)
    asked = {"key": key, "since": since, "most": limit + 1}
    origin: Cache | None = session.info.get(REMEMBERS)
    with origin.read() if origin else nullcontext(session) as remembering:
        records += [dict(row) for row in remembering.connection().execute(before, asked).mappings()]
    return [_version(*pair) for pair in zip_longest(records, records[1:])][:limit]


@cache
def _asked(feed: str) -> tuple[Select[Any], Select[Any]]:
    """The version in force of the record `key`, and the `most` newest that were observed before `since`."""
    live, history = table_of(FEEDS[feed]), HISTORY[feed]
    columns = [column for column in history.columns if column.name != "vid"]
    closed = select(*columns).where(history.c.id == bindparam("key"), history.c.observed < bindparam("since"))
    newest = closed.order_by(history.c.observed.desc()).limit(bindparam("most"))
    return select(live).where(live.c.id == bindparam("key")), newest


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
