"""What keeps a console small that is open all day, beside others on one yard server."""

from __future__ import annotations

import ctypes
import gc
import sys
from concurrent.futures import ThreadPoolExecutor

QUIET_GC = (100_000, 50, 100)
"""Thresholds of the cyclic collector once the console stands: it is what sets the worst key-to-paint times."""
YOUNG = 1
"""The generation up to which is collected while somebody works: what outlives that is there to stay, or nearly."""
READERS = 3
"""Threads that read the cache: each has a connection with its own pages and prepared statements, and a thread more is
no quicker, since Python runs one at a time."""
_M_ARENA_MAX = -8
_LIBC = ctypes.CDLL(None)


def leave_openssl_out() -> None:
    """Have asyncio and hashlib do without OpenSSL, as they do where it is missing: nothing here needs it.

    Of use before either is imported, and not to be called where a server is asked: its driver needs it.
    """
    for name in ("_ssl", "_hashlib"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # that is how a module is hidden


def share_one_heap() -> None:
    """Have glibc serve all threads from one heap; else each keeps the most it ever needed in one of its own."""
    _ask_glibc("mallopt", _M_ARENA_MAX, 1)


def readers() -> ThreadPoolExecutor:
    """The threads that read."""
    return ThreadPoolExecutor(READERS, thread_name_prefix="reader")


def settle() -> None:
    """All that lives now lives long: the collector need not look at it again, and need not hurry.

    What imports leave to be collected is next to nothing; looking for it would hold back the first data.
    """
    gc.freeze()
    gc.set_threshold(*QUIET_GC)


def tidy() -> None:
    """Collect what became of late, and give back what is free: a pane that was read leaves megabytes of both.

    Of use when nothing is asked for: what is on its way then counts as old, and waits for `clear_out`.
    """
    gc.collect(YOUNG)
    give_back()


def clear_out() -> None:
    """The same with all that came since `settle`: takes some 10 ms, so not often."""
    gc.collect()
    give_back()


def give_back() -> None:
    """Give back what is free: a reading that went through all boxes leaves megabytes. Takes less than a millisecond."""
    _ask_glibc("malloc_trim", 0)


def _ask_glibc(name: str, *arguments: int) -> None:
    """Another C library has no such call, and is left alone."""
    function = getattr(_LIBC, name, None)
    if function is not None:
        function(*arguments)
