"""The grid of 100 000 boxes: from a sort to its painted rows, by every column it can be sorted by.

Once from the top, and once with the cursor put on a row in the middle, which is found again among the sorted rows.
The console runs without a terminal, at 120x36, in a process of its own; times are of the processor, so that other
programs count less. Held to as a ratio: to counting the boxes that stand, in the same run. Run as
`python -m tests.bench.boxes [--boxes N]`; ends with 1 when a ratio is missed.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

from sqlalchemy import func, select
from sqlmodel import Session
from textual import on
from textual.pilot import Pilot

from console import memory
from console.screens.boxes import BoxesScreen
from console.view import View
from storage.cache import Cache
from storage.clock import Clock, PinnedClock
from storage.models import Container, table_of
from storage.queries.containers import CONTAINERS
from tests.bench.stacked import build_yard
from tests.bench.yard_map import Metered, rest, until
from tests.scenery.rows import NOW
from widgets.grid import Grid

SIZE = (120, 36)
GOAL_MS = 120.0
"""From the sort to the painted rows."""
LONGEST_S = 30
FILTERS = {"": 14.0, "place:yard": 14.0, "age>7d place:yard": 14.0, "40HC": 20.0}
"""All boxes, those the yard lists by its key for boxes, a ready-made filter, a word looked for in many columns, which
takes seven passes by itself; each with how many passes over one column of all boxes a sort may take."""
_PASS = select(func.count()).where(table_of(Container).c.gross_kg < 0)
"""Looks at one column of every box."""


class Boxes(BoxesScreen):
    """The list of boxes, which counts how often its rows came."""

    loads = 0

    @on(Grid.Loaded)
    def count_load(self) -> None:
        """Rows came."""
        self.loads += 1


async def measure(path: Path, repeats: int) -> bool:
    """Print what a sort by each column takes; whether none is too slow."""
    memory.share_one_heap()
    view = View(lambda: Cache.open(path), PinnedClock(NOW))
    app = Metered(view)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.pulse.read)
        missed = []
        for words, most in FILTERS.items():
            screen = Boxes(words=words)
            await app.push_screen(screen)
            await rest(app, pilot)
            once = median([await asyncio.to_thread(_one_pass, view) for _ in range(2 * repeats + 1)])
            print(f"A pass over one column of all boxes {once:.1f} ms; goal {GOAL_MS:.0f} ms to painted.")
            box = view.ask(partial(_in_the_middle, words=words))
            print(f"{words or 'all boxes':16} {'at the top':>14} {'in the middle':>14}")
            for key in (column.key for column in screen.table().columns):
                top = median([await _sorted(app, screen, pilot, key, "") for _ in range(repeats)])
                middle = median([await _sorted(app, screen, pilot, key, box) for _ in range(repeats)])
                passes = max(top, middle) / once
                print(f"{key:16} {top:11.1f} ms {middle:11.1f} ms {passes:6.1f} passes", flush=True)
                if passes > most:
                    missed.append(f"{key} of {words or 'all boxes'}")
            await app.pop_screen()
    if missed:
        print(f"Not reached: {', '.join(missed)}.")
    return not missed


def _in_the_middle(session: Session, clock: Clock, words: str) -> str:
    criteria = CONTAINERS.filter(words)
    total = CONTAINERS.page(session, clock, criteria, limit=0).total
    return CONTAINERS.page(session, clock, criteria, offset=total // 2, limit=1).rows[0].id


def _one_pass(view: View) -> float:
    began = process_time()
    view.ask(lambda session, _: session.connection().execute(_PASS).scalar_one())
    return (process_time() - began) * 1000


async def _sorted(app: Metered, screen: Boxes, pilot: Pilot[int], key: str, box: str) -> float:
    """Processor time from a sort to its painted rows; `box` is chosen before, if any, else the list is at its top."""
    grid = screen.grid
    screen.do_sort("number" if key != "number" else "-number")
    await rest(app, pilot)
    if box:
        grid.select(box)
    else:
        await pilot.press("home")
    await rest(app, pilot)
    app.sent.clear()
    before, began = screen.loads, process_time()
    screen.do_sort(key)
    async with asyncio.timeout(LONGEST_S):
        await until(lambda: screen.loads > before and bool(app.sent))
    took = (process_time() - began) * 1000
    await rest(app, pilot)
    if box and grid.cursor_key != box:
        sys.exit(f"The cursor left {box} for {grid.cursor_key}.")
    return took


def main() -> int:
    """Build the yard, then measure in another process: this one still holds its rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cache", type=Path, help="only measure, on this cache")
    options = parser.parse_args()
    if options.cache:
        return 0 if asyncio.run(measure(options.cache, options.repeats)) else 1
    with tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
        path = Path(folder) / "cache.db"
        build_yard(path, options.boxes)
        command = [sys.executable, "-m", "tests.bench.boxes", "--cache", str(path)]
        return subprocess.run([*command, "--repeats", str(options.repeats)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
