"""Deep in a long list, which is come to by counting groups, every row stands where sorting all of them puts it."""

import random
from collections.abc import Iterator

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.models import Block, Container, Train, Wagon
from storage.queries import grouped
from storage.queries.containers import CONTAINERS
from tests.scenery.rows import NOW, Rows

BOXES, PAGE = 200, 20
SORTS = ("where", "-where", "block", "-block", "where,-number", "block,-bay", "-block,where")
BLOCKS = {"b1": "Z9", "b2": "A1", "b3": "M5", "b4": "A1", "b5": "gone"}
"""Names in another order than the ids, one of them twice, one that boxes which are in no block are sorted by too."""


@pytest.fixture
def yard(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Boxes in blocks, known ones and unknown, on wagons, trains and trucks, gone and nowhere; all lists are deep."""
    monkeypatch.setattr(grouped, "DEEP", -1)
    draw, rows = random.Random(11), Rows()
    for block, name in BLOCKS.items():
        rows.add(Block, id=block, name=name, kind="stack", bays=9, rows=3, tiers=4)
    rows.add(Train, id="t1", number="M5", direction="arrival", phase="created")
    rows.add(Wagon, id="w1", train_id="t1", position=3)
    for number in range(BOXES):
        rows.add(
            Container, id=f"c{draw.randrange(10**9)}-{number}",
            block_id=draw.choice((*BLOCKS, "nowhere", None)), bay=draw.choice((1, 2, 3, None)),
            row=draw.choice((1, 2, None)), tier=draw.choice((1, 2)), number=f"LSTU{number:07d}",
            place=draw.choice(("yard", "yard", "yard", None, "wagon", "train", "truck", "gone")),
            wagon_id=draw.choice(("w1", None)), inbound_train_id=draw.choice(("t1", "t2", None)),
            departed_at=draw.choice((None, None, None, NOW)),
        )  # fmt: skip
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        yield session


@pytest.mark.parametrize("sort", SORTS)
def test_pages_by_groups_are_pages_of_the_whole_order(yard: Session, clock: ManualClock, sort: str) -> None:
    order = [row.id for row in CONTAINERS.page(yard, clock, sort=CONTAINERS.sort(sort)).rows]
    assert len(order) == BOXES
    for offset in range(0, BOXES, 17):
        page = CONTAINERS.page(yard, clock, sort=CONTAINERS.sort(sort), offset=offset, limit=PAGE)
        assert [row.id for row in page.rows] == order[offset : offset + PAGE]
        assert page.total == BOXES


@pytest.mark.parametrize("sort", SORTS)
def test_a_box_found_by_groups_stands_at_its_place(yard: Session, clock: ManualClock, sort: str) -> None:
    order = [row.id for row in CONTAINERS.page(yard, clock, sort=CONTAINERS.sort(sort)).rows]
    for place in range(0, BOXES, 13):
        assert CONTAINERS.position(yard, clock, order[place], sort=CONTAINERS.sort(sort)) == place


def test_groups_count_every_box_once(yard: Session, clock: ManualClock) -> None:
    for key in ("where", "block"):
        ((column, _),) = CONTAINERS.sort(key).keys
        groups = grouped.counted(yard.connection(), column.shares, {}, down=False)
        assert sum(group.size for group in groups) == BOXES
        labels = [group.label for group in groups]
        assert len(set(labels)) == len(labels)
        assert labels[-1] is None


def test_a_filter_counts_no_groups(yard: Session, clock: ManualClock) -> None:
    few, sort = CONTAINERS.filter("place:yard"), CONTAINERS.sort("where")
    order = [row.id for row in CONTAINERS.page(yard, clock, few, sort).rows]
    assert 0 < len(order) < BOXES
    assert [row.id for row in CONTAINERS.page(yard, clock, few, sort, offset=40, limit=PAGE).rows] == order[40:60]
    assert CONTAINERS.position(yard, clock, order[50], few, sort) == 50
