"""A past state as a cache of its own: filled from the live cache, moved on by the changes between two moments.

The file lies in a temporary folder and is gone when closed. Each of its connections has the live cache attached as
`live`, read-only (of one on a server a stand-in, see `storage.mirror`): the syncer is neither in the way nor delayed,
and what the scratch cache does not have itself (the history, the sync runs) is found there under its plain name.
"""
# ruff: noqa: S608  # the names written into statements are those of our own tables and columns

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Column, Connection, Index, MetaData, Table, event, func, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Session

from storage.cache import Cache
from storage.databases.sqlite import SqliteFile
from storage.errors import UsageError
from storage.mirror import live_of
from storage.models import FEEDS, HISTORY, FeedState, Leader, Quarantine, SourceState, table_of, to_ms
from storage.retention import forgotten_before
from storage.runs import LIVE, restore_states

DIALECT = sqlite.dialect()
SETTLING_MS = 60_000
"""A transaction may be committed this much after the time it gives its rows, milliseconds."""
REMEMBERS = "remembers"
"""In the `info` of a session on a past state: the cache whose history it comes from."""
PAGE_BYTES = 8192
"""Pages of twice SQLite's usual size: filling takes fewer of them, and a step writes little more."""
STEP_LIMIT = 20_000
"""Changed records of a feed above which copying all of it anew costs less than one by one."""


class ScratchCache(Cache):
    """The state of `origin` as it was at `moment`. It is a `Cache` to all that reads it."""

    def __init__(self, origin: Cache) -> None:
        """Use `storage.history.at`."""
        self._folder = TemporaryDirectory(prefix="dryport-at-")
        path = Path(self._folder.name) / "cache.db"
        path.touch(mode=0o600)
        super().__init__(SqliteFile(path), "writer")
        self.origin = origin
        self._live = live_of(origin, path.parent)
        self.moment: datetime
        self._moves = 0
        self._settled: int
        """Up to here (epoch ms) the last look at the origin saw all there will ever be."""
        for engine in (self._reads, self._writes):
            event.listen(engine, "connect", self._attach)

    def close(self) -> None:
        """Close every connection and remove the file."""
        super().close()
        self._folder.cleanup()

    def check(self) -> None:
        """It was made by this program; what becomes of the origin is told when it is asked."""

    @contextmanager
    def read(self) -> Iterator[Session]:
        """As of any cache; the session knows, in `info`, who has the whole history."""
        with super().read() as session:
            session.info[REMEMBERS] = self.origin
            yield session

    def fill(self, moment: datetime, progress: Callable[[float], None] | None = None) -> None:
        """Take in the state at `moment`; called once, by `storage.history.at`."""
        self._pragma(f"main.page_size = {PAGE_BYTES}")
        self._pragma("main.journal_mode = OFF")  # nobody reads it before it is whole, and one that fails is thrown away
        self._pragma("main.cache_size = -65536")  # each index is built, and kept up, from rows still in memory
        with self.write() as session, self._live.look(connection := session.connection()):
            self._live.bring_states(to_ms(moment))
            _check_remembered(connection, moment)
            for model in (FeedState, SourceState, Leader, Quarantine):
                connection.execute(CreateTable(table_of(model)))
            self._live.expect(FEEDS, to_ms(moment))
            for feed, done in _shares(connection):
                self._copy(connection, feed, to_ms(moment))
                if progress is not None:
                    progress(done)
            self._finish(connection, moment)
        self._pragma("main.journal_mode = WAL")  # from now on it is read while it moves

    def move_to(self, moment: datetime) -> None:
        """Make it the state at another moment, earlier or later; who reads meanwhile sees one of the two, whole.

        Raises:
            UsageError: `moment` lies before what the live cache still remembers; the state stays as it was.
        """
        with self.write() as session, self._live.look(connection := session.connection()):
            self._live.bring_states(to_ms(moment))
            _check_remembered(connection, moment)
            here, there = to_ms(self.moment), to_ms(moment)
            low, high = min(here, self._settled, there), max(here, there)
            unsettled = self._settled < here
            forgotten = forgotten_before(connection)
            # Where versions that ended in between are forgotten, so is which records changed.
            known = forgotten is None or to_ms(forgotten) <= low
            for feed in FEEDS:
                stepped = (
                    known
                    and self._live.bring_changes(feed, low, high, there, STEP_LIMIT)
                    and _step(connection, feed, low, high, there, unsettled=unsettled)
                )
                if not stepped:
                    self._copy(connection, feed, there)
            self._finish(connection, moment)

    def _copy(self, connection: Connection, feed: str, moment: int) -> None:
        run = connection.exec_driver_sql
        run(f'DROP TABLE IF EXISTS main."{feed}"')
        bare, indexes = _layout(feed)
        connection.execute(CreateTable(bare))
        if not self._live.copy(feed, moment):
            _copy(connection, feed, moment)
        for index in indexes:  # one sorted build each, instead of keeping them up row by row
            connection.execute(CreateIndex(index))

    def _finish(self, connection: Connection, moment: datetime) -> None:
        restore_states(connection, moment)
        self._moves += 1  # who watches the feeds sees each of them change
        connection.execute(update(table_of(FeedState)).values(gen=self._moves))
        newest = select(func.max(table_of(FeedState).c.changed_at))
        latest = connection.execute(newest, execution_options=LIVE).scalar()
        self._settled = to_ms(latest) - SETTLING_MS if latest else 0
        self.moment = moment

    def _attach(self, connection: Any, _record: object) -> None:
        connection.execute("ATTACH ? AS live", (self._live.uri,))
        connection.execute("PRAGMA live.cache_size = -65536")
        connection.execute("PRAGMA synchronous = OFF")

    def _pragma(self, pragma: str) -> None:
        raw = self._writes.raw_connection()
        raw.cursor().execute(f"PRAGMA {pragma}")
        raw.close()


