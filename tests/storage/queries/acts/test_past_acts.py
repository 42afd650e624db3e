"""Acts whose time goes by: each becomes what is to be done then, and boxes are told by one line for one deed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.models import Booking, Container, Declaration, DeclarationBox, Inspection, Track, Train, TrainCutoff
from storage.queries.acts import Act, Facts, acts_of
from tests.scene import NOW, at
from tests.scenery.rows import ZONE, Rows
from tests.storage.queries.acts.written import said

HERE: dict[str, Any] = {"state": "yard", "place": "yard", "received_at": at("08:00"), "full": True, "train_id": "T"}
READY: dict[str, Any] = {**HERE, "vgm_kg": 20_000, "customs": "released"}
Told = Callable[[str], list[str]]


def line(act: Act) -> str:
    by = "--" if act.by is None else f"{act.by.astimezone(ZONE):%H:%M}"
    return f"{by} {act.subject}: {said(act.words)}: {said(act.helps)}"


@pytest.fixture
def rows() -> Rows:
    """X9582, on its track, that leaves at 12:30; its loading closes at 12:00."""
    rows = Rows()
    rows.add(
        Train, id="T", number="X9582", direction="departure", phase="working", planned_departure=at("12:30"),
        locomotive="HXD1", manifest_state="accepted",
    )  # fmt: skip
    return rows


@pytest.fixture
def told(cache: Cache, clock: ManualClock, rows: Rows) -> Told:
    """What the act list says at a time of that day, all feeds fresh."""
    kept: list[bool] = []

    def ask(when: str) -> list[str]:
        if not kept:
            with cache.write() as session:
                rows.insert(session)
            kept.append(True)
        clock.advance(minutes=(at(when) - clock.now()) / timedelta(minutes=1))
        with cache.read() as session:
            return [line(act) for act in acts_of(Facts(session, clock, Policy(zone=ZONE)))]

    return ask


def in_lane(rows: Rows, key: str, lane: str) -> None:
    """A box that customs expects to let go at 11:30."""
    rows.add(Container, id=key, customs="inspection", vgm_kg=20_000, **HERE)
    rows.add(
        Declaration, id=key, number=key, regime="export", lane=lane, state=f"{lane} lane", turn="customs",
        submitted_at=at("07:00"), laned_at=at("07:10"),
    )  # fmt: skip
    rows.add(DeclarationBox, declaration_id=key, container_id=key)
    rows.add(Inspection, declaration_id=key, container_id=key, slot_starts=at("11:00"), slot_ends=at("11:30"))


def test_boxes_that_clear_too_late_are_one_line_once_the_customs_cutoff_is_past(rows: Rows, told: Told) -> None:
    rows.add(TrainCutoff, train_id="T", name="customs", at=at("11:00"))
    in_lane(rows, "1", "red")
    in_lane(rows, "2", "yellow")
    assert told("10:50") == [
        "11:00 X9582: 1 red-lane box clears 0:30 after the customs cut-off: ask for a slot, or roll",
        "11:00 X9582: 1 yellow-lane box clears 0:30 after the customs cut-off: ask customs to take it first, or roll",
    ]
    past = "X9582: customs cut-off passed, 2 boxes missing: ask customs for them, or roll"
    assert told("11:05") == [f"11:05 {past}"]
    # Half an hour before it leaves its check for customs fails too, for the same boxes.
    assert told("12:01") == [f"12:01 {past}"]


def test_without_a_cutoff_of_customs_the_lines_of_the_lanes_stay(rows: Rows, told: Told) -> None:
    in_lane(rows, "1", "red")
    (late,) = [words for words in told("12:05") if "red-lane" in words]
    assert late.endswith("after the customs cut-off: roll, or ask for a later departure")


def test_a_check_that_fails_is_told_where_no_cutoff_tells_it(rows: Rows, told: Told) -> None:
    rows.add(Container, id="1", customs="released", **HERE)
    assert "12:30 X9582: check failed: VGM, 1 missing: " in told("12:05")


def test_a_missing_vgm_is_told_by_its_cutoff_alone(rows: Rows, told: Told) -> None:
    rows.add(TrainCutoff, train_id="T", name="vgm", at=at("11:00"))
    rows.add(Container, id="1", customs="released", **HERE)
    assert told("12:05") == ["12:05 X9582: VGM cut-off passed, 1 box missing: have it weighed, or roll"]


def test_it_is_too_late_to_declare_by_a_time_that_is_past(rows: Rows, told: Told) -> None:
    rows.add(TrainCutoff, train_id="T", name="customs", at=at("11:30"))
    rows.add(Container, id="1", customs="not declared", vgm_kg=20_000, **HERE)
    for nth in range(5):  # each took half an hour
        rows.add(
            Declaration, id=f"{nth}", number=f"{nth}", regime="export", lane="green", state="released",
            submitted_at=at("09:00"), released_at=at("09:30"),
        )  # fmt: skip
    before = "11:00 X9582: 1 box not declared in the yard: declare by 11:00 to clear before 11:30"
    assert told("11:00") == [before]
    instead = "declare at once and ask customs to take them first, or roll; too late for the usual way since 11:00"
    assert told("11:01") == [f"11:00 X9582: 1 box not declared in the yard: {instead}"]


def test_once_loading_has_closed_no_crane_helps(rows: Rows, told: Told) -> None:
    for nth in range(3):
        rows.add(Container, id=f"{nth}", **READY)
    assert told("12:10") == [
        "12:00 X9582: loading closed 12:00, 3 boxes ready and not on it: roll, or ask for a later departure"
    ]


def test_a_late_train_that_is_not_here_by_its_estimate_wants_a_new_one(rows: Rows, told: Told) -> None:
    rows.add(
        Train, id="A", number="X8071", direction="arrival", phase="inbound", planned_arrival=at("10:30"),
        estimated_arrival=at("11:10"),
    )  # fmt: skip
    assert told("11:10") == ["11:10 X8071: 0:40 late: "]
    assert told("11:11") == ["11:10 X8071: 0:40 late, the estimate 11:10 is past: ask for a new one"]


def test_a_train_that_can_be_given_no_other_track_any_more_is_held(rows: Rows, told: Told) -> None:
    for track in ("1", "2"):
        rows.add(Track, id=track, name=track, usable_m=880.0, crane=True)
    rows.of(Train)[0] |= {"track_id": "1", "actual_arrival": at("09:00")}
    rows.add(
        Train, id="A", number="X9581", direction="arrival", phase="inbound", planned_arrival=at("12:20"),
        estimated_arrival=at("12:20"), planned_departure=at("15:00"), track_id="1",
    )  # fmt: skip
    (before,) = [words for words in told("12:00") if "Track 1" in words]
    assert "track 2 is free" in before
    (after,) = [words for words in told("12:15") if "Track 1" in words]
    assert "too late for another track: hold X9581 till 12:" in after


def test_empties_that_were_wanted_before_now_are_still_wanted(rows: Rows, told: Told) -> None:
    rows.add(Booking, number="B", size_type="45G1", owner="COSCO", empties_wanted=2, wanted_at=NOW)
    words = "10:41 45G1: 2 empties short, 2 wanted in 72 h: have some brought in, or swap owners"
    assert told("10:41") == told("11:00") == [words]
