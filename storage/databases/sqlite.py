"""A cache in one SQLite file of this machine.

Rules held here: write-ahead log; every writer begins IMMEDIATE, so that it waits for its turn instead of failing
half-way; readers cannot write by mistake; the file is 0600 in a folder nobody else can write; the file is only ever
opened by SQLite (a plain `open()` in this process would drop SQLite's locks on it).
"""

import glob
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import URL, Connection, Engine, event

from storage.databases import Database, Role, Use
from storage.databases.folders import check_safe, make_folder
from storage.databases.readings import Readings
from storage.disk import is_read_only
from storage.errors import CacheBusy, CacheDamaged, CacheError, CacheForeign, CacheFull, CacheMissing, CacheUnsafe
from storage.holders import stopped_writer, writer_of
from storage.locks import held, try_lock
from storage.place import LOGS

try:
    DRIVER: ModuleType = import_module("pysqlite3.dbapi2")
except ImportError:  # no wheel for this platform: the standard library's, behind the write lock where it needs one
    DRIVER = import_module("sqlite3.dbapi2")
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
LOG_BYTES = 64 * 2**20
"""A log that had to grow past this is cut back when it is reset."""

READ_PAGES_KB, WRITE_PAGES_KB = 256, 32_768
"""Pages of the file that a connection keeps. A reader has the system's own copy of them at hand: with 32 MB it is
hardly quicker over 100 000 boxes, with 1 MB no quicker, and a console has several connections."""
STATEMENTS = 32
"""Prepared statements that a connection keeps: they are large, and to prepare one is no work beside what it asks."""

_PRAGMAS = (
    f"busy_timeout = {int(BUSY_S * 1000)}",
    "foreign_keys = ON",
    "synchronous = NORMAL",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "temp_store = MEMORY",
    f"journal_size_limit = {LOG_BYTES}",
)


