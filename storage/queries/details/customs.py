"""The pages of a declaration and of a seal."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from storage.clock import Clock
from storage.figures.policy import Policy
from storage.identifiers import display_number
from storage.models import Container, Declaration, DeclarationBox, Inspection, Seal
from storage.queries.customs import COLUMNS, DECLARATIONS, FEEDS
from storage.queries.details.parts import Detail, Line, Link, Section, linked, page, values

MOST_BOXES = 500


def declaration_page(session: Session, clock: Clock, identity: str, policy: Policy) -> Detail | None:
    """A declaration: state and turn, times, margin, boxes, inspections, transit."""
    row = DECLARATIONS.one(session, clock, identity, policy=policy)
    declaration = session.get(Declaration, identity)
    if row is None or declaration is None:
        return None
    alarm = row.risk if row.risk in ("act", "watch") else None
    sections = [
        Section("Declaration", values(row, COLUMNS, "regime lane state raw_state turn priority goods asked remark")),
        Section(
            "Times",
            (
                Line("Submitted", declaration.submitted_at, "time"),
                Line("Entered its lane", declaration.laned_at, "time"),
                Line("Check started", declaration.started_at, "time"),
                *values(row, COLUMNS, "wait expected released_at"),
                Line("Declared in advance", declaration.advance, "yes_no"),
            ),
        ),
        Section(
            "Tightest box",
            (
                *values(row, COLUMNS, "box train cutoff_at", box=linked("box", row.container_id),
                        train=linked("train", row.train_id)),
                Line("Margin", row.margin, "duration", level=alarm),
            ) if row.container_id else (),
        ),
        Section("Boxes", tuple(_boxes(session, identity))),
        Section("Inspections", tuple(_inspections(session, identity))),
        Section("Transit", _transit(declaration)),
    ]  # fmt: skip
    return page("declaration", identity, f"declaration {row.number}", sections, FEEDS)


def _boxes(session: Session, identity: str) -> Iterator[Line]:
    links = (
        select(DeclarationBox.container_id, Container)
        .join(Container, col(Container.id) == DeclarationBox.container_id, isouter=True)
        .where(DeclarationBox.declaration_id == identity)
        .order_by(col(Container.number))
        .limit(MOST_BOXES)
    )
    for container_id, known in session.exec(links):
        box: Container | None = known  # an outer join: the yard may not know it
        if box is None:
            yield Line(container_id, "not known in the yard", level="watch")
        else:
            words = ", ".join(part for part in (box.place, box.customs, box.train_id) if part)
            yield Line(display_number(box.number or container_id), words, link=Link("box", box.id))


def _inspections(session: Session, identity: str) -> Iterator[Line]:
    found = select(Inspection).where(Inspection.declaration_id == identity).order_by(col(Inspection.slot_starts))
    for inspection in session.exec(found):
        bay = f"bay {inspection.bay}" if inspection.bay is not None else "no bay"
        yield Line(f"{bay}, {inspection.state or '--'}", inspection.slot_starts, "time")
        if inspection.result:
            yield Line("result", inspection.result)


def _transit(declaration: Declaration) -> tuple[Line, ...]:
    if declaration.transit_document is None and declaration.office_exit is None:
        return ()
    return (
        Line("Document", declaration.transit_document),
        Line("Vouchers", declaration.carnet_vouchers, "number"),
        Line("Expires", declaration.carnet_expires, "time"),
        Line("Office of exit", declaration.office_exit),
    )


def seal_page(session: Session, _clock: Clock, identity: str, _policy: Policy) -> Detail | None:
    """A smart lock and the box it is on."""
    seal = session.get(Seal, identity)
    if seal is None:
        return None
    box = session.get(Container, seal.container_id) if seal.container_id else None
    alarm = seal.state in ("opened unauthorised", "tampered")
    number = display_number(box.number) if box and box.number else seal.container_id
    section = Section(
        "Seal",
        (
            Line("State", seal.state, level="act" if alarm else None),
            Line("Box", number, link=linked("box", seal.container_id)),
            Line("Place", seal.place),
            Line("Latitude", seal.latitude, "number", "°"),
            Line("Longitude", seal.longitude, "number", "°"),
            Line("Battery", seal.battery_percent, "number", "%"),
            Line("Seen", seal.seen_at, "time"),
            Line("Opened", seal.opened_at, "time"),
        ),
    )
    return page("seal", identity, f"seal {seal.number}", [section], ("seals", "containers"))
