"""The boxes of one outbound train: what each waits for, whose turn it is, until when, and whether it makes it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Select, bindparam
from sqlmodel import Session

from storage.figures.box_class import Reason, blocking, is_permitted, judge_box
from storage.figures.departure_checks import Load, faults_of
from storage.figures.expressions import parameters
from storage.figures.leaving import OUTCOMES, Outcome, Terms, TrainBox, cutoff_of, margin_of, outcome
from storage.figures.policy import Moment
from storage.figures.readiness import Class
from storage.models import Booking, Container, Declaration, DeclarationBox, table_of
from storage.queries.containers import CONTAINERS
from storage.queries.customs import DECLARATIONS, DeclarationRow
from storage.queries.customs import FEEDS as CUSTOMS_FEEDS
from storage.queries.records import records

FEEDS = (*CUSTOMS_FEEDS, "blocks", "wagons", "bookings")
NOT_NAMED = "not named yet"
NEVER = datetime.max.replace(tzinfo=UTC)
_booking, _link = table_of(Booking).c, table_of(DeclarationBox).c
_CLASS_ORDER: tuple[Class, ...] = ("held", "customs", "no ETA", "late", "due", "ready", "loaded")


class BookedBox(msgspec.Struct, frozen=True, kw_only=True):
    """A box booked on the train, or so many `boxes` not named yet (`id` is None).

    `reasons` why it is not ready are all of them, the deciding one first; `on_train`: it stands there, and with a
    reason it must come off. `since`: in this state from then on. `margin` is the time of its `cutoff` less `expected`.
    `blocks`: the cut-offs, by name, that still block it. `faults`: the checks for departure that fail for it, whatever
    its class.
    """

    id: str | None
    number: str | None
    boxes: int
    of_class: Class
    on_train: bool
    reasons: tuple[Reason, ...]
    where: str | None
    since: datetime | None
    expected: datetime | None
    cutoff: str | None
    cutoff_at: datetime | None
    margin: timedelta | None
    outcome: Outcome
    blocks: tuple[str, ...]
    declaration_id: str | None = None
    booking: str | None = None
    booking_id: str | None = None
    size_type: str | None = None
    faults: tuple[str, ...] = ()


class Booked(NamedTuple):
    """The named boxes of a train with the declarations they wait for, and how many are not named."""

    boxes: tuple[TrainBox, ...]
    unnamed: int
    declarations: Mapping[str, DeclarationRow]


def booked_on(session: Session, loads: Sequence[tuple[Load, Terms]], moment: Moment) -> list[Booked]:
    """The boxes of each load, judged by its terms; the declarations of all are read at once."""
    waiting = [box.id for load, _ in loads for box in load.boxes if not is_permitted(box)]
    open_ = _open_declarations(session, waiting, moment)
    found = []
    for load, terms in loads:
        boxes = tuple(
            TrainBox(box, judge_box(box, terms.cutoffs, terms.now), _release(open_.get(box.id, ())))
            for box in load.boxes
        )
        last = {box.id: _last(open_[box.id]) for box in load.boxes if box.id in open_}
        found.append(Booked(boxes, load.unnamed, last))
    return found


def blocked_by(boxes: Iterable[TrainBox], terms: Terms) -> dict[str, tuple[str, ...]]:
    """Cut-off name to the ids of the boxes it still blocks (definition 5)."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in boxes:
        for name in blocking(each.box, each.verdict, terms.cutoffs):
            found[name].append(each.box.id)
    return {name: tuple(ids) for name, ids in found.items()}


def booked_boxes(session: Session, load: Load, booked: Booked, terms: Terms, moment: Moment) -> tuple[BookedBox, ...]:
    """These boxes as rows: those that miss the train first, then unknown ones, each by least margin."""
    where = places_of(session, [each.box.id for each in booked.boxes], moment)
    rows = [
        _named(each, booked.declarations.get(each.box.id), where.get(each.box.id), load, terms, moment)
        for each in booked.boxes
    ]
    rows += _unnamed(session, load, booked, terms)
    return tuple(sorted(rows, key=_urgency))


def _urgency(row: BookedBox) -> tuple[int, bool, timedelta, bool, int, str]:
    return (
        OUTCOMES.index(row.outcome), row.margin is None, row.margin or timedelta(0), not row.faults,
        _CLASS_ORDER.index(row.of_class), row.id or "~",
    )  # fmt: skip


