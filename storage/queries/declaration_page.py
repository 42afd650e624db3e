"""One declaration with everything that whoever talks to customs asks of it; and in short, what it holds up."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session

from storage import notes
from storage.clock import Clock
from storage.figures.declared import is_backward
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.models import (
    HISTORY,
    Container,
    CustomsOffice,
    Declaration,
    DeclarationBox,
    Inspection,
    Note,
    Train,
    table_of,
)
from storage.models.base import from_ms
from storage.queries.containers import CONTAINERS, ContainerRow
from storage.queries.customs import DECLARATIONS, DeclarationRow, rows_of
from storage.queries.customs import FEEDS as CUSTOMS_FEEDS
from storage.queries.customs_held import queue_at
from storage.queries.customs_queue import GONE, Queue
from storage.queries.obstacles import Obstacle, obstacles
from storage.queries.records import records
from storage.queries.seals import SEALS, SealRow

FEEDS = tuple(dict.fromkeys((*CUSTOMS_FEEDS, "blocks", "wagons")))
MOST_BOXES = 500
"""Boxes that are told one by one; all are counted."""
_decl, _link, _box = table_of(Declaration).c, table_of(DeclarationBox).c, table_of(Container).c
_train, _inspection = table_of(Train).c, table_of(Inspection).c
_past = HISTORY["declarations"].c


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A state it entered, when by the source's time, and who gave it. `back`: it should not lead back."""

    at: datetime
    state: str
    raw_state: str | None
    lane: str | None
    turn: str | None
    by: str | None
    back: bool


class DeclaredBox(msgspec.Struct, frozen=True, kw_only=True):
    """A box under it; one that the yard does not know has its id alone."""

    id: str
    number: str | None
    where: str | None
    customs: str | None
    holds: str | None
    train: str | None
    train_id: str | None
    cutoff_at: datetime | None
    margin: timedelta | None


class NextTrain(NamedTuple):
    """The next departure to where a box goes; `free_teu` None where its capacity or what is booked is not known."""

    id: str
    number: str
    departs: datetime
    free_teu: float | None


