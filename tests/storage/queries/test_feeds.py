"""Feeds: how fresh, how many, what went wrong."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock, SystemClock
from storage.figures.policy import DEFAULT, Moment
from storage.models import FEEDS as MODELS
from storage.models import FeedState, Leader, SourceState
from storage.queries.details.feeds import feed_page
from storage.queries.feeds import FEEDS, LastKnown, as_last_known, awaited, begun, mended, not_come
from tests.scene import NOW, SOURCE


def test_feeds_come_in_the_order_of_the_contract(session: Session, clock: ManualClock) -> None:
    rows = FEEDS.page(session, clock).rows
    assert [row.feed for row in rows] == list(MODELS)
    assert {row.word for row in rows} == {"LIVE <15 s"}


def test_a_feed_shows_its_rows_and_its_own_as_of(session: Session, clock: ManualClock) -> None:
    row = FEEDS.one(session, clock, f"{SOURCE}/trains")
    assert row is not None
    assert (row.rows, row.age, row.lag) == (31, timedelta(seconds=5), timedelta(seconds=1))
    assert row.as_of == NOW - timedelta(seconds=5)


def test_the_worst_feed_decides_and_the_oldest_answer_dates_it(session: Session, clock: ManualClock) -> None:
    assert as_last_known(session, ["trains"], Moment(NOW)) == LastKnown(NOW, unsure=False)
    hour = NOW + timedelta(hours=1)
    assert as_last_known(session, ["trains"], Moment(hour)) == LastKnown(NOW - timedelta(seconds=5), unsure=True)


def test_nothing_known_is_judged_now_and_marked(cache: Cache) -> None:
    with cache.read() as session:
        known = as_last_known(session, ["trains"], Moment(NOW))
    assert known == LastKnown(NOW, unsure=True, missing=("trains",))


def test_before_anything_has_come_every_feed_is_waited_for(cache: Cache) -> None:
    with cache.write() as session:
        session.add(SourceState(source="a"))
        session.add(FeedState(source="a", feed="trains", loading=True))
    with cache.read() as session:
        assert not_come(session, ["trains", "voyages"]) == ("trains", "voyages")
        assert awaited(session, ["trains", "voyages"]) == ("trains", "voyages")


def test_of_a_feed_that_has_begun_to_come_the_rows_of_all_its_sources_count(cache: Cache) -> None:
    with cache.write() as session:
        session.add(FeedState(source="a", feed="trains", loaded=True, rows=31))
        session.add(FeedState(source="a", feed="seals", loaded=True, rows=40))
        session.add(FeedState(source="b", feed="seals", loading=True, loaded_rows=2, expected_rows=5))
        session.add(FeedState(source="a", feed="wagons", loading=True, loaded_rows=3))
        session.add(FeedState(source="a", feed="blocks", loading=True, expected_rows=9))
    with cache.read() as session:
        assert begun(session) == {"seals": (42, 45), "wagons": (3, None)}


def test_a_feed_that_no_source_has_is_unknown_and_nothing_waits_for_it(cache: Cache) -> None:
    with cache.write() as session:
        session.add(FeedState(source="a", feed="trains", loaded=True))
        session.add(FeedState(source="a", feed="seals", loaded=True))
        session.add(FeedState(source="b", feed="seals"))
    with cache.read() as session:
        assert not_come(session, ["voyages", "trains", "seals"]) == ("voyages", "seals")
        assert awaited(session, ["voyages", "trains", "seals"]) == ("seals",)


def test_what_is_loaded_for_the_first_time_is_missing_and_what_is_loaded_again_is_unsure(cache: Cache) -> None:
    with cache.write() as session:
        session.add(SourceState(source="a", asked_at=NOW))
        session.add(FeedState(source="a", feed="trains", loaded=True))
        session.add(FeedState(source="a", feed="wagons", loaded=True, loading=True))
        session.add(FeedState(source="a", feed="containers", loading=True))
        session.add(Leader(heartbeat_at=NOW))
    with cache.read() as session:
        assert as_last_known(session, ["trains", "voyages"], Moment(NOW)) == LastKnown(NOW, unsure=False)
        assert as_last_known(session, ["trains", "wagons"], Moment(NOW)) == LastKnown(NOW, unsure=True)
        everything = as_last_known(session, ["trains", "wagons", "containers"], Moment(NOW))
    assert everything == LastKnown(NOW, unsure=True, missing=("containers",))


def test_a_source_whose_clock_is_wrong_makes_no_feed_look_old(session: Session) -> None:
    ten = timedelta(minutes=10)
    assert as_last_known(session, ["trains"], Moment(NOW + ten, offset=ten)) == LastKnown(NOW + ten, unsure=False)
    assert Moment.of(SystemClock(ten)).offset == ten
    assert Moment.of(ManualClock(NOW)).machine_now == NOW


def test_what_was_put_right_is_told_for_a_week(cache: Cache, clock: ManualClock) -> None:
    words = "Put right: 1 record that had changed on the disk (have it looked at)."
    with cache.write() as session:
        for feed, days in (("trains", 6), ("wagons", 8)):
            at = NOW - timedelta(days=days)
            state = FeedState(source="a", feed=feed, loaded=True, reviewed_at=NOW, mended_at=at, mended=words)
            session.add(state)
    with cache.read() as session:
        trains, wagons = FEEDS.page(session, clock).rows
        assert [state.feed for state in mended(session, NOW)] == ["trains"]
        assert FEEDS.page(session, clock, FEEDS.filter("mended:disk")).total == 1
        page = feed_page(session, clock, "a/trains", DEFAULT)
    assert (trains.mended, trains.mended_at) == (words, NOW - timedelta(days=6))
    assert (wagons.mended, wagons.mended_at, wagons.reviewed_at) == (None, None, NOW)
    assert page is not None
    assert [line.value for line in page.sections[0].lines if line.label == "What differed"] == [words]


@pytest.fixture
def troubled(cache: Cache) -> Cache:
    with cache.write() as session:
        session.add(
            SourceState(source="a", asked_at=NOW, tried_at=NOW, error="401, token expired", error_code="refused")
        )
        session.add(FeedState(source="a", feed="trains", loaded=True, rows=3, set_aside=2))
        session.add(FeedState(source="a", feed="zebras", loaded=True, held="lost 95 % of its rows"))
        session.add(FeedState(source="b", feed="trains", loading=True, loaded_rows=5, expected_rows=10))
        session.add(Leader(heartbeat_at=NOW))
    return cache


def test_errors_of_source_and_feed_are_shown_with_what_was_set_aside(troubled: Cache, clock: ManualClock) -> None:
    with troubled.read() as session:
        rows = {row.id: row for row in FEEDS.page(session, clock).rows}
        refused = FEEDS.page(session, clock, FEEDS.filter("state:refused")).total
    assert list(rows) == ["a/trains", "a/zebras", "b/trains"]
    assert (rows["a/trains"].error, rows["a/trains"].set_aside) == ("401, token expired", 2)
    assert rows["a/zebras"].error == "lost 95 % of its rows"
    assert (rows["b/trains"].state, rows["b/trains"].expected_rows) == ("never", 10)
    assert refused == 2
