"""The migrations lead to exactly what the models say."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect

from storage import cache as cache_module
from storage import migrations
from storage.cache import Cache, schema_version
from storage.databases.sqlite import DRIVER
from storage.errors import CacheFull, CacheNewer
from storage.migrations.make import main, make
from storage.models import FEEDS
from tests.storage.kept import differences


def test_the_migrated_cache_does_not_differ_from_the_models(cache: Cache) -> None:
    with cache.read() as session:
        assert differences(session) == []


def test_every_feed_has_its_table(cache: Cache) -> None:
    with cache.read() as session:
        assert set(FEEDS) <= set(inspect(session.connection()).get_table_names())


def test_a_failing_migration_leaves_nothing_behind(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def make_half(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE half (made integer)")
        raise RuntimeError("power cut")

    cache.close()
    monkeypatch.setattr(migrations, "migrate", make_half)
    monkeypatch.setattr(cache_module, "schema_version", lambda: schema_version() + 1)
    with pytest.raises(RuntimeError):
        Cache.open(cache.place, role="writer")
    monkeypatch.undo()
    with Cache.open(cache.place).read() as session:
        assert "half" not in inspect(session.connection()).get_table_names()


def newer(monkeypatch: pytest.MonkeyPatch, schema: int, migrate: Callable[[Connection], None]) -> None:
    """As if this were a later Dryport, whose `migrate` leads to `schema`."""
    monkeypatch.setattr(migrations, "migrate", migrate)
    monkeypatch.setattr(cache_module, "schema_version", lambda: schema)


def copies(cache: Cache) -> list[str]:
    return sorted(path.name for path in cache.path.parent.glob("*.schema*"))


def add_wings(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE wings (name text)")


def test_a_cache_is_copied_before_it_is_migrated_and_the_copy_opens(
    file_cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_cache.close()
    with monkeypatch.context() as patched:
        newer(patched, schema_version() + 1, add_wings)
        Cache.open(file_cache.path, role="writer").close()
    copy = file_cache.path.with_name(copies(file_cache)[0])
    assert copy.stat().st_mode & 0o777 == 0o600
    with Cache.open(copy).read() as session:
        assert "wings" not in inspect(session.connection()).get_table_names()
    with pytest.raises(CacheNewer, match="upgrade this one"):
        Cache.open(file_cache.path, role="writer")


def test_the_copy_stays_until_the_next_migration_that_works(file_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(_connection: Connection) -> None:
        raise RuntimeError("power cut")

    file_cache.close()
    now = schema_version()
    newer(monkeypatch, now + 1, add_wings)
    Cache.open(file_cache.path, role="writer").close()
    first, second = f"cache.db.schema{now}", f"cache.db.schema{now + 1}"
    newer(monkeypatch, now + 2, power_cut)
    with pytest.raises(RuntimeError):
        Cache.open(file_cache.path, role="writer")
    assert first in copies(file_cache)
    newer(monkeypatch, now + 2, lambda _connection: None)
    Cache.open(file_cache.path, role="writer").close()
    assert copies(file_cache) == [second]


def test_without_room_for_the_copy_nothing_is_migrated(file_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_path: Path, _to: Path) -> None:
        raise DRIVER.OperationalError("database or disk is full")

    file_cache.close()
    with monkeypatch.context() as patched:
        newer(patched, schema_version() + 1, add_wings)
        patched.setattr("storage.databases.sqlite._copy", no_room)
        with pytest.raises(CacheFull, match="make room"):
            Cache.open(file_cache.path, role="writer")
    with Cache.open(file_cache.path).read() as session:
        assert "wings" not in inspect(session.connection()).get_table_names()


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """The migrations as a developer's own copy, to be written into."""
    return shutil.copytree(migrations.HERE, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))


def test_a_baseline_made_anew_has_every_feed_and_names_no_class_of_ours(own_folder: Path) -> None:
    for revision in (own_folder / "versions").glob("*.py"):
        revision.unlink()
    text = make("Baseline", 1, own_folder).read_text("utf-8")
    assert all(f'"{feed}",' in text for feed in FEEDS)
    assert "sqlmodel" not in text
    assert "storage" not in text
    assert "###" not in text


def test_a_migration_made_after_the_newest_follows_it(own_folder: Path) -> None:
    number = schema_version() + 1
    written = make("Trains have wings", number, own_folder)
    assert written.name == f"{number:04}_trains_have_wings.py"
    assert f'down_revision = "{number - 1:04}"' in written.read_text("utf-8")


def test_making_a_migration_without_words_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["make"])
    with pytest.raises(SystemExit, match="what changed"):
        main()
