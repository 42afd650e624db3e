"""A train that is still to leave: its boxes under the terms of its plan, or of another time of departure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

import msgspec
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.cutoffs import Cutoff, loading_closes
from storage.figures.departure_checks import Load
from storage.figures.leaving import Leaves, Terms, leaves, outcome
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.substitutes import Substitute
from storage.queries.checks import loads_of
from storage.queries.substitutes import substitutes
from storage.queries.train_boxes import Booked, BookedBox, blocked_by, booked_boxes, booked_on, places_of
from storage.queries.trains import TRAINS, TrainRow

AT_ONCE = 50
"""Trains whose boxes are read by one statement."""


class CutoffRow(msgspec.Struct, frozen=True, kw_only=True):
    """A cut-off and the ids of the named boxes it still blocks; `cutoff.boxes` counts those not named too."""

    cutoff: Cutoff
    past: bool
    blocks: tuple[str, ...]


class Departing(msgspec.Struct, frozen=True, kw_only=True):
    """A departure at `leaves.at`: how it turns out, and its boxes, those that miss it first.

    `not_loaded`: readiness class to how many of its boxes, though they could make it, there is no time to load; which
    of them cannot be told, so that each has the outcome `make it`.
    """

    row: TrainRow
    planned: datetime | None
    leaves: Leaves
    boxes: tuple[BookedBox, ...]
    not_loaded: Mapping[str, int]


class SubstituteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A substitute, and where it is."""

    substitute: Substitute
    where: str | None

    @property
    def id(self) -> str:
        """The id of the box."""
        return self.substitute.box.id


class Substitutes(msgspec.Struct, frozen=True, kw_only=True):
    """What could take the places of the boxes that miss a train: those that fit first. `missing`: how many miss it."""

    row: TrainRow
    missing: int
    rows: tuple[SubstituteRow, ...]


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """A train, and what its row does not say; `leaves` is None where nothing leaves any more."""

    row: TrainRow
    leaves: Leaves | None
    substitutes: tuple[Substitute, ...]


class Outbound:
    """A train that is still to leave, with the boxes of its load; `loading` of its row is not None."""

    def __init__(self, session: Session, row: TrainRow, load: Load, moment: Moment) -> None:
        self.session, self.row, self.load, self.moment = session, row, load, moment
        self.terms = terms_of(row, moment)

    @cached_property
    def booked(self) -> Booked:
        """Its boxes as planned."""
        return booked_on(self.session, [(self.load, self.terms)], self.moment)[0]

    def cutoffs(self) -> tuple[CutoffRow, ...]:
        """Every cut-off with what it still blocks."""
        blocked = blocked_by(self.booked.boxes, self.terms)
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

    def leaves(self, at: datetime | None = None) -> Leaves:
        """As planned, or at another time: then its cut-offs and its closing move with it."""
        terms = self._terms_at(at)
        return leaves(self.booked.boxes, self.booked.unnamed, terms, self.row.loading, at or self.row.planned)

    def departing(self, at: datetime | None = None) -> Departing:
        """The same, with every box."""
        terms = self._terms_at(at)
        booked = self.booked if at is None else booked_on(self.session, [(self.load, terms)], self.moment)[0]
        boxes = booked_boxes(self.session, self.load, booked, terms, self.moment)
        found = self.leaves(at)
        makes = {name: sum(each.outcome == "make it" and each.of_class == name for each in boxes) for name in
                 ("ready", "customs", "due")}  # fmt: skip
        short = {name: count - found.make_it.get(name, 0) for name, count in makes.items()}
        return Departing(
            row=self.row, planned=self.row.planned, leaves=found, boxes=boxes,
            not_loaded={name: count for name, count in short.items() if count},
        )  # fmt: skip

    def waiting(self) -> tuple[BookedBox, ...]:
        """The boxes that are not ready."""
        booked = self.booked._replace(boxes=tuple(each for each in self.booked.boxes if each.verdict.reasons))
        return booked_boxes(self.session, self.load, booked, self.terms, self.moment)

    def substitutes(self) -> tuple[Substitute, ...]:
        """What could go in place of those that miss it."""
        ready = self.row.readiness
        outcomes = [(each.box, outcome(each, self.terms)) for each in self.booked.boxes]
        booked_teu = max(self.row.teu or 0.0, ready.booked_teu if ready else 0.0)
        return substitutes(
            self.session, self.load, booked_teu, outcomes, self.row.loading, self.terms.cutoffs, self.moment
        )

    def _terms_at(self, at: datetime | None) -> Terms:
        if at is None:
            return self.terms
        planned, policy = self.row.planned, self.moment.policy
        if planned is None:
            return self.terms._replace(closes=at - policy.preparation)
        closes = loading_closes(self.load.train.loading_closes, planned, None, policy)
        return self.terms._replace(closes=closes).moved(at - planned)


