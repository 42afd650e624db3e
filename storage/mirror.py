"""What a past state reads of the live cache: its file, attached, or a local stand-in for a database server.

The stand-in has the live cache's tables, filled for one question at a time with just the rows that the question reads;
so `storage.scratch` asks both in the same words.
"""
# ruff: noqa: S608  # the names written into statements are those of our own tables and columns

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, Table
from sqlmodel import Session

from storage.cache import Cache
from storage.models import FEEDS, HISTORY, FeedState, Leader, Memory, Note, Quarantine, SourceState, SyncRun, table_of
from storage.place import DatabaseUrl

ROWS_AT_ONCE = 2000
AHEAD = 8
"""Pieces of rows that are fetched and wait to be written."""

T = TypeVar("T")


class Live(Protocol):
    """The live cache as a scratch cache finds it, attached under the name `live`."""

    uri: str
    """What is attached."""

    def look(self, connection: Connection) -> Any:
        """A context in which all that is brought is of one moment of the live cache; `connection` is the scratch's."""
        ...

    def bring_states(self, moment: int) -> None:
        """Have the states of sources and feeds ready, the runs in force at `moment`, and what is forgotten."""
        ...

    def expect(self, feeds: Iterable[str], moment: int) -> None:
        """Know that `copy` is going to be called for these feeds, in this order."""
        ...

    def copy(self, feed: str, moment: int) -> bool:
        """Fill `main.<feed>` with what was in force at `moment`; False: it is all there, and quicker copied by SQL."""
        ...

    def bring_changes(self, feed: str, low: int, high: int, moment: int, limit: int) -> bool:
        """Have the versions of a feed ready that began or ended from `low` to `high`; False: more than `limit`."""
        ...


class AttachedFile:
    """A live cache in a file: all of it is there, read-only."""

    def __init__(self, path: Path) -> None:
        """The file of the live cache."""
        self.uri = f"{path.as_uri()}?mode=ro"

    @contextmanager
    def look(self, connection: Connection) -> Iterator[None]:
        """The scratch cache's own transaction sees one state of the file."""
        yield

    def bring_states(self, moment: int) -> None:
        """They are there."""

    def expect(self, feeds: Iterable[str], moment: int) -> None:
        """They are there."""

    def copy(self, feed: str, moment: int) -> bool:
        """It is there."""
        return False

    def bring_changes(self, feed: str, low: int, high: int, moment: int, limit: int) -> bool:
        """They are there."""
        return True


Piece = tuple[str, list[Any]]
"""A statement, and rows for it."""


class Ahead(Generic[T]):
    """What an iterator gives, taken from it by a thread of its own a few steps before it is asked for."""

    def __init__(self, source: Iterator[T]) -> None:
        """Begins at once; `close` it."""
        self._source = source
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._coming = deque(self._thread.submit(next, source, None) for _ in range(AHEAD))

    def __iter__(self) -> Iterator[T]:
        """Goes on where the last one stopped."""
        while (found := self._coming.popleft().result()) is not None:
            self._coming.append(self._thread.submit(next, self._source, None))
            yield found

    def close(self) -> None:
        """Take no more."""
        self._thread.shutdown(cancel_futures=True)


