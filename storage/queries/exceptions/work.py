"""Cranes, the work instructions they have, and the boxes in the way of the next trains."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, func, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.rehandles import in_the_way
from storage.figures.risk import Level
from storage.figures.stays import GONE
from storage.models import Block, Container, Crane, Track, Train, WorkInstruction, table_of
from storage.queries.columns import Column
from storage.queries.exceptions.common import BOX_ID, IDENTITY, NUMBER, RISK
from storage.queries.feeds import not_come
from storage.queries.views import Preset, View

FEEDS = ("cranes", "work_instructions", "blocks", "tracks", "trains", "containers")
WORK_FEEDS = ("work_instructions", *(feed for feed in FEEDS if feed != "work_instructions"))
SOON = timedelta(hours=12)
MODES = ("fault", "remote", "manual", "auto")
CRANE_COLUMNS = (
    RISK,
    Column("name", "Crane", "text", "Name of the crane.", words=True),
    Column("mode", "Mode", "text", "auto, remote, manual or fault.", words=True, order=MODES),
    Column("place", "At", "text", "Block or track it works at.", words=True),
    Column("job", "Job", "text", "What it does now, or its fault.", words=True),
    Column("moves_per_hour", "Moves/h", "number", "Moves in the last hour.", "moves"),
    Column("queued", "Queue", "number", "Jobs waiting for it.", "jobs"),
    Column("interventions", "By hand", "number", "Remote interventions this shift.", "moves"),
    Column("norm_per_hour", "Norm/h", "number", "Moves an hour by its norm.", "moves"),
    Column("kind", "Kind", "text", "Kind of machine.", words=True),
    Column("block", "Block", "text", "Block it works in.", words=True),
    IDENTITY,
)
WORK_COLUMNS = (
    RISK,
    Column("kind", "Move", "text", "Kind of move.", words=True),
    Column("state", "State", "text", "planned or active.", words=True),
    NUMBER,
    Column("place", "Block", "text", "Block it is from or to.", words=True),
    Column("train", "Train", "text", "Train it is for.", words=True),
    Column("crane", "Crane", "text", "Crane that does it.", words=True),
    Column("planned_at", "Planned", "time", "When it is planned."),
    Column("waits", "Waits", "duration", "Time since then."),
    BOX_ID,
    IDENTITY,
)

_crane, _work, _box, _train, _block, _track = (
    table_of(model).c for model in (Crane, WorkInstruction, Container, Train, Block, Track)
)
_departs = func.coalesce(_train.estimated_departure, _train.planned_departure)


class CraneRow(msgspec.Struct, frozen=True, kw_only=True):
    """A crane; see `CRANE_COLUMNS`. `block_id` is what its link leads to."""

    id: str
    risk: Level
    name: str
    kind: str | None
    mode: str | None
    place: str | None
    job: str | None
    moves_per_hour: float | None
    norm_per_hour: float | None
    queued: int | None
    interventions: int | None
    block: str | None
    block_id: str | None


class WorkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A move to be made; see `WORK_COLUMNS`. The ids are what its links lead to."""

    id: str
    box_id: str | None
    risk: Level
    kind: str
    state: str
    number: str | None
    place: str | None
    train: str | None
    train_id: str | None
    crane: str | None
    block_id: str | None
    planned_at: datetime | None
    waits: timedelta | None


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be dug: distinct boxes in all, and by train and block (ids), a box once in each.

    `boxes` None: boxes or trains have not come, and nobody knows what stands in whose way. `ratio`: rehandles of all
    moves of the last 12 hours, 0 to 1.
    """

    boxes: int | None
    by_train: Mapping[str, int]
    by_block: Mapping[str | None, int]
    ratio: float | None


def _cranes(session: Session, _statement: Select[Any], _moment: Moment) -> Sequence[CraneRow]:
    place = func.coalesce(_block.name, _crane.block_id)
    chosen = select(
        *(_crane[name] for name in ("id", "name", "kind", "mode", "job", "fault", "moves_per_hour", "norm_per_hour",
                                    "queued", "interventions", "block_id")),
        place.label("block"), func.coalesce(_track.name, _crane.track_id).label("track"),
    ).select_from(
        table_of(Crane).outerjoin(table_of(Block), _block.id == _crane.block_id)
        .outerjoin(table_of(Track), _track.id == _crane.track_id)
    )  # fmt: skip
    return [_crane_row(row) for row in session.connection().execute(chosen)]


def _crane_row(row: Any) -> CraneRow:
    fault = row.mode == "fault" or row.fault is not None
    return CraneRow(
        id=row.id, risk="act" if fault else "calm" if row.mode is not None else "unknown", name=row.name, kind=row.kind,
        mode=row.mode, place=row.block or (row.track and f"track {row.track}"), job=row.fault if fault else row.job,
        moves_per_hour=row.moves_per_hour, norm_per_hour=row.norm_per_hour, queued=row.queued,
        interventions=row.interventions, block=row.block, block_id=row.block_id,
    )  # fmt: skip


def _open_work(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[WorkRow]:
    chosen = (
        select(
            _work.id, _work.kind, _work.state, _work.container_id, _work.train_id, _work.block_id, _work.planned_at,
            _box.number, _train.number.label("train"), func.coalesce(_crane.name, _work.crane_id).label("crane"),
            func.coalesce(_block.name, _work.block_id).label("place"), _departs.label("departs"),
        )
        .select_from(
            table_of(WorkInstruction)
            .outerjoin(table_of(Container), _box.id == _work.container_id)
            .outerjoin(table_of(Train), _train.id == _work.train_id)
            .outerjoin(table_of(Crane), _crane.id == _work.crane_id)
            .outerjoin(table_of(Block), _block.id == _work.block_id)
        )
        .where(_work.state.in_(("planned", "active")))
    )  # fmt: skip
    return [_work_row(row, moment) for row in session.connection().execute(chosen)]


def _work_row(row: Any, moment: Moment) -> WorkRow:
    late = row.departs is not None and row.departs < moment.now
    return WorkRow(
        id=row.id, box_id=row.container_id, risk="watch" if late else "calm", kind=row.kind, state=row.state,
        number=row.number, place=row.place, train=row.train or row.train_id, train_id=row.train_id, crane=row.crane,
        block_id=row.block_id, planned_at=row.planned_at,
        waits=None if row.planned_at is None else max(timedelta(0), moment.now - row.planned_at),
    )  # fmt: skip


def rehandle_backlog(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> Backlog:
    """The backlog at the view's time, for the trains that leave within 12 hours."""
    moment = Moment.of(clock, policy)
    soon = select(_train.id).where(
        _train.direction == "departure", _train.phase.not_in(GONE), _departs <= moment.now + SOON
    )
    trains = list(session.connection().execute(soon).scalars())
    above = {train: frozenset().union(*boxes.values()) for train, boxes in in_the_way(session, trains).items()}
    distinct: frozenset[str] = frozenset().union(*above.values())
    where = select(_box.id, _box.block_id).where(_box.id.in_(distinct))
    by_block = Counter(row.block_id for row in session.connection().execute(where)) if distinct else Counter()
    return Backlog(
        boxes=None if not_come(session, ("containers", "trains")) else len(distinct),
        by_train={train: len(boxes) for train, boxes in above.items() if boxes}, by_block=by_block,
        ratio=_ratio(session, moment),
    )  # fmt: skip


