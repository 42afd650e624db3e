"""The load of a train as it is to leave, and the checks for its departure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlmodel import Session, col, select

from storage.figures.departure_checks import Check, Load, departure_checks
from storage.figures.policy import Moment
from storage.models import Container, Seal, Train, Wagon

FEEDS = ("trains", "wagons", "containers", "seals")
HERE = ("arrived", "working", "complete")
"""Phases in which there is a train to be checked."""


def loads_of(session: Session, trains: Collection[str]) -> dict[str, Load]:
    """Train id to its load: wagons in order, booked boxes without the rolled ones, and the smart locks on them."""
    visits = {train.id: train for train in session.exec(select(Train).where(col(Train.id).in_(trains)))}
    wagons: defaultdict[str | None, list[Wagon]] = defaultdict(list)
    for wagon in session.exec(select(Wagon).where(col(Wagon.train_id).in_(trains)).order_by(*IN_ORDER)):
        wagons[wagon.train_id].append(wagon)
    booked = select(Container).where(col(Container.train_id).in_(trains), col(Container.rolled).is_not(True))
    boxes: defaultdict[str | None, list[Container]] = defaultdict(list)
    for box in session.exec(booked.order_by(col(Container.id))):
        boxes[box.train_id].append(box)
    locks = locks_of(session, trains)
    return {
        train.id: Load(
            train, wagons[train.id], boxes[train.id], locks,
            max(0, (train.booked_boxes or 0) - len(boxes[train.id])),
        )
        for train in visits.values()
    }  # fmt: skip


IN_ORDER = (col(Wagon.position).is_(None), col(Wagon.position), col(Wagon.id))
"""Wagons from the locomotive on; those without a position last."""


def locks_of(session: Session, trains: Collection[str]) -> Mapping[str, Sequence[Seal]]:
    """Box id to its smart locks, of the boxes booked on these trains."""
    found: defaultdict[str, list[Seal]] = defaultdict(list)
    on_them = select(Seal).join(Container, col(Container.id) == Seal.container_id)
    for seal in session.exec(on_them.where(col(Container.train_id).in_(trains)).order_by(col(Seal.id))):
        found[seal.container_id or ""].append(seal)
    return found


def checks_of(session: Session, trains: Collection[str], moment: Moment) -> dict[str, list[Check]]:
    """Train id to its checks for departure."""
    return {train: departure_checks(load, moment.policy) for train, load in loads_of(session, trains).items()}


def failed_checks(session: Session, trains: Collection[str], moment: Moment) -> dict[str, list[str]]:
    """Train id to its failed checks in words, of trains that are here."""
    if not trains:
        return {}
    here = {train: load for train, load in loads_of(session, trains).items() if load.train.phase in HERE}
    return {
        train: [
            f"{check.name}, {check.words}" for check in departure_checks(load, moment.policy) if check.state == "fail"
        ]
        for train, load in here.items()
    }
