"""When each visit takes its track: by plan, and by what is known now; shunt times included."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, or_, select
from sqlmodel import Session

from storage.models import Train, Wagon, table_of

GONE = ("departed", "closed", "canceled")
"""Phases in which a visit takes no track any more."""

LONGEST_SHUNT = timedelta(hours=2)
"""So much earlier than it arrives a visit takes its track, at most."""


class Span(NamedTuple):
    """From `start` to `end`, the end not included."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        """Whether they share any time."""
        return self.start < other.end and other.start < self.end


class Stay(NamedTuple):
    """A visit on a track, shunt times included. `length_m` None when the consist is not known.

    `certain`: False for a visit that is late without an estimate; it then stands for the earliest time possible.
    """

    train_id: str
    number: str
    track_id: str
    start: datetime
    end: datetime
    turned_from: str | None = None
    length_m: float | None = None
    certain: bool = True

    @property
    def span(self) -> Span:
        """Its time."""
        return Span(self.start, self.end)


class Occupation(NamedTuple):
    """A visit and its track. `planned` and `expected` are with shunt times, None where a time is missing or senseless.

    `expected`: actual, else estimated, else planned times; never over before now while it has not left. `place`: where
    an arrival comes from, where a departure goes. `boxes`: booked or carried, as the train says.
    """

    train_id: str
    number: str
    track_id: str
    direction: str
    phase: str
    place: str | None
    boxes: int | None
    planned: Span | None
    expected: Span | None
    arrived: datetime | None
    departed: datetime | None
    certain: bool
    turned_from: str | None
    length_m: float | None
    late: timedelta | None

    @property
    def gone(self) -> bool:
        """It takes no track any more."""
        return self.phase in GONE

    @property
    def stay(self) -> Stay | None:
        """Its expected stay, as conflicts and free tracks go by it."""
        if self.expected is None or self.gone:
            return None
        return Stay(
            self.train_id, self.number, self.track_id, *self.expected, self.turned_from, self.length_m, self.certain
        )


def occupations(
    session: Session, now: datetime, *, since: datetime | None = None, until: datetime | None = None
) -> list[Occupation]:
    """Every visit with a track that is here or to come, and those that left after `since`.

    `until`: visits that take their track later are of no interest.
    """
    values: dict[str, datetime] = {"since": since or now}
    if until is not None:
        values["until"] = until + LONGEST_SHUNT
    rows = session.connection().execute(_VISITS if until is None else _VISITS_UNTIL, values).all()
    lengths = train_lengths(session, [row.id for row in rows])
    return [_occupation(row, lengths.get(row.id), now) for row in rows if since is not None or row.phase not in GONE]


def last_end(session: Session, trains: Collection[str], now: datetime) -> datetime | None:
    """When the last of these trains clears its track, as far as is known; None when none of them takes one."""
    rows = session.connection().execute(_VISITS_OF, {"since": now, "ids": list(trains)})
    found = (_occupation(row, None, now).expected for row in rows)
    return max((span.end for span in found if span is not None), default=None)


def train_lengths(session: Session, trains: Collection[str]) -> dict[str, float]:
    """Train id to the metres of its wagons; a consist with a wagon of unknown length has none."""
    rows = session.connection().execute(_LENGTHS, {"ids": list(trains)})
    return {row.train_id: row.metres for row in rows if row.known == row.wagons}


_train, _wagon = table_of(Train).c, table_of(Wagon).c
_VISITS = (
    select(
        _train.id, _train.number, _train.track_id, _train.direction, _train.phase, _train.origin, _train.destination,
        _train.booked_boxes, _train.planned_arrival, _train.estimated_arrival, _train.actual_arrival,
        _train.planned_departure, _train.estimated_departure, _train.actual_departure, _train.unknown_delay,
        _train.shunt_in_min, _train.shunt_out_min, _train.turned_from,
    )
    .where(_train.track_id.is_not(None), _train.phase != "canceled")
    .where(
        or_(
            _train.phase.not_in(GONE),
            func.coalesce(_train.actual_departure, _train.estimated_departure, _train.planned_departure)
            >= bindparam("since", type_=_train.actual_departure.type),
        )
    )
)  # fmt: skip
_VISITS_UNTIL = _VISITS.where(
    or_(
        _train.planned_arrival <= bindparam("until", type_=_train.planned_arrival.type),
        func.coalesce(_train.actual_arrival, _train.estimated_arrival, _train.planned_arrival).is_(None),
        func.coalesce(_train.actual_arrival, _train.estimated_arrival) <= bindparam("until"),
    )
)
_VISITS_OF = _VISITS.where(_train.id.in_(bindparam("ids", expanding=True)))
_LENGTHS = (
    select(
        _wagon.train_id, func.sum(_wagon.length_m).label("metres"), func.count().label("wagons"),
        func.count(_wagon.length_m).label("known"),
    )
    .where(_wagon.train_id.in_(bindparam("ids", expanding=True)))
    .group_by(_wagon.train_id)
)  # fmt: skip


def _occupation(row: Any, length_m: float | None, now: datetime) -> Occupation:
    arrival = row.direction == "arrival"
    certain = not row.unknown_delay
    shunts = tuple(timedelta(minutes=minutes or 0) for minutes in (row.shunt_in_min, row.shunt_out_min))
    start, end = _expected(row, now)
    planned, known = (
        (row.planned_arrival, row.actual_arrival or row.estimated_arrival)
        if arrival
        else (row.planned_departure, row.actual_departure or row.estimated_departure)
    )
    return Occupation(
        row.id, row.number, row.track_id, row.direction, row.phase, row.origin if arrival else row.destination,
        row.booked_boxes, _span(row.planned_arrival, row.planned_departure, shunts), _span(start, end, shunts),
        row.actual_arrival, row.actual_departure, certain, row.turned_from, length_m,
        known - planned if known and planned and certain else None,
    )  # fmt: skip


def _expected(row: Any, now: datetime) -> tuple[datetime | None, datetime | None]:
    start = row.actual_arrival or row.estimated_arrival or row.planned_arrival
    end = row.actual_departure or row.estimated_departure or row.planned_departure
    if row.unknown_delay:  # its estimates are worth nothing; it is not here earlier than planned
        start, end = row.actual_arrival or row.planned_arrival, row.actual_departure or row.planned_departure
    if start is None or end is None or end < start or row.phase in GONE:
        return start, end
    if row.actual_arrival is None and start < now:
        start, end = now, now + (end - start) if row.unknown_delay else max(now, end)
    return start, end if row.actual_departure else max(now, end)


def _span(start: datetime | None, end: datetime | None, shunts: tuple[timedelta, ...]) -> Span | None:
    if start is None or end is None or end < start:
        return None
    return Span(start - shunts[0], end + shunts[1])
