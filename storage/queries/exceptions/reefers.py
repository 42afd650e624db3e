"""Reefers: set-point, reading, deviation, since when, plugged or not; and the plugs of the blocks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, func, or_
from sqlmodel import Session

from storage.figures.occupancy import in_place
from storage.figures.policy import Moment
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
    Column("state", "State", "text", "not plugged in, off set-point, not read, at set-point.", words=True),
    Column("setpoint_c", "Set-point", "number", "Set-point.", "°C"),
    Column("reading_c", "Reading", "number", "Last reading.", "°C"),
    Column("deviation", "Off by", "number", "Reading less set-point.", "K"),
    Column("since", "Since", "time", "Since when it is so, of those that are not well."),
    Column("read_at", "Read", "time", "When it was read."),
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
    plugged: bool | None
    train: str | None
    train_id: str | None
    block: str | None
    block_id: str | None


STATES: dict[str, Level] = {
    "not plugged in": "act", "off set-point": "act", "not read": "unknown", "at set-point": "calm",
}  # fmt: skip


def state_of(box: Any, tolerance: float) -> str:
    """How a reefer with a set-point stands, out of its `plugged`, `setpoint_c` and `reading_c`."""
    if box.plugged is False:
        return "not plugged in"
    if box.reading_c is None or box.setpoint_c is None:
        return "not read"
    return "off set-point" if abs(box.reading_c - box.setpoint_c) > tolerance else "at set-point"


def working(session: Session, moment: Moment, *where: ColumnElement[bool]) -> Sequence[ContainerRow]:
    """The boxes with a set-point that stand in a block, under these conditions."""
    found = boxes(session, moment, in_place(), _box.setpoint_c.is_not(None), *where)
    return [box for box in found if box.block_id is not None]


def unwell(session: Session, moment: Moment) -> Sequence[ContainerRow]:
    """Those to act on; the others, most of them, are not read."""
    off = func.abs(_box.reading_c - _box.setpoint_c) > moment.policy.reefer_tolerance
    return working(session, moment, or_(_box.plugged.is_(False), off))


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[ReeferRow]:
    found = working(session, moment)
    tolerance = moment.policy.reefer_tolerance
    states = {box.id: state_of(box, tolerance) for box in found}
    bad = [key for key, state in states.items() if STATES[state] == "act"]
    began = since(
        session, moment, bad, ("setpoint_c", "reading_c", "plugged"),
        lambda version: version.setpoint_c is not None and STATES[state_of(version, tolerance)] == "act",
    )  # fmt: skip
    return [_row(box, states[box.id], began.get(box.id)) for box in found]


def _row(box: ContainerRow, state: str, began: datetime | None) -> ReeferRow:
    known = box.reading_c is not None and box.setpoint_c is not None
    return ReeferRow(
        id=box.id, box_id=box.id, risk=STATES[state], number=box.number, where=box.where, state=state,
        setpoint_c=box.setpoint_c, reading_c=box.reading_c,
        deviation=round(box.reading_c - box.setpoint_c, 1) if known else None,  # type: ignore[operator]  # both known
        since=began, read_at=box.read_at, plugged=box.plugged, train=box.train, train_id=box.train_id, block=box.block,
        block_id=box.block_id,
    )  # fmt: skip


REEFERS: View[ReeferRow] = View(
    name="reefers", title="Reefers", columns=COLUMNS, feeds=FEEDS, read=_read, default_sort="risk,since",
    presets=(Preset("not well", "-risk:calm"), Preset("not plugged in", "plugged:no"), Preset("all", "")),
)  # fmt: skip
"""Every reefer with a set-point that stands here, those that are not well first."""