def _check_remembered(connection: Connection, moment: datetime) -> None:
    forgotten = forgotten_before(connection)
    if forgotten is not None and moment < forgotten:
        raise UsageError(
            f"{moment:%Y-%m-%d %H:%M} UTC is before what this cache remembers: choose a time from "
            f"{forgotten:%Y-%m-%d %H:%M} UTC on, or keep more (history days and size in the settings)."
        )


def _shares(connection: Connection) -> Iterator[tuple[str, float]]:
    """Each feed with the share of all rows that is done once it is copied."""
    states = table_of(FeedState)
    counted = select(states.c.feed, func.sum(states.c.rows)).group_by(states.c.feed)
    rows = {feed: int(count) for feed, count in connection.execute(counted, execution_options=LIVE)}
    done, everything = 0, sum(rows.values())
    for feed in FEEDS:
        done += rows.get(feed, 0)
        yield feed, done / everything if everything else 1.0


def _copy(connection: Connection, feed: str, moment: int) -> None:
    """All of a feed as it was at `moment`: the rows in force that were so then, and the versions that ended after."""
    run = connection.exec_driver_sql
    history, columns = HISTORY[feed].name, _columns(feed)
    into = f'INSERT INTO main."{feed}" ({columns}) SELECT {columns} FROM live.'
    run(f'{into}"{feed}" NOT INDEXED WHERE observed <= ?', (moment,))
    first, last = (run(f'SELECT {end}(until) FROM live."{history}"').scalar() for end in ("min", "max"))
    if first is not None and last is not None:
        # Whichever end of time is nearer has fewer versions to pass over; and rows are read in the order they lie in.
        nearer = "observed" if moment - first < last - moment else "until"
        run(f'{into}"{history}" WHERE vid IN ({_found(history, nearer)} until > ? AND observed <= ?)', (moment, moment))