class DeclarationPage(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration. `place` of `of` in its lane; `next_train`: for its tightest box, when that misses its own."""

    row: DeclarationRow
    declaration: Declaration
    office: str | None
    place: int | None
    of: int
    steps: tuple[Step, ...]
    boxes: tuple[DeclaredBox, ...]
    inspections: tuple[Inspection, ...]
    seals: tuple[SealRow, ...]
    obstacles: tuple[Obstacle, ...]
    next_train: NextTrain | None
    notes: tuple[Note, ...]


class HoldsUp(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration in short: where its tightest box stands, and the next train that could take it."""

    row: DeclarationRow
    where: str | None
    next_train: NextTrain | None


def holds_up(session: Session, clock: Clock, identity: str, *, policy: Policy = DEFAULT) -> HoldsUp | None:
    """What it holds up; None when it is not in the cache."""
    moment = Moment.of(clock, policy)
    chosen = DECLARATIONS.statement.where(_decl.id == identity)
    row = next(iter(rows_of(session, chosen, queue_at(session, moment))), None)
    if row is None:
        return None
    box = None if row.container_id is None else CONTAINERS.one(session, clock, row.container_id, policy=policy)
    late = row.margin is not None and row.margin < timedelta(0)
    return HoldsUp(
        row=row, where=box.where if box else None,
        next_train=_next_train(session, row, moment) if late else None,
    )  # fmt: skip


def declaration_page(
    session: Session, clock: Clock, identity: str, *, policy: Policy = DEFAULT
) -> DeclarationPage | None:
    """Everything about a declaration at the view's time; None when it is not, or no longer, in the cache."""
    moment = Moment.of(clock, policy)
    queue = queue_at(session, moment)
    row = next(iter(rows_of(session, DECLARATIONS.statement.where(_decl.id == identity), queue)), None)
    found = records(session, Declaration, _decl.id == identity)
    if row is None or not found:
        return None
    declaration = found[0]
    lane = queue.lines[row.lane].ids if row.lane in queue.lines else ()
    known = _yard(session, moment, identity)
    boxes = tuple(_boxes(session, identity, known, row, queue))
    inspections = tuple(
        records(session, Inspection, _inspection.declaration_id == identity,
                order_by=(_inspection.slot_starts, _inspection.id))
    )  # fmt: skip
    seals = tuple(seal for seal in SEALS.page(session, clock, policy=policy).rows if seal.container_id in known)
    return DeclarationPage(
        row=row, declaration=declaration, office=_office(session, declaration.office_id),
        place=lane.index(identity) + 1 if identity in lane and row.lane is not None else None, of=len(lane),
        steps=tuple(_steps(session, declaration)), boxes=boxes, inspections=inspections, seals=seals,
        obstacles=tuple(obstacles(row, declaration, inspections, seals, tuple(known.values()), queue.hours, moment)),
        next_train=_next_train(session, row, moment) if row.margin is not None and row.margin < timedelta(0) else None,
        notes=tuple(notes.on(session, clock, "declaration", identity)),
    )  # fmt: skip


def _office(session: Session, identity: str | None) -> str | None:
    offices = table_of(CustomsOffice).c
    found = records(session, CustomsOffice, offices.id == identity) if identity else []
    return next((f"{office.office} {office.name or ''}".strip() for office in found), identity)


def _steps(session: Session, declaration: Declaration) -> Iterator[Step]:
    """Out of its versions; before those that this cache knows, out of the times that it carries."""
    versions: list[Any] = [
        *session.connection().execute(
            select(*_past).where(_past.id == declaration.id).order_by(_past.observed, _past.vid)
        ),
        declaration,
    ]  # fmt: skip
    began = versions[0]
    known = [("submitted", began.submitted_at, None), ("entered the lane", began.laned_at, began.lane)]
    for words, at, lane in known:
        if at is not None and at < began.changed_at and words != began.state:
            yield Step(at=at, state=words, raw_state=None, lane=lane, turn=None, by=None, back=False)
    before: Any = None
    for version in versions:
        if before is None or _told(before) != _told(version):
            back = before is not None and is_backward(before.state, version.state)
            yield Step(
                at=version.changed_at, state=version.state, raw_state=version.raw_state, lane=version.lane,
                turn=version.turn, by=version.officer, back=back,
            )  # fmt: skip
        before = version


def _told(version: Any) -> tuple[Any, ...]:
    return version.state, version.raw_state, version.lane, version.turn


def _yard(session: Session, moment: Moment, identity: str) -> dict[str, ContainerRow]:
    """The boxes under it that the yard knows, by id."""
    linked = select(_link.container_id).where(_link.declaration_id == identity)
    return {row.id: row for row in CONTAINERS.read(session, CONTAINERS.statement.where(_box.id.in_(linked)), moment)}


def _boxes(
    session: Session, identity: str, known: dict[str, ContainerRow], row: DeclarationRow, queue: Queue
) -> Iterator[DeclaredBox]:
    """Those with the least margin first."""
    ids = session.connection().execute(
        select(_link.container_id).where(_link.declaration_id == identity).order_by(_link.container_id)
    )
    found = [_declared(each, known.get(each), row, queue) for each in ids.scalars()]
    found.sort(key=lambda box: (box.margin is None, box.margin or timedelta(0), box.cutoff_at is None, box.id))
    yield from found[:MOST_BOXES]


def _declared(identity: str, box: ContainerRow | None, row: DeclarationRow, queue: Queue) -> DeclaredBox:
    cutoff = queue.cutoffs.get(box.train_id) if box is not None and box.train_id is not None else None
    at = None if cutoff is None else from_ms(cutoff)
    return DeclaredBox(
        id=identity, number=box.number if box else None, where=box.where if box else None,
        customs=box.customs if box else None, holds=box.holds if box else None, train=box.train if box else None,
        train_id=box.train_id if box else None, cutoff_at=at,
        margin=at - row.expected if at is not None and row.expected is not None and row.open else None,
    )  # fmt: skip


def _next_train(session: Session, row: DeclarationRow, moment: Moment) -> NextTrain | None:
    """The next departure to the destination of its tightest box after the one that box is booked on."""
    if row.container_id is None or row.train_id is None:
        return None
    departs = func.coalesce(_train.estimated_departure, _train.planned_departure)
    run = session.connection().execute
    leaves = run(select(departs).where(_train.id == row.train_id)).scalar()
    to = run(select(_box.destination_code).where(_box.id == row.container_id)).scalar()
    if to is None or leaves is None:
        return None
    chosen = (
        select(_train.id, _train.number, departs.label("departs"), _train.capacity_teu, _train.booked_teu)
        .where(
            _train.direction == "departure", _train.destination_code == to, _train.id != row.train_id,
            departs > max(leaves, moment.now), _train.phase.not_in(GONE),
        )
        .order_by(departs, _train.id)
    )  # fmt: skip
    found = run(chosen.limit(1)).first()
    if found is None:
        return None
    known = found.capacity_teu is not None and found.booked_teu is not None
    return NextTrain(
        found.id, found.number, found.departs, max(0.0, found.capacity_teu - found.booked_teu) if known else None
    )
