"""The Board: what needs a person, soonest first, and beside it the next trains, the yard by kind and the lanes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.policy import DEFAULT, Policy
from storage.figures.risk import LEVELS, Level
from storage.identifiers import display_number
from storage.models import Container, Seal, table_of
from storage.queries.customs import DECLARATIONS, DeclarationRow, Lanes, lanes
from storage.queries.customs import FEEDS as CUSTOMS_FEEDS
from storage.queries.trains import FEEDS as TRAIN_FEEDS
from storage.queries.trains import TRAINS, TrainRow
from storage.queries.yard import BLOCKS, BlockRow, KindRow, by_kind, summed
from storage.queries.yard import FEEDS as YARD_FEEDS

FEEDS = tuple(dict.fromkeys((*TRAIN_FEEDS, *YARD_FEEDS, *CUSTOMS_FEEDS, "seals")))
ALARMS = {"opened unauthorised": "act", "tampered": "act", "silent": "watch", "battery low": "watch"}
"""State of a smart lock to how much it matters."""
NEARLY_FULL = 90
"""Per cent of working capacity from which a block is worth watching."""
SOON = TRAINS.presets[0].filter
"""The next 12 hours."""

ActKind = Literal["train", "seal", "block", "track"]


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something for a person to do; `kind` and `id` are what Enter opens. `by`: when it must be done, if known."""

    level: Level
    by: datetime | None
    subject: str
    words: str
    kind: ActKind
    id: str
    unsure: bool = False


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the Board shows; trains are those of the next 12 hours in the order of their times."""

    acts: tuple[Act, ...]
    departures: tuple[TrainRow, ...]
    arrivals: tuple[TrainRow, ...]
    kinds: tuple[KindRow, ...]
    yard: KindRow
    lanes: Lanes


def board(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> Board:
    """The Board at the view's time."""
    trains = TRAINS.page(session, clock, TRAINS.filter(SOON), TRAINS.sort("at"), policy=policy).rows
    blocks = BLOCKS.page(session, clock, policy=policy).rows
    acts = _acts(session, clock, trains, blocks, policy)
    return Board(
        acts=tuple(acts), departures=tuple(row for row in trains if row.direction == "dep"),
        arrivals=tuple(row for row in trains if row.direction == "arr"), kinds=tuple(by_kind(blocks)),
        yard=summed("all", blocks), lanes=lanes(session, clock, policy=policy),
    )  # fmt: skip


def count_risks(session: Session, clock: Clock, *, policy: Policy = DEFAULT) -> tuple[int, int]:
    """How many things of the act list must be acted on, and how many watched."""
    trains = TRAINS.page(session, clock, TRAINS.filter(SOON), policy=policy).rows
    blocks = BLOCKS.page(session, clock, policy=policy).rows
    levels = [act.level for act in _acts(session, clock, trains, blocks, policy)]
    return levels.count("act"), levels.count("watch")


def _acts(
    session: Session, clock: Clock, trains: Sequence[TrainRow], blocks: Sequence[BlockRow], policy: Policy
) -> list[Act]:
    """Gravest first, then soonest."""
    found = [
        *_of_seals(session, clock),
        *_of_trains(trains),
        *_of_customs(session, clock, policy),
        *_of_blocks(blocks),
    ]
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda act: (LEVELS.index(act.level), act.by or never, act.subject, act.words))


def _of_trains(trains: Sequence[TrainRow]) -> Iterator[Act]:
    told: set[str] = set()
    for row in trains:
        for cause in row.causes:
            if cause.level not in ("act", "watch") or cause.words in told:
                continue
            if cause.kind == "conflict":  # one conflict, though both trains carry it
                told.add(cause.words)
            yield Act(
                level=cause.level, by=cause.by, subject=row.number, words=cause.words, kind="train", id=row.id,
                unsure=row.unsure,
            )  # fmt: skip


def _of_customs(session: Session, clock: Clock, policy: Policy) -> Iterator[Act]:
    """Per train and lane, the boxes whose expected release comes after the customs cut-off."""
    criteria, sort = DECLARATIONS.filter("margin<0 open:yes"), DECLARATIONS.sort("cutoff_at")
    by_train: defaultdict[tuple[str, str], list[DeclarationRow]] = defaultdict(list)
    for row in DECLARATIONS.page(session, clock, criteria, sort, policy=policy).rows:
        if row.train_id is not None:
            by_train[row.train_id, row.lane or "no lane"].append(row)
    for (train, lane), rows in by_train.items():
        count = len(rows)
        what = f"1 {lane}-lane declaration clears" if count == 1 else f"{count} {lane}-lane declarations clear"
        yield Act(
            level="act", by=rows[0].cutoff_at, subject=rows[0].train or train, kind="train", id=train,
            words=f"{what} after the customs cut-off",
        )  # fmt: skip


def _of_seals(session: Session, clock: Clock) -> Iterator[Act]:
    seal, box = table_of(Seal).c, table_of(Container).c
    chosen = (
        select(seal.id, seal.number, seal.state, seal.place, box.number.label("box"))
        .select_from(table_of(Seal).outerjoin(table_of(Container), box.id == seal.container_id))
        .where(seal.state.in_(ALARMS))
    )
    for row in session.connection().execute(chosen):
        on = f" on {display_number(row.box)}" if row.box else ""
        at = f", at {row.place}" if row.place else ""
        level: Level = "act" if ALARMS[row.state] == "act" else "watch"
        yield Act(
            level=level, by=clock.now() if level == "act" else None, subject=f"seal {row.number}",
            words=f"{row.state}{on}{at}", kind="seal", id=row.id,
        )  # fmt: skip


def _of_blocks(blocks: Sequence[BlockRow]) -> Iterator[Act]:
    for block in blocks:
        if block.percent is not None and block.percent >= NEARLY_FULL:
            yield Act(
                level="watch", by=None, subject=block.name, kind="block", id=block.id,
                words=f"{block.kind} block {block.percent} % full: {block.teu:g} of {block.working_teu:g} TEU",
            )  # fmt: skip
