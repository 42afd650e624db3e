"""Conflicts on the terminal's tracks: two visits on one, a train too long for its track, a stay in a closure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session

from storage.figures.registry import declare
from storage.models import Track, TrackClosure, Train, Wagon, table_of

declare(
    "track conflict", "Track conflict", "h:mm of overlap",
    """The estimated (else planned) stays of two visits overlap on one track, shunt times included, unless one rake
    turns round to become the other or both fit its metres; or a train is longer than its track; or a stay falls into a
    closure. A visit that is late without an estimate makes it cannot tell.""",
    "definition 17",
)  # fmt: skip

GONE = ("departed", "closed", "canceled")
"""Phases in which a visit takes no track any more."""


class Stay(NamedTuple):
    """A visit on a track, shunt times included. `length_m` None when the consist is not known."""

    train_id: str
    number: str
    track_id: str
    start: datetime
    end: datetime
    turned_from: str | None = None
    length_m: float | None = None


class Closure(NamedTuple):
    """A time in which a track cannot be used; an end left open is unknown."""

    track_id: str
    start: datetime
    end: datetime | None
    reason: str | None = None


class Conflict(NamedTuple):
    """`trains`: ids of the visits; `words` say what collides, for a person."""

    track_id: str
    trains: tuple[str, ...]
    start: datetime
    end: datetime
    words: str


def find_conflicts(
    stays: Iterable[Stay], closures: Sequence[Closure] = (), usable_m: dict[str, float | None] | None = None
) -> list[Conflict]:
    """Every conflict, earliest first. `usable_m`: track id to its usable metres."""
    metres = usable_m or {}
    by_track: defaultdict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        by_track[stay.track_id].append(stay)
    found: list[Conflict] = []
    for track, here in by_track.items():
        found += _overlaps(sorted(here, key=lambda stay: stay.start), metres.get(track))
        found += _too_long(here, metres.get(track))
        found += _closed(here, [closure for closure in closures if closure.track_id == track])
    return sorted(found, key=lambda conflict: (conflict.start, conflict.trains))


def _overlaps(stays: Sequence[Stay], usable: float | None) -> Iterator[Conflict]:
    for index, first in enumerate(stays):
        for second in stays[index + 1 :]:
            if second.start >= first.end:
                break
            turns = first.train_id == second.turned_from or second.train_id == first.turned_from
            if turns or _both_fit(first, second, usable):
                continue
            end = min(first.end, second.end)
            words = f"{second.number} is in before {first.number} is clear"
            yield Conflict(first.track_id, (first.train_id, second.train_id), second.start, end, words)


def _both_fit(first: Stay, second: Stay, usable: float | None) -> bool:
    if usable is None or first.length_m is None or second.length_m is None:
        return False
    return first.length_m + second.length_m <= usable


def _too_long(stays: Sequence[Stay], usable: float | None) -> Iterator[Conflict]:
    for stay in stays:
        if usable is not None and stay.length_m is not None and stay.length_m > usable:
            words = f"{stay.number} is {stay.length_m:.0f} m long, the track {usable:.0f} m"
            yield Conflict(stay.track_id, (stay.train_id,), stay.start, stay.end, words)


def _closed(stays: Sequence[Stay], closures: Sequence[Closure]) -> Iterator[Conflict]:
    for stay in stays:
        for closure in closures:
            closed_until = closure.end or stay.end
            if stay.start < closed_until and closure.start < stay.end:
                reason = f" ({closure.reason})" if closure.reason else ""
                start, end = max(stay.start, closure.start), min(stay.end, closed_until)
                words = f"{stay.number} stands on a closed track{reason}"
                yield Conflict(stay.track_id, (stay.train_id,), start, end, words)


def track_conflicts(session: Session) -> list[Conflict]:
    """The conflicts of every visit that is here or still to come, earliest first."""
    connection = session.connection()
    track, closed = table_of(Track).c, table_of(TrackClosure).c
    metres = {row.id: row.usable_m for row in connection.execute(select(track.id, track.usable_m))}
    closures = [
        Closure(row.track_id, row.starts, row.ends, row.reason)
        for row in connection.execute(select(*closed).where(closed.starts.is_not(None)))
    ]
    return find_conflicts(_stays(session), closures, metres)


def _stays(session: Session) -> list[Stay]:
    train, wagon = table_of(Train).c, table_of(Wagon).c
    chosen = select(*train).where(
        train.track_id.is_not(None), train.phase.not_in(GONE), train.unknown_delay.is_not(True)
    )
    stays = []
    for row in session.connection().execute(chosen):
        start = row.actual_arrival or row.estimated_arrival or row.planned_arrival
        end = row.actual_departure or row.estimated_departure or row.planned_departure
        if start is None or end is None or end < start:
            continue
        before, after = (timedelta(minutes=minutes or 0) for minutes in (row.shunt_in_min, row.shunt_out_min))
        stays.append(Stay(row.id, row.number, row.track_id, start - before, end + after, row.turned_from))
    lengths = (
        select(wagon.train_id, func.sum(wagon.length_m), func.count(), func.count(wagon.length_m))
        .where(wagon.train_id.in_([stay.train_id for stay in stays]))
        .group_by(wagon.train_id)
    )
    metres = {
        row[0]: row[1] for row in session.connection().execute(lengths) if row[2] == row[3]
    }  # a consist with a wagon of unknown length has no known length
    return [stay._replace(length_m=metres.get(stay.train_id)) for stay in stays]
