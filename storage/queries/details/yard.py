"""The pages of a block and of a booking."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, select

from storage.clock import Clock
from storage.figures.occupancy import stands
from storage.figures.policy import Moment, Policy
from storage.identifiers import display_number
from storage.models import Booking, Container, Train, table_of
from storage.queries.containers import CONTAINERS, ContainerRow
from storage.queries.details.parts import Detail, Line, Link, Section, linked, page, values
from storage.queries.yard import BLOCKS
from storage.queries.yard import COLUMNS as BLOCK_COLUMNS
from storage.queries.yard import FEEDS as BLOCK_FEEDS

MOST_BOXES = 500
"""Boxes listed on a page; the rest are counted."""
_box, _train = table_of(Container).c, table_of(Train).c


def block_page(session: Session, clock: Clock, identity: str, policy: Policy) -> Detail | None:
    """A block: how full, with what."""
    row = BLOCKS.one(session, clock, identity, policy=policy)
    if row is None:
        return None
    here = and_(stands(), _box.block_id == identity)
    boxes = CONTAINERS.read(
        session, CONTAINERS.statement.where(here).order_by(_box.number).limit(MOST_BOXES), Moment.of(clock, policy)
    )
    sections = [
        Section("Block", values(row, BLOCK_COLUMNS, "kind boxes teu working_teu percent free_teu reserved_teu cranes")),
        Section("Slots", values(row, BLOCK_COLUMNS, "bays rows tiers raw_teu factor")),
        Section("Plugs", values(row, BLOCK_COLUMNS, "plugs plugs_used plugs_free") if row.plugs is not None else ()),
        Section("Booked on", tuple(_booked_on(session, here))),
        Section("Boxes", tuple(_standing(box) for box in boxes)),
    ]
    if row.boxes is not None and row.boxes > len(boxes):
        sections.append(Section("Not listed", (Line("more", row.boxes - len(boxes), "number", "boxes"),)))
    return page("block", identity, f"block {row.name}", sections, BLOCK_FEEDS)


def _booked_on(session: Session, here: ColumnElement[bool]) -> Iterator[Line]:
    """Trains, those of most boxes first."""
    train, boxes = func.coalesce(_train.number, _box.train_id), func.count()
    chosen = (
        select(train, boxes)
        .select_from(table_of(Container).outerjoin(table_of(Train), _train.id == _box.train_id))
        .where(here, _box.train_id.is_not(None))
        .group_by(train)
        .order_by(boxes.desc(), train)
    )
    for number, count in session.connection().execute(chosen):
        yield Line(number, count, "number", "boxes")


def _standing(box: ContainerRow) -> Line:
    words = ", ".join(part for part in (box.where, box.size_type, box.train, box.readiness or box.customs) if part)
    return Line(display_number(box.number) if box.number else "(not named)", words, link=Link("box", box.id))


def booking_page(session: Session, _clock: Clock, identity: str, _policy: Policy) -> Detail | None:
    """A booking and the boxes named under its number."""
    booking = session.get(Booking, identity)
    if booking is None:
        return None
    boxes = session.exec(
        select(Container).where(Container.booking == booking.number).order_by(col(Container.number)).limit(MOST_BOXES)
    ).all()
    train = session.get(Train, booking.train_id) if booking.train_id else None
    named = [Line(display_number(box.number or "(not named)"), box.state, link=Link("box", box.id)) for box in boxes]
    sections = [
        Section(
            "Booking",
            (
                Line("Shipper", booking.shipper),
                Line("Train", train.number if train else booking.train_id, link=linked("train", booking.train_id)),
                Line("Size-type", booking.size_type),
                Line("Boxes", booking.boxes, "number", "boxes"),
                Line("TEU", booking.teu, "number", "TEU"),
                Line("Empties wanted", booking.empties_wanted, "number", "boxes"),
                Line("Owner", booking.owner),
                Line("Destination", booking.destination_code),
                Line("Wanted", booking.wanted_at, "time"),
                Line("Cancelled", booking.cancelled, "yes_no"),
            ),
        ),
        Section("Boxes", tuple(named)),
    ]
    return page("booking", identity, f"booking {booking.number}", sections, ("bookings", "containers", "trains"))
