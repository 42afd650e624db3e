"""Ready boxes of later trains that could take the places of those that miss this one (definition 9)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.figures.box_class import own_cutoff
from storage.figures.departure_checks import Load, mass_of
from storage.figures.registry import declare
from storage.identifiers import teu_of
from storage.models import Container

declare(
    "substitutes", "Substitutes", "boxes and TEU",
    """Boxes that are ready, for the same destination and booked on later trains, that fit: into the TEU the train has
    left and those its missing boxes leave empty, under its weight limit and the load of its wagons, received by its own
    cut-off for such a box, and with the moves there is room for before loading closes. Taken one after the other, those
    with the fewest moves first.""",
    "definition 9",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Substitute:
    """A box that could come instead. `moves`: itself and what stands on it.

    `fits`: None where nobody can tell; `words` say why it does not fit, or why nobody can tell.
    """

    box: Container
    train: str
    departs: datetime | None
    teu: float | None
    moves: int
    fits: bool | None
    words: str


@dataclass(slots=True)
class Room:
    """What is left on the train; None is unknown. `heaviest_kg`: the most any of its wagons may carry."""

    teu: float | None
    kg: float | None
    moves: int | None
    heaviest_kg: int | None
    cutoffs: Mapping[str, datetime]

    def take(self, box: Container, teu: float | None, moves: int) -> tuple[bool | None, str]:
        """Whether it fits, and why not; one that fits takes its room."""
        mass = mass_of(box)
        no = self._refusal(box, teu, mass, moves)
        if no:
            return False, no
        unknown = self._unknown(teu, mass)
        if unknown:
            return None, unknown
        self.teu = (self.teu or 0.0) - (teu or 0.0)
        self.kg = (self.kg or 0.0) - (mass or 0)
        self.moves = None if self.moves is None else self.moves - moves
        return True, ""

    def _refusal(self, box: Container, teu: float | None, mass: int | None, moves: int) -> str | None:
        by = own_cutoff(box, self.cutoffs)
        if by is not None and box.received_at is not None and box.received_at > by:
            return "received after its cut-off"
        if self.teu is not None and teu is not None and teu > self.teu:
            return "no slot left"
        if self.kg is not None and mass is not None and mass > self.kg:
            return "train too heavy"
        if self.heaviest_kg is not None and mass is not None and mass > self.heaviest_kg:
            return "too heavy for its wagons"
        if self.moves is not None and moves > self.moves:
            return "no time to load it"
        return None

    def _unknown(self, teu: float | None, mass: int | None) -> str | None:
        if self.teu is None or teu is None:
            return "slots not known"
        if self.kg is None or mass is None:
            return "weight not known"
        return None


def room_on(
    load: Load,
    booked_teu: float,
    missing: Iterable[Container],
    moves: int | None,
    cutoffs: Mapping[str, datetime],
    teu_45: float,
) -> Room:
    """What the train has left, without the boxes that miss it."""
    gone = {box.id for box in missing}
    freed = sum(teu_of(box.size_type, teu_45=teu_45) or 0.0 for box in load.boxes if box.id in gone)
    capacity, limit = load.train.capacity_teu, load.train.weight_limit_t
    tares = [wagon.tare_kg for wagon in load.wagons]
    masses = [mass_of(box) or 0 for box in load.boxes if box.id not in gone]
    kg = None
    if limit is not None and tares and None not in tares:
        kg = limit * 1000 - sum(tare or 0 for tare in tares) - sum(masses)
    loads = [wagon.max_load_kg for wagon in load.wagons if wagon.max_load_kg is not None]
    return Room(
        teu=None if capacity is None else max(0.0, capacity - booked_teu + freed), kg=kg, moves=moves,
        heaviest_kg=max(loads, default=None), cutoffs=cutoffs,
    )  # fmt: skip


def fill(room: Room, candidates: Sequence[Substitute]) -> tuple[Substitute, ...]:
    """The candidates, each with whether it fits after those taken before it; those that fit come first."""
    found = []
    for each in sorted(candidates, key=lambda one: (one.moves, one.box.id)):
        fits, words = room.take(each.box, each.teu, each.moves)
        found.append(Substitute(each.box, each.train, each.departs, each.teu, each.moves, fits, words))
    return tuple(sorted(found, key=lambda one: (one.fits is None, one.fits is False)))
