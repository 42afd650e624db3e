"""Where boxes stand: columns of bay and row, 20-foot boxes in odd bays, 40-foot boxes in the even bay across two.

The rules that make a stack possible live here and nowhere else: nothing floats, one box a slot, a 40-foot box stands on
two columns of equal height, and no 20-foot box stands on a 40-foot one.
"""

from dataclasses import dataclass
from random import Random

TRIES = 8
"""Places looked at before the best of them is taken: a planner looks around, he does not solve the yard."""


@dataclass(frozen=True)
class Slot:
    """A place in a block: odd bay for 20 foot, even for 40; rows and tiers from 1."""

    bay: int
    row: int
    tier: int


class Stacks:
    """The columns of one block; boxes are their ids, `group` says which boxes leave together (a train, imports, ...)."""

    def __init__(self, bays: int, rows: int, tiers: int) -> None:
        self.bays, self.rows, self.tiers = bays, rows, tiers
        self.teu = 0
        self._columns: dict[tuple[int, int], list[str]] = {
            (bay, row): [] for bay in range(1, 2 * bays, 2) for row in range(1, rows + 1)
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
        candidates = [self._draw(forty, chance) for _ in range(TRIES)]
        scored = [(score, place) for place in candidates if (score := self._score(place, group, avoid)) is not None]
        if not scored:
            every = [(bay, row) for bay in self._bays(forty) for row in range(1, self.rows + 1)]
            scored = [(score, place) for place in every if (score := self._score(place, group, avoid)) is not None]
        return max(scored)[1] if scored else None

    def _bays(self, forty: bool) -> range:
        # Pairs of bays are fixed (2, 6, 10, ...), else odd 40-foot boxes would leave bays that nothing fits.
        return range(2, 2 * (self.bays - self.bays % 2), 4) if forty else range(1, 2 * self.bays, 2)

    def _draw(self, forty: bool, chance: Random) -> tuple[int, int]:
        return chance.choice(self._bays(forty)), chance.randint(1, self.rows)

    def _score(self, place: tuple[int, int], group: str, avoid: Slot | None) -> float | None:
        """How good a place is, None when the box cannot stand there."""
        under = self._under(place)
        if avoid is not None and any(column in self._under((avoid.bay, avoid.row)) for column in under):
            return None
        heights = {len(self._columns[column]) for column in under}
        height = heights.pop()
        if heights or height >= self.tiers:
            return None
        if height == 0:
            return 0.5
        top = self._columns[under[0]][-1]
        if len(under) == 1 and self._places[top][0] % 2 == 0:
            return None
        return (2.0 if self._groups[top] == group else 0.0) - height / self.tiers
