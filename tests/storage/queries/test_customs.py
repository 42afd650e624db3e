"""Customs on the hand-made terminal."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.lanes import Lane
from storage.figures.policy import Policy
from storage.models import Container, Declaration, DeclarationBox, Inspection
from storage.queries.customs import DECLARATIONS, DeclarationRow
from storage.queries.customs_lanes import lanes
from tests.scene import at
from tests.scenery.rows import Rows


def minutes(value: timedelta | None) -> float | None:
    return None if value is None else value.total_seconds() / 60


def told(lane: Lane) -> tuple[object, ...]:
    return (lane.declarations, lane.boxes, minutes(lane.oldest), minutes(lane.p50), minutes(lane.p90))


def test_the_lanes_are_those_of_the_picture(session: Session, clock: ManualClock, policy: Policy) -> None:
    found = lanes(session, clock, policy=policy)
    assert {lane.name: told(lane) for lane in found.lanes} == {
        "no lane": (6, 9, 21, None, None),
        "green": (12, 14, 9, 4, 8),
        "yellow": (31, 44, 185, 55, 100),
        "red": (18, 22, 492, 190, 380),
    }
    assert (found.declarations, found.boxes) == (67, 93)


def test_lanes_say_how_fast_they_move_and_when_they_clear(session: Session, clock: ManualClock, policy: Policy) -> None:
    def clears(lane: Lane) -> datetime | None:
        return None if lane.clears_at is None else lane.clears_at.replace(second=0, microsecond=0)

    found = {lane.name: lane for lane in lanes(session, clock, policy=policy).lanes}
    assert {name: (lane.in_per_hour, lane.out_per_hour, clears(lane)) for name, lane in found.items()} == {
        "no lane": (0, 0, None),
        "green": (96, 112, at("10:47")),
        "yellow": (16, 14, at("14:23")),
        "red": (4, 3, at("18:11")),
    }


def test_lanes_say_whose_turn_it_is_and_who_waits_too_long(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    found = {lane.name: lane for lane in lanes(session, clock, policy=policy).lanes}
    assert found["red"].turns == {"customs": 11, "terminal": 5, "broker": 2}
    assert found["yellow"].turns == {"customs": 19, "broker": 12}
    assert {name: lane.over_sla for name, lane in found.items()} == {"no lane": 0, "green": 0, "yellow": 0, "red": 2}


def test_booked_boxes_that_are_not_declared_are_told_by_train(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    (undeclared,) = lanes(session, clock, policy=policy).undeclared
    assert (undeclared.train, undeclared.boxes, undeclared.by) == ("X8086", 4, at("14:30"))


def declaration(session: Session, clock: ManualClock, policy: Policy, number: str) -> DeclarationRow:
    (row,) = DECLARATIONS.page(session, clock, DECLARATIONS.filter(f"number={number}"), policy=policy).rows
    return row


def test_the_queue_comes_least_margin_first(session: Session, clock: ManualClock, policy: Policy) -> None:
    page = DECLARATIONS.page(session, clock, DECLARATIONS.filter("open:yes"), limit=7, policy=policy)
    assert page.total == 67
    assert [(row.risk, row.number, row.train) for row in page.rows] == [
        ("act", "041220731", "X9582"),
        ("act", "041220664", "X9582"),
        ("act", "041220718", "X9582"),
        ("watch", "041220803", "X8086"),
        ("watch", "041220811", "X8086"),
        ("watch", "041220802", "X8086"),
        ("unknown", "041220725", "X9582"),
    ]


def test_a_booked_slot_gives_the_margin(session: Session, clock: ManualClock, policy: Policy) -> None:
    row = declaration(session, clock, policy, "041220718")
    assert (row.bay, row.slot_at, row.expected) == (2, at("11:00"), at("11:30"))
    assert (row.box, row.cutoff_at, row.margin) == ("LSTU8133649", at("11:15"), timedelta(minutes=-15))
    assert (row.wait, row.turn, row.raw_state, row.open) == (timedelta(hours=3, minutes=29), "customs", "5", True)


@pytest.mark.parametrize("number", ["041220725", "041219377"])
def test_the_broker_s_turn_and_a_detained_one_have_no_expected_release(
    session: Session, clock: ManualClock, policy: Policy, number: str
) -> None:
    row = declaration(session, clock, policy, number)
    assert (row.expected, row.margin, row.risk) == (None, None, "unknown")


def test_several_boxes_are_one_declaration(session: Session, clock: ManualClock, policy: Policy) -> None:
    row = declaration(session, clock, policy, "041220811")
    assert (row.boxes, row.train) == (5, "X8086")


def test_a_released_one_waits_no_more_and_keeps_its_wait(session: Session, clock: ManualClock, policy: Policy) -> None:
    page = DECLARATIONS.page(session, clock, DECLARATIONS.filter("lane:red state:released"), policy=policy)
    assert page.total == 10
    assert {(row.open, row.risk, row.margin) for row in page.rows} == {(False, "calm", None)}
    assert max(row.wait for row in page.rows if row.wait) == timedelta(minutes=450)


def test_over_sla_is_a_filter(session: Session, clock: ManualClock, policy: Policy) -> None:
    page = DECLARATIONS.page(session, clock, DECLARATIONS.filter("over:yes open:yes"), policy=policy)
    assert {row.lane for row in page.rows} == {"red"}
    assert page.total == 2


def test_wrong_declarations_are_shown_and_counted_once(cache: Cache, clock: ManualClock, policy: Policy) -> None:
    rows = Rows()
    rows.add(Declaration, id="1", number="1", state="melting", lane="purple", laned_at=at("10:00"))
    rows.add(
        Declaration, id="2", number="2", state="released", lane="red", laned_at=at("10:00"), released_at=at("09:00")
    )
    rows.add(Declaration, id="3", number="3", state="draft")
    rows.add(Declaration, id="4", number="4", state="inspection", lane="red")
    rows.add(Container, id="box", number="CSQU3054383", train_id="nowhere")
    for declared in ("1", "4"):
        rows.add(DeclarationBox, declaration_id=declared, container_id="box")
    rows.add(DeclarationBox, declaration_id="4", container_id="unknown")
    for clock_time in ("11:00", "12:00"):
        rows.add(Inspection, declaration_id="4", slot_starts=at(clock_time), bay=1, state="called")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        found = {row.number: row for row in DECLARATIONS.page(session, clock, policy=policy).rows}
        figures = {lane.name: lane for lane in lanes(session, clock, policy=policy).lanes}
    assert (found["1"].wait, found["2"].wait) == (timedelta(minutes=41), timedelta(hours=-1))
    assert (found["3"].open, found["4"].open, found["4"].since, found["4"].boxes) == (False, True, None, 2)
    assert (found["4"].box, found["4"].train, found["4"].train_id) == ("CSQU3054383", None, "nowhere")
    assert found["4"].slot_at == at("12:00")
    assert (figures["purple"].declarations, figures["red"].declarations, figures["red"].oldest) == (1, 1, None)
