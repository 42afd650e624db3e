"""The migrations lead to exactly what the models say."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlmodel import SQLModel

from storage import cache as cache_module
from storage import migrations
from storage.cache import Cache
from storage.models import FEEDS


def test_the_migrated_cache_does_not_differ_from_the_models(cache: Cache) -> None:
    with cache.read() as session:
        assert compare_metadata(MigrationContext.configure(session.connection()), SQLModel.metadata) == []


def test_every_feed_has_its_table(cache: Cache) -> None:
    with cache.read() as session:
        assert set(FEEDS) <= set(inspect(session.connection()).get_table_names())


def test_a_failing_migration_leaves_nothing_behind(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def make_half(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE half (made)")
        raise RuntimeError("power cut")

    cache.close()
    monkeypatch.setattr(migrations, "migrate", make_half)
    monkeypatch.setattr(cache_module, "schema_version", lambda: 2)
    with pytest.raises(RuntimeError):
        Cache.open(cache.path, role="writer")
    monkeypatch.undo()
    with Cache.open(cache.path).read() as session:
        assert "half" not in inspect(session.connection()).get_table_names()
