"""The yard of 100 000 boxes: search, occupancy, the map, a bay, and sorting the grid of boxes by any column.

Times are of the processor, of this thread alone, so that other programs count less; beside each stands its goal, meant
for a machine that is idle. Ratios are to counting the same boxes in the same index, the least any of it can cost; they
are held to, in the same run. Run as `python -m tests.bench.yard [--boxes N]`.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.occupancy import standing_by_block, stands
from storage.figures.policy import DEFAULT
from storage.models import Container, table_of
from storage.queries.bays import bay_section
from storage.queries.containers import CONTAINERS
from storage.queries.find import find, holds
from storage.queries.occupancy import occupancy_forecast
from storage.queries.yard_map import COLOURINGS, yard_map
from tests.bench.stacked import build_yard
from tests.scenery.rows import NOW

SORTS = ("number", "size_type", "owner", "gross_kg", "train", "block", "readiness", "-age", "where")
MOST_TO_COUNTING = {"occupancy by block": 10.0, "cells block x bay": 6.0}
"""Times that counting all boxes in the index takes; of few boxes, asking at all is most of it."""
MOST_POSITION_TO_PAGE = 4.0
"""What finding a row's place may cost, in pages of the same sort."""

_box = table_of(Container).c
_COUNT = select(func.count()).where(stands())
_CELLS = select(_box.block_id, _box.bay, func.count()).where(stands()).group_by(_box.block_id, _box.bay)


class Bench:
    """Asks the same question again and again, each time in a session of its own."""

    def __init__(self, path: Path, repeats: int) -> None:
        self._cache = Cache.open(path)
        self._repeats = repeats
        self.clock = ManualClock(NOW)

    def milliseconds(self, ask: Callable[..., Any], *given: Any) -> float:
        """Median processor time of an answer to `ask(session, *given)`, without the first one."""
        took = []
        for _ in range(self._repeats + 1):
            with self._cache.read() as session:
                began = time.thread_time()
                ask(session, *given)
                took.append((time.thread_time() - began) * 1000)
        return statistics.median(took[1:])


def searches(bench: Bench) -> None:
    """By the beginning of a number, by any part of it, and in all that has a number."""
    number = _box.number
    beginning = select(_box.id).where(number >= "LSTU00", number < "LSTU01").order_by(number).limit(50)
    part = select(_box.id).where(holds(number, "98765", 50))
    for name, chosen, goal in (("prefix of a number", beginning, 1), ("part of a number", part, 15)):
        took = bench.milliseconds(lambda session, asked: session.connection().execute(asked).all(), chosen)
        print(f"     {name:<28} {took:7.1f} ms (goal {goal})")
    for text in ("LSTU", "LSTU 098 765", "98765", "BK2911", "nothing"):
        took = bench.milliseconds(lambda session, asked: find(session, bench.clock, asked), text)
        print(f"     find {text:<23} {took:7.1f} ms")


def figures(bench: Bench) -> list[str]:
    """Occupancy and cells against plain counting; the map in every colouring, a bay, the forecast. What is too slow."""
    clock, missed = bench.clock, []
    least = bench.milliseconds(lambda session: session.connection().execute(_COUNT).all())
    print(f"     counting what stands         {least:7.1f} ms")
    held: tuple[tuple[str, Callable[[Session], Any], int], ...] = (
        ("occupancy by block", lambda session: standing_by_block(session, DEFAULT), 5),
        ("cells block x bay", lambda session: session.connection().execute(_CELLS).all(), 15),
    )
    for name, ask, goal in held:
        took = bench.milliseconds(ask)
        print(
            f"     {name:<28} {took:7.1f} ms (goal {goal})   ratio {took / least:.1f} (most {MOST_TO_COUNTING[name]})"
        )
        if took / least > MOST_TO_COUNTING[name]:
            missed.append(name)
    for colour_by in COLOURINGS:
        took = bench.milliseconds(lambda session, by: yard_map(session, clock, by), colour_by)
        print(f"     map by {colour_by:<21} {took:7.1f} ms (goal 100, painted)")
    print(f"     a bay                        {bench.milliseconds(lambda s: bay_section(s, clock, 'b3', 6)):7.1f} ms")
    print(f"     forecast                     {bench.milliseconds(lambda s: occupancy_forecast(s, clock)):7.1f} ms")
    return missed


def sorting(bench: Bench, box: str) -> list[str]:
    """A page of boxes by each column, and the place of a box in that order. What is too slow."""
    missed = []
    everything = CONTAINERS.filter("")
    for key in SORTS:
        sort = CONTAINERS.sort(key)
        page = bench.milliseconds(lambda s, by: CONTAINERS.page(s, bench.clock, everything, by, limit=50), sort)
        place = bench.milliseconds(lambda s, by: CONTAINERS.position(s, bench.clock, box, everything, by), sort)
        print(f"     sort {key:<12} page {page:6.1f} ms   place {place:6.1f} ms (goal 120, both and painted)")
        if place > MOST_POSITION_TO_PAGE * page:
            missed.append(f"place by {key}")
    return missed


def main() -> None:
    """Build the yard, measure, and end with 1 when a ratio is too high."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
        path = Path(folder, "site", "cache.db")
        build_yard(path, options.boxes)
        print(f"yard: {options.boxes:,} boxes standing")
        bench = Bench(path, options.repeats)
        searches(bench)
        missed = [*figures(bench), *sorting(bench, f"c{options.boxes // 2:07d}")]
    if missed:
        sys.exit(f"Not reached: {', '.join(missed)}.")


if __name__ == "__main__":
    main()
