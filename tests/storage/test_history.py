"""The cache's memory: what is kept when rows change, and the state at any past moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import select

from storage import history
from storage.cache import Cache
from storage.clock import PinnedClock
from storage.errors import UsageError
from storage.history import Change, versions
from storage.models import FEEDS, HISTORY, Container, FeedState, Memory, SourceState, Track, table_of, to_ms
from storage.models.wire import wire
from storage.models.yard import STANDS
from storage.runs import log_runs
from storage.sync import apply
from storage.upstreams.base import Gone, Part

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def put(cache: Cache, at: datetime, key: str, rev: int, *, any_rev: bool = False, **fields: Any) -> None:
    """Take in one container record as the syncer does."""
    record: Any = wire(Container).record(id=key, rev=rev, changed_at=NOON, **fields)
    _write(cache, at, any_rev, Part(feed="containers", records=[record]))


def drop(cache: Cache, at: datetime, key: str) -> None:
    """Take in one tombstone as the syncer does."""
    _write(cache, at, False, Part(feed="containers", gone=[Gone(key, 1_000)]))


def _write(cache: Cache, at: datetime, any_rev: bool, part: Part) -> None:
    rows = apply.to_rows(part, "site", to_ms(at))
    with cache.write() as session:
        if apply.write_rows(session, "site", rows, any_rev=any_rev):
            session.merge(FeedState(source="site", feed="containers", changed_at=at))


def boxes(cache: Cache) -> dict[str, str | None]:
    with cache.read() as session:
        return {box.id: box.remark for box in session.exec(select(Container))}


def _closed(cache: Cache) -> int:
    with cache.read() as session:
        return int(session.connection().exec_driver_sql("SELECT count(*) FROM containers_history").scalar_one())


def boxes_at(cache: Cache, moment: datetime) -> dict[str, str | None]:
    scratch = history.at(cache, moment)
    try:
        return boxes(scratch)
    finally:
        scratch.close()


@pytest.fixture
def day(cache: Cache) -> Cache:
    """A changes at minute 10 and 20; B goes at 15 and comes again at 30; C comes and goes between 12 and 14."""
    put(cache, minute(0), "A", 1, remark="a1")
    put(cache, minute(0), "B", 1, remark="b1")
    put(cache, minute(10), "A", 2, remark="a2")
    put(cache, minute(12), "C", 1, remark="c1")
    drop(cache, minute(14), "C")
    drop(cache, minute(15), "B")
    put(cache, minute(20), "A", 3, remark="a3", gross_kg=24_000)
    put(cache, minute(30), "B", 1, remark="b2")
    return cache


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (-1, {}),
        (0, {"A": "a1", "B": "b1"}),
        (9.99, {"A": "a1", "B": "b1"}),
        (10, {"A": "a2", "B": "b1"}),
        (13, {"A": "a2", "B": "b1", "C": "c1"}),
        (14, {"A": "a2", "B": "b1"}),
        (15, {"A": "a2"}),
        (20, {"A": "a3"}),
        (30, {"A": "a3", "B": "b2"}),
        (1_000, {"A": "a3", "B": "b2"}),
    ],
)
def test_the_state_at_a_moment_is_what_the_cache_held_then(day: Cache, at: float, state: dict[str, str]) -> None:
    assert boxes_at(day, minute(at)) == state


def test_a_scratch_cache_moves_forth_and_back(day: Cache) -> None:
    scratch = history.at(day, minute(11))
    for to in (13, 31, 14, -5, 16, 9, 12.5, 1_000, 0):
        scratch.move_to(minute(to))
        assert boxes(scratch) == boxes_at(day, minute(to)), to
        assert scratch.moment == minute(to)
    scratch.close()


def test_what_is_committed_after_the_first_look_is_found_by_moving_there(day: Cache) -> None:
    scratch = history.at(day, minute(45))
    put(day, minute(44), "D", 1, remark="committed late")
    put(day, minute(50), "A", 4, remark="a4")
    scratch.move_to(minute(46))
    assert boxes(scratch) == {"A": "a3", "B": "b2", "D": "committed late"}
    scratch.move_to(minute(50))
    assert boxes(scratch)["A"] == "a4"
    scratch.close()


def test_a_box_that_went_in_the_moment_it_came_is_gone_at_the_next_move(day: Cache) -> None:
    put(day, minute(44), "D", 1, remark="came")
    scratch = history.at(day, minute(44))
    assert "D" in boxes(scratch)
    drop(day, minute(44), "D")  # a version of no length is not kept: nothing tells of it any more
    scratch.move_to(minute(46))
    assert boxes(scratch) == {"A": "a3", "B": "b2"}
    scratch.close()


def test_a_past_state_finds_boxes_by_what_they_refer_to_and_lists_them_by_number(day: Cache) -> None:
    scratch = history.at(day, minute(11))
    with scratch.read() as session:
        plans = {
            asked: session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT * FROM containers {asked}").one()[3]
            for asked in ("WHERE id IN ('A', 'B')", "WHERE train_id = 'T'",
                          f"WHERE block_id = 'B' AND bay IN (1, 2) AND {STANDS}", "ORDER BY number")
        }  # fmt: skip
    indexes = ("containers_id", "ix_containers_train", "ix_containers_standing", "ix_containers_number")
    assert [index in plan for index, plan in zip(indexes, plans.values(), strict=True)] == [True] * 4, plans
    scratch.close()


def test_a_large_move_copies_the_feed_anew_and_keeps_its_indexes(day: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.scratch.STEP_LIMIT", 1)
    scratch = history.at(day, minute(11))
    before = _indexes(scratch)
    scratch.move_to(minute(31))
    assert boxes(scratch) == {"A": "a3", "B": "b2"}
    assert _indexes(scratch) == before
    assert {"ix_containers_number", "containers_id"} <= before
    scratch.close()


def _indexes(cache: Cache) -> set[str]:
    with cache.read() as session:
        names = session.connection().exec_driver_sql("SELECT name FROM main.sqlite_master WHERE type = 'index'")
        return set(names.scalars())


def test_a_version_of_no_length_is_not_kept(cache: Cache) -> None:
    put(cache, minute(0), "A", 1, remark="first page")
    put(cache, minute(0), "A", 2, remark="second page of the same transaction time")
    assert _closed(cache) == 0
    assert boxes_at(cache, minute(0)) == {"A": "second page of the same transaction time"}


def test_an_older_or_equal_revision_closes_nothing(cache: Cache) -> None:
    put(cache, minute(0), "A", 5, remark="now")
    put(cache, minute(1), "A", 5, remark="the same once more")
    put(cache, minute(1), "A", 4, remark="an older one")
    assert (boxes(cache), _closed(cache)) == ({"A": "now"}, 0)
    put(cache, minute(1), "A", 4, remark="of a new epoch", any_rev=True)
    assert (boxes(cache), _closed(cache)) == ({"A": "of a new epoch"}, 1)


def test_a_tombstone_of_an_older_revision_closes_nothing(cache: Cache) -> None:
    put(cache, minute(0), "A", 1_001, remark="newer than the tombstone")
    drop(cache, minute(1), "A")
    assert (boxes(cache), _closed(cache)) == ({"A": "newer than the tombstone"}, 0)


def test_a_row_that_its_snapshot_no_longer_holds_is_remembered(cache: Cache) -> None:
    put(cache, minute(0), "A", 1, remark="a1")
    with cache.write() as session:
        apply.delete_rows(session, "containers", "site", ["A"], to_ms(minute(5)))
    assert boxes(cache) == {}
    assert boxes_at(cache, minute(4)) == {"A": "a1"}
    assert boxes_at(cache, minute(5)) == {}


def test_another_sources_tombstone_closes_nothing(cache: Cache) -> None:
    put(cache, minute(0), "A", 1)
    with cache.write() as session:
        apply.delete_rows(session, "containers", "other", ["A"], to_ms(minute(5)))
    assert (list(boxes(cache)), _closed(cache)) == (["A"], 0)


def test_a_clock_that_was_set_back_makes_no_two_versions_hold_at_once(cache: Cache) -> None:
    put(cache, minute(0), "A", 1, remark="a1")
    put(cache, minute(10), "A", 2, remark="a2")
    put(cache, minute(5), "A", 3, remark="written after the clock was set back")
    assert boxes_at(cache, minute(7)) == {"A": "a1"}
    assert boxes_at(cache, minute(10)) == {"A": "written after the clock was set back"}


def test_all_feeds_are_in_a_past_state(cache: Cache) -> None:
    with cache.write() as session:
        session.add(Track(id="T1", rev=1, changed_at=NOON, observed=NOON, source="site", name="1"))
    put(cache, minute(1), "A", 1)
    scratch = history.at(cache, minute(2))
    with scratch.read() as session:
        for model in FEEDS.values():
            session.exec(select(model)).all()
        assert session.exec(select(Track)).one().name == "1"
    scratch.close()


def test_a_past_state_cannot_be_asked_for_before_what_is_remembered(day: Cache) -> None:
    scratch = history.at(day, minute(11))
    with day.write() as session:
        session.add(Memory(feed="containers", complete_from=minute(12)))
    with pytest.raises(UsageError, match="choose a time from 2026-11-20 04:12 UTC on"):
        history.at(day, minute(11))
    with pytest.raises(UsageError):
        scratch.move_to(minute(10))
    assert boxes(scratch) == {"A": "a2", "B": "b1"}, "a refused move leaves the state"
    scratch.close()


def test_a_move_over_forgotten_time_copies_anew(day: Cache) -> None:
    scratch = history.at(day, minute(11))
    with day.write() as session:
        session.connection().execute(delete(HISTORY["containers"]).where(HISTORY["containers"].c.until <= minute(15)))
        session.add(Memory(feed="containers", complete_from=minute(15)))
    scratch.move_to(minute(16))
    assert boxes(scratch) == {"A": "a2"}, "B's end is forgotten, and so it must not be looked for"
    scratch.close()


def test_a_review_of_a_review_is_one_of_the_live_cache(day: Cache) -> None:
    first = history.at(day, minute(31))
    second = history.at(first, minute(1))
    first.close()
    assert boxes(second) == {"A": "a1", "B": "b1"}
    second.close()


def test_the_syncer_writes_while_a_past_state_is_filled_and_moved(day: Cache) -> None:
    def write_on(_share: float) -> None:
        put(day, minute(60), "E", 1, remark="live")

    scratch = history.at(day, minute(31), progress=write_on)
    assert "E" not in boxes(scratch)
    with scratch.write():
        put(day, minute(61), "E", 2, remark="live")
    scratch.close()


def test_who_reads_a_past_state_sees_it_whole_while_it_moves(day: Cache) -> None:
    scratch = history.at(day, minute(11))
    with scratch.read() as session:
        before = len(session.exec(select(Container)).all())
        scratch.move_to(minute(16))
        assert len(session.exec(select(Container)).all()) == before
    assert boxes(scratch) == {"A": "a2"}
    scratch.close()


def test_who_watches_a_past_state_sees_it_move(day: Cache) -> None:
    with day.write() as session:
        session.add(SourceState(source="site"))
        log_runs(session, minute(0))
    scratch = history.at(day, minute(11))
    watched = scratch.data_version(), _gen(scratch)
    scratch.move_to(minute(16))
    assert scratch.data_version() != watched[0]
    assert _gen(scratch) > watched[1]
    scratch.close()


def _gen(cache: Cache) -> int:
    with cache.read() as session:
        return session.get_one(FeedState, ("site", "containers")).gen


def test_a_closed_past_state_leaves_no_file(day: Cache) -> None:
    scratch = history.at(day, minute(11))
    folder = scratch.path.parent
    scratch.close()
    assert not folder.exists()


def test_progress_ends_with_all_done(day: Cache) -> None:
    shares: list[float] = []
    history.at(day, minute(11), progress=shares.append).close()
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


# ------------------------------------------------------------------------------------------------ one record's versions
def test_a_records_versions_say_what_changed_newest_first(day: Cache) -> None:
    with day.read() as session:
        third, second, first = versions(session, PinnedClock(minute(90)), "containers", "A")
    assert (third.since, third.until) == (minute(20), None)
    assert third.changes == (Change("gross_kg", None, 24_000), Change("remark", "a2", "a3"))
    assert (second.since, second.until) == (minute(10), minute(20))
    assert (first.since, first.until, first.changes) == (minute(0), minute(10), None)
    assert first.record["remark"] == "a1"


def test_a_record_that_came_back_has_no_changes_against_its_former_self(day: Cache) -> None:
    with day.read() as session:
        back, former = versions(session, PinnedClock(minute(90)), "containers", "B")
    assert (back.changes, former.until) == (None, minute(15))


def test_a_record_that_is_gone_starts_with_its_last_version(day: Cache) -> None:
    with day.read() as session:
        (last,) = versions(session, PinnedClock(minute(90)), "containers", "C")
        assert (last.since, last.until) == (minute(12), minute(14))
        assert versions(session, PinnedClock(minute(90)), "containers", "never seen") == []


def test_a_past_state_shows_only_the_versions_known_then(day: Cache) -> None:
    scratch = history.at(day, minute(11))
    with scratch.read() as session:
        second, first = versions(session, PinnedClock(minute(11)), "containers", "A")
    assert (second.record["remark"], second.until) == ("a2", None)
    assert first.record["remark"] == "a1"
    scratch.close()


def test_the_oldest_of_a_limited_list_still_says_what_changed(day: Cache) -> None:
    with day.read() as session:
        (newest,) = versions(session, PinnedClock(minute(90)), "containers", "A", limit=1)
    assert newest.changes is not None


# --------------------------------------------------------------------------------------- against a replay of the facts
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 3),  # minutes since the event before: several at one moment, too
        st.sampled_from("ABCDE"),
        st.sampled_from(["put", "put", "drop", "again"]),
    ),
    max_size=40,
)


@pytest.mark.parametrize(("database", "examples"), [("file_cache", 25), ("server_cache", 5)])
def test_any_past_state_equals_a_replay_of_what_happened(
    request: pytest.FixtureRequest, database: str, examples: int
) -> None:
    cache: Cache = request.getfixturevalue(database)

    @settings(max_examples=examples, deadline=None)
    @given(events=EVENTS, looks=st.lists(st.integers(-2, 60), min_size=1, max_size=6))
    def check(events: list[tuple[int, str, str]], looks: list[int]) -> None:
        _replay(cache, events, looks)

    check()


def _replay(cache: Cache, events: list[tuple[int, str, str]], looks: list[int]) -> None:
    _empty(cache)
    now, live, revs, log = 0, dict[str, str](), dict[str, int](), list[tuple[int, dict[str, str]]]()
    for number, (later, key, kind) in enumerate(events):
        now += later
        if kind == "put":
            revs[key] = revs.get(key, 0) + 1
            live[key] = f"event {number}"
            put(cache, minute(now), key, revs[key], remark=live[key])
        elif kind == "drop":
            live.pop(key, None)
            drop(cache, minute(now), key)
        elif key in live:  # the same revision once more, as overlapping pages bring it
            put(cache, minute(now), key, revs[key], remark="never taken in")
        log.append((now, dict(live)))

    def replayed(at: int) -> dict[str, str]:
        return next((state for when, state in reversed(log) if when <= at), {})

    scratch = history.at(cache, minute(looks[0]))
    for look in looks:
        scratch.move_to(minute(look))
        assert boxes(scratch) == replayed(look)
    assert boxes_at(cache, minute(looks[-1])) == replayed(looks[-1])
    scratch.close()


def _empty(cache: Cache) -> None:
    with cache.write() as session:
        session.connection().execute(delete(table_of(Container)))
        session.connection().execute(delete(HISTORY["containers"]))
