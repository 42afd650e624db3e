"""Inbound visits: boxes are advised, the train runs late or not, is discharged, and leaves its rake."""

from console.simulator import places
from console.simulator.bookings import Bookings
from console.simulator.boxes import Boxes
from console.simulator.cargo import teu
from console.simulator.customs import Customs
from console.simulator.machines import Machines
from console.simulator.places import Place
from console.simulator.records import Container, TrainStop, Wagon, WorkInstruction
from console.simulator.terminal import HOUR, MINUTE, Steps, Terminal, at, later, seconds_of
from console.simulator.tracks import SHUNT, Tracks
from console.simulator.visits import Rake, Visit
from console.simulator.yard import Yard

ON_TIME, LATE = 0.55, 0.88
"""Shares of arrivals within ten minutes of plan, and (the rest up to) a quarter to one and a half hours late."""
UNKNOWN_SHARE = 0.12
"""Share of late trains for which nobody has an estimate for some hours."""
PLANNED_SHARE = 0.6
"""Share of boxes for which a block is planned as soon as the train is announced; the others at discharge."""
EMPTY_SHARE = {"feeder": 0.3, "ILSTC": 0.15, "CRE": 0.08, "China-Laos": 0.1}
TRANSIT_SHARE = {"ILSTC": 0.12, "CRE": 0.2, "China-Laos": 0.12}
ONWARD: dict[str, tuple[Place, ...]] = {
    "ILSTC": (places.DUISBURG, places.MALASZEWICZE),
    "CRE": (places.QINZHOU, places.QINZHOU, places.VIENTIANE),
    "China-Laos": (places.DUISBURG, places.MALASZEWICZE),
    "feeder": (places.QINZHOU, places.QINZHOU, places.DUISBURG, places.VIENTIANE),
}
"""Where boxes go on to from each corridor."""


