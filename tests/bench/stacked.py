"""A synthetic yard for the benchmarks: 40 blocks of 60 bays and 10 rows, every stack sound, and trains to load."""

import random
from datetime import timedelta
from pathlib import Path

from storage.cache import Cache
from storage.identifiers import ContainerNumber
from storage.models import Block, Container, FeedState, Train
from storage.sync.tally import bring_up
from tests.scenery.rows import NOW, Rows

BLOCKS, BAYS, ROWS, TIERS = 40, 60, 10, 6
TRAINS = 60
OWNERS = ("Land-Sea Trade Box", "Shapingba Container Lease", "Qinzhou Lines", "Wuling Mountain Box", "Shared pool")


def build_yard(path: Path, boxes: int, seed: int = 7) -> None:
    """Write a cache with so many boxes standing, and their tally; a third of the pairs of bays hold 40-foot boxes."""
    draw, rows = random.Random(seed), Rows()
    for number in range(BLOCKS):
        kind = ("stack", "stack", "stack", "reefer", "empty")[number % 5]
        rows.add(
            Block, id=f"b{number}", name=f"B{number}", kind=kind, bays=BAYS, rows=ROWS, tiers=TIERS, working_factor=0.8,
            map_x=number % 8, map_y=number // 8,
        )  # fmt: skip
    for number in range(TRAINS):
        rows.add(
            Train, id=f"t{number}", number=f"X{number}", direction="departure", phase="created", destination="Qinzhou",
            planned_departure=NOW + timedelta(minutes=30 * number),
        )  # fmt: skip
    stacks = [(block, row, bay) for block in range(BLOCKS) for row in range(1, ROWS + 1) for bay in _bays(row)]
    heights = dict.fromkeys(stacks, 0)
    for number in range(boxes):
        place = draw.choice(stacks)
        heights[place] += 1
        if heights[place] == TIERS:
            stacks[stacks.index(place)] = stacks[-1]
            stacks.pop()
        _stand(rows, draw, number, place, heights[place])
    cache = Cache.open(path, role="writer")
    with cache.write() as session:
        rows.insert(session)
        session.add(FeedState(source="site", feed="containers", gen=1, loaded=True))
    bring_up(cache, cache.write)
    cache.close()


def _bays(row: int) -> list[int]:
    """Even bays across every third pair, odd ones in the others."""
    pairs = range(BAYS // 2)
    return [bay for pair in pairs for bay in ((4 * pair + 1, 4 * pair + 3) if (pair + row) % 3 else (4 * pair + 2,))]


def _stand(rows: Rows, draw: random.Random, number: int, place: tuple[int, int, int], tier: int) -> None:
    block, row, bay = place
    size = "22G1" if bay % 2 else draw.choice(("42G1", "45G1", "45G1", "45R1"))
    cold = size == "45R1" and draw.random() < 0.2
    gross = 4_000 + number * 7_919 % 26_001
    rows.add(
        Container, id=f"c{number:07d}", size_type=size, place="yard", state="yard", block_id=f"b{block}", bay=bay,
        row=row, tier=tier, plugged=cold, setpoint_c=-18.0 if cold else None, reading_c=-17.8 if cold else None,
        number=ContainerNumber(draw.choice(("LST", "SHP", "QZH", "WLM")), "U", f"{number % 1_000_000:06d}").number,
        full=draw.random() < 0.75, owner=draw.choice(OWNERS), category=draw.choice(("import", "export")),
        received_at=NOW - timedelta(hours=400 * draw.random()), free_until=NOW + timedelta(days=3),
        customs=draw.choice(("released", "declared", "not declared")), documents_complete=True,
        booking=f"BK{draw.randrange(30_000):05d}", bill=f"DB-{draw.randrange(20_000):05d}",
        seal=f"S{draw.randrange(900_000):06d}", gross_kg=gross, vgm_kg=gross, destination="Qinzhou",
        train_id=f"t{draw.randrange(TRAINS)}" if draw.random() < 0.03 else None,
    )  # fmt: skip
