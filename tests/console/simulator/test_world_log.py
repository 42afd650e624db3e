"""The change log of the simulated terminal."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.simulator.log import ChangeLog, PositionExpired
from console.simulator.records import UNWRITTEN, Seal, Track
from console.simulator.world import World

START = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)


def track(name: str) -> Track:
    return Track(id=name, **UNWRITTEN, name=name)


def open_log(**limits: Any) -> ChangeLog:
    log = ChangeLog(**limits)
    log.open()
    return log


def second(number: int) -> datetime:
    return START + timedelta(seconds=number)


def replay(log: ChangeLog, position: int, state: dict[str, dict[str, Any]], page: int) -> int:
    """Apply changes page by page, as a client does; where it ends."""
    more = True
    while more:
        changes = log.since(position, page)
        for change in changes.changes:
            if change.data is None:
                del state[change.feed][change.id]
            else:
                state[change.feed][change.id] = json.loads(bytes(change.data))
        position, more = changes.next, changes.more
    assert changes.checkpoint
    return position


def snapshot(log: ChangeLog) -> dict[str, dict[str, Any]]:
    return {
        feed: {record["id"]: record for record in map(json.loads, cut.records)} for feed, cut in log.cut().feeds.items()
    }


@pytest.mark.parametrize("page", [1_000, 7])
def test_the_log_replayed_on_a_cut_is_the_state(page: int) -> None:
    world = World(2, 100, START)
    state, position = snapshot(world.log), world.log.cut().position
    world.run_until(START + timedelta(hours=14))
    position = replay(world.log, position, state, page)
    assert position == world.log.position
    assert state == snapshot(world.log)


def test_a_record_is_logged_once_a_commit_however_often_it_changes() -> None:
    log, one = open_log(), track("1")
    for name in ("a", "b", "c"):
        one.name = name
        log.upsert(one)
    log.commit(second(1))
    (change,) = log.since(0, 10).changes
    assert (change.op, change.rev, change.changed_at) == ("upsert", 1, second(1))
    assert json.loads(bytes(change.data or b""))["name"] == "c"


def test_what_came_and_went_within_a_commit_was_never_there() -> None:
    log, one = open_log(), track("1")
    log.upsert(one)
    log.delete(one)
    log.commit(second(1))
    assert log.position == 0
    assert log.count("tracks") == 0


def test_a_delete_has_a_higher_revision_than_the_record_had() -> None:
    log, one = open_log(), track("1")
    log.upsert(one)
    log.commit(second(1))
    log.delete(one)
    log.commit(second(2))
    assert [(change.op, change.rev) for change in log.since(0, 10).changes] == [("upsert", 1), ("delete", 2)]


def test_only_the_end_of_a_commit_is_a_checkpoint() -> None:
    log = open_log()
    log.upsert(track("1"))
    log.upsert(track("2"))
    log.commit(second(1))
    assert [log.since(0, limit).checkpoint for limit in (1, 2)] == [False, True]
    assert log.since(2, 10).checkpoint


def test_a_page_of_some_feeds_passes_over_the_others() -> None:
    log = open_log()
    log.upsert(track("1"))
    log.upsert(Seal(id="s", **UNWRITTEN, number="88001"))
    log.commit(second(1))
    page = log.since(0, 10, feeds={"seals"})
    assert [change.feed for change in page.changes] == ["seals"]
    assert (page.next, page.more) == (2, False)


def test_equal_states_have_equal_digests_in_whatever_order_they_came_about() -> None:
    one, other = open_log(), open_log()
    first, second_track = track("1"), track("2")
    for log, tracks in ((one, [first, second_track]), (other, [track("2"), track("1")])):
        for each in tracks:
            log.upsert(each)
        log.commit(second(1))
    assert one.digest("tracks") == other.digest("tracks") != open_log().digest("tracks")
    for each in (first, second_track):
        one.delete(each)
    one.commit(second(2))
    assert one.digest("tracks") == open_log().digest("tracks")


def test_a_digest_kept_up_change_by_change_is_that_of_the_whole_state() -> None:
    world = World(2, 100, START)
    world.run_until(START + timedelta(hours=6))
    kept = {feed: world.log.digest(feed) for feed in world.log.records}
    world.log.open()
    assert {feed: world.log.digest(feed) for feed in world.log.records} == kept


def test_a_cut_stays_what_it_was() -> None:
    log, one = open_log(), track("1")
    log.upsert(one)
    log.commit(second(1))
    cut = log.cut()
    one.name = "changed"
    log.upsert(one)
    log.commit(second(2))
    assert json.loads(cut.feeds["tracks"].records[0])["name"] == "1"
    assert (cut.position, log.cut().position) == (1, 2)


@pytest.mark.parametrize("limits", [{"most_changes": 10}, {"retention": timedelta(seconds=10)}])
def test_the_log_is_bounded_and_cut_between_commits(limits: dict[str, Any]) -> None:
    log = open_log(**limits)
    for number in range(100):
        for name in ("1", "2", "3"):
            log.upsert(track(name))
        log.commit(second(number))
    assert 0 < log.position - log.first_position <= 66
    assert log.first_position % 3 == 0
    assert log.since(log.first_position, 3).checkpoint
    for gone in (log.first_position - 1, log.position + 1):
        with pytest.raises(PositionExpired):
            log.since(gone, 10)
