"""The file of a cache, or its log, is taken away below those who have it open: they notice, and nothing is lost."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from storage.cache import Cache
from storage.damage import check
from storage.databases.folders import make_folder
from storage.errors import CacheInterrupted, LeaderError
from storage.models import SourceState
from storage.sync.leader import Lead, take_lock
from tests.storage.sync.test_leader import add_source


def move(path: Path) -> Path:
    """As a person moves the file alone."""
    return path.rename(path.with_name("elsewhere.db"))


def replace(path: Path) -> Path:
    """As another file is renamed over it; the first is kept to be looked at."""
    other, kept = path.with_name("other.db"), path.with_name("kept.db")
    sqlite3.connect(other).executescript("CREATE TABLE recipes (name TEXT)").connection.close()
    os.link(path, kept)
    other.replace(path)
    return kept


def take_log(path: Path) -> Path:
    Path(f"{path}-wal").unlink()
    return path


def take_log_and_index(path: Path) -> Path:
    Path(f"{path}-shm").unlink()
    return take_log(path)


ACCIDENTS = [move, replace, take_log, take_log_and_index]
Accident = Callable[[Path], Path]


@pytest.fixture
def lead(file_cache: Cache) -> Iterator[Lead]:
    lock = take_lock(file_cache.place)
    assert lock is not None
    lead = Lead(file_cache, lock)
    yield lead
    lock.close()


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_a_leader_stops_and_leaves_all_that_was_committed_in_the_file(lead: Lead, accident: Accident) -> None:
    lead.write_now(lambda session, _now: session.add(add_source("gateway")))
    assert not lead.cache.moved()
    found = accident(lead.cache.path)
    with pytest.raises(LeaderError, match="moved"):
        lead.write_now(lambda session, _now: session.add(add_source("late")))
    lead.close()
    lead.cache.close()
    make_folder(found.parent / "look")
    looked = Cache.open(found.rename(found.parent / "look" / "cache.db"))  # alone, without any log
    check(looked)
    with looked.read() as session:
        assert session.exec(select(SourceState.source)).all() == ["gateway"]
    looked.close()


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_nobody_writes_into_a_file_that_was_moved_and_is_told(file_cache: Cache, accident: Accident) -> None:
    console = Cache.open(file_cache.path)
    with console.write() as session:
        session.add(add_source("gateway"))
    assert not console.replaced()
    accident(file_cache.path)
    assert console.replaced()
    with pytest.raises(CacheInterrupted, match="moved or set aside just now: try again"), console.write():
        pytest.fail("what is written here would reach nobody")
    console.close()


def test_a_foreign_file_that_was_put_in_its_place_stays_as_it_is(lead: Lead) -> None:
    path = lead.cache.path
    lead.write_now(lambda session, _now: session.add(add_source("gateway")))
    replace(path)
    lead.close()
    lead.cache.close()
    assert sqlite3.connect(path).execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
