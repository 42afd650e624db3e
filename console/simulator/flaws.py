"""What is wrong in the data of every terminal: numbers mistyped, codes of its own, weights misdeclared, slots mixed up.

Only what is written of a box is touched, never where it stands: the world goes on as if nobody had looked.
"""

from collections.abc import Callable
from random import Random

from console.simulator.boxes import Boxes
from console.simulator.cargo import is_forty
from console.simulator.records import Container
from console.simulator.terminal import HOUR, Steps, Terminal

SHARE = 1 / 250
"""Boxes of the yard with a flaw of each kind when the world begins; in a small yard one each."""
HOURS_BETWEEN = 1.0
LOCAL_CODES = {"45G1": "40HC", "42G1": "40DV", "22G1": "20GP", "45R1": "40RH"}
OVERWEIGHT_KG = 33_400
Make = Callable[[Container, Random], None]


class Flaws:
    """Makes some of each kind at once, and another one every hour or so."""

    def __init__(self, terminal: Terminal, boxes: Boxes) -> None:
        self._terminal, self._boxes = terminal, boxes
        self._chance = terminal.chance("flaws")
        self._kinds = (_mistype, _code_locally, _misdeclare, _overload, _mix_up)

    def run_from(self, moment: float) -> Steps:
        """Begin at `moment`: what nobody can see needs no flaws."""
        yield self._terminal.wait_until(moment)
        for make in self._kinds:
            for _ in range(max(1, round(SHARE * self._terminal.containers))):
                self._spoil(make)
        while True:
            yield self._terminal.wait(self._chance.expovariate(1 / (HOURS_BETWEEN * HOUR)))
            self._spoil(self._chance.choice(self._kinds))

    def _spoil(self, make: Make) -> None:
        here = [box for box in self._boxes.records.values() if box.place == "yard" and box.train_id is None]
        if here:
            box = self._chance.choice(here)
            make(box, self._chance)
            self._terminal.log.upsert(box)


def _mistype(box: Container, chance: Random) -> None:
    """The check digit of its number is wrong."""
    number = box.number or ""
    box.number = f"{number[:-1]}{(int(number[-1]) + chance.randint(1, 9)) % 10}" if number else None


def _code_locally(box: Container, _chance: Random) -> None:
    """Its size-type is a code of the terminal's own."""
    box.size_type = LOCAL_CODES.get(box.size_type or "", box.size_type)


def _misdeclare(box: Container, chance: Random) -> None:
    """It weighs more than was declared."""
    if box.full and box.gross_kg is not None:
        box.vgm_kg = box.gross_kg + chance.randrange(1_800, 4_000, 10)


def _overload(box: Container, chance: Random) -> None:
    """It is heavier than anything that may be lifted here."""
    if box.full:
        box.vgm_kg = OVERWEIGHT_KG + chance.randrange(0, 1_500, 10)


def _mix_up(box: Container, chance: Random) -> None:
    """It was put into another slot than planned."""
    if box.bay is not None and box.row is not None:
        box.planned_block_id, box.planned_row, box.planned_tier = box.block_id, box.row, box.tier
        aside = chance.choice((4, 8) if is_forty(box.size_type) else (2, 4))
        box.planned_bay = box.bay - aside if box.bay > aside else box.bay + aside
