"""The cache: made whole or not at all, safe, honest about what is wrong with it."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from storage import cache as cache_module
from storage.cache import Cache, schema_version
from storage.databases import folders
from storage.databases import sqlite as sqlite_module
from storage.databases.folders import network_file_system
from storage.databases.sqlite import APPLICATION_ID
from storage.errors import (
    CacheBusy,
    CacheDamaged,
    CacheError,
    CacheFull,
    CacheMissing,
    CacheOlder,
    CacheUnsafe,
)
from storage.models import SourceState


def pragma(path: Path, statement: str) -> None:
    """Change a closed cache from outside."""
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA {statement}")
    connection.commit()
    connection.close()


def test_a_written_row_is_read_by_another_opening(cache: Cache) -> None:
    with cache.write() as session:
        session.add(SourceState(source="gateway"))
    reader = Cache.open(cache.place)
    with reader.read() as session:
        assert [state.source for state in session.exec(select(SourceState))] == ["gateway"]
    reader.close()


def test_the_file_is_private_in_a_private_folder(file_cache: Cache) -> None:
    assert stat.S_IMODE(file_cache.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file_cache.path.parent.stat().st_mode) == 0o700


def test_making_a_cache_leaves_nothing_else_behind(tmp_path: Path) -> None:
    Cache.open(tmp_path / "site" / "cache.db", role="writer").close()
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["cache.db"]


def test_the_file_is_stamped_as_ours_and_with_its_schema(file_cache: Cache) -> None:
    with file_cache.read() as session:
        assert session.execute(text("PRAGMA application_id")).scalar_one() == APPLICATION_ID
        assert session.execute(text("PRAGMA user_version")).scalar_one() == schema_version()
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert session.execute(text("PRAGMA auto_vacuum")).scalar_one() == 2


def test_a_reader_of_a_missing_cache_is_told_to_sync(tmp_path: Path) -> None:
    with pytest.raises(CacheMissing, match="dryport sync"):
        Cache.open(tmp_path / "nowhere" / "cache.db")
    assert not (tmp_path / "nowhere").exists()


def test_an_older_cache_waits_for_the_writer_to_migrate_it(file_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    file_cache.close()
    monkeypatch.setattr(cache_module, "schema_version", lambda: schema_version() + 1)
    with pytest.raises(CacheOlder, match="dryport sync"):
        Cache.open(file_cache.path)
    Cache.open(file_cache.path, role="writer").close()
    Cache.open(file_cache.path).close()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100], ids=["zero-byte", "garbage"])
def test_what_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cache.db"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(CacheDamaged, match="sets it aside"):
        Cache.open(path, role="writer")
    assert path.read_bytes() == content


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    pragma(path, "user_version = 1")
    path.chmod(0o600)
    with pytest.raises(CacheDamaged, match="not a cache of Dryport"):
        Cache.open(path, role="writer")


def test_a_link_is_refused(file_cache: Cache, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(file_cache.path)
    with pytest.raises(CacheUnsafe, match="link"):
        Cache.open(link)


def test_a_file_others_can_write_is_refused_with_the_remedy(file_cache: Cache) -> None:
    file_cache.path.chmod(0o666)
    with pytest.raises(CacheUnsafe, match="chmod 600"):
        Cache.open(file_cache.path)


def test_a_folder_everybody_can_write_is_refused_with_the_remedy(file_cache: Cache) -> None:
    file_cache.path.parent.chmod(0o777)
    with pytest.raises(CacheUnsafe, match="chmod o-w"):
        Cache.open(file_cache.path)


def test_another_users_file_is_refused(file_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: file_cache.path.stat().st_uid + 1)
    with pytest.raises(CacheUnsafe, match=r"another user .* start Dryport as that one, .* or share a database"):
        Cache.open(file_cache.path)


def test_a_folder_that_cannot_be_made_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CacheUnsafe, match="Cannot make the data folder"):
        Cache.open(tmp_path / "file" / "site" / "cache.db", role="writer")


def test_a_network_file_system_is_named() -> None:
    mounts = "\n".join(
        [
            "22 1 0:21 / / rw - ext4 /dev/vda rw",
            "30 22 0:40 / /home rw,relatime shared:3 - nfs4 server:/home rw",
            "31 30 0:41 / /home/local\\040disk rw - ext4 /dev/vdb rw",
        ]
    )
    assert network_file_system(Path("/home/someone"), mounts) == "nfs4"
    assert network_file_system(Path("/home/local disk/x"), mounts) is None
    assert network_file_system(Path("/var"), mounts) is None


def test_a_cache_on_a_network_file_system_is_refused_with_the_remedy(
    file_cache: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 0:21 / / rw - ext4 /dev/vda rw\n30 22 0:40 / /tmp rw - nfs4 server:/tmp rw\n".replace(
            "/tmp", str(tmp_path)
        )
    )
    monkeypatch.setattr(folders, "MOUNTS", mounts)
    for role in ("reader", "writer"):
        with pytest.raises(CacheUnsafe, match=r"\(nfs4\), where locks do not hold: choose a local folder"):
            Cache.open(file_cache.path, role=role)


def test_a_read_session_cannot_write(cache: Cache) -> None:
    with pytest.raises(CacheFull, match=r"read-?only"), cache.read() as session:
        session.execute(text("DELETE FROM trains"))


def test_an_error_in_a_write_session_keeps_nothing(cache: Cache) -> None:
    def write_half() -> None:
        with cache.write() as session:
            session.add(SourceState(source="gateway"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    with cache.read() as session:
        assert session.exec(select(SourceState)).all() == []


def test_writers_take_turns(cache: Cache) -> None:
    with cache.write() as session:
        session.add(SourceState(source="gateway", failures=0))

    def count_up() -> None:
        for _ in range(25):
            with cache.write() as session:
                session.get_one(SourceState, "gateway").failures += 1

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with cache.read() as session:
        assert session.get_one(SourceState, "gateway").failures == 100


def test_a_writer_that_waits_too_long_is_told_who_is_to_blame(
    file_cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_module, "_PRAGMAS", ("busy_timeout = 10",))
    impatient = Cache.open(file_cache.path)
    with file_cache.write(), pytest.raises(CacheBusy, match="Another process"), impatient.write():
        raise AssertionError("two writers at once")
    impatient.close()


def test_another_connections_commit_moves_the_data_version(cache: Cache) -> None:
    reader = Cache.open(cache.place)
    before = reader.data_version()
    assert reader.data_version() == before
    with cache.write() as session:
        session.add(SourceState(source="gateway"))
    assert reader.data_version() != before
    reader.close()


def test_an_older_sqlite_serialises_its_writers_by_a_lock(file_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "WRITES_NEED_A_LOCK", True)
    with file_cache.write() as session:
        session.add(SourceState(source="gateway"))
        assert file_cache.path.with_name("cache.db.write").exists()
    with file_cache.read() as session:
        assert session.get(SourceState, "gateway") is not None


def test_only_who_leads_carries_the_log_over(file_cache: Cache) -> None:
    console = Cache.open(file_cache.path)
    with file_cache.write() as leading:
        pages = leading.connection().exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one()
    with console.write() as writing:
        none = writing.connection().exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one()
    console.close()
    assert (pages, none) == (sqlite_module.CHECKPOINT_PAGES, 0)


def test_sqlites_words_become_our_errors(file_cache: Cache) -> None:
    for said, kind in {
        "database or disk is full": CacheFull,
        "database disk image is malformed": CacheDamaged,
        "unable to open database file": CacheError,
        "database is locked": CacheBusy,
    }.items():
        with pytest.raises(kind), file_cache.read():
            raise sqlite_module.DRIVER.OperationalError(said)


def test_a_reader_never_imports_alembic(file_cache: Cache) -> None:
    opening = f"from storage.cache import Cache; Cache.open({str(file_cache.path)!r})"
    program = f"import sys; {opening}; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
