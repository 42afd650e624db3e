"""The pages of a train and of a wagon."""

from collections import Counter
from collections.abc import Iterable, Iterator

from sqlmodel import Session, col, select

from storage.clock import Clock
from storage.figures.box_class import BoxClass, Reason, judge_box
from storage.figures.policy import Policy
from storage.figures.readiness import CLASSES, OUTSIDE
from storage.identifiers import display_number
from storage.models import Container, Train, TrainStop, Wagon
from storage.queries.details.parts import Detail, Level, Line, Link, Section, linked, page, values
from storage.queries.trains import COLUMNS, FEEDS, TRAINS, TrainRow

MOST_BOXES = 500
"""Boxes listed on a page; the list of containers has all."""
_ORDER = ("late", "no ETA", "customs", "held", "due")


def train_page(session: Session, clock: Clock, identity: str, policy: Policy) -> Detail | None:
    """A visit: times, risk, readiness, cut-offs, boxes that are not ready, stops, consist."""
    row = TRAINS.one(session, clock, identity, policy=policy)
    train = session.get(Train, identity)
    if row is None or train is None:
        return None
    way = "to" if row.direction == "dep" else "from"
    sections = [
        Section("Visit", values(row, COLUMNS, "phase track planned estimated actual late cause service corridor")),
        Section("Risk", tuple(_causes(row))),
        Section("Readiness", tuple(_readiness(row))),
        Section("Cut-offs", tuple(_cutoffs(row, clock))),
        Section("Boxes that are not ready", tuple(_not_ready(session, row, clock))),
        Section("Operation", _operation(train)),
        Section("Stops", tuple(_stops(session, identity))),
        Section("Consist", _consist(session, identity)),
    ]
    return page("train", identity, f"{row.number} {way} {row.place or '--'}", sections, (*FEEDS, "train_stops"))


def _causes(row: TrainRow) -> Iterator[Line]:
    for cause in row.causes:
        yield Line(cause.kind, cause.words, level=cause.level)
        if cause.by is not None:
            yield Line("by", cause.by, "time")


def _readiness(row: TrainRow) -> Iterator[Line]:
    ready = row.readiness
    if ready is None:
        yield from values(row, COLUMNS, "done boxes teu")
        return
    yield from values(row, COLUMNS, "boxes done percent")
    for name in CLASSES:
        yield Line(name, ready.count(name), "number", "boxes")
        yield Line(f"{name}, TEU", ready.teu.get(name, 0.0), "number", "TEU")
    yield Line("not named yet", ready.unnamed, "number", "boxes")
    yield Line("rolled", ready.rolled, "number", "boxes")
    yield Line("must come off", ready.must_come_off, "number", "boxes", level="act" if ready.must_come_off else None)
    yield Line("left behind", ready.left_behind, "number", "boxes")
    yield from values(row, COLUMNS, "teu capacity_teu closes_at")


def _cutoffs(row: TrainRow, clock: Clock) -> Iterator[Line]:
    for cutoff in row.cutoffs:
        missed = bool(cutoff.boxes) and cutoff.at < clock.now()
        yield Line(cutoff.name, cutoff.at, "time", level="act" if missed else None)
        yield Line(f"{cutoff.name} blocks", cutoff.boxes, "number", "boxes", level="act" if missed else None)


def _not_ready(session: Session, row: TrainRow, clock: Clock) -> Iterator[Line]:
    if row.readiness is None:
        return
    cutoffs = {cutoff.name: cutoff.at for cutoff in row.cutoffs}
    booked = session.exec(select(Container).where(Container.train_id == row.id, col(Container.rolled).is_not(True)))
    judged = [(box, judge_box(box, cutoffs, clock.now())) for box in booked]
    waiting = [(box, verdict) for box, verdict in judged if verdict.reasons]
    waiting.sort(key=lambda pair: (_ORDER.index(pair[1].name), pair[0].expected_at is None, pair[0].id))
    for box, verdict in waiting[:MOST_BOXES]:
        yield Line(_number(box), why(verdict), level=level_of(verdict), link=Link("box", box.id))


def _number(box: Container) -> str:
    return display_number(box.number) if box.number else "(not named)"