def _named(
    each: TrainBox, declaration: DeclarationRow | None, where: str | None, load: Load, terms: Terms, moment: Moment
) -> BookedBox:
    box, verdict = each.box, each.verdict
    by_name, by = cutoff_of(each, terms)
    in_customs = verdict.name == "customs" and declaration is not None
    since = None if verdict.name in ("due", "no ETA", "late") else box.received_at
    return BookedBox(
        id=box.id, number=box.number, boxes=1, of_class=verdict.name, on_train=verdict.on_train,
        reasons=tuple(_explained(reason, declaration, moment) for reason in verdict.reasons), where=where,
        since=declaration.since if in_customs and declaration else since, expected=each.expected,
        cutoff=None if by is None else by_name, cutoff_at=by, margin=margin_of(each, terms),
        outcome=outcome(each, terms), blocks=blocking(box, verdict, terms.cutoffs),
        declaration_id=None if declaration is None else declaration.id,
        booking=box.booking, size_type=box.size_type, faults=tuple(faults_of(box, load, moment.policy)),
    )  # fmt: skip


def _explained(reason: Reason, declaration: DeclarationRow | None, moment: Moment) -> Reason:
    """A reason of customs in the words of the declaration, and with its turn."""
    if reason.of_class != "customs" or declaration is None:
        return reason
    lane = f"{declaration.lane} lane" if declaration.lane else "no lane yet"
    if declaration.slot_at is not None:
        about = f", bay {declaration.bay or '--'} at {declaration.slot_at.astimezone(moment.policy.zone):%H:%M}"
    elif declaration.asked:
        about = f", {declaration.asked} asked"
    else:
        about = ", no slot yet" if declaration.lane == "red" else ""
    return Reason("customs", lane + about, declaration.turn)


# --------------------------------------------------------------------------------------------------- not named yet
def _unnamed(session: Session, load: Load, booked: Booked, terms: Terms) -> Iterator[BookedBox]:
    """The places booked without a box, booking by booking, and those of no known booking."""
    left = booked.unnamed
    if not left:
        return
    named = Counter(box.booking for box in load.boxes)
    by_train = (_booking.train_id == load.train.id, _booking.cancelled.is_not(True))
    for booking in records(session, Booking, *by_train, order_by=(_booking.number, _booking.id)):
        places = min(left, max(0, (booking.boxes or 0) - named[booking.number]))
        if places:
            left -= places
            yield _places_left(places, booking, terms)
    if left:
        yield _places_left(left, None, terms)


def _places_left(places: int, booking: Booking | None, terms: Terms) -> BookedBox:
    gate = terms.cutoffs.get("gate")
    over = any(moment is not None and moment < terms.now for moment in (gate, terms.closes))
    return BookedBox(
        id=None, number=None, boxes=places, of_class="no ETA", on_train=False,
        reasons=(Reason("no ETA", NOT_NAMED, None),), where=None, since=None, expected=None,
        cutoff="gate" if gate else None, cutoff_at=gate, margin=None, outcome="miss it" if over else "cannot tell",
        blocks=("gate",),
        booking=booking.number if booking else None, booking_id=booking.id if booking else None,
        size_type=booking.size_type if booking else None,
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------- declarations
def _open_declarations(session: Session, boxes: Sequence[str], moment: Moment) -> dict[str, tuple[DeclarationRow, ...]]:
    """Box id to the declarations it waits for."""
    if not boxes:
        return {}
    links = records(session, DeclarationBox, _link.container_id.in_(boxes))
    chosen = DECLARATIONS.statement.where(
        table_of(Declaration).c.id.in_({link.declaration_id for link in links})
    )  # one statement for all: the queues they wait in are read once
    rows = {row.id: row for row in DECLARATIONS.read(session, chosen, moment) if row.open} if links else {}
    found: defaultdict[str, list[DeclarationRow]] = defaultdict(list)
    for link in links:
        if link.declaration_id in rows:
            found[link.container_id].append(rows[link.declaration_id])
    return {box: tuple(each) for box, each in found.items()}


def _last(rows: Sequence[DeclarationRow]) -> DeclarationRow:
    """The declaration that lets the box go last; one of which that is unknown comes after all."""
    return max(rows, key=lambda row: (row.expected or NEVER, row.id))


def _release(rows: Sequence[DeclarationRow]) -> datetime | None:
    return _last(rows).expected if rows else None


def places_of(session: Session, boxes: Sequence[str], moment: Moment) -> dict[str, str | None]:
    """Box id to where it is: a place in a block, a wagon, the road, ..."""
    rows = session.connection().execute(_WHERE, {**parameters(moment), "ids": list(boxes)}) if boxes else ()
    return {row.id: row.where for row in rows}


def _statement() -> Select[Any]:
    columns = {column.key: column for column in CONTAINERS.statement.selected_columns}
    lean = CONTAINERS.statement.with_only_columns(columns["id"], columns["where"], maintain_column_froms=True)
    return lean.where(table_of(Container).c.id.in_(bindparam("ids", expanding=True)))


_WHERE = _statement()
