"""How a working reefer stands: by its plug and its last reading, and whether that is of any use still."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, or_
from sqlalchemy.types import Float

from storage.figures.policy import Moment, Policy
from storage.figures.registry import declare
from storage.figures.risk import Level
from storage.models import Container, table_of
from storage.models.base import EpochMs

declare(
    "reefer state", "Off set-point", "K",
    """Reading less set-point of a working reefer. It is off where that is more than the site tolerates, 2 K unless it
    says otherwise, and since the first version this cache took in from which on it has been off, or not plugged in. A
    reading counts for 4 hours unless the site says otherwise: of a reefer not read since, never read, or read at no
    known time, nobody knows whether it is at its set-point. One that was off when it was last read stays so.""",
    "the site's own rule",
)  # fmt: skip

UNPLUGGED, OFF, OLD, NONE, UNDATED, GOOD = (
    "not plugged in", "off set-point", "no reading since", "never read", "undated reading", "at set-point",
)  # fmt: skip
STATES: Mapping[str, Level] = {
    UNPLUGGED: "act", OFF: "act", OLD: "unknown", NONE: "unknown", UNDATED: "unknown", GOOD: "calm",
}  # fmt: skip
"""The states, the gravest first. Of `no reading since` the time is that of its last reading."""

_box = table_of(Container).c
_tolerance: ColumnElement[float] = bindparam("reefer_tolerance", type_=Float())
_read_since: ColumnElement[Any] = bindparam("reefer_read_since", type_=EpochMs())


def fault_of(box: Any, policy: Policy) -> str | None:
    """What is wrong with a reefer, however old that is, out of its `plugged`, `setpoint_c` and `reading_c`."""
    if box.plugged is False:
        return UNPLUGGED
    known = box.reading_c is not None and box.setpoint_c is not None
    return OFF if known and abs(box.reading_c - box.setpoint_c) > policy.reefer_tolerance else None


def is_read(box: Any, moment: Moment) -> bool:
    """Whether a reading tells how a reefer is now, out of its `reading_c` and `read_at`."""
    oldest = moment.now - moment.policy.reefer_silent
    return box.reading_c is not None and box.read_at is not None and box.read_at >= oldest


def is_faulty() -> ColumnElement[bool]:
    """`fault_of` in SQL: whether there is one."""
    return or_(_box.plugged.is_(False), func.abs(_box.reading_c - _box.setpoint_c) > _tolerance)


def state_expression() -> ColumnElement[str]:
    """The state of a reefer in SQL; NULL of a box that is none, or does not work."""
    return case(
        (_box.setpoint_c.is_(None), None),
        (_box.plugged.is_(False), UNPLUGGED),
        (_box.reading_c.is_(None), NONE),
        (func.abs(_box.reading_c - _box.setpoint_c) > _tolerance, OFF),
        (_box.read_at.is_(None), UNDATED),
        (_box.read_at < _read_since, OLD),
        else_=GOOD,
    )


def counted(states: Mapping[str, int], policy: Policy) -> Iterator[str]:
    """`2 not plugged in`, `5 not read for 4 h`: so many are in these states, those at their set-point left out."""
    said = {OLD: f"not read for {_hours(policy.reefer_silent)}", UNDATED: "undated"}
    bad = (state for state in STATES if states.get(state) and state != GOOD)
    return (f"{states[state]} {said.get(state, state)}" for state in bad)


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g} h"
