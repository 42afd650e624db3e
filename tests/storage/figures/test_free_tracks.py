"""Free tracks, and stays with and without an estimate."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from storage.cache import Cache
from storage.figures.conflicts import Closure, find_conflicts
from storage.figures.free_tracks import Answer, Wanted, free_tracks
from storage.figures.stays import Occupation, Span, Stay, occupations
from storage.models import Track, Train
from tests.scene import NOW, at
from tests.scenery.rows import Rows

WANTED = Wanted(at("15:00"), timedelta(hours=2))
BUFFER = timedelta(minutes=5)


def answer(*stays: Stay, closures: tuple[Closure, ...] = (), wanted: Wanted = WANTED, **values: Any) -> Answer:
    given = {"usable_m": 850.0, "crane": True} | values
    track = Track(id="t", name="1", rev=1, changed_at=NOW, **given)
    (found,) = free_tracks([track], stays, closures, wanted, BUFFER)
    return found


def stay(start: str, end: str, **values: Any) -> Stay:
    return Stay("a", "X1", "t", at(start), at(end), **values)


def test_a_track_is_free_between_the_visits_around_it() -> None:
    found = answer(stay("09:00", "14:38"), stay("17:05", "19:00"))
    assert (found.state, found.since, found.until) == ("free", at("14:38"), at("17:00"))
    assert answer()[-2:] == (None, None)


def test_the_buffer_lies_before_and_after() -> None:
    assert answer(stay("09:00", "14:56")).words == "X1 stands there"
    assert answer(stay("17:04", "19:00")).state == "taken"
    assert answer(stay("09:00", "14:55"), stay("17:05", "19:00")).state == "free"
    assert answer(stay("14:00", "19:00")._replace(track_id="other")).state == "free"


def test_a_closure_takes_the_track_too_and_may_have_no_end() -> None:
    assert answer(closures=(Closure("t", at("16:00"), at("16:10"), "catenary"),)).words == "closed, catenary"
    assert answer(closures=(Closure("t", at("09:00"), None),)).words == "closed"
    later = answer(closures=(Closure("t", at("17:00"), at("18:00")),))
    assert (later.state, later.until) == ("free", at("17:00"))


@pytest.mark.parametrize(
    ("track", "wanted", "state"),
    [
        ({}, {"length_m": 850.0, "crane": True}, "free"),
        ({}, {"length_m": 850.1}, "unfit"),
        ({"crane": False}, {"crane": True}, "unfit"),
        ({"crane": None}, {"crane": True}, "cannot tell"),
        ({"usable_m": None}, {"length_m": 100.0}, "cannot tell"),
        ({"usable_m": None, "crane": None}, {}, "free"),
    ],
)
def test_length_and_crane_must_fit(track: dict[str, Any], wanted: dict[str, Any], state: str) -> None:
    assert answer(wanted=WANTED._replace(**wanted), **track).state == state


def test_a_visit_without_an_estimate_makes_it_cannot_tell() -> None:
    unsure = stay("14:30", "14:40", certain=False)
    assert (answer(unsure).state, answer(unsure).words) == ("cannot tell", "X1 has no estimate")
    assert answer(stay("17:30", "18:00", certain=False)).state == "free"
    assert answer(unsure, stay("15:00", "16:00")).state == "taken"


def test_free_ones_come_first() -> None:
    tracks = [Track(id=name, name=name, rev=1, changed_at=NOW) for name in ("10", "2", "1")]
    taken = [Stay("a", "X1", "1", at("14:00"), at("16:00"))]
    assert [each.name for each in free_tracks(tracks, taken, (), WANTED, BUFFER)] == ["2", "10", "1"]


# --------------------------------------------------------------------------------------------------------------- stays
def visit(cache: Cache, now: datetime = NOW, since: datetime | None = None, **values: Any) -> Occupation:
    rows = Rows()
    given = {"direction": "arrival", "phase": "inbound", "track_id": "t"} | values
    rows.add(Train, id="V", number="V", **given)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        (found,) = occupations(session, now, since=since)
    return found


PLAN: dict[str, Any] = {"planned_arrival": at("12:00"), "planned_departure": at("14:00")}


def test_a_stay_is_estimated_else_planned_with_its_shunt_times(cache: Cache) -> None:
    found = visit(cache, estimated_arrival=at("12:30"), shunt_in_min=5, shunt_out_min=10, **PLAN)
    assert found.planned == Span(at("11:55"), at("14:10"))
    assert found.expected == Span(at("12:25"), at("14:10"))
    assert (found.late, found.certain) == (timedelta(minutes=30), True)


def test_a_visit_that_has_not_left_stays_until_now_at_least(cache: Cache) -> None:
    found = visit(cache, at("15:00"), actual_arrival=at("12:10"), **PLAN)
    assert found.expected == Span(at("12:10"), at("15:00"))


def test_a_visit_that_has_not_come_does_not_come_before_now(cache: Cache) -> None:
    assert visit(cache, at("12:40"), **PLAN).expected == Span(at("12:40"), at("14:00"))


def test_a_visit_late_without_an_estimate_comes_at_the_earliest_now_and_stays_as_planned(cache: Cache) -> None:
    found = visit(cache, at("13:00"), unknown_delay=True, estimated_arrival=at("12:05"), **PLAN)
    assert (found.expected, found.certain, found.late) == (Span(at("13:00"), at("15:00")), False, None)


def test_times_that_make_no_sense_are_no_stay(cache: Cache) -> None:
    found = visit(cache, planned_arrival=at("14:00"), planned_departure=at("12:00"))
    assert (found.planned, found.expected, found.stay) == (None, None, None)


def test_who_has_left_is_told_but_takes_no_track(cache: Cache) -> None:
    gone: dict[str, Any] = {"phase": "departed", "actual_arrival": at("08:00"), "actual_departure": at("10:00")}
    found = visit(cache, since=at("09:00"), **PLAN | gone)
    assert (found.expected, found.stay) == (Span(at("08:00"), at("10:00")), None)


def test_an_uncertain_conflict_is_told_as_such() -> None:
    first, second = stay("12:00", "14:00"), Stay("b", "X2", "t", at("13:00"), at("15:00"), certain=False)
    (found,) = find_conflicts([first, second])
    assert (found.certain, found.words) == (False, "X2 may be in before X1 is clear")
    (closed,) = find_conflicts([second], [Closure("t", at("14:00"), None)])
    assert closed.words == "X2 may stand on a closed track"
