"""The memory of a console, pane by pane, over 100 000 boxes: a process of its own on a terminal of 120x36.

Every pane is visited once, then the yard changes a little for some minutes while the map is in sight. `own` is what one
console more costs, and is held to the goal; `resident` counts what is mapped from files too (some 14 MB of shared
libraries, once for all the consoles of a machine), and is held to a limit above it. Run as
`python -m tests.bench.memory [--boxes N] [--changes N]`; ends with 1 when one is not reached.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from time import sleep

from sqlmodel import col, select

from storage.cache import Cache
from storage.clock import SystemClock
from storage.models import Container, FeedState
from storage.sync.tally import kept
from tests.bench.grid import Terminal, terminal
from tests.bench.stacked import build_yard
from tests.scenery.rows import NOW

GOAL_MB = 90.0
RESIDENT_MB = 100.0
SOURCE = "site"
FEEDS = ("blocks", "containers", "trains", "declarations", "seals", "tracks", "wagons")
CONSOLE = """
import sys
from console import memory
memory.leave_openssl_out()
from datetime import timedelta
from pathlib import Path
from console.app import DryportApp
from console.view import View
from storage.clock import SystemClock

def opened():
    from storage.cache import Cache
    return Cache.open(Path(sys.argv[1]))

memory.share_one_heap()
DryportApp(View(opened, SystemClock(timedelta(seconds=float(sys.argv[2])))), ahead=True).run()
"""
"""The console as `dryport` begins it, on a cache and with an offset of the clock to the time of its data."""
PANES = {"Trains": b"2", "Yard": b"3", "Customs": b"4", "Feeds": b"5", "Yard again": b"3"}
QUIET_S = 2.5
"""By then what a pane asks over so many boxes is there."""
CHANGE_EVERY_S = 1.0


def weight(process: int) -> tuple[float, float]:
    """MB resident, and those that are its own."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    sizes = {name: int(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines[1:])}
    return sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


def told(phase: str, process: int) -> bool:
    """Print a line of the table; whether both are within their bounds."""
    resident, own = weight(process)
    print(f"{phase:28} {resident:6.1f} MB resident   {own:6.1f} MB own", flush=True)
    return resident <= RESIDENT_MB and own <= GOAL_MB


def measure(cache: Path, changes: int) -> bool:
    """Print the table; whether the goal is reached."""
    behind = (NOW - SystemClock().now()).total_seconds()
    with terminal("-c", CONSOLE, str(cache), str(behind), quiet_s=QUIET_S) as shown:
        told("the Board", shown.pid)
        shown.rest()
        told("panes got ready", shown.pid)
        for pane, key in PANES.items():
            shown.press(key)
            told(pane, shown.pid)
        change(cache, shown, changes)
        reached = told(f"after {changes} changes", shown.pid)
    print(f"goal {GOAL_MB:.0f} MB own, and at most {RESIDENT_MB:.0f} MB resident")
    return reached


def change(cache: Path, shown: Terminal, changes: int) -> None:
    """Have some boxes change, a few a second; the console draws what it finds."""
    writer = Cache.open(cache, role="writer")
    for number in range(changes):
        with writer.write() as session:
            boxes = session.exec(select(Container).where(col(Container.id).endswith(f"{number % 10_000:04d}"))).all()
            with kept(session, "containers", [box.id for box in boxes]):
                for box in boxes:
                    box.full, box.rev = not box.full, box.rev + 1
                session.get_one(FeedState, (SOURCE, "containers")).gen += 1
                session.flush()
        sleep(CHANGE_EVERY_S)
        shown.drain()
    writer.close()


def _say_all_came(cache: Path) -> None:
    """Have every feed stand as loaded, so that panes have something to say."""
    writer = Cache.open(cache, role="writer")
    with writer.write() as session:
        for feed in FEEDS:
            state = session.get(FeedState, (SOURCE, feed)) or FeedState(source=SOURCE, feed=feed)
            state.loaded, state.as_of = True, NOW
            session.add(state)
    writer.close()


def main() -> int:
    """Build the yard, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
        path = Path(folder) / "cache.db"
        build_yard(path, options.boxes)
        _say_all_came(path)
        return 0 if measure(path, options.changes) else 1


if __name__ == "__main__":
    sys.exit(main())
