"""A source without news costs a request and no write: that it was heard is written with the next heartbeat."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from storage.cache import Cache
from storage.errors import Transient
from storage.sync.intake import Intake
from storage.sync.leader import Lead, take_lock
from storage.sync.schedule import attempt
from storage.upstreams.native import NativeUpstream
from tests.storage.gateway import SERVED, Gateway, later
from tests.storage.loopback import Reply
from tests.storage.sync.conftest import Harness

MANY = 5_000
"""Boxes of a large terminal: what does not depend on them is as good with these as with 100 000."""


@dataclass
class Follower:
    """A syncer that has loaded everything and follows; its heart only beats when it is told to."""

    harness: Harness
    lead: Lead
    intake: Intake
    upstream: NativeUpstream

    @property
    def gateway(self) -> Gateway:
        return self.harness.gateway

    async def poll(self) -> list[str]:
        """Ask once; what was asked for, in order."""
        self.harness.server.requests.clear()
        await attempt(self.upstream, self.intake)
        return [request.path.removeprefix("/v1/") for request in self.harness.server.requests]

    async def beat(self) -> None:
        await self.lead.write(lambda _session, _now: None)

    def restart(self) -> None:
        """As after a crash: all that is known is what was written down."""
        self.lead._notes.clear()
        self.intake = Intake(self.lead, self.harness.settings, 5.0)


class Writes:
    """Sees every commit into the cache, and on SQLite how many pages of log it has."""

    def __init__(self, cache: Cache) -> None:
        self._reader = Cache.open(cache.place)
        self._version = self._reader.data_version()
        self._cache = cache
        self._frames = self.frames()

    def frames(self) -> int:
        """Pages in the write-ahead log, as SQLite itself says: nobody else may look at its files."""
        if self._cache.database.driver_error.__module__.startswith("psycopg"):
            return 0
        with self._cache.read() as session:
            return int(session.connection().exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()[1])

    def none(self) -> bool:
        """Whether nothing was written since."""
        version = self._reader.data_version()
        frames = self.frames()
        self._reader.close()
        return (version, frames) == (self._version, self._frames)


@pytest.fixture
async def follower(harness: Harness) -> AsyncIterator[Follower]:
    harness.gateway.page_size = 1000
    lock = take_lock(harness.cache.place)
    assert lock is not None
    lead = Lead(harness.cache, lock)
    upstream = NativeUpstream(harness.settings)
    yield Follower(harness, lead, Intake(lead, harness.settings, 5.0), upstream)
    await upstream.close()
    lead.close()
    lock.close()


def fill(gateway: Gateway, boxes: int = 6) -> None:
    for number in range(boxes):
        gateway.box(f"b{number:04}")


async def test_a_poll_without_news_is_one_request_and_no_write(follower: Follower) -> None:
    fill(follower.gateway)
    await follower.poll()
    await follower.beat()
    for minute in (1, 2, 3):
        follower.gateway.now = later(minutes=minute)
        writes = Writes(follower.harness.cache)
        assert await follower.poll() == ["changes"]
        assert writes.none()


async def test_an_unchanged_feed_is_one_304_and_writes_nothing(follower: Follower) -> None:
    fill(follower.gateway, MANY)
    await follower.poll()
    await follower.beat()
    follower.gateway.forget_log()
    writes = Writes(follower.harness.cache)
    asked = await follower.poll()
    assert asked[:2] == ["changes", "meta"]
    assert sorted(asked[2:-1]) == sorted(f"feeds/{feed}/snapshot" for feed in SERVED)
    assert asked[-1] == "changes"
    assert await follower.poll() == ["changes"], "the new place is known"
    assert writes.none()


async def test_the_next_heartbeat_says_when_the_source_was_last_heard(follower: Follower) -> None:
    fill(follower.gateway)
    await follower.poll()
    before = follower.harness.source()
    follower.gateway.now = later(minutes=1)
    follower.gateway.log.append({"feed": "drones", "op": "upsert", "id": "d1", "rev": 9, "data": {"id": "d1"}})
    await follower.poll()
    assert follower.harness.source().asked_at == before.asked_at
    await follower.beat()
    after = follower.harness.source()
    assert before.asked_at is not None
    assert after.asked_at is not None
    assert after.asked_at > before.asked_at
    assert after.cursor == f"first:{len(follower.gateway.log)}"
    assert follower.harness.feed().as_of == later(minutes=1)


async def test_the_end_of_the_lead_says_it_too(follower: Follower) -> None:
    await follower.poll()
    follower.gateway.now = later(minutes=1)
    await follower.poll()
    follower.lead.close()
    assert follower.harness.feed().as_of == later(minutes=1)


async def test_news_is_written_at_once_and_with_it_what_was_heard(follower: Follower) -> None:
    fill(follower.gateway)
    await follower.poll()
    await follower.poll()
    follower.gateway.box("b9999")
    assert await follower.poll() == ["changes"]
    assert follower.harness.rows() == follower.harness.served()
    assert follower.harness.source().cursor == f"first:{len(follower.gateway.log)}"


async def test_a_source_that_is_back_is_news(follower: Follower) -> None:
    await follower.poll()
    await follower.intake.failed(Transient("away"), 5.0)
    assert follower.harness.source().failures == 1
    await follower.poll()
    assert (follower.harness.source().failures, follower.harness.source().error) == (0, None)


async def test_a_greeting_is_written_only_when_it_says_something_new(follower: Follower) -> None:
    await follower.poll()
    await follower.beat()
    assert follower.harness.source().site == "Testport"
    follower.gateway.forget_log()
    with follower.harness.cache.write() as session:
        session.connection().exec_driver_sql("UPDATE source_states SET site = 'Old name'")
    await follower.poll()
    assert follower.harness.source().site == "Testport"


async def test_what_was_only_heard_is_asked_for_again_after_a_crash(follower: Follower) -> None:
    fill(follower.gateway)
    await follower.poll()
    place = follower.harness.source().cursor
    follower.gateway.forget_log()
    await follower.poll()
    assert follower.harness.source().cursor == place
    follower.restart()
    asked = await follower.poll()
    assert asked[:2] == ["changes", "meta"], "the old place is lost once more"
    assert follower.harness.source().cursor != place
    assert follower.harness.rows() == follower.harness.served()


@pytest.mark.parametrize("feed", SERVED)
async def test_a_resync_that_breaks_off_after_some_304_goes_on_later(follower: Follower, feed: str) -> None:
    fill(follower.gateway)
    follower.gateway.put("tracks", "t1", name="1")
    await follower.poll()
    follower.gateway.forget_log()
    follower.gateway.remove("containers", "b0001")
    follower.gateway.faults = lambda request: Reply(status=500) if f"/{feed}/" in request.path else None
    with pytest.raises(Transient) as error:
        await follower.poll()
    await follower.intake.failed(error.value, 1.0)
    assert follower.harness.feed(feed).loading == (feed != SERVED[0]), "the first one pins the cut, and there was none"
    follower.gateway.faults = lambda _request: None
    await follower.poll()
    assert follower.harness.rows() == follower.harness.served()
    assert not any(follower.harness.feed(each).loading for each in SERVED)


async def test_an_unchanged_feed_of_a_new_epoch_is_news(follower: Follower) -> None:
    """The source began anew and has the very same records: the rows stay, what they grew from is another epoch."""
    fill(follower.gateway)
    await follower.poll()
    follower.gateway.begin_anew("second")
    before = follower.harness.rows(field="observed")
    await follower.poll()
    assert follower.harness.feed().epoch == follower.harness.source().epoch == "second"
    assert follower.harness.rows(field="observed") == before


async def test_a_heartbeat_that_fails_keeps_what_was_to_be_written(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    await follower.poll()
    follower.gateway.now = later(minutes=1)
    await follower.poll()

    def power_cut(_session: Any, _now: Any) -> None:
        raise ConnectionError("power cut")

    with pytest.raises(ConnectionError):
        await follower.lead.write(power_cut)
    assert follower.harness.feed().as_of == later()
    await follower.beat()
    assert follower.harness.feed().as_of == later(minutes=1)
