"""The pages of a block and of a booking."""

from collections import Counter

from sqlmodel import Session, col, select

from storage.clock import Clock
from storage.figures.policy import Policy
from storage.identifiers import display_number
from storage.models import Booking, Container, Train
from storage.queries.containers import CONTAINERS, ContainerRow
from storage.queries.details.parts import Detail, Line, Link, Section, linked, page, values
from storage.queries.yard import BLOCKS
from storage.queries.yard import COLUMNS as BLOCK_COLUMNS
from storage.queries.yard import FEEDS as BLOCK_FEEDS

MOST_BOXES = 500


def block_page(session: Session, clock: Clock, identity: str, policy: Policy) -> Detail | None:
    """A block: how full, with what."""
    row = BLOCKS.one(session, clock, identity, policy=policy)
    if row is None:
        return None
    here = CONTAINERS.page(
        session, clock, CONTAINERS.filter([f"block={row.name}", "place=yard"]), limit=MOST_BOXES, policy=policy
    ).rows
    trains = Counter(box.train for box in here if box.train)
    sections = [
        Section("Block", values(row, BLOCK_COLUMNS, "kind boxes teu working_teu percent free_teu reserved_teu cranes")),
        Section("Slots", values(row, BLOCK_COLUMNS, "bays rows tiers raw_teu factor")),
        Section("Plugs", values(row, BLOCK_COLUMNS, "plugs plugs_used plugs_free") if row.plugs is not None else ()),
        Section("Booked on", tuple(Line(train, count, "number", "boxes") for train, count in trains.most_common())),
        Section("Boxes", tuple(_standing(box) for box in here)),
    ]
    return page("block", identity, f"block {row.name}", sections, BLOCK_FEEDS)


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
