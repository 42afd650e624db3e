"""Conflicts on the terminal's tracks: two visits on one, a train too long for its track, a stay in a closure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from storage.figures.registry import declare
from storage.figures.stays import GONE, Occupation, Stay, last_end, occupations
from storage.models import Track, TrackClosure, table_of

__all__ = ["GONE", "Closure", "Conflict", "Stay", "closures_of", "conflicts_of", "find_conflicts", "track_conflicts"]

declare(
    "track conflict", "Track conflict", "h:mm of overlap",
    """The estimated (else planned) stays of two visits overlap on one track, shunt times included, unless one rake
    turns round to become the other or both fit its metres; or a train is longer than its track; or a stay falls into a
    closure. A visit that is late without an estimate makes it cannot tell.""",
    "definition 17",
)  # fmt: skip
MINUTE = timedelta(minutes=1)
MOST_TRAINS = 1_000
"""With more of them all visits are read: asking for so many by their ids costs more than it saves."""


class Closure(NamedTuple):
    """A time in which a track cannot be used; an end left open is unknown."""

    track_id: str
    start: datetime
    end: datetime | None
    reason: str | None = None


class Conflict(NamedTuple):
    """`trains`: ids of the visits; `words` say what collides, for a person.

    `certain`: False where a visit without an estimate may collide, and nobody can tell.
    """

    track_id: str
    trains: tuple[str, ...]
    start: datetime
    end: datetime
    words: str
    certain: bool = True

    @property
    def lasts(self) -> timedelta:
        """How long, to the next whole minute: less than one is not none."""
        return -((self.start - self.end) // MINUTE) * MINUTE


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
            certain = first.certain and second.certain
            words = f"{second.number} {'is' if certain else 'may be'} in before {first.number} is clear"
            yield Conflict(first.track_id, (first.train_id, second.train_id), second.start, end, words, certain)


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
                words = f"{stay.number} {'stands' if stay.certain else 'may stand'} on a closed track{reason}"
                yield Conflict(stay.track_id, (stay.train_id,), start, end, words, stay.certain)


def track_conflicts(session: Session, now: datetime, trains: Collection[str] | None = None) -> list[Conflict]:
    """The conflicts of visits that are here or still to come, earliest first; those that are over are none.

    `trains`: ids of those that are of interest; what takes its track after the last of them has gone is left out.
    """
    until = None
    if trains is not None and len(trains) <= MOST_TRAINS:
        until = last_end(session, trains, now)
        if until is None:
            return []
    return [each for each in conflicts_of(session, occupations(session, now, until=until)) if each.end > now]


def conflicts_of(session: Session, visits: Iterable[Occupation]) -> list[Conflict]:
    """The conflicts among these visits, by the tracks and closures of the feeds."""
    track = table_of(Track).c
    usable = {row.id: row.usable_m for row in session.connection().execute(select(track.id, track.usable_m))}
    stays = [stay for visit in visits if (stay := visit.stay) is not None]
    return find_conflicts(stays, closures_of(session), usable)


def closures_of(session: Session) -> list[Closure]:
    """Every closure that has a start."""
    closed = table_of(TrackClosure).c
    found = select(closed.track_id, closed.starts, closed.ends, closed.reason).where(closed.starts.is_not(None))
    return [Closure(*row) for row in session.connection().execute(found)]
