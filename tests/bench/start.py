"""From starting the process to its first painted frame: the console, against the smallest Textual app there is.

Both run in turn on a terminal of 120x36, the console on an empty data folder. Run as `python -m tests.bench.start`.
"""

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

LEAST = """
from textual.app import App
from textual.widgets import Static
class Least(App):
    def compose(self):
        yield Static("painted")
Least().run()
"""
LONGEST_S = 30.0
CONSOLE = [str(Path(sys.executable).with_name("dryport"))]
SETTINGS = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "DRYPORT_UPSTREAM": "http://127.0.0.1:9"}
"""A colourful terminal, and a source that never answers."""


def first_frame(command: Sequence[str], painted: bytes, environment: Mapping[str, str]) -> float:
    """Seconds until `command` has written `painted` to its terminal; it is ended then."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    began = perf_counter()
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=dict(environment), start_new_session=True
    ) as process:
        os.close(theirs)
        try:
            written = b""
            while painted not in written:
                left = began + LONGEST_S - perf_counter()
                if left <= 0 or not select.select([ours], [], [], left)[0]:
                    raise TimeoutError(f"{command[-1][:40]!r} painted nothing within {LONGEST_S:g} s: {written!r}")
                written += os.read(ours, 65_536)
            return perf_counter() - began
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            os.close(ours)


def main() -> None:
    """Measure in turn and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    ours, least = [], []
    with tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
        environment = {**os.environ, **SETTINGS, "DRYPORT_DATA_DIR": folder}
        for _ in range(options.repeats):
            least.append(first_frame([sys.executable, "-c", LEAST], b"painted", environment))
            ours.append(first_frame(CONSOLE, b"Board", environment))
    ratio = statistics.median(mine / low for mine, low in zip(ours, least, strict=True))
    print(f"first frame {statistics.median(ours) * 1000:.0f} ms", end="   ")
    print(f"smallest Textual app {statistics.median(least) * 1000:.0f} ms   ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
