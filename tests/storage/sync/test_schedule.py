"""When a source is asked: steadily while it answers, later and later while it fails, at once on request."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlmodel import select

from storage.cache import Cache
from storage.clock import ManualClock, SystemClock
from storage.errors import AuthFailed, BadData, CacheFull, LeaderError, Resync, Throttled, Transient
from storage.models import FeedState, Leader, SourceState
from storage.sync import schedule as schedule_module
from storage.sync.backoff import LONGEST_S, Backoff
from storage.sync.intake import Intake
from storage.sync.leader import Lead, take_lock
from storage.sync.schedule import Schedule, attempt, retry_now
from storage.sync.service import sync_follow, sync_once
from storage.upstreams.base import Changes, Place, Stamp, Take, UpstreamSettings
from tests.storage.gateway import START, Gateway, later, problem
from tests.storage.loopback import Reply
from tests.storage.sync.conftest import Harness

SETTINGS = UpstreamSettings(name="scripted", url="http://127.0.0.1:1")


class Scripted:
    """An upstream that does what it is told, attempt by attempt, and then answers well."""

    def __init__(self, *errors: Exception) -> None:
        self.settings = SETTINGS
        self.interval_s = 5.0
        self.pulls = 0
        self.errors = list(errors)

    async def pull(self, place: Place, take: Take) -> None:
        self.pulls += 1
        if self.errors:
            raise self.errors.pop(0)
        await take(Changes(stamp=Stamp(epoch="e", as_of=START, server_time=START), cursor=f"c{self.pulls}"))

    def whole(self, feed: str, epoch: str) -> None:
        """It has nothing to be compared with."""

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
async def lead(cache: Cache) -> AsyncIterator[Lead]:
    lock = take_lock(cache.place)
    assert lock is not None
    lead = Lead(cache, lock)
    yield lead
    lead.close()


def scheduled(lead: Lead, *errors: Exception) -> tuple[Schedule, Scripted, list[str]]:
    upstream, said = Scripted(*errors), list[str]()
    return Schedule(upstream, Intake(lead, SETTINGS, 5.0), lead.cache, said.append), upstream, said


def state(cache: Cache, source: str = "scripted") -> SourceState:
    with cache.read() as session:
        return session.get_one(SourceState, source)


async def test_a_source_that_answers_is_asked_every_few_seconds_and_never_in_step(lead: Lead) -> None:
    schedule, _, said = scheduled(lead)
    waits = {await schedule.ask() for _ in range(5)}
    assert all(4 <= wait <= 6 for wait in waits)
    assert len(waits) == 5
    assert said == []


async def test_failures_wait_longer_each_time_and_are_told_once(lead: Lead) -> None:
    down = [Transient("It is down.") for _ in range(12)]
    schedule, _, said = scheduled(lead, *down)
    waits = [await schedule.ask() for _ in range(12)]
    assert waits[0] <= 2
    assert max(waits) <= LONGEST_S
    assert state(lead.cache).failures == 12
    assert said == ["It is down."]
    await schedule.ask()
    assert said[-1] == "scripted answers again."
    assert state(lead.cache).failures == 0


async def test_a_source_that_asks_to_wait_is_obeyed(lead: Lead) -> None:
    schedule, _, _ = scheduled(lead, Throttled("Slow down.", 40.0))
    assert await schedule.ask() >= 40
    assert state(lead.cache).error_code == "throttled"


async def test_a_refused_token_is_not_tried_in_a_hot_loop(lead: Lead) -> None:
    refusals = [AuthFailed("No.") for _ in range(8)]
    schedule, _, _ = scheduled(lead, *refusals)
    waits = [await schedule.ask() for _ in range(8)]
    assert min(waits) >= 1
    assert state(lead.cache).error_code == "refused"


async def test_a_lost_place_is_followed_by_one_resync_and_not_by_two(lead: Lead) -> None:
    upstream = Scripted(Resync("Lost."), Resync("Lost again."))
    intake = Intake(lead, SETTINGS, 5.0)
    with pytest.raises(Resync, match="again"):
        await attempt(upstream, intake)
    assert upstream.pulls == 2


async def test_a_bug_in_an_adapter_is_written_down_and_asked_again(lead: Lead) -> None:
    schedule, upstream, said = scheduled(lead, KeyError("oops"))
    await schedule.ask()
    assert "KeyError" in said[0]
    assert "by a bug" in (state(lead.cache).error or "")
    await schedule.ask()
    assert upstream.pulls == 2


async def test_a_cache_that_cannot_be_written_is_told_and_tried_again(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule, upstream, said = scheduled(lead, Transient("It is down."))

    async def full(_work: object) -> None:
        raise CacheFull("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(lead, "write", full)
        assert await schedule.ask() > 0
    assert said == ["The disk is full."]
    await schedule.ask()
    assert (upstream.pulls, said[-1]) == (2, "scripted answers again.")


async def test_a_lost_lead_ends_the_loop(lead: Lead) -> None:
    schedule, _, _ = scheduled(lead, BadData("Something to write down."))
    with lead.cache.write() as session:
        session.get_one(Leader, 1).epoch += 1
    with pytest.raises(LeaderError):
        await schedule.run(asyncio.Event())


async def test_an_answer_without_news_writes_nothing_before_the_next_heartbeat(lead: Lead) -> None:
    schedule, _, _ = scheduled(lead)
    await schedule.ask()
    version = lead.cache.data_version()
    for _ in range(5):
        await schedule.ask()
    assert lead.cache.data_version() == version
    await lead.write(lambda _session, _now: None)
    assert state(lead.cache).cursor == "c6"


async def test_a_person_can_ask_for_an_attempt_from_another_process(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule_module, "LOOK_S", 0.01)
    monkeypatch.setattr(schedule_module, "ASKED_AGAIN_S", 0.0)
    schedule, upstream, _ = scheduled(lead)
    upstream.interval_s = 600.0
    stop = asyncio.Event()
    running = asyncio.create_task(schedule.run(stop))
    async with asyncio.timeout(10):
        while not upstream.pulls:
            await asyncio.sleep(0.005)
        await lead.write(lambda _session, _now: None)  # the first attempt is in the cache
        console = Cache.open(lead.cache.place)
        retry_now(console, ManualClock(SystemClock().now()))
        console.close()
        while upstream.pulls < 2:
            await asyncio.sleep(0.005)
    stop.set()
    await running


def test_the_wait_after_a_failure_is_drawn_anew_and_bounded() -> None:
    backoff = Backoff()
    waits = [backoff.failed() for _ in range(50)]
    assert len(set(waits)) == 50
    assert min(waits) >= 1
    assert max(waits) <= LONGEST_S
    assert not backoff.over
    backoff.worked()
    assert backoff.failed() <= 2


# ------------------------------------------------------------------------------------------------- the whole service
async def test_following_brings_changes_until_told_to_stop(harness: Harness) -> None:
    harness.gateway.box("b1")
    stop = asyncio.Event()
    settings = UpstreamSettings(name="gateway", url=harness.server.url, interval_s=0.02)
    running = asyncio.create_task(sync_follow(harness.cache.place, [settings], stop=stop, say=print))
    async with asyncio.timeout(20):
        while harness.rows() != harness.served():
            await asyncio.sleep(0.01)
        harness.gateway.box("b2")
        while harness.rows() != harness.served():
            await asyncio.sleep(0.01)
    stop.set()
    await running
    with harness.cache.read() as session:
        assert session.get_one(Leader, 1).stopped_at is not None


async def test_one_source_that_fails_does_not_stop_the_other(harness: Harness) -> None:
    broken = Gateway(faults=lambda _request: Reply(status=500))
    harness.gateway.box("b1")
    async with broken.serve() as server:
        settings = [UpstreamSettings(name="broken", url=server.url), harness.settings]
        with pytest.raises(Transient):
            await sync_once(harness.cache.place, settings)
    assert harness.rows() == harness.served()
    assert state(harness.cache, "broken").error_code == "offline"


async def test_a_feed_that_fails_rests_while_the_others_go_on(harness: Harness) -> None:
    harness.gateway.faults = lambda request: problem(404, "unknown_feed") if "/seals/" in request.path else None
    said: list[str] = []
    stop = asyncio.Event()
    settings = UpstreamSettings(name="gateway", url=harness.server.url, interval_s=0.01)
    running = asyncio.create_task(sync_follow(harness.cache.place, [settings], stop=stop, say=said.append))
    async with asyncio.timeout(20):
        while harness.asked("/v1/changes") < 5:
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert harness.asked("/seals/") <= 2
    assert harness.feed("seals").error_code == "refused"
    assert harness.feed().loaded


async def test_what_a_source_brought_goes_when_it_is_configured_no_more(harness: Harness) -> None:
    harness.gateway.box("b1")
    await harness.sync()
    await sync_once(harness.cache.place, [UpstreamSettings(name="renamed", url=harness.server.url)])
    assert harness.rows(field="source") == {"b1": "renamed"}
    with harness.cache.read() as session:
        assert {each.source for each in session.exec(select(FeedState))} == {"renamed"}


async def test_a_second_follower_stands_by_and_takes_over(harness: Harness) -> None:
    harness.gateway.now = later(minutes=1)
    lock = take_lock(harness.cache.place)
    assert lock is not None
    first = Lead(harness.cache, lock)
    said: list[str] = []
    stop = asyncio.Event()
    running = asyncio.create_task(sync_follow(harness.cache.place, [harness.settings], stop=stop, say=said.append))
    async with asyncio.timeout(20):
        while not said:
            await asyncio.sleep(0.01)
        assert "standing by" in said[0]
        assert harness.server.requests == []
        first.close()
        lock.close()
        while not harness.asked("/v1/changes"):
            await asyncio.sleep(0.01)
    stop.set()
    await running
