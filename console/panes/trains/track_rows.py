"""The tracks over time as lanes and lines: pure functions of what the tracks hold and a wall."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from console import format as written
from console.format import WEEKDAYS, Wall
from console.panes.trains.visit import flow
from storage.errors import UsageError
from widgets.cells import Line
from widgets.timeline import Bar, Lane, Stretch

if TYPE_CHECKING:
    from storage.figures.free_tracks import Answer
    from storage.figures.stays import Occupation
    from storage.models import Note
    from storage.queries.tracks import Collision, TrackBoard, TrackLine

HOW_TO_ASK = "15:00 2:00 600 m crane"
"""A time, for how long, how long a train, whether with a crane: any of them may be left out."""


# --------------------------------------------------------------------------------------------------- the picture
def lanes(board: TrackBoard) -> list[Lane]:
    """Every track with its visits, closures and conflicts."""
    return [_lane(line, board) for line in board.lines]


def _lane(line: TrackLine, board: TrackBoard) -> Lane:
    collisions = [each.conflict for each in board.collisions if each.conflict.track_id == line.id]
    closed = [
        Bar("", [Stretch(closure.start, closure.end or board.end, "closed")], _closed_names(closure.reason))
        for closure in line.closures
    ]
    moved = [visit for visit in line.visits if visit.planned is not None and visit.planned != visit.expected]
    return Lane(
        f"track:{line.id}",
        (f"{line.name}  {track_words(line.usable_m, line.crane, known=line.known)}", _short_name(line)),
        [*closed, *(_bar(visit, board.now) for visit in line.visits)],
        [Bar("", [Stretch(*visit.planned, "plan")], [visit.number]) for visit in moved if visit.planned],
        [Stretch(each.start, each.end, "conflict") for each in collisions],
    )


def _short_name(line: TrackLine) -> str:
    return line.name if line.usable_m is None else f"{line.name} {line.usable_m:.0f}m"


def _closed_names(reason: str | None) -> list[str]:
    return [f"closed, {reason}", "closed"] if reason else ["closed"]


def track_words(usable_m: float | None, crane: bool | None, *, known: bool = True) -> str:
    """`880 m crane`, `850 m no crane`, `-- m` where nobody says."""
    if not known:
        return "not in the feed"
    of_crane = "" if crane is None else " crane" if crane else " no crane"
    return f"{written.number(usable_m)} m{of_crane}"


def _bar(visit: Occupation, now: datetime) -> Bar:
    span = visit.expected or visit.planned
    if span is None:
        return Bar(f"train:{visit.train_id}", (), names(visit))
    stretches: list[Stretch] = []
    begun = span.start
    if visit.arrived is not None or visit.departed is not None:
        begun = span.end if visit.departed is not None else min(max(now, span.start), span.end)
        stretches.append(Stretch(span.start, begun, "actual"))
    if begun < span.end:
        stretches.append(Stretch(begun, span.end, "estimate" if visit.certain and visit.expected else "unknown"))
    return Bar(f"train:{visit.train_id}", stretches, names(visit))


def names(visit: Occupation) -> list[str]:
    """The visit in a bar, the longest form first: `X8071 +48m unload 55`."""
    if not visit.certain:
        return [f"{visit.number} no estimate", visit.number]
    late = written.late(visit.late // timedelta(minutes=1)) if visit.late and visit.late > timedelta(0) else ""
    boxes = f"unload {visit.boxes}" if visit.direction == "arrival" and visit.boxes else ""
    place = visit.place or "" if visit.direction != "arrival" else ""
    forms = ((late, boxes or place), (late,), ())
    return list(dict.fromkeys(written.joined((visit.number, *form), " ") for form in forms))


def hours_free(found: Iterable[tuple[datetime, Sequence[Answer]]], room: int) -> dict[datetime, str]:
    """By the hour, in `room` cells: which tracks are free, or how many; `?` where nobody can tell of any."""
    return {at: _free_names(answers, room) for at, answers in found}


def _free_names(answers: Sequence[Answer], room: int) -> str:
    free = [each.name for each in answers if each.state == "free"]
    if not free:
        return "?" if any(each.state == "cannot tell" for each in answers) else "none"
    forms = (" ".join(free), " ".join(_runs([each.name for each in answers], free)), f"{len(free)} trk")
    return next((form for form in forms if len(form) <= room), forms[-1])


def _runs(tracks: Sequence[str], free: Sequence[str]) -> Iterator[str]:
    """Three or more side by side are one: `1 3-7`."""
    side_by_side = sorted(tracks, key=lambda name: (len(name), name))
    for is_free, group in groupby(side_by_side, key=lambda name: name in free):
        names = list(group)
        if is_free:
            yield from [f"{names[0]}-{names[-1]}"] if len(names) > 2 else names


# --------------------------------------------------------------------------------------------------------- in words
def collision_line(each: Collision, wall: Wall) -> str:
    """`Track 4  12:21 to 12:32, 0:11: X9581 is in before X9582 is clear.  Track 3 is free till 15:00`."""
    conflict = each.conflict
    time = f"{wall.span(conflict.start, conflict.end, ' to ')}, {written.waited(conflict.lasts)}"
    text = f"Track {each.track}  {time}: {conflict.words}."
    return text if each.instead is None else f"{text}  {instead_words(each.instead, wall)}"


def instead_words(instead: Answer, wall: Wall) -> str:
    """`Track 3 is free till 15:00, 880 m`."""
    until = "" if instead.until is None else f" till {wall.time(instead.until)}"
    return f"Track {instead.name} is free{until}, {written.number(instead.usable_m, 'm')}"


class Asked(NamedTuple):
    """For what a free track is looked for; `at` None is the next full hour."""

    at: datetime | None = None
    duration: timedelta = timedelta(hours=2)
    length_m: float | None = None
    crane: bool = False

    def begins(self, wall: Wall) -> datetime:
        """From when on."""
        if self.at is not None and self.at > wall.now:
            return self.at
        local = wall.local(wall.now)
        return wall.now + timedelta(minutes=60 - local.minute, seconds=-local.second, microseconds=-local.microsecond)

    def words(self, wall: Wall) -> str:
        """As it is typed: `15:00 2:00 600 m crane`."""
        length = "" if self.length_m is None else f"{self.length_m:g} m"
        crane = "crane" if self.crane else ""
        return written.joined((wall.time(self.begins(wall)), written.waited(self.duration), length, crane), " ")


USUAL = Asked()
"""The next full hour, for two hours, any track."""


def free_title(asked: Asked, wall: Wall) -> str:
    """`tracks free at 15:00 for 2:00, 600 m, crane`."""
    time = f"{wall.time(asked.begins(wall))} for {written.waited(asked.duration)}"
    needs = ("" if asked.length_m is None else f"{asked.length_m:g} m", "crane" if asked.crane else "")
    return written.joined((f"tracks free at {time}", *needs), ", ")


def free_sentences(answers: Sequence[Answer], wall: Wall) -> list[tuple[str, str]]:
    """What is free, of which nobody can tell and why, and what is taken, each with its style."""
    free = [each for each in answers if each.state == "free"]
    unsure = [each for each in answers if each.state == "cannot tell"]
    rest = [each for each in answers if each.state in ("taken", "unfit")]
    said = [("Free: " + (", ".join(_free(each, wall) for each in free) or "none"), "ok" if free else "watch")]
    if unsure:
        said.append(("Cannot tell: " + ", ".join(f"track {each.name}, {each.words}" for each in unsure), "unknown"))
    if rest:
        said.append(("Not free: " + ", ".join(f"track {each.name} ({each.words})" for each in rest), "dim"))
    return said


def _free(each: Answer, wall: Wall) -> str:
    since = "" if each.since is None or each.since <= wall.now else f", from {wall.time(each.since)}"
    until = "" if each.until is None else f", till {wall.time(each.until)}"
    crane = "" if each.crane is None else ", crane" if each.crane else ", no crane"
    return f"track {each.name} ({written.number(each.usable_m, 'm')}{crane}{since}{until})"


def chosen_lines(
    visit: Occupation | None, notes: Sequence[Note], wall: Wall, width: int, missing: Sequence[str] = ()
) -> list[Line]:
    """What is chosen: when the visit is in, when it is clear; then the latest note on it, below where it is long."""
    nothing = written.not_come(missing) or "nothing stands on this track in this time"
    said = _stay_words(visit, wall) if visit is not None else nothing
    items: list[Line] = [[(said, "strong" if visit is not None else "dim")]]
    standing = [note for note in notes if note.stands]
    if standing:
        latest = standing[0]
        items.append(
            [(f"{len(standing)} noted, {latest.author} {wall.time(latest.written_at)}: {latest.text}", "mark")]
        )
    return flow(items, width)


def _stay_words(visit: Occupation, wall: Wall) -> str:
    span = visit.expected or visit.planned
    way = "from" if visit.direction == "arrival" else "to"
    text = f"{visit.number} {way} {written.or_unknown(visit.place)}"
    if span is None:
        return f"{text}: its times are missing or out of order"
    of_plan = "" if visit.certain else " by plan, no estimate"
    times = f"in {wall.time(span.start)}, clear {wall.time(span.end)}{of_plan}"
    length = "" if visit.length_m is None else written.number(round(visit.length_m), "m")
    return written.joined((f"{text}: {times}", visit.phase, length), ", ")


# --------------------------------------------------------------------------------------------------------- as typed
_PIECE = re.compile(
    r"(?P<day>mon|tue|wed|thu|fri|sat|sun)[a-z]*|(?P<length>\d+(?:\.\d+)?)\s*m(?:etres?)?\b|(?P<hours>\d+)\s*h\b"
    r"|(?P<minutes>\d+)\s*min\b|(?P<clock>\d{1,2}:\d{2})|(?P<bare>\d{1,2})\b|(?P<crane>crane)|(?P<any>any)"
    r"|(?:for|at|from|and|,)"
)


def read_asked(text: str, wall: Wall, before: Asked = USUAL) -> Asked:
    """What was typed: the first time is when, the second how long; what is not named stays as it was `before`.

    `any` is any length, with a crane or without; nothing at all asks for the next full hour. `UsageError` for what is
    none of this.
    """
    at: timedelta | None = None
    day: int | None = None
    asked = before if text.strip() else before._replace(at=None)
    for piece in _pieces(text.lower().strip()):
        if name := piece["day"]:
            day = [each.lower() for each in WEEKDAYS].index(name)
        elif time := piece["clock"] or piece["bare"]:
            hours, _, minutes = time.partition(":")
            span = timedelta(hours=int(hours), minutes=int(minutes or 0))
            at, asked = (span, asked) if at is None else (at, asked._replace(duration=span))
        else:
            asked = _changed(asked, piece)
    if at is not None and at >= timedelta(days=1):
        raise UsageError(f"There is no {text.strip()} o'clock: write {HOW_TO_ASK}.")
    if not timedelta(0) < asked.duration <= timedelta(days=7):
        raise UsageError("A track is asked for some minutes up to a week: write how long after the time, as 2:00.")
    return asked if at is None else asked._replace(at=_next(at, day, wall))


def _pieces(words: str) -> Iterator[Mapping[str, str | None]]:
    while words:
        piece = _PIECE.match(words)
        if piece is None:
            raise UsageError(f"'{words.split(maxsplit=1)[0]}' says nothing about a free track: write {HOW_TO_ASK}.")
        yield piece.groupdict()
        words = words[piece.end() :].lstrip()


def _changed(asked: Asked, piece: Mapping[str, str | None]) -> Asked:
    if piece["length"]:
        return asked._replace(length_m=float(piece["length"]))
    if piece["hours"]:
        return asked._replace(duration=timedelta(hours=int(piece["hours"])))
    if piece["minutes"]:
        return asked._replace(duration=timedelta(minutes=int(piece["minutes"])))
    if piece["any"]:
        return asked._replace(length_m=None, crane=False)
    return asked._replace(crane=True) if piece["crane"] else asked


def _next(at: timedelta, day: int | None, wall: Wall) -> datetime:
    """The next time the clock shows this, on that day of the week if one is named."""
    local = wall.local(wall.now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    days = 0 if day is None else (day - local.weekday()) % 7
    moment = midnight + timedelta(days=days) + at
    if moment <= local:
        moment += timedelta(days=1 if day is None else 7)
    return moment
