"""What colours the map of the yard: what tells the boxes apart, and the legend of each colouring."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from string import ascii_lowercase
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session

from storage.figures.reefers import GOOD, NONE, OFF, OLD, STATES, UNDATED, UNPLUGGED
from storage.figures.risk import LEVELS, Level
from storage.figures.tally import NEEDLESS
from storage.models import Container, Train, table_of
from storage.models.yard import CUSTOMS_PERMISSIONS

ColourBy = Literal["occupancy", "dwell", "train", "customs", "full/empty", "reefer", "dangerous", "owner"]
COLOURINGS: tuple[ColourBy, ...] = (
    "occupancy", "dwell", "train", "customs", "full/empty", "reefer", "dangerous", "owner",
)  # fmt: skip
BRIEF = 10
"""Characters of an owner's name in few words."""
NAMED = 8
"""Trains, or owners, that have a level of their own; the others share one."""

_box = table_of(Container).c


class LegendEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A level of the map: its sign where there is no colour, what it means, and how many bays or boxes have it.

    `neutral`: it says that a bay has nothing of what is asked for. `level`: how much it matters, if it does. `brief`:
    what it means in fewer words.
    """

    sign: str
    label: str
    count: int
    neutral: bool = False
    level: Level | None = None
    brief: str = ""

    @property
    def order(self) -> int:
        """Among the levels of a bay: what matters most first, neutral ones last."""
        return len(LEVELS) + 1 if self.neutral else len(LEVELS) if self.level is None else LEVELS.index(self.level)


class Kinds(NamedTuple):
    """How the boxes are told apart: key of a box to its level, and the legend, its counts still 0."""

    level_of: Mapping[Any, int]
    entries: Sequence[LegendEntry]
    other: int


def _entry(sign: str, label: str, level: Level | None = None, *, neutral: bool = False, brief: str = "") -> LegendEntry:
    return LegendEntry(sign=sign, label=label, count=0, neutral=neutral, level=level, brief=brief or label)


def _fixed(*entries: tuple[Any, LegendEntry]) -> Kinds:
    """Levels known beforehand; the last one takes what no other does."""
    return Kinds({key: level for level, (key, _) in enumerate(entries)}, [e for _, e in entries], len(entries) - 1)


AGES = (
    (timedelta(days=1), "under 1 d"), (timedelta(days=3), "1 to 3 d"), (timedelta(days=7), "3 to 7 d"),
    (timedelta(days=14), "7 to 14 d"),
)  # fmt: skip
_OLDEST = "over 14 d"
UNKNOWN = "?"


def _dwell(_session: Session, _total: Mapping[Any, int]) -> Kinds:
    names = [*(label for _, label in AGES), _OLDEST]
    *younger, oldest = (_entry(str(n), label) for n, label in enumerate(names))
    return _fixed(*enumerate(younger), (len(younger), oldest), (None, _entry("?", "not known")))


def _customs(_session: Session, total: Mapping[Any, int]) -> Kinds:
    signs = {"not declared": "n", "declared": "d", "inspection": "i", "detained": "x", "released": "·"}
    known = ((word, _entry(signs[word], word, neutral=word == "released")) for word in CUSTOMS_PERMISSIONS)
    strange = sorted(key for key in total if key not in (None, NEEDLESS, *signs))
    needless = (NEEDLESS, _entry("-", "empty, needs none", neutral=True))
    named = ((word, _entry("!", word)) for word in strange)
    return _fixed(*known, needless, *named, (None, _entry("?", "not known")))


def _full(_session: Session, _total: Mapping[Any, int]) -> Kinds:
    return _fixed(("full", _entry("f", "full")), ("empty", _entry("e", "empty")), (None, _entry("?", "not known")))


REEFERS = {
    UNPLUGGED: ("U", UNPLUGGED), OFF: ("D", OFF), OLD: ("o", "reading too old"), NONE: ("?", NONE),
    UNDATED: ("t", UNDATED), GOOD: ("r", GOOD),
}  # fmt: skip
"""State of a reefer to its sign and its label."""


def _reefer(_session: Session, _total: Mapping[Any, int]) -> Kinds:
    return _fixed(
        *((state, _entry(sign, label, _level(state))) for state, (sign, label) in REEFERS.items()),
        (None, _entry("·", "no working reefer", neutral=True)),
    )


def _level(state: str) -> Level | None:
    return None if STATES[state] == "calm" else STATES[state]


def _dangerous(_session: Session, total: Mapping[Any, int]) -> Kinds:
    classes = sorted(str(key) for key in total if key is not None)
    named = [(key, _entry(key[0], f"class {key}" if key != "?" else "class not known")) for key in classes]
    return _fixed(*named, (None, _entry("·", "no dangerous goods", neutral=True)))


def _train(session: Session, total: Mapping[Any, int]) -> Kinds:
    """The next trains to leave that have boxes here, each with a level; then the later ones together."""
    train = table_of(Train).c
    departs = func.coalesce(train.estimated_departure, train.planned_departure)
    chosen = select(train.id, train.number, train.destination).where(train.id.in_([key for key in total if key]))
    rows = session.connection().execute(chosen.order_by(departs.is_(None), departs, train.number, train.id)).all()
    entries = [
        _entry(
            ascii_lowercase[n], " to ".join(word for word in (row.number, row.destination) if word), brief=row.number
        )
        for n, row in enumerate(rows[:NAMED])
    ]
    level_of: dict[Any, int] = {row.id: n for n, row in enumerate(rows[:NAMED])}
    entries += [_entry("·", "on no train", neutral=True), _entry("+", "later trains")]
    return Kinds({**level_of, None: len(entries) - 2}, entries, len(entries) - 1)


def _owner(_session: Session, total: Mapping[Any, int]) -> Kinds:
    """The owners of most boxes, each with a level; then the others together."""
    named = sorted((key for key in total if key is not None), key=lambda key: (-total[key], key))[:NAMED]
    entries = [_entry(ascii_lowercase[n], owner, brief=owner[:BRIEF].rstrip()) for n, owner in enumerate(named)]
    level_of: dict[Any, int] = {owner: n for n, owner in enumerate(named)}
    entries += [_entry("?", "not known"), _entry("+", "others")]
    return Kinds({**level_of, None: len(entries) - 2}, entries, len(entries) - 1)


LEGENDS: Mapping[ColourBy, Callable[[Session, Mapping[Any, int]], Kinds]] = {
    "dwell": _dwell, "train": _train, "customs": _customs, "full/empty": _full, "reefer": _reefer,
    "dangerous": _dangerous, "owner": _owner,
}  # fmt: skip