def why(verdict: BoxClass) -> str:
    """Class, reasons and whose turn it is, in words; none of them twice."""
    shown = verdict.reasons[:1] if verdict.name in OUTSIDE else verdict.reasons
    reasons = "; ".join(_reason(reason) for reason in shown)
    off = ", on the train, must come off" if verdict.on_train and verdict.reasons else ""
    if reasons.startswith(verdict.name) and not off:
        return reasons
    return f"{verdict.name}{off}: {reasons}" if reasons else verdict.name


def _reason(reason: Reason) -> str:
    """`VGM missing: broker`; customs waits for customs, which goes without saying."""
    return f"{reason.words}: {reason.turn}" if reason.turn and reason.turn != reason.of_class else reason.words


def level_of(verdict: BoxClass) -> Level:
    """How much the class of a box matters."""
    if verdict.name == "late" or (verdict.on_train and verdict.reasons):
        return "act"
    return "watch" if verdict.reasons else "calm"


def _operation(train: Train) -> tuple[Line, ...]:
    return (
        Line("Type", train.service_type),
        Line("Operator", train.operator),
        Line("Path", train.path),
        Line("Locomotive", train.locomotive),
        Line("Crew due", train.crew_at, "time"),
        Line("Rail manifest", train.manifest_state),
        Line("Declared ready", train.ready, "yes_no"),
        Line("Length limit", train.length_limit_m, "number", "m"),
        Line("Weight limit", train.weight_limit_t, "number", "t"),
        Line("Turned from", train.turned_from, link=linked("train", train.turned_from)),
        Line("Remark", train.remark),
    )


def _stops(session: Session, identity: str) -> Iterator[Line]:
    stops = select(TrainStop).where(TrainStop.train_id == identity).order_by(col(TrainStop.sequence))
    for stop in session.exec(stops):
        place = stop.place or stop.place_code or "--"
        arrival = stop.actual_arrival or stop.estimated_arrival or stop.planned_arrival
        departure = stop.actual_departure or stop.estimated_departure or stop.planned_departure
        if stop.cancelled:
            yield Line(place, "cancelled", level="act")
        elif stop.unknown_delay:
            yield Line(place, "late, no estimate", level="unknown")
        else:
            if arrival is not None:
                yield Line(f"{place} arr", arrival, "time")
            if departure is not None:
                yield Line(f"{place} dep", departure, "time")


def _consist(session: Session, identity: str) -> tuple[Line, ...]:
    wagons = session.exec(select(Wagon).where(Wagon.train_id == identity)).all()
    if not wagons:
        return ()
    return (
        Line("Wagons", len(wagons), "number", "wagons"),
        Line("Length", _total(wagon.length_m for wagon in wagons), "number", "m"),
        Line("Tare", _total(wagon.tare_kg for wagon in wagons), "number", "kg"),
        Line("Slots", _total(wagon.slots for wagon in wagons), "number", "TEU"),
        Line("Types", ", ".join(f"{n} {name or '--'}" for name, n in Counter(w.wagon_type for w in wagons).items())),
    )


def _total(of: Iterable[float | None]) -> float | None:
    """The sum; None as soon as one is unknown."""
    found = list(of)
    known = [value for value in found if value is not None]
    return round(sum(known), 1) if len(known) == len(found) else None


def wagon_page(session: Session, _clock: Clock, identity: str, _policy: Policy) -> Detail | None:
    """A wagon and the boxes on it."""
    wagon = session.get(Wagon, identity)
    if wagon is None:
        return None
    boxes = session.exec(
        select(Container).where(Container.wagon_id == identity).order_by(col(Container.wagon_slot), col(Container.id))
    )
    train = session.get(Train, wagon.train_id) if wagon.train_id else None
    sections = [
        Section(
            "Wagon",
            (
                Line("Train", train.number if train else wagon.train_id, link=linked("train", wagon.train_id)),
                Line("Position", wagon.position, "number"),
                Line("Type", wagon.wagon_type),
                Line("Length", wagon.length_m, "number", "m"),
                Line("Tare", wagon.tare_kg, "number", "kg"),
                Line("Heaviest load", wagon.max_load_kg, "number", "kg"),
                Line("Slots", wagon.slots, "number", "TEU"),
                Line("State", wagon.state),
                Line("Data flags", wagon.flags, level="watch" if wagon.flags else None),
            ),
        ),
        Section("Boxes", tuple(Line(_number(box), box.size_type, link=Link("box", box.id)) for box in boxes)),
    ]
    return page("wagon", identity, f"wagon {wagon.number or '--'}", sections, ("wagons", "trains", "containers"))
