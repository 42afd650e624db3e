"""One leader a cache: a lock that ends with its process, and an epoch that fences whoever wakes up late."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, insert, select
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.damage import set_aside
from storage.databases import database_of
from storage.databases.sqlite import FileLock, lock_path
from storage.errors import CacheDamaged, LeaderError
from storage.models import HISTORY, Leader, SourceState
from storage.place import DatabaseUrl, Place
from storage.retention import Keep, Retention
from storage.sync import service
from storage.sync.leader import Lead, led_by, take_lock, wait_for_lock
from tests.storage.sync.conftest import Harness

NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)

LEAD = """
import sys, time
from storage.cache import Cache
from storage.place import place_of
from storage.sync.leader import Lead, take_lock
place = place_of(sys.argv[1])
lock = take_lock(place)
assert lock is not None
lead = Lead(Cache.open(place, role="writer"), lock)
print(lead.epoch, flush=True)
time.sleep(600)
"""


@pytest.fixture
def lead(cache: Cache) -> Iterator[Lead]:
    lock = take_lock(cache.place)
    assert lock is not None
    lead = Lead(cache, lock, ManualClock(NOW))
    yield lead
    lead.close()
    lock.close()


def row(cache: Cache) -> Leader:
    with cache.read() as session:
        return session.get_one(Leader, 1)


def add_source(name: str) -> SourceState:
    return SourceState(source=name)


def start_other(place: Place) -> subprocess.Popen[str]:
    """Another process that leads the cache; returns once it does."""
    address = place.text if isinstance(place, DatabaseUrl) else str(place)
    process = subprocess.Popen([sys.executable, "-c", LEAD, address], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip().isdecimal()
    return process


def test_only_one_process_leads(cache: Cache) -> None:
    with start_other(cache.place) as other:
        assert take_lock(cache.place) is None
        assert f"pid {other.pid} of " in led_by(cache.place)
        other.kill()


async def test_a_killed_leader_is_followed_at_once(cache: Cache) -> None:
    with start_other(cache.place) as other:
        waiting = asyncio.create_task(wait_for_lock(cache.place, asyncio.Event()))
        await asyncio.sleep(0)
        other.send_signal(signal.SIGKILL)
        other.wait()
        lock = await asyncio.wait_for(waiting, timeout=10)
    assert lock is not None
    assert Lead(cache, lock).epoch == 2
    lock.close()


def test_a_stopped_leader_that_wakes_up_writes_nothing(cache: Cache, lead: Lead) -> None:
    with cache.write() as session:
        session.get_one(Leader, 1).epoch += 1  # another took over while this one slept
    with pytest.raises(LeaderError, match="Another syncer"):
        lead.write_now(lambda session, _now: session.add(add_source("late")))
    with cache.read() as session:
        assert session.get(SourceState, "late") is None


async def test_forgetting_is_fenced_as_all_that_a_leader_writes(cache: Cache, lead: Lead) -> None:
    step = partial(Retention(Keep(days=1)).step, cache, lead.clock)
    with cache.write() as session:
        old = {"rev": 1, "source": "gateway", "observed": NOW - timedelta(days=9), "until": NOW - timedelta(days=8)}
        session.connection().execute(insert(HISTORY["tracks"]), [old | {"id": "t1", "changed_at": NOW, "name": "1"}])
    with cache.write() as session:
        session.get_one(Leader, 1).epoch += 1
    with pytest.raises(LeaderError):
        await lead.aside(step)
    assert kept(cache) == 1
    with cache.write() as session:
        session.get_one(Leader, 1).epoch -= 1
    assert await lead.aside(step)
    assert kept(cache) == 0


def kept(cache: Cache) -> int:
    with cache.read() as session:
        return int(session.execute(select(func.count()).select_from(HISTORY["tracks"])).scalar_one())


def test_whoever_was_taken_over_before_it_began_to_lead_never_does(cache: Cache) -> None:
    slept = take_lock(cache.place)
    assert slept is not None
    database_of(cache.place).break_lead()
    lock = take_lock(cache.place)
    assert lock is not None
    mine = Lead(cache, lock)
    with pytest.raises(LeaderError):
        Lead(cache, slept)
    mine.write_now(lambda session, _now: session.add(add_source("gateway")))
    assert row(cache).epoch == mine.epoch
    mine.close()


async def test_a_woken_leader_sets_no_file_aside(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    async def taken_over_and_damaged(*_: object) -> None:
        database_of(harness.cache.place).break_lead()
        raise CacheDamaged("as it was before it slept")

    monkeypatch.setattr(service, "_once", taken_over_and_damaged)
    a_file = not isinstance(harness.cache.place, DatabaseUrl)  # a server's cache is never set aside by us
    with pytest.raises(LeaderError if a_file else CacheDamaged):
        await harness.sync()
    assert set_aside(harness.cache.place) == []


@pytest.mark.parametrize("replaced", [False, True], ids=["unlinked", "replaced"])
def test_a_lock_file_that_was_taken_away_is_no_lock(file_cache: Cache, replaced: bool) -> None:
    lock = take_lock(file_cache.place)
    assert lock is not None
    lead = Lead(file_cache, lock)
    lock_path(file_cache.path).unlink()
    if replaced:
        lock_path(file_cache.path).touch(mode=0o600)
    with pytest.raises(LeaderError):
        lead.write_now(lambda _session, _now: None)
    lead.close()
    lock.close()


def test_a_cache_that_was_set_back_to_an_older_state_is_not_written_on(cache: Cache, lead: Lead) -> None:
    lead.write_now(lambda session, _now: session.add(add_source("gateway")))
    with cache.write() as session:
        session.get_one(Leader, 1).heartbeat_at = NOW - timedelta(seconds=3)  # as restored from a copy
    with pytest.raises(LeaderError, match="older state"):
        lead.write_now(lambda session, _now: session.add(add_source("late")))


def test_a_write_that_fails_leaves_the_lead_as_it_was(cache: Cache, lead: Lead) -> None:
    def fail(_session: Session, _now: datetime) -> None:
        raise ZeroDivisionError

    assert isinstance(lead.clock, ManualClock)
    for _ in range(10):
        lead.clock.advance(seconds=1)
        with pytest.raises(ZeroDivisionError):
            lead.write_now(fail)
    lead.write_now(lambda session, _now: session.add(add_source("gateway")))
    assert row(cache).heartbeat_at == lead.clock.at


async def test_every_write_is_a_heartbeat(cache: Cache, lead: Lead) -> None:
    assert isinstance(lead.clock, ManualClock)
    lead.clock.advance(seconds=5)
    await lead.write(lambda session, _now: session.add(add_source("gateway")))
    assert row(cache).heartbeat_at == lead.clock.at


async def test_the_heart_beats_while_nothing_is_written(
    cache: Cache, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sync.leader.HEARTBEAT_S", 0.01)
    assert isinstance(lead.clock, ManualClock)
    lead.clock.advance(seconds=5)
    beating = asyncio.create_task(lead.keep_heart_beating())
    async with asyncio.timeout(10):
        while row(cache).heartbeat_at != lead.clock.at:
            await asyncio.sleep(0.005)
    beating.cancel()


def test_an_orderly_end_is_told(cache: Cache, lead: Lead) -> None:
    assert row(cache).stopped_at is None
    lead.close()
    assert row(cache).stopped_at == NOW


def test_the_lock_is_private_and_is_not_inherited(file_cache: Cache) -> None:
    lock = take_lock(file_cache.place)
    assert lock is not None
    assert lock_path(file_cache.path).stat().st_mode & 0o777 == 0o600
    assert isinstance(lock, FileLock)
    child = subprocess.run(
        [sys.executable, "-c", f"import os; os.fstat({lock.handle})"], capture_output=True, check=False
    )
    assert child.returncode != 0
    lock.close()


async def test_standing_by_ends_when_told(cache: Cache) -> None:
    lock = take_lock(cache.place)
    assert lock is not None
    stop = asyncio.Event()
    waiting = asyncio.create_task(wait_for_lock(cache.place, stop))
    await asyncio.sleep(0)
    stop.set()
    assert await asyncio.wait_for(waiting, timeout=10) is None
    lock.close()
