"""Once a day every feed is compared with its source: what is wrong here is put right and said, nothing else written."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select as select_columns
from sqlmodel import select

from storage import damage
from storage.cache import Cache
from storage.databases.sqlite import DRIVER
from storage.errors import CacheDamaged, LeaderError, Throttled
from storage.figures.tally import by_block, is_kept
from storage.models import HISTORY, Container, FeedState, Leader, Quarantine
from storage.models.base import EPOCH
from storage.sync import review as review_module
from storage.sync.freshness import judge
from storage.sync.intake import Intake
from storage.sync.leader import Lead, take_lock
from storage.sync.review import Review
from storage.sync.schedule import attempt
from storage.sync.service import sync_follow, sync_once
from storage.upstreams.native import NativeUpstream
from tests.storage.gateway import SERVED, Gateway, problem
from tests.storage.loopback import Reply, Request
from tests.storage.sync.conftest import Harness, altered
from tests.storage.sync.test_quiet import Writes

ALTERED = "Put right: 1 record that had changed on the disk (have it looked at)."
MISSED = "Put right: 1 record that had missed a change (have the source's change log looked at)."
DAMAGE = {
    "a letter": ("UPDATE containers SET remark = 'as it wqs' WHERE id = 'b1'", ALTERED),
    "a number": ("UPDATE containers SET gross_kg = 90000 WHERE id = 'b1'", ALTERED),
    "a value that went": ("UPDATE containers SET remark = NULL WHERE id = 'b1'", ALTERED),
    "a value that came": ("UPDATE containers SET bay = 3 WHERE id = 'b1'", ALTERED),
    "a time": ("UPDATE containers SET changed_at = changed_at + 4096 WHERE id = 'b1'", ALTERED),
    "a flag of our own": ("UPDATE containers SET flags = 'check_digit' WHERE id = 'b1'", ALTERED),
    "the name of the source": ("UPDATE containers SET source = 'gatewax' WHERE id = 'b1'", ALTERED),
    "a revision ahead of the source": ("UPDATE containers SET rev = 33554433 WHERE id = 'b1'", ALTERED),
    "a revision behind it": ("UPDATE containers SET rev = 0 WHERE id = 'b1'", MISSED),
    "a row too few": ("DELETE FROM containers WHERE id = 'b1'", MISSED),
}
"""What becomes of a row, and what is said of it."""


def run(harness: Harness, sql: str) -> None:
    """As damage does it: nothing that knows of records takes part."""
    with harness.cache.write() as session:
        session.connection().exec_driver_sql(sql)


def whole_rows(harness: Harness) -> dict[str, dict[str, object]]:
    """The boxes in every column but when they were observed."""
    with harness.cache.read() as session:
        return {box.id: box.model_dump(exclude={"observed"}) for box in session.exec(select(Container))}


def findings(harness: Harness) -> dict[str, str]:
    """What was found in each feed."""
    with harness.cache.read() as session:
        return {state.feed: state.mended for state in session.exec(select(FeedState)) if state.mended}


def box_requests(harness: Harness) -> list[dict[str, str]]:
    """The headers of each request for pages of boxes."""
    return [request.headers for request in harness.server.requests if "/containers/" in request.path]


@dataclass
class Follower:
    """A syncer that has loaded everything; it polls, and goes on with its look, only when it is told to."""

    harness: Harness
    lead: Lead
    upstream: NativeUpstream
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As after a crash: all that is known is what was written down."""
        self.intake = Intake(self.lead, self.harness.settings, 5.0)
        self.review = Review(self.upstream, self.intake, self.said.append)

    async def poll(self) -> None:
        await attempt(self.upstream, self.intake)

    async def look(self) -> int:
        """Go on to the end, with a poll before each step; gives the steps."""
        steps = 0
        await self.poll()
        while await self.review.go_on():
            steps += 1
            await self.poll()
        return steps

    async def boxes_begun(self) -> None:
        """Go on until the cut of the boxes is pinned, and poll once more."""
        await self.poll()
        while self.intake.moved is None or self.intake.moved.feed != "containers":
            assert await self.review.go_on()
            await self.poll()

    @property
    def gateway(self) -> Gateway:
        return self.harness.gateway


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


@pytest.fixture
async def loaded(harness: Harness) -> Harness:
    """Eight boxes in three pages, and a day since they came."""
    for number in range(8):
        harness.gateway.box(f"b{number}", remark="as it was", gross_kg=24_000 + number)
    await harness.sync()
    harness.a_day_passes()
    harness.server.requests.clear()
    return harness


