"""What the Board says of the yard besides how full it is: in twelve hours, what is to be dug, how the cranes run."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.forecast import HORIZONS
from storage.figures.occupancy import percent
from storage.figures.policy import DEFAULT, Policy
from storage.models import Crane, table_of
from storage.queries.exceptions.work import rehandle_backlog
from storage.queries.feeds import not_come
from storage.queries.occupancy import FEEDS as FORECAST_FEEDS
from storage.queries.occupancy import OccupancyForecast, OccupancyLine

FEEDS = tuple(dict.fromkeys((*FORECAST_FEEDS, "cranes", "work_instructions")))
AHEAD = timedelta(hours=12)
MODES = ("auto", "remote", "manual", "fault")
"""Modes of a crane, in the order in which they are told; others come after."""

_crane = table_of(Crane).c


class KindAhead(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of block in twelve hours: low and high, per cent of its working capacity; `full_at` at the earliest."""

    low: int | None
    high: int | None
    full_at: datetime | None


class YardAhead(msgspec.Struct, frozen=True, kw_only=True):
    """By kind; `rehandles` are distinct boxes in the way of the trains of twelve hours; mode to how many cranes.

    None is unknown: boxes, trains or cranes have not come yet. `missing`: as of the forecast.
    """

    kinds: Mapping[str, KindAhead]
    rehandles: int | None
    cranes: Mapping[str, int] | None
    missing: tuple[str, ...] = ()


def yard_ahead(session: Session, clock: Clock, forecast: OccupancyForecast, *, policy: Policy = DEFAULT) -> YardAhead:
    """At the view's time, with the forecast of then."""
    return YardAhead(
        kinds={line.name: _kind(line) for line in forecast.kinds},
        rehandles=rehandle_backlog(session, clock, policy=policy).boxes,
        cranes=None if not_come(session, ("cranes",)) else _cranes(session), missing=forecast.missing,
    )  # fmt: skip


def _kind(line: OccupancyLine) -> KindAhead:
    if not line.ahead:
        return KindAhead(low=None, high=None, full_at=None)
    at = line.ahead[HORIZONS.index(AHEAD)]
    return KindAhead(
        low=percent(at.low, line.capacity), high=percent(at.high, line.capacity),
        full_at=line.full.at if line.full else None,
    )  # fmt: skip


def _cranes(session: Session) -> dict[str, int]:
    mode = func.coalesce(_crane.mode, "mode not known")
    found: dict[str, int] = dict(session.connection().execute(select(mode, func.count()).group_by(mode)).all())
    order = {name: place for place, name in enumerate(MODES)}
    return {name: found[name] for name in sorted(found, key=lambda name: (order.get(name, len(order)), name))}
