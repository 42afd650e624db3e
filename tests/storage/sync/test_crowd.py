"""Twenty sessions stand on one cache: one fetches, the others read, and the loss of one is nobody else's."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.cache import Cache
from storage.errors import LeaderError
from storage.models import Leader
from storage.place import Place
from storage.sync import heart
from tests.storage.conftest import DATABASES
from tests.storage.gateway import Gateway
from tests.storage.loopback import Loopback
from tests.storage.server import Server
from tests.storage.sync.crowd import Seen, take_part

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["tests.storage.sync.crowd", "tests.storage.sync.crash", "storage.upstreams.native", "storage.databases.postgres"]
)


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where there is no cache yet."""
    if request.param == "sqlite":
        yield tmp_path / "site" / "cache.db"
        return
    server: Server = request.getfixturevalue("server")
    bare = server.bare("crowd")
    yield bare
    server.drop(bare)


class Crowd:
    """Sessions that began at the same moment on a cache that did not exist."""

    def __init__(self, place: Place, server: Loopback, count: int, silent_s: float) -> None:
        self.place, self.server, self.count, self._silent_s = place, server, count, silent_s
        self.pipes: list[Any] = []
        self.processes: list[Any] = []

    def start(self) -> None:
        self._together = PROCESSES.Barrier(self.count)
        for number in range(self.count):
            ours, theirs = PROCESSES.Pipe()
            args = (self.place, self.server.url, f"session-{number}", self._together, theirs, self._silent_s)
            process = PROCESSES.Process(target=take_part, args=args)
            process.start()
            theirs.close()
            self.pipes.append(ours)
            self.processes.append(process)

    async def see(self, boxes: int) -> list[Seen]:
        """Each session's account once it reads so many boxes."""
        for pipe in self.pipes:
            pipe.send(boxes)
        return [await asyncio.to_thread(pipe.recv) for pipe in self.pipes]

    def askers(self) -> set[str]:
        """Who asked the gateway."""
        return {request.headers["authorization"].removeprefix("Bearer ") for request in self.server.requests}

    def lose(self, name: str, number: signal.Signals = signal.SIGKILL) -> Any:
        """Send one session a signal and leave it out from now on; its process."""
        index = [process.pid for process in self.processes].index(int(name)) if name.isdecimal() else -1
        process = self.processes.pop(index)
        self.pipes.pop(index).close()
        os.kill(process.pid, number)
        return process

    def row(self) -> Leader:
        cache = Cache.open(self.place)
        with cache.read() as session:
            leader = session.get_one(Leader, 1)
        cache.close()
        return leader

    async def settle(self) -> None:
        """Until all feeds are loaded, and only changes are asked for."""
        before = len(self.server.requests)
        while sum("/v1/changes" in request.path for request in self.server.requests[before:]) < 2:
            await asyncio.sleep(0.01)

    async def next_leader(self, before: int) -> Leader:
        while (leader := self.row()).epoch == before or leader.pid not in [each.pid for each in self.processes]:
            await asyncio.sleep(0.005)
        return leader

    def end(self) -> list[int]:
        for pipe in self.pipes:
            pipe.close()
        for process in self.processes:
            process.join()
        return [process.exitcode for process in self.processes]


@contextlib.asynccontextmanager
async def crowd(place: Place, gateway: Gateway, count: int, silent_s: float = heart.SILENT_S) -> AsyncIterator[Crowd]:
    async with gateway.serve() as server:
        sessions = Crowd(place, server, count, silent_s)
        await asyncio.to_thread(sessions.start)
        try:
            yield sessions
            assert set(await asyncio.to_thread(sessions.end)) <= {0}
        finally:
            for process in sessions.processes:
                process.kill()


def gateway_of(boxes: int) -> Gateway:
    gateway = Gateway(min_poll_s=0.05)
    for number in range(boxes):
        gateway.box(f"b{number}")
    return gateway


def check(seen: list[Seen], boxes: int) -> None:
    """Nobody met an error, and nobody heard of anything but who leads."""
    assert [each.error for each in seen] == [""] * len(seen)
    assert {each.rows for each in seen} == {boxes}
    assert {sentence.rpartition(": ")[2] for each in seen for sentence in each.said} <= {"standing by."}


@pytest.mark.timeout(300)  # twenty processes that begin at once, on however few cores
async def test_of_many_that_start_together_one_migrates_and_one_asks(place: Place) -> None:
    """Twenty on a file; on a server fewer, for whom all is the same but slower: `make soak` has twenty there too."""
    await start_together(place, 20 if isinstance(place, Path) else 8)


