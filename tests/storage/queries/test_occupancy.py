"""How full the yard will be, rule by rule on yards counted by hand."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.forecast import Outlook
from storage.models import Block, Container, GateVisit, Inspection, Train
from storage.queries.occupancy import YARD, OccupancyForecast, OccupancyLine, occupancy_forecast
from tests.scene import at
from tests.scenery.rows import Rows

HERE: dict[str, Any] = {
    "place": "yard", "state": "yard", "block_id": "A", "size_type": "45G1", "received_at": at("06:00"), "full": True,
    "vgm_kg": 20_000, "customs": "released",
}  # fmt: skip
COMING: dict[str, Any] = {"state": "inbound", "size_type": "45G1", "full": True, "planned_block_id": "A"}


class Day:
    """Two stack blocks of 100 TEU and an inspection block of 10, 10 boxes of 40 foot in A, and what happens next."""

    def __init__(self) -> None:
        self.rows = Rows()
        for name, kind, teu in (("A", "stack", 100.0), ("B", "stack", 100.0), ("I", "inspection", 10.0)):
            self.rows.add(Block, id=name, name=name, kind=kind, stated_teu=teu)
        self.stand(10)

    def stand(self, boxes: int = 1, **more: Any) -> list[str]:
        return [str(self.rows.add(Container, **(HERE | more))["id"]) for _ in range(boxes)]

    def come(self, boxes: int = 1, **more: Any) -> None:
        for _ in range(boxes):
            self.rows.add(Container, **(COMING | more))

    def train(self, key: str, direction: str = "departure", **more: Any) -> None:
        self.rows.add(Train, id=key, number=key, direction=direction, **({"phase": "created"} | more))

    def visit(self, box: str, when: str, **more: Any) -> None:
        self.rows.add(GateVisit, container_id=box, **({"direction": "out", "appointment_at": at(when)} | more))

    def remembered(self, direction: str, kept: int, of: int) -> None:
        """Appointments of this morning, so many of them kept."""
        for nth in range(of):
            came = at("07:10") if nth < kept else None
            self.visit("gone", "07:00", direction=direction, gated_in_at=came, gated_out_at=came)

    def forecast(self, cache: Cache, clock: ManualClock) -> OccupancyForecast:
        with cache.write() as session:
            self.rows.insert(session)
        with cache.read() as session:
            return occupancy_forecast(session, clock)


@pytest.fixture
def day() -> Day:
    return Day()


def line(found: OccupancyForecast, name: str) -> OccupancyLine:
    return next(each for each in (*found.blocks, *found.kinds, found.all) if each.name == name)


def ahead(found: OccupancyForecast, name: str = "A") -> tuple[Outlook, ...]:
    return line(found, name).ahead


def test_a_yard_in_which_nothing_happens_stays_as_full_as_it_is(cache: Cache, clock: ManualClock, day: Day) -> None:
    found = day.forecast(cache, clock)
    assert (line(found, "A").now, line(found, "A").percent) == (20, 20)
    assert ahead(found) == (Outlook(20, 20, 20),) * 4
    assert ahead(found, "all") == ahead(found)
    assert [span // timedelta(hours=1) for span in found.horizons] == [4, 12, 24, 48]


def test_a_ready_box_leaves_when_loading_of_its_train_closes_not_at_departure(
    cache: Cache, clock: ManualClock, day: Day
) -> None:
    day.train("T", planned_departure=at("15:00"))  # loading closes at 14:30, four hours from now is 14:41
    day.stand(train_id="T")
    assert ahead(day.forecast(cache, clock)) == (Outlook(20, 20, 20),) * 4


def test_a_ready_box_of_a_train_without_an_estimate_may_still_stand_here(
    cache: Cache, clock: ManualClock, day: Day
) -> None:
    day.train("T", planned_departure=at("11:20"), unknown_delay=True)
    day.stand(train_id="T")
    assert ahead(day.forecast(cache, clock)) == (Outlook(20, 20, 22),) * 4


def test_a_box_that_is_not_ready_may_leave_and_may_stay(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.train("T", planned_departure=at("20:00"))
    day.stand(train_id="T", customs="declared")
    found = ahead(day.forecast(cache, clock))
    assert found[0] == Outlook(22, 22, 22)
    assert found[1] == Outlook(20, None, 22)  # of trains that left nothing is known


def test_the_share_of_booked_boxes_that_were_loaded_is_expected(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.train("Y", phase="departed", booked_boxes=40, planned_departure=at("05:00"), actual_departure=at("05:00"))
    for _ in range(30):
        day.rows.add(Container, train_id="Y", state="departed", place="gone", departed_at=at("05:00"))
    before = at("05:00") - timedelta(days=8)
    day.train("X", phase="closed", booked_boxes=40, planned_departure=before, actual_departure=before)
    day.rows.add(Container, train_id="X", state="departed", place="gone", departed_at=before)
    day.train("T", planned_departure=at("20:00"))
    day.stand(train_id="T", customs="declared")
    found = day.forecast(cache, clock)
    assert found.shares.loaded == 0.75
    assert ahead(found)[1] == Outlook(20, 20.5, 22)


def test_loaded_rolled_and_missed_boxes_are_not_subtracted(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.train("T", planned_departure=at("20:00"))
    day.train("gone", planned_departure=at("10:00"))
    day.rows.add(Container, **(HERE | {"train_id": "T", "state": "loaded", "place": "wagon", "block_id": None}))
    day.stand(train_id="T", rolled=True)
    day.stand(train_id="gone")
    assert ahead(day.forecast(cache, clock)) == (Outlook(24, 24, 24),) * 4


def test_boxes_of_an_estimated_train_come_for_certain_when_they_are_discharged(
    cache: Cache, clock: ManualClock, day: Day
) -> None:
    day.train("R", "arrival", phase="inbound", planned_arrival=at("12:00"), estimated_arrival=at("14:40"))
    day.come(2, place="train", inbound_train_id="R")  # and a quarter of an hour for handling: 14:55
    assert ahead(day.forecast(cache, clock))[:2] == (Outlook(20, 20, 20), Outlook(24, 24, 24))


def test_a_train_without_an_estimate_comes_at_the_most(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.train("R", "arrival", phase="inbound", planned_arrival=at("12:00"), unknown_delay=True)
    day.come(place="train", inbound_train_id="R")
    for late in range(10):
        day.train(
            f"P{late}", "arrival", phase="closed", planned_arrival=at("00:00"),
            actual_arrival=at("00:00") + timedelta(hours=late),
        )  # fmt: skip
    found = day.forecast(cache, clock)
    assert found.shares.delay == timedelta(hours=8)  # expected at 20:00
    assert ahead(found) == (Outlook(20, 20, 22), Outlook(20, 22, 22), Outlook(20, 22, 22), Outlook(20, 22, 22))


def test_an_appointment_may_not_be_kept(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.come(place="road", expected_at=at("12:00"))
    assert ahead(day.forecast(cache, clock))[0] == Outlook(20, None, 22)


def test_the_share_of_appointments_that_were_kept_is_expected(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.remembered("in", 18, 20)
    day.come(place="road", expected_at=at("12:00"))
    assert ahead(day.forecast(cache, clock))[0] == Outlook(20, 21.8, 22)


def test_a_box_of_which_nothing_is_known_may_come_at_any_time_and_is_expected_for_its_train(
    cache: Cache, clock: ManualClock, day: Day
) -> None:
    day.remembered("in", 20, 20)
    day.train("T", planned_departure=at("20:00"))
    day.come(place="road", train_id="T")
    found = ahead(day.forecast(cache, clock))
    assert found[0] == Outlook(20, 20, 22)
    assert (found[1].low, found[1].high) == (20, 22)


def test_a_box_that_comes_and_goes_on_within_the_time_is_subtracted_again(
    cache: Cache, clock: ManualClock, day: Day
) -> None:
    day.train("R", "arrival", phase="inbound", estimated_arrival=at("12:00"))
    day.train("T", planned_departure=at("20:00"))
    day.come(place="train", inbound_train_id="R", train_id="T")
    found = ahead(day.forecast(cache, clock))
    assert found[0] == Outlook(22, 22, 22)
    assert (found[1].low, found[1].high) == (20, 22)


def test_a_released_box_that_a_truck_fetches_may_leave(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.remembered("out", 15, 20)
    (box,) = day.stand()
    day.visit(box, "12:00")
    assert ahead(day.forecast(cache, clock))[0] == Outlook(20, 20.5, 22)


def test_a_box_whose_truck_is_in_leaves_and_one_whose_truck_never_came_stays(
    cache: Cache, clock: ManualClock, day: Day
) -> None:
    for gated_in, appointment in ((at("10:30"), "10:15"), (None, "08:00")):
        (box,) = day.stand()
        day.visit(box, appointment, gated_in_at=gated_in)
    assert ahead(day.forecast(cache, clock))[0] == Outlook(22, 22, 22)


def test_a_box_that_is_held_is_not_expected_to_be_fetched(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.remembered("out", 20, 20)
    (box,) = day.stand(customs="declared")
    day.visit(box, "12:00")
    assert ahead(day.forecast(cache, clock))[0] == Outlook(20, 22, 22)


def test_a_box_that_goes_by_a_train_of_next_week_is_fetched_by_no_truck(
    cache: Cache, clock: ManualClock, day: Day
) -> None:
    day.remembered("out", 20, 20)
    day.train("T", planned_departure=at("12:00") + timedelta(days=7))
    (box,) = day.stand(train_id="T")
    day.visit(box, "12:00")
    assert ahead(day.forecast(cache, clock)) == (Outlook(22, 22, 22),) * 4


COMINGS: tuple[dict[str, Any], ...] = (
    {"place": "train", "inbound_train_id": "R"},
    {"place": "train", "inbound_train_id": "R", "train_id": "T"},
    {"place": "train", "inbound_train_id": "R", "train_id": "T", "rolled": True},
    {"place": "train", "inbound_train_id": "R", "train_id": "next week"},
    {"place": "road", "expected_at": at("13:00")},
    {"place": "road", "expected_at": at("13:00"), "size_type": "22G1", "train_id": "T"},
    {"place": "road", "expected_at": at("13:00") + timedelta(days=3)},
    {"place": "road", "train_id": "T"},
    {"place": None, "received_at": at("10:00")},
    {"place": "road", "planned_block_id": None, "expected_at": at("16:00")},
)


def test_boxes_that_come_alike_count_each(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.remembered("in", 15, 20)
    day.train("R", "arrival", phase="inbound", estimated_arrival=at("12:00"))
    day.train("T", planned_departure=at("20:00"))
    day.train("next week", planned_departure=at("12:00") + timedelta(days=7))
    for more in COMINGS:
        day.come(**more)
    once = day.forecast(cache, clock)
    day.rows = Rows()
    for nth in range(2 * len(COMINGS)):
        day.rows.add(Container, **(COMING | COMINGS[nth % len(COMINGS)] | {"id": f"again-{nth}"}))
    thrice = day.forecast(cache, clock)
    for name in ("A", "all"):
        now = line(once, name).now or 0.0
        for one, three in zip(ahead(once, name), ahead(thrice, name), strict=True):
            assert three.low - now == 3 * (one.low - now)
            assert three.high - now == 3 * (one.high - now)
            assert three.expected is None or one.expected is not None
            assert three.expected is None or three.expected - now == pytest.approx(3 * ((one.expected or 0.0) - now))
    assert ahead(once)[0].high - 20 == 4 * 2 + 2 + 1 + 2 + 2
    assert [each.high for each in thrice.unplanned.ahead] == [0, 6, 6, 6]


def test_inbound_boxes_without_a_planned_block_are_a_line_of_their_own(
    cache: Cache, clock: ManualClock, day: Day
) -> None:
    day.train("R", "arrival", phase="inbound", estimated_arrival=at("12:00"))
    day.come(3, place="train", inbound_train_id="R", planned_block_id=None)
    day.come(1, place="train", inbound_train_id="R", planned_block_id="nowhere")
    day.come(1, place="train", inbound_train_id="R")
    found = day.forecast(cache, clock)
    assert ahead(found)[0] == Outlook(22, 22, 22)
    assert found.unplanned.ahead[0] == Outlook(8, 8, 8)
    assert ahead(found, "all")[0] == Outlook(30, 30, 30)


def test_all_is_all_blocks_and_what_has_none(session: Session, clock: ManualClock) -> None:
    found = occupancy_forecast(session, clock)
    for nth in range(4):
        high = sum(each.ahead[nth].high for each in found.kinds) + found.unplanned.ahead[nth].high
        # Boxes called to the inspection block count there and where they stand.
        assert found.all.ahead[nth].high <= high <= found.all.ahead[nth].high + 20


def test_a_move_between_blocks_counts_in_both_and_once_in_all(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.stand(planned_block_id="B")
    found = day.forecast(cache, clock)
    assert (ahead(found)[0], ahead(found, "B")[0]) == (Outlook(22, 22, 22), Outlook(0, 2, 2))
    assert ahead(found, "all")[0] == Outlook(22, 22, 22)


def test_boxes_called_to_inspection_count_there_from_their_slot_on_until_it_ends(
    cache: Cache, clock: ManualClock, day: Day
) -> None:
    (called,) = day.stand()
    (inside,) = day.stand(block_id="I")
    for box, starts, ends in ((called, "14:00", "16:00"), (inside, "10:30", "11:00")):
        day.rows.add(
            Inspection, container_id=box, block_id="I", state="called", slot_starts=at(starts), slot_ends=at(ends)
        )
    found = day.forecast(cache, clock)
    assert ahead(found, "I")[:2] == (Outlook(0, 2, 4), Outlook(0, 0, 4))
    assert ahead(found)[0] == Outlook(22, 22, 22)
    assert ahead(found, "all")[1] == Outlook(24, 24, 24)


def test_a_box_loaded_after_its_inspection_leaves_the_inspection_block_once(
    cache: Cache, clock: ManualClock, day: Day
) -> None:
    day.train("T", planned_departure=at("20:00"))
    (box,) = day.stand(block_id="I", train_id="T")
    day.stand(block_id="I")
    day.rows.add(
        Inspection, container_id=box, block_id="I", state="running", slot_starts=at("10:30"), slot_ends=at("11:00")
    )
    found = day.forecast(cache, clock)
    assert ahead(found, "I")[:2] == (Outlook(2, 2, 4), Outlook(2, 2, 2))
    assert ahead(found, "all")[1] == Outlook(22, 22, 22)


def test_it_is_said_when_a_block_will_be_full(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.train("R", "arrival", phase="inbound", estimated_arrival=at("15:45"))
    day.come(4, place="train", inbound_train_id="R", planned_block_id="I")
    day.come(1, place="road", expected_at=at("18:00"), planned_block_id="I")
    found = line(day.forecast(cache, clock), "I").full
    assert found is not None
    assert (found.at, found.case) == (at("18:00"), "high")


def test_a_kind_is_its_blocks_together(cache: Cache, clock: ManualClock, day: Day) -> None:
    day.train("T", planned_departure=at("20:00"))
    day.stand(3, block_id="B", train_id="T")
    found = day.forecast(cache, clock)
    assert (line(found, "stack").now, line(found, "stack").capacity, line(found, "stack").percent) == (26, 200, 13)
    assert ahead(found, "stack")[1] == Outlook(20, 20, 20)


def test_the_list_of_blocks_has_the_figures_of_the_forecast(session: Session, clock: ManualClock) -> None:
    found = occupancy_forecast(session, clock)
    rows = YARD.page(session, clock).rows
    lines = [*found.blocks, found.unplanned]
    assert [(row.name, row.teu) for row in rows] == [(line.name, line.now) for line in lines]
    for hours, nth in ((4, 0), (12, 1), (24, 2), (48, 3)):
        told = [tuple(getattr(row, f"{case}_{hours}") for case in Outlook._fields) for row in rows]
        assert told == [line.ahead[nth] for line in lines]
    (fills_up,) = YARD.page(session, clock, YARD.filter("-full_at:--")).rows
    assert (fills_up.name, fills_up.full_at, fills_up.full_case) == ("I1", at("13:30"), "high")
