"""The Board and its act list."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.models import FeedState
from storage.queries.acts import Act, Facts, acts_of
from storage.queries.board import board, count_risks
from tests.scene import LAST_ANSWER, SOURCE, at, build_scene
from tests.scenery.rows import Rows


def test_the_board_has_the_next_trains_the_yard_and_the_lanes(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    found = board(session, clock, policy=policy)
    assert [row.number for row in found.departures] == ["X9582", "X8086", "X2012", "84412"]
    assert [row.number for row in found.arrivals] == ["X8071", "X9581", "84409", "X2011"]
    assert (found.yard.teu, found.yard.working_teu) == (2551, 4088)
    assert [row.kind for row in found.kinds] == ["stack", "reefer", "dangerous", "empty", "inspection"]
    assert found.lanes.declarations == 67


def test_a_board_that_is_half_loaded_acts_on_nothing_and_counts_nothing(
    cache: Cache, clock: ManualClock, policy: Policy
) -> None:
    build_scene(cache)
    with cache.write() as session:
        boxes = session.get_one(FeedState, (SOURCE, "containers"))
        boxes.loading, boxes.loaded = True, False
    with cache.read() as session:
        found = board(session, clock, policy=policy)
        assert count_risks(session, clock, policy=policy) is None
    assert found.acts == ()
    assert {row.risk for row in (*found.departures, *found.arrivals)} == {"unknown"}
    assert {row.reason for row in found.departures} == {"containers not loaded yet"}


def test_while_a_feed_is_loaded_again_what_needs_a_person_is_marked(
    cache: Cache, clock: ManualClock, policy: Policy
) -> None:
    build_scene(cache)
    with cache.write() as session:
        session.get_one(FeedState, (SOURCE, "containers")).loading = True
    with cache.read() as session:
        found = board(session, clock, policy=policy)
    assert found.acts
    assert all(act.unsure for act in found.acts)


def test_what_the_board_has_found_is_not_counted_again_until_something_changes(
    cache: Cache, clock: ManualClock, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_scene(cache)
    looked: list[Facts] = []

    def look(facts: Facts) -> tuple[Act, ...]:
        looked.append(facts)
        return acts_of(facts)

    monkeypatch.setattr("storage.queries.board.acts_of", look)
    with cache.read() as session:
        found = board(session, clock, policy=policy)
    levels = [act.level for act in found.acts]

    def count(rules: Policy = policy) -> int:
        with cache.read() as session:
            assert count_risks(session, clock, policy=rules) == (levels.count("act"), levels.count("watch"))
        return len(looked)

    assert count() == 1
    assert count(replace(policy, track_change=timedelta(minutes=11))) == 2, "other rules"
    clock.at += timedelta(minutes=1)
    assert count() == 3, "another minute"
    clock.at -= timedelta(minutes=1)
    with cache.write() as session:
        session.get_one(FeedState, (SOURCE, "trains")).gen += 1
    assert count() == 4, "other data"


def test_old_input_brings_no_act_and_ends_none(session: Session, clock: ManualClock, policy: Policy) -> None:
    clock.at = LAST_ANSWER
    before = board(session, clock, policy=policy)
    counted = count_risks(session, clock, policy=policy)
    clock.at = at("16:30")
    later = board(session, clock, policy=policy)
    acts = {(act.level, act.subject, act.words) for act in before.acts}
    assert {(act.level, act.subject, act.words) for act in later.acts} == acts
    assert all(act.unsure for act in later.acts)
    assert count_risks(session, clock, policy=policy) == counted


def test_before_anything_has_come_the_board_claims_nothing(cache: Cache, clock: ManualClock) -> None:
    with cache.read() as session:
        found = board(session, clock)
        assert count_risks(session, clock) is None, "nobody knows"
    assert (found.acts, found.departures, found.arrivals, found.kinds) == ((), (), (), ())
    assert (found.without_trains, found.without_blocks) == (("trains",), ("blocks",))
    assert set(found.missing) >= {"trains", "containers", "declarations"}
    yard, lanes = found.yard, found.lanes
    assert {yard.boxes, yard.teu, yard.working_teu, yard.percent, yard.plugs_free} == {None}
    assert {lanes.declarations, lanes.boxes, lanes.undeclared, lanes.over_sla, lanes.at_risk} == {None}
    assert (found.ahead.rehandles, found.ahead.cranes) == (None, None)


def test_a_terminal_whose_feeds_came_empty_has_nothing_and_says_zero(cache: Cache, clock: ManualClock) -> None:
    with cache.write() as session:
        Rows().insert(session)
    with cache.read() as session:
        found = board(session, clock)
        assert count_risks(session, clock) == (0, 0)
    assert (found.acts, found.missing, found.without_trains, found.without_blocks) == ((), (), (), ())
    assert (found.yard.teu, found.yard.working_teu, found.yard.percent) == (0, 0, None)
    assert (found.lanes.declarations, found.lanes.boxes, found.lanes.undeclared) == (0, 0, ())
    assert (found.ahead.rehandles, found.ahead.cranes) == (0, {})
