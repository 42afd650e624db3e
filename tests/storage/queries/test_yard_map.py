"""The map of the yard, coloured by what the planner asks for."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.models import Block, Container, Track, Train
from storage.queries.yard_map import COLOURINGS, ColourBy, MapBay, YardMap, yard_map
from tests.scene import NOW, at
from tests.scenery.rows import Rows


def filled(cache: Cache, clock: ManualClock, rows: Rows, colour_by: ColourBy = "occupancy") -> YardMap:
    rows.add(Block, id="A", name="A1", kind="stack", bays=3, rows=2, tiers=5, map_x=0, map_y=0)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        return yard_map(session, clock, colour_by)


def stand(rows: Rows, bay: int | None, tier: int = 1, row: int = 1, **more: Any) -> None:
    size = "22G1" if bay is None or bay % 2 else "45G1"
    rows.add(Container, place="yard", block_id="A", bay=bay, row=row, tier=tier, **({"size_type": size} | more))


def shown(found: YardMap) -> list[str | None]:
    (block,) = found.blocks
    return [None if bay.level is None else found.legend[bay.level].label for bay in block.bays]


def signs(found: YardMap) -> dict[str, int]:
    return {entry.label: entry.count for entry in found.legend if entry.count}


def test_blocks_come_in_the_order_of_the_map_each_with_its_bays(session: Session, clock: ManualClock) -> None:
    found = yard_map(session, clock)
    assert [block.block.name for block in found.blocks][:4] == ["A1", "A2", "A3", "B1"]
    assert [len(block.bays) for block in found.blocks][:7] == [25, 25, 25, 25, 25, 25, 12]
    assert [bay.bay for bay in found.blocks[0].bays][:3] == [1, 3, 5]


def test_the_slots_of_the_bays_are_those_of_the_boxes(session: Session, clock: ManualClock) -> None:
    block = next(block for block in yard_map(session, clock).blocks if block.block.name == "B3")
    assert sum(bay.slots for bay in block.bays) == block.block.teu == 341


def test_a_40_foot_box_is_seen_in_both_its_bays_and_names_the_even_one(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    stand(rows, 2)
    stand(rows, 1, tier=2)
    (block,) = filled(cache, clock, rows).blocks
    assert block.bays == (
        MapBay(bay=1, boxes=2, slots=2, raw=10, level=2, mix=(), pair=2),
        MapBay(bay=3, boxes=1, slots=1, raw=10, level=1, mix=(), pair=2),
        MapBay(bay=5, boxes=0, slots=0, raw=10, level=None, mix=(), pair=None),
    )


def test_occupancy_is_in_tenths_of_raw_slots_and_full_is_said(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    for tier in range(1, 6):
        for row in (1, 2):
            stand(rows, 1, tier, row)
    stand(rows, 5)
    found = filled(cache, clock, rows)
    assert shown(found) == ["full", None, "10 %"]
    assert (signs(found), found.counted, found.scale) == ({"full": 1, "10 %": 1}, "bays", True)


def test_boxes_without_a_bay_of_the_block_are_elsewhere(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    stand(rows, None)
    stand(rows, 99)
    stand(rows, 5)
    (block,) = filled(cache, clock, rows).blocks
    assert (block.elsewhere, [bay.boxes for bay in block.bays]) == (2, [0, 0, 1])


def test_dwell_is_told_in_steps_of_age(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    for bay, age in ((1, timedelta(hours=23)), (3, timedelta(days=3)), (5, timedelta(days=20))):
        stand(rows, bay, received_at=NOW - age)
    found = filled(cache, clock, rows, "dwell")
    assert shown(found) == ["under 1 d", "3 to 7 d", "over 14 d"]
    assert found.scale


def test_a_bay_shows_the_train_of_most_of_its_booked_boxes(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    for name, departs in (("late", "20:00"), ("soon", "12:00")):
        rows.add(
            Train, id=name, number=name.upper(), direction="departure", phase="created", destination="Qinzhou",
            planned_departure=at(departs),
        )  # fmt: skip
    for tier, train in enumerate(("late", "late", "soon"), 1):
        stand(rows, 1, tier, train_id=train)
    stand(rows, 3, train_id="soon")
    for tier in (2, 3, 4):
        stand(rows, 3, tier)
    stand(rows, 5, train_id="soon", rolled=True)
    found = filled(cache, clock, rows, "train")
    assert shown(found) == ["LATE to Qinzhou", "SOON to Qinzhou", "on no train"]
    assert [(entry.sign, entry.label) for entry in found.legend[:2]] == [
        ("a", "SOON to Qinzhou"),
        ("b", "LATE to Qinzhou"),
    ]
    assert found.blocks[0].bays[1].mix == ((0, 1), (2, 3))


def test_trains_beyond_the_next_eight_share_a_level(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    for hour in range(12, 22):
        rows.add(
            Train, id=str(hour), number=str(hour), direction="departure", phase="created",
            planned_departure=at(f"{hour}:00"),
        )  # fmt: skip
        stand(rows, 1, train_id=str(hour))
    assert signs(filled(cache, clock, rows, "train"))["later trains"] == 2


def test_an_unplugged_reefer_shows_before_any_number_of_good_ones(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    cold: dict[str, Any] = {"size_type": "22R1", "setpoint_c": -18.0, "plugged": True, "read_at": at("10:36")}
    for tier in (1, 2, 3):
        stand(rows, 1, tier, **cold, reading_c=-18.1)
    stand(rows, 1, 4, **(cold | {"plugged": False}), reading_c=-15.0)
    stand(rows, 3, 1, **cold, reading_c=-15.5)
    stand(rows, 3, 2, **cold)
    stand(rows, 5, size_type="22R1")
    found = filled(cache, clock, rows, "reefer")
    assert shown(found) == ["not plugged in", "off set-point", "no working reefer"]
    assert signs(found) == {
        "not plugged in": 1, "off set-point": 1, "never read": 1, "at set-point": 3, "no working reefer": 1,
    }  # fmt: skip


def test_any_number_of_old_readings_hides_no_reefer_that_is_off(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    cold: dict[str, Any] = {"size_type": "22R1", "setpoint_c": -18.0, "plugged": True, "reading_c": -18.0}
    for tier in (1, 2, 3):
        stand(rows, 1, tier, **cold, read_at=at("06:40"))
    stand(rows, 1, 4, **(cold | {"reading_c": -12.0}), read_at=at("06:40"))
    stand(rows, 3, 1, **cold, read_at=at("06:40"))
    stand(rows, 3, 2, **cold, read_at=at("06:41"))
    stand(rows, 5, 1, **cold)
    found = filled(cache, clock, rows, "reefer")
    assert shown(found) == ["off set-point", "reading too old", "undated reading"]
    assert signs(found) == {"off set-point": 1, "reading too old": 4, "undated reading": 1, "at set-point": 1}


@pytest.mark.parametrize(
    ("colour_by", "box", "label"),
    [
        ("customs", {"customs": "inspection"}, "inspection"),
        ("customs", {"customs": "pondering"}, "pondering"),
        ("customs", {"full": False}, "empty, needs none"),
        ("customs", {}, "not known"),
        ("full/empty", {"full": True}, "full"),
        ("full/empty", {}, "not known"),
        ("dangerous", {"imdg_class": "5.1"}, "class 5.1"),
        ("dangerous", {"un_number": "1263"}, "class not known"),
        ("dangerous", {}, "no dangerous goods"),
        ("owner", {"owner": "Qinzhou Lines"}, "Qinzhou Lines"),
        ("owner", {}, "not known"),
        ("dwell", {}, "not known"),
    ],
)
def test_each_colouring_says_what_a_box_is(
    cache: Cache, clock: ManualClock, colour_by: ColourBy, box: dict[str, Any], label: str
) -> None:
    rows = Rows()
    stand(rows, 3, **box)
    assert shown(filled(cache, clock, rows, colour_by)) == [None, label, None]


@pytest.mark.parametrize("colour_by", COLOURINGS[1:])
def test_the_legend_counts_every_box_that_stands_once(
    session: Session, clock: ManualClock, policy: Policy, colour_by: ColourBy
) -> None:
    found = yard_map(session, clock, colour_by, policy=policy)
    assert sum(entry.count for entry in found.legend) == sum(block.block.boxes or 0 for block in found.blocks)
    assert len({entry.sign for entry in found.legend if entry.count}) == sum(1 for e in found.legend if e.count)


def test_the_tracks_at_the_rail_side_come_in_the_order_of_their_numbers(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    for name in ("10", "2", "W", "1"):
        rows.add(Track, name=name)
    assert filled(cache, clock, rows).tracks == ("1", "2", "10", "W")
