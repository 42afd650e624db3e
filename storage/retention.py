"""Forgetting: versions past the age or the size that is kept go, oldest first, in steps no writer notices.

A step is one short transaction whose size follows from how long the last one took. The leader takes one between polls.

All feeds forget side by side, so there is one moment from which on the past is whole (`forgotten_before`). A past state
before it would be that of some feeds only, and a figure made of them, such as a train's readiness, would look right and
be wrong: such a moment is refused as a whole.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import Clock, elapsed
from storage.models import HISTORY, Memory, SyncRun, table_of

STEP_S = 0.015
"""What a step should take, seconds: SQLite makes a writer that finds the lock taken wait up to twice as long."""
FIRST_ROWS, FEWEST_ROWS, MOST_ROWS = 200, 10, 5_000
FIRST_PAGES, FEWEST_PAGES, MOST_PAGES = 64, 16, 4_096
ABREAST = timedelta(hours=1)
"""No feed forgets further than this past the oldest version of all: a small one must not lose its last days at once."""
SPARE_BYTES = 8 * 2**20
"""Free space the file may hold: what comes next fills it again."""

Write = Callable[[], AbstractContextManager[Session]]
"""What begins a write transaction."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How much is remembered: what is older than `days` goes; while a file holds more than this, the oldest goes."""

    days: float = 14.0
    size_bytes: int = 2 * 2**30


class Retention:
    """Forgets step by step; keep one object while leading, because each step's size follows from the last."""

    def __init__(self, keep: Keep | None = None) -> None:
        """Nothing is forgotten before the first `step`."""
        self.keep = keep or Keep()
        self._rows = FIRST_ROWS
        self._pages = FIRST_PAGES

    def step(self, cache: Cache, clock: Clock, write: Write | None = None) -> bool:
        """Forget some versions, or give some space back, in one short transaction; False: nothing to do for now.

        `write` begins the transaction; the cache's own, unless a leader's is given, which is fenced.
        """
        write = write or cache.write
        with cache.read() as session:
            feed, before = _due(session.connection(), self.keep, clock.now())
            space = _space(session.connection())
        if feed is not None:
            began = elapsed()
            with write() as session:
                _forget(session, feed, before, self._rows)
            self._rows = _fitted(self._rows, elapsed() - began, FEWEST_ROWS, MOST_ROWS)
        elif space.free > SPARE_BYTES:
            began = elapsed()
            with write() as session:
                session.connection().exec_driver_sql(f"PRAGMA incremental_vacuum({self._pages})").close()
            self._pages = _fitted(self._pages, elapsed() - began, FEWEST_PAGES, MOST_PAGES)
        else:
            return False
        return True


def forgotten_before(connection: Connection) -> datetime | None:
    """The moment before which some feed's past is no longer complete; None: all of it is there."""
    moment: datetime | None = connection.execute(select(func.max(table_of(Memory).c.complete_from))).scalar()
    return moment


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes of the cache's file."""

    used: int
    free: int


def _space(connection: Connection) -> Space:
    if connection.dialect.name != "sqlite":
        return Space(0, 0)  # a server vacuums by itself, and its disk is its administrator's: only age counts there
    page, pages, free = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("page_size", "page_count", "freelist_count")
    )
    return Space((pages - free) * page, free * page)


def _due(connection: Connection, keep: Keep, now: datetime) -> tuple[str | None, datetime]:
    """The feed with the oldest version of all, if that one is to go, and the moment before which versions go."""
    # One small question a feed: a union of them all would read the whole index of each.
    ends = {feed: connection.execute(select(func.min(history.c.until))).scalar() for feed, history in HISTORY.items()}
    oldest, feed = min(((end, feed) for feed, end in ends.items() if end is not None), default=(now, None))
    aged = now - timedelta(days=keep.days)
    if oldest < aged:
        return feed, aged
    return (feed if _space(connection).used > keep.size_bytes else None), min(now, oldest + ABREAST)


def _forget(session: Session, feed: str, before: datetime, rows: int) -> None:
    """Delete the `rows` versions of `feed` that ended first, before `before`, and write down what is lost by it."""
    history = HISTORY[feed]
    ended = select(history.c.vid, history.c.until).where(history.c.until < before).order_by(history.c.until).limit(rows)
    oldest = ended.subquery()
    newest_lost = session.connection().execute(select(func.max(oldest.c.until))).scalar()
    if newest_lost is None:
        return
    session.connection().execute(delete(history).where(history.c.vid.in_(select(oldest.c.vid))))
    session.merge(Memory(feed=feed, complete_from=newest_lost))
    runs = table_of(SyncRun)
    session.connection().execute(delete(runs).where(runs.c.ended < newest_lost))


def _fitted(size: int, took_s: float, fewest: int, most: int) -> int:
    """The next step's size, from how long this one took; it grows slowly and falls at once."""
    return max(fewest, min(most, int(size * min(1.25, STEP_S / max(took_s, 1e-4)))))
