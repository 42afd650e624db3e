"""One box with everything a person asks of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.history import at as state_at
from storage.models import (
    Block,
    Container,
    Crane,
    GateVisit,
    Inspection,
    Note,
    Train,
    TrainCutoff,
    Wagon,
    WorkInstruction,
    closing,
    table_of,
    to_ms,
)
from storage.queries.box_page import BoxPage, Step, box_page
from storage.queries.containers import CONTAINERS
from tests.scene import NOW, at
from tests.scenery.rows import Rows


def page_of(session: Session, clock: ManualClock, number: str, policy: Policy) -> BoxPage:
    (row,) = CONTAINERS.page(session, clock, CONTAINERS.filter(f"number={number}")).rows
    found = box_page(session, clock, row.id, policy=policy)
    assert found is not None
    return found


def steps(page: BoxPage) -> list[tuple[str, str]]:
    return [(step.kind, _said(step)) for step in page.steps]


def _said(step: Step) -> str:
    def text(part: str | datetime | timedelta) -> str:
        if isinstance(part, datetime):
            return f"{part - at('00:00')}"[:-3]
        return str(part)[:-3] if isinstance(part, timedelta) else part

    return "".join(text(part) for part in step.words)


# --------------------------------------------------------------------------------------------------------- in the scene
def test_a_box_in_customs_is_told_step_by_step(session: Session, clock: ManualClock, policy: Policy) -> None:
    page = page_of(session, clock, "LSTU8133649", policy)
    assert steps(page)[1:] == [
        ("done", "declared (export) 6:52"),
        ("done", "red lane 7:12"),
        ("now", "red lane, bay 2 at 11:00: customs"),
        ("expected", "released 11:30, at its train 11:45, loading closes 11:40, too late by 0:05"),
        ("margin", "customs cut-off 11:15: -0:15"),
        ("helps", "ask customs to take it first; else X9584 at 1 day, 12:10"),
    ]
    assert [step.kind for step in page.steps if step.late] == ["expected", "margin"]
    assert page.booked is not None
    assert (page.booked.of_class, page.booked.outcome) == ("customs", "miss it")


def test_what_it_is_and_where_is_decoded(session: Session, clock: ManualClock, policy: Policy) -> None:
    page = page_of(session, clock, "LSTU8133649", policy)
    assert page.number is not None
    assert page.size is not None
    assert (page.number.right, page.size.words) == (True, "40 ft high cube 9 ft 6 in, general purpose")
    assert (page.row.where, page.above, page.free) == ("I1-04-01-1", (), timedelta(days=6, hours=13, minutes=18))
    assert [seal.number for seal in page.seals] == ["88214"]
    assert page.inspection is not None
    assert (page.inspection.bay, page.inspection.slot_starts) == (2, at("11:00"))
    assert [each.number for each in page.declarations] == ["041220718"]


def test_what_must_be_moved_first_comes_in_order(session: Session, clock: ManualClock, policy: Policy) -> None:
    assert [box.number for box in page_of(session, clock, "WLMU6120938", policy).above] == [
        "SHPU7155406",
        "QZHU9001335",
    ]
    assert [box.number for box in page_of(session, clock, "CQIU2077367", policy).above] == ["LSTU3374617"]


def test_a_held_box_has_no_end_that_is_known(session: Session, clock: ManualClock, policy: Policy) -> None:
    assert steps(page_of(session, clock, "WLMU6120938", policy))[1:] == [
        ("now", "damage hold: terminal"),
        ("expected", "no end is known"),
        ("margin", "customs cut-off 11:15, cannot tell"),
        ("helps", "have the terminal do it first; else X9584 at 1 day, 12:10"),
    ]


def test_a_box_that_comes_too_late_says_by_when(session: Session, clock: ManualClock, policy: Policy) -> None:
    assert steps(page_of(session, clock, "QZHU1287454", policy)) == [
        ("now", "expected after its cut-off: haulier"),
        ("now", "declared, not released: customs"),
        ("expected", "received 11:20, at its train 11:35, loading closes 11:40, in time by 0:05"),
        ("margin", "gate cut-off 11:00: -0:20"),
        ("helps", "call the haulier; else X9584 at 1 day, 12:10"),
    ]


def test_a_box_that_should_have_come_says_by_how_much_it_is_overdue(
    scene_cache: Cache, clock: ManualClock, policy: Policy
) -> None:
    with scene_cache.read() as session:
        assert page_of(session, clock, "LSTU4117660", policy).overdue is None
        clock.advance(minutes=13)
        page = page_of(session, clock, "LSTU4117660", policy)
    assert page.overdue == timedelta(minutes=4)
    assert steps(page)[:3] == [
        ("now", "overdue: haulier"),
        (
            "expected",
            "for 10:50, overdue by 0:04, at its train 11:09 at the earliest, loading closes 11:40, in time by 0:31",
        ),
        ("margin", "gate cut-off 11:00: +0:10"),
    ]


@pytest.mark.parametrize("values", [{"received_at": at("10:20")}, {"state": "loaded"}, {"departed_at": at("10:40")}])
def test_what_has_come_is_not_overdue(cache: Cache, clock: ManualClock, values: dict[str, Any]) -> None:
    rows = Rows()
    rows.add(Container, id="late", number="LSTU4117660", expected_at=at("10:00"))
    rows.add(Container, id="here", number="CQIU3907746", expected_at=at("10:00"), **values)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        late, here = (box_page(session, clock, key) for key in ("late", "here"))
    assert late is not None
    assert here is not None
    assert (late.overdue, here.overdue) == (timedelta(minutes=41), None)


def test_a_ready_box_says_that_nothing_keeps_it(session: Session, clock: ManualClock, policy: Policy) -> None:
    assert steps(page_of(session, clock, "CQIU3907746", policy))[-1] == ("now", "ready: nothing keeps it")


def test_every_box_of_the_scene_has_a_page(session: Session, clock: ManualClock, policy: Policy) -> None:
    for row in CONTAINERS.page(session, clock).rows[::40]:
        page = box_page(session, clock, row.id, policy=policy)
        assert page is not None
        assert all(event.at <= NOW for event in page.journey)
        assert bool(page.steps) == (page.booked is not None)
    assert box_page(session, clock, "nobody") is None


# ------------------------------------------------------------------------------------------------------------- journey
def write(cache: Cache, when: datetime, **values: Any) -> None:
    """Let the box change, as the sync does."""
    table = table_of(Container)
    with cache.write() as session:
        connection = session.connection()
        connection.execute(closing(Container, table.c.id == "C"), {"until": to_ms(when)})
        values |= {"observed": when, "changed_at": when}
        connection.execute(update(table).where(table.c.id == "C").values(**values))


def begin(cache: Cache, **values: Any) -> Rows:
    rows = Rows()
    rows.add(Block, id="B3", name="B3", kind="stack")
    rows.add(Train, id="T", number="X9582", direction="departure", phase="working", planned_departure=at("12:10"))
    rows.add(Train, id="I", number="X8071", direction="arrival", phase="complete")
    rows.add(TrainCutoff, train_id="T", name="gate", at=at("11:00"))
    rows.add(Container, **({"id": "C", "number": "LSTU8133649", "size_type": "45G1"} | values))
    return rows


def page(cache: Cache, clock: ManualClock) -> BoxPage:
    with cache.read() as session:
        found = box_page(session, clock, "C")
    assert found is not None
    return found


def told(cache: Cache, clock: ManualClock) -> list[tuple[datetime, str]]:
    return [(event.at, event.words) for event in page(cache, clock).journey]


def test_the_journey_is_told_newest_first_out_of_history_gate_and_cranes(cache: Cache, clock: ManualClock) -> None:
    rows = begin(cache, place="road", state="inbound", observed=at("05:00"), changed_at=at("05:00"))
    rows.add(GateVisit, container_id="C", plate="渝A 41873", direction="in", lane="in 2", gated_in_at=at("06:20"))
    rows.add(Crane, id="K", name="RMG-3")
    rows.add(WorkInstruction, kind="gate-in", state="done", container_id="C", crane_id="K", done_at=at("06:41"))
    rows.add(Inspection, container_id="C", state="passed", ended_at=at("09:30"))
    with cache.write() as session:
        rows.insert(session)
    write(cache, at("06:20"), place="truck", state="yard", received_at=at("06:20"))
    stack: dict[str, Any] = {"place": "yard", "block_id": "B3", "bay": 14, "row": 2, "tier": 3}
    write(cache, at("06:41"), **stack)
    write(cache, at("07:00"), train_id="T", holds="damage")
    write(cache, at("08:00"), holds=None, customs="released")
    write(cache, at("09:00"), place="crane", block_id=None, bay=None, row=None, tier=None)
    write(cache, at("09:10"), place="yard", block_id="B3", bay=2, row=1, tier=1)
    write(cache, at("10:00"), rolled=True)
    assert told(cache, clock) == [
        (at("10:00"), "rolled from X9582"),
        (at("09:30"), "inspection passed"),
        (at("09:10"), "stacked B3-02-01-1"),
        (at("09:00"), "lifted from B3-14-02-3"),
        (at("08:00"), "released by customs"),
        (at("08:00"), "damage hold lifted"),
        (at("07:00"), "damage hold"),
        (at("07:00"), "booked on X9582"),
        (at("06:41"), "stacked B3-14-02-3 by RMG-3"),
        (at("06:20"), "received"),
        (at("06:20"), "gate in, lane 2, truck 渝A 41873"),
    ]


def test_a_box_that_came_and_left_by_train_says_so(cache: Cache, clock: ManualClock) -> None:
    rows = begin(
        cache, place="wagon", state="yard", received_at=at("06:00"), inbound_train_id="I", train_id="T",
        observed=at("06:30"), wagon_id="W",
    )  # fmt: skip
    rows.add(Wagon, id="W", train_id="T", position=43)
    with cache.write() as session:
        rows.insert(session)
    write(cache, at("09:00"), state="loaded")
    write(cache, at("10:00"), state="departed", place="gone", departed_at=at("09:58"))
    assert told(cache, clock) == [
        (at("09:58"), "left the terminal"),
        (at("09:00"), "loaded on X9582"),
        (at("06:00"), "discharged from X8071"),
    ]
    assert page(cache, clock).wagon is not None


def test_the_page_at_an_earlier_time_knows_no_more_than_was_known(cache: Cache, clock: ManualClock) -> None:
    rows = begin(cache, place="yard", block_id="B3", received_at=at("06:00"), observed=at("06:00"))
    with cache.write() as session:
        rows.insert(session)
    write(cache, at("09:00"), holds="damage")
    past = state_at(cache, at("08:00"))
    clock.at = at("08:00")
    try:
        assert [words for _, words in told(past, clock)] == ["stacked B3", "received"]
    finally:
        past.close()


def test_the_log_of_a_reefer_leaves_out_what_says_nothing_new(cache: Cache, clock: ManualClock) -> None:
    rows = begin(cache, setpoint_c=-18.0, reading_c=-18.1, plugged=True, read_at=at("06:00"), observed=at("06:00"))
    with cache.write() as session:
        rows.insert(session)
    write(cache, at("06:05"), reading_c=-17.0, read_at=at("06:05"))
    write(cache, at("06:07"), remark="lifted")
    write(cache, at("06:08"), plugged=False)
    assert [(each.at, each.reading_c, each.plugged) for each in page(cache, clock).log] == [
        (at("06:05"), -17.0, False),
        (at("06:05"), -17.0, True),
        (at("06:00"), -18.1, True),
    ]


def test_a_box_that_is_no_reefer_has_no_log(cache: Cache, clock: ManualClock) -> None:
    with cache.write() as session:
        begin(cache).insert(session)
    assert page(cache, clock).log == ()


def test_notes_are_on_the_page(cache: Cache, clock: ManualClock) -> None:
    with cache.write() as session:
        begin(cache).insert(session)
        note = {"kind": "box", "object_id": "C", "author": "Chen", "written_at": at("10:32"), "text": "called"}
        session.connection().execute(insert(table_of(Note)), [note])
    assert [note.author for note in page(cache, clock).notes] == ["Chen"]


# ---------------------------------------------------------------------------------------------------- odd boxes
@pytest.mark.parametrize(
    "values",
    [
        {"number": None, "size_type": None},
        {"number": "[bold]X[/]", "size_type": "ZZ"},
        {"train_id": "nowhere"},
        {"train_id": "I"},
        {"train_id": "T", "rolled": True},
        {"block_id": "nowhere", "place": "yard", "row": 1},
        {"departed_at": at("10:00"), "free_until": at("09:00")},
    ],
)
def test_a_box_that_makes_no_sense_has_a_page_without_steps(
    cache: Cache, clock: ManualClock, values: dict[str, Any]
) -> None:
    with cache.write() as session:
        begin(cache, **values).insert(session)
    found = page(cache, clock)
    assert (found.steps, found.booked, found.above, found.free) == ((), None, (), None)


def test_a_loaded_box_that_may_not_leave_must_come_off(cache: Cache, clock: ManualClock) -> None:
    with cache.write() as session:
        begin(cache, train_id="T", state="loaded", holds="damage", vgm_kg=1, customs="released").insert(session)
    assert ("helps", "it stands on the train and must come off") in steps(page(cache, clock))


def test_a_box_that_has_left_waits_for_nothing(cache: Cache, clock: ManualClock) -> None:
    with cache.write() as session:
        begin(cache, train_id="T", state="departed", place="gone", vgm_kg=1, departed_at=at("10:00")).insert(session)
    found = page(cache, clock)
    assert found.booked is not None
    assert found.steps == ()


@pytest.mark.parametrize(
    ("values", "planned"),
    [
        ({}, None),
        ({"planned_block_id": "B", "planned_bay": 5, "planned_row": 2, "planned_tier": 1}, "B-05-02-1"),
        ({"block_id": "B", "bay": 5, "place": "yard", "planned_block_id": "B", "planned_bay": 5}, None),
        ({"place": "wagon", "planned_block_id": "B"}, None),
    ],
)
def test_where_it_is_planned_to_stand_is_told_until_it_does(
    cache: Cache, clock: ManualClock, values: dict[str, Any], planned: str | None
) -> None:
    with cache.write() as session:
        begin(cache, **values).insert(session)
    assert page(cache, clock).planned == planned


def test_free_time_that_is_over_is_negative(cache: Cache, clock: ManualClock) -> None:
    with cache.write() as session:
        begin(cache, free_until=at("10:11")).insert(session)
    assert page(cache, clock).free == timedelta(minutes=-30)
