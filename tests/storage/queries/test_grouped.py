"""In a list that is come to by counting groups, every row stands where sorting all of them puts it."""

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
FILTERS = (
    "",
    "place:yard",
    "-place:yard",
    "place!=yard",
    "place:wagon",
    "place:--",
    "place:yard -bay:--",
    "bay:2",
    "M5",
)
"""Those that the index of what stands knows the answer to, those it does not, and both."""
BLOCKS = {"b1": "Z9", "b2": "A1", "b3": "M5", "b4": "A1", "b5": "gone"}
"""Names in another order than the ids, one of them twice, one that boxes which are in no block are sorted by too."""


@pytest.fixture
def yard(cache: Cache) -> Iterator[Session]:
    """Boxes in blocks, known ones and unknown, on wagons, trains and trucks, gone and nowhere."""
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
    for first, words in enumerate(FILTERS):  # each looks at other pages
        asked = CONTAINERS.filter(words), CONTAINERS.sort(sort)
        order = [row.id for row in CONTAINERS.page(yard, clock, *asked).rows]
        assert order
        for offset in range(first, len(order) + PAGE, 47):
            page = CONTAINERS.page(yard, clock, *asked, offset=offset, limit=PAGE)
            assert [row.id for row in page.rows] == order[offset : offset + PAGE], words
            assert page.total == len(order)


@pytest.mark.parametrize("sort", SORTS)
def test_a_box_found_by_groups_stands_at_its_place(yard: Session, clock: ManualClock, sort: str) -> None:
    for start, words in enumerate(FILTERS):
        asked = CONTAINERS.filter(words), CONTAINERS.sort(sort)
        order = [row.id for row in CONTAINERS.page(yard, clock, *asked).rows]
        for place in range(start, len(order), 41):
            found = CONTAINERS.around(yard, clock, order[place], *asked, above=PAGE // 2, limit=PAGE)
            assert found is not None
            first = max(0, place - PAGE // 2)
            assert (found.place, found.page.offset, found.page.total) == (place, first, len(order)), words
            assert [row.id for row in found.page.rows] == order[first : first + PAGE]


def test_what_a_filter_rules_out_is_not_found_by_groups(yard: Session, clock: ManualClock) -> None:
    shown, hidden = CONTAINERS.filter("place:yard"), CONTAINERS.filter("-place:yard")
    outside = CONTAINERS.page(yard, clock, hidden, limit=1).rows[0].id
    assert CONTAINERS.around(yard, clock, outside, shown, CONTAINERS.sort("where")) is None


def test_groups_count_every_box_once(yard: Session, clock: ManualClock) -> None:
    for key in ("where", "block"):
        ((column, _),) = CONTAINERS.sort(key).keys
        groups = grouped.counted(yard.connection(), column.shares, {}, down=False)
        assert sum(group.size for group in groups) == BOXES
        labels = [group.label for group in groups]
        assert len(set(labels)) == len(labels)
        assert labels[-1] is None
