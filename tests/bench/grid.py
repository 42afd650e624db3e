"""What a key costs on the terminal: the grid beside Textual's DataTable, over the same 5 000 trains.

Each runs in a process of its own on a pseudo-terminal of 120x36; keys go in as bytes, and the paint is over with the
last byte that comes out. Run as `python -m tests.bench.grid [--trains N]`; ends with 1 when a goal is missed.
"""

import argparse
import fcntl
import gc
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from rich.style import Style
from rich.text import Text
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from tests.widgets.fleet import COLUMNS as FLEET_COLUMNS
from tests.widgets.fleet import Fleet
from widgets.cells import Cell
from widgets.columns import fit
from widgets.frugal import FrugalApp
from widgets.grid import Grid
from widgets.styles import StyleTable

COLUMNS, LINES = 120, 36
QUIET_S, LONGEST_S = 0.06, 30.0
"""A paint is over when nothing came for so long; nothing at all for the longer is a failure, seconds."""
CALM_S, CALM_MS = 3, 30.0
"""A program that works less than that in each of so many seconds is at rest."""
KEYS = {"step": (b"\x1b[B", b"\x1b[A"), "page": (b"\x1b[6~",)}
"""What is pressed in turn: the cursor steps down and up within the screen, a page is a screenful of other rows."""
GOAL_MS = {"step": 5.0, "page": 16.0}
CPU_TIMES, BYTES_SHARE = 5.0, 0.5
"""How much more the DataTable works for a page than the grid at least, and what share of its bytes the grid sends."""
SETTINGS = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}


@dataclass(frozen=True)
class Cost:
    """What one kind of key costs: milliseconds to its last byte, CPU milliseconds and bytes each."""

    median_ms: float
    p95_ms: float
    cpu_ms: float
    size: float


class Terminal:
    """A program on a pseudo-terminal; what it writes is read and weighed."""

    def __init__(self, process: "subprocess.Popen[bytes]", line: int, quiet_s: float) -> None:
        self._process, self._line, self._quiet_s = process, line, quiet_s
        self.pid = process.pid

    def quiet(self) -> tuple[float, int]:
        """Read until nothing comes any more; when the last of it came, and how many bytes came."""
        last, size, wait = perf_counter(), 0, LONGEST_S
        while select.select([self._line], [], [], wait)[0]:
            size += len(os.read(self._line, 1 << 20))
            last, wait = perf_counter(), self._quiet_s
        if not size:
            raise TimeoutError(f"{self._process.args!r} painted nothing within {LONGEST_S:g} s")
        return last, size

    def drain(self) -> None:
        """Take what was written so far; a program whose terminal is full stands still."""
        while select.select([self._line], [], [], 0)[0]:
            os.read(self._line, 1 << 20)

    def rest(self) -> None:
        """Until it hardly works any more, and so has got ready what it gets ready while nobody presses a key."""
        calm = 0
        while calm < CALM_S:
            before = self.cpu_ms()
            sleep(1)
            self.drain()
            calm = calm + 1 if self.cpu_ms() - before < CALM_MS else 0

    def press(self, key: bytes) -> tuple[float, int]:
        """Milliseconds from the key to the last byte of its paint, and the bytes."""
        pressed = perf_counter()
        os.write(self._line, key)
        painted, size = self.quiet()
        return (painted - pressed) * 1000, size

    def work_until(self, key: bytes, words: bytes) -> float:
        """What it works from the key until these words are written, milliseconds."""
        before, written = self.cpu_ms(), b""
        os.write(self._line, key)
        while words not in written:
            if not select.select([self._line], [], [], LONGEST_S)[0]:
                raise TimeoutError(f"{self._process.args!r} did not write {words!r} within {LONGEST_S:g} s")
            written += os.read(self._line, 1 << 20)
        return self.cpu_ms() - before

    def cpu_ms(self) -> float:
        """What all its threads have worked so far."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6


@contextmanager
def terminal(*arguments: str, quiet_s: float = QUIET_S) -> Iterator[Terminal]:
    """`python ARGUMENTS` on a terminal of its own, painted."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    command, environment = [sys.executable, *arguments], {**os.environ, **SETTINGS}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    ) as process:
        os.close(theirs)
        try:
            shown = Terminal(process, ours, quiet_s)
            shown.quiet()
            yield shown
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            os.close(ours)


