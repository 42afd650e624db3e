"""A yard whose data cannot be right: every box is kept, flagged and listed, and counted once in every total."""

from collections import Counter
from typing import Any

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.models import Block, Container, Train, Wagon
from storage.queries.board import board
from storage.queries.box_page import box_page
from storage.queries.containers import CONTAINERS
from storage.queries.exceptions import QUALITY
from storage.queries.exceptions.quality import FLAGS
from storage.queries.occupancy import YARD, occupancy_forecast
from storage.queries.occupancy_history import occupancy_history
from storage.queries.yard import yard_by_kind
from storage.queries.yard_map import COLOURINGS, ColourBy, yard_map
from storage.sync.tally import bring_up
from tests.scene import NOW, at, hold_back
from tests.scenery.rows import Rows
from tests.storage.queries.small_yard import HERE, put, small_yard

SHORT: dict[str, Any] = {"size_type": "22G1"}
STANDING, TEU = 11, 19


@pytest.fixture(params=["counted on the spot", "by the tally"])
def wrong(cache: Cache, request: pytest.FixtureRequest) -> Cache:
    """Two blocks with sound boxes, and one box of everything that cannot be."""
    rows = small_yard()
    rows.add(Wagon, id="W", train_id="T", position=1)
    put(rows, "sound", 2, number="CQIU3907746")
    put(rows, "second in its slot", 2, source="other-gateway", number="CQIU1000041")
    put(rows, "floating", 4, 3, 3, number="CQIU1000057")
    put(rows, "past the last bay", 31, 1, 1, **SHORT, number="CQIU1000036")
    put(rows, "lost", 2, block_id="ZZ", number="CQIU1000062")
    put(rows, "lost too", 5, block_id="ZZ", **SHORT, number="CQIU1000078")
    put(rows, "lost elsewhere", None, block_id="B-old", number="CQIU1000083")
    put(rows, "of a local type", 6, 1, size_type="40HC", number="CQIU1000099")
    put(rows, "of no type", 8, 2, size_type="9X9X", number=rows.number("CQIU"))
    put(rows, "here and on a wagon", 8, 3, wagon_id="W", source="other-gateway", number=rows.number("CQIU"))
    rows.add(Container, **(HERE | {"id": "on a wagon and here", "place": "wagon", "wagon_id": "W", "bay": 6, "row": 4}))
    put(rows, "of a wrong digit", 7, 4, **SHORT, number="CQIU3907745")
    put(rows, "left", 7, 4, **SHORT, departed_at=NOW)
    with cache.write() as session:
        rows.insert(session)
    if request.param == "by the tally":
        bring_up(cache, cache.write)
    return cache


def test_each_is_listed_with_where_it_came_from(wrong: Cache, clock: ManualClock) -> None:
    with wrong.read() as session:
        listed = {(row.box_id, row.what): row.source for row in QUALITY.page(session, clock).rows}
    mine, other = "chongqing-gateway", "other-gateway"
    assert {key: source for key, source in listed.items() if key[1] != "number not of ISO 6346"} == {
        ("sound", "two in one slot"): mine,
        ("second in its slot", "two in one slot"): other,
        ("floating", "floating"): mine,
        ("past the last bay", "outside its block"): mine,
        ("lost", "unknown block"): mine,
        ("lost too", "unknown block"): mine,
        ("lost elsewhere", "unknown block"): mine,
        ("of a local type", "size-type not of ISO 6346"): mine,
        ("of no type", "size-type not of ISO 6346"): mine,
        ("here and on a wagon", "on a wagon and in the yard"): other,
        ("on a wagon and here", "on a wagon and in the yard"): mine,
        ("of a wrong digit", "check digit wrong"): mine,
    }


def test_the_page_of_a_box_says_what_cannot_be_right_about_where_it_stands(wrong: Cache, clock: ManualClock) -> None:
    with wrong.read() as session:
        found: dict[str, list[str]] = {}
        for row in QUALITY.page(session, clock).rows:
            if row.what not in FLAGS.values():
                found.setdefault(row.box_id, []).append(f"{row.what}, {row.how}")
        boxes = CONTAINERS.page(session, clock).rows
        wrongs = {box.id: sorted(page.wrong) for box in boxes if (page := box_page(session, clock, box.id)) is not None}
    assert len(wrongs) == len(boxes)
    assert {key: wrong for key, wrong in wrongs.items() if wrong} == {key: sorted(told) for key, told in found.items()}
    assert wrongs["floating"] == ["floating, nothing under it"]


def test_before_the_blocks_have_come_no_box_is_in_an_unknown_one(wrong: Cache, clock: ManualClock) -> None:
    hold_back(wrong, "blocks")
    with wrong.read() as session:
        listed = {(row.box_id, row.what) for row in QUALITY.page(session, clock).rows}
    assert ("floating", "floating") in listed
    assert "unknown block" not in {what for _, what in listed}


