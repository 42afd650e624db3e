"""A train wagon by wagon: what stands on each, what is booked without a wagon, and what does not add up."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlmodel import Session

from storage.figures.box_class import judge_box
from storage.figures.departure_checks import Load, mass_of
from storage.figures.policy import Moment
from storage.identifiers import teu_of
from storage.models import Container, Wagon, table_of
from storage.queries.records import records

FEEDS = ("trains", "wagons", "containers", "train_cutoffs")

_box = table_of(Container).c


class ConsistBox(msgspec.Struct, frozen=True, kw_only=True):
    """A box of the train. `of_class`: its readiness class, None on an arrival. `setpoint_c`: of a reefer."""

    id: str
    number: str | None
    size_type: str | None
    teu: float | None
    mass_kg: int | None
    state: str | None
    of_class: str | None
    slot: int | None
    imdg_class: str | None
    un_number: str | None
    setpoint_c: float | None
    destination: str | None


class ConsistWagon(msgspec.Struct, frozen=True, kw_only=True):
    """A wagon; `number` as it came, `flags` `check_digit` where a UIC number fails its check. `slots` in TEU.

    `load_kg` is None when a box on it has no weight. `problems` in words.
    """

    id: str
    position: int | None
    number: str | None
    flags: str | None
    wagon_type: str | None
    state: str | None
    slots: float | None
    used_teu: float
    length_m: float | None
    tare_kg: int | None
    max_load_kg: int | None
    load_kg: int | None
    boxes: tuple[ConsistBox, ...]
    problems: tuple[str, ...]


class Consist(msgspec.Struct, frozen=True, kw_only=True):
    """Wagons in order from the locomotive, boxes of the train without a wagon, and what does not add up.

    `empty_teu`: slots without a box; None when a wagon's slots are not known.
    """

    wagons: tuple[ConsistWagon, ...]
    without_wagon: tuple[ConsistBox, ...]
    empty_teu: float | None
    problems: tuple[str, ...]


def consist_of(session: Session, load: Load, cutoffs: Mapping[str, datetime], moment: Moment) -> Consist:
    """The consist of a departure with the boxes booked on it, or of an arrival with those it brings."""
    arrival = load.train.direction == "arrival"
    mine = _brought(session, load.train.id) if arrival else list(load.boxes)
    ids = {wagon.id for wagon in load.wagons}
    here = {box.id for box in mine}
    strangers = records(session, Container, _box.wagon_id.in_(ids)) if ids else []
    boxes = [*mine, *(box for box in strangers if box.id not in here)]

    def drawn(box: Container) -> ConsistBox:
        return ConsistBox(
            id=box.id, number=box.number, size_type=box.size_type, mass_kg=mass_of(box), state=box.state,
            teu=teu_of(box.size_type, teu_45=moment.policy.teu_45), slot=box.wagon_slot,
            of_class=None if arrival or box.id not in here else judge_box(box, cutoffs, moment.now).name,
            imdg_class=box.imdg_class, un_number=box.un_number, setpoint_c=box.setpoint_c, destination=box.destination,
        )  # fmt: skip

    on: defaultdict[str, list[Container]] = defaultdict(list)
    for box in sorted(boxes, key=lambda box: (box.wagon_slot is None, box.wagon_slot, box.id)):
        on[box.wagon_id if box.wagon_id in ids and box.wagon_id else ""].append(box)
    positions = Counter(wagon.position for wagon in load.wagons)
    wagons = tuple(
        _wagon(wagon, [drawn(box) for box in on[wagon.id]], here, positions[wagon.position]) for wagon in load.wagons
    )
    slots = [wagon.slots for wagon in wagons]
    known = None if None in slots else sum(max(0.0, (wagon.slots or 0.0) - wagon.used_teu) for wagon in wagons)
    return Consist(
        wagons=wagons, without_wagon=tuple(drawn(box) for box in on[""]), empty_teu=known if wagons else None,
        problems=tuple(_problems(load, boxes)),
    )  # fmt: skip


def _brought(session: Session, train: str) -> list[Container]:
    """The boxes of an arrival that are not discharged yet."""
    carried = (_box.inbound_train_id == train, _box.received_at.is_(None))
    return records(session, Container, *carried, order_by=(_box.id,))


def _wagon(wagon: Wagon, boxes: Sequence[ConsistBox], mine: set[str], same_place: int) -> ConsistWagon:
    used = sum(box.teu or 0.0 for box in boxes)
    masses = [box.mass_kg for box in boxes]
    load_kg = None if None in masses else sum(mass or 0 for mass in masses)
    problems = [f"{box.number or 'a box'} is not on its list" for box in boxes if box.id not in mine]
    if wagon.position is None:
        problems.append("place in the train not known")
    elif same_place > 1:
        problems.append(f"{same_place} wagons are said to be number {wagon.position}")
    if wagon.slots is not None and used > wagon.slots:
        problems.append(f"{used:g} TEU on {wagon.slots:g} slots")
    return ConsistWagon(
        id=wagon.id, position=wagon.position, number=wagon.number, flags=wagon.flags, wagon_type=wagon.wagon_type,
        state=wagon.state, slots=wagon.slots, used_teu=used, length_m=wagon.length_m, tare_kg=wagon.tare_kg,
        max_load_kg=wagon.max_load_kg, load_kg=load_kg, boxes=tuple(boxes), problems=tuple(problems),
    )  # fmt: skip


def _problems(load: Load, boxes: Sequence[Container]) -> Iterator[str]:
    for number, count in Counter(box.number for box in boxes if box.number).items():
        if count > 1:
            yield f"{number} is named {count} times"
    planned = load.train.wagons_planned
    if planned is not None and load.wagons and len(load.wagons) != planned:
        yield f"{len(load.wagons)} wagons, {planned} planned"
