"""Whatever the machine runs out of: what was half written is rolled back, who reads reads on, and it is tried again."""

import asyncio
import errno
import multiprocessing
import resource
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from storage.cache import Cache
from storage.damage import check
from storage.errors import CacheUnsafe
from storage.models import Container
from storage.place import Place
from tests.storage.gateway import Gateway
from tests.storage.sync.exhausted import SCENES, follow, play

PROCESSES = multiprocessing.get_context("forkserver")


@pytest.mark.parametrize("scene", SCENES)
def test_it_is_told_waited_out_and_made_good(scene: str, tmp_path: Path) -> None:
    process = PROCESSES.Process(target=play, args=(tmp_path / "site" / "cache.db", scene))
    process.start()
    process.join()
    assert process.exitcode == 0


async def test_a_syncer_that_gets_no_more_memory_says_so_and_goes_on_when_it_does(cache: Cache) -> None:
    gateway = Gateway(page_size=1000)
    for number in range(10):
        gateway.box(f"b{number}")
    async with gateway.serve() as server:
        syncer = Started(cache.place, server.url)
        await rows_of(cache, 10)
        syncer.limit_memory(2**20)
        for number in range(3000):
            gateway.box(f"new{number}", remark="x" * 400)
        said = await asyncio.to_thread(syncer.heard, "MemoryError")
        check(cache)
        assert await rows_of(cache, 10) < 3010, "what did not fit was rolled back"
        if said:
            syncer.limit_memory(None)
        else:  # the system ended it, or it ended itself: what is there is sound, and the next one goes on
            syncer = Started(cache.place, server.url)
        await rows_of(cache, 3010)
        assert await asyncio.to_thread(syncer.end) == 0


class Started:
    """A syncer in a process of its own."""

    def __init__(self, place: Place, url: str) -> None:
        self._pipe, theirs = PROCESSES.Pipe()
        self._process: Any = PROCESSES.Process(target=follow, args=(place, url, theirs))
        self._process.start()
        theirs.close()

    def limit_memory(self, more: int | None) -> None:
        """Give it no more than so many bytes besides those it has; None: as many as there are."""
        _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_AS)
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text("ascii").split()[0])
        soft = hard if more is None else pages * resource.getpagesize() + more
        resource.prlimit(self._process.pid, resource.RLIMIT_AS, (soft, hard))

    def heard(self, words: str) -> bool:
        """Wait until it says these words; False when it ended before."""
        try:
            while words not in self._pipe.recv():
                pass
        except EOFError:
            return False
        return True

    def end(self) -> int:
        self._pipe.close()
        self._process.join()
        return int(self._process.exitcode)


async def rows_of(cache: Cache, at_least: int) -> int:
    """How many boxes there are, once there are so many."""
    rows = -1
    while rows < at_least:
        await asyncio.sleep(0.01)
        with cache.read() as session:
            rows = session.exec(select(func.count()).select_from(Container)).one()
    return rows


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_where_no_file_can_be_made_the_remedy_is_named(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: Any) -> None:
        raise OSError(code, "as the disk says")

    monkeypatch.setattr(tempfile, "mkstemp", refused)
    with pytest.raises(CacheUnsafe, match="as the disk says; make the folder writable"):
        Cache.open(tmp_path / "site" / "cache.db", role="writer")
