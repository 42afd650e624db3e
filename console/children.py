"""Processes that a console starts and that end with it, whatever ends it.

The agreement between the two ends: the child's standard input is a pipe from its parent. Nobody writes to it; when it
closes, the parent has gone, by an orderly stop or by `kill -9`, and the child ends itself. It needs no signal, no
process group and no system call of one platform.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from storage.text import clean

LOG_LIMIT = 1 << 20
"""Bytes; a larger log is put aside (one generation) when its child starts again."""
GRACE_S = 3.0
"""Seconds a child has to end in good order."""


class Child:
    """A `dryport` process below this one; what it says goes to a log of its own, never to the terminal."""

    def __init__(self, arguments: Sequence[str], log: Path, environ: Mapping[str, str] | None = None) -> None:
        """Start `dryport ARGUMENTS`; `log`'s folder is made when missing. `OSError` when it cannot be started."""
        self.log = log
        with open_log(log) as output:
            self._process = subprocess.Popen(
                # -P: a folder named `console` where the person stands must not be taken for ours.
                [sys.executable, "-P", "-m", "console.main", "--attended", *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=None if environ is None else dict(environ),
                start_new_session=True,  # Ctrl+C and a lost terminal are the console's to handle
            )

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def running(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended, at most `seconds`; whether it has."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return not self.running()

    def reason(self) -> str:
        """Why it ended, in a few words: the signal, or what it said last, or its exit code."""
        code = self._process.poll() or 0
        if code < 0:
            return f"ended by {signal.Signals(-code).name}"
        said = self._last_line()
        return said.removeprefix("dryport: ").rstrip(".") if said.startswith("dryport: ") else f"exit code {code}"

    def _last_line(self) -> str:
        with contextlib.suppress(OSError), self.log.open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - 4096))
            lines = log.read().decode("utf-8", "replace").split("\n")
            return next((clean(line.strip()) for line in reversed(lines) if line.strip()), "")
        return ""

    def close(self, grace_s: float = GRACE_S) -> None:
        """End it: first by closing its input, then by force; returns when it has gone."""
        if self._process.stdin:
            self._process.stdin.close()
        for end in (self._process.terminate, self._process.kill):
            if self.wait(grace_s):
                return
            end()
        self._process.wait()


def end_with_parent() -> None:
    """The child's end of the agreement: end this process when its standard input closes."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        # Whoever waits on the network or in a library may not hear the signal in time.
        threading.Event().wait(GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


@contextlib.contextmanager
def open_log(path: Path) -> Iterator[int]:
    """A descriptor that appends to `path`, readable by its owner only; a log past its limit is put aside first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_name(path.name + ".1"))
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)
