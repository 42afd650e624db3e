"""Long stays, boxes in wrong places, overweight ones, and holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, and_, bindparam, case, func, or_
from sqlmodel import Session

from storage.figures.box_class import HOLD_TURNS
from storage.figures.expressions import NOW
from storage.figures.occupancy import in_place
from storage.figures.policy import Moment
from storage.figures.risk import Level
from storage.models import Block, Container, WorkInstruction, table_of
from storage.queries.columns import Column
from storage.queries.containers import CONTAINERS, FEEDS, ContainerRow
from storage.queries.exceptions.common import BOX_ID, IDENTITY, NUMBER, RISK, TRAIN, WHERE, boxes, since
from storage.queries.records import records
from storage.queries.views import View

_box, _work = table_of(Container).c, table_of(WorkInstruction).c

COLUMNS = (
    RISK,
    NUMBER,
    Column("size_type", "Type", "text", "Size-type as it came.", words=True),
    WHERE,
    Column("what", "What", "text", "What is out of order.", words=True),
    Column("turn", "Turn", "text", "Whose turn it is.", words=True),
    Column("since", "Since", "time", "Since when."),
    Column("age", "Here", "duration", "Time since it was received."),
    TRAIN,
    Column("category", "Flow", "text", "export, import, transit or storage.", words=True),
    Column("block", "Block", "text", "Block it stands in.", words=True),
    BOX_ID,
    IDENTITY,
)


class BoxRow(msgspec.Struct, frozen=True, kw_only=True):
    """A box with something out of order; see `COLUMNS`. `train_id`, `block_id` are what its links lead to."""

    id: str
    box_id: str
    risk: Level
    number: str | None
    size_type: str | None
    where: str | None
    what: str
    turn: str | None
    since: datetime | None
    age: timedelta | None
    train: str | None
    train_id: str | None
    category: str | None
    block: str | None
    block_id: str | None


def _row(
    box: ContainerRow, what: str, risk: Level, *, turn: str | None = None, began: datetime | None = None
) -> BoxRow:
    return BoxRow(
        id=box.id, box_id=box.id, risk=risk, number=box.number, size_type=box.size_type, where=box.where, what=what,
        turn=turn, since=began, age=box.age, train=box.train, train_id=box.train_id, category=box.category,
        block=box.block, block_id=box.block_id,
    )  # fmt: skip


Reader = Callable[[Session, Select[Any], Moment], Sequence[BoxRow]]


def _view(name: str, title: str, read: Reader, sort: str) -> View[BoxRow]:
    feeds = (*FEEDS, "work_instructions") if name == "wrong places" else FEEDS
    return View(name=name, title=title, columns=COLUMNS, feeds=feeds, read=read, default_sort=sort)


# Not `stands()`: by the index of what stands, most rows would be read one by one, and few of them are wanted.
_here = and_(in_place(), func.length(_box.block_id) > 0)


# ----------------------------------------------------------------------------------------------------------- long stays
def _long(session: Session, statement: Select[Any], moment: Moment) -> Sequence[BoxRow]:
    return [_stay(box, moment) for box in CONTAINERS.read(session, statement, moment)]


def _stay(box: ContainerRow, moment: Moment) -> BoxRow:
    if box.free_until is not None and box.free_until < moment.now:
        return _row(box, "free time is over", "watch", turn="broker", began=box.free_until)
    most = moment.policy.long_stay_empty if box.full is False else moment.policy.long_stay
    return _row(box, f"here over {most.days} days", "watch", began=box.received_at)


_time = _box.received_at.type
_over = or_(
    _box.free_until < NOW,
    _box.full.is_(False) & (_box.received_at < bindparam("empty_since", type_=_time)),
    _box.full.is_not(False) & (_box.received_at < bindparam("here_since", type_=_time)),
)
# In a full yard that may be every third box: they are chosen, sorted and paged in SQL.
_LONG = CONTAINERS.statement.where(_here, _over)
_IN_SQL = {
    "since": case((_box.free_until < NOW, _box.free_until), else_=_box.received_at),
    **{column.key: column.expression for column in CONTAINERS.columns},
}
_LONG_COLUMNS = tuple(
    replace(column, expression=_IN_SQL.get(column.key)) if column.key != "box_id" else column for column in COLUMNS
)


# --------------------------------------------------------------------------------------------------------- wrong places
def _misplaced(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[BoxRow]:
    """Boxes that stand elsewhere than planned, and those whose goods ask for another kind of block."""
    names = {block.id: block.name for block in records(session, Block)}
    kinds = {block.id: block.kind for block in records(session, Block)}
    elsewhere = or_(
        _box.planned_block_id != _box.block_id, _box.planned_bay != _box.bay, _box.planned_row != _box.row,
        _box.planned_tier != _box.tier,
    )  # fmt: skip
    ordered = _ordered(session)
    planned = [(box, f"planned {planned_place(box, names)}") for box in boxes(session, moment, _here, elsewhere)]
    told = {box.id for box, _ in planned}
    unplugged = _box.setpoint_c.is_not(None) & _box.plugged.is_(False)
    special = boxes(session, moment, _here, or_(_box.imdg_class.is_not(None), unplugged))
    for box in special:
        wrong = _wrong_kind(box, kinds.get(box.block_id or ""))
        if wrong and box.id not in told:
            planned.append((box, wrong))
    return [
        _row(box, what + (", move ordered" if box.id in ordered else ""), "calm" if box.id in ordered else "watch")
        for box, what in planned
    ]


def _ordered(session: Session) -> set[str | None]:
    """Boxes for which a move is planned or being made."""
    return {work.container_id for work in records(session, WorkInstruction, _work.state.in_(("planned", "active")))}


def planned_place(box: ContainerRow, names: Mapping[str, str]) -> str:
    """Where it is planned to stand, as far as that is said; `names`: those of blocks by their ids."""
    block = names.get(box.planned_block_id or "", box.planned_block_id) or box.block or "--"
    parts = (box.planned_bay, box.planned_row)
    if None in parts and box.planned_tier is None:
        return f"in {block}"
    bay, row = (f"{part:02}" if part is not None else "--" for part in parts)
    return f"{block}-{bay}-{row}-{'--' if box.planned_tier is None else box.planned_tier}"


def _wrong_kind(box: ContainerRow, kind: str | None) -> str | None:
    """Dangerous goods among general cargo, a working reefer where no plug is; in inspection anything may stand."""
    if kind in ("inspection", None):
        return None
    if box.imdg_class is not None and kind != "dangerous":
        return f"dangerous goods in {_article(kind)} block"
    if box.setpoint_c is not None and box.plugged is False and kind != "reefer":
        return f"a working reefer in {_article(kind)} block"
    return None


def _article(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"


# ----------------------------------------------------------------------------------------------------------- overweight
def _heavy(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[BoxRow]:
    mass, policy = func.coalesce(_box.vgm_kg, _box.gross_kg), moment.policy
    length = func.substr(_box.size_type, 1, 1)
    suspect = (
        *(and_(length == first, mass > kg) for first, kg in policy.heaviest_kg.items()),
        func.abs(_box.vgm_kg - _box.gross_kg) > policy.weight_differs * _box.gross_kg,
    )
    here = boxes(session, moment, _here, or_(*suspect))
    return [row for box in here if (row := _weighed(box, moment)) is not None]


def _weighed(box: ContainerRow, moment: Moment) -> BoxRow | None:
    mass = box.vgm_kg if box.vgm_kg is not None else box.gross_kg
    most = moment.policy.heaviest_kg.get((box.size_type or "")[:1])
    if mass is not None and most is not None and mass > most:
        return _row(box, f"{_tonnes(mass)}, at most {_tonnes(most)}", "act", turn="terminal")
    if box.vgm_kg is not None and box.gross_kg:
        share = abs(box.vgm_kg - box.gross_kg) / box.gross_kg
        if share > moment.policy.weight_differs:
            what = f"weighed {_tonnes(box.vgm_kg)}, declared {_tonnes(box.gross_kg)}"
            return _row(box, what, "watch", turn="broker")
    return None


def _tonnes(kg: int) -> str:
    return f"{kg / 1000:.1f} t"


# ---------------------------------------------------------------------------------------------------------------- holds
def _held(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[BoxRow]:
    found = boxes(session, moment, _here, _box.holds.is_not(None), _box.holds != "")
    began = since(session, moment, [box.id for box in found], ("holds",), lambda version: bool(version.holds))
    return [
        _row(box, what, "watch" if box.train else "calm", turn=turn, began=began[box.id])
        for box in found
        for what, turn in (_holds(box),)
    ]


def _holds(box: ContainerRow) -> tuple[str, str | None]:
    """Its holds, and whose turn it is where that is one party's."""
    codes = (box.holds or "").split()
    turns = {HOLD_TURNS.get(code) for code in codes}
    return f"{', '.join(codes)} hold{'s' if len(codes) > 1 else ''}", turns.pop() if len(turns) == 1 else None


LONG_STAYS: View[BoxRow] = View(
    name="long stays", title="Long stays", columns=_LONG_COLUMNS, feeds=FEEDS, read=_long, default_sort="since",
    statement=_LONG,
)  # fmt: skip
WRONG_PLACES = _view("wrong places", "In the wrong place", _misplaced, "risk,where")
OVERWEIGHT = _view("overweight", "Overweight", _heavy, "risk,where")
HOLDS = _view("holds", "Held", _held, "risk,since")
