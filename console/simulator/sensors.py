"""What reports by itself: reefers at their plugs, the halls of designated sites and smart customs locks."""

from console.simulator.boxes import Boxes
from console.simulator.layout import SITE_TEMPERATURES
from console.simulator.places import SITE
from console.simulator.records import UNWRITTEN, Container, DesignatedSite, Seal
from console.simulator.terminal import HOUR, MINUTE, Steps, Terminal, skewed

READING_MIN = 5
"""A reefer is read this often, unless that would be more than two a second over all."""
SEAL_REPORT_MIN = 12
HOURS_BETWEEN_OPENINGS = 3.0
HOURS_BETWEEN_FAULTS = 5.0
SILENT_AFTER_MIN = 60
"""A lock that has not reported for so long is said to be silent by whoever reads the locks."""
SITE_REPORT_MIN = 15
AIR_C, LEAK = 20.0, 0.001
"""Degrees outside, and how much of the difference a reefer without a plug takes on from one reading to the next."""
LATITUDE, LONGITUDE = 29.6225, 106.3380


class Sensors:
    """Reefer readings and lock reports, spread evenly over time."""

    def __init__(self, terminal: Terminal, boxes: Boxes) -> None:
        self._terminal, self._boxes = terminal, boxes
        self._chance = terminal.chance("sensors")
        self._faults = terminal.chance("faults of locks")
        self._seals = terminal.table(Seal)
        self._mute: set[str] = set()
        """Locks that cannot be heard."""

    def run_from(self, moment: float) -> Steps:
        """Start reading at `moment`: what was read long before the doors open, nobody can see."""
        yield self._terminal.wait_until(moment)
        self._terminal.start(self._read_reefers())
        self._terminal.start(self._report_locks())
        self._terminal.start(self._open_locks())
        self._terminal.start(self._upset_locks())
        self._terminal.start(self._read_sites())

    def _read_reefers(self) -> Steps:
        """Rounds over all reefers here, some every four seconds."""
        while True:
            reefers = [box for box in self._boxes.reefers.values() if box.place == "yard"]
            steps = max(READING_MIN * MINUTE, len(reefers) // 2) // 4
            for step in range(steps):
                for box in reefers[step::steps]:
                    self._read(box)
                yield self._terminal.wait(4)

    def _read(self, box: Container) -> None:
        if box.place != "yard" or box.setpoint_c is None:
            return
        chance = self._chance
        before = box.setpoint_c if box.reading_c is None else box.reading_c
        # A plugged reefer is drawn to its set-point; an unplugged one warms up, a frozen one half a degree an hour.
        drift = (box.setpoint_c - before) * 0.3 if box.plugged else (AIR_C - before) * LEAK
        if box.plugged and chance.random() < 0.002:
            drift = chance.uniform(2.5, 5.0)  # defrosting, or a door
        box.reading_c = round(before + drift + chance.gauss(0, 0.12), 1)
        box.read_at = self._terminal.now
        self._terminal.log.upsert(box)

    def _report_locks(self) -> Steps:
        """Locks come on to boxes as they are received, report while here, and go with the box."""
        while True:
            for box in self._boxes.with_lock.values():
                if box.place == "yard" and f"lock-{box.seal}" not in self._seals:
                    self._arm(box)
            locked = [seal for seal in self._seals.values() if self._is_here(seal)]
            steps = SEAL_REPORT_MIN * MINUTE // 10
            for step in range(steps):
                for seal in locked[step::steps]:
                    self._report(seal)
                yield self._terminal.wait(10)

    def _is_here(self, seal: Seal) -> bool:
        box = self._boxes.records.get(seal.container_id or "")
        return box is not None and box.departed_at is None

    def _arm(self, box: Container) -> None:
        seal = Seal(
            id=f"lock-{box.seal}", **UNWRITTEN, number=box.seal or "", container_id=box.id, state="armed",
            place=SITE.name, latitude=LATITUDE, longitude=LONGITUDE, seen_at=self._terminal.now,
            battery_percent=round(self._chance.uniform(35, 100), 1),
        )  # fmt: skip
        self._terminal.log.upsert(seal)

    def _report(self, seal: Seal) -> None:
        chance = self._chance
        if not self._is_here(seal) or chance.random() < 0.02 or seal.id in self._mute:
            return
        box = self._boxes.records[seal.container_id or ""]
        seal.place = f"{SITE.name}, block {box.block_id}" if box.block_id else SITE.name
        seal.latitude = round(LATITUDE + chance.gauss(0, 0.0006), 5)
        seal.longitude = round(LONGITUDE + chance.gauss(0, 0.0009), 5)
        seal.battery_percent = round(max(3.0, (seal.battery_percent or 50.0) - 0.02), 2)
        seal.seen_at = self._terminal.now
        if seal.state == "armed" and seal.battery_percent < 15:
            seal.state = "battery low"
        self._terminal.log.upsert(seal)

    def _open_locks(self) -> Steps:
        """Now and then a lock is opened; half of the time nobody had been authorised, and the box is held."""
        chance = self._chance
        while True:
            yield self._terminal.wait(chance.expovariate(1 / (HOURS_BETWEEN_OPENINGS * HOUR)))
            armed = self._armed()
            if armed:
                self._terminal.start(self._open(chance.choice(armed)))

    def _armed(self) -> list[Seal]:
        return [
            seal
            for seal in self._seals.values()
            if seal.state == "armed"
            and self._is_here(seal)
            and self._boxes.records[seal.container_id or ""].place == "yard"
        ]

    def _upset_locks(self) -> Steps:
        """Now and then a lock is tampered with, or is heard no more for some hours."""
        while True:
            yield self._terminal.wait(self._faults.expovariate(1 / (HOURS_BETWEEN_FAULTS * HOUR)))
            armed = self._armed()
            if armed:
                upset = self._tamper if self._faults.random() < 0.4 else self._fall_silent
                self._terminal.start(upset(self._faults.choice(armed)))

    def _tamper(self, seal: Seal) -> Steps:
        yield from self._hold(seal, "tampered")

    def _fall_silent(self, seal: Seal) -> Steps:
        self._mute.add(seal.id)
        yield self._terminal.wait(SILENT_AFTER_MIN * MINUTE)
        if seal.state == "armed":
            seal.state = "silent"
            self._terminal.log.upsert(seal)
        yield self._terminal.wait(skewed(self._faults, 120 * MINUTE))
        self._mute.discard(seal.id)
        if seal.state == "silent" and seal.id in self._seals:
            seal.state = "armed"
            self._terminal.log.upsert(seal)

    def _read_sites(self) -> Steps:
        """The temperature inside, about what it should be."""
        while True:
            for site in self._terminal.table(DesignatedSite).values():
                wanted = SITE_TEMPERATURES.get(site.kind)
                if wanted is not None:
                    site.temperature_c = round(wanted + self._faults.gauss(0, 0.4), 1)
                    self._terminal.log.upsert(site)
            yield self._terminal.wait(SITE_REPORT_MIN * MINUTE)

    def _open(self, seal: Seal) -> Steps:
        seal.opened_at = self._terminal.now
        if self._chance.random() < 0.5:
            yield from self._hold(seal, "opened unauthorised")
        else:
            seal.state = "opened"
            self._terminal.log.upsert(seal)
            yield self._terminal.wait(skewed(self._chance, 80 * MINUTE))
            self._arm_again(seal)

    def _hold(self, seal: Seal, alarm: str) -> Steps:
        """The box is held until somebody has looked at its lock."""
        box = self._boxes.records[seal.container_id or ""]
        seal.state = alarm
        self._terminal.log.upsert(seal)
        self._boxes.hold(box, "seal")
        yield self._terminal.wait(skewed(self._chance, 80 * MINUTE))
        self._arm_again(seal)
        if box.departed_at is None:
            self._boxes.release_hold(box, "seal")

    def _arm_again(self, seal: Seal) -> None:
        if seal.id in self._seals:
            seal.state = "armed"
            self._terminal.log.upsert(seal)
