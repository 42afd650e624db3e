"""Stays on the tracks as rows, for commands without a screen: one a visit, and one a track that nothing stands on."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select
from sqlmodel import Session

from storage.clock import PinnedClock
from storage.figures.policy import Moment
from storage.figures.stays import Occupation, Span
from storage.queries.columns import Column
from storage.queries.tracks import FEEDS, TrackBoard, TrackLine, track_board
from storage.queries.views import View

COLUMNS = (
    Column("track", "Track", "text", "Name of the track.", words=True),
    Column("usable_m", "Usable", "number", "Usable length.", "m"),
    Column("crane", "Crane", "yes_no", "A crane reaches it."),
    Column("train", "Train", "text", "Train that stands there or will; none where nothing does.", words=True),
    Column("direction", "Dir", "text", "arrival or departure."),
    Column("place", "From/to", "text", "Where an arrival comes from, where a departure goes.", words=True),
    Column("phase", "Phase", "text", "Visit phase."),
    Column("planned_from", "Plan from", "time", "Takes the track by plan, shunting included."),
    Column("planned_to", "Plan to", "time", "Clears it by plan, shunting included."),
    Column("starts", "From", "time", "Takes the track, as far as is known."),
    Column("ends", "To", "time", "Clears it, as far as is known."),
    Column("certain", "Certain", "yes_no", "No: it is late without an estimate."),
    Column("late", "Late", "duration", "Later than planned."),
    Column("conflict", "Conflict", "text", "What collides with it, in words."),
    Column("closed", "Closed", "text", "Closures of the track in this time, with their reasons.", words=True),
    Column("train_id", "Train id", "text", "Identity of the visit."),
    Column("id", "Id", "text", "Track and visit."),
)


class StayRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stay; see `COLUMNS`."""

    id: str
    track: str
    usable_m: float | None
    crane: bool | None
    train: str | None
    direction: str | None
    place: str | None
    phase: str | None
    planned_from: datetime | None
    planned_to: datetime | None
    starts: datetime | None
    ends: datetime | None
    certain: bool | None
    late: timedelta | None
    conflict: str | None
    closed: str | None
    train_id: str | None


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[StayRow]:
    board = track_board(session, PinnedClock(moment.now), policy=moment.policy)
    return [row for line in board.lines for row in _rows(line, board)]


def _rows(line: TrackLine, board: TrackBoard) -> Iterator[StayRow]:
    window = Span(board.start, board.end)
    closed = [each for each in line.closures if window.overlaps(Span(each.start, each.end or board.end))]
    reasons = "; ".join(each.reason or "closed" for each in closed) or None
    for visit in line.visits or (None,):
        yield _row(line, visit, _conflict(visit, board), reasons)


def _conflict(visit: Occupation | None, board: TrackBoard) -> str | None:
    if visit is None:
        return None
    words = [each.conflict.words for each in board.collisions if visit.train_id in each.conflict.trains]
    return "; ".join(words) or None


def _row(line: TrackLine, visit: Occupation | None, conflict: str | None, closed: str | None) -> StayRow:
    planned = visit.planned if visit else None
    expected = visit.expected if visit else None
    return StayRow(
        id=f"{line.id}/{visit.train_id if visit else ''}", track=line.name, usable_m=line.usable_m, crane=line.crane,
        train=visit and visit.number, direction=visit and visit.direction, place=visit and visit.place,
        phase=visit and visit.phase, planned_from=planned and planned.start, planned_to=planned and planned.end,
        starts=expected and expected.start, ends=expected and expected.end, certain=visit and visit.certain,
        late=visit and visit.late, conflict=conflict, closed=closed, train_id=visit and visit.train_id,
    )  # fmt: skip


STAYS: View[StayRow] = View(
    name="tracks", title="Tracks", columns=COLUMNS, feeds=FEEDS, read=_read, default_sort="",
)  # fmt: skip
"""Every stay from two hours ago to a day ahead, track by track."""