@pytest.mark.parametrize(("sql", "words"), DAMAGE.values(), ids=DAMAGE)
async def test_what_turned_over_in_a_row_is_put_right_within_a_day_and_said(
    loaded: Harness, sql: str, words: str
) -> None:
    before, gen = whole_rows(loaded), loaded.feed().gen
    run(loaded, sql)
    assert whole_rows(loaded) != before
    said: list[str] = []
    await sync_once(loaded.cache.place, [loaded.settings], say=said.append)
    assert whole_rows(loaded) == before
    state = loaded.feed()
    assert findings(loaded) == {"containers": words}
    assert said == [f"containers of gateway: {words}"]
    assert state.mended_at is not None
    assert state.gen > gen, "screens draw it anew"
    assert (state.rows, state.loading) == (8, False)


async def test_a_syncer_that_follows_does_it_beside_its_polls(loaded: Harness) -> None:
    run(loaded, DAMAGE["a letter"][0])
    stop, said = asyncio.Event(), list[str]()
    quick = replace(loaded.settings, interval_s=0.01)
    following = asyncio.create_task(sync_follow(loaded.cache.place, [quick], stop=stop, say=said.append))
    while not said:
        await asyncio.sleep(0.02)
    stop.set()
    await following
    assert said == [f"containers of gateway: {ALTERED}"]
    assert set(loaded.rows(field="remark").values()) == {"as it was"}


async def test_a_row_that_the_source_does_not_have_goes(loaded: Harness) -> None:
    loaded.gateway.log.clear()  # the tombstone was lost
    del loaded.gateway.feeds["containers"]["b1"]
    await loaded.sync()
    assert set(loaded.rows()) == set(loaded.served())
    assert findings(loaded) == {"containers": MISSED}
    assert loaded.feed().rows == 7


async def test_a_change_that_the_source_lost_comes_all_the_same(loaded: Harness) -> None:
    loaded.gateway.box("b1", remark="moved")
    loaded.gateway.box("b9")
    loaded.gateway.log[-2:] = []
    await loaded.sync()
    assert loaded.rows() == loaded.served()
    assert loaded.rows(field="remark")["b1"] == "moved"
    assert findings(loaded) == {"containers": MISSED.replace("1 record", "2 records")}


async def test_both_kinds_are_told_in_one_sentence(loaded: Harness) -> None:
    run(loaded, DAMAGE["a letter"][0])
    run(loaded, "DELETE FROM containers WHERE id IN ('b2', 'b7')")
    await loaded.sync()
    assert findings(loaded)["containers"] == (
        "Put right: 1 record that had changed on the disk (have it looked at) "
        "and 2 records that had missed a change (have the source's change log looked at)."
    )


async def test_the_wrong_version_ends_in_the_history_as_any_does(loaded: Harness) -> None:
    run(loaded, DAMAGE["a letter"][0])
    await loaded.sync()
    with loaded.cache.read() as session:
        columns = HISTORY["containers"].c
        ended = session.connection().execute(select_columns(columns.id, columns.remark, columns.until)).all()
    assert [(row.id, row.remark, row.until) for row in ended] == [
        ("b1", "as it wqs", loaded.rows(field="observed")["b1"])
    ]


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


async def test_each_feed_is_read_once_a_day_whatever_its_digest(loaded: Harness) -> None:
    for _ in range(3):
        await loaded.sync()
    assert len(box_requests(loaded)) == 3
    assert not any("if-none-match" in headers for headers in box_requests(loaded))
    assert loaded.asked("/tracks/") == 1
    loaded.a_day_passes()
    await loaded.sync()
    assert len(box_requests(loaded)) == 6


async def test_a_feed_that_came_whole_today_is_not_read_again(harness: Harness) -> None:
    harness.gateway.box("b1")
    await harness.sync()
    harness.server.requests.clear()
    await harness.sync()
    assert harness.asked("snapshot") == 0


async def test_a_clock_that_was_set_back_does_not_put_it_off(loaded: Harness) -> None:
    with loaded.cache.write() as session:
        for state in session.exec(select(FeedState)):
            state.reviewed_at = datetime(2100, 1, 1, tzinfo=UTC)
    await loaded.sync()
    assert len(box_requests(loaded)) == 3


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


@pytest.mark.parametrize("nth", [1, 2, 3])
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


@pytest.mark.parametrize("lie", [{"count": 9}, {"complete": False}, {"page": 2}, {"feed": "seals"}], ids=str)
async def test_a_snapshot_that_contradicts_itself_deletes_nothing(loaded: Harness, lie: dict[str, object]) -> None:
    before = loaded.feed().model_dump(exclude={"tallied"})
    altered(loaded, "containers", **lie)
    await loaded.sync()
    assert len(loaded.rows()) == 8
    assert loaded.feed().model_dump(exclude={"tallied"}) == before


async def test_a_source_with_a_feed_in_trouble_is_not_asked_for_more(loaded: Harness) -> None:
    loaded.gateway.forget_log()
    loaded.gateway.box("b1", remark="moved")
    altered(loaded, "containers", count=99)
    await loaded.sync()
    assert loaded.feed().error_code == "bad data"
    assert loaded.asked("/tracks/") == 1, "the resync"
    loaded.gateway.faults = lambda _request: None
    await loaded.sync()
    assert loaded.rows() == loaded.served()
    assert loaded.asked("/tracks/") == 2, "the look"


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


