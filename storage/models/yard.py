"""Yard: blocks, containers, cranes and the work between them.

Words: ISO 6346 (numbers, size-types), N4 (transit states), IMDG (dangerous goods). A position is block-bay-row-tier;
odd bays hold 20-foot boxes, the even bay between two of them a 40-foot box.
"""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from storage.models.base import (
    CODE_LENGTH,
    ID_LENGTH,
    NAME_LENGTH,
    Feed,
    Kept,
    code,
    count,
    free_text,
    index_where,
    instant,
    label,
    maybe_key,
    measure,
    word,
    yes_no,
)
from storage.models.box_facts import BOX_FACTS

BLOCK_KINDS = ("stack", "reefer", "dangerous", "empty", "inspection", "heap")
PLACES = ("yard", "wagon", "truck", "road", "train", "crane", "gone")
TRANSIT_STATES = ("advised", "inbound", "yard", "loaded", "departed", "retired")
CATEGORIES = ("export", "import", "transit", "storage")
CUSTOMS_PERMISSIONS = ("not declared", "declared", "inspection", "detained", "released")
CRANE_MODES = ("auto", "remote", "manual", "fault")
WORK_KINDS = ("discharge", "load", "gate-in", "gate-out", "rehandle", "inspection")
WORK_STATES = ("planned", "active", "done", "canceled")

STANDS = "block_id IS NOT NULL AND (place = 'yard' OR place IS NULL) AND departed_at IS NULL"
"""A container that stands in its block, in SQL: a query that says it in these words is answered from an index."""
PLANNED = "planned_block_id IS NOT NULL AND (block_id IS NULL OR block_id <> planned_block_id)"
"""A container for which a place is kept in a block it does not stand in."""
BOOKED = "train_id IS NOT NULL"
"""A container that is booked on a train."""


class Block(Feed, table=True):
    """A block of the yard: stack, reefer, dangerous-goods, empty or inspection block, or a heap."""

    __tablename__ = "blocks"
    area = "yard"

    name: str = word("Name, such as B3.")
    kind: str = word("What it is for.", BLOCK_KINDS)
    bays: int | None = count("20-foot bays; they are numbered 1, 3, 5, ...", most=1_000)
    rows: int | None = count("Rows.", most=100)
    tiers: int | None = count("Highest tier.", most=20)
    working_factor: float | None = measure("Share of raw slots that can be worked with, 0 to 1.", most=1)
    stated_teu: float | None = measure(
        "Working capacity as the site states it, TEU; else raw slots x factor.", most=100_000
    )
    plugs: int | None = count("Reefer plugs.", most=10_000)
    inspection_bays: int | None = count("Inspection bays.", most=100)
    slot_minutes: int | None = count("Length of an inspection slot, minutes.", most=1_440)
    hours: str | None = label("Working hours, local, such as 08:30-12:00,13:30-19:00.")
    map_x: int | None = count("Place on the map: column, 0 at the left.", most=1_000)
    map_y: int | None = count("Place on the map: row, 0 at the rail side.", most=1_000)


