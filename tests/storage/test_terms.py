"""A program and a cache of different ages: who may read, who may write, and what a person is told."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, insert
from sqlmodel import Session, SQLModel, select

from storage import cache as cache_module
from storage import notes
from storage.cache import OLDEST_READER, Cache, schema_version
from storage.clock import ManualClock
from storage.errors import CacheNewer
from storage.models import SourceState
from storage.models.base import EPOCH
from storage.models.local import Terms
from tests.storage.kept import FOLDER, unpack

NEWER = schema_version() + 1
UPGRADE = "[Uu]pgrade this one"
CLOCK = ManualClock(EPOCH)


def migrate_to(session: Session, schema: int, *, min_reader: int) -> None:
    """What the syncer of a newer Dryport does, as far as an older one sees it."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql(f"PRAGMA user_version = {schema}")
    else:
        session.connection().exec_driver_sql(f"UPDATE alembic_version SET version_num = '{schema:04}'")
    session.connection().execute(delete(Terms))
    session.connection().execute(insert(Terms).values(id=1, min_reader=min_reader, min_writer=schema))


@pytest.fixture
def migrated(cache: Cache) -> Iterator[Cache]:
    """A cache of the next schema, which programs of ours may read."""
    with cache.write() as session:
        session.add(SourceState(source="gateway"))
        migrate_to(session, NEWER, min_reader=OLDEST_READER)
    yield cache
    with cache.write() as session:  # the server's database is used by the next test as well
        migrate_to(session, schema_version(), min_reader=OLDEST_READER)


def test_whoever_makes_or_migrates_a_cache_writes_its_terms(file_cache: Cache) -> None:
    with file_cache.read() as session:
        terms = session.get_one(Terms, 1)
    assert (terms.min_reader, terms.min_writer) == (OLDEST_READER, schema_version())


def test_a_cache_of_our_own_age_needs_no_word(cache: Cache) -> None:
    with closing(Cache.open(cache.place)) as opened:
        assert opened.notice == ""


def test_a_newer_cache_is_read_and_the_person_is_told(migrated: Cache) -> None:
    with closing(Cache.open(migrated.place)) as older:
        with older.read() as session:
            assert session.exec(select(SourceState.source)).all() == ["gateway"]
        assert f"schema {NEWER}" in older.notice
        assert "Upgrade this one" in older.notice


def test_nobody_older_writes_into_a_newer_cache(migrated: Cache) -> None:
    with pytest.raises(CacheNewer, match=rf"can only read it: {UPGRADE}"):
        Cache.open(migrated.place, role="writer")
    with closing(Cache.open(migrated.place)) as older:
        with pytest.raises(CacheNewer, match=UPGRADE):
            notes.add(older, CLOCK, "train", "t1", "asks for the early slot")
        with older.read() as session:
            assert notes.on(session, CLOCK, "train", "t1") == []


def test_a_newer_cache_that_cannot_be_read_says_what_to_do(migrated: Cache) -> None:
    with migrated.write() as session:
        migrate_to(session, NEWER, min_reader=NEWER)
    for role in ("reader", "writer"):
        with pytest.raises(CacheNewer, match=rf"schema {NEWER}.*knows {NEWER - 1} and can not read it: {UPGRADE}"):
            Cache.open(migrated.place, role=role)


def test_a_cache_that_lost_its_terms_is_read_by_nobody_older(migrated: Cache) -> None:
    with migrated.write() as session:
        session.connection().execute(delete(Terms))
    with pytest.raises(CacheNewer, match=UPGRADE):
        Cache.open(migrated.place)


def test_a_program_that_runs_notices_the_migration_and_only_reads_from_then_on(cache: Cache) -> None:
    with closing(Cache.open(cache.place)) as running:
        notes.add(running, CLOCK, "train", "t1", "before")
        before = running.data_version()
        with cache.write() as session:
            migrate_to(session, NEWER, min_reader=OLDEST_READER)
        assert running.data_version() != before
        running.check()
        assert "Upgrade this one" in running.notice
        with pytest.raises(CacheNewer, match=UPGRADE):
            notes.add(running, CLOCK, "train", "t1", "after")
        with cache.write() as session:
            migrate_to(session, NEWER, min_reader=NEWER)
        with pytest.raises(CacheNewer, match=UPGRADE):
            running.check()
        with cache.write() as session:
            migrate_to(session, schema_version(), min_reader=OLDEST_READER)


def test_what_an_older_reader_asks_for_is_all_still_there(tmp_path: Path) -> None:
    """Whoever takes a column away, or renames it, has to raise `OLDEST_READER`."""
    now = {(table.name, column.name) for table in SQLModel.metadata.sorted_tables for column in table.columns}
    for schema in range(OLDEST_READER, schema_version()):
        path = unpack(FOLDER / f"{schema:04}.db.gz", tmp_path / str(schema))
        asked = "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"
        with sqlite3.connect(path) as connection:
            then = set(connection.execute(asked))
        ours = {(table, column) for table, column in then if table not in ("alembic_version", "sqlite_sequence")}
        assert ours - now == set(), f"schema {schema} is not readable any more"


def test_an_older_syncer_would_have_to_know_the_schema_it_writes(
    file_cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_cache.close()
    monkeypatch.setattr(cache_module, "schema_version", lambda: NEWER - 2)
    with pytest.raises(CacheNewer, match="can only read it"):
        Cache.open(file_cache.place, role="writer")
