"""One box with everything a person asks of it, in one call."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session

from storage import notes
from storage.clock import Clock
from storage.figures.box_class import is_received, judge_box
from storage.figures.delay import overdue
from storage.figures.margins import margin
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.readiness import OUTSIDE
from storage.figures.rehandles import rehandles
from storage.figures.stays import GONE
from storage.identifiers import ContainerNumber, SizeType, decode_size_type, parse_container
from storage.models import (
    Block,
    Booking,
    Container,
    Declaration,
    DeclarationBox,
    GateVisit,
    Inspection,
    Note,
    Seal,
    Train,
    Wagon,
    table_of,
)
from storage.queries.bays import stacked_of
from storage.queries.box_journey import FEEDS as JOURNEY_FEEDS
from storage.queries.box_journey import Event, Reading, journey, readings
from storage.queries.checks import loads_of
from storage.queries.containers import CONTAINERS, ContainerRow, beside
from storage.queries.containers import FEEDS as BOX_FEEDS
from storage.queries.customs import DECLARATIONS, DeclarationRow
from storage.queries.customs import FEEDS as CUSTOMS_FEEDS
from storage.queries.exceptions.boxes import planned_place
from storage.queries.exceptions.quality import wrong_about
from storage.queries.outbound import terms_of
from storage.queries.records import records
from storage.queries.train_boxes import BookedBox, booked_boxes, booked_on
from storage.queries.trains import TRAINS, TrainRow

FEEDS = tuple(dict.fromkeys((*BOX_FEEDS, *JOURNEY_FEEDS, *CUSTOMS_FEEDS, "seals", "bookings")))

T = TypeVar("T")
_box, _seal, _link, _train = (table_of(model).c for model in (Container, Seal, DeclarationBox, Train))
_visit, _inspection, _booking, _block = (
    table_of(model).c for model in (GateVisit, Inspection, Booking, Block)
)  # fmt: skip
GONE_FROM_HERE = ("wagon", "gone")
"""Places of boxes that a plan to stand somewhere is no longer of."""

StepKind = Literal["done", "now", "expected", "margin", "helps"]
Phrase = tuple[str | datetime | timedelta, ...]
"""Words with times and lengths of time among them."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of why a box is not ready. `late`: it comes too late by this."""

    kind: StepKind
    words: Phrase
    late: bool = False


class BoxPage(msgspec.Struct, frozen=True, kw_only=True):
    """A box. `above`: to be moved before it, in order. `planned`: where it is to stand, when that is elsewhere.

    `wrong`: what cannot be right about where it stands. `booked`: its class on `train`, with every reason.
    `next_train`: the next one to its destination after that, and when it leaves. `free`: what is left of its free time,
    negative when it is over. `overdue`: how long it should have been here already; None when it is, or nobody knows.
    `log` is a reefer's, newest first, as the journey is.
    """

    row: ContainerRow
    box: Container
    number: ContainerNumber | None
    size: SizeType | None
    above: tuple[ContainerRow, ...]
    planned: str | None
    wrong: tuple[str, ...]
    wagon: Wagon | None
    train: TrainRow | None
    booked: BookedBox | None
    next_train: tuple[str, str, datetime] | None
    declarations: tuple[DeclarationRow, ...]
    inspection: Inspection | None
    seals: tuple[Seal, ...]
    booking: Booking | None
    visit: GateVisit | None
    steps: tuple[Step, ...]
    journey: tuple[Event, ...]
    log: tuple[Reading, ...]
    notes: tuple[Note, ...]
    free: timedelta | None
    overdue: timedelta | None


