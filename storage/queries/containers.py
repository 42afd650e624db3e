"""Containers: one row a box, wherever it is; filtered, sorted and paged in SQL whatever their number."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, case, func, literal, select
from sqlmodel import Session

from storage.figures.expressions import NOW_MS, milliseconds, parameters, teu_expression
from storage.figures.occupancy import stands
from storage.figures.policy import Moment
from storage.figures.readiness import CLASSES, class_expression, cutoffs_of_box, is_dangerous
from storage.figures.reefers import STATES, state_expression
from storage.identifiers import same_size_types
from storage.models import Block, Train, Wagon, table_of
from storage.models.yard import CATEGORIES, PLACES
from storage.queries.columns import Column
from storage.queries.positions import named_position
from storage.queries.views import Preset, View
from storage.queries.whereabouts import (
    BLOCK_NAME,
    BLOCKS,
    BOXES,
    CAME_BY,
    CARRIER,
    INBOUND,
    PLACE,
    SLOT,
    WAGONS,
    WHERE,
    WHERE_IN_ORDER,
    counted_by,
)

FEEDS = ("containers", "blocks", "trains", "train_cutoffs", "wagons")

_box = BOXES.c
_outbound = table_of(Train).alias("outbound")
_train = func.coalesce(_outbound.c.number, _box.train_id)
_class = case(
    (_box.train_id.is_(None), None),
    (func.coalesce(_box.rolled, literal(False)), "rolled"),
    else_=class_expression(cutoffs_of_box()),
)
_age = case((_box.departed_at.is_(None), NOW_MS - milliseconds(_box.received_at)))


def _one_of(codes: Collection[str]) -> Callable[[str], Collection[str]]:
    """A word that is one of the codes stands for that."""
    return lambda word: [code for code in codes if code.lower() == word.lower()]


def _called(*yes: str, no: str = "") -> Callable[[str], Collection[bool]]:
    """What is so is called one of these, what is not the other."""
    return lambda word: [word.lower() in yes] if word.lower() in (*yes, no) else []


def _un_number(word: str) -> Collection[str]:
    """`UN1263` stands for the goods' number, with or without the letters."""
    digits = word.upper().removeprefix("UN").strip()
    return (digits, f"UN{digits}", f"UN {digits}") if digits != word and re.fullmatch(r"\d{4}", digits) else ()


