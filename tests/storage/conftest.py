"""A cache for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.cache import Cache


@pytest.fixture(scope="session")
def empty_cache_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed, migrated, empty cache: made once, since migrating takes a while; copy it, never open it."""
    cache = Cache.open(tmp_path_factory.mktemp("made") / "cache.db", role="writer")
    cache.close()
    return cache.path


@pytest.fixture
def cache(tmp_path: Path, empty_cache_file: Path) -> Iterator[Cache]:
    """An empty, migrated cache, open to write."""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)
    cache = Cache.open(shutil.copy(empty_cache_file, folder / "cache.db"), role="writer")
    yield cache
    cache.close()
