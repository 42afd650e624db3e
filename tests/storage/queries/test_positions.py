"""A position as people write it, and what stands there."""

from collections.abc import Sequence

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.models import Block
from storage.queries.containers import CONTAINERS
from storage.queries.find import find
from storage.queries.positions import Position, positions
from tests.scene import NOW
from tests.scenery.rows import Rows
from tests.storage.queries.small_yard import put, small_yard


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("B3-06", [Position("B3", 6)]),
        (" b3-6-2 ", [Position("b3-6", 2), Position("b3", 6, 2)]),
        ("冷藏1-107-02-1", [Position("冷藏1-107-02", 1), Position("冷藏1-107", 2, 1), Position("冷藏1", 107, 2, 1)]),
        ("Y-01-06", [Position("Y-01", 6), Position("Y", 1, 6)]),
        ("east-yard-06", [Position("east-yard", 6)]),
    ],
)
def test_a_position_is_a_block_a_bay_and_as_far_as_given_a_row_and_a_tier(text: str, meant: list[Position]) -> None:
    assert positions(text) == meant


@pytest.mark.parametrize("text", ["B3", "B3-", "DB-7714", "LSTU 813364-9", "B3-06-", "-06", "B3--06", ""])
def test_what_is_no_position_is_none(text: str) -> None:
    assert positions(text) == []


def test_a_position_is_written_as_the_lists_write_it() -> None:
    assert [str(Position("B3", 6, 2, 1)), str(Position("B3", 6)), str(Position("B3", 106, 12))] == [
        "B3-06-02-1", "B3-06", "B3-106-12",
    ]  # fmt: skip


def standing(session: Session, clock: ManualClock) -> Sequence[tuple[str, str]]:
    """Id and place of every box that stands in a bay."""
    boxes = CONTAINERS.page(session, clock, CONTAINERS.filter("place:yard -block:-- -bay:--")).rows
    return [(box.id, box.where or "") for box in boxes]


def test_a_filter_by_a_position_lists_what_an_address_that_begins_so_lists(
    session: Session, clock: ManualClock
) -> None:
    boxes = standing(session, clock)
    for _, where in boxes[::97]:
        block, bay, row, tier = where.split("-")
        for words in (f"{block}-{bay}", f"{block.lower()}-{bay}-{row}", f"{block}-{bay}-{row}-{tier}"):
            page = CONTAINERS.page(session, clock, CONTAINERS.filter(words))
            named = {key for key, where in boxes if f"{where}-".startswith(f"{words.upper()}-")}
            assert {row.id for row in page.rows} == named, words
            assert page.total == len(named) > 0
            assert CONTAINERS.page(session, clock, CONTAINERS.filter(words), limit=50).total == len(named)
            assert CONTAINERS.page(
                session, clock, CONTAINERS.filter(["-" + words, "place:yard", "-bay:--"])
            ).total == len(boxes) - len(named)


def test_bay_10_is_not_bay_100_nor_block_a1_block_aa1(cache: Cache, clock: ManualClock) -> None:
    rows = small_yard()
    rows.add(Block, id="AA", name="AA1", kind="stack", bays=5, rows=4, tiers=4)
    put(rows, "ten", 10)
    put(rows, "hundred", 100)
    put(rows, "other", 10, block_id="AA")
    put(rows, "left", 10, departed_at=NOW)
    assert listed(cache, clock, rows, "a1-10") == {"ten"}


def test_a_block_whose_name_has_a_hyphen_is_found_by_its_positions(cache: Cache, clock: ManualClock) -> None:
    rows = small_yard()
    rows.add(Block, id="Y", name="Y-01", kind="stack", bays=9, rows=4, tiers=4)
    put(rows, "there", 6, 2, block_id="Y", number="LSTU8133649")
    put(rows, "above", 6, 2, 2, block_id="Y")
    put(rows, "elsewhere", 8, block_id="Y")
    assert listed(cache, clock, rows, "y-01-06") == {"there", "above"}
    with cache.read() as session:
        assert [(hit.kind, hit.title) for hit in find(session, clock, "y-01-06-02-1")] == [
            ("bay", "Y-01-06-02-1"), ("box", "LSTU 813364 9"),
        ]  # fmt: skip


def test_a_position_in_an_unknown_block_finds_what_stands_there(cache: Cache, clock: ManualClock) -> None:
    rows = small_yard()
    put(rows, "lost", 3, block_id="ZZ")
    put(rows, "elsewhere", 5, block_id="ZZ")
    assert listed(cache, clock, rows, "zz-03-01") == {"lost"}


def test_a_word_of_that_shape_of_which_there_is_no_block_is_looked_for_in_every_column(
    cache: Cache, clock: ManualClock
) -> None:
    rows = small_yard()
    put(rows, "billed", 2, bill="DB-771-A")
    put(rows, "other", 4)
    assert listed(cache, clock, rows, "DB-771") == {"billed"}


def listed(cache: Cache, clock: ManualClock, rows: Rows, words: str) -> set[str]:
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        page = CONTAINERS.page(session, clock, CONTAINERS.filter(words), limit=50)
    return {box.id for box in page.rows}
