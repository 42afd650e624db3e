"""Dangerous goods in the yard: which stand too near to each other, and which could not be checked."""

import pytest

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Moment
from storage.queries.exceptions import dangerous
from tests.scene import NOW
from tests.scenery.rows import Rows
from tests.storage.queries.small_yard import found, put, small_yard


@pytest.fixture
def rows() -> Rows:
    return small_yard()


def test_goods_that_stand_too_near_are_told_in_pairs(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    put(rows, "paint", 1, 1, block_id="G", imdg_class="3", un_number="1263")
    put(rows, "peroxide", 3, 2, block_id="G", imdg_class="5.1", un_number="2014")
    put(rows, "far", 9, 1, block_id="G", imdg_class="5.1", un_number="2014")
    put(rows, "acid", 1, 2, block_id="G", imdg_class="8", un_number="1830")
    listed = found(cache, clock, rows, "dangerous goods")
    assert {(row.box_id, row.other_id): (row.distance, row.needed, row.term) for row in listed} == {
        ("acid", "peroxide"): (1, 2, "separated from"),
        ("paint", "peroxide"): (1, 2, "separated from"),
    }
    pair = next(row for row in listed if row.box_id == "paint")
    assert (pair.risk, pair.goods, pair.other_goods) == ("act", "3 UN 1263", "5.1 UN 2014")


def test_boxes_in_different_blocks_are_apart(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    put(rows, "paint", 1, block_id="G", imdg_class="3")
    put(rows, "peroxide", 1, block_id="A", imdg_class="5.1")
    assert found(cache, clock, rows, "dangerous goods") == ()


def test_a_class_of_which_the_table_says_nothing_is_unknown_only_within_one_stack(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    put(rows, "what", 1, 1, 1, block_id="G", un_number="1263")
    put(rows, "above", 1, 1, 2, block_id="G", imdg_class="8")
    put(rows, "beside", 1, 2, 1, block_id="G", imdg_class="8")
    (row,) = found(cache, clock, rows, "dangerous goods")
    assert (row.id, row.risk, row.term) == ("above+what", "unknown", "not in the table")


def test_goods_that_could_not_be_checked_are_counted_by_why(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    put(rows, "checked", 1, 1, block_id="G", imdg_class="3", un_number="1263")
    put(rows, "no bay", None, block_id="G", imdg_class="3")
    put(rows, "no bay, no class", None, block_id="G", un_number="1263")
    put(rows, "no row", 3, None, block_id="G", imdg_class="3")
    put(rows, "no class", 5, 1, block_id="G", un_number="1263")
    put(rows, "odd class", 9, 1, block_id="G", imdg_class="12")
    put(rows, "no block", block_id=None, imdg_class="3")
    put(rows, "left", None, imdg_class="3", departed_at=NOW)
    put(rows, "to come", block_id=None, place="road", received_at=None, imdg_class="3")
    found(cache, clock, rows, "dangerous goods")
    with cache.read() as session:
        (said,) = dangerous.remarks(session, Moment.of(clock))
    why = "no block (1), no bay (2), no row (1), no class (1), class not in the table (1)"
    assert said == f"6 dangerous boxes could not be checked: {why}"


def test_where_every_box_could_be_checked_nothing_is_said(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    put(rows, "paint", 1, 1, block_id="G", imdg_class="3", un_number="1263")
    assert found(cache, clock, rows, "dangerous goods") == ()
    with cache.read() as session:
        assert dangerous.remarks(session, Moment.of(clock)) == ()
