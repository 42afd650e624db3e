"""How fast a train is loaded, when its ready boxes are on it, and how many more there would be time for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import floor
from typing import Any, Literal, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlmodel import Session

from storage.figures.registry import declare
from storage.figures.rehandles import in_the_way
from storage.models import Container, Crane, Train, WorkInstruction, table_of

declare(
    "loading rate", "Loading rate", "moves an hour",
    """Moves made for the train in the last 60 minutes by the time worked in them: pauses of over 15 minutes are left
    out. It takes at least 5 moves and a quarter of an hour of work; else it is the norm of the cranes at its track that
    have no fault; else it is unknown.""",
    "definition 7",
)  # fmt: skip
declare(
    "ready done", "Ready done", "time",
    """Now (or when the rake is here, with the train it turns round from) and the moves left at the loading rate: its
    ready boxes, the boxes to be moved to reach them, and what is still to be discharged from the rake. Boxes that
    cannot be loaded yet are no moves. Unknown without a rate.""",
    "definition 7",
)  # fmt: skip
declare(
    "all done", "All done", "time",
    """When every booked box is on the train: ready done with the boxes still to come, and not before the last of them
    is expected and has been handled. Unknown while one of them is without an expected time.""",
    "definition 7",
)  # fmt: skip
declare(
    "room", "Room", "moves",
    "Moves there would be time for between ready done and the closing of loading, rounded down; negative when short.",
    "definition 7",
)  # fmt: skip

WINDOW = timedelta(minutes=60)
PAUSE = timedelta(minutes=15)
LEAST_MOVES = 5
LEAST_WORK = timedelta(minutes=15)
MOVES = ("load", "discharge", "rehandle")
"""Kinds of work that are moves for a train."""
_HOUR = timedelta(hours=1)

RateSource = Literal["moves", "norm"]


@dataclass(frozen=True, slots=True)
class Loading:
    """How the loading of one train stands. `rate` in moves an hour, None when unknown; `by` says what it is made of.

    `ready`, `rehandles` and `discharge_left` are boxes. `begins`: when moves can be made, None when nobody can tell.
    `closes`: when loading closes.
    """

    ready: int
    rehandles: int | None
    discharge_left: int
    rate: float | None
    by: RateSource | None
    begins: datetime | None
    closes: datetime | None

    @property
    def moves_left(self) -> int | None:
        """Moves until the ready boxes are loaded."""
        return None if self.rehandles is None else self.ready + self.rehandles + self.discharge_left

    @property
    def ready_done(self) -> datetime | None:
        """When the ready boxes are loaded."""
        return self.done_after(0)

    @property
    def room(self) -> int | None:
        """Moves there is time for after the ready ones; negative when they are too many already."""
        done = self.ready_done
        if self.rate is None or done is None or self.closes is None:
            return None
        return floor((self.closes - done) / _HOUR * self.rate)

    def done_after(self, more: int) -> datetime | None:
        """When the ready boxes and so many `more` moves are done."""
        if not self.rate or self.begins is None or self.moves_left is None:
            return None
        return self.begins + _HOUR * ((self.moves_left + more) / self.rate)

    def all_done(self, coming: Sequence[datetime | None], handling: timedelta) -> datetime | None:
        """When every box is loaded; `coming` are the times at which those that cannot be loaded yet are expected."""
        known = [moment for moment in coming if moment is not None]
        done = self.done_after(len(coming))
        if done is None or len(known) < len(coming):
            return None
        return max([done, *(moment + handling for moment in known)])


class Loads(NamedTuple):
    """What loading needs of an outbound visit. `begins`, `closes` and `ready` as in `Loading`."""

    id: str
    track_id: str | None
    turned_from: str | None
    ready: int
    begins: datetime | None
    closes: datetime | None


def begins(
    arrived: datetime | None, expected: datetime | None, now: datetime, *, unknown_delay: bool = False
) -> datetime | None:
    """When moves can be made: now, or when the rake is here; None when it is late and nobody knows how much."""
    if arrived is not None or expected is None:
        return now
    return None if unknown_delay else max(now, expected)


def rate_of_moves(done: Iterable[datetime], now: datetime) -> float | None:
    """Moves an hour out of the times of the moves done; None with too few of them, or too little work."""
    recent = sorted(moment for moment in done if now - WINDOW < moment <= now)
    gaps = [after - before for before, after in pairwise([now - WINDOW, *recent, now])]
    worked = sum((gap for gap in gaps if gap <= PAUSE), timedelta(0))
    if len(recent) < LEAST_MOVES or worked < LEAST_WORK:
        return None
    return len(recent) / (worked / _HOUR)


def loading_of(session: Session, visits: Collection[Loads], now: datetime) -> dict[str, Loading]:
    """The loading of each visit, by its id; boxes in the way are counted for those with a rate only."""
    moves = _moves(session, visits, now)
    norms = _norms(session, [visit.track_id for visit in visits if visit.track_id])
    turned = [visit.turned_from for visit in visits if visit.turned_from]
    left, here = _discharge_left(session, turned), _rakes_here(session, turned, now)
    rates = {visit.id: _rate(moves[visit.id], norms.get(visit.track_id or ""), now) for visit in visits}
    reached = in_the_way(session, [visit.id for visit in visits if rates[visit.id][0] and visit.ready])
    found = {}
    for visit in visits:
        rate, by = rates[visit.id]
        shifted = set[str]().union(*reached.get(visit.id, {}).values()) if rate or not visit.ready else None
        found[visit.id] = Loading(
            ready=visit.ready, rehandles=None if shifted is None else len(shifted),
            discharge_left=left.get(visit.turned_from or "", 0), rate=rate, by=by,
            begins=here.get(visit.turned_from or "", visit.begins), closes=visit.closes,
        )  # fmt: skip
    return found


def _rate(moves: Sequence[datetime], norm: float | None, now: datetime) -> tuple[float | None, RateSource | None]:
    measured = rate_of_moves(moves, now)
    if measured is not None:
        return measured, "moves"
    return (norm, "norm") if norm else (None, None)


_work = table_of(WorkInstruction).c
_MOVES = select(_work.train_id, _work.done_at).where(
    _work.train_id.in_(bindparam("ids", expanding=True)), _work.kind.in_(MOVES), _work.state == "done",
    _work.done_at > bindparam("since", type_=_work.done_at.type),
)  # fmt: skip


def _moves(session: Session, visits: Iterable[Loads], now: datetime) -> Mapping[str, list[datetime]]:
    """Visit to the times of its moves; those that emptied the rake it turns round from are its own."""
    serves: defaultdict[str, list[str]] = defaultdict(list)
    for visit in visits:
        serves[visit.id].append(visit.id)
        if visit.turned_from:
            serves[visit.turned_from].append(visit.id)
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for row in _run(session, _MOVES, {"ids": list(serves), "since": now - WINDOW}):
        for visit_id in serves[row.train_id]:
            found[visit_id].append(row.done_at)
    return found


_crane = table_of(Crane).c
_NORMS = (
    select(_crane.track_id, func.sum(_crane.norm_per_hour).label("norm"))
    .where(_crane.track_id.in_(bindparam("ids", expanding=True)), func.coalesce(_crane.mode, "") != "fault")
    .group_by(_crane.track_id)
)


def _norms(session: Session, tracks: Collection[str]) -> dict[str, float | None]:
    """Track to the moves an hour its cranes make by their norms."""
    return {row.track_id: row.norm for row in _run(session, _NORMS, {"ids": list(tracks)})} if tracks else {}


_box = table_of(Container).c
_LEFT = (
    select(_box.inbound_train_id, func.count().label("boxes"))
    .where(
        _box.inbound_train_id.in_(bindparam("ids", expanding=True)),
        _box.received_at.is_(None),
        func.coalesce(_box.state, "").in_(("", "advised", "inbound")),
    )
    .group_by(_box.inbound_train_id)
)


def _discharge_left(session: Session, inbound: Collection[str]) -> dict[str, int]:
    """Inbound visit to its boxes that are not discharged yet."""
    return {row.inbound_train_id: row.boxes for row in _run(session, _LEFT, {"ids": list(inbound)})} if inbound else {}


_train = table_of(Train).c
_expected = func.coalesce(_train.estimated_arrival, _train.planned_arrival, type_=_train.planned_arrival.type)
_INBOUND = select(_train.id, _train.actual_arrival, _expected.label("expected"), _train.unknown_delay).where(
    _train.id.in_(bindparam("ids", expanding=True))
)


def _rakes_here(session: Session, inbound: Collection[str], now: datetime) -> dict[str, datetime | None]:
    """Inbound visit to when its rake can be worked: its boxes are discharged before the train it becomes is there."""
    found = _run(session, _INBOUND, {"ids": list(inbound)}) if inbound else ()
    return {
        row.id: begins(row.actual_arrival, row.expected, now, unknown_delay=bool(row.unknown_delay)) for row in found
    }


def _run(session: Session, statement: Any, values: dict[str, Any]) -> Any:
    return session.connection().execute(statement, values)