class SqliteFile:
    """The file of a cache; see `storage.databases.Database`."""

    def __init__(self, place: Path) -> None:
        """Nothing is opened."""
        self.place = place
        self._readings = Readings(place, self.driver_error)

    @property
    def driver_error(self) -> type[Exception]:
        """What its cursors raise."""
        error: type[Exception] = DRIVER.Error
        return error

    def address(self) -> tuple[str | URL, Mapping[str, Any]]:
        """A URI with mode=rw, which never makes a file: only `make_ready` does.

        On a read-only disk SQLite cannot make the log's index, and needs none when there is no log.
        """
        path = str(self.place).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        mode = "mode=ro&immutable=1" if self.is_frozen() else "mode=rw"
        options = {"module": DRIVER, "connect_args": {"cached_statements": STATEMENTS}}
        return f"sqlite:///file:{path}?{mode}&uri=true", options

    def is_frozen(self) -> bool:
        """Whether nobody can change the file, and all that was committed is in it."""
        return is_read_only(self.place.parent) and not Path(f"{self.place}-wal").exists()

    def prepare(self, engine: Engine, use: Use, role: Role) -> None:
        """Begin IMMEDIATE to write, deferred and read-only to read."""
        pragmas = [
            *_PRAGMAS,
            f"query_only = {'ON' if use == 'read' else 'OFF'}",
            f"cache_size = {-READ_PAGES_KB if role == 'reader' else -WRITE_PAGES_KB}",
            # Only the leader checkpoints: else every session would carry the log over, one behind the other.
            f"wal_autocheckpoint = {CHECKPOINT_PAGES if role == 'writer' else 0}",
        ]

        @event.listens_for(engine, "connect")
        def connected(connection: Any, _record: object) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves; the driver's own guess comes too late
            cursor = connection.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            durable = bool(connection.get_execution_options().get("durable"))
            if durable != connection.info.get("durable", False):
                connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                connection.info["durable"] = durable
            connection.exec_driver_sql("BEGIN" if use == "read" else "BEGIN IMMEDIATE")

        if use == "read":
            self._readings.watch(engine)

    def make_ready(self, role: Role, migrate: Callable[[Database], None]) -> None:
        """Check that the place is safe; a writer makes folder and file when they are missing."""
        if role == "writer":
            make_folder(self.place.parent)
        check_safe(self.place)
        if not self.place.exists():
            if role == "reader":
                raise CacheMissing(f"There is no cache at {self.place} yet: run `dryport sync --once` first.")
            self._create(migrate)
        if self.place.stat().st_size == 0:
            raise CacheDamaged(f"The cache {self.place} is empty: the next sync sets it aside and makes a new one.")

    def schema_of(self, connection: Connection) -> int:
        """The number stamped into the file."""
        ours = connection.exec_driver_sql("PRAGMA application_id").scalar_one() == APPLICATION_ID
        found = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        if not ours:
            raise CacheForeign(
                f"{self.place} is not a cache of Dryport: move it away or choose another data folder (--data-dir)."
            )
        if found < 1:
            raise CacheDamaged(f"The cache {self.place} has lost its schema: the next sync makes a new one.")
        return found

    def stamp(self, connection: Connection, schema: int) -> None:
        """Write both into the file's header."""
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {schema}")

    @contextmanager
    def copied(self, schema: int) -> Iterator[None]:
        """The copy is `<cache>.schema<N>` beside it, whole or not there; 0 is a new cache, which needs none."""
        copy = self.place.with_name(f"{self.place.name}.schema{schema}")
        if schema:
            _copy(self.place, copy)
        yield
        for older in self.place.parent.glob(f"{glob.escape(self.place.name)}.schema*"):
            if schema and older != copy:
                older.unlink(missing_ok=True)

    def write_gate(self) -> AbstractContextManager[object]:
        """A lock beside the file, where this SQLite needs one."""
        if WRITES_NEED_A_LOCK:
            return held(self.place.with_name(self.place.name + ".write"), wait_s=BUSY_S, busy=self._busy)
        return nullcontext()

    def data_version(self, cursor: Any) -> int:
        """SQLite's own; costs microseconds. A checkpoint moves it too. Whoever looks also ends overdue readings."""
        self._readings.end_overdue()
        return int(cursor.execute("PRAGMA data_version").fetchone()[0])

    def translated(self, error: BaseException | None) -> CacheError | None:
        """SQLite tells its errors apart by their words only."""
        said = str(error).lower()
        if "locked" in said or "busy" in said:
            return self._busy()
        if "readonly" in said and (shut := self._shut()):
            return CacheFull(f"Cannot write {shut}: run `chmod u+w {shut}`; nothing was lost.")
        if "full" in said or "readonly" in said or "disk i/o" in said:
            return CacheFull(
                f"Cannot write the cache {self.place} ({said}): make room or make it writable; nothing was lost."
            )
        if any(
            words in said for words in ("malformed", "not a database", "corrupt", "could not decode", "can't decode")
        ):
            return CacheDamaged(
                f"The cache {self.place} is damaged ({said}): the next sync sets it aside and makes a new one."
            )
        if "interrupted" in said:
            return self._readings.ended()
        if "unable to open" in said:
            return CacheError(
                f"Cannot open the cache {self.place}: check its folder, its owner and the limit of open files."
            )
        return None

    def _shut(self) -> Path | None:
        """What our user may not write: the log takes the mode that the file had when it was opened."""
        if is_read_only(self.place.parent):
            return None
        all_of_it = (self.place.parent, *(Path(f"{self.place}{part}") for part in ("", *LOGS)))
        return next((path for path in all_of_it if path.exists() and not os.access(path, os.W_OK)), None)

    def try_lead(self) -> "FileLock | None":
        """`flock` on a file beside the cache that is never unlinked; makes the folder when it is missing."""
        make_folder(self.place.parent)
        path = lock_path(self.place)
        try:
            handle = try_lock(path)
        except OSError as error:
            raise CacheError(
                f"Cannot lock {path}: {error.strerror or error}; check its folder, its owner and the limit of open "
                "files."
            ) from error
        if handle is None:
            return None
        lock = FileLock(path, handle)
        if not lock.held():
            lock.close()  # the file was replaced between opening and locking it: what we hold is nobody's lock
            return None
        return lock

    def break_lead(self) -> None:
        """Take the lock file away: its holder finds that it holds nothing any more."""
        lock_path(self.place).unlink(missing_ok=True)

    def _busy(self) -> CacheBusy:
        """Who is in the way, as far as the system tells."""
        if stopped := stopped_writer(self.place):
            return CacheBusy(stopped)
        pid = writer_of(self.place)
        who = "Another process" if pid is None else f"Another process (pid {pid})"
        return CacheBusy(f"{who} held the cache {self.place} for over {BUSY_S:.0f} s: try again.")

    def _create(self, migrate: Callable[[Database], None]) -> None:
        """Make a whole, migrated cache under another name and put it in place, so that no reader meets half of one."""
        try:
            if not self.place.exists():
                # Left by a file that was moved away: SQLite would play this log into the new one.
                for log in LOGS:
                    Path(f"{self.place}{log}").unlink(missing_ok=True)
            if (anew := anew_path(self.place)).exists():
                anew.rename(self.place)
                return
            handle, name = tempfile.mkstemp(prefix=f".{self.place.name}.", dir=self.place.parent)  # 0600 from the start
            os.close(handle)
            made = Path(name)
            try:
                _initialise(made)
                migrate(SqliteFile(made))
                os.link(made, self.place)
            except FileExistsError:
                pass  # somebody else made it meanwhile, whole as well: theirs stands
            finally:
                for leftover in ("", *LOGS):
                    Path(f"{made}{leftover}").unlink(missing_ok=True)
        except OSError as error:
            raise CacheUnsafe(
                f"Cannot make a cache in {self.place.parent}: {error.strerror or error}; make the folder writable or "
                "choose another one (--data-dir)."
            ) from error


def anew_path(cache: Path) -> Path:
    """The whole cache that follows a damaged one as soon as that is set aside, with what people wrote in it."""
    return cache.with_name(cache.name + ".anew")


def lock_path(cache: Path) -> Path:
    """The file whose lock is the lead of the cache at `cache`."""
    return cache.with_name(cache.name + ".leader")


class FileLock:
    """The lead of a cache in a file."""

    def __init__(self, path: Path, handle: int) -> None:
        """`handle` holds the lock on `path`."""
        self._path, self.handle = path, handle

    def held(self) -> bool:
        """Whether the path still names the file we hold: one that was unlinked or replaced is no lock any more."""
        try:
            return os.path.samestat(os.fstat(self.handle), self._path.stat())
        except OSError:  # gone, or its folder shut
            return False

    def close(self) -> None:
        """Give it up."""
        os.close(self.handle)


def _copy(path: Path, to: Path) -> None:
    """Write what is committed at `path` to another file; a file that is there stays until the new one is whole."""
    handle, name = tempfile.mkstemp(prefix=f".{to.name}.", dir=to.parent)  # 0600 from the start
    os.close(handle)
    connection = DRIVER.connect(str(path), isolation_level=None)
    try:
        connection.execute("VACUUM INTO ?", (name,))
        Path(name).replace(to)
    finally:
        connection.close()
        Path(name).unlink(missing_ok=True)


def _initialise(path: Path) -> None:
    # These two only take effect before the first table is made, and outside a transaction.
    connection = DRIVER.connect(str(path), isolation_level=None)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
