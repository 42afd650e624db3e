"""The yard as it stood before the world began, and the road traffic that keeps it about that full."""

from console.simulator import places
from console.simulator.boxes import Boxes, Pool
from console.simulator.customs import Customs
from console.simulator.gate import BUSY_HOURS, Gate
from console.simulator.records import Container
from console.simulator.terminal import DAY, HOUR, MINUTE, Steps, Terminal, later, local_hour
from console.simulator.yard import Yard

SHARES = {"import": 0.46, "export": 0.17, "transit": 0.02, "empty": 0.25, "storage": 0.10}
"""What a yard of the full size holds; in a larger one exports are bounded by the trains and storage is the rest."""
MOST_EXPORTS = 1_400
DESTINATIONS = (
    (places.QINZHOU, 36), (places.DUISBURG, 20), (places.MALASZEWICZE, 16), (places.VIENTIANE, 14),
    (places.XIUSHAN, 8), (places.JIANGJIN, 6),
)  # fmt: skip
DOMESTIC = (places.XIUSHAN.code, places.JIANGJIN.code)
MEAN_AGE_DAYS = {"import": 4.5, "export": 1.2, "transit": 1.0, "empty": 12.0, "storage": 20.0}
UNDECLARED = {"import": 0.22, "export": 0.22, "transit": 0.4}
TRUCKS_A_DAY = {"fetch": 260, "empty in": 180, "empty out": 180, "storage in": 30, "export in": 40}
"""At full size; boxes booked on trains come besides."""
REPAIR_AFTER_DAYS = 4
"""How long a damaged empty lies here, in the mean, before it is fetched for repair."""
STEP_MIN = 10


class Stock:
    """Fills the yard once, then sends trucks; the emptier the yard, the fewer fetch."""

    def __init__(self, terminal: Terminal, yard: Yard, boxes: Boxes, customs: Customs, gate: Gate) -> None:
        self._terminal, self._yard, self._boxes = terminal, yard, boxes
        self._customs, self._gate = customs, gate
        self._chance = terminal.chance("stock")

    def fill(self) -> None:
        """Stand boxes of all kinds in the yard, most of them released, and let the others be declared."""
        undeclared: dict[str, list[Container]] = {}
        for category, number in self._mix().items():
            for _ in range(number):
                box = self._old_box(category)
                self._yard.stand(box, self._yard.block_for(box))
                if box.customs == "not declared":
                    undeclared.setdefault(category, []).append(box)
                else:
                    self._boxes.cargo.pop(box.id, None)
                self._boxes.refresh(box)
        for boxes in undeclared.values():
            self._customs.declare_stock(boxes)
        self._terminal.start(self._send_trucks())
        self._terminal.start(self._send_for_damaged())

    def _mix(self) -> dict[str, int]:
        total = self._terminal.containers
        mix = {category: round(total * share) for category, share in SHARES.items()}
        spare = max(0, mix["export"] - MOST_EXPORTS)
        mix["export"] -= spare
        mix["storage"] += spare
        return mix

    def _old_box(self, category: str) -> Container:
        chance = self._chance
        if category == "empty":
            box = self._boxes.empty()
        else:
            destination = places.SITE
            if category in ("export", "transit"):
                names, weights = zip(*DESTINATIONS, strict=True)
                destination = chance.choices(names, weights=weights)[0]
            box = self._boxes.full(category, destination)
            declared = category == "storage" or destination.code in DOMESTIC
            if declared or chance.random() > UNDECLARED[category]:
                box.customs = "released"
        age = min(chance.expovariate(1 / MEAN_AGE_DAYS[category]), 60.0) + 0.05
        box.received_at = later(self._terminal.now, minutes=-age * 24 * 60)
        if box.full and chance.random() < 0.015:
            hold = chance.choice(("payment", "damage"))
            self._terminal.start(self._boxes.held(box, hold, chance.expovariate(1 / (30 * HOUR))))
        if category == "import":
            box.free_until = later(box.received_at, minutes=7 * 24 * 60)
        return box

    def _send_trucks(self) -> Steps:
        """Every ten minutes, as many appointments of each kind as the hour and the state of the yard ask for."""
        chance, terminal = self._chance, self._terminal
        share = STEP_MIN * MINUTE / DAY * max(0.05, terminal.road_scale)
        while True:
            fullness = len(self._yard) / terminal.containers
            busy = BUSY_HOURS[int(local_hour(terminal.seconds))]
            for errand, a_day in TRUCKS_A_DAY.items():
                outward = errand in ("fetch", "empty out")
                push = max(0.2, 1 + 6 * (fullness - 1)) if outward else max(0.2, 1 - 6 * (fullness - 1))
                for _ in range(_draw_number(chance.random(), a_day * share * busy * push)):
                    self._send(errand)
            yield terminal.wait(STEP_MIN * MINUTE)

    def _send(self, errand: str) -> None:
        chance, terminal = self._chance, self._terminal
        wish = terminal.env.now + chance.triangular(0.6, 10.0, 2.0) * HOUR
        if errand in ("fetch", "empty out"):
            self._fetch_one(self._boxes.to_fetch if errand == "fetch" else self._boxes.empties, wish)
            return
        if errand == "empty in":
            box = self._boxes.empty()
        elif errand == "storage in":
            box = self._boxes.full("storage", places.SITE)
            box.customs = "released"
        else:
            names, weights = zip(*DESTINATIONS, strict=True)
            box = self._boxes.full("export", chance.choices(names, weights=weights)[0])
            if box.destination_code in DOMESTIC:
                box.customs = "released"
            else:
                self._customs.declare_export([box], wish + 36 * HOUR)
        box.place = "road"
        terminal.log.upsert(box)
        terminal.start(self._gate.bring(box, wish))

    def _fetch_one(self, pool: Pool, wish: float) -> None:
        if len(pool):
            self._terminal.start(self._gate.fetch(self._boxes.records[pool.draw(self._chance)], wish))

    def _send_for_damaged(self) -> Steps:
        """The more damaged empties lie here, the more are fetched."""
        terminal, damaged = self._terminal, self._boxes.damaged
        while True:
            yield terminal.wait(HOUR)
            mean = len(damaged) * HOUR / (REPAIR_AFTER_DAYS * DAY)
            for _ in range(_draw_number(self._chance.random(), mean)):
                self._fetch_one(damaged, terminal.env.now + HOUR)


def _draw_number(drawn: float, mean: float) -> int:
    """A whole number around `mean`: its whole part, and one more as often as the fraction says."""
    return int(mean) + (drawn < mean % 1)