def _ratio(session: Session, moment: Moment) -> float | None:
    done = select(_work.kind, func.count().label("moves")).where(
        _work.state == "done", _work.done_at > moment.now - SOON, _work.done_at <= moment.now
    )
    moves: dict[str, int] = {row.kind: row.moves for row in session.connection().execute(done.group_by(_work.kind))}
    return moves.get("rehandle", 0) / sum(moves.values()) if moves else None


def work_by(rows: Sequence[WorkRow], what: str) -> dict[str | None, int]:
    """Open moves by `train`, `place`, `crane` or `kind`, most first."""
    counted: defaultdict[str | None, int] = defaultdict(int)
    for row in rows:
        counted[getattr(row, what)] += 1
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0] or "~")))


CRANES: View[CraneRow] = View(
    name="cranes", title="Cranes", columns=CRANE_COLUMNS, feeds=FEEDS, read=_cranes, default_sort="risk,name",
    presets=(Preset("fault", "mode:fault"), Preset("not automatic", "-mode:auto"), Preset("all", "")),
)  # fmt: skip
WORK: View[WorkRow] = View(
    name="work", title="Work instructions", columns=WORK_COLUMNS, feeds=WORK_FEEDS, read=_open_work,
    default_sort="-state,planned_at",
)  # fmt: skip
