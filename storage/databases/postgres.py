"""A cache in one PostgreSQL database, shared by the consoles and syncers of many machines.

Rules held here: readers see one snapshot and cannot write; writers take turns by the `pulse` row, which each write
transaction moves at its start and by which readers learn of its commit; the lead is an advisory lock of a session of
its own. A session that stands still in a transaction is ended by the server, so that a process that was stopped never
keeps the others waiting. The database is Dryport's own: it holds nothing else.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, event, make_url

from storage.databases import Database, Role, Use
from storage.errors import (
    CacheBusy,
    CacheDamaged,
    CacheError,
    CacheForeign,
    CacheFull,
    CacheInterrupted,
)
from storage.place import DatabaseUrl
from storage.text import clean

MARK = "Dryport cache"
"""The comment on Alembic's table: what tells our database from any other."""
LEAD = 0x44525950
"""`DRYP`: the advisory lock whose holder leads. Advisory locks are told apart by database."""
BUSY_S = 5
READING_S, WRITING_S = 60, 10
"""A session that stands still in a transaction for this long is ended by the server, seconds."""

DEFAULTS = {
    "connect_timeout": "5",
    "application_name": "dryport",
    # A machine that vanished must not hold the lead for the two hours that TCP would grant it.
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""Options of every connection; the address may say otherwise."""

_BEAT = "INSERT INTO pulse (id, beat) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET beat = pulse.beat + 1"

_TABLES = """
SELECT count(*), count(*) FILTER (WHERE relname = 'alembic_version'),
    max(obj_description(oid, 'pg_class')) FILTER (WHERE relname = 'alembic_version')
FROM pg_catalog.pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
"""
"""How many tables there are, whether Alembic's is one of them, and its mark. Asked at once, since another may be making
them just now: a table that is looked up by its name is there at once, its mark only for who begins to look later."""

_KEEPALIVE = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"
"""The server's side of the same, for the session that holds the lead."""

_FULL = {"25006": "it is read-only", "53100": "its disk is full"}
_REFUSED = {
    "28000": "user or host is not allowed: see the server's pg_hba.conf",
    "28P01": "the password is wrong: see ~/.pgpass, PGPASSFILE or PGPASSWORD",
    "3D000": "there is no such database: see the README for how to make one",
    "42501": "the user has no right to do that: make it the owner of the database",
    "53300": "it has too many connections: raise max_connections",
}
_AGAIN = {
    "40001": "two transactions were in each other's way",
    "40P01": "two transactions waited for each other",
    "25P03": "the transaction stood still for too long",
    "25P04": "the transaction took too long",
    "57014": "a question took too long",
    "57P01": "the server ended the session",
    "57P02": "the server broke down",
    "57P03": "the server is starting or stopping",
    "57P05": "the server ended an idle session",
}


class PostgresDatabase:
    """The database of a cache; see `storage.databases.Database`."""

    def __init__(self, place: DatabaseUrl) -> None:
        """Nothing is connected."""
        self.place = place
        self._look: psycopg.Connection[Any] | None = None

    @property
    def driver_error(self) -> type[Exception]:
        """What its cursors raise."""
        return psycopg.Error

    @property
    def url(self) -> URL:
        """The address with the options it leaves open."""
        url = make_url(self.place.text)
        return url.update_query_dict({key: value for key, value in DEFAULTS.items() if key not in url.query})

    def address(self) -> tuple[str | URL, Mapping[str, Any]]:
        """Few connections a process, each looked at before it is used: the server may have been started again."""
        return self.url, {"pool_pre_ping": True, "pool_size": 1, "max_overflow": 9}

    def prepare(self, engine: Engine, use: Use, role: Role) -> None:
        """Readers: one snapshot, read only. Writers begin by waiting for their turn, up to the busy timeout."""

        @event.listens_for(engine, "connect")
        def connected(connection: psycopg.Connection[Any], _record: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{BUSY_S}s'")
                idle = READING_S if use == "read" else WRITING_S
                cursor.execute(f"SET idle_in_transaction_session_timeout = '{idle}s'")
                if use == "read":
                    cursor.execute(f"SET statement_timeout = '{READING_S}s'")
            connection.commit()
            if use == "read":
                connection.read_only = True
            level = psycopg.IsolationLevel
            connection.isolation_level = level.REPEATABLE_READ if use == "read" else level.READ_COMMITTED

        if use == "write":

            @event.listens_for(engine, "begin")
            def begin(connection: Connection) -> None:
                connection.exec_driver_sql(_BEAT)

    def make_ready(self, role: Role, migrate: Callable[[Database], None]) -> None:
        """Nothing: a database is made by whoever looks after the server, its tables by the first migration."""

    def schema_of(self, connection: Connection) -> int:
        """The number of the revision, 0 for an empty database."""
        ask = connection.exec_driver_sql
        tables, ours, mark = ask(_TABLES).one()
        if not ours:
            if tables:
                raise CacheForeign(f"{self.place} holds tables of something else: give Dryport a database of its own.")
            encoding = ask("SHOW server_encoding").scalar_one()
            if encoding != "UTF8":
                raise CacheError(f"{self.place} is encoded in {encoding}: make it with ENCODING 'UTF8'.")
            return 0
        if mark != MARK:
            raise CacheForeign(f"{self.place} is not a cache of Dryport: give Dryport a database of its own.")
        return int(ask("SELECT version_num FROM alembic_version").scalar_one())

    def stamp(self, connection: Connection, schema: int) -> None:
        """Mark Alembic's table, which has the number already."""
        connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{MARK}'")

    def copied(self, schema: int) -> AbstractContextManager[None]:
        """None: schema changes are transactions here, and copies are the business of who looks after the server."""
        return nullcontext()

    def write_gate(self) -> AbstractContextManager[object]:
        """None: writers take turns by the pulse row."""
        return nullcontext()

    def data_version(self, cursor: Any) -> int:
        """How many write transactions there have been."""
        cursor.connection.autocommit = True  # one round trip, and no transaction is left open behind
        row = cursor.execute("SELECT beat FROM pulse").fetchone()
        return int(row[0]) if row else 0

    def translated(self, error: BaseException | None) -> CacheError | None:
        """By SQLSTATE; a session that ended without one is a server that went away."""
        if not isinstance(error, psycopg.Error):
            return None
        state = error.sqlstate or ""
        if state == "55P03":
            return CacheBusy(f"Another process held the cache {self.place} for over {BUSY_S} s: try again.")
        if state in _FULL:
            return CacheFull(f"Cannot write the cache {self.place}: {_FULL[state]}; nothing was lost.")
        if state in _AGAIN:
            return CacheInterrupted(f"The cache {self.place} broke off a transaction: {_AGAIN[state]}; try again.")
        if state in _REFUSED or (not state and (state := _refusal(str(error)))):
            return CacheError(f"Cannot use the cache {self.place}: {_REFUSED[state]}.")
        if state[:2] == "XX" and state != "XX000":
            return CacheDamaged(f"The cache {self.place} is damaged: restore it, or drop it; the next sync fills it.")
        if state[:2] == "08" or (not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)):
            reason = clean(str(error).partition("\n")[0].rpartition(": ")[2], limit=120) or "it does not answer"
            return CacheInterrupted(f"The server of the cache {self.place} cannot be reached ({reason}): is it up?")
        return None

    def try_lead(self) -> "SessionLock | None":
        """An advisory lock in a session of its own."""
        try:
            connection = self.connect()
            if _locked(connection):
                return SessionLock(self, connection)
            connection.close()
        except psycopg.Error as error:
            raise self.translated(error) or error from error
        return None

    def is_led(self) -> bool:
        """Whether some session holds the lead; asked again and again, so its connection stays."""
        try:
            if self._look is not None:
                with suppress(psycopg.OperationalError):  # the server has been away: connect anew
                    return _is_led(self._look)
                self.close()
            self._look = self.connect()
            return _is_led(self._look)
        except psycopg.Error as error:
            raise self.translated(error) or error from error

    def break_lead(self) -> None:
        """End the session that holds the lead, which its process can no longer do itself."""
        try:
            with self.connect() as connection:
                connection.execute(f"SELECT pg_terminate_backend(pid) {_HOLDER}")
        except psycopg.Error as error:
            raise self.translated(error) or error from error

    def close(self) -> None:
        """Close what `is_led` keeps open."""
        if self._look is not None:
            self._look.close()
            self._look = None

    def connect(self) -> "psycopg.Connection[Any]":
        """A connection outside any pool that commits each statement."""
        url = self.url
        args, options = url.get_dialect()().create_connect_args(url)
        return psycopg.connect(*args, **options, autocommit=True)


class SessionLock:
    """The lead of a cache in a database server: it is ours as long as the session lives."""

    def __init__(self, database: PostgresDatabase, connection: "psycopg.Connection[Any]") -> None:
        """`connection` holds the lock."""
        self._database, self._connection = database, connection

    def held(self) -> bool:
        """Whether the session lives; after a restart of the server the lock is taken again, if nobody else has it."""
        try:
            self._connection.execute("SELECT 1")
        except psycopg.OperationalError:
            self._connection.close()
            self._connection = self._database.connect()
            return _locked(self._connection)
        return True

    def close(self) -> None:
        """Give it up, at once: the end of a session takes the server a moment."""
        with suppress(psycopg.Error):  # a session that ended already holds nothing
            self._connection.execute(f"SELECT pg_advisory_unlock({LEAD})")
        self._connection.close()


_HOLDER = f"""FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND classid = 0 AND objid = {LEAD} AND granted AND datname = current_database()"""


def _is_led(connection: "psycopg.Connection[Any]") -> bool:
    return connection.execute(f"SELECT pid {_HOLDER}").fetchone() is not None


def _locked(connection: "psycopg.Connection[Any]") -> bool:
    connection.execute(_KEEPALIVE)
    row = connection.execute(f"SELECT pg_try_advisory_lock({LEAD})").fetchone()
    return bool(row and row[0])


def _refusal(said: str) -> str:
    """What a refused connection says: its SQLSTATE does not get through, only its words."""
    return next((state for words, state in _WORDS.items() if words in said), "")


_WORDS = {
    "password": "28P01",
    "no pg_hba.conf entry": "28000",
    "does not exist": "3D000",
    "too many clients": "53300",
    "remaining connection slots": "53300",
    "permission denied": "42501",
}
