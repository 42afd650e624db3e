"""The hand-made terminal in a cache that no test changes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from tests.scene import NOW, build_scene
from tests.scenery.rows import ZONE
from tests.storage.conftest import DATABASES
from tests.storage.server import Server


@pytest.fixture(scope="session", params=DATABASES)
def scene_cache(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, empty_cache_file: Path
) -> Iterator[Cache]:
    """The scene, written once in each database."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("scene")
        folder.chmod(0o700)
        cache = Cache.open(shutil.copy(empty_cache_file, folder / "cache.db"), role="writer")
    else:
        server: Server = request.getfixturevalue("server")
        cache = Cache.open(server.new(), role="writer")
    build_scene(cache)
    yield cache
    cache.close()


@pytest.fixture
def session(scene_cache: Cache) -> Iterator[Session]:
    """A reading session on the scene."""
    with scene_cache.read() as session:
        yield session


@pytest.fixture
def clock() -> ManualClock:
    """10:41 on that Friday; each test has its own."""
    return ManualClock(NOW)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The site's rules, with its zone."""
    return Policy(zone=ZONE)