async def test_a_source_that_says_far_fewer_is_held_until_it_says_so_again(harness: Harness) -> None:
    harness.gateway.page_size = 100
    for number in range(60):
        harness.gateway.box(f"b{number:02}")
    await harness.sync()
    harness.a_day_passes()
    for number in range(50):
        del harness.gateway.feeds["containers"][f"b{number:02}"]
    await harness.sync()
    assert len(harness.rows()) == 60
    assert "lacks 50" in (harness.feed().held or "")
    await harness.sync()
    assert harness.rows() == harness.served()
    assert harness.feed().held is None


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


async def test_a_snapshot_that_only_brought_what_is_newer_does_not_count(loaded: Harness) -> None:
    run(loaded, DAMAGE["a letter"][0])
    loaded.gateway.box("b2", remark="moved")
    loaded.gateway.forget_log()
    await loaded.sync()
    assert loaded.rows(field="remark")["b1"] == "as it was"
    assert findings(loaded) == {"containers": ALTERED}


async def test_who_lost_the_lead_puts_nothing_right(follower: Follower) -> None:
    run(follower.harness, DAMAGE["a letter"][0])
    await follower.poll()
    with follower.harness.cache.write() as session:
        session.get_one(Leader, 1).epoch += 1
    with pytest.raises(LeaderError):
        await follower.look()
    assert "as it wqs" in follower.harness.rows(field="remark").values()


async def test_records_that_cannot_be_read_are_set_aside_and_never_taken_for_gone(loaded: Harness) -> None:
    loaded.gateway.feeds["containers"]["b1"]["bay"] = -1
    loaded.gateway.feeds["containers"]["b2"]["bay"] = -1
    for _ in range(2):
        await loaded.sync()
        loaded.a_day_passes()
        assert len(loaded.rows()) == 8
        with loaded.cache.read() as session:
            assert set(session.exec(select(Quarantine.record))) == {"b1", "b2"}
    del loaded.gateway.feeds["containers"]["b1"]["bay"]
    del loaded.gateway.feeds["containers"]["b2"]
    await loaded.sync()
    assert loaded.rows() == loaded.served()
    assert loaded.feed().set_aside == 0


async def test_rows_of_another_source_are_its_own(loaded: Harness) -> None:
    other = Gateway(feeds={name: {} for name in SERVED})
    other.box("other", remark="theirs")
    async with other.serve() as server:
        both = [loaded.settings, replace(loaded.settings, name="other", url=server.url)]
        await sync_once(loaded.cache.place, both)
        run(loaded, "UPDATE containers SET source = 'nobody' WHERE id IN ('b1', 'other')")
        for _ in range(2):
            loaded.a_day_passes()
            await sync_once(loaded.cache.place, both)
    assert loaded.rows(field="source") == {**dict.fromkeys(loaded.served(), "gateway"), "other": "other"}


async def test_a_declaration_that_went_back_is_not_taken_for_damaged(harness: Harness) -> None:
    harness.gateway.feeds["declarations"] = {}
    for state in ("released", "inspection"):
        harness.gateway.put("declarations", "d1", number="1", state=state)
        await harness.sync()
    assert harness.rows("declarations", "flags") == {"d1": "state_back"}
    harness.a_day_passes()
    await harness.sync()
    assert findings(harness) == {}
    run(harness, "UPDATE declarations SET state = 'inspectipn'")
    harness.a_day_passes()
    await harness.sync()
    assert harness.rows("declarations", "state") == {"d1": "inspection"}
    assert harness.rows("declarations", "flags") == {"d1": "state_back"}


async def test_the_tally_of_the_yard_is_counted_anew(loaded: Harness) -> None:
    loaded.gateway.box("b1", block_id="A", place="yard", bay=1)
    await loaded.sync()
    await loaded.sync()
    run(loaded, "UPDATE yard_tally SET boxes = 65537")
    loaded.a_day_passes()
    await loaded.sync()
    with loaded.cache.read() as session:
        assert not is_kept(session)
    await loaded.sync()
    with loaded.cache.read() as session:
        assert list(by_block(session, "size")) == [("A", None, 1)]


def test_an_index_that_says_something_else_than_its_table_is_damage(file_cache: Cache) -> None:
    with file_cache.write() as session:
        session.add(Container(id="b1", rev=1, changed_at=EPOCH, number="CSQU3054383"))
    file_cache.close()
    connection = DRIVER.connect(file_cache.path)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_master SET sql = replace(sql, '(number)', '(id)') WHERE name = 'ix_containers_number'"
    )
    connection.commit()
    connection.close()
    damage.check(file_cache)
    damage.check_table(file_cache, "trains")
    with pytest.raises(CacheDamaged, match="ix_containers_number"):
        damage.check_table(file_cache, "containers")
