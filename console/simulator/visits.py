"""A train's visit and the records around it: the train, its stops, cut-offs, wagons and onward vessel."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from console.simulator import cargo, places
from console.simulator.places import Place
from console.simulator.records import UNWRITTEN, Container, Train, TrainCutoff, TrainStop, Voyage, Wagon
from console.simulator.services import SEA, Service
from console.simulator.terminal import HOUR, MINUTE, Terminal, at, later, seconds_of
from console.simulator.tracks import SHUNT
from storage.figures.box_class import is_dangerous
from storage.figures.departure_checks import wagons_apart
from storage.figures.policy import DEFAULT

CLOSES_BEFORE_MIN = 30
CUTOFFS = {
    "dangerous": (180, "dangerous goods not in the terminal"), "documents": (130, "boxes without documents"),
    "vgm": (100, "boxes without verified mass"), "reefer": (90, "reefers not in the terminal"),
    "gate": (70, "boxes not in the terminal"), "customs": (55, "boxes not released"),
}  # fmt: skip
"""Minutes before the planned departure, and what each blocks."""
DOMESTIC_CUTOFFS = ("documents", "gate")
VESSELS = ("Beibu Star", "Gulf Pioneer", "Pinglu Grace", "Qinzhou Bridge", "Land Sea Harmony", "Nanning Spirit")
TRANSFER_MIN = 240


class Visit:
    """A train, its rake, its boxes, and what only the world knows of it."""

    def __init__(self, terminal: Terminal, service: Service, day: int, planned: int) -> None:
        self.service, self.planned = service, planned
        self.chance: Random = terminal.chance(f"train {service.key} {day}")
        self.wagons: list[Wagon] = []
        self.boxes: dict[str, Container] = {}
        """Boxes on its list: to discharge, or booked by name."""
        self.scale = terminal.train_scale
        self.train = self._train(service.number_of_run(day))
        self.rake_here = terminal.env.event()
        """The rake that it takes from an arrival is empty and its own."""
        self.successor: Visit | None = None
        self.may_book = service.outbound
        self.moves = 0
        self.stops = list(stops_of(self))

    @property
    def stop_here(self) -> TrainStop:
        """Its stop at this terminal."""
        return self.stops[0 if self.service.outbound else -1]

    @property
    def begins(self) -> float:
        """Planned beginning of its stay."""
        return self.planned - self.service.stay_min * MINUTE if self.service.outbound else self.planned

    @property
    def ends(self) -> float:
        """Planned end of its stay."""
        return self.planned if self.service.outbound else self.planned + self.service.stay_min * MINUTE

    @property
    def far_end(self) -> Place:
        """Where it comes from or goes to."""
        return self.service.line.far_end

    @property
    def capacity(self) -> int:
        """TEU that it can take."""
        return int(self.train.capacity_teu or 0)

    @property
    def loading_closes(self) -> int:
        """End of loading as it stands now, seconds."""
        return seconds_of(self.train.loading_closes or at(self.planned))

    def room(self, teu: int) -> bool:
        """It can still take a booking of so many TEU."""
        return self.may_book and (self.train.booked_teu or 0) + teu <= self.capacity

    def _train(self, number: str) -> Train:
        service, line = self.service, self.service.line
        here, there = places.SITE, line.far_end
        origin, destination = (here, there) if service.outbound else (there, here)
        wagons = max(3, round(service.wagons * self.scale))
        return Train(
            id=f"{number}-{at(self.planned + places.UTC_OFFSET_H * HOUR):%Y%m%d}", **UNWRITTEN, number=number,
            direction="departure" if service.outbound else "arrival", phase="created", service=line.name,
            train_class=line.train_class, corridor=line.corridor, service_type=line.service_type,
            operator=line.operator, origin_code=origin.code, origin=origin.name, destination_code=destination.code,
            destination=destination.name, via=line.border, planned_arrival=at(self.begins),
            estimated_arrival=at(self.begins), planned_departure=at(self.ends), estimated_departure=at(self.ends),
            loading_closes=at(self.ends - CLOSES_BEFORE_MIN * MINUTE) if service.outbound else None,
            shunt_in_min=SHUNT // MINUTE, shunt_out_min=SHUNT // MINUTE, booked_boxes=0, booked_teu=0.0,
            capacity_teu=float(wagons * 2), wagons_planned=wagons, length_limit_m=float(line.length_limit_m),
            weight_limit_t=float(line.weight_limit_t), path="requested" if service.outbound else "confirmed",
            manifest_state="open" if service.outbound else "accepted",
        )  # fmt: skip


def stops_of(visit: Visit) -> Iterable[TrainStop]:
    """Places on its way in running order, this terminal among them, with planned times and short halts."""
    train, line = visit.train, visit.service.line
    here = (places.SITE, 0.0)
    way = (here, *line.via) if visit.service.outbound else (*reversed(line.via), here)
    for sequence, (place, hours) in enumerate(way):
        passing = visit.planned + (hours if visit.service.outbound else -hours) * HOUR
        first, last = sequence == 0, sequence == len(way) - 1
        arrives = (
            None if first and not visit.service.outbound else at(visit.begins if place is places.SITE else passing)
        )
        halt = 0 if place is places.SITE else 25 * MINUTE
        departs = (
            None if last and visit.service.outbound else at(visit.ends if place is places.SITE else passing + halt)
        )
        yield TrainStop(
            id=f"{train.id}-{sequence}", **UNWRITTEN, train_id=train.id, sequence=sequence, place_code=place.code,
            place=place.name, track=train.track if place is places.SITE else None, stops=True, cancelled=False,
            planned_arrival=arrives, planned_departure=departs,
        )  # fmt: skip


def cutoffs_of(visit: Visit) -> Iterable[TrainCutoff]:
    """Cut-offs of an outbound visit."""
    domestic = visit.service.line.service_type == "domestic"
    for name, (minutes, blocks) in CUTOFFS.items():
        if not domestic or name in DOMESTIC_CUTOFFS:
            yield TrainCutoff(
                id=f"{visit.train.id}-{name}", **UNWRITTEN, train_id=visit.train.id, name=name,
                at=at(visit.planned - minutes * MINUTE), blocks=blocks,
            )  # fmt: skip


def voyage_of(visit: Visit) -> Voyage | None:
    """The vessel that the boxes of a rail-sea train connect to, with a margin of 2 to 14 h at the quay."""
    if visit.service.line is not SEA or not visit.service.outbound:
        return None
    arrives = later(at(visit.planned), minutes=60 * SEA.via[-1][1])
    cutoff = later(arrives, minutes=TRANSFER_MIN + 60 * visit.chance.randint(2, 14))
    return Voyage(
        id=f"voyage-{visit.train.id}", **UNWRITTEN, vessel=visit.chance.choice(VESSELS),
        voyage=f"{visit.chance.randrange(100, 999)}S", mode="vessel", port_code=places.QINZHOU.code,
        port=places.QINZHOU.name, train_arrival=arrives, transfer_min=TRANSFER_MIN, cargo_cutoff=cutoff,
        etd=later(cutoff, minutes=12 * 60),
    )  # fmt: skip


def make_rake(terminal: Terminal, visit: Visit) -> list[Wagon]:
    """The wagons of a visit: X70 flats of 2 TEU, or pocket wagons of 4 TEU on a through train from Europe."""
    european = visit.service.european_wagons and visit.chance.random() < 0.5
    number = (visit.capacity + 3) // 4 if european else visit.capacity // 2
    return [
        Wagon(
            id=terminal.new_id("V"), **UNWRITTEN, train_id=visit.train.id, position=position,
            number=terminal.numbers.european_wagon() if european else terminal.numbers.chinese_wagon(),
            wagon_type="Sggrss 80" if european else "X70", length_m=26.39 if european else 13.466,
            tare_kg=26_500 if european else 22_400, max_load_kg=108_500 if european else 70_000,
            slots=4.0 if european else 2.0, state=None,
        )
        for position in range(1, number + 1)
    ]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Berth:
    """A place on a wagon: `slot` is the first of those that the box takes."""

    wagon: Wagon
    slot: int
    slots: int
    mass_kg: int

    def take(self, box: Container) -> None:
        """Stand the box here."""
        box.wagon_id, box.wagon_slot = self.wagon.id, self.slot


class Rake:
    """Free room on the wagons of a visit: first fit from the locomotive, sound wagons only.

    `apart`: dangerous goods have the wagons between them that the check for departure asks for.
    """

    def __init__(self, wagons: list[Wagon], *, apart: bool = False) -> None:
        self._apart = apart
        self._dangerous: dict[Berth, Container] = {}
        self._wagons = [wagon for wagon in wagons if wagon.state != "damaged"]
        self._slots = {wagon.id: [True] * int(wagon.slots or 0) for wagon in self._wagons}
        self._load_kg = {wagon.id: wagon.max_load_kg or 0 for wagon in self._wagons}

    def reserve(self, box: Container) -> Berth | None:
        """A berth for a box, kept until it is given back; None when none is free."""
        for wagon in self._wagons:
            berth = self._berth_on(wagon, cargo.teu(box.size_type), box.gross_kg or 0)
            if berth is not None and not self._too_near(box, wagon):
                self._mark(berth, free=False)
                if is_dangerous(box):
                    self._dangerous[berth] = box
                return berth
        return None

    def give_back(self, berth: Berth) -> None:
        """The box did not come after all."""
        self._mark(berth, free=True)
        self._dangerous.pop(berth, None)

    def _too_near(self, box: Container, wagon: Wagon) -> bool:
        """Dangerous goods on this wagon would be too near to others on the train."""
        return (
            self._apart
            and is_dangerous(box)
            and any(
                abs((berth.wagon.position or 0) - (wagon.position or 0))
                < wagons_apart(box.imdg_class, other.imdg_class, DEFAULT)
                for berth, other in self._dangerous.items()
            )
        )

    def _berth_on(self, wagon: Wagon, needs: int, mass: int) -> Berth | None:
        free = self._slots[wagon.id]
        if self._load_kg[wagon.id] >= mass:
            for first in range(len(free) - needs + 1):
                if all(free[first : first + needs]):
                    return Berth(wagon, first + 1, needs, mass)
        return None

    def _mark(self, berth: Berth, *, free: bool) -> None:
        begin = berth.slot - 1
        self._slots[berth.wagon.id][begin : begin + berth.slots] = [free] * berth.slots
        self._load_kg[berth.wagon.id] += berth.mass_kg if free else -berth.mass_kg
