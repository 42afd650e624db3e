"""How late: what was expected of a train and its stops as time went by, and how a service has run these two weeks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Select, Table, bindparam, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.delay import is_on_time, late_minutes
from storage.figures.expected_release import percentile
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.models import HISTORY, EpochMs, Train, TrainStop, table_of

FEEDS = ("trains", "train_stops")
WEEKS = timedelta(days=14)
_TIMES = tuple(f"{kind}_{event}" for event in ("arrival", "departure") for kind in ("planned", "estimated", "actual"))


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What was known from `since` on: arrival and departure, actual else estimated, and how late each is, minutes.

    `unknown_delay`: it was known to be late, and by how much was not.
    """

    since: datetime
    arrival: datetime | None
    departure: datetime | None
    arrival_late: int | None
    departure_late: int | None
    unknown_delay: bool
    cause: str | None


class PastVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit of the last two weeks at this terminal. `late` in minutes, None when it never had an actual time."""

    id: str
    number: str
    planned: datetime
    actual: datetime | None
    late: int | None
    cause: str | None
    canceled: bool


class ServiceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A service over two weeks, newest visit first. `known` visits have an actual time; the figures are of those."""

    service: str
    direction: str
    since: datetime
    visits: tuple[PastVisit, ...]
    known: int
    on_time: int
    p50: timedelta | None
    p90: timedelta | None
    worst: int | None


# ---------------------------------------------------------------------------------------------- one train, its stops
def expectations(
    session: Session, moment: Moment, model: type[Train] | type[TrainStop], ids: Collection[str]
) -> dict[str, tuple[Expectation, ...]]:
    """Record id to what was expected of it, oldest first; only changes of what was expected are told."""
    if not ids:
        return {}
    live, past = table_of(model), HISTORY[str(model.__tablename__)]
    versions: defaultdict[str, dict[datetime, Any]] = defaultdict(dict)
    given = {"ids": list(ids), "until": moment.machine_now}
    # A past state finds the history of now: what began after its moment, or is its version in force, stands aside.
    for row in session.connection().execute(_versions(past), given):
        versions[row.id][row.observed] = row
    for row in session.connection().execute(_versions(live), given):
        versions[row.id] = {since: each for since, each in versions[row.id].items() if since < row.observed}
        versions[row.id][row.observed] = row
    return {key: _changes(versions[key].values()) for key in ids}


@cache
def _versions(table: Table) -> Select[Any]:
    columns = [table.c[name] for name in ("id", "observed", "unknown_delay", "delay_cause", *_TIMES)]
    chosen = select(*columns).where(table.c.id.in_(bindparam("ids", expanding=True)))
    return chosen.where(table.c.observed <= bindparam("until", type_=EpochMs())).order_by(table.c.observed)


def _changes(versions: Iterable[Any]) -> tuple[Expectation, ...]:
    found: list[Expectation] = []
    for row in versions:
        each = _expectation(row)
        before = found[-1] if found else None
        if before is None or msgspec.structs.replace(each, since=before.since) != before:
            found.append(each)
    return tuple(found)


def _expectation(row: Any) -> Expectation:
    unknown = bool(row.unknown_delay)
    late = {
        event: late_minutes(
            getattr(row, f"planned_{event}"), getattr(row, f"estimated_{event}"), getattr(row, f"actual_{event}"),
            unknown_delay=unknown,
        )
        for event in ("arrival", "departure")
    }  # fmt: skip
    return Expectation(
        since=row.observed, arrival=row.actual_arrival or row.estimated_arrival,
        departure=row.actual_departure or row.estimated_departure, arrival_late=late["arrival"],
        departure_late=late["departure"], unknown_delay=unknown, cause=row.delay_cause,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- one service
def service_record(
    session: Session, clock: Clock, service: str, direction: str, *, policy: Policy = DEFAULT
) -> ServiceRecord:
    """How the visits of a service, planned in the last two weeks, ran here; those that left the feed too."""
    moment = Moment.of(clock, policy)
    since = moment.now - WEEKS
    rows = _visits(session, service, direction, since, moment)
    visits = tuple(sorted((_past(row) for row in rows.values()), key=lambda one: (one.planned, one.id), reverse=True))
    late = [visit.late for visit in visits if visit.late is not None]
    spans = [timedelta(minutes=minutes) for minutes in late]
    return ServiceRecord(
        service=service, direction=direction, since=since, visits=visits, known=len(late),
        on_time=sum(is_on_time(minutes, policy) for minutes in late), p50=percentile(spans, 0.5),
        p90=percentile(spans, 0.9), worst=max(late, default=None),
    )  # fmt: skip


def _visits(session: Session, service: str, direction: str, since: datetime, moment: Moment) -> Mapping[str, Any]:
    """Visit id to its row in the feed, else its last version before it left."""
    connection, live, past = session.connection(), table_of(Train), HISTORY["trains"]
    event = "arrival" if direction == "arrival" else "departure"

    def chosen(table: Table) -> Select[Any]:
        times = [table.c[f"{kind}_{event}"].label(kind) for kind in ("planned", "actual")]
        columns = (table.c.id, table.c.number, table.c.phase, table.c.delay_cause, *times)
        planned = table.c[f"planned_{event}"]
        here = (table.c.service == service, table.c.direction == direction)
        return select(*columns).where(*here, planned >= since, planned <= moment.now)

    found = {row.id: row for row in connection.execute(chosen(live))}
    left = chosen(past).where(past.c.observed <= moment.machine_now, past.c.until >= since)
    gone = left.where(past.c.id.not_in(select(live.c.id))).order_by(past.c.observed)
    return {row.id: row for row in connection.execute(gone)} | found


def _past(row: Any) -> PastVisit:
    return PastVisit(
        id=row.id, number=row.number, planned=row.planned, actual=row.actual,
        late=late_minutes(row.planned, None, row.actual), cause=row.delay_cause, canceled=row.phase == "canceled",
    )  # fmt: skip
