"""Who goes on which train: bookings are made, named, rolled and left behind."""

from typing import TYPE_CHECKING

from console.simulator import cargo
from console.simulator.boxes import Boxes, may_leave
from console.simulator.places import SITE
from console.simulator.records import UNWRITTEN, Booking, Container
from console.simulator.terminal import HOUR, MINUTE, Steps, Terminal, at
from console.simulator.visits import CUTOFFS, Visit
from console.simulator.yard import Yard

if TYPE_CHECKING:
    from console.simulator.customs import Customs
    from console.simulator.gate import Gate

UNNAMED_SHARE = 0.08
NEVER_NAMED = 0.25
NO_APPOINTMENT_SHARE = 0.14
AFTER_CUTOFF_SHARE = 0.08
STOCK_SHARE, MOST_FROM_STOCK = 0.25, 0.85
"""Share of bookings filled from boxes that stand in the yard already; the more wait there, the more."""


class Bookings:
    """Fills outbound visits; `visits` are all trains, by id, in planned order."""

    def __init__(self, terminal: Terminal, yard: Yard, boxes: Boxes, customs: "Customs", gate: "Gate") -> None:
        self._terminal, self._yard, self._boxes = terminal, yard, boxes
        self._customs, self._gate = customs, gate
        self.visits: dict[str, Visit] = {}

    def fill(self, visit: Visit) -> Steps:
        """Bookings for a visit: most when it is announced, the rest until ten hours before it leaves."""
        chance = visit.chance
        domestic = visit.service.line.service_type == "domestic"
        late_opening = domestic and chance.random() < 0.5
        if late_opening:  # nobody books a shuttle two days ahead
            yield self._terminal.wait_until(visit.planned - chance.uniform(9, 14) * HOUR)
        wanted = visit.capacity * chance.uniform(0.5, 0.9) if domestic else visit.capacity * chance.uniform(0.82, 1.0)
        while visit.may_book and (visit.train.booked_teu or 0) < wanted:
            self._book(visit, domestic)
            if chance.random() < 0.3 and visit.planned - self._terminal.env.now > 12 * HOUR:
                yield self._terminal.wait(chance.expovariate(1 / (1.5 * HOUR)))

    def connect(self, box: Container, not_before: float) -> None:
        """Book a box that comes by train on the first train to its destination that has room."""
        visit = self._next_visit(box, not_before)
        if visit is not None:
            self._name(self._new(visit, box.size_type or "", 1), visit, box)

    def roll(self, visit: Visit, box: Container) -> None:
        """The box will not make it; it counts aside until another train has a place."""
        self._unname(visit, box)
        box.rolled = True
        self._boxes.refresh(box)
        self._terminal.start(self._rebook_later(visit, box))

    def leave_behind(self, visit: Visit) -> None:
        """The train has gone without these: they go to the next, or wait in the yard for one."""
        for box in list(visit.boxes.values()):
            if box.state not in ("loaded", "departed"):
                self._move_on(visit, box)

    def _book(self, visit: Visit, domestic: bool) -> None:
        chance = visit.chance
        number = min(chance.choice((1, 1, 2, 2, 3, 4, 5, 8)), max(1, visit.capacity // 8))
        waiting = len(self._boxes.free_exports[visit.far_end.code])
        from_stock = min(MOST_FROM_STOCK, STOCK_SHARE + waiting / (4 * visit.capacity))
        if chance.random() < (0.7 if domestic else from_stock):
            for _ in range(number):
                box = self._from_stock(visit, empty=domestic and chance.random() < 0.7)
                if box is not None and visit.room(cargo.teu(box.size_type)):
                    self._name(self._new(visit, box.size_type or "", 1), visit, box)
            if chance.random() < 0.7:
                return
        size_type = cargo.draw_size(chance)
        number = min(number, int(visit.capacity - (visit.train.booked_teu or 0)) // cargo.teu(size_type))
        if number < 1:
            visit.may_book = visit.capacity - (visit.train.booked_teu or 0) >= 1
            size_type, number = "22G1", int(visit.may_book)
        if number:
            self._from_road(visit, self._new(visit, size_type, number), domestic)

    def _new(self, visit: Visit, size_type: str, number: int) -> Booking:
        booking = Booking(
            id=self._terminal.new_id("B"), **UNWRITTEN, number=f"BK{self._terminal.numbers.count('booking', 20_001)}",
            shipper=visit.chance.choice(cargo.SHIPPERS), train_id=visit.train.id, size_type=size_type, boxes=number,
            teu=float(number * cargo.teu(size_type)), destination_code=visit.far_end.code, cancelled=False,
        )  # fmt: skip
        self._terminal.log.upsert(booking)
        self._count(visit, booking, 1)
        return booking

    def _count(self, visit: Visit, booking: Booking, sign: int) -> None:
        visit.train.booked_boxes = (visit.train.booked_boxes or 0) + sign * (booking.boxes or 0)
        visit.train.booked_teu = (visit.train.booked_teu or 0) + sign * (booking.teu or 0)
        self._terminal.log.upsert(visit.train)

    def _name(self, booking: Booking, visit: Visit, box: Container) -> None:
        box.train_id, box.booking, box.rolled = visit.train.id, booking.number, False
        box.bill = box.bill or f"DB-{booking.number[2:]}"
        visit.boxes[box.id] = box
        self._yard.regroup(box)
        self._boxes.refresh(box)

    def _from_stock(self, visit: Visit, *, empty: bool) -> Container | None:
        pool = self._boxes.empties if empty else self._boxes.free_exports[visit.far_end.code]
        if not len(pool):
            return None
        drawn = [self._boxes.records[pool.draw(visit.chance)] for _ in range(3)]
        box = next((each for each in drawn if may_leave(each)), drawn[0])
        if empty:
            box.category, box.destination_code, box.destination = "export", visit.far_end.code, visit.far_end.name
        return box

    def _from_road(self, visit: Visit, booking: Booking, domestic: bool) -> None:
        chance = visit.chance
        if chance.random() < UNNAMED_SHARE * 2:
            booking.empties_wanted, booking.owner = booking.boxes, chance.choice(list(cargo.OWNERS.values()))
            booking.wanted_at = at(visit.planned - chance.uniform(20, 60) * HOUR)
        unnamed = [chance.random() < UNNAMED_SHARE for _ in range(booking.boxes or 0)]
        boxes = [self._named_by_shipper(visit, booking, domestic) for later in unnamed if not later]
        if boxes and not domestic:
            self._customs.declare_export(boxes, visit.planned)
        if any(unnamed):
            self._terminal.start(self._name_later(visit, booking, sum(unnamed), domestic))

    def _named_by_shipper(self, visit: Visit, booking: Booking, domestic: bool) -> Container:
        box = self._boxes.full("export", visit.far_end, size_type=booking.size_type)
        box.place = "road"
        if domestic:
            box.customs = "released"
        self._name(booking, visit, box)
        self._terminal.start(self._bring(visit, box))
        return box

    def _bring(self, visit: Visit, box: Container) -> Steps:
        """An appointment well before the gate cut-off for most; none yet, or one too late, for some."""
        chance, terminal = visit.chance, self._terminal
        cutoff = visit.planned - CUTOFFS["gate"][0] * MINUTE
        if chance.random() < NO_APPOINTMENT_SHARE:
            yield terminal.wait_until(cutoff - chance.uniform(0.2, 5.0) * HOUR)
        elif chance.random() < 0.4:
            yield terminal.wait_until(cutoff - chance.uniform(8.0, 24.0) * HOUR)
        now = terminal.env.now
        if chance.random() < AFTER_CUTOFF_SHARE:
            wish = cutoff + chance.uniform(0.1, 1.2) * HOUR
        else:
            wish = cutoff - chance.triangular(0.1, 30.0, 8.0) * HOUR
        yield from self._gate.bring(box, max(wish, now + chance.uniform(1.0, 2.5) * HOUR))

    def _name_later(self, visit: Visit, booking: Booking, number: int, domestic: bool) -> Steps:
        """Boxes that the shipper names late, some never: those are taken off the booking an hour before."""
        yield self._terminal.wait_until(visit.planned - visit.chance.uniform(3.0, 12.0) * HOUR)
        missing = 0
        for _ in range(number):
            if visit.chance.random() < NEVER_NAMED:
                missing += 1
            else:
                box = self._named_by_shipper(visit, booking, domestic)
                if not domestic:
                    self._customs.declare_export([box], visit.planned)
        yield self._terminal.wait_until(visit.planned - HOUR)
        if missing and visit.train.actual_departure is None:
            self._take_off(visit, booking, missing)

    def _take_off(self, visit: Visit, booking: Booking, number: int) -> None:
        self._count(visit, booking, -1)
        booking.boxes = (booking.boxes or 0) - number
        booking.teu = float(booking.boxes * cargo.teu(booking.size_type))
        booking.cancelled = booking.boxes == 0
        self._terminal.log.upsert(booking)
        self._count(visit, booking, 1)

    def _rebook_later(self, visit: Visit, box: Container) -> Steps:
        yield self._terminal.wait(visit.chance.uniform(0.5, 3.0) * HOUR)
        if box.train_id == visit.train.id and box.state not in ("loaded", "departed"):
            self._move_on(visit, box)

    def _unname(self, visit: Visit, box: Container) -> None:
        for booking in self._terminal.table(Booking).values():
            if booking.number == box.booking and booking.train_id == visit.train.id:
                self._take_off(visit, booking, 1)
                return

    def _move_on(self, visit: Visit, box: Container) -> None:
        """To the next train with room; what the train that has gone shows as left behind stays as it was."""
        visit.boxes.pop(box.id, None)
        box.train_id, box.booking, box.rolled = None, None, None
        successor = self._next_visit(box, self._terminal.env.now + HOUR)
        if successor is not None:
            self._name(self._new(successor, box.size_type or "", 1), successor, box)
        else:
            self._yard.regroup(box)
            self._boxes.refresh(box)

    def _next_visit(self, box: Container, not_before: float) -> Visit | None:
        cutoff = CUTOFFS["gate"][0] * MINUTE
        for visit in self.visits.values():
            suits = visit.far_end.code == box.destination_code and visit.far_end is not SITE
            if suits and visit.planned - cutoff > not_before and visit.room(cargo.teu(box.size_type)):
                return visit
        return None
