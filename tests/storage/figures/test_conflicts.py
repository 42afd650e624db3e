"""Conflicts on the tracks."""

from datetime import datetime, timedelta

from storage.cache import Cache
from storage.figures.conflicts import Closure, Stay, find_conflicts, track_conflicts
from storage.models import Track, TrackClosure, Train, Wagon
from tests.scene import at
from tests.scenery.rows import Rows

FIRST = Stay("a", "X9582", "4", at("08:55"), at("12:32"))
SECOND = Stay("b", "X9581", "4", at("12:21"), at("15:30"))


def test_two_stays_that_overlap_on_a_track_are_a_conflict() -> None:
    (found,) = find_conflicts([SECOND, FIRST])
    assert (found.trains, found.start, found.end) == (("a", "b"), at("12:21"), at("12:32"))
    assert found.words == "X9581 is in before X9582 is clear"


def test_one_of_seconds_is_said_to_last_a_minute_and_one_of_minutes_those() -> None:
    (short,) = find_conflicts([FIRST._replace(end=SECOND.start + timedelta(seconds=20)), SECOND])
    (longer,) = find_conflicts([FIRST, SECOND])
    assert (short.lasts, longer.lasts) == (timedelta(minutes=1), timedelta(minutes=11))


def test_touching_stays_and_other_tracks_are_none() -> None:
    assert find_conflicts([FIRST._replace(end=at("12:21")), SECOND]) == []
    assert find_conflicts([FIRST, SECOND._replace(track_id="3")]) == []


def test_a_rake_that_turns_round_is_none() -> None:
    assert find_conflicts([FIRST, SECOND._replace(turned_from="a")]) == []
    assert find_conflicts([FIRST._replace(turned_from="b"), SECOND]) == []


def test_two_that_fit_the_track_together_are_none() -> None:
    short = [FIRST._replace(length_m=400.0), SECOND._replace(length_m=450.0)]
    assert find_conflicts(short, usable_m={"4": 880.0}) == []
    assert len(find_conflicts(short, usable_m={"4": 800.0})) == 1
    assert len(find_conflicts([short[0], SECOND], usable_m={"4": 880.0})) == 1


def test_a_train_longer_than_its_track_is_one() -> None:
    (found,) = find_conflicts([FIRST._replace(length_m=900.4)], usable_m={"4": 880.0})
    assert found.words == "X9582 is 900 m long, the track 880 m"


def test_a_stay_in_a_closure_is_one_and_an_open_end_lasts() -> None:
    (found,) = find_conflicts([FIRST], [Closure("4", at("12:25"), at("13:40"), "catenary")])
    assert (found.start, found.end) == (at("12:25"), at("12:32"))
    assert "catenary" in found.words
    assert len(find_conflicts([SECOND], [Closure("4", at("15:00"), None)])) == 1
    assert find_conflicts([FIRST], [Closure("4", at("12:32"), None), Closure("5", at("09:00"), None)]) == []


def test_three_on_one_track_are_told_pair_by_pair() -> None:
    third = Stay("c", "X1", "4", at("09:00"), at("16:00"))
    assert [found.trains for found in find_conflicts([FIRST, SECOND, third])] == [("a", "c"), ("a", "b"), ("c", "b")]


def visit(rows: Rows, number: str, arrival: datetime | None, departure: datetime | None, **values: object) -> None:
    rows.add(
        Train, id=number, number=number, direction="arrival", phase="inbound", track_id="4", planned_arrival=arrival,
        planned_departure=departure, **values,
    )  # fmt: skip


def test_the_feeds_are_read_with_shunting_estimates_and_the_length_of_the_consist(cache: Cache) -> None:
    rows = Rows()
    rows.add(Track, id="4", name="4", usable_m=700.0)
    visit(rows, "A", at("09:00"), at("10:00"), estimated_departure=at("10:10"), shunt_out_min=10)
    visit(rows, "B", at("10:25"), at("12:00"), shunt_in_min=6)
    visit(rows, "gone", at("09:00"), at("12:00"))
    visit(rows, "unsure", at("09:00"), at("12:00"), unknown_delay=True)
    visit(rows, "backwards", at("12:00"), at("09:00"))
    visit(rows, "half", at("09:00"), None)
    rows.of(Train)[2]["phase"] = "departed"
    for length in (400.0, 350.0):
        rows.add(Wagon, train_id="B", length_m=length)
    rows.add(Wagon, train_id="A", length_m=900.0)
    rows.add(Wagon, train_id="A", length_m=None)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        found = track_conflicts(session, at("08:30"))
    assert [(each.trains, each.start) for each in found if each.certain] == [
        (("A", "B"), at("10:19")),
        (("B",), at("10:19")),
    ]
    assert {each.trains for each in found if not each.certain} == {("A", "unsure"), ("unsure", "B")}


def test_a_conflict_that_is_over_is_none(cache: Cache) -> None:
    rows = Rows()
    rows.add(Track, id="4", name="4", usable_m=700.0)
    visit(rows, "A", at("09:00"), at("12:00"), actual_arrival=at("09:00"))
    rows.add(TrackClosure, track_id="4", starts=at("08:00"), ends=at("09:30"), reason="inspection")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        assert [each.trains for each in track_conflicts(session, at("09:29"))] == [("A",)]
        assert track_conflicts(session, at("09:30")) == []


def test_conflicts_of_some_trains_are_the_same_whether_all_visits_are_read_or_not(cache: Cache) -> None:
    rows = Rows()
    rows.add(Track, id="4", name="4", usable_m=700.0)
    visit(rows, "A", at("09:00"), at("10:00"), shunt_out_min=30)
    visit(rows, "B", at("11:00"), at("12:00"), shunt_in_min=45)
    visit(rows, "LATE", at("06:00"), at("07:00"), unknown_delay=True)
    visit(rows, "EARLY", at("15:00"), at("16:00"), estimated_arrival=at("10:05"), estimated_departure=at("10:20"))
    visit(rows, "C", at("20:00"), at("21:00"))
    visit(rows, "D", at("20:30"), at("21:30"))
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        everything = track_conflicts(session, at("08:30"))
        for trains in (["A"], ["B"], ["LATE"], ["EARLY"], ["C"], ["A", "D"]):
            wanted = [each for each in everything if not set(trains).isdisjoint(each.trains)]
            found = track_conflicts(session, at("08:30"), trains)
            assert [each for each in found if not set(trains).isdisjoint(each.trains)] == wanted
        assert track_conflicts(session, at("08:30"), ["nobody"]) == []
    assert len(everything) >= 5