def terms_of(row: TrainRow, moment: Moment) -> Terms:
    """By when the boxes of a train must be there as it is planned."""
    named = {cutoff.name: cutoff.at for cutoff in row.cutoffs}
    return Terms(moment.now, row.closes_at, named, moment.policy.handling)


def outbound(session: Session, clock: Clock, identity: str, policy: Policy = DEFAULT) -> Outbound | None:
    """The train of this id; None for one that does not depart, has departed, or is not in the cache."""
    row = TRAINS.one(session, clock, identity, policy=policy)
    load = loads_of(session, [identity]).get(identity)
    if row is None or load is None or row.loading is None:
        return None
    return Outbound(session, row, load, Moment.of(clock, policy))


def departing(
    session: Session, clock: Clock, identity: str, at: datetime | None = None, *, policy: Policy = DEFAULT
) -> Departing | None:
    """How the departure of a train turns out at `at`, by default as planned; None for one that does not depart."""
    found = outbound(session, clock, identity, policy)
    return None if found is None else found.departing(at)


def substitutes_of(session: Session, clock: Clock, identity: str, *, policy: Policy = DEFAULT) -> Substitutes | None:
    """What could take the places of the boxes that miss a train; None for one that does not depart."""
    found = outbound(session, clock, identity, policy)
    if found is None:
        return None
    rows = found.substitutes()
    where = places_of(session, [each.box.id for each in rows], found.moment)
    return Substitutes(
        row=found.row, missing=sum(found.leaves().miss_it.values()),
        rows=tuple(SubstituteRow(substitute=each, where=where.get(each.box.id)) for each in rows),
    )  # fmt: skip


def outlook(session: Session, clock: Clock, identity: str, *, policy: Policy = DEFAULT) -> Outlook | None:
    """A train with how it leaves as planned and what could fill it; None when it is not in the cache."""
    row = TRAINS.one(session, clock, identity, policy=policy)
    load = loads_of(session, [identity]).get(identity)
    if row is None or load is None or row.loading is None:
        return None if row is None else Outlook(row=row, leaves=None, substitutes=())
    train = Outbound(session, row, load, Moment.of(clock, policy))
    return Outlook(row=row, leaves=train.leaves(), substitutes=train.substitutes())


def ready_instead(session: Session, rows: Sequence[TrainRow], moment: Moment) -> dict[str, int]:
    """Train id to how many substitutes fit it, of those of the rows that are still to leave."""
    still = {row.id: row for row in rows if row.loading is not None}
    loads = [(load, terms_of(still[train], moment)) for train, load in loads_of(session, list(still)).items()]
    found: dict[str, int] = {}
    for (load, _), booked in zip(loads, booked_on(session, loads, moment), strict=True):
        train = Outbound(session, still[load.train.id], load, moment)
        train.booked = booked
        found[load.train.id] = sum(each.fits is True for each in train.substitutes())
    return found


def leave_as_planned(session: Session, rows: Sequence[TrainRow], moment: Moment) -> dict[str, Leaves]:
    """Train id to how it leaves as planned, of those of the rows that are still to leave."""
    found: dict[str, Leaves] = {}
    still = [row for row in rows if row.loading is not None]
    for start in range(0, len(still), AT_ONCE):
        some = {row.id: row for row in still[start : start + AT_ONCE]}
        loads = [(load, terms_of(some[train], moment)) for train, load in loads_of(session, list(some)).items()]
        for (load, terms), booked in zip(loads, booked_on(session, loads, moment), strict=True):
            row = some[load.train.id]
            found[row.id] = leaves(booked.boxes, booked.unnamed, terms, row.loading, row.planned)
    return found