def test_all_that_stands_is_the_sum_of_the_blocks_and_of_what_is_in_unknown_ones(
    wrong: Cache, clock: ManualClock
) -> None:
    with wrong.read() as session:
        rows = YARD.page(session, clock).rows
        forecast = occupancy_forecast(session, clock)
        kinds, everything = yard_by_kind(session, clock)
        standing = CONTAINERS.page(session, clock, CONTAINERS.filter("place:yard -block:--")).total - 1  # one has left
    last = rows[-1]
    assert (last.name, last.boxes, last.teu, last.working_teu) == ("in unknown blocks", 3, 5, None)
    assert [(row.name, row.boxes) for row in rows[:-1]] == [("A1", 8), ("G1", 0), ("R1", 0)]
    assert sum(row.boxes or 0 for row in rows) == sum(kind.boxes or 0 for kind in kinds) == everything.boxes == standing
    assert sum(row.teu or 0 for row in rows) == sum(kind.teu or 0 for kind in kinds) == everything.teu
    assert (everything.boxes, everything.teu) == (STANDING, TEU - 2)  # nobody knows the TEU of 9X9X
    assert (forecast.all.now, forecast.strays) == (everything.teu, 3)


def test_the_history_goes_on_with_the_total_of_now(wrong: Cache, clock: ManualClock) -> None:
    clock.advance(hours=1)
    with wrong.read() as session:
        known = [point.teu for point in occupancy_history(session, clock) if point.teu is not None]
        assert known[-1] == yard_by_kind(session, clock)[1].teu


@pytest.mark.parametrize("colour_by", COLOURINGS)
def test_the_map_counts_each_box_once_or_for_each_of_its_two_bays(
    wrong: Cache, clock: ManualClock, colour_by: ColourBy
) -> None:
    with wrong.read() as session:
        found = yard_map(session, clock, colour_by)
    block = next(each for each in found.blocks if each.block.id == "A")
    seen = Counter({bay.bay: bay.boxes for bay in block.bays if bay.boxes})
    assert seen == {1: 2, 3: 3, 5: 2, 7: 4, 9: 2}
    assert block.elsewhere == 1


def test_the_per_cent_of_the_yard_are_of_the_blocks_whose_capacity_is_known(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Block, id="A", name="A1", kind="stack", stated_teu=16.0)
    for nth in range(4):
        put(rows, f"known {nth}")  # 8 TEU of 16
        put(rows, f"lost {nth}", block_id="ZZ")  # 8 TEU more
    rows.add(Train, id="T", number="T", direction="arrival", phase="created", planned_arrival=at("12:00"))
    on_its_way: dict[str, Any] = {"place": "train", "received_at": None, "inbound_train_id": "T", "size_type": "22G1"}
    put(rows, "to a block", None, block_id=None, planned_block_id="A", **on_its_way)
    put(rows, "to an unknown block", None, block_id=None, planned_block_id="ZZ", **on_its_way)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        kinds, everything = yard_by_kind(session, clock)
        forecast = occupancy_forecast(session, clock)
        seen = board(session, clock)
    assert [(kind.kind, kind.boxes, kind.teu, kind.percent) for kind in kinds] == [
        ("stack", 4, 8, 50),
        ("in unknown blocks", 4, 8, None),
    ]
    assert (everything.boxes, everything.teu, everything.working_teu, everything.percent) == (8, 16, 16, 50)
    assert (forecast.all.now, forecast.all.percent, forecast.all.full) == (16, 50, None)
    assert forecast.all.ahead[-1].high == 18  # of them 8 astray: 10 of 16 at most
    assert (seen.yard, seen.strays, [kind.kind for kind in seen.kinds]) == (everything, kinds[-1], ["stack"])


def test_a_box_that_leaves_an_unknown_block_takes_nothing_from_what_is_to_come(
    cache: Cache, clock: ManualClock
) -> None:
    rows = small_yard()
    put(rows, "lost", 2, block_id="ZZ", train_id="T", full=True, vgm_kg=20_000, customs="released", state="yard")
    rows.add(Train, id="T", number="T", direction="departure", phase="created", planned_departure=at("12:00"))
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        found = occupancy_forecast(session, clock)
    assert found.unknown is not None
    assert [at.high for at in found.unknown.ahead] == [at.high for at in found.all.ahead] == [0, 0, 0, 0]
    assert {at.low for at in found.unplanned.ahead} == {0}


def test_without_such_boxes_there_is_no_such_line(session: Session, clock: ManualClock) -> None:
    assert "in unknown blocks" not in {row.name for row in YARD.page(session, clock).rows}
    assert occupancy_forecast(session, clock).unknown is None
