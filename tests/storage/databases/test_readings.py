"""A reader that keeps one state of a cache file for too long is ended, so that the log can be reset."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import backlog
from storage.backlog import Backlog
from storage.cache import Cache
from storage.databases import readings
from storage.databases.sqlite import DRIVER
from storage.errors import CacheInterrupted
from storage.models import SourceState
from storage.place import place_of
from storage.sync import service

COUNT = text("SELECT count(*) FROM source_states")
FOR_EVER = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "LONGEST_S", 0.05)


def write(cache: Cache, name: str) -> None:
    with cache.write() as session:
        session.add(SourceState(source=name))


def is_pinned(path: Path) -> bool:
    """Whether a reader keeps the log from being reset."""
    # By the cache's own library: two libraries in one process see no lock of each other.
    connection = DRIVER.connect(str(path), timeout=0)
    try:
        return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
    finally:
        connection.close()


def test_a_reader_that_stands_still_lets_go_of_the_log_and_is_told(file_cache: Cache) -> None:
    reader = Cache.open(file_cache.path)
    with reader.read() as session:
        assert session.execute(COUNT).scalar_one() == 0
        write(file_cache, "gateway")
        assert is_pinned(file_cache.path)
        while is_pinned(file_cache.path):
            reader.data_version()  # as whoever shows a cache does, four times a second
        with pytest.raises(CacheInterrupted, match="ask again"):
            session.execute(COUNT)
    with reader.read() as session:
        assert session.execute(COUNT).scalar_one() == 1, "and reads on"
    reader.close()


def test_a_question_without_end_is_ended(file_cache: Cache) -> None:
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            file_cache.data_version()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        with pytest.raises(CacheInterrupted, match="took over"), file_cache.read() as session:
            session.execute(FOR_EVER).scalar()
    finally:
        over.set()
        watching.join()
    with file_cache.read() as session:
        assert session.execute(COUNT).scalar_one() == 0


def test_short_readings_are_left_alone(file_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "LONGEST_S", 60)
    with file_cache.read() as session:
        session.execute(COUNT)
        file_cache.data_version()
        assert session.execute(COUNT).scalar_one() == 0


def test_a_log_that_cannot_be_reset_is_told_with_who_keeps_it(
    file_cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "ALARM_BYTES", 4096)
    reads = iter([{41}, {41, 77}, set(), set()])
    monkeypatch.setattr(backlog, "readers_of", lambda _path: next(reads))
    log = Backlog(file_cache.path)
    write(file_cache, "gateway")
    assert "end the program that keeps reading it" in log.look(), "one look tells nobody from who reads for a moment"
    assert "pid 41 on " in log.look()
    assert not is_pinned(file_cache.path)
    assert log.look() == "", "it was reset"
    file_cache.close()
    assert log.look() == "", "and is gone with the last session"


def test_a_server_looks_after_its_own_log() -> None:
    assert Backlog(place_of("postgresql+psycopg://yard/dryport")).look() == ""


async def test_the_syncer_says_it_once(file_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LOOK_AFTER_S", 0.0)
    words = iter(["", "It grows.", "It grows more.", "", "It grows again."])
    said: list[str] = []

    def look(_log: Backlog) -> str:
        try:
            return next(words)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(Backlog, "look", look)
    with pytest.raises(KeyboardInterrupt):
        await service._look_after(file_cache, said.append)
    assert said == ["It grows.", "It grows again."]
