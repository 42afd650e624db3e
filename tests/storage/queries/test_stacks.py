"""Boxes that cannot stand as they are told are found block by block, and only where sums do not add up."""

import random
from collections import defaultdict

from storage.cache import Cache
from storage.clock import ManualClock
from storage.queries.bays import stacking_faults
from storage.queries.exceptions.quality import DOUBTFUL
from tests.storage.queries.small_yard import found, put, small_yard

BLOCKS = 120


def stacked(draw: random.Random) -> list[tuple[int, int, int]]:
    """Sound stacks (bay, row, tier), and now and then a box taken away, put in twice, or moved."""
    places = [
        (bay, row, tier)
        for row in (1, 2)
        for bay in draw.choice([(1, 3, 5, 7), (2, 5, 7), (2, 6), (1, 4, 7)])
        for tier in range(1, draw.randint(2, 9))
    ]
    for _ in range(draw.choice([0, 0, 1, 2])):
        bay, row, tier = draw.choice(places)
        moved = (bay + draw.choice([0, 1]), row, tier + draw.randint(-3, 40))
        match draw.choice(["away", "twice", "moved"]):
            case "away":
                places.remove((bay, row, tier))
            case "twice":
                places.append((bay, row, tier))
            case "moved":
                places[places.index((bay, row, tier))] = moved
    return places


def test_every_fault_of_a_stack_is_found_and_sound_blocks_are_not_gone_through(
    cache: Cache, clock: ManualClock
) -> None:
    draw, rows = random.Random(7), small_yard()
    faults: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for block in range(BLOCKS):
        places = [(f"{block}-{number}", *place) for number, place in enumerate(stacked(draw))]
        for key, bay, row, tier in places:
            put(rows, key, bay, row, tier, block_id=f"B{block}")
        for key, told in stacking_faults(places).items():
            faults[f"B{block}"] |= {(key, fault) for fault, _ in told}
    listed = found(cache, clock, rows, "data quality")
    with cache.read() as session:
        doubtful = set(session.connection().execute(DOUBTFUL).scalars())
    assert {(row.box_id, row.what) for row in listed if row.what in ("two in one slot", "floating")} == set().union(
        *faults.values()
    )
    assert faults.keys() <= doubtful
    assert 0 < len(doubtful) < BLOCKS * 3 // 4
