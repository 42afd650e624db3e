"""Smart customs locks, those that want somebody first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, or_, select
from sqlmodel import Session

from storage.figures.policy import Moment
from storage.figures.risk import LEVELS, Level
from storage.figures.seals import ALARMS, BATTERY_LOW, seal_alarm
from storage.models import Container, Seal, Train, table_of
from storage.queries.columns import Column
from storage.queries.feeds import as_last_known
from storage.queries.views import Preset, View

FEEDS = ("seals", "containers", "trains")
_seal, _box, _train = (table_of(model).c for model in (Seal, Container, Train))

COLUMNS = (
    Column("risk", "Risk", "text", "act, watch or calm, by its alarm.", order=LEVELS),
    Column("number", "Lock", "text", "Number of the lock.", words=True),
    Column("alarm", "Alarm", "text", "What wants somebody.", words=True, order=tuple(ALARMS)),
    Column("state", "State", "text", "State as the lock reports it.", words=True),
    Column("box", "Box", "text", "The box it is on.", words=True, compact=True),
    Column("where", "Where", "text", "Its last position.", words=True),
    Column("seen_at", "Seen", "time", "Last sign of life."),
    Column("silent", "Silent", "duration", "How long nothing has been heard of it."),
    Column("opened_at", "Opened", "time", "Last opening."),
    Column("battery", "Battery", "number", "Battery.", "%"),
    Column("train", "Train", "text", "Train of the box.", words=True),
    Column("here", "Here", "yes_no", "Its box has not left."),
    Column("id", "Id", "text", "Identity of the lock."),
)


class SealRow(msgspec.Struct, frozen=True, kw_only=True):
    """A lock; see `COLUMNS`. `unsure`: judged from old data."""

    id: str
    number: str
    risk: Level
    alarm: str | None
    state: str | None
    box: str | None
    container_id: str | None
    where: str | None
    seen_at: datetime | None
    silent: timedelta | None
    opened_at: datetime | None
    battery: float | None
    train: str | None
    here: bool
    unsure: bool


_STATEMENT = select(
    _seal.id, _seal.number, _seal.state, _seal.container_id, _seal.place, _seal.latitude, _seal.longitude,
    _seal.seen_at, _seal.opened_at, _seal.battery_percent, _box.number.label("box"), _box.departed_at,
    _train.number.label("train"),
).select_from(
    table_of(Seal)
    .outerjoin(table_of(Container), _box.id == _seal.container_id)
    .outerjoin(table_of(Train), _train.id == _box.train_id)
)  # fmt: skip


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[SealRow]:
    judged, unsure = _judged(session, moment)
    rows = session.connection().execute(_STATEMENT.order_by(_seal.number, _seal.id))
    return [_row(row, judged, unsure=unsure) for row in rows]


def _judged(session: Session, moment: Moment) -> tuple[Moment, bool]:
    """The moment of the last good answer, and whether that is not now: a lock is not silent because its feed is."""
    known = as_last_known(session, FEEDS, moment)
    return moment._replace(now=known.at), known.unsure


def alarmed(session: Session, moment: Moment) -> list[SealRow]:
    """The locks that want somebody, in no order; the others are not read."""
    moment, unsure = _judged(session, moment)
    suspect = or_(
        _seal.state.in_(ALARMS), _seal.battery_percent < BATTERY_LOW,
        _seal.seen_at <= moment.now - moment.policy.seal_silent,
    )  # fmt: skip
    chosen = _STATEMENT.where(_box.departed_at.is_(None), suspect)
    rows = (_row(row, moment, unsure=unsure) for row in session.connection().execute(chosen))
    return [row for row in rows if row.alarm is not None]


def _row(row: Any, moment: Moment, *, unsure: bool) -> SealRow:
    here = row.departed_at is None
    alarm = seal_alarm(row.state, row.seen_at, row.battery_percent, moment.now, moment.policy) if here else None
    return SealRow(
        id=row.id, number=row.number, risk="calm" if alarm is None else ALARMS[alarm], alarm=alarm, state=row.state,
        box=row.box, container_id=row.container_id, where=row.place or _degrees(row.latitude, row.longitude),
        seen_at=row.seen_at, silent=None if row.seen_at is None else max(timedelta(0), moment.now - row.seen_at),
        opened_at=row.opened_at, battery=row.battery_percent, train=row.train, here=here,
        unsure=unsure,
    )  # fmt: skip


def _degrees(latitude: float | None, longitude: float | None) -> str | None:
    return None if latitude is None or longitude is None else f"{latitude:.4f}, {longitude:.4f}"


SEALS: View[SealRow] = View(
    name="seals",
    title="Seals",
    columns=COLUMNS,
    feeds=FEEDS,
    read=_read,
    default_sort="alarm,-silent,number",
    presets=(Preset("alarms", "-alarm:--"), Preset("here", "here:yes"), Preset("all", "")),
)
"""Every lock; one whose box has left wants nobody any more."""
