"""Trains on the hand-made terminal."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, delete, select

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.models import Container, FeedState, Leader, SourceState, Train
from storage.queries.trains import TRAINS, TrainRow
from tests.scene import NOW, SOURCE, at, build_scene
from tests.scenery.rows import Rows

SOON = TRAINS.presets[0].filter


def train(session: Session, clock: ManualClock, number: str) -> TrainRow:
    row = TRAINS.one(session, clock, number)
    assert row is not None
    return row


def test_the_next_twelve_hours_come_most_urgent_first(session: Session, clock: ManualClock, policy: Policy) -> None:
    page = TRAINS.page(session, clock, TRAINS.filter(SOON), policy=policy)
    assert [(row.risk, row.number) for row in page.rows] == [
        ("act", "X9582"),
        ("act", "X9581"),
        ("watch", "X8071"),
        ("watch", "X8086"),
        ("watch", "X2012"),
        ("unknown", "84409"),
        ("calm", "X2011"),
        ("calm", "84412"),
    ]
    assert TRAINS.page(session, clock).total == 31


def test_a_departure_shows_its_classes_which_add_up_to_booked(session: Session, clock: ManualClock) -> None:
    row = train(session, clock, "X9582")
    classes = (row.loaded, row.ready, row.customs, row.held, row.due, row.no_eta, row.too_late)
    assert classes == (31, 9, 4, 2, 3, 3, 2)
    assert (row.done, row.boxes, row.percent, row.teu, row.capacity_teu) == (40, 54, 74, 96.0, 100.0)
    assert row.readiness is not None
    assert (row.readiness.booked_teu, row.readiness.ready_teu) == (96.0, 72.0)


def test_a_departure_shows_its_next_cut_off_and_names_the_past_one(session: Session, clock: ManualClock) -> None:
    row = train(session, clock, "X9582")
    assert (row.cutoff, row.cutoff_at, row.cutoff_boxes) == ("gate", at("11:00"), 8)
    assert (row.closes_at, row.late, row.cause) == (at("11:40"), 12, "crew")
    assert row.reason == "VGM cut-off passed, 1 box missing"
    assert [cause.kind for cause in row.causes] == ["cut-off", "late boxes", "clearance", "conflict", "no ETA"]


def test_an_arrival_shows_what_is_to_unload(session: Session, clock: ManualClock) -> None:
    row = train(session, clock, "X9581")
    assert (row.place, row.done, row.boxes, row.late) == ("Qinzhou", 0, 48, -4)
    assert (row.percent, row.readiness, row.cutoff, row.loaded) == (None, None, None, None)
    assert row.reason == "track conflict: X9581 is in before X9582 is clear"


def test_a_train_without_an_estimate_is_unknown_and_not_on_time(session: Session, clock: ManualClock) -> None:
    row = train(session, clock, "84409")
    assert (row.late, row.risk, row.reason, row.unknown_delay) == (None, "unknown", "no estimate", True)


def test_no_bookings_are_no_percentage(session: Session, clock: ManualClock) -> None:
    row = train(session, clock, "84412")
    assert (row.boxes, row.percent, row.risk) == (0, None, "calm")


def test_a_train_that_has_gone_needs_nothing(session: Session, clock: ManualClock) -> None:
    page = TRAINS.page(session, clock, TRAINS.filter("phase:departed"))
    assert {row.risk for row in page.rows} == {"calm"}
    assert {row.cutoff for row in page.rows} == {None}


# --------------------------------------------------------------------------------------- scenes a test may change
@pytest.fixture
def own_scene(tmp_path: Path, scene_cache: Cache, empty_cache_file: Path) -> Iterator[Cache]:
    folder = tmp_path / "own"
    folder.mkdir(mode=0o700)
    cache = Cache.open(shutil.copy(empty_cache_file, folder / "cache.db"), role="writer")
    build_scene(cache)
    yield cache
    cache.close()


def test_old_input_changes_no_risk_up_or_down(own_scene: Cache, clock: ManualClock) -> None:
    """The syncer dies at 10:41; at 16:30 every cut-off has passed, and nobody knows what happened since."""
    clock.at = at("16:30")
    with own_scene.read() as session:
        rows = {row.number: row for row in TRAINS.page(session, clock).rows}
    with own_scene.read() as session:
        before = {row.number: row for row in TRAINS.page(session, ManualClock(NOW)).rows}
    assert {number: row.risk for number, row in rows.items()} == {number: row.risk for number, row in before.items()}
    assert all(row.unsure for row in rows.values() if row.risk != "calm")
    assert not any(row.unsure for row in before.values())


def load_again(cache: Cache, feed: str, *, loaded: bool) -> None:
    with cache.write() as session:
        state = session.get_one(FeedState, (SOURCE, feed))
        state.loading, state.loaded = True, loaded


def test_while_a_feed_is_loaded_for_the_first_time_no_risk_is_known(own_scene: Cache, clock: ManualClock) -> None:
    """Half of the boxes are not there yet: they are not `not in`, nobody knows."""
    load_again(own_scene, "containers", loaded=False)
    with own_scene.read() as session:
        row = train(session, clock, "X9582")
        rows = TRAINS.page(session, clock).rows
    assert (row.risk, row.unsure, row.reason) == ("unknown", True, "containers not loaded yet")
    assert {row.risk for row in rows} <= {"unknown", "calm"}
    assert all(row.phase in ("departed", "closed", "canceled") for row in rows if row.risk == "calm")


def test_while_a_feed_is_loaded_again_every_risk_is_marked(own_scene: Cache, clock: ManualClock) -> None:
    load_again(own_scene, "containers", loaded=True)
    with own_scene.read() as session:
        row = train(session, clock, "X9582")
    assert (row.risk, row.unsure) == ("act", True)


def test_risk_moves_with_the_clock_while_the_input_is_fresh(own_scene: Cache, clock: ManualClock) -> None:
    clock.at = at("16:30")
    with own_scene.write() as session:
        for state in (*session.exec(select(SourceState)), *session.exec(select(FeedState))):
            if isinstance(state, SourceState):
                state.asked_at = clock.at
            session.add(state)
        leader = session.get(Leader, 1)
        assert leader is not None
        leader.heartbeat_at = clock.at
    with own_scene.read() as session:
        row = train(session, clock, "X2012")
    assert (row.risk, row.unsure, row.reason) == ("act", False, "gate cut-off passed, 9 boxes missing")


def test_nothing_at_all_is_an_empty_page(cache: Cache, clock: ManualClock) -> None:
    with cache.read() as session:
        assert TRAINS.page(session, clock).rows == ()


def test_records_that_make_no_sense_are_shown_and_break_nothing(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Train, id="1", number="A", direction="departure", phase="teleported", capacity_teu=0.0, booked_boxes=3)
    rows.add(Train, id="2", number="B", direction="sideways", phase="created", planned_arrival=at("10:00"))
    rows.add(
        Train, id="3", number="C", direction="departure", phase="working", track_id="nowhere", voyage_id="none",
        planned_departure=at("09:00"), planned_arrival=at("12:00"), turned_from="nobody",
    )  # fmt: skip
    rows.add(Container, train_id="3", number="X", size_type="??", state="melted", place="moon")
    rows.add(Container, train_id="unknown", inbound_train_id="2")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        found = {row.number: row for row in TRAINS.page(session, clock).rows}
    assert (found["A"].boxes, found["A"].no_eta, found["A"].at) == (3, 3, None)
    assert (found["B"].direction, found["B"].boxes) == ("sideways", 1)
    assert found["C"].track == "nowhere"


def test_a_late_onward_connection_is_urgent(own_scene: Cache, clock: ManualClock) -> None:
    with own_scene.write() as session:
        session.exec(delete(Container).where(col(Container.train_id) == "X9584"))
        visit = session.get(Train, "X9584")
        assert visit is not None
        visit.voyage_id, visit.booked_boxes = "voyage-2", 0
        rows = Rows()
        from storage.models import Voyage

        rows.add(
            Voyage, id="voyage-2", vessel="Pinghai", train_arrival=at("18:00", day=2), transfer_min=60,
            cargo_cutoff=at("18:00", day=2) + timedelta(minutes=59),
        )  # fmt: skip
        rows.insert(session)
    with own_scene.read() as session:
        assert train(session, clock, "X9584").reason == "misses the cargo cut-off of the port"
