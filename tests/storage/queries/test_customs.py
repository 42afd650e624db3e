"""Customs on the hand-made terminal."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.declared import WENT_BACK
from storage.figures.lanes import Lane
from storage.figures.policy import Moment, Policy
from storage.models import (
    HISTORY,
    Container,
    Declaration,
    DeclarationBox,
    FeedState,
    Inspection,
    Train,
    table_of,
)
from storage.queries.customs import DECLARATIONS, DeclarationRow
from storage.queries.customs_held import queue_at
from storage.queries.customs_lanes import lanes
from storage.queries.customs_quality import customs_quality
from storage.queries.customs_queue import Queue
from tests.scene import LAST_ANSWER, NOW, at, build_scene, hold_back
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


def test_boxes_are_unknown_before_they_have_come_and_declarations_are_counted(
    cache: Cache, clock: ManualClock, policy: Policy
) -> None:
    build_scene(cache)
    hold_back(cache, "declaration_boxes", "containers")
    with cache.read() as session:
        found = lanes(session, clock, policy=policy)
    assert (found.declarations, found.boxes, found.undeclared) == (67, None, None)
    assert {lane.boxes for lane in found.lanes} == {None}
    assert [lane.declarations for lane in found.lanes] == [6, 12, 31, 18]


def test_booked_boxes_that_are_not_declared_are_told_by_train(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    (undeclared,) = lanes(session, clock, policy=policy).undeclared or ()
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


def wrong(session: Session) -> None:
    """One declaration of each kind of wrong input, and a right one."""
    rows = Rows()
    laned = {"lane": "red", "laned_at": at("09:00"), "submitted_at": at("08:40")}
    rows.add(Declaration, id="right", number="1", state="accepted", **laned)
    rows.add(Declaration, id="early", number="2", state="released", released_at=at("08:00"), **laned)
    rows.add(Declaration, id="empty", number="3", state="accepted", **laned)
    rows.add(Declaration, id="twin", number="4", state="accepted", **laned)
    rows.add(Declaration, id="lane", number="5", state="accepted", lane="purple", laned_at=at("09:00"))
    rows.add(Declaration, id="code", number="6", state="99", raw_state="99", **laned)
    rows.add(Declaration, id="many", number="7", state="accepted", **laned)
    rows.add(Declaration, id="back", number="8", state="inspection", flags=WENT_BACK, **laned)
    for number in range(5_000):
        rows.add(DeclarationBox, declaration_id="many", container_id=f"m{number}")
    for declared in ("right", "early", "lane", "code", "back"):
        rows.add(DeclarationBox, declaration_id=declared, container_id=declared)
    for declared in ("right", "twin"):
        rows.add(DeclarationBox, declaration_id=declared, container_id="shared")
    rows.insert(session)
    version = {"id": "back", "rev": 1, "changed_at": NOW, "source": "s", "number": "8"}
    for state, since, until in (("submitted", "08:00", "09:00"), ("released", "09:00", "10:00")):
        closed = version | {"state": state, "observed": at(since), "until": at(until)}
        session.connection().execute(insert(HISTORY["declarations"]), closed)


def test_every_kind_of_wrong_input_is_shown_flagged_and_counted_once(
    cache: Cache, clock: ManualClock, policy: Policy
) -> None:
    with cache.write() as session:
        wrong(session)
    with cache.read() as session:
        found = {row.id: row for row in DECLARATIONS.page(session, clock, policy=policy).rows}
        flagged = DECLARATIONS.page(session, clock, DECLARATIONS.filter("flagged:yes"), policy=policy)
        quality = customs_quality(session, clock, policy=policy)
        red = next(lane for lane in lanes(session, clock, policy=policy).lanes if lane.name == "red")
    assert {identity: row.oddities for identity, row in found.items()} == {
        "right": ("1 of its boxes under another open declaration",),
        "early": ("released before it was submitted",),
        "empty": ("no boxes",),
        "twin": ("its box has another one open",),
        "lane": ("lane 'purple' is unknown",),
        "code": ("state '99' is unknown",),
        "many": ("5000 boxes",),
        "back": ("went back from released to inspection",),
    }
    assert {row.id for row in flagged.rows} == set(found)
    assert (quality.flagged, quality.unmapped) == (8, {"99": 1})
    assert (red.declarations, red.boxes) == (6, 5_005)


def test_a_lane_that_the_site_has_is_no_flag(cache: Cache, clock: ManualClock, policy: Policy) -> None:
    with cache.write() as session:
        wrong(session)
    mine = replace(policy, sla={"purple": timedelta(hours=1)})
    with cache.read() as session:
        row = DECLARATIONS.one(session, clock, "lane", policy=mine)
        assert row is not None
        assert (row.oddities, row.over) == ((), True)
        assert customs_quality(session, clock, policy=mine).flagged == 7


def test_a_queue_is_read_once_while_nothing_changes(cache: Cache, clock: ManualClock, policy: Policy) -> None:
    def asked(rules: Policy = policy) -> Queue:
        with cache.read() as session:
            return queue_at(session, Moment.of(clock, rules))

    with cache.write() as session:
        wrong(session)
        session.add(FeedState(source="site", feed="declarations", loaded=True))
        session.add(FeedState(source="site", feed="blocks", loaded=True))
    first = asked()
    assert asked() is first
    clock.advance(minutes=1)
    second = asked()
    assert second is not first
    assert asked(replace(policy, office_hours="00:00-23:59")) is not second
    third, states = asked(), table_of(FeedState)
    with cache.write() as session:
        session.connection().execute(update(states).where(states.c.feed == "declarations").values(gen=1))
    fourth = asked()
    assert fourth is not third
    with cache.write() as session:
        session.connection().execute(update(states).where(states.c.feed == "blocks").values(gen=1))
    assert asked() is fourth


def test_the_order_says_why_a_declaration_stands_where_it_does(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    page = DECLARATIONS.page(session, clock, DECLARATIONS.filter("open:yes"), limit=11, policy=policy)
    assert [row.reason for row in page.rows] == [
        *["misses its train"] * 3, *["tight"] * 3, "no end known", *["over SLA"] * 2, *["no train waits"] * 2,
    ]  # fmt: skip


def test_the_interval_holds_the_expected_release(session: Session, clock: ManualClock, policy: Policy) -> None:
    rows = DECLARATIONS.page(session, clock, DECLARATIONS.filter("-earliest:-- open:yes"), policy=policy).rows
    assert len(rows) > 20
    assert all(
        row.earliest <= row.expected <= row.latest for row in rows if row.earliest and row.expected and row.latest
    )


def test_a_rolled_box_and_one_of_a_train_that_has_left_hold_up_nothing(
    cache: Cache, clock: ManualClock, policy: Policy
) -> None:
    rows = Rows()
    rows.add(Train, id="left", number="X1", direction="departure", phase="departed", planned_departure=at("09:00"))
    rows.add(Train, id="next", number="X2", direction="departure", phase="created", planned_departure=at("12:00"))
    for identity, train, rolled in (("a", "left", None), ("b", "next", True), ("c", "next", None)):
        rows.add(Container, id=identity, number=identity, train_id=train, rolled=rolled)
        rows.add(Declaration, id=identity, number=identity, state="accepted", lane="red", laned_at=at("09:00"))
        rows.add(DeclarationBox, declaration_id=identity, container_id=identity)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        found = {row.id: (row.train, row.cutoff_at) for row in DECLARATIONS.page(session, clock, policy=policy).rows}
    assert found == {"a": ("X1", None), "b": ("X2", None), "c": ("X2", at("11:30"))}


def test_old_input_changes_no_risk_and_no_figure_of_a_lane(session: Session, clock: ManualClock) -> None:
    """The syncer dies at 10:41; by 16:30 every cut-off has passed, and nobody knows what was released since."""
    clock.at = LAST_ANSWER
    before, lanes_before = DECLARATIONS.page(session, clock).rows, lanes(session, clock)
    clock.at = at("16:30")
    later = DECLARATIONS.page(session, clock).rows
    judged = [(row.id, row.risk, row.reason, row.over) for row in later]
    assert judged == [(row.id, row.risk, row.reason, row.over) for row in before]
    assert all(row.unsure for row in later)
    assert not any(row.unsure for row in before)
    judged_lanes = [(lane.name, lane.over_sla, lane.at_risk, lane.in_per_hour, lane.out_per_hour, lane.clears_at)
                    for lane in lanes(session, clock).lanes]  # fmt: skip
    assert judged_lanes == [
        (lane.name, lane.over_sla, lane.at_risk, lane.in_per_hour, lane.out_per_hour, lane.clears_at)
        for lane in lanes_before.lanes
    ]