class Arrivals:
    """Runs inbound visits."""

    def __init__(
        self, terminal: Terminal, yard: Yard, boxes: Boxes, machines: Machines, tracks: Tracks, bookings: Bookings,
        customs: Customs,
    ) -> None:  # fmt: skip
        self._terminal, self._yard, self._boxes = terminal, yard, boxes
        self._machines, self._tracks, self._bookings, self._customs = machines, tracks, bookings, customs

    def run(self, visit: Visit) -> Steps:
        """One inbound visit from its announcement to its closing."""
        self._advise(visit)
        yield from self._travel(visit)
        yield from self._come_in(visit)
        yield from self._discharge(visit)
        yield from self._leave(visit)

    def _advise(self, visit: Visit) -> None:
        """The manifest: which boxes are on which wagon, and for whom."""
        chance, rake = visit.chance, Rake(visit.wagons)
        corridor = visit.service.line.corridor
        onward: list[Container] = []
        imports: list[Container] = []
        wanted = visit.capacity * chance.uniform(0.8, 1.0)
        loaded, bill = 0, None
        while loaded < wanted:
            box = self._draw_box(visit, corridor)
            berth = rake.reserve(box)
            if berth is None:
                break
            berth.take(box)
            loaded += teu(box.size_type)
            box.state, box.place, box.inbound_train_id = "inbound", "train", visit.train.id
            box.expected_at, box.expected_source = visit.train.estimated_arrival, "train"
            if chance.random() < 0.5 or bill is None:
                bill = f"DB-{self._terminal.numbers.count('bill', 70_001)}"
            box.bill = bill
            visit.boxes[box.id] = box
            if visit.chance.random() < PLANNED_SHARE:
                box.planned_block_id = self._yard.block_for(box)
            (onward if box.category in ("export", "transit") else imports).append(box)
            self._boxes.refresh(box)
        visit.train.booked_boxes, visit.train.booked_teu = len(visit.boxes), float(loaded)
        for box in onward:
            self._bookings.connect(box, visit.ends)
        if corridor != "feeder":
            self._customs.declare_inbound([box for box in imports if box.full], visit.planned)
            self._customs.declare_inbound([box for box in onward if box.category == "transit"], visit.planned)
        else:
            self._customs.declare_export([box for box in onward if box.full], visit.planned + 12 * HOUR)

    def _draw_box(self, visit: Visit, corridor: str) -> Container:
        chance = visit.chance
        if chance.random() < EMPTY_SHARE[corridor]:
            return self._boxes.empty()
        if corridor == "feeder":
            return self._boxes.full("export", chance.choice(ONWARD[corridor]))
        if chance.random() < TRANSIT_SHARE[corridor]:
            return self._boxes.full("transit", chance.choice(ONWARD[corridor]))
        return self._boxes.full("import", places.SITE)

    def _travel(self, visit: Visit) -> Steps:
        """The train on its way: estimates follow its real lateness, which nobody knows before."""
        chance, train = visit.chance, visit.train
        late = self._draw_lateness(visit)
        hours = visit.service.line.via[-1][1]
        yield self._terminal.wait_until(visit.planned - min(hours, 30) * HOUR)
        train.phase = "inbound"
        self._terminal.log.upsert(train)
        arrives = visit.planned + late
        unknown_from = arrives - chance.uniform(2, 6) * HOUR
        unknown = late > 15 * MINUTE and chance.random() < UNKNOWN_SHARE * 2
        stops = visit.stops[:-1]
        while (now := self._terminal.env.now) < arrives - 5 * MINUTE:
            left = arrives - now
            if unknown and unknown_from <= now and left > 40 * MINUTE:
                self._estimate(visit, None, None)
            else:
                known = min(1.0, 1.2 - left / (min(hours, 30) * HOUR))
                guess = late * max(0.0, known) + chance.uniform(-4, 4) * MINUTE
                self._estimate(visit, visit.planned + guess, now)
            self._pass_stops(stops, late, now)
            yield self._terminal.wait(min(left - 4 * MINUTE, chance.uniform(12, 35) * MINUTE))
        self._pass_stops(stops, late, arrives)
        yield self._terminal.wait_until(arrives)

    def _draw_lateness(self, visit: Visit) -> float:
        chance = visit.chance
        drawn = chance.random()
        if drawn < ON_TIME:
            return chance.uniform(-10, 10) * MINUTE
        if drawn < LATE:
            return chance.triangular(15, 90, 25) * MINUTE
        return chance.uniform(90, 300) * MINUTE

    def _estimate(self, visit: Visit, arrives: float | None, now: float | None) -> None:
        """Take in a new estimate, None when it is late and nobody knows."""
        train = visit.train
        estimate = None if arrives is None or now is None else at(60 * round(max(arrives, now + 120) / 60))
        if train.estimated_arrival == estimate:
            return
        late = arrives is None or arrives - visit.planned > 10 * MINUTE
        train.estimated_arrival, train.unknown_delay = estimate, arrives is None
        train.delay_cause = (train.delay_cause or visit.chance.choice(visit.service.line.causes)) if late else None
        if estimate is not None:
            train.estimated_departure = max(at(visit.ends), later(estimate, minutes=0.8 * visit.service.stay_min))
        visit.stop_here.estimated_arrival, visit.stop_here.unknown_delay = estimate, arrives is None
        self._terminal.log.upsert(visit.stop_here)
        self._terminal.log.upsert(train)
        for box in visit.boxes.values():
            box.expected_at = estimate
            self._terminal.log.upsert(box)

    def _pass_stops(self, stops: list[TrainStop], late: float, now: float) -> None:
        for index, stop in enumerate(stops, 1):
            delay = late * index / (len(stops) + 1)
            for planned, name in (
                (stop.planned_arrival, "actual_arrival"),
                (stop.planned_departure, "actual_departure"),
            ):
                if planned is not None and getattr(stop, name) is None and seconds_of(planned) + delay <= now:
                    setattr(stop, name, later(planned, minutes=delay / 60))
                    self._terminal.log.upsert(stop)

    def _come_in(self, visit: Visit) -> Steps:
        train, line = visit.train, visit.service.line
        waited = yield from self._tracks.enter(train, line.tracks, visit.service.stay_min * MINUTE)
        if waited:
            train.delay_cause = "track occupied"
        yield self._terminal.wait(3 * MINUTE)
        train.phase, train.unknown_delay = "arrived", False
        train.actual_arrival = train.estimated_arrival = self._terminal.now
        train.estimated_departure = max(at(visit.ends), later(self._terminal.now, minutes=0.8 * visit.service.stay_min))
        self._terminal.log.upsert(train)
        here = visit.stop_here
        here.track, here.actual_arrival, here.unknown_delay = train.track, self._terminal.now, False
        self._terminal.log.upsert(here)
        for wagon in visit.wagons:
            wagon.state = "damaged" if visit.chance.random() < 0.004 else "spotted"
            self._terminal.log.upsert(wagon)
        for box in visit.boxes.values():
            box.place = "wagon"
            self._terminal.log.upsert(box)

    def _discharge(self, visit: Visit) -> Steps:
        train = visit.train
        yield self._terminal.wait(visit.chance.uniform(8, 20) * MINUTE)
        train.phase = "working"
        self._terminal.log.upsert(train)
        unit = self._machines.at_track(train.track_id or "")
        work = [self._plan_discharge(visit, box, sequence) for sequence, box in enumerate(visit.boxes.values(), 1)]
        for box, instruction in work:
            yield from self._machines.set_down(box, instruction, box.planned_block_id or "", unit)
            box.expected_at, box.expected_source = None, None
            self._boxes.receive(box)
        train.phase = "complete"
        self._terminal.log.upsert(train)

    def _plan_discharge(self, visit: Visit, box: Container, sequence: int) -> tuple[Container, WorkInstruction]:
        box.planned_block_id = self._yard.block_for(box)
        self._terminal.log.upsert(box)
        return box, self._machines.order(
            "discharge", box, train_id=visit.train.id, block_id=box.planned_block_id, sequence=sequence
        )

    def _leave(self, visit: Visit) -> Steps:
        """The rake turns round to become another train, or is pulled out."""
        train = visit.train
        successor = visit.successor
        if successor is None:
            yield self._terminal.wait_until(max(visit.ends, self._terminal.env.now + 15 * MINUTE))
        else:
            yield self._terminal.wait(10 * MINUTE)
        train.phase = "departed"
        train.actual_departure = train.estimated_departure = self._terminal.now
        visit.stop_here.actual_departure = self._terminal.now
        self._terminal.log.upsert(visit.stop_here)
        self._terminal.log.upsert(train)
        if successor is None:
            yield self._terminal.wait(SHUNT)
            self._tracks.leave(train)
        else:
            self._hand_over(visit, successor)
        yield self._terminal.wait(2 * HOUR)
        train.phase = "closed"
        self._terminal.log.upsert(train)

    def _hand_over(self, visit: Visit, successor: Visit) -> None:
        self._tracks.hand_over(visit.train, successor.train, successor.ends)
        successor.wagons, visit.wagons = visit.wagons, []
        for wagon in successor.wagons:
            _hand_wagon(wagon, successor)
            self._terminal.log.upsert(wagon)
        successor.rake_here.succeed()


def _hand_wagon(wagon: Wagon, successor: Visit) -> None:
    wagon.train_id = successor.train.id
    wagon.state = "repaired" if wagon.state == "damaged" else wagon.state
