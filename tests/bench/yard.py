"""The yard of 100 000 boxes: search, occupancy, the map, a bay, and sorting the grid of boxes by any column.

Times are of the processor, of this thread alone, so that other programs count less; beside each stands its goal, meant
for a machine that is idle. Ratios are held to: to counting the same boxes in an index, to the quickest map, to the same
question without the leader's tally, all in the same run. Run as `python -m tests.bench.yard [--boxes N]`.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import Clock, ManualClock
from storage.figures.occupancy import standing_by_block, stands
from storage.figures.policy import DEFAULT
from storage.figures.tally import by_bay
from storage.models import Container, table_of
from storage.queries.bays import bay_section
from storage.queries.containers import CONTAINERS
from storage.queries.find import find, holds
from storage.queries.occupancy import occupancy_forecast
from storage.queries.yard_map import yard_map
from storage.sync import tally
from tests.bench.stacked import build_yard
from tests.scenery.rows import NOW

SORTS = ("number", "size_type", "owner", "gross_kg", "train", "block", "readiness", "-age", "where")
MOST_PART_TO_COUNTING = 6.0
"""What a search in all numbers may take, in times of counting the boxes."""
MAP_GOAL_MS, MOST_TO_LEAST_MAP = 60, 6.0
"""What the query of the map may take, so that it is painted 100 ms after the key; and times that of by occupancy."""
FILTER_GOAL_MS, MOST_FILTER_TO_PASS = 70, 8.0
"""What a page of what words filter may take with its count, and that in passes that look into one column of a box."""
MOST_ABOUT_TO_PAGE = 6.0
"""What the rows about a box may take, in pages from the top of the same sort."""
CHANGED = 100
"""Boxes that move in one change."""

_boxes = table_of(Container)
_box = _boxes.c
_COUNT = select(func.count()).where(stands())


def _run(session: Session, statement: Select[Any]) -> Any:
    return session.connection().execute(statement).all()


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


def held(name: str, took: float, goal: float, least: float, most: float) -> list[str]:
    """Print what an answer takes beside its goal, and how often it is `least`; its name when that is over `most`."""
    ratio = took / least
    print(f"     {name:<28} {took:7.1f} ms (goal {goal:g})   ratio {ratio:.2f} (most {most:g})")
    return [name] if ratio > most else []


def searches(bench: Bench) -> list[str]:
    """By the beginning of a number, by any part of it, and in all that has a number. What is too slow."""
    number = _box.number
    beginning = select(_box.id).where(number >= "LSTU00", number < "LSTU01").order_by(number).limit(50)
    part = select(_box.id).where(holds(number, ("%98765%",), 50))
    took = bench.milliseconds(_run, beginning)
    print(f"     prefix of a number           {took:7.1f} ms (goal 1)")
    counting = bench.milliseconds(_run, _COUNT)
    print(f"     counting what stands         {counting:7.1f} ms")
    missed = held("part of a number", bench.milliseconds(_run, part), 15, counting, MOST_PART_TO_COUNTING)
    for text in ("LSTU", "LSTU 098 765", "98765", "BK2911", "nothing"):
        took = bench.milliseconds(lambda session, asked: find(session, bench.clock, asked), text)
        print(f"     find {text:<23} {took:7.1f} ms")
    return missed


QUESTIONS: dict[str, tuple[float, float, Callable[[Session, Clock], object]]] = {
    "occupancy by block": (5, 0.5, lambda session, _clock: standing_by_block(session, DEFAULT)),
    "cells block x bay": (15, 0.9, lambda session, _clock: list(by_bay(session, "size"))),
    "map by customs": (MAP_GOAL_MS, 0.7, lambda session, clock: yard_map(session, clock, "customs")),
    "map by full/empty": (MAP_GOAL_MS, 0.9, lambda session, clock: yard_map(session, clock, "full/empty")),
    "map by owner": (MAP_GOAL_MS, 1.2, lambda session, clock: yard_map(session, clock, "owner")),
}
"""What is read of the tally: its goal, and the share it may take of what it takes without; of few boxes, most of it."""


def figures(bench: Bench) -> tuple[list[str], dict[str, float]]:
    """The map in every colouring, a bay, the forecast: what is too slow; and how long what the tally answers takes."""
    clock = bench.clock
    least = bench.milliseconds(yard_map, clock)
    print(f"     map by occupancy             {least:7.1f} ms (goal {MAP_GOAL_MS})")
    missed = []
    for colour_by in ("dwell", "train", "reefer", "dangerous"):
        took = bench.milliseconds(yard_map, clock, colour_by)
        missed += held(f"map by {colour_by}", took, MAP_GOAL_MS, least, MOST_TO_LEAST_MAP)
    print(f"     a bay                        {bench.milliseconds(lambda s: bay_section(s, clock, 'b3', 6)):7.1f} ms")
    print(f"     forecast                     {bench.milliseconds(lambda s: occupancy_forecast(s, clock)):7.1f} ms")
    return missed, {name: bench.milliseconds(ask, clock) for name, (_, _, ask) in QUESTIONS.items()}


def against_no_tally(bench: Bench, tallied: dict[str, float]) -> list[str]:
    """The same questions where there is no tally any more. What gained too little by it."""
    missed = []
    for name, (goal, most, ask) in QUESTIONS.items():
        untallied = bench.milliseconds(ask, bench.clock)
        missed += held(name, tallied[name], goal, untallied, most)
        print(f"     {'without the tally':<28} {untallied:7.1f} ms")
    return missed


def leading(path: Path, boxes: int, repeats: int) -> None:
    """What the tally costs the leader: for each change of some boxes, and once after a load; then there is none."""
    cache = Cache.open(path, role="writer")
    moved = [f"c{number:07d}" for number in range(0, boxes, boxes // CHANGED)]

    def move(bay: int, ids: list[str]) -> float:
        with cache.write() as session:
            began = time.thread_time()
            with tally.kept(session, "containers", ids):
                session.connection().execute(update(_boxes).where(_box.id.in_(moved)).values(bay=bay))
            return (time.thread_time() - began) * 1000

    took = [(move(2 * turn + 1, moved), move(2 * turn + 2, [])) for turn in range(repeats + 1)]
    followed, alone = (statistics.median(each) for each in zip(*took[1:], strict=True))
    print(f"     leader: {CHANGED} boxes move       {followed:7.1f} ms, {alone:.1f} without the tally")
    with cache.write() as session:
        tally.forget(session)
    began = time.thread_time()
    tally.bring_up(cache, cache.write)
    print(f"     leader: all counted anew     {(time.thread_time() - began) * 1000:7.1f} ms")
    with cache.write() as session:
        tally.forget(session)
    cache.close()


def filtering(bench: Bench) -> list[str]:
    """A page of the boxes that a word filters, with their count, and how often that is a pass over all of them."""
    missed = []
    everything = bench.milliseconds(_run, select(func.count()).where(_box.seal.contains("nothing")))
    for words in ("98765", "LSTU 098", "BK2911", "released", "40HC", "B3-06", "B3-06-02-1"):
        criteria = CONTAINERS.filter(words)
        took = bench.milliseconds(lambda s, by: CONTAINERS.page(s, bench.clock, by, limit=50), criteria)
        missed += held(f"filter {words}", took, FILTER_GOAL_MS, everything, MOST_FILTER_TO_PASS)
    return missed


def sorting(bench: Bench, boxes: int) -> list[str]:
    """A page of boxes by each column, and the rows about a box in that order. What is too slow."""
    missed, box = [], f"c{boxes // 2:07d}"
    everything = CONTAINERS.filter("")
    for key in SORTS:
        sort = CONTAINERS.sort(key)
        page = bench.milliseconds(lambda s, by: CONTAINERS.page(s, bench.clock, everything, by, limit=50), sort)
        about = bench.milliseconds(
            lambda s, by: CONTAINERS.around(s, bench.clock, box, everything, by, above=25, limit=50), sort
        )
        middle = bench.milliseconds(
            lambda s, by: CONTAINERS.page(s, bench.clock, everything, by, offset=boxes // 2, limit=50), sort
        )
        print(f"     sort {key:<12} page {page:6.1f} ms   about a box {about:6.1f} ms (goal 120, painted)", end="")
        print(f"   page from the middle {middle:6.1f} ms")
        if about > MOST_ABOUT_TO_PAGE * page:
            missed.append(f"the rows about a box by {key}")
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
        missed = searches(bench)
        slow, tallied = figures(bench)
        missed += [*slow, *filtering(bench), *sorting(bench, options.boxes)]
        leading(path, options.boxes, options.repeats)
        missed += against_no_tally(bench, tallied)
    if missed:
        sys.exit(f"Not reached: {', '.join(missed)}.")


if __name__ == "__main__":
    main()