COLUMNS = (
    Column("number", "Box", "text", "Container number.", expression=_box.number, words=True, compact=True),
    Column(
        "size_type",
        "Type",
        "text",
        "Size-type as it came.",
        expression=_box.size_type,
        words=True,
        means=same_size_types,
    ),
    Column("teu", "TEU", "number", "What it counts.", "TEU", teu_expression(_box.size_type)),
    Column("full", "Full", "yes_no", "Full, else empty.", expression=_box.full, means=_called("full", no="empty")),
    Column(
        "category",
        "Flow",
        "text",
        "export, import, transit or storage.",
        expression=_box.category,
        means=_one_of(CATEGORIES),
    ),
    Column("gross_kg", "Gross", "number", "Gross mass.", "kg", _box.gross_kg),
    Column(
        "where",
        "Where",
        "text",
        "Block-bay-row-tier, wagon, truck or train.",
        expression=WHERE,
        names=named_position,
        sort_by=(WHERE_IN_ORDER, SLOT),
        shares=counted_by(WHERE_IN_ORDER),
    ),
    Column(
        "readiness",
        "Class",
        "text",
        "Readiness class on its train.",
        expression=_class,
        means=_one_of((*CLASSES, "rolled")),
    ),
    Column(
        "train",
        "Train",
        "text",
        "Outbound train it is booked on.",
        expression=_train,
        words=True,
        lookup=(_box.train_id, table_of(Train).c.number),
    ),
    Column("destination", "To", "text", "Destination.", expression=_box.destination, words=True),
    Column("customs", "Customs", "text", "Permission of customs to leave.", expression=_box.customs, words=True),
    Column("holds", "Holds", "text", "Other holds in force.", expression=_box.holds, words=True),
    Column("state", "State", "text", "Transit state.", expression=_box.state, words=True),
    Column(
        "wagon",
        "Wagon",
        "text",
        "Number of the wagon it stands on.",
        expression=WAGONS.c.number,
        words=True,
        lookup=(_box.wagon_id, table_of(Wagon).c.number),
    ),
    Column(
        "place",
        "Place",
        "text",
        "yard, wagon, truck, road, train, crane, gone.",
        expression=PLACE,
        means=_one_of(PLACES),
    ),
    Column(
        "block",
        "Block",
        "text",
        "Block it stands in.",
        expression=BLOCK_NAME,
        words=True,
        shares=counted_by(BLOCK_NAME),
        lookup=(_box.block_id, table_of(Block).c.name),
    ),
    Column("bay", "Bay", "number", "Bay: odd 20 foot, even 40 foot.", expression=_box.bay),
    Column("row", "Row", "number", "Row.", expression=_box.row),
    Column("tier", "Tier", "number", "Tier, 1 on the ground.", expression=_box.tier),
    Column("vgm_kg", "VGM", "number", "Verified gross mass.", "kg", _box.vgm_kg),
    Column("expected_at", "Expected", "time", "When it is expected here.", expression=_box.expected_at),
    Column("received_at", "Received", "time", "Gate-in or discharge.", expression=_box.received_at),
    Column("age", "Age", "duration", "Time since it was received, of boxes that are here.", expression=_age),
    Column("free_until", "Free until", "time", "End of free time.", expression=_box.free_until),
    Column(
        "inbound",
        "Came by",
        "text",
        "Inbound train.",
        expression=CAME_BY,
        words=True,
        lookup=(_box.inbound_train_id, table_of(Train).c.number),
    ),
    Column("planned_block_id", "Planned", "text", "Id of the block planned for it.", expression=_box.planned_block_id),
    Column("booking", "Booking", "text", "Booking number.", expression=_box.booking, words=True, parted=True),
    Column("bill", "Bill", "text", "Bill of lading or one bill.", expression=_box.bill, words=True, parted=True),
    Column("seal", "Seal", "text", "Seal or smart lock.", expression=_box.seal, words=True, parted=True),
    Column(
        "vehicle", "Truck", "text", "Plate of the truck it is on.", expression=_box.vehicle, words=True, parted=True
    ),
    Column("owner", "Owner", "text", "Owner or lessor.", expression=_box.owner),
    Column(
        "damaged",
        "Damaged",
        "yes_no",
        "Damaged, else sound.",
        expression=_box.damaged,
        means=_called("damaged", "damage", no="sound"),
    ),
    Column(
        "dangerous",
        "Dangerous",
        "yes_no",
        "Dangerous goods, by class or UN number.",
        expression=is_dangerous(),
        means=_called("dangerous"),
    ),
    Column("imdg_class", "IMDG", "text", "Class of dangerous goods.", expression=_box.imdg_class),
    Column("un_number", "UN", "text", "UN number of dangerous goods.", expression=_box.un_number, means=_un_number),
    Column("setpoint_c", "Set-point", "number", "Reefer set-point.", "°C", _box.setpoint_c),
    Column("reading_c", "Reading", "number", "Reefer reading.", "°C", _box.reading_c),
    Column("read_at", "Read", "time", "When the reefer was read.", expression=_box.read_at),
    Column(
        "reefer",
        "Reefer",
        "text",
        f"{', '.join(STATES)}.",
        expression=state_expression(),
        means=lambda word: tuple(STATES) if word.lower() == "reefer" else (),
    ),
    Column(
        "plugged",
        "Plugged",
        "yes_no",
        "Reefer plugged in.",
        expression=_box.plugged,
        means=_called("plugged", no="unplugged"),
    ),
    Column("flags", "Flags", "text", "What is wrong with its data.", expression=_box.flags, words=True),
    Column("id", "Id", "text", "Identity of the box.", expression=_box.id),
)


class ContainerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A box; see `COLUMNS`. `train_id`, `block_id`, `inbound_id` are what its links lead to.

    `departs`: when its outbound train does, estimated, else planned. `source`: the upstream it came from.
    """

    id: str
    number: str | None
    size_type: str | None
    teu: float | None
    full: bool | None
    category: str | None
    gross_kg: int | None
    vgm_kg: int | None
    where: str | None
    readiness: str | None
    train: str | None
    train_id: str | None
    departs: datetime | None
    destination: str | None
    customs: str | None
    holds: str | None
    state: str | None
    wagon: str | None
    place: str | None
    block: str | None
    block_id: str | None
    bay: int | None
    row: int | None
    tier: int | None
    expected_at: datetime | None
    received_at: datetime | None
    age: timedelta | None
    free_until: datetime | None
    inbound: str | None
    inbound_id: str | None
    booking: str | None
    bill: str | None
    seal: str | None
    vehicle: str | None
    owner: str | None
    damaged: bool | None
    dangerous: bool
    imdg_class: str | None
    un_number: str | None
    setpoint_c: float | None
    reading_c: float | None
    read_at: datetime | None
    reefer: str | None
    plugged: bool | None
    flags: str | None
    planned_block_id: str | None
    planned_bay: int | None
    planned_row: int | None
    planned_tier: int | None
    source: str


_STATEMENT = select(
    *(column.expression.label(column.key) for column in COLUMNS if column.expression is not None),
    _box.train_id, _box.block_id, _box.inbound_train_id.label("inbound_id"),
    func.coalesce(_outbound.c.estimated_departure, _outbound.c.planned_departure).label("departs"),
    _box.planned_bay, _box.planned_row, _box.planned_tier, _box.source,
).select_from(
    BOXES.outerjoin(BLOCKS, BLOCKS.c.id == _box.block_id)
    .outerjoin(_outbound, _outbound.c.id == _box.train_id)
    .outerjoin(INBOUND, INBOUND.c.id == _box.inbound_train_id)
    .outerjoin(WAGONS, WAGONS.c.id == _box.wagon_id)
    .outerjoin(CARRIER, CARRIER.c.id == WAGONS.c.train_id)
)  # fmt: skip


def _read(session: Session, statement: Select[Any], moment: Moment) -> Sequence[ContainerRow]:
    return [_row(row._mapping) for row in session.connection().execute(statement, parameters(moment))]


def _row(values: Any) -> ContainerRow:
    row = dict(values)
    age = row.pop("age")
    return ContainerRow(**row, age=None if age is None else timedelta(milliseconds=age))


def beside(session: Session, moment: Moment, block_id: str, row: int) -> Sequence[ContainerRow]:
    """The boxes standing in one row of a block, over all its bays."""
    return _read(session, _STATEMENT.where(stands(), _box.block_id == block_id, _box.row == row), moment)


def standing_in(session: Session, moment: Moment, block_id: str, first: int, last: int) -> Sequence[ContainerRow]:
    """The boxes standing in a block from bay `first` to bay `last`."""
    return _read(session, _STATEMENT.where(stands(), _box.block_id == block_id, _box.bay.between(first, last)), moment)


CONTAINERS: View[ContainerRow] = View(
    name="containers",
    title="Containers",
    columns=COLUMNS,
    feeds=FEEDS,
    read=_read,
    default_sort="number",
    statement=_STATEMENT,
    presets=(
        Preset("in the yard", "place:yard"),
        Preset("reefers", "-setpoint_c:--"),
        Preset("dangerous goods", "dangerous:yes"),
        Preset("holds", "-holds:--"),
        Preset("not declared", 'customs:"not declared" -train:--'),
        Preset("over 7 days", "age>7d place:yard", "-age"),
        Preset("empties", "full:no place:yard"),
        Preset("data quality", "-flags:--"),
        Preset("all", ""),
    ),
)
"""Every box known here."""
