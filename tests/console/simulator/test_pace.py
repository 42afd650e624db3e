"""The world keeps up with its clock, and never keeps a request waiting for long."""

import asyncio
from datetime import datetime, timedelta

import pytest

from console.simulator import pace
from console.simulator.pace import PacedClock, fitting_step, keep_up
from tests.console.simulator.toy import START, ToyWorld


class WatchedWorld(ToyWorld):
    """Notes each step, and tells when it has come to `goal`."""

    def __init__(self, goal: datetime) -> None:
        super().__init__()
        self.goal = goal
        self.steps: list[str] = []
        self.arrived = asyncio.Event()

    def run_until(self, moment: datetime) -> None:
        super().run_until(moment)
        self.steps.append("world")
        if moment >= self.goal:
            self.arrived.set()


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


async def test_a_world_that_is_behind_lets_others_have_their_turn_after_each_step() -> None:
    world = WatchedWorld(START + timedelta(hours=1))

    async def request() -> None:
        while True:
            world.steps.append("request")
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(keep_up(world, PacedClock(START, 1e5))), asyncio.create_task(request())]
    await world.arrived.wait()
    for task in tasks:
        task.cancel()
    pairs = list(zip(world.steps, world.steps[1:], strict=False))
    assert world.steps.count("world") > 3
    assert ("world", "world") not in pairs


def test_steps_shrink_when_they_take_long_and_grow_no_faster_than_twofold() -> None:
    second = timedelta(seconds=1)
    assert fitting_step(second, took=pace.SLICE_S * 10) == second / 10
    assert fitting_step(second, took=pace.SLICE_S / 10) == second * 2
    assert fitting_step(second, took=0.0) == second * 2
    assert fitting_step(timedelta(milliseconds=1), took=5.0) == timedelta(milliseconds=1)
    assert fitting_step(timedelta(minutes=59), took=0.0) == timedelta(hours=1)