def box_page(session: Session, clock: Clock, identity: str, *, policy: Policy = DEFAULT) -> BoxPage | None:
    """Everything about a box at the view's time; None when it is not, or no longer, in the cache."""
    moment = Moment.of(clock, policy)
    row = CONTAINERS.one(session, clock, identity, policy=policy)
    box = next(iter(records(session, Container, _box.id == identity)), None)
    if row is None or box is None:
        return None
    train = TRAINS.one(session, clock, box.train_id, policy=policy) if box.train_id else None
    booked = _booked(session, box, train, moment)
    declarations = _declarations(session, identity, moment)
    open_first = (_inspection.ended_at.is_not(None), _inspection.slot_starts.desc())
    inspection = _first(records(session, Inspection, _inspection.container_id == identity, order_by=open_first))
    named = {row.id: row.number for row in session.connection().execute(select(_train.id, _train.number))}
    reefer = box.setpoint_c is not None
    page = BoxPage(
        row=row, box=box, number=parse_container(box.number or ""),
        size=decode_size_type(box.size_type, teu_45=policy.teu_45) if box.size_type else None,
        above=_above(session, row, moment), planned=_planned(session, row), wrong=wrong_about(session, row),
        train=train, booked=booked,
        wagon=_first(records(session, Wagon, table_of(Wagon).c.id == box.wagon_id)) if box.wagon_id else None,
        next_train=_next_train(session, box, train, moment), declarations=declarations, inspection=inspection,
        seals=tuple(records(session, Seal, _seal.container_id == identity, order_by=(_seal.id,))),
        booking=_first(records(session, Booking, _booking.number == box.booking)) if box.booking else None,
        visit=_first(records(session, GateVisit, _visit.container_id == identity,
                             order_by=(_visit.appointment_at.desc(),))),
        steps=(), journey=journey(session, moment, identity, declarations, named),
        log=readings(session, moment, identity) if reefer else (),
        notes=tuple(notes.on(session, clock, "box", identity)),
        free=None if box.free_until is None or box.departed_at is not None else box.free_until - moment.now,
        overdue=None if is_received(box) or box.departed_at is not None else overdue(box.expected_at, moment.now),
    )  # fmt: skip
    return msgspec.structs.replace(page, steps=tuple(_steps(page, moment)))


def _first(found: Iterable[T]) -> T | None:
    return next(iter(found), None)


def _planned(session: Session, row: ContainerRow) -> str | None:
    places = (
        (row.planned_block_id, row.block_id), (row.planned_bay, row.bay), (row.planned_row, row.row),
        (row.planned_tier, row.tier),
    )  # fmt: skip
    if row.place in GONE_FROM_HERE or all(planned in (None, now) for planned, now in places):
        return None
    named = {block.id: block.name for block in records(session, Block, _block.id == row.planned_block_id)}
    return planned_place(row, named)


def _above(session: Session, row: ContainerRow, moment: Moment) -> tuple[ContainerRow, ...]:
    if row.block_id is None or row.row is None:
        return ()
    others = {other.id: other for other in beside(session, moment, row.block_id, row.row)}
    stack = [stacked for other in others.values() if (stacked := stacked_of(other)) is not None]
    mine = next((stacked for stacked in stack if stacked.id == row.id), None)
    return () if mine is None else tuple(others[each.id] for each in rehandles(mine, stack))


def _booked(session: Session, box: Container, train: TrainRow | None, moment: Moment) -> BookedBox | None:
    """Its class on its train; None for a box that is on none, or rolled from it."""
    if train is None or box.rolled or train.direction != "dep":
        return None
    load = loads_of(session, [train.id])[train.id]._replace(boxes=[box], unnamed=0)
    terms = terms_of(train, moment)
    (booked,) = booked_on(session, [(load, terms)], moment)
    return booked_boxes(session, load, booked, terms, moment)[0]


def _declarations(session: Session, identity: str, moment: Moment) -> tuple[DeclarationRow, ...]:
    """Those it stands under, the newest first."""
    under = select(_link.declaration_id).where(_link.container_id == identity)
    chosen = DECLARATIONS.statement.where(table_of(Declaration).c.id.in_(under))
    rows = DECLARATIONS.read(session, chosen, moment)
    return tuple(sorted(rows, key=lambda row: (row.submitted_at is not None, row.submitted_at, row.id), reverse=True))


def _next_train(
    session: Session, box: Container, train: TrainRow | None, moment: Moment
) -> tuple[str, str, datetime] | None:
    """The next departure to its destination after the one it is booked on: id, number, when it leaves."""
    if box.destination_code is None or train is None or train.at is None:
        return None
    departs = func.coalesce(_train.estimated_departure, _train.planned_departure)
    chosen = (
        select(_train.id, _train.number, departs.label("departs"))
        .where(
            _train.direction != "arrival", _train.destination_code == box.destination_code, _train.id != train.id,
            departs > max(train.at, moment.now), _train.phase.not_in(GONE),
        )
        .order_by(departs, _train.id)
    )  # fmt: skip
    row = session.connection().execute(chosen.limit(1)).first()
    return None if row is None else (row.id, row.number, row.departs)


