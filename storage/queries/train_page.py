"""One train with everything a dispatcher asks of it, in one call; and what becomes of it at another departure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from sqlmodel import Session

from storage import notes
from storage.clock import Clock
from storage.figures.cutoffs import Cutoff, loading_closes
from storage.figures.delay import late_minutes
from storage.figures.departure_checks import Check, Load, departure_checks
from storage.figures.leaving import Leaves, Terms, leaves, outcome
from storage.figures.loading import Loading
from storage.figures.plausibility import implausible
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.substitutes import Substitute
from storage.models import Note, Train, TrainStop, table_of
from storage.queries.checks import loads_of
from storage.queries.consist import Consist, consist_of
from storage.queries.records import records
from storage.queries.substitutes import substitutes
from storage.queries.train_boxes import FEEDS as BOX_FEEDS
from storage.queries.train_boxes import Booked, WaitingBox, blocked_by, booked_on, waiting_boxes
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


class CutoffRow(msgspec.Struct, frozen=True, kw_only=True):
    """A cut-off and the ids of the named boxes it still blocks; `cutoff.boxes` counts those not named too."""

    cutoff: Cutoff
    past: bool
    blocks: tuple[str, ...]


class TrainPage(msgspec.Struct, frozen=True, kw_only=True):
    """A visit. What only a departure has is empty, or None, on an arrival and on a train that has gone.

    `history`: what was expected of the visit here, oldest first. `problems`: what cannot be right in its data.
    `all_done`: when every booked box is loaded. `substitutes`: those that fit come first.
    """

    row: TrainRow
    train: Train
    history: tuple[Expectation, ...]
    stops: tuple[StopRow, ...]
    cutoffs: tuple[CutoffRow, ...]
    loading: Loading | None
    all_done: datetime | None
    leaves: Leaves | None
    waiting: tuple[WaitingBox, ...]
    substitutes: tuple[Substitute, ...]
    checks: tuple[Check, ...]
    consist: Consist
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
    outbound = _Outbound(session, row, load, moment) if row.loading is not None else None
    consist = consist_of(session, load, cutoffs, moment)
    past = expectations(session, moment, TrainStop, [stop.id for stop in stops])
    return TrainPage(
        row=row, train=load.train, history=expectations(session, moment, Train, [identity])[identity],
        stops=tuple(_stop_row(stop, past[stop.id]) for stop in stops),
        cutoffs=outbound.cutoffs() if outbound else (), loading=row.loading,
        all_done=outbound.all_done() if outbound else None, leaves=outbound.leaves(None) if outbound else None,
        waiting=outbound.waiting() if outbound else (), substitutes=outbound.substitutes() if outbound else (),
        checks=tuple(departure_checks(load, policy)) if outbound else (), consist=consist,
        onward_margin=row.onward_margin, notes=tuple(notes.on(session, clock, "train", identity)),
        problems=(*implausible(load.train, stops, moment.now), *consist.problems),
    )  # fmt: skip


def leaves_at(
    session: Session, clock: Clock, identity: str, at: datetime | None = None, *, policy: Policy = DEFAULT
) -> Leaves | None:
    """How the departure of a train turns out at `at`, by default as planned; None for one that does not depart."""
    row = TRAINS.one(session, clock, identity, policy=policy)
    load = loads_of(session, [identity]).get(identity)
    if row is None or load is None or row.loading is None:
        return None
    return _Outbound(session, row, load, Moment.of(clock, policy)).leaves(at)


class _Outbound:
    """A train that is still to leave, and its boxes under the terms of its plan."""

    def __init__(self, session: Session, row: TrainRow, load: Load, moment: Moment) -> None:
        self.session, self.row, self.load, self.moment = session, row, load, moment
        named = {cutoff.name: cutoff.at for cutoff in row.cutoffs}
        self.terms = Terms(moment.now, row.closes_at, named, moment.policy.handling)
        self.booked: Booked = booked_on(session, load, self.terms, moment)

    def cutoffs(self) -> tuple[CutoffRow, ...]:
        """Every cut-off with what it still blocks."""
        blocked: Mapping[str, tuple[str, ...]] = blocked_by(self.booked.boxes, self.terms)
        return tuple(
            CutoffRow(cutoff=cutoff, past=cutoff.at < self.moment.now, blocks=blocked.get(cutoff.name, ()))
            for cutoff in self.row.cutoffs
        )

    def all_done(self) -> datetime | None:
        """When every booked box is loaded; unknown while a box has no expected time or is not named."""
        loading = self.row.loading
        coming = [each.expected for each in self.booked.boxes if each.verdict.reasons]
        if loading is None:
            return None
        return loading.all_done([*coming, *[None] * self.booked.unnamed], self.moment.policy.handling)

    def leaves(self, at: datetime | None) -> Leaves:
        """As planned, or at another time: then its cut-offs and its closing move with it."""
        train, terms = self.load.train, self.terms
        planned = train.planned_departure
        if at is not None:
            closes = loading_closes(train.loading_closes, planned, None, self.moment.policy)
            terms = (
                terms._replace(closes=at - self.moment.policy.preparation)
                if planned is None
                else terms._replace(closes=closes).moved(at - planned)
            )
        return leaves(self.booked.boxes, self.booked.unnamed, terms, self.row.loading, at or planned)

    def waiting(self) -> tuple[WaitingBox, ...]:
        """The boxes that are not ready."""
        return waiting_boxes(self.session, self.load, self.booked, self.terms, self.moment)

    def substitutes(self) -> tuple[Substitute, ...]:
        """What could go in place of those that miss it."""
        ready = self.row.readiness
        outcomes = [(each.box, outcome(each, self.terms)) for each in self.booked.boxes]
        booked_teu = max(self.row.teu or 0.0, ready.booked_teu if ready else 0.0)
        return substitutes(
            self.session, self.load, booked_teu, outcomes, self.row.loading, self.terms.cutoffs, self.moment
        )


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
