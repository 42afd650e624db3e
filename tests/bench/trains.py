"""How soon a rail dispatcher knows: readiness of 5 000 trains with 100 000 boxes, and the trains pane on a terminal.

Run as `python -m tests.bench.trains [--keep FOLDER]`; ends with 1 when a goal is missed. Building the terminal takes
most of a minute; what is built in `--keep` is used again.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

from sqlmodel import Session, col, select

from console import memory
from storage.cache import Cache
from storage.clock import PinnedClock
from storage.figures.conflicts import GONE
from storage.figures.policy import DEFAULT, Moment
from storage.figures.readiness import Visit, readiness
from storage.models import Train
from storage.queries.trains import TRAINS
from tests.bench.grid import terminal
from tests.bench.past import NOW
from tests.bench.railway import VERSIONS, open_railway

CLOCK = PinnedClock(NOW)
NEXT = 50
ROWS = 100
"""What the pane asks its table for at most: three screenfuls."""
PANE, BOARD = b"2", b"1"
A_TRAIN = b"X0"
"""How the number of each train begins."""
QUIET_S = 0.4
"""The frame of the pane comes first, its rows when they are read, seconds."""


@dataclass(frozen=True)
class Figure:
    """One measured figure in milliseconds; `most` is what it may be."""

    name: str
    ms: float
    most: float | None = None
    cpu_ms: float | None = None
    """What of it was work, and not waiting for a processor that others have: the median."""

    def __str__(self) -> str:
        limit = "" if self.most is None else f"  (at most {self.most:g})"
        work = "" if self.cpu_ms is None else f"  CPU {self.cpu_ms:.1f} ms"
        return f"{self.name:52} {self.ms:8.1f} ms{limit}{work}"


def timed(work: Callable[[], object], times: int) -> tuple[list[float], float]:
    """Milliseconds of each of so many runs, in order of length, and the median of their work; the first run is none."""
    work()
    took, worked = [], []
    for _ in range(times):
        began, working = perf_counter(), thread_time()
        work()
        took.append((perf_counter() - began) * 1000)
        worked.append((thread_time() - working) * 1000)
    return sorted(took), median(worked)


def questions(session: Session, runs: int) -> Iterator[Figure]:
    """Readiness of the next trains and of all that leave, and the rows of the pane."""
    moment = Moment.of(CLOCK, DEFAULT)
    leaving = select(Train).where(Train.direction == "departure").order_by(col(Train.planned_departure))
    visits = [
        Visit(train.id, train.booked_boxes, train.booked_teu, train.phase in GONE) for train in session.exec(leaving)
    ]
    ahead = [visit for visit in visits if not visit.departed][:NEXT]
    took, work = timed(lambda: readiness(session, ahead, moment), 10 * runs)
    yield Figure(f"readiness of the next {NEXT} trains, 99 of 100", took[len(took) * 99 // 100], 5, work)
    took, work = timed(lambda: readiness(session, visits, moment), runs)
    yield Figure(f"readiness of all {len(visits)} that leave, median of {runs}", median(took), 100, work)
    preset = TRAINS.presets[0]
    criteria, sort = TRAINS.filter(preset.filter), TRAINS.sort(preset.sort)
    took, work = timed(lambda: TRAINS.page(session, CLOCK, criteria, sort, limit=ROWS), runs)
    yield Figure(f"rows of the pane ({preset.name}), median of {runs}", median(took), cpu_ms=work)


def pane(path: Path, runs: int) -> Iterator[Figure]:
    """From the key that opens the pane to its rows: first when nobody pressed a key for a while, then coming back.

    The first time is only once: it is held to what of it is work, whoever else has the processors.
    """
    with terminal("-m", "tests.bench.trains", "--show", str(path), quiet_s=QUIET_S) as shown:
        shown.rest()
        first = shown.work_until(PANE, A_TRAIN)
        shown.quiet()
        again = []
        for _ in range(runs):
            shown.press(BOARD)
            again.append(shown.press(PANE)[0])
    yield Figure("work until the pane has rows for the first time", first, 50)
    yield Figure(f"the pane opened again, median of {runs}", median(again), 50)


def show(path: Path) -> None:
    """Run the console on the cache at `path`, here, at the time at which half of the visits are over."""
    from console.app import DryportApp
    from console.view import View

    DryportApp(View(lambda: Cache.open(path), CLOCK), name="bench", folder=path.parent, ahead=True).run()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--versions", type=int, default=VERSIONS, help="closed versions of containers")
    parser.add_argument("--keep", type=Path, help="folder that keeps what is built, for the next time")
    parser.add_argument("--show", type=Path, metavar="CACHE", help="only run the console on this cache, here")
    options = parser.parse_args()
    if options.show:
        show(options.show)
        return
    missed = False
    with tempfile.TemporaryDirectory(prefix="dryport-bench-") as temporary:
        path = (options.keep or Path(temporary)) / f"railway-{options.versions}" / "cache.db"
        cache = open_railway(path, options.versions)
        memory.settle()  # as the console does after its first data
        with cache.read() as session:
            found = list(questions(session, options.runs))
        cache.close()
        for figure in (*found, *pane(path, options.runs)):
            print(figure, flush=True)
            missed |= figure.most is not None and figure.ms > figure.most
    raise SystemExit(missed)


if __name__ == "__main__":
    main()
