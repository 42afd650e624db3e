"""Reefers: set-point, reading and how old that is, deviation, since when, plugged or not."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlmodel import Session

from storage.figures.expressions import parameters
from storage.figures.occupancy import in_place
from storage.figures.policy import Moment
from storage.figures.reefers import NONE, OLD, STATES, counted, fault_of, is_faulty, state_expression
from storage.figures.risk import Level
from storage.models import Container, table_of
from storage.queries.columns import Column
from storage.queries.containers import FEEDS, ContainerRow
from storage.queries.exceptions.common import BOX_ID, IDENTITY, NUMBER, RISK, TRAIN, WHERE, boxes, since
from storage.queries.views import Preset, View

COLUMNS = (
    RISK,
    NUMBER,
    WHERE,
    Column("state", "State", "text", f"{', '.join(STATES)}.", words=True),
    Column("since", "Since", "time", "Since when it is so; with an old reading, when that was."),
    Column("setpoint_c", "Set-point", "number", "Set-point.", "°C"),
    Column("reading_c", "Reading", "number", "Last reading.", "°C"),
    Column("deviation", "Off by", "number", "Reading less set-point.", "K"),
    Column("read_at", "Read", "time", "When it was read."),
    Column("read_age", "Ago", "duration", "How long ago that was."),
    Column("plugged", "Plugged", "yes_no", "Plugged in."),
    TRAIN,
    Column("block", "Block", "text", "Block it stands in.", words=True),
    BOX_ID,
    IDENTITY,
)
_box = table_of(Container).c


class ReeferRow(msgspec.Struct, frozen=True, kw_only=True):
    """A working reefer that stands here; see `COLUMNS`. `block_id`, `train_id` are what its links lead to."""

    id: str
    box_id: str
    risk: Level
    number: str | None
    where: str | None
    state: str
    setpoint_c: float | None
    reading_c: float | None
    deviation: float | None
    since: datetime | None
    read_at: datetime | None
    read_age: timedelta | None
    plugged: bool | None
    train: str | None
    train_id: str | None
    block: str | None
    block_id: str | None


# Not also that they stand in a block: that would lead SQL through the index of all that stand, past that of reefers.
_working = (in_place(), _box.setpoint_c.is_not(None))


def working(session: Session, moment: Moment, *where: ColumnElement[bool]) -> Sequence[ContainerRow]:
    """The boxes with a set-point that stand in a block, under these conditions."""
    return [box for box in boxes(session, moment, *_working, *where) if box.block_id is not None]


def unwell(session: Session, moment: Moment) -> Sequence[ContainerRow]:
    """Those to act on; the others, most of them, are not read."""
    return working(session, moment, is_faulty())


def remarks(session: Session, moment: Moment, states: Collection[str] = STATES) -> tuple[str, ...]:
    """How many of them are in each of these states, in words; those at their set-point are not told."""
    state = state_expression()
    # By its number: the same expression with other parameters is another one to PostgreSQL.
    chosen = select(state, func.count(_box.block_id)).where(*_working).group_by(literal_column("1"))
    found = session.connection().execute(chosen, parameters(moment))
    return tuple(counted({row[0]: row[1] for row in found if row[0] in states}, moment.policy))


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[ReeferRow]:
    found = working(session, moment)
    bad = [box.id for box in found if fault_of(box, moment.policy)]
    began = since(
        session, moment, bad, ("setpoint_c", "reading_c", "plugged"),
        lambda version: version.setpoint_c is not None and fault_of(version, moment.policy) is not None,
    )  # fmt: skip
    return [_row(box, began.get(box.id), moment) for box in found]


def _row(box: ContainerRow, began: datetime | None, moment: Moment) -> ReeferRow:
    known = box.reading_c is not None and box.setpoint_c is not None
    state = box.reefer or NONE
    return ReeferRow(
        id=box.id, box_id=box.id, risk=STATES[state], number=box.number, where=box.where, state=state,
        setpoint_c=box.setpoint_c, reading_c=box.reading_c,
        deviation=round(box.reading_c - box.setpoint_c, 1) if known else None,  # type: ignore[operator]  # both known
        since=box.read_at if state == OLD else began, read_at=box.read_at,
        read_age=None if box.read_at is None else moment.now - box.read_at, plugged=box.plugged, train=box.train,
        train_id=box.train_id, block=box.block, block_id=box.block_id,
    )  # fmt: skip


REEFERS: View[ReeferRow] = View(
    name="reefers", title="Reefers", columns=COLUMNS, feeds=FEEDS, read=_read, default_sort="risk,since",
    presets=(
        Preset("not well", "-risk:calm"), Preset("not plugged in", "plugged:no"),
        Preset("no reading", "risk:unknown", "since"), Preset("all", ""),
    ),
)  # fmt: skip
"""Every reefer with a set-point that stands here, those that are not well first."""
