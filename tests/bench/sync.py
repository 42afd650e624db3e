"""How fast a cache fills, and how little an unchanged source costs; every ratio within one run.

The whole route of the syncer, with everything on: guarded HTTP client, typed decode, cleaning, quarantine, history
bookkeeping, indexes. Run as `python -m tests.bench.sync [--rows N] [--repeats N]`.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.cache import Cache
from storage.models import FeedState, SourceState
from storage.sync.service import sync_once
from storage.upstreams.base import UpstreamSettings
from tests.bench.routes import floor, naive

NAIVE_ROWS = 3_000
TIMES_NAIVE, WHOLE_S, UNCHANGED_S = 15, 3.0, 0.2


@contextmanager
def gateway(rows: int, kind: str, latency_ms: float = 0) -> Iterator[int]:
    """A site gateway of `rows` containers in a process of its own; gives its port."""
    command = [sys.executable, "-m", "tests.bench.gateway", str(rows), kind, str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def sync(port: int, path: Path) -> float:
    """Seconds one `sync --once` takes, without starting Python."""
    settings = UpstreamSettings(name="bench", url=f"http://127.0.0.1:{port}")
    started = time.perf_counter()
    asyncio.run(sync_once(path, [settings]))
    return time.perf_counter() - started


def empty_cache(folder: Path) -> Path:
    """A cache as migrations leave it; making it costs the same however many rows come."""
    path = folder / "site" / "cache.db"
    path.parent.mkdir(mode=0o700)
    Cache.open(path, role="writer").close()
    return path


def warm_up() -> None:
    """One small sync, so that no figure holds the import of a library."""
    with gateway(1000, "ascii") as port, tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
        sync(port, empty_cache(Path(folder)))


def rows_of(path: Path) -> int:
    """Containers the cache says it has."""
    cache = Cache.open(path)
    with cache.read() as session:
        state = session.get_one(FeedState, ("bench", "containers"))
        rows = state.rows if state.loaded else 0
    cache.close()
    return rows


def compare(rows: int, kind: str, repeats: int) -> bool:
    """Our route, the floor and the naive one in turn, on one gateway; whether both goals are reached."""
    ours: list[float] = []
    least: list[float] = []
    first: list[float] = []
    with gateway(rows, kind) as port:
        warm_up()
        for _ in range(repeats):
            with tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
                least.append(floor(port, Path(folder)))
                path = empty_cache(Path(folder))
                ours.append(rows / sync(port, path))
                assert rows_of(path) == rows
                first.append(naive(port, Path(folder), min(NAIVE_ROWS, rows)))
    ratio = statistics.median(mine / low for mine, low in zip(ours, least, strict=True))
    times = statistics.median(mine / low for mine, low in zip(ours, first, strict=True))
    print(f"sync {kind:8} {statistics.median(ours):9,.0f} rows/s", end="")
    print(f"   floor {statistics.median(least):9,.0f}   naive {statistics.median(first):7,.0f}")
    goal = 0.65 if kind == "ascii" else 0.5
    print(f"     of the floor {ratio:.2f} (goal {goal})   times the naive route {times:.1f} (goal {TIMES_NAIVE})")
    return ratio >= goal and times >= TIMES_NAIVE


def distant(rows: int, latency_ms: float) -> bool:
    """A full load over a long line, then an unchanged source: with the place in the log known, and by digest.

    Whether the goals are reached; that of the full load is for 100 000 rows.
    """
    with (
        gateway(rows, "ascii", latency_ms) as port,
        tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder,
    ):
        path = empty_cache(Path(folder))
        whole = sync(port, path)
        print(f"sync at {latency_ms:g} ms a request: {rows:,} rows in {whole:.2f} s (goal {WHOLE_S:g} s)")
    with gateway(rows, "ascii") as port, tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
        path = empty_cache(Path(folder))
        sync(port, path)
        print(f"     nothing new in the log: {sync(port, path):.3f} s")
        forget_place(path)
        before = path.stat().st_size
        again = sync(port, path)
        print(f"     place lost, feed unchanged (304): {again:.3f} s (goal {UNCHANGED_S:g} s)", end="")
        print(f"   file grew by {path.stat().st_size - before} bytes")
    return whole <= WHOLE_S and again <= UNCHANGED_S


def forget_place(path: Path) -> None:
    """As after an expired cursor: the rows are there, the place in the change log is not."""
    cache = Cache.open(path, role="writer")
    with cache.write() as session:
        session.get_one(SourceState, "bench").cursor = None
        session.get_one(FeedState, ("bench", "containers")).loading = True
    cache.close()


def main() -> None:
    """Run all of it; ends with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    reached = [compare(options.rows, kind, options.repeats) for kind in ("ascii", "chinese")]
    reached.append(distant(options.rows, 30))
    raise SystemExit(not all(reached))


if __name__ == "__main__":
    main()
