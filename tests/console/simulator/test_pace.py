"""The world keeps up with its clock, and never keeps a request waiting for long."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from console.simulator import pace
from console.simulator.pace import PacedClock, keep_up
from tests.console.simulator.toy import START, ToyWorld


class WatchedWorld(ToyWorld):
    """Notes each commit, and tells when it has come to `goal`."""

    def __init__(self, goal: datetime) -> None:
        super().__init__()
        self.goal = goal
        self.steps: list[str] = []
        self.arrived = asyncio.Event()

    def instants(self, moment: datetime) -> Iterator[datetime]:
        for instant in super().instants(moment):
            self.steps.append("world")
            if instant >= self.goal:
                self.arrived.set()
            yield instant


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0])
def test_the_clock_goes_as_many_times_as_fast_as_the_real_one(speed: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 50.0
    monkeypatch.setattr(pace, "elapsed", lambda: now)
    clock = PacedClock(START, speed)
    assert clock.now() == START
    now += 10
    assert clock.now() == START + timedelta(seconds=10 * speed)


async def test_the_world_follows_its_clock() -> None:
    world = WatchedWorld(START + timedelta(minutes=10))
    clock = PacedClock(START, 1000)
    task = asyncio.create_task(keep_up(world, clock))
    await world.arrived.wait()
    task.cancel()
    assert world.log.as_of <= clock.now()


async def test_a_world_that_is_behind_lets_others_have_their_turn_between_slices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "SLICE_S", 0.0)  # every commit takes longer than a slice
    world = WatchedWorld(START + timedelta(hours=1))

    async def request() -> None:
        while True:
            world.steps.append("request")
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(keep_up(world, PacedClock(START, 1e6))), asyncio.create_task(request())]
    await world.arrived.wait()
    for task in tasks:
        task.cancel()
    pairs = list(zip(world.steps, world.steps[1:], strict=False))
    assert world.steps.count("world") >= 60
    assert ("world", "world") not in pairs
