"""Outbound visits: the rake comes, is loaded with what is ready, is checked and leaves, late or not."""

from console.simulator.bookings import Bookings
from console.simulator.boxes import Boxes, may_leave
from console.simulator.machines import Machines, Unit
from console.simulator.records import Container, Voyage
from console.simulator.terminal import HOUR, MINUTE, Steps, Terminal, at, later, seconds_of
from console.simulator.tracks import SHUNT, Tracks
from console.simulator.visits import CLOSES_BEFORE_MIN, Berth, Rake, Visit, make_rake
from console.simulator.yard import Yard

ON_TIME, LATE = 0.6, 0.9
"""Shares of departures within five minutes of plan, and (the rest up to) ten to fifty minutes late."""
LOCOMOTIVES = ("HXD1 1{:03d}", "HXD2 0{:03d}", "HXN5 0{:03d}", "HXD3C 0{:03d}")
GANGS = 2
"""While one digs for its box, the other has the crane at the track."""
ROLL_MARGIN_MIN = 25
"""Minutes before loading closes at which boxes that still miss something big are taken off the list."""


class Departures:
    """Runs outbound visits."""

    def __init__(
        self, terminal: Terminal, yard: Yard, boxes: Boxes, machines: Machines, tracks: Tracks, bookings: Bookings
    ) -> None:
        self._terminal, self._yard, self._boxes = terminal, yard, boxes
        self._machines, self._tracks, self.bookings = machines, tracks, bookings

    def run(self, visit: Visit) -> Steps:
        """One outbound visit from its announcement to its closing."""
        start = self._terminal.start
        start(self.bookings.fill(visit))
        start(self._paperwork(visit))
        start(self._hear_of_delay(visit))
        yield from self._come_in(visit)
        yield from self._load(visit)
        yield from self._depart(visit)

    def _paperwork(self, visit: Visit) -> Steps:
        """Path, rail manifest and locomotive, each when it usually comes."""
        chance, train, terminal = visit.chance, visit.train, self._terminal
        yield terminal.wait_until(visit.planned - chance.uniform(10, 30) * HOUR)
        train.path, train.crew_at = "confirmed", later(at(visit.planned), minutes=-chance.choice((20, 30, 45)))
        terminal.log.upsert(train)
        yield terminal.wait_until(visit.planned - chance.uniform(2.5, 4.0) * HOUR)
        train.manifest_state = "filed"
        terminal.log.upsert(train)
        yield terminal.wait(chance.uniform(10, 40) * MINUTE)
        if chance.random() < 0.12:
            train.manifest_state = "rejected"
            terminal.log.upsert(train)
            yield terminal.wait(chance.uniform(15, 50) * MINUTE)
        train.manifest_state = "accepted"
        terminal.log.upsert(train)
        yield terminal.wait_until(visit.planned - chance.uniform(0.6, 2.0) * HOUR)
        train.locomotive = chance.choice(LOCOMOTIVES).format(chance.randrange(1_000))
        terminal.log.upsert(train)

    def _hear_of_delay(self, visit: Visit) -> Steps:
        """A late locomotive or crew is heard of one to three hours ahead, sometimes without an estimate first."""
        chance = visit.chance
        drawn = chance.random()
        late = 0.0
        if drawn > ON_TIME:
            late = chance.uniform(10, 50) if drawn < LATE else chance.uniform(50, 150)
        yield self._terminal.wait_until(visit.planned - chance.uniform(1.0, 3.0) * HOUR)
        if late and visit.train.phase not in ("departed", "closed"):
            cause = chance.choice(visit.service.line.causes)
            if late > 60 and chance.random() < 0.4:
                visit.train.estimated_departure, visit.train.unknown_delay = None, True
                visit.train.delay_cause = cause
                self._terminal.log.upsert(visit.train)
                yield self._terminal.wait(chance.uniform(20, 50) * MINUTE)
            self._postpone(visit, visit.planned + late * MINUTE, cause)

    def _postpone(self, visit: Visit, departs: float, cause: str) -> None:
        """A later estimate; loading stays open longer once the train is more than half an hour late."""
        train = visit.train
        estimate = at(60 * round(departs / 60))
        if train.actual_departure is not None or (train.estimated_departure or at(0)) >= estimate:
            return
        train.estimated_departure, train.unknown_delay, train.delay_cause = estimate, False, cause
        if departs - visit.planned > CLOSES_BEFORE_MIN * MINUTE and train.phase != "complete":
            train.loading_closes = later(estimate, minutes=-CLOSES_BEFORE_MIN)
        visit.stop_here.estimated_departure = estimate
        self._terminal.log.upsert(visit.stop_here)
        self._terminal.log.upsert(train)
        voyage = self._terminal.table(Voyage).get(train.voyage_id or "")
        if voyage is not None:
            voyage.train_arrival = later(estimate, minutes=60 * visit.service.line.via[-1][1])
            self._terminal.log.upsert(voyage)

    def _come_in(self, visit: Visit) -> Steps:
        train, terminal = visit.train, self._terminal
        if train.turned_from is not None:
            yield visit.rake_here
        else:
            yield terminal.wait_until(visit.begins - 6 * HOUR)
            visit.wagons = make_rake(terminal, visit)
            for wagon in visit.wagons:
                terminal.log.upsert(wagon)
            yield terminal.wait_until(visit.begins - HOUR)
            train.phase = "inbound"
            terminal.log.upsert(train)
            yield terminal.wait_until(visit.begins + visit.chance.uniform(-8, 20) * MINUTE)
            yield from self._tracks.enter(train, visit.service.line.tracks, visit.service.stay_min * MINUTE)
        train.phase, train.actual_arrival, train.estimated_arrival = "arrived", terminal.now, terminal.now
        terminal.log.upsert(train)
        visit.stop_here.track, visit.stop_here.actual_arrival = train.track, terminal.now
        terminal.log.upsert(visit.stop_here)
        for wagon in visit.wagons:
            wagon.state = wagon.state or ("damaged" if visit.chance.random() < 0.004 else "spotted")
            terminal.log.upsert(wagon)
        # A rake that came late needs its time: twenty moves an hour, and the half hour of preparation.
        needs = terminal.env.now + len(visit.boxes) * 3 * MINUTE + 45 * MINUTE
        if needs > visit.planned + 10 * MINUTE:
            self._postpone(visit, needs, "late rake")

    def _load(self, visit: Visit) -> Steps:
        terminal, train = self._terminal, visit.train
        yield terminal.wait(visit.chance.uniform(8, 20) * MINUTE)
        train.phase = "working"
        terminal.log.upsert(train)
        rake, in_hand = Rake(visit.wagons, apart=True), dict[str, Container]()
        yield terminal.env.all_of([terminal.start(self._load_as_gang(visit, rake, in_hand)) for _ in range(GANGS)])
        visit.may_book = False
        train.phase = "complete"
        terminal.log.upsert(train)

    def _load_as_gang(self, visit: Visit, rake: Rake, in_hand: dict[str, Container]) -> Steps:
        """One box after the other, until loading closes; `in_hand` are the boxes that the gangs are about."""
        terminal = self._terminal
        unit = self._machines.at_track(visit.train.track_id or "")
        while terminal.env.now < visit.loading_closes:
            self._roll_hopeless(visit)
            found = self._next_box(visit, rake, in_hand)
            if found is None:
                yield terminal.wait(2 * MINUTE)
                continue
            box, berth = found
            in_hand[box.id] = box
            loaded = yield from self._load_box(visit, box, berth, unit)
            if not loaded:
                rake.give_back(berth)
            del in_hand[box.id]

    def _next_box(self, visit: Visit, rake: Rake, in_hand: dict[str, Container]) -> tuple[Container, Berth] | None:
        """Of the boxes that may be loaded now and have room on the train, one with the fewest others above it."""
        candidates = [box for box in visit.boxes.values() if self._loadable(box, visit) and box.id not in in_hand]
        for box in sorted(candidates, key=lambda box: len(self._yard.above(box))):
            berth = rake.reserve(box)
            if berth is not None:
                return box, berth
        return None

    def _loadable(self, box: Container, visit: Visit) -> bool:
        return box.place == "yard" and box.train_id == visit.train.id and not box.rolled and may_leave(box)

    def _load_box(self, visit: Visit, box: Container, berth: Berth, unit: Unit | None) -> Steps:
        """Lift a box out of the yard on to its wagon; True when it is there."""
        train = visit.train
        visit.moves += 1
        work = self._machines.order("load", box, train_id=train.id, block_id=box.block_id, sequence=visit.moves)

        def still() -> bool:
            wanted = box.place == "crane" or self._loadable(box, visit)
            return wanted and self._terminal.env.now < visit.loading_closes

        self._boxes.claim(box)
        loaded: bool = yield from self._machines.pick_up(box, work, still, unit)
        if loaded:
            berth.take(box)
            box.state, box.place = "loaded", "wagon"
            self._terminal.log.upsert(box)
        else:
            self._boxes.unclaim(box)
            self._boxes.refresh(box)
        return loaded

    def _roll_hopeless(self, visit: Visit) -> None:
        """What is not even in the terminal shortly before loading closes goes on a later train."""
        if self._terminal.env.now < visit.loading_closes - ROLL_MARGIN_MIN * MINUTE:
            return
        for box in list(visit.boxes.values()):
            if box.received_at is None and not box.rolled and visit.chance.random() < 0.3:
                self.bookings.roll(visit, box)

    def _depart(self, visit: Visit) -> Steps:
        terminal, train, chance = self._terminal, visit.train, visit.chance
        yield terminal.wait(chance.uniform(8, 20) * MINUTE)
        train.ready = True
        terminal.log.upsert(train)
        while train.unknown_delay or terminal.env.now < seconds_of(train.estimated_departure or at(0)):
            estimate = train.estimated_departure
            yield terminal.wait_until(seconds_of(estimate) if estimate else terminal.env.now + 5 * MINUTE)
        yield terminal.wait(chance.uniform(0, 4) * MINUTE)
        train.phase, train.actual_departure = "departed", terminal.now
        train.estimated_departure = train.actual_departure
        terminal.log.upsert(train)
        self._see_off(visit)
        yield terminal.wait(SHUNT)
        self._tracks.leave(train)
        yield terminal.wait(2 * HOUR)
        train.phase = "closed"
        terminal.log.upsert(train)

    def _see_off(self, visit: Visit) -> None:
        """Loaded boxes are gone, the others are left behind; the stops ahead get estimates."""
        now = self._terminal.now
        late = self._terminal.env.now - visit.planned
        for box in visit.boxes.values():
            if box.state == "loaded":
                box.state, box.place, box.departed_at = "departed", "gone", now
                self._terminal.log.upsert(box)
                self._boxes.unclaim(box)
        self.bookings.leave_behind(visit)
        visit.stop_here.actual_departure = now
        for stop in visit.stops:
            if stop is not visit.stop_here and stop.planned_arrival is not None:
                stop.estimated_arrival = later(stop.planned_arrival, minutes=late / 60)
            self._terminal.log.upsert(stop)
