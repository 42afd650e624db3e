"""A cache for each test, in every database that a cache can lie in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.cache import Cache
from storage.place import DatabaseUrl
from tests.storage.server import Server, running_server

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def empty_cache_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed, migrated, empty cache: made once, since migrating takes a while; copy it, never open it."""
    cache = Cache.open(tmp_path_factory.mktemp("made") / "cache.db", role="writer")
    cache.close()
    return cache.path


@pytest.fixture
def file_cache(tmp_path: Path, empty_cache_file: Path) -> Iterator[Cache]:
    """An empty, migrated cache in a file, open to write."""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)
    cache = Cache.open(shutil.copy(empty_cache_file, folder / "cache.db"), role="writer")
    yield cache
    cache.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The tests' own PostgreSQL server."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def shared_database(server: Server) -> DatabaseUrl:
    """A database that one test after another uses, emptied in between."""
    return server.new()


@pytest.fixture
def server_cache(server: Server, shared_database: DatabaseUrl) -> Iterator[Cache]:
    """An empty, migrated cache in a database server, open to write."""
    server.empty(shared_database)
    cache = Cache.open(shared_database, role="writer")
    yield cache
    cache.close()


@pytest.fixture(params=DATABASES)
def cache(request: pytest.FixtureRequest) -> Cache:
    """An empty, migrated cache, open to write: the same promises hold in a file and in a server."""
    found = request.getfixturevalue({"sqlite": "file_cache", "postgresql": "server_cache"}[request.param])
    assert isinstance(found, Cache)
    return found
