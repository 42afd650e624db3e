"""What differs between the databases a cache can lie in, one file each; everything else is `storage.cache`.

A database is asked for what an engine is made of, never for the engine: only `storage.cache` makes engines.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sqlalchemy import URL, Connection, Engine

from storage.errors import CacheError
from storage.place import DatabaseUrl, Place, place_of

if TYPE_CHECKING:
    from storage.databases.postgres import PostgresDatabase

Role = Literal["reader", "writer"]
Use = Literal["read", "write", "migrate"]
"""What an engine is for: short consistent reads, writing under the cache's write lock, or changing the schema."""


class LeadLock(Protocol):
    """The lock whose holder leads the cache; it ends with the process, however that ends."""

    def held(self) -> bool:
        """Whether it is still ours, or could be taken again at once after the database had been away."""
        ...

    def close(self) -> None:
        """Give it up."""
        ...


class Database(Protocol):
    """One place of a cache."""

    @property
    def place(self) -> Place:
        """Where it lies; `str` of it is for sentences."""
        ...

    @property
    def driver_error(self) -> type[Exception]:
        """What the driver's own cursors raise."""
        ...

    def address(self) -> tuple[str | URL, Mapping[str, Any]]:
        """What `create_engine` is called with."""
        ...

    def prepare(self, engine: Engine, use: Use, role: Role) -> None:
        """Make every connection of `engine` begin as `use` asks."""
        ...

    def make_ready(self, role: Role, migrate: Callable[["Database"], None]) -> None:
        """Look at the place before it is opened, and make there what a writer needs; see `Cache.open` for errors."""
        ...

    def schema_of(self, connection: Connection) -> int:
        """The schema found there, 0 for none yet; `CacheDamaged` for what is not ours."""
        ...

    def stamp(self, connection: Connection, schema: int) -> None:
        """Mark the migrated database as ours, in the migration's transaction."""
        ...

    def copied(self, schema: int) -> AbstractContextManager[None]:
        """Keep a copy of the cache while its `schema` is changed inside, and on until the next change that works."""
        ...

    def write_gate(self) -> AbstractContextManager[object]:
        """What a write transaction stands in besides the database's own lock."""
        ...

    def data_version(self, cursor: Any) -> int:
        """A number that moves with every commit of another connection, asked by the driver's `cursor`."""
        ...

    def translated(self, error: BaseException | None) -> CacheError | None:
        """The driver's error as one of ours; None for a bug."""
        ...

    def break_lead(self) -> None:
        """Take the lead from a process that holds it and does nothing; it is fenced when it wakes up."""
        ...

    def try_lead(self) -> LeadLock | None:
        """The lead of this cache, or None while another process holds it."""
        ...


def database_of(place: str | Place) -> Database:
    """The database at `place`; the driver of a database server is imported only for one."""
    found = place_of(place)
    if isinstance(found, DatabaseUrl):
        return server_at(found)
    from storage.databases.sqlite import SqliteFile

    return SqliteFile(found)


def server_at(place: DatabaseUrl) -> "PostgresDatabase":
    """The database at `place`; `CacheError` when its driver, an extra, is not installed."""
    try:
        from storage.databases.postgres import PostgresDatabase
    except ModuleNotFoundError as missing:
        if missing.name != "psycopg":
            raise
        raise CacheError(f"The cache {place} needs the driver of PostgreSQL: install dryport[postgres].") from None
    return PostgresDatabase(place)
