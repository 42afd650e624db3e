"""Customs: declarations and their boxes, inspections, smart locks, offices and designated sites.

Words: UN/EDIFACT 7365 and DCSA states map to the console's states; the source's own code is kept beside as `raw_state`.
"""

from datetime import datetime

from sqlalchemy import Index

from storage.models.base import Feed, code, count, free_text, instant, key, label, maybe_key, measure, word, yes_no

LANES = ("green", "yellow", "red", "blue")
REGIMES = ("import", "export", "transit", "bonded", "e-commerce", "tir")
STATES = (
    "draft", "submitted", "rejected", "accepted", "documents required", "inspection", "detained", "duty pending",
    "transit allowed", "released", "closed", "cancelled",
)  # fmt: skip
ENDED = ("transit allowed", "released", "closed", "cancelled")
"""States in which a declaration no longer waits."""
TURNS = ("customs", "broker", "terminal", "carrier")
SEAL_STATES = ("armed", "opened", "opened unauthorised", "tampered", "battery low", "silent")
SPECIAL_KINDS = ("meat", "pharmaceutical", "fruit", "grain", "vehicle")


class Declaration(Feed, table=True):
    """A customs declaration on its way through lane and state."""

    __tablename__ = "declarations"
    # What waits, and what was released lately, is read whole for the lanes and for every margin: from this index alone,
    # and a lane in the order in which customs takes it.
    __table_args__ = (
        Index(
            "ix_declarations_waiting",
            "released_at", "lane", "priority", "laned_at", "id", "submitted_at", "turn", "state", "advance",
        ),
    )  # fmt: skip
    area = "customs"

    number: str = word("Declaration number.", index=True)
    regime: str | None = code("Regime.", REGIMES)
    lane: str | None = code("Lane; None before it has one.", LANES)
    state: str = word("State.", STATES)
    raw_state: str | None = code("The source's own code of the state.")
    turn: str | None = code("Whose turn it is.", TURNS)
    officer: str | None = label("Who gave it its present state: an officer, a broker, a system.")
    priority: int | None = count("Priority, 0 is normal.", most=100)
    office_id: str | None = maybe_key("customs_offices", "Office that handles it.")
    submitted_at: datetime | None = instant("Submitted.")
    laned_at: datetime | None = instant("Entered its lane.")
    started_at: datetime | None = instant("Check or inspection started.")
    released_at: datetime | None = instant("Released.")
    advance: bool | None = yes_no("Declared before the goods arrived.")
    goods: str | None = free_text("Goods.")
    documents_asked: str | None = free_text("Documents asked for.")
    special_kind: str | None = code("Goods for a designated site.", SPECIAL_KINDS)
    transit_document: str | None = code("Transit document or TIR carnet number.")
    carnet_vouchers: int | None = count("Vouchers of the TIR carnet.", most=20)
    vouchers_used: int | None = count("Vouchers of it that are used.", most=20)
    carnet_expires: datetime | None = instant("Expiry of the carnet.")
    office_departure: str | None = label("Office of departure.")
    office_exit: str | None = label("Office of exit or destination.")
    office_destination: str | None = label("Office of destination, where it is another one than that of exit.")
    remark: str | None = free_text("Remark of the source.")


class DeclarationBox(Feed, table=True):
    """A container under a declaration; a box may stand under more than one."""

    __tablename__ = "declaration_boxes"
    __table_args__ = (Index("ix_declaration_boxes_declaration", "declaration_id", "container_id"),)
    area = "customs"

    declaration_id: str = key("declarations", "The declaration.")
    container_id: str = key("containers", "The box.", index=True)


class Inspection(Feed, table=True):
    """A booked, running or finished physical inspection."""

    __tablename__ = "inspections"
    area = "customs"

    declaration_id: str | None = maybe_key("declarations", "The declaration.", index=True)
    container_id: str | None = maybe_key("containers", "The box.")
    block_id: str | None = maybe_key("blocks", "Inspection block.")
    bay: int | None = count("Inspection bay.", least=1, most=100)
    slot_starts: datetime | None = instant("Start of the slot; None while it has none.")
    slot_ends: datetime | None = instant("End of the slot.")
    state: str | None = code("State.", ("called", "waiting", "running", "passed", "failed", "canceled"))
    result: str | None = free_text("Result in words.")
    ended_at: datetime | None = instant("When it ended.")


class Seal(Feed, table=True):
    """A smart customs lock."""

    __tablename__ = "seals"
    area = "customs"

    number: str = word("Lock number.", index=True)
    container_id: str | None = maybe_key("containers", "The box it is on.", index=True)
    state: str | None = code("State.", SEAL_STATES)
    place: str | None = label("Last position in words.")
    latitude: float | None = measure("Last position, degrees.", least=-90, most=90)
    longitude: float | None = measure("Last position, degrees.", least=-180, most=180)
    battery_percent: float | None = measure("Battery, per cent.", most=100)
    seen_at: datetime | None = instant("Last sign of life.")
    opened_at: datetime | None = instant("Last opening.")


class CustomsOffice(Feed, table=True):
    """A customs office and its hours."""

    __tablename__ = "customs_offices"
    area = "customs"

    office: str = word("Office code.")
    name: str | None = label("Name.")
    hours: str | None = label("Office hours, local, such as 08:30-12:00,13:30-19:00.")


class DesignatedSite(Feed, table=True):
    """A site designated for meat, pharmaceuticals, fruit, grain or vehicles."""

    __tablename__ = "designated_sites"
    area = "customs"

    name: str = word("Name.")
    kind: str = word("Goods.", SPECIAL_KINDS)
    block_id: str | None = maybe_key("blocks", "Block it lies in.")
    bays: int | None = count("Bays.", most=1_000)
    bays_taken: int | None = count("Bays that are taken.", most=1_000)
    plugs: int | None = count("Plugs.", most=10_000)
    temperature_c: float | None = measure("Temperature inside, degrees Celsius.", least=-100, most=100)
    quota_teu: float | None = measure("Quota of the month, TEU.")
    used_teu: float | None = measure("Used this month, TEU.")
    target_teu: float | None = measure("Target of the month, TEU.")