class Container(Feed, table=True):
    """A container that is here, is expected, or has just left."""

    __tablename__ = "containers"
    # What stands above a box, how long, and the counts of a past state are told from this one, without a look at the
    # rows; a wider one would slow every write. All others are of few boxes: an index of those costs next to nothing.
    __table_args__ = (
        index_where(
            STANDS,
            "ix_containers_standing",
            *("block_id", "bay", "size_type", "plugged", "row", "tier", "received_at"),
        ),
        *(
            index_where(where, f"ix_containers_{name}", *columns)
            for name, columns, where in (
                ("wagon_id", ("wagon_id",), "wagon_id IS NOT NULL"),
                ("coming", ("expected_at",), "block_id IS NULL AND departed_at IS NULL"),
                ("planned", ("planned_block_id", "size_type"), PLANNED),
                ("reefers", ("setpoint_c",), "setpoint_c IS NOT NULL"),
                ("dangerous", ("imdg_class",), "imdg_class IS NOT NULL OR un_number IS NOT NULL"),
                ("holds", ("holds",), "holds IS NOT NULL"),
                ("flags", ("flags",), "flags IS NOT NULL"),
                ("undeclared", ("train_id",), "customs = 'not declared' AND train_id IS NOT NULL"),
            )
        ),
        # What readiness asks of all boxes booked on a train, without a look at their rows. One number and not the ten
        # columns it is made of: those would make every write a seventh dearer.
        index_where(BOOKED, "ix_containers_train", *("train_id", text(f"({BOX_FACTS})"), "expected_at")),
        # The train of each box under a declaration that waits: without it, thousands of whole rows are read.
        index_where(BOOKED, "ix_containers_booked", *("id", "train_id", "rolled")),
    )
    area = "yard"

    number: str | None = code("ISO 6346 number without spaces, check digit included, as it came.", index=True)
    size_type: str | None = code("ISO 6346 size-type such as 45G1, or the local code as it came.")
    category: str | None = code("Flow.", CATEGORIES)
    full: bool | None = yes_no("Full (else empty).")
    owner: str | None = label("Owner or lessor.")
    shared: bool | None = yes_no("In the pool of the container-sharing centre.")
    damaged: bool | None = yes_no("Damaged (else sound).")
    gross_kg: int | None = count("Gross mass, kg.", most=200_000)
    vgm_kg: int | None = count("Verified gross mass, kg; None while missing.", most=200_000)
    state: str | None = code("Transit state (N4).", TRANSIT_STATES)
    place: str | None = code("Where it is: in the yard, on a wagon, on a truck, ...", PLACES)
    block_id: str | None = maybe_key("blocks", "Block it stands in.")
    bay: int | None = count("Bay: odd for 20 foot, even for 40 foot.", most=2_000)
    row: int | None = count("Row.", most=100)
    tier: int | None = count("Tier, 1 on the ground.", most=20)
    wagon_id: str | None = maybe_key("wagons", "Wagon it stands on.")
    wagon_slot: int | None = count("Slot on the wagon, 1 first.", most=10)
    vehicle: str | None = code("Plate of the truck it is on.")
    planned_block_id: str | None = maybe_key("blocks", "Block planned for it.")
    planned_bay: int | None = count("Planned bay.", most=2_000)
    planned_row: int | None = count("Planned row.", most=100)
    planned_tier: int | None = count("Planned tier.", most=20)
    train_id: str | None = maybe_key("trains", "Outbound visit it is booked on.")
    inbound_train_id: str | None = maybe_key("trains", "Inbound visit it comes or came by.", index=True)
    rolled: bool | None = yes_no("Rolled or cancelled from that train: counted aside.")
    destination_code: str | None = code("UN/LOCODE of its destination.")
    destination: str | None = label("Name of its destination.")
    booking: str | None = code("Booking number.")
    bill: str | None = code("Bill of lading or one bill.")
    expected_at: datetime | None = instant("When it is expected here; None when nothing is known.")
    expected_source: str | None = code("Who says so: appointment, train, haulier, ...")
    received_at: datetime | None = instant("Gate-in complete or discharged.")
    ready_at: datetime | None = instant("When it became ready to load.")
    departed_at: datetime | None = instant("When it left.")
    free_until: datetime | None = instant("End of free time.")
    documents_complete: bool | None = yes_no("All documents are in.")
    customs: str | None = code("Permission of customs to leave.", CUSTOMS_PERMISSIONS)
    holds: str | None = label("Holds in force other than customs, space-separated codes: damage, payment, ...")
    seal: str | None = code("Seal or smart lock number.")
    setpoint_c: float | None = measure("Reefer set-point, degrees Celsius.", least=-100, most=100)
    reading_c: float | None = measure("Reefer reading, degrees Celsius.", least=-100, most=100)
    read_at: datetime | None = instant("When the reefer was read.")
    plugged: bool | None = yes_no("Plugged in.")
    imdg_class: str | None = code("Class of dangerous goods, such as 3 or 1.1A.")
    un_number: str | None = code("UN number of dangerous goods.")
    remark: str | None = free_text("Remark of the source.")


class YardTally(Kept, table=True):
    """How many boxes stand in a bay, by one thing that tells them apart; see `storage.figures.tally`.

    Kept by the leader, so that nobody else has to count a hundred thousand boxes; `FeedState.tallied` says of when.
    """

    __tablename__ = "yard_tally"
    __table_args__ = ({"sqlite_with_rowid": False},)

    by: str = Field(primary_key=True, max_length=CODE_LENGTH, description="What tells the boxes apart.")
    block_id: str = Field(primary_key=True, max_length=ID_LENGTH)
    key: str = Field(primary_key=True, max_length=NAME_LENGTH, description="What these are; empty when unknown.")
    bay: int = Field(primary_key=True, description="Their bay; -1 when unknown.")
    boxes: int = Field(description="Never 0.")


class Crane(Feed, table=True):
    """A crane or reach stacker."""

    __tablename__ = "cranes"
    area = "yard"

    name: str = word("Name, such as RMG-3.")
    kind: str | None = code("Kind of machine.", ("gantry", "stacker", "empty handler"))
    mode: str | None = code("Who drives it.", CRANE_MODES)
    block_id: str | None = maybe_key("blocks", "Block it works in.")
    track_id: str | None = maybe_key("tracks", "Track it works at.")
    job: str | None = free_text("What it does now.")
    moves_per_hour: float | None = measure("Moves in the last hour.", most=1_000)
    norm_per_hour: float | None = measure("Moves an hour by its norm.", most=1_000)
    queued: int | None = count("Jobs waiting for it.", most=10_000)
    interventions: int | None = count("Remote interventions this shift.", most=10_000)
    fault: str | None = free_text("Fault, when it has one.")


class WorkInstruction(Feed, table=True):
    """A move to do, being done or done."""

    __tablename__ = "work_instructions"
    # The moves of the last hour are told without a look at those before.
    __table_args__ = (Index("ix_work_instructions_train", "train_id", "done_at"),)
    area = "yard"

    kind: str = word("Kind of move.", WORK_KINDS)
    state: str = word("State.", WORK_STATES)
    container_id: str | None = maybe_key("containers", "The box.", index=True)
    train_id: str | None = maybe_key("trains", "Train it is for.")
    crane_id: str | None = maybe_key("cranes", "Crane that does it.")
    block_id: str | None = maybe_key("blocks", "Block it is from or to.")
    sequence: int | None = count("Order in its queue.")
    planned_at: datetime | None = instant("When it is planned.")
    done_at: datetime | None = instant("When it was done.")
