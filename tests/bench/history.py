"""What the memory costs: the state at a past moment, a step of ten minutes, one record's history, forgetting.

    python -m tests.bench.history [--containers 100000] [--versions 5000000] [--keep FOLDER]

Two data sets: changes spread evenly over the boxes, and a tenth of the boxes making nine tenths of the changes. The
other feeds stand beside in the proportions of a terminal. The file is in the page cache; figures are of one run.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from storage import history
from storage.cache import Cache
from storage.clock import PinnedClock
from storage.retention import Keep, Retention
from storage.sync.service import FORGET_S
from tests.bench.past import DAYS, NOW, build, record_id

T = TypeVar("T")
FORGETTING_S = 8.0
"""How long forgetting is watched, seconds."""


@dataclass(frozen=True)
class Figure:
    """One measured figure; `most` is what it may be."""

    data: str
    name: str
    value: float
    unit: str
    most: float | None = None

    def __str__(self) -> str:
        limit = "" if self.most is None else f"  (at most {self.most:g})"
        return f"{self.data:7} {self.name:44} {self.value:10.1f} {self.unit}{limit}"


def figures(containers: int, versions: int, keep: Path | None = None) -> Iterator[Figure]:
    """Build both data sets, one after the other, and measure each; what is built in `keep` is used again."""
    for data, skewed in (("even", False), ("skewed", True)):
        with tempfile.TemporaryDirectory(prefix="dryport-bench-") as temporary:
            path = (keep or Path(temporary)) / f"{data}-{containers}-{versions}" / "cache.db"
            if path.exists():
                cache = Cache.open(path, role="writer")
            else:
                took, cache = timed(partial(build, path, containers, versions, skewed=skewed))
                yield Figure(data, "building", took, "s")
            yield Figure(data, "closed versions of containers", count_versions(cache), "")
            yield from measure(cache, data)
            cache.close()


def measure(cache: Cache, data: str) -> Iterator[Figure]:
    """The figures of one data set."""
    yield Figure(data, "file", cache.path.stat().st_size / 1e6, "MB")
    for words, back in (
        ("a minute", timedelta(minutes=1)),
        ("a day", timedelta(days=1)),
        ("7 days", timedelta(days=7)),
        ("13 days", timedelta(days=13)),
    ):
        warm(cache)
        took, scratch = timed(partial(history.at, cache, NOW - back))
        scratch.close()
        yield Figure(data, f"first state of all feeds, {words} back", took * 1000, "ms", 1000)
    warm(cache)
    yield from measure_steps(cache, data)
    warm(cache)
    with cache.read() as session:
        ask = partial(history.versions, session, PinnedClock(NOW), "containers")
        ask(record_id("containers", 5))
        took = max(timed(partial(ask, record_id("containers", 10 * number)))[0] for number in range(100))
    yield Figure(data, "newest 50 versions of a box, worst of 100", took * 1000, "ms", 5)
    warm(cache)
    yield from measure_forgetting(cache, data)


def warm(cache: Cache) -> None:
    """Have the file in the page cache; by another process, because SQLite's locks end with any `close` in this one."""
    subprocess.run(["cat", str(cache.path)], stdout=subprocess.DEVNULL, check=True)


def measure_steps(cache: Cache, data: str) -> Iterator[Figure]:
    """Moving a past state on and back by ten minutes."""
    scratch = history.at(cache, NOW - timedelta(days=3))
    for words, step in (("on", timedelta(minutes=10)), ("back", timedelta(minutes=-10))):
        took = [timed(partial(scratch.move_to, scratch.moment + step))[0] * 1000 for _ in range(30)]
        yield Figure(data, f"10 minutes {words}, median of 30", statistics.median(took), "ms", 60)
        yield Figure(data, f"10 minutes {words}, worst of 30", max(took), "ms")
    scratch.close()


def measure_forgetting(cache: Cache, data: str) -> Iterator[Figure]:
    """How long another writer waits while versions are forgotten and space is given back."""
    retention, clock = Retention(Keep(days=DAYS - 1)), PinnedClock(NOW)
    over, waits = threading.Event(), [0.0]

    def write() -> None:
        other = Cache.open(cache.path, role="writer")
        while not over.wait(0.003):
            waits.append(timed(partial(_take_turn, other))[0])
        other.close()

    writer = threading.Thread(target=write)
    before, began, steps = count_versions(cache), perf_counter(), [0.0]
    writer.start()
    more = True
    while more and perf_counter() - began < FORGETTING_S:
        took, more = timed(partial(retention.step, cache, clock))
        steps.append(took)
        over.wait(FORGET_S)
    spent = perf_counter() - began
    over.set()
    writer.join()
    yield Figure(data, "forgetting, versions a second", (before - count_versions(cache)) / spent, "/s")
    yield Figure(data, f"forgetting, longest of {len(steps)} steps", max(steps) * 1000, "ms")
    yield Figure(data, f"another writer's longest wait of {len(waits)}", max(waits) * 1000, "ms", 50)


def _take_turn(cache: Cache) -> None:
    with cache.write():
        pass


def count_versions(cache: Cache) -> int:
    """Closed versions of containers."""
    with cache.read() as session:
        return int(session.connection().exec_driver_sql("SELECT count(*) FROM containers_history").scalar_one())


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds it took, and what it gave."""
    began = perf_counter()
    given = work()
    return perf_counter() - began, given


def main() -> None:
    """Measure and print; ends with 1 when a figure is past its limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--containers", type=int, default=100_000)
    parser.add_argument("--versions", type=int, default=5_000_000)
    parser.add_argument("--keep", type=Path, help="folder that keeps what is built, for the next time")
    parser.add_argument("--json", action="store_true", help="one JSON object a figure")
    arguments = parser.parse_args()
    missed = 0
    for figure in figures(arguments.containers, arguments.versions, arguments.keep):
        print(json.dumps(asdict(figure)) if arguments.json else figure, flush=True)
        missed += figure.most is not None and figure.value > figure.most
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
