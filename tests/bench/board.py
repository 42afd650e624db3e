"""The Board over 100 000 boxes: what a change costs it, source by source, and each list of what needs care.

Times are of the processor, of this thread alone. Two terminals: one with 5 000 trains, for the Board, and one of sound
stacks 100 000 boxes high, for the lists. Run as `python -m tests.bench.board [--boxes N] [--in FOLDER]`; ends with 1
when a goal is missed. What is built in `--in` is used again.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlmodel import Session

from console import memory
from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import DEFAULT
from storage.models import FeedState, table_of, to_ms
from storage.queries.acts import SOURCES, Facts
from storage.queries.board import board, count_risks
from storage.queries.customs_lanes import lanes_of
from storage.queries.exceptions import EXCEPTIONS
from storage.queries.yard_ahead import yard_ahead
from storage.sync.tally import bring_up, forget
from tests.bench.past import NOW as RAILWAY_NOW
from tests.bench.railway import open_railway
from tests.bench.stacked import build_yard
from tests.scenery.rows import NOW as YARD_NOW

BOARD_MS, LIST_MS = 300.0, 200.0
READ_ONCE = ("trains", "blocks", "forecast", "queue")
"""What the sources of acts share."""
_HOUR_MS = 3_600_000
_AS_IN_A_TERMINAL = (
    "UPDATE declarations SET lane = CASE rowid % 9 WHEN 0 THEN 'red' WHEN 1 THEN 'yellow' ELSE 'green' END",
    f"""UPDATE seals SET state = iif(rowid % 200, 'armed', 'tampered'), battery_percent = 80,
        seen_at = :now - rowid % 100 * {_HOUR_MS // 100}""",
    "UPDATE containers SET plugged = 1, reading_c = iif(rowid % 100 = 7, -12, -18) WHERE setpoint_c IS NOT NULL",
    "UPDATE containers SET planned_bay = NULL, planned_row = NULL, planned_tier = NULL WHERE rowid % 50",
    f"UPDATE gate_visits SET appointment_at = :now + (rowid % 96 - 48) * {_HOUR_MS // 2}",
)
"""What is drawn by lot elsewhere: here most of it is well, and some of it is not."""


class Bench:
    """Asks the same question again and again, each time in a session of its own."""

    def __init__(self, cache: Cache, clock: ManualClock, repeats: int) -> None:
        self._cache, self.clock, self._repeats = cache, clock, repeats
        self.missed: list[str] = []

    def tell(self, name: str, ask: Callable[[Session], Any], goal: float | None = None) -> None:
        """Print how long an answer takes: the median without the first one, which compiles what it asks."""
        took = statistics.median([self._once(ask) for _ in range(self._repeats + 1)][1:])
        print(f"     {name:<32} {took:7.1f} ms" + ("" if goal is None else f" (goal {goal:g})"))
        if goal is not None and took > goal:
            self.missed.append(name)

    def _once(self, ask: Callable[[Session], Any]) -> float:
        states = table_of(FeedState)
        with self._cache.write() as session:  # a change, so that nothing is remembered; the yard's tally stands
            changed = update(states).where(states.c.feed == "declarations").values(gen=states.c.gen + 1)
            session.connection().execute(changed)
        with self._cache.read() as session:
            began = time.thread_time()
            ask(session)
            return (time.thread_time() - began) * 1000

    def tell_part(self, name: str, ask: Callable[[Facts], Any]) -> None:
        """The same for what is asked of facts that were read before."""
        ready: list[float] = []

        def timed(session: Session) -> None:
            facts = self.facts(session, *READ_ONCE)
            began = time.thread_time()
            ask(facts)
            ready.append((time.thread_time() - began) * 1000)

        for _ in range(self._repeats + 1):
            self._once(timed)
        print(f"       {name:<30} {statistics.median(ready[1:]):7.1f} ms")

    def facts(self, session: Session, *names: str) -> Facts:
        """With those of the names read."""
        facts = Facts(session, self.clock, DEFAULT)
        for name in names:
            getattr(facts, name)
        return facts


def the_board(bench: Bench) -> None:
    """All of it, then what it is made of."""
    clock = bench.clock
    bench.tell("board", lambda session: board(session, clock), BOARD_MS)
    bench.tell("counts of the title bar", lambda session: count_risks(session, clock), BOARD_MS)
    for name in READ_ONCE:
        before = ("blocks",) if name == "forecast" else ()
        bench.tell(f"facts: {' and '.join((*before, name))}", lambda session: bench.facts(session, *before, name))  # noqa: B023
    for module in SOURCES:
        bench.tell_part(f"acts: {module.__name__.rpartition('.')[2]}", lambda facts: list(module.acts(facts)))  # noqa: B023
    bench.tell_part("lanes", lambda facts: lanes_of(facts.session, facts.queue))
    bench.tell_part("yard ahead", lambda facts: yard_ahead(facts.session, clock, facts.forecast))


def the_lists(bench: Bench) -> None:
    """The first page of each list of what needs care."""
    for name, view in EXCEPTIONS.items():
        bench.tell(f"list: {name}", lambda session: view.page(session, bench.clock, limit=50), LIST_MS)  # noqa: B023


def terminals(folder: Path, boxes: int) -> Iterator[tuple[str, Cache, ManualClock, Callable[[Bench], None]]]:
    """Name, cache, time, and what is asked of it."""
    railway = open_railway(folder / "railway" / "cache.db", versions=boxes)
    with railway.write() as session:
        for statement in _AS_IN_A_TERMINAL:
            given = {"now": to_ms(RAILWAY_NOW)} if ":now" in statement else {}
            session.connection().exec_driver_sql(statement, given)
        forget(session)
    bring_up(railway, railway.write)
    yield "5 000 trains, 100 000 boxes", railway, ManualClock(RAILWAY_NOW), the_board
    path = folder / "yard" / "cache.db"
    if not path.exists():
        build_yard(path, boxes)
    yield f"{boxes:,} boxes in sound stacks", Cache.open(path, role="writer"), ManualClock(YARD_NOW), the_lists


def main() -> None:
    """Build, measure, and end with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=100_000, help="that stand in the yard of stacks")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--in", dest="folder", type=Path, help="keep the caches there, and use them again")
    options = parser.parse_args()
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
        memory.settle()
        for name, cache, clock, measure in terminals(options.folder or Path(folder), options.boxes):
            print(f"{name}")
            bench = Bench(cache, clock, options.repeats)
            measure(bench)
            missed += bench.missed
            cache.close()
    if missed:
        sys.exit(f"Not reached: {', '.join(missed)}.")


if __name__ == "__main__":
    main()
