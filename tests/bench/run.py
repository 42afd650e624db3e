"""All benchmarks, one after the other, each in a process of its own: `make bench`, `make bench ARGS=--quick`.

Every figure stands beside its goal. They were measured on a machine with two cores that was not idle: compare ratios,
which are taken within one run, before times.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BENCHES: dict[str, tuple[list[str], list[str]]] = {
    "start": ([], ["--repeats", "3"]),
    "sync": ([], ["--rows", "20000", "--repeats", "1"]),
    "flawed": ([], ["--repeats", "1"]),
    "history": ([], ["--containers", "10000", "--versions", "200000"]),
    "server": ([], ["--containers", "10000", "--versions", "50000"]),
    "memory": ([], ["--boxes", "20000", "--changes", "10"]),
    "grid": ([], ["--presses", "20"]),
    "trains": ([], ["--runs", "5", "--versions", "100000"]),
    "yard": ([], ["--boxes", "20000", "--repeats", "3"]),
    "yard_map": ([], ["--boxes", "20000", "--repeats", "1"]),
    "boxes": ([], ["--boxes", "20000", "--repeats", "1"]),
    "board": ([], ["--boxes", "20000", "--repeats", "3"]),
    "customs": ([], ["--versions", "200000", "--repeats", "3"]),
}
"""Name to its arguments, and to those of a quick look."""


def main() -> None:
    """Run those that are named, else all; ends with 1 when one of them does not reach its goals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", nargs="*", metavar="BENCH", help=f"{', '.join(BENCHES)}; all when none is named")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: seconds in place of minutes")
    options = parser.parse_args()
    if unknown := set(options.bench) - set(BENCHES):
        parser.error(f"there is no benchmark {unknown.pop()!r}: choose from {', '.join(BENCHES)}")
    missed = []
    for name in options.bench or BENCHES:
        whole, quick = BENCHES[name]
        print(f"== {name} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)", flush=True)
        command = [sys.executable, "-m", f"tests.bench.{name}", *(quick if options.quick else whole)]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            missed.append(name)
    if missed:
        sys.exit(f"Not reached: {', '.join(missed)}.")


if __name__ == "__main__":
    main()