def cost_of(shown: Terminal, keys: Sequence[bytes], presses: int) -> Cost:
    """Press the keys in turn that often, each when the one before is painted."""
    shown.press(keys[0])
    shown.press(keys[-1])
    before = shown.cpu_ms()
    took, sizes = zip(*(shown.press(keys[number % len(keys)]) for number in range(presses)), strict=True)
    cpu = (shown.cpu_ms() - before) / presses
    return Cost(median(took), sorted(took)[presses * 95 // 100], cpu, sum(sizes) / presses)


def show(widget: str, trains: int) -> None:
    """Run the app around the grid or the DataTable: the same cells, in the same colours, at the same places."""
    fleet = Fleet(trains)

    class Ours(FrugalApp[None]):
        def compose(self) -> ComposeResult:
            yield Grid(FLEET_COLUMNS)

        def on_ready(self) -> None:
            grid = self.query_one(Grid)
            grid.focus()
            grid.show(fleet)
            gc.freeze()

    class Theirs(App[None]):
        def compose(self) -> ComposeResult:
            yield DataTable(cursor_type="row", cell_padding=0)

        def on_ready(self) -> None:
            table = self.query_one(DataTable)
            style_of = StyleTable(table)
            for place in fit(FLEET_COLUMNS, COLUMNS):
                table.add_column(place.column.title, width=place.width + place.column.gap)
            for row in fleet.trains:
                table.add_row(*(_rich(cell, style_of) for cell in row.cells), key=row.key)
            table.focus()
            gc.freeze()

    app: App[None] = Ours() if widget == "grid" else Theirs()
    app.run()


def _rich(cell: Cell, style_of: StyleTable) -> Text:
    """The cell as the DataTable takes it: ink only, for it has backgrounds of its own."""
    spans = cell.spans or ((cell.text, cell.style),)
    looks = [(text, style_of(name)) for text, name in spans]
    return Text.assemble(*((text, Style(color=look.color, bold=look.bold, dim=look.dim)) for text, look in looks))


def main() -> None:
    """Measure both in turn and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trains", type=int, default=5000)
    parser.add_argument("--presses", type=int, default=100)
    parser.add_argument("--show", choices=("grid", "table"), help="only run the app around one of the two, here")
    options = parser.parse_args()
    if options.show:
        show(options.show, options.trains)
        return
    costs: dict[tuple[str, str], Cost] = {}
    for widget in ("grid", "table"):
        with terminal("-m", "tests.bench.grid", "--show", widget, "--trains", str(options.trains)) as shown:
            for name, keys in KEYS.items():
                costs[widget, name] = cost_of(shown, keys, options.presses)
    missed = False
    for name, goal in GOAL_MS.items():
        for widget, words in (("grid", "our grid"), ("table", "DataTable")):
            cost = costs[widget, name]
            print(f"{name} {words:10} painted after {cost.median_ms:5.1f} ms, 95 % {cost.p95_ms:5.1f} ms", end="")
            print(f"   CPU {cost.cpu_ms:5.2f} ms   {cost.size:6.0f} bytes", end="")
            print(f"   (goal 95 % {goal:g} ms)" if widget == "grid" else "")
        missed |= costs["grid", name].p95_ms > goal
    ours, theirs = costs["grid", "page"], costs["table", "page"]
    times, share = theirs.cpu_ms / ours.cpu_ms, ours.size / theirs.size
    print(f"a page: {times:.1f} times less CPU (goal {CPU_TIMES:g})   {share:.2f} of the bytes (goal {BYTES_SHARE:g})")
    raise SystemExit(missed or times < CPU_TIMES or share > BYTES_SHARE)


if __name__ == "__main__":
    main()
