"""The load of a train as it is to leave, and the checks for its departure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlmodel import Session, select

from storage.figures.departure_checks import Check, Load, departure_checks
from storage.figures.policy import Moment
from storage.models import Container, Seal, Train, Wagon, table_of
from storage.queries.records import records

FEEDS = ("trains", "wagons", "containers", "seals")
HERE = ("arrived", "working", "complete")
"""Phases in which there is a train to be checked."""

_train, _wagon, _box, _seal = (table_of(model).c for model in (Train, Wagon, Container, Seal))


def loads_of(session: Session, trains: Collection[str]) -> dict[str, Load]:
    """Train id to its load: wagons in order, booked boxes without the rolled ones, and the smart locks on them."""
    wagons: defaultdict[str | None, list[Wagon]] = defaultdict(list)
    from_locomotive = (_wagon.position.is_(None), _wagon.position, _wagon.id)
    for wagon in records(session, Wagon, _wagon.train_id.in_(trains), order_by=from_locomotive):
        wagons[wagon.train_id].append(wagon)
    boxes: defaultdict[str | None, list[Container]] = defaultdict(list)
    booked = (_box.train_id.in_(trains), _box.rolled.is_not(True))
    for box in records(session, Container, *booked, order_by=(_box.id,)):
        boxes[box.train_id].append(box)
    locks = _locks_of(session, trains)
    return {
        train.id: Load(
            train, wagons[train.id], boxes[train.id], locks,
            max(0, (train.booked_boxes or 0) - len(boxes[train.id])),
        )
        for train in records(session, Train, _train.id.in_(trains))
    }  # fmt: skip


def _locks_of(session: Session, trains: Collection[str]) -> Mapping[str, Sequence[Seal]]:
    """Box id to its smart locks, of the boxes booked on these trains."""
    found: defaultdict[str, list[Seal]] = defaultdict(list)
    on_them = select(_box.id).where(_box.train_id.in_(trains))
    for seal in records(session, Seal, _seal.container_id.in_(on_them), order_by=(_seal.id,)):
        found[seal.container_id or ""].append(seal)
    return found


def checks_of(session: Session, trains: Collection[str], moment: Moment) -> dict[str, list[Check]]:
    """Train id to its checks for departure."""
    return {train: departure_checks(load, moment) for train, load in loads_of(session, trains).items()}


def failed_checks(session: Session, trains: Collection[str], moment: Moment) -> dict[str, list[str]]:
    """Train id to its failed checks in words, of trains that are here."""
    if not trains:
        return {}
    here = {train: load for train, load in loads_of(session, trains).items() if load.train.phase in HERE}
    return {
        train: [f"{check.name}, {check.words}" for check in departure_checks(load, moment) if check.state == "fail"]
        for train, load in here.items()
    }
