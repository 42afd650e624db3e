"""Pieces of SQL that figures and views share. Every query is run with `parameters(moment)`."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Float, bindparam, case, func, type_coerce

from storage.figures.policy import Moment
from storage.identifiers import LOCAL_SIZE_TYPES, TEU_BY_LENGTH
from storage.models.base import EpochMs, to_ms
from storage.models.customs import LANES

NOW: ColumnElement[Any] = bindparam("now", type_=EpochMs())
"""The view's time."""
NOW_MS: ColumnElement[int] = bindparam("now_ms", type_=BigInteger())
"""The same in milliseconds, to calculate with."""


def parameters(moment: Moment) -> dict[str, Any]:
    """What the expressions here are run with."""
    return {"now": moment.now, "now_ms": to_ms(moment.now), "teu_45": moment.policy.teu_45,
            "lanes": [*LANES, *moment.policy.sla], "here_since": moment.now - moment.policy.long_stay,
            "empty_since": moment.now - moment.policy.long_stay_empty,
            "reefer_tolerance": moment.policy.reefer_tolerance,
            "reefer_read_since": moment.now - moment.policy.reefer_silent}  # fmt: skip


def milliseconds(moment: ColumnElement[Any]) -> ColumnElement[int]:
    """A time as plain milliseconds, to calculate with."""
    return type_coerce(moment, BigInteger)


def teu_expression(size_type: ColumnElement[Any]) -> ColumnElement[float]:
    """TEU of a size-type by its length, as `identifiers.teu_of` tells it; NULL for a length nobody knows."""
    by_site: ColumnElement[Any] = bindparam("teu_45", type_=Float())
    by_length = [(length, by_site if length == "L" else teu) for length, teu in TEU_BY_LENGTH.items()]
    # Only the local codes whose first character is not their length need naming.
    odd = [local for local, meant in LOCAL_SIZE_TYPES.items() if local[0] != meant[0]]
    return case((size_type.in_(odd), by_site), else_=case(dict(by_length), value=func.substr(size_type, 1, 1)))
