"""Numbers of the trade with right check digits, each given out once: boxes, wagons, plates, locks, carnets."""

import string
from collections import Counter
from collections.abc import Callable
from random import Random

# ISO 6346: letters count from 10 and leave out the multiples of 11.
_LETTER_VALUES = dict(
    zip(string.ascii_uppercase, (value for value in range(10, 39) if value % 11), strict=True)
)  # fmt: skip
_UIC_COUNTRIES = ("80", "51")  # Germany, Poland
_UIC_TYPES = ("4552", "4576", "4956")
_PROVINCES = ("渝A", "渝B", "渝C", "渝D", "川A", "贵A", "湘U")


def container_check_digit(stem: str) -> int:
    """Check digit of four letters and six digits (ISO 6346); 10 means that the number should not be used."""
    total = sum((_LETTER_VALUES.get(char) or int(char)) << place for place, char in enumerate(stem))
    return total % 11


def wagon_check_digit(stem: str) -> int:
    """Check digit of the first eleven digits of a UIC wagon number: doubled from the left, digit sums, to ten."""
    doubled = (int(char) * (2 - place % 2) for place, char in enumerate(stem))
    return -sum(value // 10 + value % 10 for value in doubled) % 10


class Numbers:
    """Gives numbers out; the same stream gives the same numbers."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._given: set[str] = set()
        self._counters: Counter[str] = Counter()

    def count(self, name: str, first: int = 1) -> int:
        """The next whole number of a series."""
        self._counters[name] += 1
        return first - 1 + self._counters[name]

    def container(self, prefix: str) -> str:
        """A container number under `prefix` (owner code and category), never one whose remainder is 10."""
        while True:
            stem = f"{prefix}{self._chance.randrange(100_000, 1_000_000)}"
            digit = container_check_digit(stem)
            if digit < 10 and self._first_time(stem):
                return f"{stem}{digit}"

    def chinese_wagon(self) -> str:
        """A seven-digit number of the 5xxxxxx range; national numbers have no check digit."""
        return self._unused(lambda: f"5{self._chance.randrange(200_000, 900_000):06d}")

    def european_wagon(self) -> str:
        """A twelve-digit UIC number of a pocket or flat wagon in international traffic."""

        def draw() -> str:
            chance = self._chance
            country, kind = chance.choice(_UIC_COUNTRIES), chance.choice(_UIC_TYPES)
            stem = f"{chance.choice(('31', '33', '37'))}{country}{kind}{chance.randrange(1_000):03d}"
            return f"{stem}{wagon_check_digit(stem)}"

        return self._unused(draw)

    def plate(self) -> str:
        """A plate of a lorry; the same lorry may come again."""
        letters = string.digits + "ABCDEFGH"
        return self._chance.choice(_PROVINCES) + "".join(self._chance.choices(letters, k=5))

    def lock(self) -> str:
        """A smart lock's number, five digits from 88001."""
        return str(self.count("lock", 88_001))

    def bolt_seal(self) -> str:
        """An ordinary bolt seal."""
        return f"CQ{self._chance.randrange(1_000_000, 10_000_000)}"

    def carnet(self) -> str:
        """A TIR carnet: two letters and eight digits."""
        return f"XH{self._chance.randrange(70_000_000, 90_000_000)}"

    def _unused(self, draw: Callable[[], str]) -> str:
        while not self._first_time(number := draw()):
            pass
        return number

    def _first_time(self, number: str) -> bool:
        if number in self._given:
            return False
        self._given.add(number)
        return True
