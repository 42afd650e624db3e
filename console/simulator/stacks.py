"""Where boxes stand: columns of bay and row, 20-foot boxes in odd bays, 40-foot boxes in the even bay across two.

The rules that make a stack possible live here and nowhere else: nothing floats, one box a slot, a 40-foot box stands on
two columns of equal height, and no 20-foot box stands on a 40-foot one.
"""

from dataclasses import dataclass
from random import Random

TRIES = 6
"""Places looked at before the best of them is taken: a planner looks around, he does not solve the yard."""


@dataclass(frozen=True)
class Slot:
    """A place in a block: odd bay for 20 foot, even for 40; rows and tiers from 1."""

    bay: int
    row: int
    tier: int


class Stacks:
    """The columns of one block; a box is its id; boxes of a `group` leave together (a train, imports)."""

    def __init__(self, bays: int, rows: int, tiers: int) -> None:
        self.bays, self.rows, self.tiers = bays, rows, tiers
        self.teu = 0
        self._twenties = range(1, 2 * bays, 2)
        # Pairs of bays are fixed (2, 6, 10, ...), else odd 40-foot boxes would leave bays that nothing fits.
        self._forties = range(2, 2 * (bays - bays % 2), 4)
        self._columns: dict[tuple[int, int], list[str]] = {
            (bay, row): [] for bay in self._twenties for row in range(1, rows + 1)
        }
        self._places: dict[str, tuple[int, int]] = {}
        self._groups: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, box: str) -> bool:
        return box in self._places

    @property
    def raw_teu(self) -> int:
        """All slots, worked with or not."""
        return self.bays * self.rows * self.tiers

    def put(self, box: str, *, forty: bool, group: str, chance: Random, avoid: Slot | None = None) -> Slot | None:
        """Stand a box in a good place and tell where, None when there is none; never on the column of `avoid`."""
        place = self._choose(forty, group, chance, avoid)
        if place is None:
            return None
        bay, row = place
        for column in self._under(place):
            self._columns[column].append(box)
        self._places[box] = place
        self._groups[box] = group
        self.teu += 2 if forty else 1
        return Slot(bay, row, len(self._columns[self._under(place)[0]]))

    def take(self, box: str) -> None:
        """Lift a box that has nothing above it; `ValueError` when it has."""
        if self.above(box):
            raise ValueError(f"{box} has boxes above it")
        under = self._under(self._places.pop(box))
        for column in under:
            self._columns[column].pop()
        del self._groups[box]
        self.teu -= len(under)

    def above(self, box: str) -> list[str]:
        """Boxes to lift before this one, the topmost first."""
        found: dict[str, None] = {}
        for column in self._under(self._places[box]):
            boxes = self._columns[column]
            found.update(dict.fromkeys(reversed(boxes[boxes.index(box) + 1 :])))
        # A 40-foot box stands on both columns and above all 20-foot ones: it comes first.
        return sorted(found, key=lambda other: -self.slot(other).tier)

    def slot(self, box: str) -> Slot:
        """Where a box stands."""
        bay, row = self._places[box]
        return Slot(bay, row, self._columns[self._under((bay, row))[0]].index(box) + 1)

    def regroup(self, box: str, group: str) -> None:
        """The box will leave with others than it was put down for."""
        if box in self._groups:
            self._groups[box] = group

    def _under(self, place: tuple[int, int]) -> list[tuple[int, int]]:
        bay, row = place
        return [place] if bay % 2 else [(bay - 1, row), (bay + 1, row)]

    def _choose(self, forty: bool, group: str, chance: Random, avoid: Slot | None) -> tuple[int, int] | None:
        bays = self._forties if forty else self._twenties
        closed = set(self._under((avoid.bay, avoid.row))) if avoid else set()
        best, best_score = None, 0.0
        for _ in range(TRIES):
            place = bays[int(chance.random() * len(bays))], 1 + int(chance.random() * self.rows)
            score = self._score(place, group)
            if score > best_score and closed.isdisjoint(self._under(place)):
                best, best_score = place, score
        if best is None:
            every = [(bay, row) for bay in bays for row in range(1, self.rows + 1)]
            open_places = [place for place in every if closed.isdisjoint(self._under(place))]
            best = max(open_places, key=lambda place: self._score(place, group), default=None)
        return best if best and self._score(best, group) > 0 else None

    def _score(self, place: tuple[int, int], group: str) -> float:
        """How good a place is, 0 when the box cannot stand there: on its own group, else on the ground, else low."""
        bay, row = place
        column = self._columns[place if bay % 2 else (bay - 1, row)]
        height = len(column)
        if height >= self.tiers or (bay % 2 == 0 and len(self._columns[bay + 1, row]) != height):
            return 0.0
        if height == 0:
            return 2.0
        top = column[-1]
        if bay % 2 and self._places[top][0] % 2 == 0:
            return 0.0
        return (3.0 if self._groups[top] == group else 1.5) - height / self.tiers
