"""Which processes of this machine hold the locks of a SQLite cache, as Linux lists them.

SQLite's locks on a write-ahead log are single bytes of the `-shm` file (https://sqlite.org/walformat.html#locks). That
file is only looked at, never opened: closing it would drop this process's own locks. Where nothing is listed, as on
another system or inside some containers, nobody is named.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

LOCKS = Path("/proc/locks")
PROCESSES = Path("/proc")
WRITING = range(120, 121)
READING = range(123, 128)
STOPPED = frozenset("Tt")


def writer_of(cache: Path) -> int | None:
    """The process in the middle of a write, or None when nobody is, or nobody can tell."""
    return next(_holding(cache, WRITING, "WRITE"), None)


def readers_of(cache: Path) -> set[int]:
    """The processes that see one state of the cache just now, as far as they are listed."""
    return set(_holding(cache, READING, "READ"))


def is_stopped(pid: int) -> bool:
    """Whether a process stands still, stopped by a signal or a debugger."""
    with suppress(OSError):
        return (PROCESSES / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] in STOPPED
    return False


def stopped_writer(cache: Path) -> str:
    """Who was stopped in the middle of a write, which keeps everybody else from writing; empty when nobody was."""
    pid = writer_of(cache)
    if pid is None or not is_stopped(pid):
        return ""
    return (
        f"pid {pid} on {socket.gethostname()} holds the cache {cache}{_since(cache)}, in the middle of a write; it is "
        f"stopped: let it go on (kill -CONT {pid}) or end it (kill -KILL {pid})."
    )


def _since(cache: Path) -> str:
    """When the write before ended: a leader that lives writes every few seconds."""
    with suppress(OSError):
        return f" since {datetime.fromtimestamp(Path(f'{cache}-wal').stat().st_mtime, UTC):%H:%M:%S} UTC"
    return ""


def _holding(cache: Path, bytes_of: range, kind: str) -> Iterator[int]:
    try:
        file = Path(f"{cache}-shm").stat()
        listed = LOCKS.read_text("ascii", "replace")
    except OSError:
        return
    named = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}:{file.st_ino}"
    for line in listed.splitlines():
        # 7: POSIX  ADVISORY  WRITE 4121 fe:00:2211959 120 120; one who waits has an arrow behind the number
        fields = line.split()
        if len(fields) == 8 and (fields[1], fields[3], fields[5]) == ("POSIX", kind, named):
            pid, first, last = (int(field) if field.isdecimal() else 0 for field in (fields[4], *fields[6:]))
            if pid and first < bytes_of.stop and bytes_of.start <= last:
                yield pid