async def start_together(place: Place, count: int) -> None:
    gateway = gateway_of(30)
    async with crowd(place, gateway, count) as sessions:
        seen = await sessions.see(30)
        gateway.box("later")
        seen = await sessions.see(31)
        check(seen, 31)
        assert sum(each.migrations for each in seen) == 1
        leader = sessions.row()
        assert sessions.askers() == {each.name for each in seen if each.pid == leader.pid}
        assert leader.epoch == 1
        if isinstance(place, Path):
            files = sorted(path.name for path in place.parent.iterdir())
            assert files == ["cache.db", "cache.db-shm", "cache.db-wal", "cache.db.leader"]


async def test_when_the_one_that_asks_is_killed_another_goes_on_where_it_was(place: Place) -> None:
    gateway = gateway_of(30)
    async with crowd(place, gateway, 4) as sessions:
        await sessions.see(30)
        await sessions.settle()
        first = sessions.row()
        sessions.lose(str(first.pid)).join()
        sessions.server.requests.clear()
        gateway.box("later")
        seen = await sessions.see(31)
        check(seen, 31)
        assert sessions.row().epoch == first.epoch + 1
        assert len(sessions.askers()) == 1
        assert not any("snapshot" in request.path for request in sessions.server.requests)


async def test_when_the_one_that_asks_stands_still_another_goes_on_and_the_first_ends_when_it_wakes(
    place: Place,
) -> None:
    gateway = gateway_of(3)
    async with crowd(place, gateway, 3, silent_s=3.0) as sessions:
        await sessions.see(3)
        first = sessions.row()
        stopped = await stop_between_transactions(sessions, first)
        gateway.box("later")
        check(await sessions.see(4), 4)
        assert sessions.row().epoch == first.epoch + 2
        await woken(stopped)


async def stop_between_transactions(sessions: Crowd, first: Leader) -> Any:
    """Stop the leader where it holds no lock of SQLite, which nobody could take from it."""
    cache = Cache.open(sessions.place)
    with cache.write():
        process = sessions.lose(str(first.pid), signal.SIGSTOP)
    cache.close()
    return process


async def woken(process: Any) -> None:
    """It runs again, finds that it leads no more, and ends."""
    os.kill(process.pid, signal.SIGCONT)
    await asyncio.to_thread(process.join)
    assert process.exitcode == 0, LeaderError.__doc__


@pytest.mark.soak
@pytest.mark.parametrize("turn", range(10))
async def test_twenty_start_together_again_and_again(place: Place, turn: int) -> None:
    await start_together(place, 20)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_thirty_killed_leaders_are_each_followed_within_two_seconds(place: Place) -> None:
    took: list[float] = []
    async with crowd(place, gateway_of(30), 31) as sessions:
        await sessions.see(30)
        for _ in range(30):
            before = sessions.row()
            began = time.monotonic()
            sessions.lose(str(before.pid)).join()
            await sessions.next_leader(before.epoch)
            took.append(time.monotonic() - began)
            await asyncio.sleep(1.5)  # those who stand by look about once a second, each at its own moment
        check(await sessions.see(30), 30)
    print(f"\nfailover after kill -9, {place}: {told(took)}")
    assert max(took) < 2


def told(took: list[float]) -> str:
    return f"median {statistics.median(took):.2f} s, worst {max(took):.2f} s, n {len(took)}"


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_stopped_leader_is_followed_after_three_heartbeats(place: Place) -> None:
    took: list[float] = []
    async with crowd(place, gateway_of(3), 8, silent_s=heart.SILENT_S) as sessions:
        await sessions.see(3)
        for _ in range(5):
            first = sessions.row()
            stopped = await stop_between_transactions(sessions, first)
            began = time.monotonic()
            await sessions.next_leader(first.epoch)
            took.append(time.monotonic() - began)
            await woken(stopped)
    print(f"\ntakeover of a stopped leader, {place}: {told(took)}")
    assert max(took) < heart.SILENT_S + 2 * heart.LOOK_S + 2


@pytest.mark.soak
@pytest.mark.parametrize("turn", range(10))
async def test_three_stopped_leaders_in_a_row_are_each_taken_over_and_fenced(place: Place, turn: int) -> None:
    took: list[float] = []
    gateway = gateway_of(3)
    async with crowd(place, gateway, 5, silent_s=3.0) as sessions:
        await sessions.see(3)
        for number in range(3):
            first = sessions.row()
            stopped = await stop_between_transactions(sessions, first)
            began = time.monotonic()
            await sessions.next_leader(first.epoch)
            took.append(time.monotonic() - began)
            gateway.box(f"later{number}")
            check(await sessions.see(4 + number), 4 + number)
            await woken(stopped)
    print(
        f"\ntakeover of a stopped leader after {3.0} s of silence, turn {turn}, s: {[round(each, 2) for each in took]}"
    )
