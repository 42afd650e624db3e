"""How long a reader waits while the syncer fills the cache, and how soon it knows of a change.

The syncer is a process of its own, as it is beside every console. Run as `python -m tests.bench.readers [--rows N]`.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from sqlmodel import Session, col, select

from console.view import View
from console.watch import LOOK_S, Watch
from storage.cache import Cache
from storage.clock import Clock, SystemClock
from storage.models import Container, FeedState
from tests.bench.sync import gateway, rows_of

SYNC = """
import asyncio, sys
from pathlib import Path
from storage.sync.service import sync_once
from storage.upstreams.base import UpstreamSettings
asyncio.run(sync_once(Path(sys.argv[1]), [UpstreamSettings(name="bench", url=sys.argv[2])]))
"""


def page(session: Session, _clock: Clock) -> int:
    """What a screen of the yard reads: fifty rows in order, and how the feeds stand."""
    rows = session.exec(select(Container).order_by(col(Container.number)).limit(50)).all()
    return len(rows) + len(session.exec(select(FeedState)).all())


def during_a_load(rows: int) -> None:
    """Ask for a page again and again while another process loads `rows` containers."""
    took: list[float] = []
    with gateway(rows, "ascii") as port, tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
        path = Path(folder, "site", "cache.db")
        Cache.open(path, role="writer").close()
        view = View(lambda: Cache.open(path), SystemClock())
        view.ask(page)
        began = time.perf_counter()
        with subprocess.Popen([sys.executable, "-c", SYNC, str(path), f"http://127.0.0.1:{port}"]) as syncer:
            while syncer.poll() is None:
                asked = time.perf_counter()
                view.ask(page)
                took.append((time.perf_counter() - asked) * 1000)
                time.sleep(0.005)
        loaded = time.perf_counter() - began
        assert rows_of(path) == rows
        view.close()
    worst = max(took)
    print(f"readers: {len(took)} pages of 50 while {rows:,} containers were loaded in {loaded:.1f} s")
    print(f"     median {statistics.median(took):.1f} ms   99 % {sorted(took)[len(took) * 99 // 100]:.1f} ms", end="")
    print(f"   worst {worst:.1f} ms")


def until_known(changes: int) -> None:
    """From a commit of another connection to the message a console's screens get."""
    took: list[float] = []
    told = threading.Event()
    with tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
        path = Path(folder, "site", "cache.db")
        writer = Cache.open(path, role="writer")
        with writer.write() as session:
            session.add(FeedState(source="bench", feed="trains"))
        watch = Watch(View(lambda: Cache.open(path), SystemClock()), lambda _pulse: told.set())
        watch.start()
        told.wait()
        for number in range(changes):
            time.sleep(LOOK_S * (1 + number / changes))  # at every moment between two looks
            told.clear()
            with writer.write() as session:
                session.get_one(FeedState, ("bench", "trains")).gen += 1
            began = time.perf_counter()
            told.wait()
            took.append((time.perf_counter() - began) * 1000)
        watch.stop()
        watch.join()
        writer.close()
    print(
        f"     a change is known after: median {statistics.median(took):.0f} ms   worst {max(took):.0f} ms (goal 300)"
    )


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--changes", type=int, default=40)
    options = parser.parse_args()
    during_a_load(options.rows)
    until_known(options.changes)


if __name__ == "__main__":
    main()
