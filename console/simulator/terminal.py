"""What every process of the world shares: its clock, its records, its numbers and its streams of chance."""

import math
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar, cast

import simpy

from console.simulator.log import ChangeLog
from console.simulator.numbers import Numbers
from console.simulator.places import UTC_OFFSET_H
from console.simulator.records import FEED_OF
from storage.models import Feed

R = TypeVar("R", bound=Feed)
Steps = Generator[simpy.Event, Any, Any]
"""A process: it yields the simpy events it waits for."""

MINUTE = 60
HOUR = 3600
DAY = 86_400
FULL_SIZE = 3_000
"""Containers in the yard for which the timetable, the fleet and the offices are drawn in full."""


class Terminal:
    """The clock counts whole seconds since 1970, so that every time is exact and a world repeats itself."""

    def __init__(self, seed: int, containers: int, begins: datetime) -> None:
        self.seed = seed
        self.containers = containers
        self.env = simpy.Environment(initial_time=int(begins.timestamp()))
        self.log = ChangeLog()
        self.numbers = Numbers(self.chance("numbers"))

    @property
    def train_scale(self) -> float:
        """Length of trains in a small yard: trains of 50 wagons would empty it."""
        return min(1.0, max(0.12, self.containers / FULL_SIZE))

    @property
    def road_scale(self) -> float:
        """Trucks and declarations grow slower than the yard: boxes dwell longer in a large one."""
        return math.pow(self.containers / FULL_SIZE, 0.75)

    @property
    def seconds(self) -> int:
        """The simulated time, seconds since 1970."""
        return int(self.env.now)

    @property
    def now(self) -> datetime:
        """The simulated time, UTC."""
        return at(self.seconds)

    def chance(self, name: str) -> Random:
        """A stream of its own for a process; what others draw does not change it."""
        return Random(f"{self.seed}/{name}")

    def table(self, kind: type[R]) -> dict[str, R]:
        """Records of a feed by id, in the order they came."""
        return cast("dict[str, R]", self.log.records[FEED_OF[kind]])

    def new_id(self, letter: str) -> str:
        """The next id of a series."""
        return f"{letter}{self.numbers.count(letter):06d}"

    def wait(self, seconds: float) -> simpy.Timeout:
        """An event `seconds` from now, in whole seconds, at least one."""
        return self.env.timeout(max(1, round(seconds)))

    def wait_until(self, moment: float) -> simpy.Timeout:
        """An event at `moment`, or in a second when that is past."""
        return self.wait(moment - self.env.now)

    def start(self, steps: Steps) -> simpy.Process:
        """Let a process run."""
        return self.env.process(steps)


def at(seconds: float) -> datetime:
    """Seconds since 1970 as a UTC time."""
    return datetime.fromtimestamp(round(seconds), UTC)


def seconds_of(moment: datetime) -> int:
    """A UTC time as whole seconds since 1970."""
    return int(moment.timestamp())


def later(moment: datetime, *, minutes: float) -> datetime:
    """`moment` plus minutes, whole seconds."""
    return moment + timedelta(seconds=round(60 * minutes))


def local_day(seconds: float) -> int:
    """Number of the local day, days since 1970."""
    return int(seconds + UTC_OFFSET_H * HOUR) // DAY


def local_hour(seconds: float) -> float:
    """Local hour of the day with its fraction, 0 to 24."""
    return (seconds + UTC_OFFSET_H * HOUR) % DAY / HOUR


def local_moment(day: int, hour: float) -> int:
    """Seconds since 1970 of a local hour of a local day."""
    return round(day * DAY + (hour - UTC_OFFSET_H) * HOUR)


def skewed(chance: Random, median: float, spread: float = 0.5) -> float:
    """A lognormal draw around `median`: what work and waits of people look like."""
    return median * math.exp(chance.gauss(0.0, spread))
