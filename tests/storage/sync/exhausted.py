"""A syncer for which the machine runs out of something, and then has it again; processes that the tests start."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import func, select

from storage.cache import Cache
from storage.errors import CacheError
from storage.figures.tally import is_kept
from storage.models import Container, Leader
from storage.place import Place
from storage.sync.leader import take_lock
from storage.sync.service import sync_follow, sync_once
from storage.upstreams.base import UpstreamSettings
from tests.storage.gateway import Gateway


@dataclass
class Following:
    """A syncer at work, what it says, and somebody who reads."""

    gateway: Gateway
    reader: Cache
    said: list[str]

    def rows(self) -> int:
        with self.reader.read() as session:
            return session.exec(select(func.count()).select_from(Container)).one()

    def tallied(self) -> bool:
        with self.reader.read() as session:
            return is_kept(session)

    def grow(self, boxes: int) -> None:
        for number in range(boxes):
            self.gateway.box(f"new{number}", remark="x" * 400)

    async def until_rows(self, wanted: int) -> None:
        """Until the syncer has brought so many."""
        while self.rows() != wanted:
            await asyncio.sleep(0.01)

    async def until_said(self, words: str) -> None:
        while not any(words in sentence for sentence in self.said):
            await asyncio.sleep(0.01)


@asynccontextmanager
async def following(path: Place) -> AsyncIterator[Following]:
    gateway = Gateway()
    for number in range(10):
        gateway.box(f"b{number}")
    async with gateway.serve() as server, asyncio.TaskGroup() as group:  # a syncer that fails ends the scene
        settings = UpstreamSettings(name="gateway", url=server.url, interval_s=0.05)
        await sync_once(path, [settings])
        reader, stop, said = Cache.open(path), asyncio.Event(), list[str]()
        task = group.create_task(sync_follow(path, [settings], stop=stop, say=said.append))
        while not leads(reader):
            await asyncio.sleep(0.01)
        yield Following(gateway, reader, said)
        stop.set()
        await task
        reader.close()


def leads(reader: Cache) -> bool:
    with reader.read() as session:
        return session.get_one(Leader, 1).stopped_at is None


def limited(what: int, soft: int) -> int:
    """Set the soft limit; the one before."""
    before, hard = resource.getrlimit(what)
    resource.setrlimit(what, (soft, hard))
    return before


def all_files() -> Iterator[int]:
    """Take every descriptor that is left."""
    with suppress(OSError):
        while True:
            yield os.open(os.devnull, os.O_RDONLY)


async def no_room(path: Path) -> None:
    """No file may grow past 64 KiB: the log of the cache neither."""
    async with following(path) as syncer:
        await syncer.until_rows(10)
        before = limited(resource.RLIMIT_FSIZE, 1 << 16)
        syncer.grow(400)
        await syncer.until_said("Cannot write the cache")
        assert syncer.rows() < 410, "what did not fit was rolled back"
        limited(resource.RLIMIT_FSIZE, before)
        await syncer.until_rows(410)


async def no_files(path: Path) -> None:
    """Not one more file can be opened, nor a connection made."""
    async with following(path) as syncer:
        await syncer.until_rows(10)
        before = limited(resource.RLIMIT_NOFILE, 200)
        taken = list(all_files())
        for opening in (lambda: Cache.open(path), lambda: take_lock(path)):
            with pytest.raises(CacheError, match="limit of open files"):
                opening()
        syncer.grow(20)
        assert syncer.rows() >= 10, "who has the cache open reads on"
        limited(resource.RLIMIT_NOFILE, before)
        for each in taken:
            os.close(each)
        await syncer.until_rows(30)


def scarce(*statements: str) -> list[str]:
    """Memory ends once at a statement that begins with each of these words; those that are still to come."""
    left = list(statements)

    def run_out(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        for words in left:
            if statement.startswith(words):
                left.remove(words)
                raise MemoryError

    event.listen(Engine, "before_cursor_execute", run_out)
    return left


async def no_memory(path: Path) -> None:
    """Memory ends in the middle of a transaction, twice."""
    async with following(path) as syncer:
        await syncer.until_rows(10)
        left = scarce("UPDATE feed_states", "UPDATE feed_states")
        syncer.grow(20)
        await syncer.until_said("MemoryError")
        await syncer.until_rows(30)
        assert not left


async def no_memory_to_tell(path: Path) -> None:
    """Memory ends in a transaction, and again when the failure is written down."""
    async with following(path) as syncer:
        await syncer.until_rows(10)
        left = scarce("UPDATE feed_states SET gen", "UPDATE source_states SET tried_at")
        syncer.grow(20)
        await syncer.until_said("No memory to keep gateway up to date")
        await syncer.until_rows(30)
        assert not left


async def no_memory_to_count(path: Path) -> None:
    """Memory ends when the tally of the yard is brought up."""
    left = scarce("UPDATE feed_states SET tallied=feed_states.gen")
    async with following(path) as syncer:
        await syncer.until_said("No memory to count the yard")
        assert not left
        syncer.grow(20)
        await syncer.until_rows(30)
        while not syncer.tallied():
            await asyncio.sleep(0.01)


SCENES = {
    "no room": no_room,
    "no files": no_files,
    "no memory": no_memory,
    "no memory to tell": no_memory_to_tell,
    "no memory to count": no_memory_to_count,
}


def play(path: Path, scene: str) -> None:
    """A failed assertion ends the process with 1, its traceback on stderr."""
    asyncio.run(SCENES[scene](path))


def follow(place: Place, url: str, pipe: Connection) -> None:
    """Keep a cache up to date and send every sentence over `pipe`, until its other end closes."""
    asyncio.run(_follow(place, url, pipe))


async def _follow(place: Place, url: str, pipe: Connection) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_reader(pipe.fileno(), stop.set)
    settings = UpstreamSettings(name="gateway", url=url, interval_s=0.05)

    def say(words: str) -> None:
        with suppress(BrokenPipeError):  # nobody listens any more: that is how it is told to stop
            pipe.send(words)

    await sync_follow(place, [settings], stop=stop, say=say)
