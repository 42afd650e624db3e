"""How late a train was expected as time went by, and how a service has run these two weeks."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import SQLModel

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Moment, Policy
from storage.history import at as state_at
from storage.models import Feed, FeedState, Train, TrainStop, closing, table_of, to_ms
from storage.queries.train_history import Expectation, expectations, service_record
from tests.scene import NOW, at
from tests.scenery.rows import Rows

POLICY = Policy()


def write(cache: Cache, model: type[Feed], key: str, when: datetime, **values: Any) -> None:
    """Let a record change at a time, as the sync does: its version in force is closed, and the next begins."""
    table = table_of(model)
    with cache.write() as session:
        connection = session.connection()
        connection.execute(closing(model, table.c.id == key), {"until": to_ms(when)})
        changed = connection.execute(update(table).where(table.c.id == key).values(observed=when, **values))
        assert changed.rowcount == 1


def made(cache: Cache, model: type[SQLModel], **values: Any) -> None:
    rows = Rows()
    rows.add(model, **values)
    with cache.write() as session:
        rows.insert(session)


STOP = {"id": "S", "train_id": "T", "sequence": 1, "place": "Guiyang", "planned_arrival": at("12:00")}


def story(cache: Cache, now: datetime = NOW) -> tuple[Expectation, ...]:
    with cache.read() as session:
        return expectations(session, Moment(now, POLICY), TrainStop, ["S"])["S"]


def test_what_was_expected_is_told_oldest_first_and_only_when_it_changed(cache: Cache) -> None:
    made(cache, TrainStop, observed=at("08:00"), **STOP)
    write(cache, TrainStop, "S", at("08:30"), estimated_arrival=at("12:10"))
    write(cache, TrainStop, "S", at("09:00"), track="3")
    write(cache, TrainStop, "S", at("09:30"), estimated_arrival=at("12:48"), delay_cause="locomotive")
    write(cache, TrainStop, "S", at("10:00"), unknown_delay=True)
    found = story(cache)
    assert [(each.since, each.arrival_late, each.cause, each.unknown_delay) for each in found] == [
        (at("08:00"), None, None, False),
        (at("08:30"), 10, None, False),
        (at("09:30"), 48, "locomotive", False),
        (at("10:00"), None, "locomotive", True),
    ]
    assert (found[2].arrival, found[2].departure, found[2].departure_late) == (at("12:48"), None, None)


def test_a_review_tells_only_what_was_known_then(cache: Cache) -> None:
    if cache.database.address()[1].get("module") is None:
        pytest.skip("a past state is made beside a cache in a file")
    made(cache, TrainStop, observed=at("08:00"), **STOP)
    made(cache, FeedState, source="s", feed="train_stops", changed_at=at("10:00"))
    write(cache, TrainStop, "S", at("08:30"), estimated_arrival=at("12:10"))
    write(cache, TrainStop, "S", at("09:30"), estimated_arrival=at("12:48"))
    past = state_at(cache, at("09:00"))
    try:
        assert [each.arrival_late for each in story(past, at("09:00"))] == [None, 10]
    finally:
        past.close()


def test_a_stop_never_seen_has_no_story(cache: Cache) -> None:
    assert story(cache) == ()


# -------------------------------------------------------------------------------------------------------- two weeks
def visit(cache: Cache, name: str, days: float, late: int | None, **values: Any) -> None:
    planned = NOW - timedelta(days=days)
    actual = None if late is None else planned + timedelta(minutes=late)
    given: dict[str, Any] = {
        "service": "ILSTC Qinzhou", "direction": "departure", "phase": "departed", "planned_departure": planned,
        "actual_departure": actual,
    }  # fmt: skip
    made(cache, Train, id=name, number=f"X{name}", observed=planned, **given | values)


def left(cache: Cache, name: str, when: datetime) -> None:
    """Let a visit leave the feed, as the sync does."""
    table = table_of(Train)
    with cache.write() as session:
        session.connection().execute(closing(Train, table.c.id == name), {"until": to_ms(when)})
        session.connection().execute(delete(table).where(table.c.id == name))


def test_a_service_is_told_over_two_weeks_with_the_visits_that_left_the_feed(cache: Cache, clock: ManualClock) -> None:
    visit(cache, "1", 1, 20)
    visit(cache, "2", 3, -2, delay_cause="early path")
    visit(cache, "3", 8, 15)
    visit(cache, "4", 13, 90)
    visit(cache, "5", 2, None, phase="canceled")
    visit(cache, "old", 14.1, 500)
    visit(cache, "ahead", -1, None, phase="created")
    visit(cache, "other", 1, 500, service="CRE Duisburg")
    visit(cache, "back", 1, 500, direction="arrival", planned_arrival=NOW, planned_departure=None)
    for name, days in (("3", 7), ("4", 12)):
        left(cache, name, NOW - timedelta(days=days))
    with cache.read() as session:
        found = service_record(session, clock, "ILSTC Qinzhou", "departure", policy=POLICY)
    assert [(each.number, each.late, each.canceled) for each in found.visits] == [
        ("X1", 20, False), ("X5", None, True), ("X2", -2, False), ("X3", 15, False), ("X4", 90, False),
    ]  # fmt: skip
    assert (found.known, found.on_time, found.worst) == (4, 2, 90)
    assert (found.p50, found.p90) == (timedelta(minutes=15), timedelta(minutes=90))
    assert (found.visits[2].cause, found.since) == ("early path", NOW - timedelta(days=14))


def test_of_a_visit_that_left_the_feed_the_last_version_counts(cache: Cache, clock: ManualClock) -> None:
    visit(cache, "1", 2, None, phase="working")
    planned = NOW - timedelta(days=2)
    write(cache, Train, "1", planned + timedelta(hours=1), actual_departure=planned + timedelta(minutes=33))
    left(cache, "1", planned + timedelta(hours=6))
    with cache.read() as session:
        (only,) = service_record(session, clock, "ILSTC Qinzhou", "departure").visits
    assert only.late == 33


def test_a_service_nobody_knows_has_no_figures(cache: Cache, clock: ManualClock) -> None:
    with cache.read() as session:
        found = service_record(session, clock, "none", "arrival")
    assert (found.visits, found.known, found.p50, found.worst) == ((), 0, None, None)
