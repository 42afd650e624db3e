"""How long boxes stay, by flow: the age of those that are here, the dwell of those that left in the last day."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, cast

import msgspec
from sqlalchemy import Select, func, select
from sqlmodel import Session

from storage.figures.dwell import Stays, age, dwell
from storage.figures.expressions import milliseconds
from storage.figures.occupancy import in_place
from storage.figures.policy import Moment
from storage.figures.risk import Level
from storage.models import Container, table_of, to_ms
from storage.queries.columns import Column
from storage.queries.exceptions.common import IDENTITY, RISK
from storage.queries.records import plain_stream
from storage.queries.views import View

FEEDS = ("containers",)
LEFT_WITHIN = timedelta(hours=24)
COLUMNS = (
    RISK,
    Column("flow", "Flow", "text", "export, import, transit or storage.", words=True),
    Column("here", "Here", "number", "Boxes here whose time of receipt is known.", "boxes"),
    Column("age_p50", "Age P50", "duration", "Half of those that are here have been so for at most this long."),
    Column("age_p90", "Age P90", "duration", "Nine of ten have."),
    Column("left", "Left", "number", "Boxes that left in the last 24 hours.", "boxes"),
    Column("dwell_p50", "Dwell P50", "duration", "Half of those that left had stayed at most this long."),
    Column("dwell_p90", "Dwell P90", "duration", "Nine of ten had."),
    IDENTITY,
)

_box = table_of(Container).c
_received = milliseconds(_box.received_at)
_HERE = select(_box.category, _received).where(
    in_place(), func.length(_box.block_id) > 0, _box.received_at.is_not(None)
)
_NONE = Stays(0, None, None)


class DwellRow(msgspec.Struct, frozen=True, kw_only=True):
    """A flow; see `COLUMNS`. Age and dwell are never mixed."""

    id: str
    risk: Level = "calm"
    flow: str
    here: int
    age_p50: timedelta | None
    age_p90: timedelta | None
    left: int
    dwell_p50: timedelta | None
    dwell_p90: timedelta | None


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[DwellRow]:
    gone = select(_box.category, _received, milliseconds(_box.departed_at)).where(
        _box.departed_at > moment.now - LEFT_WITHIN, _box.departed_at <= moment.now
    )
    ages = age(cast("Iterator[tuple[str | None, int | None]]", plain_stream(session, _HERE)), to_ms(moment.now))
    dwells = dwell(cast("Iterator[tuple[str | None, int | None, int | None]]", plain_stream(session, gone)))
    return [_row(flow, ages.get(flow, _NONE), dwells.get(flow, _NONE)) for flow in sorted(ages.keys() | dwells.keys())]


def _row(flow: str, here: Stays, left: Stays) -> DwellRow:
    return DwellRow(
        id=f"flow/{flow}", flow=flow, here=here.boxes, age_p50=here.p50, age_p90=here.p90, left=left.boxes,
        dwell_p50=left.p50, dwell_p90=left.p90,
    )  # fmt: skip


DWELL: View[DwellRow] = View(
    name="dwell", title="Age and dwell by flow", columns=COLUMNS, feeds=FEEDS, read=_read, default_sort="flow",
)  # fmt: skip
"""One row a flow."""
