"""One train with everything a dispatcher asks of it, in one call."""

from datetime import datetime, timedelta

import msgspec
from sqlmodel import Session

from storage import notes
from storage.clock import Clock
from storage.figures.delay import late_minutes
from storage.figures.departure_checks import Check, departure_checks
from storage.figures.leaving import Leaves
from storage.figures.loading import Loading
from storage.figures.plausibility import implausible
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.substitutes import Substitute
from storage.models import Note, Train, TrainStop, Voyage, table_of
from storage.queries.checks import loads_of
from storage.queries.consist import Consist, consist_of
from storage.queries.outbound import CutoffRow, Outbound
from storage.queries.records import records
from storage.queries.train_boxes import FEEDS as BOX_FEEDS
from storage.queries.train_boxes import BookedBox
from storage.queries.train_history import Expectation, expectations
from storage.queries.trains import FEEDS as TRAIN_FEEDS
from storage.queries.trains import TRAINS, TrainRow

FEEDS = tuple(dict.fromkeys((*TRAIN_FEEDS, *BOX_FEEDS, "seals")))

_stop = table_of(TrainStop).c


class StopRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stop with planned, estimated and actual times. `history`: what was expected there, oldest first."""

    id: str
    sequence: int
    place: str | None
    track: str | None
    stops: bool | None
    cancelled: bool
    unknown_delay: bool
    cause: str | None
    planned_arrival: datetime | None
    estimated_arrival: datetime | None
    actual_arrival: datetime | None
    planned_departure: datetime | None
    estimated_departure: datetime | None
    actual_departure: datetime | None
    arrival_late: int | None
    departure_late: int | None
    history: tuple[Expectation, ...]


class TrainPage(msgspec.Struct, frozen=True, kw_only=True):
    """A visit. What only a departure has is empty, or None, on an arrival and on a train that has gone.

    `history`: what was expected of the visit here, oldest first. `problems`: what cannot be right in its data.
    `all_done`: when every booked box is loaded. `substitutes`: those that fit come first.
    `voyage`: the vessel or barge it connects to.
    """

    row: TrainRow
    train: Train
    history: tuple[Expectation, ...]
    stops: tuple[StopRow, ...]
    cutoffs: tuple[CutoffRow, ...]
    loading: Loading | None
    all_done: datetime | None
    leaves: Leaves | None
    waiting: tuple[BookedBox, ...]
    substitutes: tuple[Substitute, ...]
    checks: tuple[Check, ...]
    consist: Consist
    voyage: Voyage | None
    onward_margin: timedelta | None
    notes: tuple[Note, ...]
    problems: tuple[str, ...]


def train_page(session: Session, clock: Clock, identity: str, *, policy: Policy = DEFAULT) -> TrainPage | None:
    """Everything about a visit at the view's time; None when it is not, or no longer, in the cache."""
    moment = Moment.of(clock, policy)
    row = TRAINS.one(session, clock, identity, policy=policy)
    load = loads_of(session, [identity]).get(identity)
    if row is None or load is None:
        return None
    cutoffs = {cutoff.name: cutoff.at for cutoff in row.cutoffs}
    stops = records(session, TrainStop, _stop.train_id == identity, order_by=(_stop.sequence, _stop.id))
    leaving = Outbound(session, row, load, moment) if row.loading is not None else None
    consist = consist_of(session, load, cutoffs, moment)
    voyages = records(session, Voyage, table_of(Voyage).c.id == load.train.voyage_id) if load.train.voyage_id else []
    past = expectations(session, moment, TrainStop, [stop.id for stop in stops])
    return TrainPage(
        row=row, train=load.train, history=expectations(session, moment, Train, [identity])[identity],
        stops=tuple(_stop_row(stop, past[stop.id]) for stop in stops),
        cutoffs=leaving.cutoffs() if leaving else (), loading=row.loading,
        all_done=leaving.all_done() if leaving else None, leaves=leaving.leaves() if leaving else None,
        waiting=leaving.waiting() if leaving else (), substitutes=leaving.substitutes() if leaving else (),
        checks=tuple(departure_checks(load, moment)) if leaving else (), consist=consist,
        voyage=next(iter(voyages), None), onward_margin=row.onward_margin,
        notes=tuple(notes.on(session, clock, "train", identity)),
        problems=(*implausible(load.train, stops, moment.now), *consist.problems),
    )  # fmt: skip


def _stop_row(stop: TrainStop, history: tuple[Expectation, ...]) -> StopRow:
    unknown = bool(stop.unknown_delay)
    return StopRow(
        id=stop.id, sequence=stop.sequence, place=stop.place or stop.place_code, track=stop.track, stops=stop.stops,
        cancelled=bool(stop.cancelled), unknown_delay=unknown, cause=stop.delay_cause,
        planned_arrival=stop.planned_arrival, estimated_arrival=stop.estimated_arrival,
        actual_arrival=stop.actual_arrival, planned_departure=stop.planned_departure,
        estimated_departure=stop.estimated_departure, actual_departure=stop.actual_departure,
        arrival_late=late_minutes(
            stop.planned_arrival, stop.estimated_arrival, stop.actual_arrival, unknown_delay=unknown
        ),
        departure_late=late_minutes(
            stop.planned_departure, stop.estimated_departure, stop.actual_departure, unknown_delay=unknown
        ),
        history=history,
    )  # fmt: skip
