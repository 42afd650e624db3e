"""The world: everything put together, run in before the doors open, and then run as far as it is asked to."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from console.simulator import layout, places
from console.simulator.arrivals import Arrivals
from console.simulator.bookings import Bookings
from console.simulator.boxes import Boxes
from console.simulator.customs import Customs
from console.simulator.departures import Departures
from console.simulator.flaws import Flaws
from console.simulator.gate import Gate
from console.simulator.inspections import Inspections
from console.simulator.log import ChangeLog
from console.simulator.machines import Machines
from console.simulator.office import Office
from console.simulator.rail import Rail
from console.simulator.sensors import Sensors
from console.simulator.stock import Stock
from console.simulator.terminal import Terminal, at
from console.simulator.tracks import Tracks
from console.simulator.upkeep import Upkeep
from console.simulator.yard import Yard

RUN_IN = timedelta(hours=36)
"""The terminal has run this long at the start, so that the first screen shows it in full work."""
READ_IN = timedelta(hours=3)
"""Reefers and locks have been read this long."""


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Everything made here stays: looking for garbage among it costs a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class World:
    """A terminal of about `containers` boxes at `start`; the same seed, size and start give the same world.

    Its doors open at `opens` (default: `start`): until then it runs, and the log tells nothing of it. `run_until` may
    be called in steps of any size: what happens depends on simulated time only. `ValueError` for a start without a
    time zone or after `opens`, or fewer than 100 containers.
    """

    site = places.SITE.name
    timezone = places.TIMEZONE

    def __init__(self, seed: int, containers: int, start: datetime, opens: datetime | None = None) -> None:
        if start.tzinfo is None:
            raise ValueError(f"the start {start.isoformat()} has no time zone")
        if containers < 100:
            raise ValueError(f"{containers} containers are too few for a terminal; ask for 100 or more")
        self._now = start.astimezone(UTC).replace(microsecond=0)
        opens = opens or self._now
        if opens < self._now:
            raise ValueError(f"it begins at {start.isoformat()}, after {opens.isoformat()}, when it would open")
        self.terminal = Terminal(seed, containers, self._now - RUN_IN)
        with _collector_resting():
            self._build()
            self.run_until(opens)
            self.log.open()

    @property
    def log(self) -> ChangeLog:
        """Every change, and the current records."""
        return self.terminal.log

    @property
    def now(self) -> datetime:
        """Simulated time: everything up to and at it has happened."""
        return self._now

    def run_until(self, moment: datetime) -> None:
        """Let everything happen up to and at `moment`; nothing for a moment that has passed."""
        for _ in self.instants(moment):
            pass

    def instants(self, moment: datetime) -> Iterator[datetime]:
        """Like `run_until`, with a stop after each commit, so that a server can answer between two of them."""
        env, log = self.terminal.env, self.log
        until = moment.timestamp()
        while (instant := env.peek()) <= until:
            while env.peek() == instant:
                env.step()
            self._now = max(self._now, at(instant))
            log.commit(at(instant))
            yield at(instant)
        self._now = max(self._now, moment.astimezone(UTC))
        log.advance(moment.astimezone(UTC))

    def _build(self) -> None:
        terminal = self.terminal
        layout.build(terminal)
        yard = Yard(terminal)
        boxes = Boxes(terminal)
        machines = Machines(terminal, yard, boxes)
        inspections = Inspections(terminal, yard, boxes, machines)
        customs = Customs(terminal, boxes, Office(terminal), inspections)
        gate = Gate(terminal, yard, boxes, machines)
        Stock(terminal, yard, boxes, customs, gate).fill()
        bookings = Bookings(terminal, yard, boxes, customs, gate)
        tracks = Tracks(terminal)
        arrivals = Arrivals(terminal, yard, boxes, machines, tracks, bookings, customs)
        departures = Departures(terminal, yard, boxes, machines, tracks, bookings)
        Rail(terminal, tracks, arrivals, departures)
        terminal.start(Sensors(terminal, boxes).run_from((self._now - READ_IN).timestamp()))
        terminal.start(Flaws(terminal, boxes).run_from((self._now - READ_IN).timestamp()))
        Upkeep(terminal, boxes, bookings)
