"""Which track is free at a time for a while (definition 17)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from storage.figures.conflicts import Closure
from storage.figures.registry import declare
from storage.figures.stays import Span, Stay
from storage.models import Track

declare(
    "free track", "Free track", "",
    """A track long enough, with a crane where one is wanted, on which no visit stands and no closure lies for the whole
    time, with the site's buffer (5 minutes) to the visits before and after. Cannot tell: a visit on it that is late
    without an estimate may still be there, or its length or crane is not known.""",
    "definition 17",
)  # fmt: skip

State = Literal["free", "cannot tell", "taken", "unfit"]
STATES: tuple[State, ...] = ("free", "cannot tell", "taken", "unfit")
"""Best first."""


class Wanted(NamedTuple):
    """What a track is wanted for."""

    at: datetime
    duration: timedelta
    length_m: float | None = None
    crane: bool = False

    @property
    def span(self) -> Span:
        """Its time."""
        return Span(self.at, self.at + self.duration)


class Answer(NamedTuple):
    """One track: `words` say why it is not free. `since`: clear from then on; `until`: to be clear again by then.

    Both are None where nothing bounds them.
    """

    track_id: str
    name: str
    state: State
    words: str
    usable_m: float | None
    crane: bool | None
    since: datetime | None = None
    until: datetime | None = None


def free_tracks(
    tracks: Iterable[Track], stays: Sequence[Stay], closures: Sequence[Closure], wanted: Wanted, buffer: timedelta
) -> list[Answer]:
    """Every track, free ones first, then by name."""
    standing: defaultdict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        standing[stay.track_id].append(stay)
    answers = [
        _answer(
            track,
            sorted(standing[track.id], key=lambda stay: stay.start),
            [closure for closure in closures if closure.track_id == track.id],
            wanted,
            buffer,
        )
        for track in tracks
    ]
    return sorted(answers, key=lambda answer: (STATES.index(answer.state), len(answer.name), answer.name))


def _answer(
    track: Track, stays: Sequence[Stay], closures: Sequence[Closure], wanted: Wanted, buffer: timedelta
) -> Answer:
    state, words = _fit(track, wanted)
    if state != "unfit":
        taken = _taken(stays, closures, wanted.span, buffer)
        if taken is not None:
            state, words = "taken", taken
        elif unsure := next((stay for stay in stays if not stay.certain and stay.start < wanted.span.end), None):
            state, words = "cannot tell", f"{unsure.number} has no estimate"
    since, until = _gap(stays, closures, wanted.at, buffer) if state == "free" else (None, None)
    return Answer(track.id, track.name, state, words, track.usable_m, track.crane, since, until)


def _fit(track: Track, wanted: Wanted) -> tuple[State, str]:
    if wanted.crane and track.crane is False:
        return "unfit", "no crane"
    if wanted.length_m is not None and track.usable_m is not None and track.usable_m < wanted.length_m:
        return "unfit", f"only {track.usable_m:.0f} m"
    if wanted.crane and track.crane is None:
        return "cannot tell", "crane not known"
    if wanted.length_m is not None and track.usable_m is None:
        return "cannot tell", "length not known"
    return "free", ""


def _taken(stays: Sequence[Stay], closures: Sequence[Closure], span: Span, buffer: timedelta) -> str | None:
    around = Span(span.start - buffer, span.end + buffer)
    for stay in stays:
        if stay.certain and stay.span.overlaps(around):
            return f"{stay.number} stands there"
    for closure in closures:
        if closure.start < span.end and (closure.end is None or span.start < closure.end):
            return f"closed, {closure.reason}" if closure.reason else "closed"
    return None


def _gap(
    stays: Sequence[Stay], closures: Sequence[Closure], at: datetime, buffer: timedelta
) -> tuple[datetime | None, datetime | None]:
    ends = [stay.end for stay in stays if stay.end <= at]
    ends += [closure.end for closure in closures if closure.end is not None and closure.end <= at]
    starts = [stay.start - buffer for stay in stays if stay.start > at]
    starts += [closure.start for closure in closures if closure.start > at]
    return max(ends, default=None), min(starts, default=None)
