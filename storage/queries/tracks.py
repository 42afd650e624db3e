"""The tracks over time: who stands where and when, what is closed, what collides, and what is free."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlmodel import Session, col, select

from storage.clock import Clock
from storage.figures.conflicts import Closure, Conflict, closures_of, find_conflicts
from storage.figures.free_tracks import Answer, Wanted, free_tracks
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.stays import Occupation, Span, Stay, last_end, occupations
from storage.models import Track
from storage.queries.feeds import awaited, not_come

FEEDS = ("trains", "tracks", "track_closures", "wagons")
BEFORE, AFTER = timedelta(hours=2), timedelta(hours=24)
"""Around now, when no other time is asked for."""
MOST_INSTEAD = 20
"""For so many conflicts another track is looked for; nobody reads further."""


class TrackLine(msgspec.Struct, frozen=True, kw_only=True):
    """A track with the visits on it, by their times, and its closures. `known`: it is among the terminal's tracks."""

    id: str
    name: str
    usable_m: float | None
    crane: bool | None
    catenary: bool | None
    known: bool
    visits: tuple[Occupation, ...]
    closures: tuple[Closure, ...]


class Collision(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict on a track, and the stays of its trains.

    `instead`: the other track that is clear the longest for the later visit, if one is.
    """

    track: str
    conflict: Conflict
    stays: tuple[Stay, ...]
    instead: Answer | None


class TrackBoard(msgspec.Struct, frozen=True, kw_only=True):
    """Every track from `start` to `end`. `cannot_tell`: visits whose stay is not known, with the reason.

    `missing`: feeds that have not come, for want of which a track that looks free may be taken.
    """

    start: datetime
    end: datetime
    now: datetime
    lines: tuple[TrackLine, ...]
    collisions: tuple[Collision, ...]
    cannot_tell: tuple[tuple[Occupation, str], ...]
    missing: tuple[str, ...] = ()


def track_board(
    session: Session,
    clock: Clock,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    policy: Policy = DEFAULT,
) -> TrackBoard:
    """The tracks between two times, by default from two hours ago to a day ahead; conflicts in that time only."""
    moment = Moment.of(clock, policy)
    window = Span(start or moment.now - BEFORE, end or moment.now + AFTER)
    tracks, closures = _tracks(session), closures_of(session)
    visits = occupations(session, moment.now, since=window.start, until=window.end)
    return TrackBoard(
        start=window.start, end=window.end, now=moment.now, lines=_lines(tracks, visits, closures, window),
        collisions=tuple(
            _collisions(
                tracks, _stays(visits), closures, moment, lambda each: Span(each.start, each.end).overlaps(window)
            )
        ),
        cannot_tell=tuple((visit, why) for visit in visits if (why := _unclear(visit)) is not None),
        missing=_missing(session),
    )  # fmt: skip


def collisions(session: Session, moment: Moment, trains: Collection[str]) -> list[Collision]:
    """The conflicts of these trains, earliest first."""
    until = last_end(session, trains, moment.now)
    if until is None:
        return []
    stays = _stays(occupations(session, moment.now, until=until))
    return _collisions(
        _tracks(session), stays, closures_of(session), moment, lambda each: not set(trains).isdisjoint(each.trains)
    )


def _collisions(
    tracks: Sequence[Track],
    stays: Sequence[Stay],
    closures: Sequence[Closure],
    moment: Moment,
    wanted: Callable[[Conflict], bool],
) -> list[Collision]:
    """Those that are not over; for the first of them another track is looked for."""
    names = {track.id: track.name for track in tracks}
    by_train = {stay.train_id: stay for stay in stays}
    found = find_conflicts(stays, closures, {track.id: track.usable_m for track in tracks})
    ahead = [conflict for conflict in found if conflict.end > moment.now and wanted(conflict)]
    return [
        Collision(
            track=names.get(conflict.track_id, conflict.track_id), conflict=conflict,
            stays=tuple(by_train[train] for train in conflict.trains),
            instead=_instead(conflict, tracks, stays, closures, moment.policy) if nth < MOST_INSTEAD else None,
        )
        for nth, conflict in enumerate(ahead)
    ]  # fmt: skip


def free_at(session: Session, clock: Clock, wanted: Wanted, *, policy: Policy = DEFAULT) -> list[Answer]:
    """Every track for the time that is wanted, free ones first."""
    now = Moment.of(clock, policy).now
    found = free_tracks(
        _tracks(session), _stays(occupations(session, now)), closures_of(session), wanted, policy.track_buffer
    )
    return _as_known(found, _missing(session))


def free_by_hour(
    session: Session, clock: Clock, wanted: Wanted, hours: int, *, policy: Policy = DEFAULT
) -> list[tuple[datetime, list[Answer]]]:
    """Every track for each of so many full hours from `wanted.at` on, as `free_at` answers, but not until when."""
    now = Moment.of(clock, policy).now
    last = wanted.at + timedelta(hours=hours) + wanted.duration + policy.track_buffer
    tracks, closures, stays = _tracks(session), closures_of(session), _stays(occupations(session, now, until=last))
    times, missing = [wanted.at + timedelta(hours=each) for each in range(hours)], _missing(session)
    found = ((at, free_tracks(tracks, stays, closures, wanted._replace(at=at), policy.track_buffer)) for at in times)
    return [(at, _as_known(answers, missing)) for at, answers in found]


def _missing(session: Session) -> tuple[str, ...]:
    return (*not_come(session, ("trains",)), *awaited(session, ("track_closures",)))


def _as_known(answers: list[Answer], missing: Sequence[str]) -> list[Answer]:
    """Nobody can tell of a track that it is free before all is known that may stand on it."""
    if not missing:
        return answers
    words = f"not all {' and '.join(missing).replace('_', ' ')} have come yet"
    return [
        each._replace(state="cannot tell", words=words, since=None, until=None) if each.state == "free" else each
        for each in answers
    ]


def _tracks(session: Session) -> Sequence[Track]:
    tracks = session.exec(select(Track).order_by(col(Track.id))).all()
    return sorted(tracks, key=lambda track: (len(track.name), track.name))


def _stays(visits: Sequence[Occupation]) -> list[Stay]:
    return [stay for visit in visits if (stay := visit.stay) is not None]


def _lines(
    tracks: Sequence[Track], visits: Sequence[Occupation], closures: Sequence[Closure], window: Span
) -> tuple[TrackLine, ...]:
    on: defaultdict[str, list[Occupation]] = defaultdict(list)
    for visit in visits:
        spans = [span for span in (visit.planned, visit.expected) if span is not None]
        if any(span.overlaps(window) for span in spans):
            on[visit.track_id].append(visit)
    named = {track.id for track in tracks}
    unknown = [Track(id=name, name=name, rev=0, changed_at=window.start) for name in sorted(on.keys() - named)]
    return tuple(
        TrackLine(
            id=track.id, name=track.name, usable_m=track.usable_m, crane=track.crane, catenary=track.catenary,
            known=track.id in named,
            visits=tuple(sorted(on[track.id], key=lambda one: (one.expected or one.planned or window, one.number))),
            closures=tuple(closure for closure in closures if closure.track_id == track.id),
        )
        for track in (*tracks, *unknown)
    )  # fmt: skip


def _instead(
    conflict: Conflict, tracks: Sequence[Track], stays: Sequence[Stay], closures: Sequence[Closure], policy: Policy
) -> Answer | None:
    """Another track, as long and with a crane if this one has one, for the visit that comes last."""
    stay = next((one for one in stays if one.train_id == conflict.trains[-1] and one.certain), None)
    here = next((track for track in tracks if track.id == conflict.track_id), None)
    if stay is None:
        return None
    wanted = Wanted(stay.start, timedelta(minutes=1), stay.length_m, crane=bool(here and here.crane))
    others = [track for track in tracks if track.id != conflict.track_id]
    rest = [one for one in stays if one.train_id != stay.train_id]
    free = [each for each in free_tracks(others, rest, closures, wanted, policy.track_buffer) if each.state == "free"]
    return max(free, key=lambda each: (each.until is None, each.until or stay.end), default=None)


def _unclear(visit: Occupation) -> str | None:
    if visit.gone:
        return None
    if not visit.certain:
        return "no estimate"
    return "its times are missing or out of order" if visit.expected is None else None