# --------------------------------------------------------------------------------------------------------------- steps
def _steps(page: BoxPage, moment: Moment) -> Iterator[Step]:
    """Step by step why it is not ready: what is done, what it waits for, until when, and what would help.

    Nothing of a box that has left.
    """
    box, booked, train = page.box, page.booked, page.train
    if booked is None or train is None or box.departed_at is not None:
        return
    yield from (Step(kind="done", words=words) for words in _done(page))
    if not booked.reasons:
        yield Step(kind="now", words=(_as_it_is(booked),))
    yield from (Step(kind="now", words=(f"check for departure fails: {fault}",), late=True) for fault in booked.faults)
    if not booked.reasons:
        return
    for reason in booked.reasons:
        whose = f": {reason.turn}" if reason.turn else ""
        yield Step(kind="now", words=(f"{reason.words}{whose}",))
    yield from _expected(page, booked, moment)
    if booked.cutoff is not None and booked.cutoff_at is not None:
        short = booked.margin is not None and booked.margin < timedelta(0)
        left: Phrase = (", cannot tell",)
        if booked.margin is not None:
            left = (": -" if short else ": +", abs(booked.margin))
        name = "loading closes" if booked.cutoff == "closing" else f"{booked.cutoff} cut-off"
        yield Step(kind="margin", words=(f"{name} ", booked.cutoff_at, *left), late=short)
    yield from _helps(page, booked, judge_box(box, {cut.name: cut.at for cut in train.cutoffs}, moment.now).on_train)


def _as_it_is(booked: BookedBox) -> str:
    if booked.of_class == "loaded" or booked.faults:
        return booked.of_class
    return "ready: nothing keeps it"


def _done(page: BoxPage) -> Iterator[Phrase]:
    if page.box.received_at is not None:
        yield "received ", page.box.received_at
    waiting = next((each for each in page.declarations if each.open), None)
    if waiting is not None and waiting.submitted_at is not None:
        yield f"declared ({waiting.regime or '--'}) ", waiting.submitted_at
        if waiting.lane and waiting.since is not None:
            yield f"{waiting.lane} lane ", waiting.since


def _expected(page: BoxPage, booked: BookedBox, moment: Moment) -> Iterator[Step]:
    """When what it waits for ends, and what that means for its train."""
    closes = page.train.closes_at if page.train else None
    if booked.expected is None:
        yield Step(kind="expected", words=("no end is known",))
        return
    waiting = next((each for each in page.declarations if each.open), None)
    outside = booked.of_class in OUTSIDE
    words: Phrase = ("received " if outside else "released ", booked.expected)
    if page.overdue is not None:
        words = ("for ", booked.expected, ", overdue by ", page.overdue)
    if not outside and waiting is not None and waiting.earliest is not None and waiting.latest is not None:
        words = (*words, " (80 % of such ", waiting.earliest, " to ", waiting.latest, ")")
    there = max(booked.expected, moment.now) + moment.policy.handling
    words = (*words, ", at its train ", there, " at the earliest" if page.overdue is not None else "")
    left = margin(closes, there)
    if left is None or closes is None:
        yield Step(kind="expected", words=words)
        return
    over = left < timedelta(0)
    told: Phrase = (", too late by ", -left) if over else (", in time by ", left)
    yield Step(kind="expected", words=(*words, ", loading closes ", closes, *told), late=over)


HELP = {
    "haulier": "call the haulier", "carrier": "ask the carrier when it comes", "broker": "ask the broker",
    "terminal": "have the terminal do it first", "customs": "ask customs to take it first",
}  # fmt: skip


def _helps(page: BoxPage, booked: BookedBox, on_train: bool) -> Iterator[Step]:
    if on_train:
        yield Step(kind="helps", words=("it stands on the train and must come off",))
    turn = booked.reasons[0].turn
    parts: Phrase = (HELP[turn],) if turn in HELP else ()
    if page.next_train is not None:
        parts = (*parts, "; else " if parts else "", f"{page.next_train[1]} at ", page.next_train[2])
    if parts and booked.outcome != "make it":
        yield Step(kind="helps", words=parts)
