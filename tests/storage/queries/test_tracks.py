"""The tracks over time, as the picture of the terminal draws them."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.free_tracks import Wanted
from storage.figures.stays import Span
from storage.models import Train
from storage.queries.tracks import TrackBoard, free_at, free_by_hour, track_board
from tests.scene import at
from tests.scenery.rows import Rows


@pytest.fixture
def board(session: Session, clock: ManualClock) -> TrackBoard:
    return track_board(session, clock, start=at("10:00"), end=at("18:00"))


def test_every_track_has_its_visits_by_their_times(board: TrackBoard) -> None:
    assert {line.name: [visit.number for visit in line.visits] for line in board.lines} == {
        "1": ["X8071"], "2": ["X8086"], "3": ["X2012"], "4": ["X9582", "X9581"], "5": ["X2011"],
        "6": ["84409", "84412"], "7": [],
    }  # fmt: skip
    first = board.lines[0]
    assert (first.usable_m, first.crane, first.known) == (880.0, True, True)


def test_a_visit_shows_its_plan_and_what_is_expected(board: TrackBoard) -> None:
    (visit,) = board.lines[0].visits
    assert visit.planned == Span(at("10:20"), at("13:50"))
    assert visit.expected == Span(at("11:08"), at("14:38"))
    assert (visit.late, visit.boxes, visit.place) == (timedelta(minutes=48), 55, "Alashankou")
    working = board.lines[3].visits[0]
    assert (working.arrived, working.expected) == (at("08:55"), Span(at("08:55"), at("12:32")))


def test_a_conflict_names_the_track_that_is_clear_instead(board: TrackBoard) -> None:
    (found,) = board.collisions
    assert (found.track, found.conflict.start, found.conflict.end) == ("4", at("12:21"), at("12:32"))
    assert found.instead is not None
    assert (found.instead.name, found.instead.until) == ("3", at("15:00"))


def test_closures_lie_on_their_track_and_what_nobody_can_tell_is_listed(board: TrackBoard) -> None:
    assert [closure.reason for line in board.lines for closure in line.closures] == ["catenary"]
    assert [(visit.number, why) for visit, why in board.cannot_tell] == [("84409", "no estimate")]


def test_conflicts_outside_the_time_that_is_shown_are_left_out(session: Session, clock: ManualClock) -> None:
    board = track_board(session, clock, start=at("14:00"), end=at("18:00"))
    assert board.collisions == ()
    assert [visit.number for visit in board.lines[3].visits] == ["X9581"]


def test_where_is_the_free_track_at_15_00(session: Session, clock: ManualClock) -> None:
    found = free_at(session, clock, Wanted(at("15:00"), timedelta(hours=2)))
    assert [(each.name, each.state, each.since) for each in found[:3]] == [
        ("1", "free", at("14:38")), ("7", "free", None), ("6", "cannot tell", None),
    ]  # fmt: skip
    with_crane = free_at(session, clock, Wanted(at("15:00"), timedelta(hours=2), length_m=860.0, crane=True))
    assert [each.name for each in with_crane if each.state == "free"] == ["1"]


def test_free_tracks_hour_by_hour_are_those_of_each_hour(session: Session, clock: ManualClock) -> None:
    wanted = Wanted(at("11:00"), timedelta(hours=2))
    by_hour = free_by_hour(session, clock, wanted, 5)
    assert [(hour, [each.name for each in found if each.state == "free"]) for hour, found in by_hour] == [
        (at("11:00"), ["3", "6", "7"]), (at("12:00"), ["3", "6", "7"]), (at("13:00"), ["3", "7"]),
        (at("14:00"), ["5", "7"]), (at("15:00"), ["1", "7"]),
    ]  # fmt: skip
    assert by_hour[4][1] == free_at(session, clock, wanted._replace(at=at("15:00")))


def test_a_track_nobody_knows_and_times_out_of_order_are_shown(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(
        Train, id="T", number="T", direction="arrival", phase="inbound", track_id="nowhere",
        planned_arrival=at("12:00"), planned_departure=at("14:00"), estimated_arrival=at("15:00"),
    )  # fmt: skip
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        board = track_board(session, clock)
    (line,) = board.lines
    assert (line.name, line.known, line.usable_m, len(line.visits)) == ("nowhere", False, None, 1)
    assert [why for _, why in board.cannot_tell] == ["its times are missing or out of order"]


def test_a_terminal_without_tracks_has_an_empty_board(cache: Cache, clock: ManualClock) -> None:
    with cache.read() as session:
        board = track_board(session, clock)
        assert free_at(session, clock, Wanted(at("15:00"), timedelta(hours=2))) == []
    assert (board.lines, board.collisions) == ((), ())
    assert board.end - board.start == timedelta(hours=26)