def _step(connection: Connection, feed: str, low: int, high: int, moment: int, *, unsettled: bool) -> bool:
    """From the state somewhere in low to high to that at `moment`, one end of it; False when too much changed.

    What held all the time from low to high stays. What holds at `moment` besides began after low, or ended by high.
    `unsettled`: what the state has of after low may have been replaced, or deleted, without a trace.
    """
    run, history, columns = connection.exec_driver_sql, HISTORY[feed].name, _columns(feed)
    ended = f"{_found(history, 'until')} until > ? AND until <= ?"
    began = f"{_found(history, 'observed')} observed > ? AND observed <= ? AND until > ?"
    ends = run(f"SELECT count(*) FROM ({ended} LIMIT {STEP_LIMIT})", (low, high)).scalar_one()
    if ends == STEP_LIMIT:
        return False

    run(f'CREATE TEMP TABLE IF NOT EXISTS "then_{feed}" AS SELECT {columns} FROM main."{feed}" LIMIT 0')
    run(f'DELETE FROM temp."then_{feed}"')
    then = f'INSERT INTO temp."then_{feed}" SELECT {columns} FROM live.'
    run(f'{then}"{feed}" WHERE observed > ? AND observed <= ?', (low, moment))
    run(f'{then}"{history}" WHERE vid IN ({began})', (low, moment, moment))
    run(f'{then}"{history}" WHERE vid IN ({ended} AND observed <= ?)', (moment, high, low))

    gone = f'id NOT IN (SELECT id FROM temp."then_{feed}")'
    changed = f'SELECT id FROM live."{history}" WHERE vid IN ({ended})'
    bounds: tuple[int, ...] = (low, high)
    if moment < high:  # what the state has may have begun only after the moment
        began_since = f"{_found(history, 'observed')} observed > ? AND observed <= ?"
        changed = (
            f'SELECT id FROM live."{history}" WHERE vid IN ({ended} UNION ALL {began_since}) '
            f'UNION ALL SELECT id FROM live."{feed}" WHERE observed > ? AND observed <= ?'
        )
        bounds *= 3
    run(f'DELETE FROM main."{feed}" WHERE id IN ({changed}) AND {gone}', bounds)
    if unsettled:
        run(f'DELETE FROM main."{feed}" WHERE observed > ? AND {gone}', (low,))
    if run(f'SELECT EXISTS (SELECT 1 FROM temp."then_{feed}")').scalar_one():
        _take_over(connection, feed)
    return True


def _take_over(connection: Connection, feed: str) -> None:
    """Write the versions in `then_<feed>` over those of the same records, and add those that are missing."""
    run = connection.exec_driver_sql
    # Most changes leave most indexed columns as they were, and keeping up an index costs as much as the row.
    indexed = {column.name for index in _layout(feed)[1] for column in index.columns} - {"id"}
    plain = {column.name for column in table_of(FEEDS[feed]).columns} - indexed - {"id"}
    source = f'FROM temp."then_{feed}" AS was WHERE now.id = was.id'
    for names, rows in ((plain, ""), (indexed, "AND ({})".format(_joined("now.{0} IS NOT was.{0}", indexed, " OR ")))):
        if names:
            run(f'UPDATE main."{feed}" AS now SET {_joined("{0} = was.{0}", names, ", ")} {source} {rows}')
    columns = _columns(feed)
    into = f'INSERT INTO main."{feed}" ({columns}) SELECT {columns} FROM temp."then_{feed}" AS was'
    run(f'{into} WHERE NOT EXISTS (SELECT 1 FROM main."{feed}" AS now WHERE now.id = was.id)')


def _joined(pattern: str, names: Iterable[str], by: str) -> str:
    return by.join(pattern.format(f'"{name}"') for name in sorted(names))


def _found(history: str, index: str) -> str:
    return f'SELECT vid FROM live."{history}" INDEXED BY "{history}_{index}" WHERE'


def _columns(feed: str) -> str:
    return ", ".join(f'"{column.name}"' for column in table_of(FEEDS[feed]).columns)


@cache
def _layout(feed: str) -> tuple[Table, list[Index]]:
    """A feed's table without its keys, and the same as indexes to build once the rows are in."""
    live = table_of(FEEDS[feed])
    bare = Table(feed, MetaData(), *(Column(column.name, column.type) for column in live.columns))
    indexes = [Index(f"{feed}_id", bare.c.id)]
    for index in live.indexes:
        if index.columns.keys() == ["observed"]:
            continue  # a step finds what is new in the live cache
        first, *others = (bare.c[column.name] for column in index.columns)
        # Nobody looks for what is unknown; and without it there is less to sort, and all of it of one kind. Only by
        # their numbers records are also listed in order, the unknown ones among them.
        known = first.is_not(None) if live.c[first.name].nullable and first.name != "number" else None
        own = index.dialect_options["sqlite"]["where"]
        indexes.append(Index(index.name, first, *others, sqlite_where=known if own is None else own))
    return bare, indexes
