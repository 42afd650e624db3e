"""The cross-section of a bay, what must move first, and a block from the side."""

from typing import Any

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.models import Block, Container
from storage.queries.bays import BaySection, bay_section, block_side
from tests.scenery.rows import Rows


def section(cache: Cache, clock: ManualClock, bay: int, *boxes: tuple[str, int, int, int], **block: Any) -> BaySection:
    rows = Rows()
    size: dict[str, Any] = {"bays": 5, "rows": 3, "tiers": 4} | block
    rows.add(Block, id="A", name="A1", kind="stack", **size)
    for name, its_bay, row, tier in boxes:
        size_type = "22G1" if its_bay % 2 else "45G1"
        rows.add(Container, id=name, place="yard", block_id="A", bay=its_bay, row=row, tier=tier, size_type=size_type)
    with cache.write() as writing:
        rows.insert(writing)
    with cache.read() as session:
        found = bay_section(session, clock, "A", bay)
    assert found is not None
    return found


def faults(found: BaySection) -> dict[str, tuple[str, ...]]:
    return {each.box.id: each.faults for each in found.boxes if each.faults}


def test_an_even_bay_shows_its_40_foot_boxes_and_the_20_foot_ones_in_both_bays_it_spans(
    session: Session, clock: ManualClock
) -> None:
    found = bay_section(session, clock, "B3", 6)
    assert found is not None
    assert (found.bays, found.rows, found.tiers, found.slots, found.raw) == ((5, 7), 6, 4, 26, 48)
    assert [(each.box.number, each.forty) for each in found.at(5, 2)] == [("LSTU9190242", False)]
    assert [each.box.number for each in found.at(1, 3)] == ["SHPU7155406"]


def test_the_boxes_to_be_moved_before_one_come_in_order(session: Session, clock: ManualClock) -> None:
    found = bay_section(session, clock, "B3", 6)
    assert found is not None
    (wanted,) = found.at(1, 1)
    assert wanted.box.number == "WLMU6120938"
    assert [each.box.number for each in found.first(wanted.box.id)] == ["SHPU7155406", "QZHU9001335"]
    assert wanted.rehandles == 2


def test_an_odd_bay_shows_the_40_foot_boxes_that_reach_into_it(cache: Cache, clock: ManualClock) -> None:
    found = section(cache, clock, 3, ("left", 2, 1, 1), ("right", 4, 2, 1), ("own", 3, 3, 1), ("far", 6, 1, 1))
    assert {each.box.id: each.forty for each in found.boxes} == {"left": True, "right": True, "own": False}
    assert (found.bays, found.slots, found.raw) == ((3,), 3, 12)


def test_two_20_foot_boxes_side_by_side_share_a_slot_of_the_even_bay_rightly(cache: Cache, clock: ManualClock) -> None:
    found = section(cache, clock, 2, ("left", 1, 1, 1), ("right", 3, 1, 1), ("long", 2, 1, 2))
    assert [each.box.id for each in found.at(1, 1)] == ["left", "right"]
    assert faults(found) == {}
    assert found.slots == 4


def test_a_40_foot_box_over_two_stacks_is_in_the_way_of_both(cache: Cache, clock: ManualClock) -> None:
    found = section(cache, clock, 1, ("left", 1, 1, 1), ("right", 3, 1, 1), ("long", 2, 1, 2))
    assert [each.box.id for each in found.first("left")] == ["long"]


def test_two_boxes_in_one_slot_are_both_flagged(cache: Cache, clock: ManualClock) -> None:
    found = section(cache, clock, 2, ("long", 2, 1, 1), ("short", 3, 1, 1), ("alone", 1, 2, 1))
    assert faults(found) == {"long": ("two in one slot",), "short": ("two in one slot",)}


def test_a_box_over_an_empty_tier_floats(cache: Cache, clock: ManualClock) -> None:
    found = section(cache, clock, 1, ("ground", 1, 1, 1), ("floats", 1, 1, 3))
    assert faults(found) == {"floats": ("floating",)}


def test_a_40_foot_box_needs_a_stack_under_both_ends(cache: Cache, clock: ManualClock) -> None:
    found = section(cache, clock, 2, ("left", 1, 1, 1), ("long", 2, 1, 2))
    assert faults(found) == {"long": ("floating",)}


def test_a_place_the_block_does_not_have_is_outside_and_still_shown(cache: Cache, clock: ManualClock) -> None:
    found = section(cache, clock, 9, ("row", 9, 4, 1), ("bay", 10, 1, 1))
    assert faults(found) == {"row": ("outside the block",), "bay": ("outside the block",)}
    assert found.rows == 4


def test_a_box_in_a_bay_of_the_other_length_is_flagged(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Container, id="long", place="yard", block_id="A", bay=3, row=1, tier=1, size_type="45G1")
    with cache.write() as writing:
        rows.insert(writing)
    assert faults(section(cache, clock, 3)) == {"long": ("wrong bay for its length",)}


def test_a_heap_has_no_slots_to_be_wrong_about(cache: Cache, clock: ManualClock) -> None:
    found = section(cache, clock, 1, ("anywhere", 1, 1, 1), bays=None, rows=None, tiers=None)
    assert (faults(found), found.raw, found.rows) == ({}, 0, 1)


def test_an_empty_bay_and_an_unknown_block(cache: Cache, clock: ManualClock) -> None:
    found = section(cache, clock, 4)
    assert (found.boxes, found.rows, found.tiers, found.slots) == ((), 3, 4, 0)
    with cache.read() as session:
        assert bay_section(session, clock, "nowhere", 1) is None
        assert block_side(session, clock, "nowhere") is None


def test_a_block_from_the_side_says_fill_and_mix_bay_by_bay(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Block, id="A", name="A1", kind="stack", bays=3, rows=2, tiers=3)
    here = {"place": "yard", "block_id": "A", "row": 1}
    rows.add(Container, **here, bay=2, tier=1, full=True, holds="damage", size_type="45G1", vgm_kg=1)
    rows.add(Container, **here, bay=1, tier=2, full=False, size_type="22G1")
    rows.add(Container, **here, bay=5, tier=1, full=True, size_type="22R1", imdg_class="3", vgm_kg=1)
    rows.add(Container, **here, bay=77, tier=1)
    with cache.write() as writing:
        rows.insert(writing)
    with cache.read() as session:
        found = block_side(session, clock, "A")
    assert found is not None
    assert [(bay.bay, bay.highest, bay.slots, bay.raw) for bay in found.bays] == [
        (1, 2, 2, 6),
        (3, 1, 1, 6),
        (5, 1, 1, 6),
    ]
    assert [(bay.full, bay.empty, bay.reefers, bay.dangerous, bay.held) for bay in found.bays] == [
        (1, 1, 0, 0, 1),
        (1, 0, 0, 0, 1),
        (1, 0, 1, 1, 0),
    ]
    assert found.elsewhere == 1


@pytest.mark.parametrize("block", ["A1", "B2", "R1", "E1"])
def test_nothing_floats_in_the_scene(session: Session, clock: ManualClock, block: str) -> None:
    side = block_side(session, clock, block)
    assert side is not None
    for bay in side.bays:
        found = bay_section(session, clock, block, bay.bay)
        assert found is not None
        assert (found.slots, faults(found)) == (bay.slots, {})
