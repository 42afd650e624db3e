"""Inspections, locks and designated sites of the hand-made terminal, and of odd ones."""

from datetime import timedelta

from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.models import Block, Container, Declaration, DeclarationBox, DesignatedSite, Inspection, Seal
from storage.queries.designated_sites import SITES
from storage.queries.inspections import INSPECTIONS, InspectionDay, inspection_day
from storage.queries.seals import SEALS
from tests.scene import answer_at, at, build_scene
from tests.scenery.rows import Rows


def drawn(day: InspectionDay) -> list[str]:
    """Each bay as a line: o over, # booked, - unused, . free."""
    signs = {"over": "o", "booked": "#", "running": "r", "unused": "-", "free": "."}
    return ["".join(signs[slot.use] for slot in bay.slots) for bay in day.bays]


def test_the_day_of_the_bays_is_that_of_the_picture(session: Session, clock: ManualClock, policy: Policy) -> None:
    day = inspection_day(session, clock, policy=policy)
    assert [(bay.block, bay.bay) for bay in day.bays] == [("I1", 1), ("I1", 2)]
    assert drawn(day) == ["oooo-##########.#.", "oooo#####.#######."]
    assert (day.left, day.all_left, day.slot) == (4, 26, timedelta(minutes=30))


def test_boxes_to_bring_come_by_their_slot_and_those_without_one_last(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    first, second, *rest = inspection_day(session, clock, policy=policy).to_bring
    assert (first.box, first.where, first.wanted, first.rehandles, first.late) == (
        "SHPU7155406", "B3-06-01-3", at("13:30"), 0, False,
    )  # fmt: skip
    assert (second.box, second.where, second.wanted, second.rehandles) == ("LSTU2044185", "B2-18-03-2", None, 1)
    assert all(box.wanted is None for box in rest)


def test_a_box_whose_slot_has_begun_and_that_is_not_there_is_late(
    cache: Cache, clock: ManualClock, policy: Policy
) -> None:
    build_scene(cache)
    clock.at = at("13:31")
    answer_at(cache, clock.at)
    with cache.read() as session:
        first = inspection_day(session, clock, policy=policy).to_bring[0]
        late = INSPECTIONS.page(session, clock, INSPECTIONS.filter("late:yes"), policy=policy)
    assert (first.box, first.late) == ("SHPU7155406", True)
    assert [row.box for row in late.rows] == ["SHPU7155406"]


def test_a_slot_of_another_day_takes_none_of_today_s(cache: Cache, clock: ManualClock, policy: Policy) -> None:
    rows = Rows()
    rows.add(Block, id="I", name="I", kind="inspection", inspection_bays=1, hours="08:30-19:00")
    for key, days in (("yesterday", -1), ("today", 0), ("tomorrow", 1)):
        slot = at("08:30") + timedelta(days=days)
        rows.add(Inspection, id=key, block_id="I", bay=1, slot_starts=slot, state="called", container_id="B")
    rows.add(Container, id="B", number="CSQU3054383", place="road")
    with cache.write() as session:
        rows.insert(session)
    clock.at = at("18:40")
    with cache.read() as session:
        day = inspection_day(session, clock, policy=policy)
    (bay,) = day.bays
    assert {slot.inspection_id for slot in bay.slots} == {"today", None}
    assert (day.left, day.all_left) == (0, 0)
    assert [(box.id, box.late) for box in day.to_bring] == [("yesterday", True), ("today", True), ("tomorrow", False)]


def test_a_terminal_without_bays_or_of_odd_bookings_has_a_day_too(
    cache: Cache, clock: ManualClock, policy: Policy
) -> None:
    with cache.read() as session:
        assert inspection_day(session, clock, policy=policy).bays == ()
    rows = Rows()
    rows.add(Block, id="I", name="I", kind="inspection", inspection_bays=1, hours="nonsense", slot_minutes=None)
    rows.add(Inspection, id="night", block_id="I", bay=1, slot_starts=at("03:10"), state="running")
    rows.add(Inspection, id="no bay", declaration_id="D", slot_starts=at("11:00"), state="called")
    rows.add(Inspection, id="canceled", block_id="I", bay=1, slot_starts=at("11:00"), state="canceled")
    rows.add(Inspection, id="gone box", block_id="I", bay=1, container_id="gone", state="called")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        day = inspection_day(session, clock, policy=policy)
    (bay,) = day.bays
    assert (bay.slots[0].starts, bay.slots[0].ends, bay.slots[0].use) == (at("03:10"), at("03:40"), "running")
    assert {box.id: (box.box, box.rehandles, box.wanted) for box in day.to_bring} == {
        "no bay": (None, None, at("11:00")), "gone box": (None, None, None),
    }  # fmt: skip
    assert day.left == day.all_left == 13


def test_locks_that_want_somebody_come_first(session: Session, clock: ManualClock, policy: Policy) -> None:
    page = SEALS.page(session, clock, policy=policy)
    assert page.total == 40
    first = page.rows[0]
    assert (first.number, first.alarm, first.risk, first.box, first.train) == (
        "88200", "opened unauthorised", "act", "QZHU3054385", "X8086",
    )  # fmt: skip
    assert {row.alarm for row in page.rows[1:]} == {None}


def test_a_lock_that_is_not_heard_of_while_others_are_is_silent(
    cache: Cache, clock: ManualClock, policy: Policy
) -> None:
    build_scene(cache)
    clock.at = at("11:05")
    answer_at(cache, clock.at)
    with cache.read() as session:
        assert sum(row.alarm == "silent" for row in SEALS.page(session, clock, policy=policy).rows) == 7


def test_a_lock_is_not_silent_and_no_box_late_because_their_feeds_are_old(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    before = {row.number: (row.alarm, row.risk) for row in SEALS.page(session, clock, policy=policy).rows}
    boxes = {box.id: box.late for box in inspection_day(session, clock, policy=policy).to_bring}
    clock.at = at("16:30")  # the last answer came at 10:41
    later = SEALS.page(session, clock, policy=policy).rows
    assert {row.number: (row.alarm, row.risk) for row in later} == before
    assert all(row.unsure for row in later)
    day = inspection_day(session, clock, policy=policy)
    assert {box.id: box.late for box in day.to_bring} == boxes
    assert all(box.unsure for box in day.to_bring)


def test_a_lock_on_a_box_that_has_left_wants_nobody(cache: Cache, clock: ManualClock, policy: Policy) -> None:
    rows = Rows()
    rows.add(Container, id="left", number="CSQU3054383", departed_at=at("09:00"))
    rows.add(Container, id="here", number="CSQU3054384")
    rows.add(Seal, number="1", container_id="left", state="tampered")
    rows.add(Seal, number="2", container_id="here", state="tampered", latitude=29.6225, longitude=106.338)
    rows.add(Seal, number="3", container_id="unknown", state="armed", battery_percent=4.0)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        found = SEALS.page(session, clock, policy=policy).rows
    assert [(row.number, row.alarm) for row in found] == [("2", "tampered"), ("3", "battery low"), ("1", None)]
    assert (found[0].where, found[0].silent) == ("29.6225, 106.3380", None)


def test_a_site_tells_bays_plugs_temperature_and_the_month(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    fruit, meat = SITES.page(session, clock, policy=policy).rows
    assert (meat.block, meat.bays_taken, meat.bays, meat.temperature_c) == ("R1", 3, 4, -18.2)
    assert (meat.used_teu, meat.target_percent, meat.quota_left) == (212.0, 70, 188.0)
    assert (fruit.target_percent, fruit.quota_left) == (114, 9.0)


def test_sites_in_one_block_have_each_the_plugs_of_their_own_goods(
    cache: Cache, clock: ManualClock, policy: Policy
) -> None:
    rows = Rows()
    rows.add(Block, id="R", name="R", kind="reefer", plugs=20)
    for kind, boxes in (("meat", 3), ("fruit", 1), (None, 5)):
        rows.add(DesignatedSite, name=kind or "grain", kind=kind or "grain", block_id="R", plugs=4)
        declaration = rows.add(Declaration, number=kind or "none", state="accepted", special_kind=kind)["id"]
        for nth in range(boxes):
            box = rows.add(Container, block_id="R", place="yard", setpoint_c=-18.0, plugged=nth != 2)["id"]
            rows.add(DeclarationBox, declaration_id=declaration, container_id=box)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        found = {row.kind: (row.plugs_taken, row.plugs) for row in SITES.page(session, clock, policy=policy).rows}
    assert found == {"meat": (2, 4), "fruit": (1, 4), "grain": (0, 4)}


def test_an_unknown_month_of_a_site_is_unknown(cache: Cache, clock: ManualClock, policy: Policy) -> None:
    rows = Rows()
    rows.add(DesignatedSite, name="Pets", kind="pets", quota_teu=10.0, target_teu=0.0, plugs=3)
    rows.add(Declaration, id="1", number="1", state="accepted", special_kind="pets")
    rows.add(DeclarationBox, declaration_id="1", container_id="x")
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        (row,) = SITES.page(session, clock, policy=policy).rows
    assert (row.waiting, row.plugs_taken, row.target_percent, row.quota_left, row.block) == (1, None, None, None, None)
