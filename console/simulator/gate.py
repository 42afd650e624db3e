"""The gate: trucks come by appointment or not quite, wait for a lane, bring or fetch a box and leave."""

import simpy

from console.simulator.boxes import Boxes, may_leave
from console.simulator.machines import Machines
from console.simulator.records import UNWRITTEN, Container, GateVisit
from console.simulator.terminal import FULL_SIZE, HOUR, MINUTE, Steps, Terminal, at, local_hour, skewed
from console.simulator.yard import Yard

LANES_IN = 4
BUSY_HOURS = (
    0.35, 0.25, 0.2, 0.2, 0.2, 0.3, 0.6, 0.9, 1.4, 1.8, 1.8, 1.4, 0.9, 1.2, 1.6, 1.8, 1.7, 1.4, 1.1, 1.0, 1.1, 1.0, 0.7,
    0.5,
)  # fmt: skip
"""Trucks by local hour, 1 is the day's mean."""
NO_SHOW_SHARE = 0.03
DRIVE_MIN = 45


class Gate:
    """Lanes in, and everything a truck does from its appointment to its leaving."""

    def __init__(self, terminal: Terminal, yard: Yard, boxes: Boxes, machines: Machines) -> None:
        self._terminal, self._yard, self._boxes, self._machines = terminal, yard, boxes, machines
        self._chance = terminal.chance("gate")
        self._lanes = max(LANES_IN, round(LANES_IN * terminal.containers / FULL_SIZE / 3))
        self._in = simpy.Resource(terminal.env, capacity=self._lanes)

    def bring(self, box: Container, wish: float) -> Steps:
        """A truck brings a box at an hour near `wish`; some do not show up and book again."""
        chance, terminal = self._chance, self._terminal
        appointment = self._busy_time(wish)
        visit = self._book(box, "in", appointment)
        box.expected_at, box.expected_source = visit.appointment_at, "appointment"
        terminal.log.upsert(box)
        comes = appointment + chance.triangular(-20, 60, 5) * MINUTE
        if chance.random() < NO_SHOW_SHARE:
            yield terminal.wait_until(appointment + chance.uniform(0.5, 2.0) * HOUR)
            box.expected_at, box.expected_source = None, None
            terminal.log.upsert(box)
            comes = terminal.env.now + chance.uniform(2, 9) * HOUR
        yield terminal.wait_until(comes - DRIVE_MIN * MINUTE)
        box.state, box.place, box.vehicle = "inbound", "truck", visit.plate
        if abs(comes - appointment) > 15 * MINUTE:
            box.expected_at, box.expected_source = at(60 * round(comes / 60)), "haulier"
        terminal.log.upsert(box)
        yield terminal.wait_until(comes)
        yield from self._gate_in(visit)
        box.expected_at, box.expected_source = None, None
        box.planned_block_id = self._yard.block_for(box)
        self._boxes.receive(box)
        work = self._machines.order("gate-in", box, train_id=None, block_id=box.planned_block_id)
        yield terminal.wait(chance.uniform(4, 10) * MINUTE)
        yield from self._machines.set_down(box, work, box.planned_block_id)
        self._boxes.refresh(box)
        yield from self._gate_out(visit)

    def fetch(self, box: Container, wish: float) -> Steps:
        """A truck fetches a box at an hour near `wish`, and drives off without it if it may no longer leave."""
        chance, terminal = self._chance, self._terminal
        self._boxes.claim(box)
        appointment = self._busy_time(wish)
        visit = self._book(box, "out", appointment)
        yield terminal.wait_until(appointment + chance.triangular(-25, 75, 10) * MINUTE)
        yield from self._gate_in(visit)
        yield terminal.wait(chance.uniform(4, 10) * MINUTE)
        work = self._machines.order("gate-out", box, train_id=None, block_id=box.block_id)
        lifted = yield from self._machines.pick_up(box, work, lambda: box.state == "yard" and may_leave(box))
        if lifted:
            box.place, box.vehicle = "truck", visit.plate
            terminal.log.upsert(box)
        else:
            self._boxes.unclaim(box)
            self._boxes.refresh(box)
        yield from self._gate_out(visit)
        if lifted:
            box.state, box.place, box.departed_at = "departed", "gone", terminal.now
            terminal.log.upsert(box)
            self._boxes.unclaim(box)

    def _busy_time(self, wish: float) -> float:
        """Drawn again, an hour or so later, while the hour drawn is one in which few drive."""
        chance, moment = self._chance, wish
        for _ in range(3):
            if chance.random() < BUSY_HOURS[int(local_hour(moment))]:
                break
            moment += chance.uniform(0.5, 1.5) * HOUR
        # Appointments are given in quarters of an hour; one too early would lie in the past.
        return max(900 * round(moment / 900), self._terminal.env.now + 10 * MINUTE)

    def _book(self, box: Container, direction: str, appointment: float) -> GateVisit:
        visit = GateVisit(
            id=self._terminal.new_id("G"), **UNWRITTEN, plate=self._terminal.numbers.plate(), container_id=box.id,
            direction=direction, appointment_at=at(appointment),
        )  # fmt: skip
        self._terminal.log.upsert(visit)
        return visit

    def _gate_in(self, visit: GateVisit) -> Steps:
        visit.arrived_at = self._terminal.now
        self._terminal.log.upsert(visit)
        with self._in.request() as turn:
            yield turn
            visit.lane = f"in {self._chance.randint(1, self._lanes)}"
            self._terminal.log.upsert(visit)
            yield self._terminal.wait(skewed(self._chance, 3 * MINUTE, 0.35))
        visit.gated_in_at = self._terminal.now
        self._terminal.log.upsert(visit)

    def _gate_out(self, visit: GateVisit) -> Steps:
        yield self._terminal.wait(skewed(self._chance, 9 * MINUTE, 0.3))
        visit.gated_out_at = self._terminal.now
        self._terminal.log.upsert(visit)