class Mirror:
    """A live cache on a server: each question's rows are streamed into a file beside the scratch cache's."""

    def __init__(self, origin: Cache, path: Path) -> None:
        """`path` is the file to be, in a folder of ours."""
        self._origin = origin
        self.uri = f"{path.as_uri()}?mode=rwc"
        self._there: Session
        self._here: Connection
        self._laid_out = False
        self._coming: Ahead[Piece] | None = None

    @contextmanager
    def look(self, connection: Connection) -> Iterator[None]:
        """One read session of the server, whose snapshot is taken by its first question."""
        with self._origin.read() as self._there:
            self._here = connection
            if not self._laid_out:
                self._lay_out()
            try:
                yield
            finally:
                self._forget_expected()

    def bring_states(self, moment: int) -> None:
        """All of the small tables; of the runs those in force."""
        for model in (FeedState, SourceState, Leader, Quarantine, Memory, Note):
            self._fill(table_of(model), "true", ())
        self._fill(table_of(SyncRun), "started <= %s AND (ended IS NULL OR ended > %s)", (moment, moment))

    def expect(self, feeds: Iterable[str], moment: int) -> None:
        """Have their rows fetched while those before are written, and their indexes built."""
        self._forget_expected()
        self._coming = Ahead(self._pieces(feeds, moment))

    def copy(self, feed: str, moment: int) -> bool:
        """The rows and versions in force, straight to where they belong; to the stand-in only what came and ended last.

        By those it is told when the feed last changed.
        """
        coming = self._coming or Ahead(self._pieces([feed], moment))
        here = self._here.connection.cursor()
        for name in (feed, HISTORY[feed].name):
            here.execute(f'DELETE FROM live."{name}"')
        for insert, rows in coming:
            if not rows:
                break
            here.executemany(insert, rows)
        here.close()
        if coming is not self._coming:
            coming.close()
        return True

    def _pieces(self, feeds: Iterable[str], moment: int) -> Iterator[Piece]:
        """What `copy` writes, feed after feed; the end of each is a piece without rows."""
        for feed in feeds:
            live, history = table_of(FEEDS[feed]), HISTORY[feed]
            columns = [column.name for column in live.columns]
            into = f'main."{feed}"'
            yield from self._rows(live, columns, "observed <= %s", (moment,), into)
            yield from self._rows(history, columns, "until > %s AND observed <= %s", (moment, moment), into)
            ends = f"{_last(feed, 'until')} OR {_last(feed, 'observed')}"
            yield from self._rows(live, columns, _newest(feed), (moment,), f'live."{feed}"')
            ends_columns = [column.name for column in history.columns]
            yield from self._rows(history, ends_columns, ends, (moment, moment), f'live."{history.name}"')
            yield "", []

    def bring_changes(self, feed: str, low: int, high: int, moment: int, limit: int) -> bool:
        """What began or ended in between, and what came and ended last by `moment`."""
        ended = "until > %s AND until <= %s"
        counted = f'SELECT count(*) FROM (SELECT 1 FROM "{HISTORY[feed].name}" WHERE {ended} LIMIT %s) AS ends'
        cursor = self._there.connection().connection.cursor()
        cursor.execute(counted, (low, high, limit))
        found = cursor.fetchone()
        if found is None or found[0] >= limit:
            return False
        began = "observed > %s AND observed <= %s"
        self._fill(table_of(FEEDS[feed]), f"{began} OR {_newest(feed)}", (low, high, moment))
        where = f"{ended} OR {began} OR {_last(feed, 'until')} OR {_last(feed, 'observed')}"
        self._fill(HISTORY[feed], where, (low, high, low, high, moment, moment))
        return True

    def _fill(self, table: Table, where: str, values: tuple[int, ...]) -> None:
        """Replace what the stand-in has of a table by the server's rows."""
        here = self._here.connection.cursor()
        here.execute(f'DELETE FROM live."{table.name}"')
        for insert, rows in self._rows(
            table, [column.name for column in table.columns], where, values, f'live."{table.name}"'
        ):
            here.executemany(insert, rows)
        here.close()

    def _rows(
        self, table: Table, columns: Sequence[str], where: str, values: tuple[int, ...], into: str
    ) -> Iterator[Piece]:
        """Some rows of the server's `table` at a time, and the statement that adds them to a table here."""
        names = ", ".join(f'"{column}"' for column in columns)
        insert = f"INSERT INTO {into} ({names}) VALUES ({', '.join('?' for _ in columns)})"
        driver: Any = self._there.connection().connection.driver_connection
        with driver.cursor(name="mirror", binary=True) as there:
            there.execute(f'SELECT {names} FROM "{table.name}" WHERE {where}', values)
            while rows := there.fetchmany(ROWS_AT_ONCE):
                yield insert, rows

    def _forget_expected(self) -> None:
        if self._coming is not None:
            self._coming.close()
            self._coming = None

    def _lay_out(self) -> None:
        run = self._here.exec_driver_sql
        states = [table_of(model) for model in (FeedState, SourceState, Leader, Quarantine, Memory, Note, SyncRun)]
        for table in [*states, *(table_of(model) for model in FEEDS.values()), *HISTORY.values()]:
            names = ", ".join(_declared(column.name) for column in table.columns)
            run(f'CREATE TABLE live."{table.name}" ({names})')
        for history in HISTORY.values():
            run(f'CREATE INDEX live."{history.name}_until" ON "{history.name}" (until, observed)')
            run(f'CREATE INDEX live."{history.name}_observed" ON "{history.name}" (observed, until)')
        self._laid_out = True


def live_of(origin: Cache, folder: Path) -> Live:
    """How a scratch cache whose files lie in `folder` reads `origin`."""
    return Mirror(origin, folder / "live.db") if isinstance(origin.place, DatabaseUrl) else AttachedFile(origin.place)


def _newest(feed: str) -> str:
    return f'id = (SELECT id FROM "{feed}" WHERE observed <= %s ORDER BY observed DESC LIMIT 1)'


def _last(feed: str, end: str) -> str:
    name = HISTORY[feed].name
    return f'vid = (SELECT vid FROM "{name}" WHERE {end} <= %s ORDER BY {end} DESC LIMIT 1)'


def _declared(name: str) -> str:
    return "vid INTEGER PRIMARY KEY" if name == "vid" else f'"{name}"'
