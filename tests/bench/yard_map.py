"""The Yard pane over 100 000 boxes in 40 blocks of 60 bays and 10 rows: from the key to the painted map, and its bytes.

The console runs without a terminal, at 200x50, in a process of its own; what it would send is weighed. Times are of the
processor, so that other programs count less. The first key comes when nobody pressed one for some seconds. The paint of
another colour is held to as a ratio to what the map's query takes in the same run. Run as
`python -m tests.bench.yard_map [--boxes N]`; ends with 1 when the first paint, the ratio or a weight is missed.
"""

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import msgspec
from rich.console import RenderableType
from textual._compositor import CompositorUpdate
from textual.pilot import Pilot
from textual.screen import Screen

from console import memory
from console.ahead import Ahead
from console.app import DryportApp
from console.panes.yard import map as maps
from console.panes.yard.pane import YardPane
from console.site import Appearance
from console.view import View
from storage.cache import Cache
from storage.clock import PinnedClock
from storage.queries.yard_map import COLOURINGS, YardMap, yard_map
from tests.bench.stacked import build_yard
from tests.scenery.rows import NOW
from widgets.frugal import narrowed

SIZE = (200, 50)
GOAL_MS, MOST_TO_QUERY = 100.0, 4.0
"""From the key to the painted map, and how many times its query that may be."""
GOAL_FRAME, GOAL_CELLS, CELLS = 40_000, 3_000, 20


class Metered(DryportApp):
    """The console, which keeps what it would send."""

    def __init__(self, view: View) -> None:
        super().__init__(view, appearance=Appearance(color="truecolor"))
        self.sent: list[str] = []

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        update: object = narrowed(renderable)
        if isinstance(update, CompositorUpdate):
            self.sent.append(update.render_segments(self.console))
        super()._display(screen, renderable)


async def until(holds: Callable[[], bool]) -> None:
    """Let it run until then; looking costs next to nothing."""
    while not holds():
        await asyncio.sleep(0.005)


async def rest(app: Metered, pilot: Pilot[int]) -> None:
    """Until nothing is read any more."""
    await until(lambda: all(worker.is_finished for worker in app.workers))
    await pilot.pause()


async def measure(path: Path, repeats: int) -> bool:
    """Print the figures of the console on this cache; whether all goals are reached."""
    memory.share_one_heap()
    view = View(lambda: Cache.open(path), PinnedClock(NOW))
    app = Metered(view)
    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.pulse.read)
        await rest(app, pilot)
        await Ahead(app, quiet_s=0).get_ready()  # as after some seconds without a key
        await rest(app, pilot)
        app.sent.clear()
        began = process_time()
        app.simulate_key("3")
        await until(lambda: any("rail side" in update for update in app.sent))
        first = (process_time() - began) * 1000
        pane = app.screen
        assert isinstance(pane, YardPane)
        await rest(app, pilot)
        took, query = [], []
        for number in range(1, repeats * len(COLOURINGS) + 1):  # not the one it begins with
            name = COLOURINGS[number % len(COLOURINGS)]
            query.append(await asyncio.to_thread(_asked, view, name))
            app.sent.clear()
            began = process_time()
            pane.do_columns(name)
            await until(lambda: _is_drawn(app, pane))
            took.append((process_time() - began) * 1000)
            await rest(app, pilot)
        pane.do_columns("occupancy")
        await rest(app, pilot)
        frame, cells = await _bytes(app, pane, pilot)
    ratio = median(took) / median(query)
    print(
        f"map painted {first:6.0f} ms after the first key, {median(took):5.0f} ms after a colour (goal {GOAL_MS:.0f})"
    )
    print(f"its query {median(query):5.0f} ms: painted in {ratio:.1f} times that (goal {MOST_TO_QUERY:g})")
    print(f"full frame {frame:6d} bytes (goal {GOAL_FRAME}), {CELLS} cells {cells} bytes (goal {GOAL_CELLS})")
    return first <= GOAL_MS and ratio <= MOST_TO_QUERY and frame <= GOAL_FRAME and cells <= GOAL_CELLS


def _is_drawn(app: Metered, pane: YardPane) -> bool:
    return pane.found is not None and pane.found.colour_by == pane.colour_by and bool(app.sent)


def _asked(view: View, name: Any) -> float:
    began = process_time()
    view.ask(lambda session, clock: yard_map(session, clock, name))
    return (process_time() - began) * 1000


async def _bytes(app: Metered, pane: YardPane, pilot: Pilot[int]) -> tuple[int, int]:
    """What a full frame weighs, and some changed bays."""
    app.sent.clear()
    await pilot.press("5")
    await rest(app, pilot)
    app.sent.clear()
    await pilot.press("3")
    await rest(app, pilot)
    frame = max(len(update.encode()) for update in app.sent)
    assert pane.found is not None
    app.sent.clear()
    pane.map.show(maps.drawn(_changed(pane.found), {}, pane.view.wall))
    await pilot.pause()
    return frame, sum(len(update.encode()) for update in app.sent)


def _changed(found: YardMap) -> YardMap:
    """The map with some of its bays fuller or emptier."""
    chance = random.Random(7)
    blocks = list(found.blocks)
    for _ in range(CELLS):
        nth = chance.randrange(len(blocks))
        bays = list(blocks[nth].bays)
        place = chance.randrange(len(bays))
        slots = 0 if 2 * bays[place].slots > bays[place].raw else bays[place].raw
        level = 10 if slots else 0
        bays[place] = msgspec.structs.replace(bays[place], slots=slots, boxes=max(1, slots), level=level)
        blocks[nth] = msgspec.structs.replace(blocks[nth], bays=tuple(bays))
    return msgspec.structs.replace(found, blocks=tuple(blocks))


def main() -> int:
    """Build the yard, then measure in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cache", type=Path, help="measure on this cache; none is built")
    options = parser.parse_args()
    if options.cache is not None:
        return 0 if asyncio.run(measure(options.cache, options.repeats)) else 1
    with tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
        path = Path(folder) / "cache.db"
        build_yard(path, options.boxes)
        again = [sys.executable, "-m", "tests.bench.yard_map", "--cache", str(path), "--repeats", str(options.repeats)]
        return subprocess.run(again, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
