"""The cache: the database that the syncer writes and every screen reads. Only this module makes engines.

It is one SQLite file of this machine, or one PostgreSQL database that many machines share; what differs between them
is `storage.databases`. What the driver raises becomes our error tree here.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, create_engine

from storage.databases import Database, Role, Use, database_of
from storage.disk import is_read_only
from storage.errors import CacheInterrupted, CacheMissing, CacheNewer, CacheOlder
from storage.models.local import Terms
from storage.place import LOGS, Place

REVISIONS = Path(__file__).parent / "migrations" / "versions"
Identity = list[tuple[int, int] | None]
OLDEST_READER = 1
"""The oldest schema whose programs can read a cache of the newest one: a migration that takes away or renames what they
ask for raises it to its own number. Nobody writes into a cache of a newer schema."""


def schema_version() -> int:
    """The schema this program knows: the number of its newest migration."""
    return max(int(path.name[:4]) for path in REVISIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))


class Cache:
    """An open cache. Sessions are short; a session never outlives one query or one page of a sync."""

    def __init__(self, database: Database, role: Role) -> None:
        """Use `Cache.open`."""
        self.database = database
        self.role = role
        self._reads = _engine(database, "read", role)
        self._writes = _engine(database, "write", role)
        self._file, self._frozen = _identity(database), _is_frozen(database)
        self._logs: Identity | None = None
        self._known = self._found = schema_version()
        self._watch: Any = None
        self._watch_lock = threading.Lock()

    @classmethod
    def open(cls, place: str | Place, role: Role = "reader") -> "Cache":
        """Open the cache at `place`, a path or a `postgresql+psycopg://` address.

        A writer (the leader) makes and migrates it, a reader never does.

        Raises:
            CacheMissing: a reader found none, or (`CacheOlder`) one that the syncer has yet to migrate.
            CacheNewer: a newer Dryport wrote it, and this one cannot read it; a writer never opens it.
            CacheDamaged: it is empty, corrupt or (`CacheForeign`) not ours.
            CacheUnsafe: others could change it, or it lies where locks do not hold.
            CacheInterrupted: its server cannot be reached.
            CacheError: any other reason the system gives.
        """
        database = database_of(place)
        with _our_errors(database):
            database.make_ready(role, _migrate)
        cache = cls(database, role)
        try:
            cache.check()
            cache._logs = _identity(database, LOGS)
        except BaseException:  # whatever ends the opening, Ctrl+C too, leaves no connection behind
            cache.close()
            raise
        return cache

    @property
    def place(self) -> Place:
        """Where it lies: a path, or the address of a database."""
        return self.database.place

    @property
    def path(self) -> Path:
        """The file of a cache that is one; `TypeError` for one that is not."""
        if not isinstance(self.place, Path):
            raise TypeError(f"the cache {self.place} is no file")
        return self.place

    def replaced(self) -> bool:
        """Whether another file lies in its place by now, or none: the syncer sets a damaged one aside. Open it anew.

        Also when the disk it lies on turned read-only, or back.
        """
        return self.moved() or _is_frozen(self.database) != self._frozen

    def moved(self) -> bool:
        """Whether its file was moved or replaced, or its log taken away: what is written here reaches nobody else."""
        if self._logs is not None and _identity(self.database, LOGS) != self._logs:
            return True
        return _identity(self.database) != self._file

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state and cannot write; keep it for one query."""
        with _our_errors(self.database), Session(self._reads, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Session]:
        """A session that holds the write lock from its start; commits at the end, rolls back on any error.

        `durable`: what is written is on the disk when the session ends. Else a power cut may take the newest commits,
        never a part of one: what a source wrote it gives again.

        Raises:
            CacheBusy: another process kept the lock longer than the busy timeout.
            CacheNewer: it was migrated by a newer Dryport, maybe while it was open here: this one only reads it.
            CacheFull: no room, or read-only; nothing of the transaction was kept.
            CacheInterrupted: the server broke the transaction off, or the file was moved; do all of it again.
        """
        gate = self.database.write_gate()
        with (
            _our_errors(self.database),
            gate,
            Session(self._writes, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.connection(execution_options={"durable": durable})  # takes the lock now, not at first use
            if self.role == "reader":  # a writer leads, and whoever migrates leads after it
                if self.moved():
                    raise CacheInterrupted(f"The cache {self.place} was moved or set aside just now: try again.")
                self._admit(session, "writer")
            yield session

    def data_version(self) -> int:
        """A number that moves when any other connection has committed; cheap. Compare for equality only.

        It may move without a change: it only says, look at `FeedState.gen`.
        """
        with self._watch_lock, _our_errors(self.database):
            if self._watch is None:
                self._watch = self._reads.raw_connection()
            try:
                cursor = self._watch.cursor()
                version = self.database.data_version(cursor)
                cursor.close()
            except self.database.driver_error:
                self._watch.invalidate()  # a server that was away: the next look connects anew
                self._watch = None
                raise
            return version

    def close(self) -> None:
        """Close every connection; a closed cache opens new ones when used again."""
        if self.role == "writer" and self.moved():
            self._carry_over()
        self._logs = None
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._reads.dispose()
        self._writes.dispose()

    def _carry_over(self) -> None:
        """Empty the log into the file that was moved: nobody finds the two together again, and both would be wrong."""
        with suppress(self.database.driver_error, DBAPIError):
            connection = self._writes.raw_connection()
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()

    def check(self) -> None:
        """Look what schema the cache has now: a syncer that is newer migrates it while others have it open.

        Raises:
            CacheMissing, CacheNewer: see `open`.
        """
        with self.read() as session:
            self._admit(session, self.role)
        if self._found < self._known and self.role == "reader":
            if self._found == 0:
                raise CacheMissing(f"There is no cache in {self.place} yet: run `dryport sync --once` first.")
            raise CacheOlder(
                f"The cache {self.place} has the older schema {self._found}: run `dryport sync` to migrate it."
            )
        if self._found < self._known:
            _migrate(self.database, self._found)

    @property
    def notice(self) -> str:
        """What a person should know of a cache that can be used: that it is a newer program's. Else empty."""
        if self._found <= self._known:
            return ""
        return f"The cache is a newer Dryport's (schema {self._found}): this one only reads it. Upgrade this one."

    def _admit(self, session: Session, role: Role) -> None:
        """Let a program that is older than the cache do what the cache's terms say, and no more."""
        self._found = self.database.schema_of(session.connection())
        if self._found <= self._known:
            return
        terms = session.get(Terms, 1) or Terms(min_reader=self._found, min_writer=self._found)
        if self._known < (terms.min_writer if role == "writer" else terms.min_reader):
            cannot = "only read" if self._known >= terms.min_reader else "not read"
            raise CacheNewer(
                f"The cache {self.place} has schema {self._found}, written by a newer Dryport; this one knows "
                f"{self._known} and can {cannot} it: upgrade this one."
            )


def _identity(database: Database, parts: Sequence[str] = ("",)) -> Identity:
    """What tells the files of a cache from others of the same names; None for one that is not there, or out of reach.

    A server's database has nothing of the kind.
    """
    if not isinstance(database.place, Path):
        return []
    return [_file_at(f"{database.place}{part}") for part in parts]


def _file_at(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_frozen(database: Database) -> bool:
    return isinstance(database.place, Path) and is_read_only(database.place.parent)


def _engine(database: Database, use: Use, role: Role) -> Engine:
    url, options = database.address()
    engine = create_engine(url, **options)
    database.prepare(engine, use, role)
    return engine


def _migrate(database: Database, found: int = 0) -> None:
    """Bring the schema `found` up to date, a copy first, in one transaction: a failure leaves nothing behind."""
    from storage.migrations import migrate

    engine = _engine(database, "migrate", "writer")
    try:
        with _our_errors(database), database.copied(found), engine.begin() as connection:
            migrate(connection)
            database.stamp(connection, schema_version())
            connection.execute(delete(Terms))
            connection.execute(insert(Terms).values(id=1, min_reader=OLDEST_READER, min_writer=schema_version()))
    finally:
        engine.dispose()


@contextmanager
def _our_errors(database: Database) -> Iterator[None]:
    """Turn what the driver says, wrapped by SQLAlchemy or raw from a cursor, into our tree; a bug stays what it is."""
    try:
        yield
    except DBAPIError as error:
        raise database.translated(error.orig) or error from error
    except (database.driver_error, UnicodeDecodeError) as error:  # a name in the schema may be no letters any more
        raise database.translated(error) or error from error
