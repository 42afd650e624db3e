"""Killed at any statement, the cache holds what its cursor says, and the next sync goes on from there."""

import asyncio
import multiprocessing
import signal
from collections.abc import Iterable
from typing import Any

import pytest

from storage import damage
from storage.models import FeedState, SourceState
from storage.sync.leader import take_lock
from tests.storage.sync.conftest import Harness
from tests.storage.sync.crash import sync_and_die

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.storage.sync.crash", "storage.upstreams.native", "storage.databases.postgres"])


def state_at(harness: Harness, place: int) -> dict[str, int]:
    """Key to revision of the boxes, as the log says at `place`."""
    state: dict[str, int] = {}
    for entry in harness.gateway.log[:place]:
        if entry["op"] == "delete":
            state.pop(entry["id"], None)
        else:
            state[entry["id"]] = entry["rev"]
    return state


async def killed(harness: Harness, nth: int) -> bool:
    """Sync in a process that is killed at its `nth` statement; False when it had ended before."""
    child: Any = PROCESSES.Process(target=sync_and_die, args=(harness.cache.place, harness.server.url, nth))
    child.start()
    await asyncio.to_thread(child.join)
    assert child.exitcode in (0, -signal.SIGKILL)
    while (lock := take_lock(harness.cache.place)) is None:
        await asyncio.sleep(0.01)  # a server takes a moment to see that somebody has gone
    lock.close()
    return bool(child.exitcode != 0)


def check(harness: Harness, *, first_load: bool) -> None:
    """The rows are the state at the cursor; after a load that was broken off, at the later cut it went on from."""
    damage.check(harness.cache)
    with harness.cache.read() as session:
        source = session.get(SourceState, "gateway")
        feed = session.get(FeedState, ("gateway", "containers"))
    if source and source.cursor and feed and feed.loaded and not feed.loading:
        place = int(source.cursor.partition(":")[2])
        places = range(place, len(harness.gateway.log) + 1 if first_load else place + 1)
        assert harness.rows() in [state_at(harness, place) for place in places]
        assert feed.rows == len(harness.rows())
    else:
        served = {(entry["id"], entry["rev"]) for entry in harness.gateway.log}
        assert set(harness.rows().items()) <= served


def move_on(harness: Harness, turn: int) -> None:
    """Boxes come, change and go."""
    harness.gateway.box(f"new{turn}")
    harness.gateway.box("b1", remark=f"turn {turn}")
    if turn > 2:
        harness.gateway.remove("containers", f"new{turn - 2}")


async def kill_at(harness: Harness, statements: Iterable[int], *, first_load: bool) -> int:
    """One kill for each number of statements, with changes in between; gives the number of kills."""
    for number in range(5):
        harness.gateway.box(f"b{number}")
    kills = 0
    for turn, nth in enumerate(statements, 1):
        kills += await killed(harness, nth)
        check(harness, first_load=first_load)
        move_on(harness, turn)
    await harness.sync()
    assert harness.rows() == harness.served()
    check(harness, first_load=False)
    return kills


async def test_a_first_load_that_is_killed_again_and_again_arrives(harness: Harness) -> None:
    assert await kill_at(harness, range(30, 240, 40), first_load=True) >= 2


async def test_changes_that_are_killed_again_and_again_arrive(harness: Harness) -> None:
    await harness.sync()
    statements = *range(51, 66, 5), *range(111, 126, 5)  # a file is looked through by some sixty first, a server not
    assert await kill_at(harness, statements, first_load=False) >= 2


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_three_hundred_kills(harness: Harness) -> None:
    kills = await kill_at(harness, range(10, 200), first_load=True)
    while kills < 300:
        harness.gateway.forget_log()
        kills += await kill_at(harness, range(10, 140), first_load=True)
