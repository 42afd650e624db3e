"""The cache: one SQLite file that the syncer writes and every screen reads. Only this module makes engines.

Rules held here, so that nobody else has to know them: write-ahead log; every writer begins IMMEDIATE, so that it waits
for its turn instead of failing half-way; readers cannot write by mistake; the file is 0600 in a folder nobody else can
write; the file is only ever opened by SQLite (a plain `open()` in this process would drop SQLite's locks on it); what
the driver raises becomes our error tree here.
"""

import os
import re
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, create_engine

from storage.errors import (
    CacheBusy,
    CacheDamaged,
    CacheError,
    CacheFull,
    CacheMissing,
    CacheNewer,
    CacheOlder,
    CacheUnsafe,
)
from storage.locks import held

try:
    import pysqlite3.dbapi2 as _driver
except ImportError:  # no wheel for this platform: the standard library's, behind the write lock where it needs one
    _driver = sqlite3

Role = Literal["reader", "writer"]

DRIVER: ModuleType = _driver
# Binding None or a bool otherwise asks the whole adapter protocol first, an exception a value: a third of a sync.
DRIVER.register_adapter(type(None), {}.get)
DRIVER.register_adapter(bool, int)
WAL_RESET_FIXED = (3, 51, 3)
"""First SQLite whose write-ahead log cannot be corrupted by several processes that write and checkpoint at once."""
WRITES_NEED_A_LOCK: bool = DRIVER.sqlite_version_info < WAL_RESET_FIXED

APPLICATION_ID = 0x44525950
"""`DRYP` in the file's header: what tells our file from any other SQLite database."""
BUSY_S = 5.0
CHECKPOINT_PAGES = 4000
"""The log is carried over to the database when it has grown to about 16 MB."""
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "fuse.sshfs", "glusterfs"})
MOUNTS = Path("/proc/self/mountinfo")
REVISIONS = Path(__file__).parent / "migrations" / "versions"

_PRAGMAS = (
    f"busy_timeout = {int(BUSY_S * 1000)}",
    "foreign_keys = ON",
    "synchronous = NORMAL",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "temp_store = MEMORY",
    "cache_size = -32768",
)


def schema_version() -> int:
    """The schema this program knows: the number of its newest migration."""
    return max(int(path.name[:4]) for path in REVISIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))


class Cache:
    """An open cache. Sessions are short; a session never outlives one query or one page of a sync."""

    def __init__(self, path: Path, role: Role) -> None:
        """Use `Cache.open`."""
        self.path = path
        self.role = role
        self._reads = _engine(path, writes=False, role=role)
        self._writes = _engine(path, writes=True, role=role)
        self._watch: Any = None
        self._watch_lock = threading.Lock()

    @classmethod
    def open(cls, path: str | Path, role: Role = "reader") -> "Cache":
        """Open the cache at `path`; a writer (the leader) makes and migrates it, a reader never does.

        Raises:
            CacheMissing: a reader found no file, or (`CacheOlder`) one that the syncer has yet to migrate.
            CacheNewer: a newer Dryport wrote it.
            CacheDamaged: it is empty, corrupt or not ours.
            CacheUnsafe: others could change it, or it lies where locks do not hold.
            CacheError: any other reason the system gives.
        """
        path = Path(path).expanduser().absolute()
        if role == "writer":
            make_folder(path.parent)
        _check_safe(path)
        if not path.exists():
            if role == "reader":
                raise CacheMissing(f"There is no cache at {path} yet: run `dryport sync --once` first.")
            _create(path)
        cache = cls(path, role)
        try:
            cache._check_schema()
        except BaseException:
            cache.close()
            raise
        return cache

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state and cannot write; keep it for one query."""
        with _our_errors(self.path), Session(self._reads, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its start; commits at the end, rolls back on any error.

        Raises:
            CacheBusy: another process kept the lock longer than the busy timeout.
            CacheFull: no room, or a read-only disk; nothing of the transaction was kept.
        """
        gate = self._write_gate()
        with _our_errors(self.path), gate, Session(self._writes, expire_on_commit=False) as session, session.begin():
            session.connection()  # takes the lock now, not at the first statement
            yield session

    def data_version(self) -> int:
        """A number that moves when any other connection has committed; costs microseconds. Compare for equality only.

        A checkpoint moves it too, so a change here only says: look at `FeedState.gen`.
        """
        with self._watch_lock, _our_errors(self.path):
            if self._watch is None:
                self._watch = self._reads.raw_connection()
            cursor = self._watch.cursor()
            version = int(cursor.execute("PRAGMA data_version").fetchone()[0])
            cursor.close()
            return version

    def close(self) -> None:
        """Close every connection; a closed cache opens new ones when used again."""
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._reads.dispose()
        self._writes.dispose()

    def _write_gate(self) -> AbstractContextManager[object]:
        if WRITES_NEED_A_LOCK:
            return held(self.path.with_name(self.path.name + ".write"), wait_s=BUSY_S)
        return nullcontext()

    def _check_schema(self) -> None:
        if self.path.stat().st_size == 0:
            raise CacheDamaged(f"The cache {self.path} is empty: move it away; the next sync makes a new one.")
        with self.read() as session:
            connection = session.connection()
            ours = connection.exec_driver_sql("PRAGMA application_id").scalar_one() == APPLICATION_ID
            found = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        known = schema_version()
        if not ours or found < 1:
            raise CacheDamaged(
                f"{self.path} is not a cache of Dryport: move it away or choose another data folder (--data-dir)."
            )
        if found > known:
            raise CacheNewer(
                f"The cache {self.path} has schema {found}, written by a newer Dryport; this one knows {known}: "
                "upgrade this one."
            )
        if found < known and self.role == "reader":
            raise CacheOlder(f"The cache {self.path} has the older schema {found}: run `dryport sync` to migrate it.")
        if found < known:
            with _our_errors(self.path):
                _migrate(self._writes)


