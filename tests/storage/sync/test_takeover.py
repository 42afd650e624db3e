"""A leader that stands still is taken over, one that was stopped is fenced when it wakes up, one that lives is left."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from storage.cache import Cache
from storage.clock import ManualClock
from storage.databases import sqlite as sqlite_module
from storage.errors import LeaderError
from storage.models import SourceState
from storage.place import DatabaseUrl
from storage.sync import heart, leader
from storage.sync.heart import Heart
from storage.sync.leader import Lead, take_lock, wait_for_lock
from tests.storage.test_holders import stopped_inside

NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)

WRITE_WHEN_TOLD = """
import sys
from storage.cache import Cache
from storage.errors import LeaderError
from storage.models import SourceState
from storage.place import place_of
from storage.sync.leader import Lead, take_lock
place = place_of(sys.argv[1])
lead = Lead(Cache.open(place, role="writer"), take_lock(place))
print(lead.epoch, flush=True)
sys.stdin.read()
try:
    lead.write_now(lambda session, now: session.add(SourceState(source="late")))
except LeaderError as error:
    sys.exit(error.exit_code)
"""


@pytest.fixture
def lead(cache: Cache) -> Iterator[Lead]:
    lock = take_lock(cache.place)
    assert lock is not None
    lead = Lead(cache, lock, ManualClock(NOW))
    yield lead
    lead.close()
    lock.close()


async def test_a_leader_that_stands_still_is_taken_over_and_is_fenced_when_it_wakes_up(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heart, "SILENT_S", 0.5)
    monkeypatch.setattr(heart, "LOOK_S", 0.05)
    monkeypatch.setattr(leader, "STANDBY_S", 0.05)
    address = cache.place.text if isinstance(cache.place, DatabaseUrl) else str(cache.place)
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_WHEN_TOLD, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "1\n"
        other.send_signal(signal.SIGSTOP)
        assert take_lock(cache.place) is None
        lock = await asyncio.wait_for(wait_for_lock(cache.place, asyncio.Event()), timeout=60)
        assert lock is not None
        mine = Lead(cache, lock)
        assert mine.epoch == 3, "one to fence the one that stood still, one to lead"
        other.send_signal(signal.SIGCONT)
        other.stdin.close()
        assert other.wait(60) == LeaderError.exit_code
    with cache.read() as session:
        assert session.get(SourceState, "late") is None
    mine.write_now(lambda session, _now: session.add(SourceState(source="next")))
    mine.close()
    lock.close()


def test_a_heart_that_beats_is_never_taken_over(cache: Cache, lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(heart, "time", SimpleNamespace(monotonic=lambda: now[0]))
    beside = Heart(cache.place)
    assert isinstance(lead.clock, ManualClock)
    for _ in range(20):
        now[0] += heart.LOOK_S
        lead.clock.advance(hours=-1)  # whatever the clock on the wall does
        lead.write_now(lambda _session, _now: None)
        assert not beside.is_silent()
    for _ in range(int(heart.SILENT_S / heart.LOOK_S) + 1):
        assert not beside.is_silent()
        now[0] += heart.LOOK_S
    assert beside.is_silent()
    now[0] += 3600
    assert not beside.is_silent(), "whoever looks was away itself: it looks again before it judges"
    lead.clock.advance(hours=-1)
    lead.write_now(lambda _session, _now: None)
    assert not beside.take_over()
    lead.write_now(lambda _session, _now: None)


def test_one_of_many_who_stand_by_takes_over(cache: Cache, lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(heart, "time", SimpleNamespace(monotonic=lambda: now[0]))
    beside = [Heart(cache.place) for _ in range(3)]
    while [each.is_silent() for each in beside] != [True] * 3:
        now[0] += heart.LOOK_S
    assert [each.take_over() for each in beside] == [True, False, False]
    with pytest.raises(LeaderError):
        lead.write_now(lambda _session, _now: None)


async def test_a_leader_stopped_in_the_middle_of_a_write_is_told_and_followed_when_it_ends(
    file_cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heart, "SILENT_S", 0.2)
    monkeypatch.setattr(heart, "LOOK_S", 0.02)
    monkeypatch.setattr(leader, "STANDBY_S", 0.02)
    monkeypatch.setattr(sqlite_module, "_PRAGMAS", ("busy_timeout = 10",))
    lock = take_lock(file_cache.place)
    assert lock is not None
    Lead(file_cache, lock)
    said: list[str] = []
    with stopped_inside(file_cache.path) as pid:
        standing_by = asyncio.create_task(wait_for_lock(file_cache.place, asyncio.Event(), said.append))
        async with asyncio.timeout(30):
            while not said:
                await asyncio.sleep(0.01)
    followed = await asyncio.wait_for(standing_by, timeout=30)
    assert followed is not None
    assert [f"pid {pid} on " in words and "it is stopped" in words for words in said] == [True]
    followed.close()
    lock.close()
