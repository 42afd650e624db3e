"""Who holds a cache's locks is told by the system, without a file of the cache being opened."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import holders
from storage.cache import Cache
from storage.databases import sqlite as sqlite_module
from storage.errors import CacheBusy
from storage.holders import is_stopped, readers_of, stopped_writer, writer_of

STAND_STILL = """
import os, signal, sys
from pathlib import Path
from storage.cache import Cache
with Cache.open(Path(sys.argv[1]), role="writer").write():
    print("in it", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


@contextlib.contextmanager
def stopped_inside(path: Path) -> Iterator[int]:
    """A process that was stopped in the middle of a write; its id."""
    with subprocess.Popen([sys.executable, "-c", STAND_STILL, str(path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "in it\n"
        os.waitpid(other.pid, os.WUNTRACED)
        try:
            yield other.pid
        finally:
            other.send_signal(signal.SIGCONT)
            other.kill()


def test_who_writes_and_who_reads_is_listed_while_they_do(file_cache: Cache) -> None:
    path, me = file_cache.path, os.getpid()
    assert (writer_of(path), readers_of(path)) == (None, set())
    with file_cache.write():
        assert writer_of(path) == me
        assert stopped_writer(path) == "", "it lives"
    with file_cache.read() as session:
        session.execute(text("SELECT count(*) FROM trains"))
        assert (writer_of(path), readers_of(path)) == (None, {me})
    assert readers_of(path) == set()


def test_a_process_stopped_in_the_middle_of_a_write_is_named_with_the_remedy(
    file_cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_module, "_PRAGMAS", ("busy_timeout = 10",))
    impatient = Cache.open(file_cache.path, role="writer")
    with stopped_inside(file_cache.path) as pid:
        said = f"pid {pid} on .* holds the cache .* since ..:..:.. UTC, in the middle of a write; it is stopped: "
        with pytest.raises(CacheBusy, match=said + rf"let it go on \(kill -CONT {pid}\)"), impatient.write():
            raise AssertionError("two writers at once")
        assert is_stopped(pid)
    impatient.close()


@pytest.mark.parametrize("listed", ["", "1: POSIX ADVISORY\n", "7: POSIX  ADVISORY  WRITE 4121 fe:00:1 0 EOF\n"])
def test_where_nobody_is_listed_nobody_is_named(
    file_cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: str
) -> None:
    locks = tmp_path / "locks"
    locks.write_text(listed)
    for place in (locks, tmp_path / "no such file"):
        monkeypatch.setattr(holders, "LOCKS", place)
        with file_cache.write():
            assert writer_of(file_cache.path) is None
    assert not is_stopped(2**30)
