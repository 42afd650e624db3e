"""The stops of a train and how its service has run, as rows of grids. Pure functions of a record and a wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from console import format as written
from console.format import Wall
from console.panes import cells
from widgets.cells import Cell, Line, Span
from widgets.columns import Column
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.queries.train_history import Expectation, PastVisit, ServiceRecord
    from storage.queries.train_page import StopRow, TrainPage

Event = Literal["arrival", "departure"]
EVENTS: tuple[tuple[Event, str], ...] = (("arrival", "arr"), ("departure", "dep"))

STOP_COLUMNS = (
    Column("place", "Place", 18, grow=True),
    Column("event", "", 3),
    Column("track", "Trk", 3, align="right", rank=2),
    Column("planned", "Plan", 9, align="right"),
    Column("estimated", "Est.", 9, align="right"),
    Column("actual", "Actual", 9, align="right"),
    Column("late", "Late", 6, align="right"),
    Column("cause", "Cause", 11, rank=1, grow=True),
)
RUN_COLUMNS = (
    Column("train", "Train", 8),
    Column("planned", "Plan", 12),
    Column("actual", "Actual", 12),
    Column("late", "Late", 6, align="right"),
    Column("on time", "On time", 8),
    Column("cause", "Cause", 20, grow=True),
)
UNKNOWN_DELAY = "unknown"


class Timed(NamedTuple):
    """One event of a stop: its three times, and how late it is."""

    event: str
    planned: datetime | None
    estimated: datetime | None
    actual: datetime | None
    late: int | None


def stop_rows(page: TrainPage, wall: Wall) -> list[Row]:
    """Every stop, below each what was expected of it before; first of all this terminal."""
    return [*_here(page, wall), *(row for stop in page.stops for row in _stop(stop, wall))]


def _here(page: TrainPage, wall: Wall) -> Iterator[Row]:
    row = page.row
    event: Event = "arrival" if row.direction == "arr" else "departure"
    timed = Timed(row.direction, row.planned, row.estimated, row.actual, row.late)
    yield _row("here", "here", row.track, timed, row.cause, wall)
    yield from _before("here", page.history, event, wall)


def _stop(stop: StopRow, wall: Wall) -> Iterator[Row]:
    name = written.or_unknown(stop.place)
    what = " cancelled" if stop.cancelled else " passes" if stop.stops is False else ""
    timed = [
        Timed(short, getattr(stop, f"planned_{event}"), getattr(stop, f"estimated_{event}"),
              getattr(stop, f"actual_{event}"), getattr(stop, f"{event}_late"))
        for event, short in EVENTS
    ]  # fmt: skip
    told = False
    for (event, _), each in zip(EVENTS, timed, strict=True):
        if each.planned or each.estimated or each.actual:
            key = f"{stop.id}/{event}"
            yield _row(key, name + what, stop.track, each, stop.cause, wall)
            yield from _before(key, stop.history, event, wall)
            told = True
    if not told:
        yield _row(stop.id, name + what, stop.track, Timed("", None, None, None, None), stop.cause, wall)


def _row(key: str, place: str, track: str | None, timed: Timed, cause: str | None, wall: Wall) -> Row:
    return Row(
        key,
        (
            Cell(place, "strong"),
            Cell(timed.event, "dim"),
            cells.text_cell(track),
            cells.time_cell(timed.planned, wall),
            cells.time_cell(timed.estimated, wall),
            cells.time_cell(timed.actual, wall),
            cells.late_cell(timed.late),
            Cell(cause or ""),
        ),
    )


def _before(key: str, history: Sequence[Expectation], event: Event, wall: Wall) -> Iterator[Row]:
    """What was expected before, newest first; only what differs for this event."""
    lates: list[tuple[datetime, datetime | None, int | None, bool, str | None]] = []
    for each in history:
        said = (getattr(each, event), getattr(each, f"{event}_late"), each.unknown_delay, each.cause)
        if not lates or lates[-1][1:] != said:
            lates.append((each.since, *said))
    for since, moment, late, unknown, cause in reversed(lates[:-1]):
        yield Row(
            f"{key}/{since.isoformat()}",
            (
                Cell(f"  said {wall.time(since)}", "dim"),
                Cell(),
                Cell(),
                Cell(),
                Cell(UNKNOWN_DELAY, "unknown") if unknown else cells.time_cell(moment, wall),
                Cell(),
                cells.late_cell(late),
                Cell(cause or "", "dim"),
            ),
        )


# --------------------------------------------------------------------------------------------------------- two weeks
def run_row(visit: PastVisit, on_time: bool | None, wall: Wall) -> Row:
    """A visit of the last two weeks; `on_time` None where it never had an actual time."""
    kept = Cell("canceled", "act") if visit.canceled else _on_time(on_time)
    return Row(
        f"train:{visit.id}",
        (
            Cell(visit.number, "strong"),
            Cell(day_time(visit.planned, wall)),
            Cell(day_time(visit.actual, wall), "" if visit.actual else "dim"),
            Cell() if visit.canceled else cells.late_cell(visit.late),
            kept,
            Cell(visit.cause or ""),
        ),
    )


def _on_time(on_time: bool | None) -> Cell:
    if on_time is None:
        return Cell(written.UNKNOWN, "unknown")
    return Cell("yes", "ok") if on_time else Cell("no", "late")


def day_time(moment: datetime | None, wall: Wall) -> str:
    """`20 Nov 12:22`: two weeks have each weekday twice."""
    return written.UNKNOWN if moment is None else f"{wall.date(moment)[4:]} {wall.local(moment):%H:%M}"


def record_lines(record: ServiceRecord, wall: Wall) -> list[Line]:
    """The two weeks in words: how many ran, how many on time, how late they were."""
    runs = len(record.visits)
    if not runs:
        return [[(f"no run planned since {wall.date(record.since)}", "dim")]]
    canceled = sum(visit.canceled for visit in record.visits)
    unknown = sum(visit.late is None and not visit.canceled for visit in record.visits)
    counts = [f"{runs} {'run' if runs == 1 else 'runs'} since {wall.date(record.since)}"]
    counts += [f"{canceled} canceled"] if canceled else []
    counts += [f"{unknown} without an actual time"] if unknown else []
    if not record.known:
        return [[(", ".join(counts), "")], [("how late they were is not known", "unknown")]]
    share = 100 * record.on_time // record.known
    late: list[Span] = [
        (f"on time {record.on_time} of {record.known} ({share} %)", ""),
        (f"   median {_minutes(record.p50)}   9 of 10 within {_minutes(record.p90)}", ""),
        (f"   worst {written.late(record.worst)}", ""),
    ]
    return [[(", ".join(counts), "")], late]


def _minutes(span: timedelta | None) -> str:
    return written.late(None if span is None else round(span.total_seconds() / 60))