def _engine(path: Path, *, writes: bool, role: Role) -> Engine:
    """An engine whose connections begin themselves: IMMEDIATE to write, deferred and read-only to read."""
    # A URI with mode=rw never makes a file: only `_create` does.
    engine = create_engine(f"sqlite:///file:{_uri_path(path)}?mode=rw&uri=true", module=DRIVER)
    pragmas = [
        *_PRAGMAS,
        f"query_only = {'OFF' if writes else 'ON'}",
        # Only the leader checkpoints: else every session would carry the log over, one behind the other.
        f"wal_autocheckpoint = {CHECKPOINT_PAGES if role == 'writer' else 0}",
    ]

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver's own guess comes too late
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _uri_path(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _create(path: Path) -> None:
    """Make a whole, migrated cache under another name and put it in place, so that no reader meets half of one."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600 from the start
        os.close(handle)
        made = Path(name)
        try:
            _initialise(made)
            os.link(made, path)
        except FileExistsError:
            pass  # somebody else made it meanwhile, whole as well: theirs stands
        finally:
            for leftover in (made, Path(f"{made}-wal"), Path(f"{made}-shm")):
                leftover.unlink(missing_ok=True)
    except OSError as error:
        raise CacheUnsafe(
            f"Cannot make a cache in {path.parent}: {error.strerror or error}; make the folder writable or choose "
            "another one (--data-dir)."
        ) from error


def _initialise(path: Path) -> None:
    with _our_errors(path):
        # These two only take effect before the first table is made, and outside a transaction.
        connection = DRIVER.connect(str(path), isolation_level=None)
        try:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        engine = _engine(path, writes=True, role="writer")
        try:
            _migrate(engine)
        finally:
            engine.dispose()


def _migrate(engine: Engine) -> None:
    from storage.migrations import migrate

    with engine.begin() as connection:
        migrate(connection)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {schema_version()}")


def make_folder(folder: Path) -> None:
    """Make the folder of a cache, private from the start; `CacheUnsafe` when that cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CacheUnsafe(
            f"Cannot make the data folder {folder}: {error.strerror or error}; choose another one (--data-dir)."
        ) from error


def _check_safe(path: Path) -> None:
    """Refuse a place where another user could change the file, or where its locks do not hold."""
    try:
        folder = path.parent.stat()
    except FileNotFoundError:
        return  # a reader's missing folder is a missing cache
    except OSError as error:
        raise CacheUnsafe(f"Cannot look into {path.parent}: {error.strerror or error}; check its owner.") from error
    if folder.st_mode & stat.S_IWOTH:
        raise CacheUnsafe(f"Everybody can write to {path.parent}: run `chmod o-w {path.parent}` or choose another.")
    if file_system := network_file_system(path.parent):
        raise CacheUnsafe(
            f"{path.parent} lies on a network file system ({file_system}), where locks do not hold: choose a local "
            "folder (--data-dir)."
        )
    try:
        file = path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise CacheUnsafe(f"Cannot look at {path}: {error.strerror or error}; check the folder's owner.") from error
    if not stat.S_ISREG(file.st_mode):
        raise CacheUnsafe(f"{path} is not a plain file but a link or a folder: name the file itself or move it away.")
    if file.st_uid != os.geteuid():
        raise CacheUnsafe(f"{path} belongs to another user (id {file.st_uid}): use a data folder of your own.")
    if file.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CacheUnsafe(f"Others can write to {path}: run `chmod 600 {path}`.")


def network_file_system(folder: Path, mounts: str | None = None) -> str | None:
    """The type of the network file system `folder` lies on, or None; `mounts` is Linux's mountinfo, for tests."""
    if mounts is None:
        mounts = MOUNTS.read_text("utf-8", "replace") if MOUNTS.exists() else ""
    place, found = folder.resolve(), ("", "")
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), fields[4])
        if place.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, after.split(" ")[0])
    return found[1] if found[1] in NETWORK_FILE_SYSTEMS else None


@contextmanager
def _our_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says, wrapped by SQLAlchemy or raw from a cursor, into our tree; a bug stays what it is."""
    try:
        yield
    except DBAPIError as error:
        raise _translated(error.orig, path) or error from error
    except DRIVER.Error as error:
        raise _translated(error, path) or error from error


def _translated(error: BaseException | None, path: Path) -> CacheError | None:
    said = str(error).lower()
    if "locked" in said or "busy" in said:
        return CacheBusy(f"Another process held the cache {path} for over {BUSY_S:.0f} s: try again.")
    if "full" in said or "readonly" in said or "disk i/o" in said:
        return CacheFull(f"Cannot write the cache {path} ({said}): make room or make it writable; nothing was lost.")
    if "malformed" in said or "not a database" in said or "corrupt" in said:
        return CacheDamaged(f"The cache {path} is damaged ({said}): move it away; the next sync makes a new one.")
    if "unable to open" in said:
        return CacheError(f"Cannot open the cache {path}: check its folder, its owner and the limit of open files.")
    return None
