"""A train's whole page on the hand-made terminal, counted by hand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from storage import notes
from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.models import FEEDS, Booking, Container, Declaration, DeclarationBox, Train, TrainStop, Wagon
from storage.queries.box_page import box_page
from storage.queries.outbound import departing, outlook
from storage.queries.outlooks import OUTLOOKS
from storage.queries.train_page import FEEDS as PAGE_FEEDS
from storage.queries.train_page import TrainPage, train_page
from storage.queries.trains import TRAINS, next_6h_at_risk
from tests.scene import at
from tests.scenery.rows import Rows


def page_of(session: Session, clock: ManualClock, train: str, policy: Policy | None = None) -> TrainPage:
    found = train_page(session, clock, train, policy=policy or Policy())
    assert found is not None
    return found


@pytest.fixture
def page(session: Session, clock: ManualClock, policy: Policy) -> TrainPage:
    return page_of(session, clock, "X9582", policy)


def test_loading_says_when_the_ready_boxes_are_done_and_what_room_is_left(page: TrainPage) -> None:
    """9 boxes and 3 in their way at 24 moves an hour are half an hour; loading closes 11:40."""
    assert page.loading is not None
    assert (page.loading.rate, page.loading.by, page.loading.rehandles) == (24.0, "moves", 3)
    assert (page.loading.ready_done, page.loading.closes, page.loading.room) == (at("11:11"), at("11:40"), 11)
    assert page.all_done is None  # two boxes are held, three are without an expected time
    assert (page.row.rate, page.row.ready_done, page.row.room) == (24.0, at("11:11"), 11)


def test_a_ready_box_for_which_a_check_fails_is_ready_and_says_so(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Train, id="T", number="T", direction="departure", phase="working", planned_departure=at("15:00"))
    ready: dict[str, Any] = {
        "train_id": "T", "full": True, "vgm_kg": 1, "customs": "released", "received_at": at("08:00"), "state": "yard",
        "size_type": "45R1", "setpoint_c": -18.0, "read_at": at("10:40"), "documents_complete": True,
    }  # fmt: skip
    rows.add(Container, id="cold", number="CQIU3907746", reading_c=-18.0, **ready)
    rows.add(Container, id="warm", number="LSTU4117660", reading_c=-9.5, **ready)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        page = page_of(session, clock, "T")
        found = departing(session, clock, "T")
        warm, cold = (box_page(session, clock, key) for key in ("warm", "cold"))
    assert page.leaves is not None
    assert page.leaves.make_it == {"ready": 2}  # definition 3 knows nothing of set-points
    fault = "reefers, at -9.5 °C, set to -18.0"
    assert [check.words for check in page.checks if check.state == "fail"] == [
        fault.replace("reefers,", "LSTU 411766 0")
    ]
    assert found is not None
    assert [(box.id, box.of_class, box.faults) for box in found.boxes] == [
        ("warm", "ready", (fault,)),
        ("cold", "ready", ()),
    ]
    assert warm is not None
    assert cold is not None
    assert [(step.words, step.late) for step in warm.steps if step.kind == "now"] == [
        (("ready",), False),
        ((f"check for departure fails: {fault}",), True),
    ]
    assert cold.steps[-1].words == ("ready: nothing keeps it",)


def test_it_leaves_as_planned_with_three_parts_that_add_up_to_booked(page: TrainPage) -> None:
    assert page.leaves is not None
    assert page.leaves.make_it == {"loaded": 31, "ready": 9, "due": 3}
    assert page.leaves.miss_it == {"customs": 3, "late": 2}
    assert page.leaves.cannot_tell == {"no ETA": 3, "held": 2, "customs": 1}
    assert page.leaves.booked == page.row.boxes == 54


def test_the_outlook_of_a_train_is_that_of_its_page(
    session: Session, clock: ManualClock, policy: Policy, page: TrainPage
) -> None:
    found = outlook(session, clock, "X9582", policy=policy)
    assert found is not None
    assert (found.row, found.leaves, found.substitutes) == (page.row, page.leaves, page.substitutes)
    arrival = outlook(session, clock, "X9581", policy=policy)
    assert arrival is not None
    assert (arrival.leaves, arrival.substitutes) == (None, ())
    assert outlook(session, clock, "nobody", policy=policy) is None


def test_a_list_without_a_screen_counts_who_makes_it_as_the_page_does(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    rows = OUTLOOKS.page(session, clock, OUTLOOKS.filter("miss_it>0"), policy=policy).rows
    counts = {row.number: (row.make_it, row.miss_it, row.cannot_tell) for row in rows}
    assert counts["X9582"] == (43, 5, 6)
    assert all((row.make_it or 0) + (row.miss_it or 0) + (row.cannot_tell or 0) == row.boxes for row in rows)
    worst = OUTLOOKS.page(session, clock, sort=OUTLOOKS.sort("-miss_it"), limit=1, policy=policy)
    assert [row.number for row in worst.rows] == ["X9582"]
    plain = OUTLOOKS.page(session, clock, limit=4, policy=policy)
    assert (plain.total, [row.id for row in plain.rows]) == (31, [row.id for row in TRAINS.page(
        session, clock, limit=4, policy=policy).rows])  # fmt: skip
    (arrival,) = OUTLOOKS.page(session, clock, OUTLOOKS.filter("X9581"), policy=policy).rows
    assert (arrival.make_it, arrival.miss_it, arrival.cannot_tell) == (None, None, None)


def test_boxes_that_are_not_ready_come_by_least_margin_those_of_no_known_end_before_those_in_time(
    page: TrainPage,
) -> None:
    assert sum(each.boxes for each in page.waiting) == 14
    known = [(each.number, each.of_class, each.margin) for each in page.waiting if each.outcome == "miss it"]
    assert [number for number, _, _ in known][1:] == ["SHPU6043192", "LSTU2044185", "QZHU1287454", "LSTU8133649"]
    margins = [margin for _, _, margin in known if margin is not None]
    assert margins == sorted(margins)
    assert margins[-4::2] == [timedelta(minutes=-45), timedelta(minutes=-20)]
    outcomes = [each.outcome for each in page.waiting]
    assert outcomes == ["miss it"] * 5 + ["cannot tell"] * 6 + ["make it"] * 3


def test_a_box_that_waits_says_why_whose_turn_it_is_where_since_when_and_until_when(page: TrainPage) -> None:
    rows = {each.number: each for each in page.waiting}
    red = rows["LSTU8133649"]
    assert [(reason.words, reason.turn) for reason in red.reasons] == [("red lane, bay 2 at 11:00", "customs")]
    assert (red.where, red.since, red.cutoff, red.cutoff_at) == ("I1-04-01-1", at("07:12"), "customs", at("11:15"))
    assert rows["LSTU2044185"].reasons[0].words == "red lane, no slot yet"
    asked = rows["CQIU5529080"]
    assert asked.reasons[0] == ("customs", "yellow lane, packing list asked", "broker")
    assert (asked.expected, asked.margin) == (None, None)
    held = rows["WLMU6120938"]
    assert (held.where, held.since, held.reasons[0].turn) == ("B3-06-01-1", at("16:10", day=-1), "terminal")
    assert (rows["SHPU6043192"].where, rows["SHPU6043192"].expected) == ("road", at("11:45"))
    assert len(rows["SHPU6043192"].reasons) == 2


def test_places_not_named_yet_are_rows_of_their_booking(page: TrainPage) -> None:
    (row,) = [each for each in page.waiting if each.id is None]
    assert (row.booking, row.boxes, row.size_type, row.of_class) == ("BK20611", 1, "45G1", "no ETA")


def test_every_cut_off_says_which_boxes_it_still_blocks(page: TrainPage) -> None:
    found = [(each.cutoff.name, each.past, each.cutoff.boxes, len(each.blocks)) for each in page.cutoffs]
    assert found == [
        ("documents", True, 0, 0), ("vgm", True, 1, 1), ("gate", False, 8, 7), ("customs", False, 4, 4),
    ]  # fmt: skip
    waiting = {each.id for each in page.waiting}
    assert all(waiting.issuperset(each.blocks) for each in page.cutoffs)
    for each in page.cutoffs:
        assert sum(box.boxes for box in page.waiting if each.cutoff.name in box.blocks) == each.cutoff.boxes


def test_substitutes_fill_what_the_missing_boxes_leave_empty(page: TrainPage) -> None:
    """4 TEU are free and the five that miss it leave 8: all six boxes of the next train to Qinzhou fit."""
    assert [(each.train, each.fits) for each in page.substitutes] == [("X9584", True)] * 6
    assert sum(each.teu or 0.0 for each in page.substitutes) == 11.0


def test_the_checks_for_departure_say_what_they_found(page: TrainPage) -> None:
    found = {check.name: (check.state, check.words) for check in page.checks}
    assert found["wagons"] == ("pass", "50 of 50 planned")
    assert found["length"] == ("pass", "673 of 850 m")
    assert found["gross"][0] == "pass"
    assert found["dangerous goods"] == ("pass", "2 boxes, 6 wagons apart")
    assert found["seals"] == ("pass", "31 of 31 sealed")
    assert found["VGM"] == ("fail", "1 missing")
    assert found["customs"] == ("fail", "4 boxes without permission to leave")
    assert [name for name, (state, _) in found.items() if state == "open"] == ["rail manifest", "locomotive"]


def test_the_consist_has_every_wagon_in_order_and_the_boxes_without_one(page: TrainPage) -> None:
    consist = page.consist
    assert [wagon.position for wagon in consist.wagons] == list(range(1, 51))
    assert sum(len(wagon.boxes) for wagon in consist.wagons) == 31
    assert len(consist.without_wagon) == 53 - 31
    assert consist.empty_teu == 100.0 - 56.0
    assert consist.wagons[10].boxes[0].imdg_class == "3"
    assert consist.wagons[0].boxes[0].of_class == "loaded"
    assert (consist.problems, page.problems) == ((), ())


def test_stops_show_plan_estimate_and_delay_and_the_margin_onward(page: TrainPage) -> None:
    assert [(stop.place, stop.arrival_late, stop.departure_late) for stop in page.stops] == [
        ("Chongqing Tuanjiecun", None, 12), ("Guiyang", None, 12), ("Nanning", None, 12), ("Qinzhou", 12, None),
    ]  # fmt: skip
    assert page.onward_margin == timedelta(hours=9, minutes=10)


def test_an_arrival_has_a_page_without_what_only_departures_have(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    page = page_of(session, clock, "X9581", policy)
    assert (page.leaves, page.waiting, page.checks, page.loading) == (None, (), (), None)
    assert len(page.consist.without_wagon) == 48
    assert page.problems == ("no stops known",)


def test_a_page_names_the_feeds_it_is_made_of(session: Session, clock: ManualClock) -> None:
    assert set(PAGE_FEEDS) <= set(FEEDS)
    assert train_page(session, clock, "nobody") is None


def test_the_trains_of_the_next_six_hours_that_need_somebody(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    found = [(row.number, row.risk) for row in next_6h_at_risk(session, clock, policy=policy)]
    assert found == [
        ("X9582", "act"), ("X9581", "act"), ("X8071", "watch"), ("X8086", "watch"), ("84409", "unknown"),
    ]  # fmt: skip


# ----------------------------------------------------------------------------------------- trains a test makes itself
@pytest.fixture
def rows() -> Rows:
    return Rows()


def shown(cache: Cache, rows: Rows, clock: ManualClock, train: str = "T", policy: Policy | None = None) -> TrainPage:
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        return page_of(session, clock, train, policy)


READY: dict[str, Any] = {
    "full": True, "vgm_kg": 20_000, "customs": "released", "received_at": at("08:00"), "state": "yard",
    "size_type": "22G1",
}  # fmt: skip


def outbound(rows: Rows, name: str = "T", **values: Any) -> None:
    given = {"direction": "departure", "phase": "working", "planned_departure": at("15:00"), "booked_boxes": 3} | values
    rows.add(Train, id=name, number=name, **given)


def test_data_that_makes_no_sense_is_shown_and_flagged(cache: Cache, rows: Rows, clock: ManualClock) -> None:
    outbound(
        rows, capacity_teu=0.0, planned_arrival=at("16:00"), estimated_departure=at("15:00", day=90),
        wagons_planned=4,
    )  # fmt: skip
    for sequence, planned in ((1, "15:00"), (2, "14:00")):
        rows.add(TrainStop, train_id="T", sequence=sequence, place=f"P{sequence}", planned_arrival=at(planned))
    rows.add(Wagon, id="w1", train_id="T", position=1, slots=1.0, number="31 81 665 0 286-1", flags="check_digit")
    rows.add(Wagon, id="w2", train_id="T", position=1)
    rows.add(Wagon, id="w3", train_id="T")
    rows.add(Container, id="a", number="A", train_id="T", wagon_id="w1", **READY)
    rows.add(Container, id="b", number="A", train_id="T", wagon_id="w1", **READY)
    rows.add(Container, id="c", number="C", wagon_id="w2", **READY)
    found = shown(cache, rows, clock)
    assert found.problems == (
        "planned departure is before its arrival", "estimated departure is over 60 days off", "capacity is 0 TEU",
        "stops out of order: P2 is planned before P1", "A is named 2 times", "3 wagons, 4 planned",
    )  # fmt: skip
    first, second, third = found.consist.wagons
    assert first.problems == ("2 wagons are said to be number 1", "2 TEU on 1 slots")
    assert second.problems == ("C is not on its list", "2 wagons are said to be number 1")
    assert third.problems == ("place in the train not known",)
    assert found.consist.empty_teu is None
    assert found.row.percent == 66


def test_places_beyond_every_booking_are_one_row(cache: Cache, rows: Rows, clock: ManualClock) -> None:
    outbound(rows, booked_boxes=9)
    rows.add(Booking, number="B1", train_id="T", boxes=3)
    rows.add(Booking, number="B2", train_id="T", boxes=2, cancelled=True)
    rows.add(Booking, number="B3", train_id="T", boxes=4)
    rows.add(Container, train_id="T", booking="B1", **READY)
    found = shown(cache, rows, clock)
    assert sorted((each.booking or "", each.boxes) for each in found.waiting) == [("", 2), ("B1", 2), ("B3", 4)]
    assert found.row.readiness is not None
    assert found.row.readiness.unnamed == 8


def test_a_box_under_two_declarations_waits_for_the_later_and_for_ever_if_one_is_unknown(
    cache: Cache, rows: Rows, clock: ManualClock
) -> None:
    outbound(rows, booked_boxes=2)
    for box in "ab":
        rows.add(Container, id=box, number=box, train_id="T", **READY | {"customs": "declared"})
    for number, turn in (("1", "customs"), ("2", "customs"), ("3", "broker")):
        rows.add(
            Declaration, id=number, number=number, lane="yellow", state="accepted", turn=turn, laned_at=at("10:00"),
        )  # fmt: skip
    for released in range(8):
        rows.add(
            Declaration, number=f"r{released}", lane="yellow", state="released", laned_at=at("08:35"),
            released_at=at("10:00") + timedelta(minutes=released),
        )  # fmt: skip
    for box, number in (("a", "1"), ("a", "2"), ("b", "1"), ("b", "3")):
        rows.add(DeclarationBox, declaration_id=number, container_id=box)
    found = {each.id: each for each in shown(cache, rows, clock, policy=Policy(office_hours="00:00-23:59")).waiting}
    assert (found["a"].declaration_id, found["a"].expected) == ("2", at("11:11"))  # 4 an hour: the second in half
    assert (found["b"].declaration_id, found["b"].expected, found["b"].reasons[0].turn) == ("3", None, "broker")


@pytest.mark.parametrize(
    ("limits", "box", "words"),
    [
        ({"capacity_teu": 1.0}, {}, "no slot left"),
        ({"capacity_teu": None}, {}, "slots not known"),
        ({"weight_limit_t": 59.0}, {}, "train too heavy"),
        ({"weight_limit_t": None}, {}, "weight not known"),
        ({}, {"vgm_kg": 61_000}, "too heavy for its wagons"),
        ({}, {"size_type": "??"}, "slots not known"),
        ({}, {}, ""),
    ],
    ids=str,
)
def test_a_substitute_must_fit(
    cache: Cache, rows: Rows, clock: ManualClock, limits: dict[str, float | None], box: dict[str, object], words: str
) -> None:
    room: dict[str, Any] = {"capacity_teu": 2.0, "weight_limit_t": 200.0} | limits
    outbound(rows, destination_code="CNQZH", booked_boxes=1, **room)
    rows.add(Wagon, id="w", train_id="T", tare_kg=20_000, max_load_kg=60_000)
    rows.add(Container, train_id="T", **READY)
    outbound(rows, "later", planned_departure=at("18:00"), phase="created")
    outbound(rows, "sooner", planned_departure=at("14:00"))
    for name in ("later", "sooner"):
        rows.add(Container, number=name, train_id=name, destination_code="CNQZH", **READY | box)
    rows.add(Container, train_id="later", destination_code="CNQZH", **READY | {"customs": "declared"})
    rows.add(Container, train_id="later", destination_code="DEDUI", **READY)
    (found,) = shown(cache, rows, clock).substitutes
    assert (found.box.number, found.words) == ("later", words)
    assert found.fits is (True if not words else None if "known" in words else False)


@pytest.mark.parametrize(
    ("train", "found"),
    [
        ({"destination_code": "CNQZH", "destination": "Qinzhou"}, ["coded", "named"]),
        ({"destination_code": "CNQZH"}, ["coded"]),
        ({"destination": "Qinzhou"}, ["both", "named"]),
        ({}, []),
    ],
    ids=str,
)
def test_the_same_destination_is_told_by_code_and_by_name_where_there_is_no_code(
    cache: Cache, rows: Rows, clock: ManualClock, train: dict[str, str], found: list[str]
) -> None:
    outbound(rows, **train)
    outbound(rows, "later", planned_departure=at("18:00"))
    places: dict[str, dict[str, str]] = {
        "coded": {"destination_code": "CNQZH"}, "both": {"destination_code": "CNBHY", "destination": "Qinzhou"},
        "named": {"destination": "Qinzhou"}, "neither": {},
    }  # fmt: skip
    for name, place in places.items():
        rows.add(Container, number=name, train_id="later", **READY | place)
    assert sorted(each.box.number or "" for each in shown(cache, rows, clock).substitutes) == found


def test_a_failed_check_inside_the_preparation_time_is_urgent(cache: Cache, rows: Rows, clock: ManualClock) -> None:
    outbound(rows, booked_boxes=0, wagons_planned=2, planned_departure=at("11:11"), estimated_departure=at("11:11"))
    rows.add(Wagon, train_id="T", position=1)
    before = shown(cache, rows, ManualClock(at("10:40")))
    assert before.row.risk == "calm"
    with cache.read() as session:
        row = page_of(session, clock, "T").row
    assert (row.risk, row.reason) == ("act", "check failed: wagons, 1 of 2 planned")


def test_notes_stand_on_the_page(own_cache: Cache, clock: ManualClock) -> None:
    notes.add(own_cache, clock, "train", "T", "driver is on his way", author="Chen")
    with own_cache.read() as session:
        assert [note.text for note in page_of(session, clock, "T").notes] == ["driver is on his way"]


@pytest.fixture
def own_cache(cache: Cache, rows: Rows) -> Cache:
    outbound(rows)
    with cache.write() as session:
        rows.insert(session)
    return cache


def test_the_closing_moves_with_the_departure_that_is_asked_about(own_cache: Cache, clock: ManualClock) -> None:
    policy = replace(Policy(), preparation=timedelta(hours=1))
    with own_cache.read() as session:
        found = departing(session, clock, "T", at("20:00"), policy=policy)
    assert found is not None
    assert (found.leaves.at, found.leaves.closes) == (at("20:00"), at("19:00"))
