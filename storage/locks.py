"""Locks between processes: `flock` on a file that is never unlinked."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import CacheBusy


def try_lock(path: Path) -> int | None:
    """The descriptor that holds the lock on `path` (made when missing, 0600), or None when another holds it.

    Closing the descriptor gives the lock up; so does the end of the process. It is not inherited by a program started
    from here (O_CLOEXEC), which would otherwise keep the lock after us.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


@contextmanager
def held(path: Path, *, wait_s: float, busy: Callable[[], CacheBusy] | None = None) -> Iterator[None]:
    """Hold the lock on `path`; waits up to `wait_s` seconds, then raises `CacheBusy`, the one `busy` makes if given."""
    until = time.monotonic() + wait_s
    while (handle := try_lock(path)) is None:
        if time.monotonic() > until:
            if busy is not None:
                raise busy()
            raise CacheBusy(f"Another process held {path} for over {wait_s:.0f} s: try again.")
        time.sleep(0.005)
    try:
        yield
    finally:
        os.close(handle)
