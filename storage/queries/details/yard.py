"""The pages of a box, of a block and of a booking."""

from collections import Counter
from collections.abc import Iterator

from sqlmodel import Session, col, select

from storage.clock import Clock
from storage.figures.box_class import judge_box
from storage.figures.cutoffs import cutoffs_of
from storage.figures.policy import Moment, Policy
from storage.figures.rehandles import rehandles
from storage.identifiers import decode_size_type, display_number, parse_container
from storage.models import Booking, Container, Declaration, DeclarationBox, Seal, Train
from storage.queries.bays import stacked_of
from storage.queries.containers import COLUMNS, CONTAINERS, FEEDS, ContainerRow, beside
from storage.queries.details.parts import Detail, Line, Link, Section, linked, page, values
from storage.queries.details.rail import level_of, why
from storage.queries.trains import TRAINS
from storage.queries.yard import BLOCKS
from storage.queries.yard import COLUMNS as BLOCK_COLUMNS
from storage.queries.yard import FEEDS as BLOCK_FEEDS

MOST_BOXES = 500


def box_page(session: Session, clock: Clock, identity: str, policy: Policy) -> Detail | None:
    """A box: what it is, where, its train and class with every reason, customs, and the rest that is known."""
    row = CONTAINERS.one(session, clock, identity, policy=policy)
    box = session.get(Container, identity)
    if row is None or box is None:
        return None
    where = "where state expected_at received_at age free_until inbound vehicle"
    reefer = row.setpoint_c is not None
    dangerous = row.un_number is not None or row.imdg_class is not None
    sections = [
        Section("Box", tuple(_identity(box, policy))),
        Section("Where", values(row, COLUMNS, where, inbound=linked("train", row.inbound_id))),
        Section("To be moved first", tuple(_rehandles(session, clock, row, policy))),
        Section("Train", tuple(_train(session, clock, box, row, policy))),
        Section("Customs", (*values(row, COLUMNS, "customs"), *_customs(session, identity))),
        Section("Reefer", values(row, COLUMNS, "setpoint_c reading_c plugged") if reefer else ()),
        Section("Dangerous goods", values(row, COLUMNS, "imdg_class un_number") if dangerous else ()),
        Section("Papers", values(row, COLUMNS, "booking bill holds damaged owner")),
    ]  # fmt: skip
    title = display_number(row.number) if row.number else "(not named)"
    return page("box", identity, title, sections, (*FEEDS, "declarations", "declaration_boxes", "seals"))


def _identity(box: Container, policy: Policy) -> Iterator[Line]:
    number = parse_container(box.number or "")
    if number is None:
        yield Line("Number", box.number, level="watch" if box.number else None)
    elif number.right:
        yield Line("Check digit", "right, but the number is weak" if number.weak else "right")
    else:
        yield Line("Check digit", f"wrong, should be {number.expected_digit}", level="watch")
    size = decode_size_type(box.size_type, teu_45=policy.teu_45) if box.size_type else None
    yield Line("Size-type", box.size_type)
    if size is not None:
        yield Line("Size", size.words + (f" (read as {size.code})" if size.local else ""))
        yield Line("TEU", size.teu, "number", "TEU")
    yield Line("Full", box.full, "yes_no")
    yield Line("Flow", box.category)
    yield Line("Gross", box.gross_kg, "number", "kg")
    yield Line("VGM", box.vgm_kg, "number", "kg")
    yield Line("Remark", box.remark)


def _rehandles(session: Session, clock: Clock, row: ContainerRow, policy: Policy) -> Iterator[Line]:
    if row.block_id is None or row.row is None:
        return
    others = {other.id: other for other in beside(session, Moment.of(clock, policy), row.block_id, row.row)}
    block = [stacked for other in others.values() if (stacked := stacked_of(other)) is not None]
    mine = next((stacked for stacked in block if stacked.id == row.id), None)
    if mine is None:
        return
    above = rehandles(mine, block)
    yield Line("Rehandles", len(above), "number", "boxes")
    for each in above:
        yield _standing(others[each.id])


def _train(session: Session, clock: Clock, box: Container, row: ContainerRow, policy: Policy) -> Iterator[Line]:
    if box.train_id is None:
        return
    yield Line("Booked on", row.train, link=Link("train", box.train_id))
    yield Line("Destination", row.destination)
    if box.rolled:
        yield Line("Rolled", "rolled or cancelled from it", level="watch")
        return
    cutoffs = {cutoff.name: cutoff.at for cutoff in cutoffs_of(session, [box.train_id])[box.train_id]}
    verdict = judge_box(box, cutoffs, clock.now())
    yield Line("Class", why(verdict), level=level_of(verdict))
    yield Line("Its gate cut-off", verdict.cutoff, "time")
    train = TRAINS.one(session, clock, box.train_id, policy=policy)
    if train is not None:
        yield Line("Departs", train.at, "time")


def _customs(session: Session, identity: str) -> Iterator[Line]:
    declared = (
        select(Declaration)
        .join(DeclarationBox, col(DeclarationBox.declaration_id) == Declaration.id)
        .where(DeclarationBox.container_id == identity)
        .order_by(col(Declaration.submitted_at).desc())
    )
    for declaration in session.exec(declared):
        words = ", ".join(part for part in (declaration.lane, declaration.state, declaration.turn) if part)
        yield Line(f"Declaration {declaration.number}", words, link=Link("declaration", declaration.id))
    for seal in session.exec(select(Seal).where(Seal.container_id == identity)):
        alarm = seal.state in ("opened unauthorised", "tampered")
        yield Line(f"Seal {seal.number}", seal.state, level="act" if alarm else None, link=Link("seal", seal.id))


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
