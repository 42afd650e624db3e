"""The daily look beside the polling: what changes meanwhile is the log's, and whatever breaks it off harms nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlmodel import select

from storage.errors import LeaderError, Throttled
from storage.models import Leader, Quarantine
from storage.models.base import EPOCH
from storage.sync import review as review_module
from storage.sync.freshness import judge
from storage.sync.leader import Lead, take_lock
from storage.upstreams.native import NativeUpstream
from tests.storage.gateway import SERVED, problem
from tests.storage.loopback import Reply, Request
from tests.storage.sync.conftest import Harness
from tests.storage.sync.looks import ALTERED, DAMAGE, Follower, findings, run, whole_rows
from tests.storage.sync.test_quiet import Writes


@pytest.fixture
async def follower(loaded: Harness, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Follower]:
    """With eight boxes; each step compares one page."""
    monkeypatch.setattr(review_module, "AT_ONCE_S", 0.0)
    lock = take_lock(loaded.cache.place)
    assert lock is not None
    lead, upstream = Lead(loaded.cache, lock), NativeUpstream(loaded.settings)
    yield Follower(loaded, lead, upstream)
    await upstream.close()
    lead.close()
    lock.close()


async def test_where_nothing_differs_only_that_it_was_looked_at_is_written(follower: Follower) -> None:
    await follower.poll()
    await follower.lead.write(lambda _session, _now: None)
    before = {feed: follower.harness.feed(feed) for feed in SERVED}
    steps = written = 0
    while True:
        writes = Writes(follower.harness.cache)
        goes_on = await follower.review.go_on()
        written += not writes.none()
        if not goes_on:
            break
        steps += 1
        await follower.poll()
    assert (steps, written) == (len(SERVED) + len(SERVED) + 2, len(SERVED)), "one write a feed, however many pages"
    for feed, state in before.items():
        after = follower.harness.feed(feed)
        assert after.reviewed_at is not None
        assert state.reviewed_at is not None
        assert after.reviewed_at > state.reviewed_at
        looked = {"reviewed_at", "tallied"}
        assert after.model_dump(exclude=looked) == state.model_dump(exclude=looked)
    assert follower.said == []


async def test_it_is_no_load_and_every_feed_stays_live(follower: Follower) -> None:
    words: set[str] = set()

    def watch(_request: Request) -> None:
        source, now = follower.harness.source(), follower.lead.clock.now()
        words.update(judge(follower.harness.feed(feed), source, Leader(heartbeat_at=now), now).word for feed in SERVED)

    run(follower.harness, DAMAGE["a letter"][0])
    await follower.poll()
    follower.gateway.faults = watch
    assert await follower.look() == 10
    assert findings(follower.harness) == {"containers": ALTERED}
    assert words == {"LIVE <15 s"}


@pytest.mark.parametrize("after", range(4), ids="after {} steps".format)
async def test_what_changes_meanwhile_is_left_to_the_log(follower: Follower, after: int) -> None:
    await follower.boxes_begun()
    for _ in range(after):
        await follower.review.go_on()
        await follower.poll()
    for key in ("b0", "b4", "b7"):
        follower.gateway.box(key, remark="moved")
    for key in ("b1", "b3", "b6"):
        follower.gateway.remove("containers", key)
    follower.gateway.box("b9", remark="came")
    await follower.poll()
    rows = whole_rows(follower.harness)
    while await follower.review.go_on():
        assert whole_rows(follower.harness) == rows
        await follower.poll()
    assert follower.harness.rows() == follower.harness.served()
    assert findings(follower.harness) == {}
    assert follower.harness.feed().reviewed_at is not None


async def test_a_cut_that_was_made_for_somebody_else_brings_nothing_old_back(follower: Follower) -> None:
    """A gateway may hand one cut to many: it may be older than what we know."""
    follower.gateway.answer(Request("/v1/feeds/tracks/snapshot", {}, {}))
    cut = list(follower.gateway._cuts)[-1]
    follower.gateway.remove("containers", "b1")
    follower.gateway.box("b2", remark="moved")
    follower.gateway.box("b9")
    follower.gateway.box("b5", bay=-1)

    def same_cut(request: Request) -> Reply | None:
        if "/feeds/" not in request.path or "cut" in request.query:
            return None
        return follower.gateway.answer(replace(request, query={**request.query, "cut": cut}))

    follower.gateway.faults = same_cut
    run(follower.harness, "UPDATE containers SET remark = 'wrong' WHERE id = 'b3'")
    await follower.look()
    assert follower.harness.rows() == {**follower.harness.served(), "b5": 6}, "its newest version cannot be read"
    with follower.harness.cache.read() as session:
        assert session.exec(select(Quarantine.record)).all() == ["b5"]
    assert follower.harness.rows(field="remark")["b3"] == "as it was"
    assert findings(follower.harness) == {"containers": ALTERED}


async def test_a_log_that_repeats_itself_hides_nothing(follower: Follower) -> None:
    follower.gateway.overlap = 8
    run(follower.harness, DAMAGE["a letter"][0])
    run(follower.harness, "UPDATE containers SET rev = 33554433 WHERE id = 'b2'")
    await follower.look()
    assert follower.harness.rows() == follower.harness.served()
    assert findings(follower.harness) == {"containers": ALTERED.replace("1 record", "2 records")}


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize(
    "fault",
    [problem(410, "cut_expired"), problem(410, "epoch_changed"), Reply(status=500), Reply(b"{"), problem(404, "gone")],
    ids=["cut expired", "epoch changed", "down", "not JSON", "not there"],
)
async def test_a_page_that_does_not_come_puts_it_off_and_harms_nothing(
    follower: Follower, fault: Reply, nth: int
) -> None:
    asked = 0

    def at_the_nth(request: Request) -> Reply | None:
        nonlocal asked
        asked += "/containers/" in request.path
        return fault if "/containers/" in request.path and asked == nth else None

    run(follower.harness, DAMAGE["a letter"][0])
    run(follower.harness, "UPDATE containers SET remark = 'wrong' WHERE id = 'b7'")
    follower.gateway.faults = at_the_nth
    await follower.look()
    assert "will be later" in follower.said[0]
    state = follower.harness.feed()
    assert (state.loaded, state.loading, state.error, state.held) == (True, False, None, None)
    assert (follower.harness.source().failures, follower.harness.source().error) == (0, None)
    assert len(follower.harness.rows()) == 8
    follower.review._rest._until = 0.0  # the rest is over
    await follower.look()
    assert set(follower.harness.rows(field="remark").values()) == {"as it was"}
    assert findings(follower.harness)["containers"] in (ALTERED, ALTERED.replace("1 record", "2 records"))


async def test_a_feed_that_never_comes_whole_is_told_once_and_keeps_no_other_waiting(follower: Follower) -> None:
    first = min(SERVED, key=lambda feed: follower.harness.feed(feed).reviewed_at or EPOCH)
    before = {feed: follower.harness.feed(feed).reviewed_at for feed in SERVED}
    follower.gateway.faults = lambda request: Reply(status=500) if f"/{first}/" in request.path else None
    for _ in range(4):
        await follower.look()
        follower.review._rest._until = 0.0
    after = {feed: follower.harness.feed(feed).reviewed_at for feed in SERVED}
    assert {feed for feed in SERVED if after[feed] == before[feed]} == {first}
    assert len(follower.said) == 1
    assert follower.said[0].startswith(f"{first} could not be compared with gateway")


async def test_a_source_that_wants_to_be_left_alone_is(follower: Follower) -> None:
    busy = Reply(status=429, headers={"Retry-After": "40"})
    follower.gateway.faults = lambda request: busy if "/feeds/" in request.path else None
    with pytest.raises(Throttled):
        await follower.look()


async def test_killed_in_the_middle_it_begins_again_and_what_was_found_stays_told(follower: Follower) -> None:
    run(follower.harness, DAMAGE["a letter"][0])
    await follower.poll()
    while findings(follower.harness) == {}:
        assert await follower.review.go_on()
        await follower.poll()
    due = follower.harness.feed().reviewed_at
    follower.restart()
    await follower.look()
    assert follower.harness.feed().reviewed_at != due
    assert findings(follower.harness) == {"containers": ALTERED}


@pytest.mark.parametrize("by", ["a new epoch", "a log that was cut off"])
async def test_a_lost_place_ends_it_and_what_is_loaded_then_stays(follower: Follower, by: str) -> None:
    await follower.boxes_begun()
    if by == "a new epoch":
        follower.gateway.begin_anew("second")
    for number in range(8):
        follower.gateway.box(f"b{number}", remark="moved")
    follower.gateway.forget_log()
    await follower.look()
    assert set(follower.harness.rows(field="remark").values()) == {"moved"}
    assert follower.harness.rows() == follower.harness.served()
    assert findings(follower.harness) == {}
    assert follower.said == []


async def test_who_lost_the_lead_puts_nothing_right(follower: Follower) -> None:
    run(follower.harness, DAMAGE["a letter"][0])
    await follower.poll()
    with follower.harness.cache.write() as session:
        session.get_one(Leader, 1).epoch += 1
    with pytest.raises(LeaderError):
        await follower.look()
    assert "as it wqs" in follower.harness.rows(field="remark").values()
