"""The map of the yard: every block with its bays, coloured by what the planner asks for.

A level is an index into the map's legend, so that a bay is drawn with a few colours or one sign and never by a figure
of its own. A 40-foot box stands in an even bay and is seen in the odd bay at either side of it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from string import ascii_lowercase
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Float, and_, bindparam, case, func, not_, or_, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.expressions import NOW_MS, milliseconds, parameters
from storage.figures.occupancy import in_place, stands
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.readiness import is_dangerous
from storage.figures.risk import Level
from storage.models import Container, Train, table_of
from storage.models.yard import CUSTOMS_PERMISSIONS
from storage.queries.yard import BLOCKS, BlockRow

FEEDS = ("blocks", "containers", "cranes", "trains")

ColourBy = Literal["occupancy", "dwell", "train", "customs", "full/empty", "reefer", "dangerous", "owner"]
COLOURINGS: tuple[ColourBy, ...] = (
    "occupancy", "dwell", "train", "customs", "full/empty", "reefer", "dangerous", "owner",
)  # fmt: skip
FULL_SIGN = "F"
NAMED = 8
"""Trains, or owners, that have a level of their own; the others share one."""

Mix = tuple[tuple[int, int], ...]

_box = table_of(Container).c


class LegendEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A level of the map: its sign where there is no colour, what it means, and how many bays or boxes have it.

    `neutral`: it says that a bay has nothing of what is asked for. `level`: how much it matters, if it does.
    """

    sign: str
    label: str
    count: int
    neutral: bool = False
    level: Level | None = None


class MapBay(msgspec.Struct, frozen=True, kw_only=True):
    """A 20-foot bay, `slots` taken of `raw`. `level` None where nothing stands; `mix`: (level, boxes), that one first.

    `boxes` counts what is seen in this bay, so a 40-foot box is seen in two. `pair`: the even bay whose 40-foot boxes
    stand across it, where there are any.
    """

    bay: int
    boxes: int
    slots: int
    raw: int
    level: int | None
    mix: Mix
    pair: int | None


class MapBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block and its bays from 1 on; none for a heap. `elsewhere`: boxes in it without a bay, or in one it has not."""

    block: BlockRow
    bays: tuple[MapBay, ...]
    elsewhere: int


class YardMap(msgspec.Struct, frozen=True, kw_only=True):
    """All blocks in the order of the map, `map_y` 0 at the rail side. `counted`: what the legend counts.

    `scale`: its levels are steps of one figure, little to much; else they are kinds.
    """

    colour_by: ColourBy
    blocks: tuple[MapBlock, ...]
    legend: tuple[LegendEntry, ...]
    counted: Literal["bays", "boxes"]
    scale: bool


class _Kinds(NamedTuple):
    """How the boxes are told apart: key of a box to its level, and the legend, its counts still 0."""

    level_of: Mapping[Any, int]
    entries: Sequence[LegendEntry]
    other: int


Counts = Mapping[str, Mapping[int | None, Mapping[Any, int]]]
"""Block to bay to key of the boxes to their number."""


def yard_map(session: Session, clock: Clock, colour_by: ColourBy = "occupancy", *, policy: Policy = DEFAULT) -> YardMap:
    """The map at the view's time, coloured by one of `COLOURINGS`."""
    moment = Moment.of(clock, policy)
    blocks = BLOCKS.page(session, clock, policy=policy).rows
    counts = _counts(session, colour_by, moment)
    if colour_by == "occupancy":
        drawn = [_block(block, counts.get(block.id, {}), None) for block in blocks]
        legend = _tenths(drawn)
    else:
        total: Counter[Any] = Counter()
        for by_bay in counts.values():
            for by_key in by_bay.values():
                total.update(by_key)
        kinds = _LEGENDS[colour_by](session, total)
        drawn = [_block(block, counts.get(block.id, {}), kinds) for block in blocks]
        legend = _counted(kinds, total)
    return YardMap(
        colour_by=colour_by, blocks=tuple(drawn), legend=legend,
        counted="bays" if colour_by == "occupancy" else "boxes", scale=colour_by in ("occupancy", "dwell"),
    )  # fmt: skip


def _counts(session: Session, colour_by: ColourBy, moment: Moment) -> Counts:
    """The boxes of each bay by key. Those of the commonest one, None, are what is left of all: most need no sorting."""
    connection = session.connection()
    found: defaultdict[str, dict[int | None, dict[Any, int]]] = defaultdict(dict)
    for block, bay, boxes in connection.execute(_ALL):
        found[block][bay] = {None: boxes}
    if colour_by == "occupancy":
        return found
    key, where = _KEYS[colour_by]
    # The few that are asked for have an index of their own: they are not looked for among all that stand.
    here = stands() if colour_by in _OF_ALL else in_place()
    chosen = (
        select(_box.block_id, _box.bay, key.label("key"), func.count())
        .where(here, where)
        .group_by(_box.block_id, _box.bay, key)
    )
    given = {**parameters(moment), "tolerance": moment.policy.reefer_tolerance}
    for block, bay, kind, boxes in connection.execute(chosen, given):
        if kind is not None and block is not None:
            of_bay = found[block][bay]
            of_bay[kind] = boxes
            of_bay[None] -= boxes
    for by_bay in found.values():
        for of_bay in by_bay.values():
            if not of_bay[None]:
                del of_bay[None]
    return found


_ALL = select(_box.block_id, _box.bay, func.count()).where(stands()).group_by(_box.block_id, _box.bay)


# -------------------------------------------------------------------------------------------------------------- blocks
def _block(block: BlockRow, counts: Mapping[int | None, Mapping[Any, int]], kinds: _Kinds | None) -> MapBlock:
    raw, last = (block.rows or 0) * (block.tiers or 0), 2 * (block.bays or 0)
    boxes = {bay: sum(by_key.values()) for bay, by_key in counts.items()}
    bays = tuple(_bay(bay, raw, counts, boxes, kinds) for bay in range(1, last, 2))
    inside = sum(number for bay, number in boxes.items() if bay is not None and 0 < bay < last)
    return MapBlock(block=block, bays=bays, elsewhere=block.boxes - inside)


def _bay(
    bay: int, raw: int, counts: Mapping[int | None, Mapping[Any, int]], boxes: Mapping[int | None, int],
    kinds: _Kinds | None,
) -> MapBay:  # fmt: skip
    left, own, right = (boxes.get(each, 0) for each in (bay - 1, bay, bay + 1))
    seen = left + own + right
    pair = bay + 1 if right >= left else bay - 1
    if kinds is None:
        level, mix = (None if not seen else _tenth(seen, raw)), Mix()
    else:
        level, mix = _main([counts[each] for each in (bay - 1, bay, bay + 1) if each in counts], kinds)
    return MapBay(
        bay=bay, boxes=seen, slots=seen, raw=raw, level=level, mix=mix, pair=pair if left or right else None
    )  # fmt: skip


def _tenth(slots: int, raw: int) -> int:
    """0 to 9 tenths of raw slots, 10 when all are taken."""
    return min(10, 10 * slots // raw) if raw else 10


def _main(seen: Iterable[Mapping[Any, int]], kinds: _Kinds) -> tuple[int | None, Mix]:
    """The level that matters, else the one most of its boxes have, a neutral one last; and all of them so."""
    levels: dict[int, int] = {}
    for by_key in seen:
        for key, boxes in by_key.items():
            level = kinds.level_of.get(key, kinds.other)
            levels[level] = levels.get(level, 0) + boxes
    if len(levels) < 2:
        return next(iter(levels), None), tuple(levels.items())

    def order(pair: tuple[int, int]) -> tuple[bool, bool, int, int]:
        entry = kinds.entries[pair[0]]
        return entry.neutral, entry.level is None, -pair[1], pair[0]

    mix = tuple(sorted(levels.items(), key=order))
    return mix[0][0], mix


# ------------------------------------------------------------------------------------------------------------- legends
def _tenths(blocks: Iterable[MapBlock]) -> tuple[LegendEntry, ...]:
    bays = Counter(bay.level for block in blocks for bay in block.bays)
    labels = ["under 10 %", *(f"{tenth}0 %" for tenth in range(1, 10)), "full"]
    return tuple(
        LegendEntry(sign=FULL_SIGN if level == 10 else str(level), label=label, count=bays[level])
        for level, label in enumerate(labels)
    )


def _counted(kinds: _Kinds, total: Mapping[Any, int]) -> tuple[LegendEntry, ...]:
    levels: Counter[int] = Counter()
    for key, boxes in total.items():
        levels[kinds.level_of.get(key, kinds.other)] += boxes
    return tuple(msgspec.structs.replace(entry, count=levels[level]) for level, entry in enumerate(kinds.entries))


def _entry(sign: str, label: str, level: Level | None = None, *, neutral: bool = False) -> LegendEntry:
    return LegendEntry(sign=sign, label=label, count=0, neutral=neutral, level=level)


def _fixed(*entries: tuple[Any, LegendEntry]) -> _Kinds:
    """Levels known beforehand; the last one takes what no other does."""
    return _Kinds({key: level for level, (key, _) in enumerate(entries)}, [e for _, e in entries], len(entries) - 1)


AGES = (
    (timedelta(days=1), "under 1 d"), (timedelta(days=3), "1 to 3 d"), (timedelta(days=7), "3 to 7 d"),
    (timedelta(days=14), "7 to 14 d"),
)  # fmt: skip
_OLDEST = "over 14 d"
NEEDLESS = "needless"
"""An empty box of which customs says nothing."""
UNKNOWN = "?"


def _dwell(_session: Session, _total: Mapping[Any, int]) -> _Kinds:
    names = [*(label for _, label in AGES), _OLDEST]
    *younger, oldest = (_entry(str(n), label) for n, label in enumerate(names))
    steps = ((str(n), entry) for n, entry in enumerate(younger))
    return _fixed(*steps, (None, oldest), (UNKNOWN, _entry("?", "not known")))


def _customs(_session: Session, total: Mapping[Any, int]) -> _Kinds:
    signs = {"not declared": "n", "declared": "d", "inspection": "i", "detained": "x", "released": "·"}
    *known, released = ((word, _entry(signs[word], word)) for word in CUSTOMS_PERMISSIONS)
    strange = sorted(key for key in total if key not in (None, NEEDLESS, UNKNOWN, *signs))
    needless = (NEEDLESS, _entry("-", "empty, needs none", neutral=True))
    named = ((word, _entry("!", word)) for word in strange)
    common = (None, _entry(released[1].sign, released[0], neutral=True))
    return _fixed(*known, common, needless, *named, (UNKNOWN, _entry("?", "not known")))


def _full(_session: Session, _total: Mapping[Any, int]) -> _Kinds:
    return _fixed((None, _entry("f", "full")), ("empty", _entry("e", "empty")), (UNKNOWN, _entry("?", "not known")))


def _reefer(_session: Session, _total: Mapping[Any, int]) -> _Kinds:
    return _fixed(
        ("unplugged", _entry("U", "not plugged in", "act")),
        ("off", _entry("D", "off set-point", "act")),
        ("unread", _entry("?", "not read", "unknown")),
        ("good", _entry("r", "at set-point")),
        (None, _entry("·", "no working reefer", neutral=True)),
    )


def _dangerous(_session: Session, total: Mapping[Any, int]) -> _Kinds:
    classes = sorted(str(key) for key in total if key is not None)
    named = [(key, _entry(key[0], f"class {key}" if key != "?" else "class not known")) for key in classes]
    return _fixed(*named, (None, _entry("·", "no dangerous goods", neutral=True)))


def _train(session: Session, total: Mapping[Any, int]) -> _Kinds:
    """The next trains to leave that have boxes here, each with a level; then the later ones together."""
    train = table_of(Train).c
    departs = func.coalesce(train.estimated_departure, train.planned_departure)
    chosen = select(train.id, train.number, train.destination).where(train.id.in_([key for key in total if key]))
    rows = session.connection().execute(chosen.order_by(departs.is_(None), departs, train.number, train.id)).all()
    entries = [
        _entry(ascii_lowercase[n], " to ".join(word for word in (row.number, row.destination) if word))
        for n, row in enumerate(rows[:NAMED])
    ]
    level_of: dict[Any, int] = {row.id: n for n, row in enumerate(rows[:NAMED])}
    entries += [_entry("·", "on no train", neutral=True), _entry("+", "later trains")]
    return _Kinds({**level_of, None: len(entries) - 2}, entries, len(entries) - 1)


def _owner(_session: Session, total: Mapping[Any, int]) -> _Kinds:
    """The owners of most boxes, each with a level; then the others together."""
    named = sorted((key for key in total if key is not None), key=lambda key: (-total[key], key))[:NAMED]
    entries = [_entry(ascii_lowercase[n], str(owner)) for n, owner in enumerate(named)]
    level_of: dict[Any, int] = {owner: n for n, owner in enumerate(named)}
    entries += [_entry("?", "not known"), _entry("+", "others")]
    return _Kinds({**level_of, None: len(entries) - 2}, entries, len(entries) - 1)


_LEGENDS: Mapping[ColourBy, Callable[[Session, Mapping[Any, int]], _Kinds]] = {
    "dwell": _dwell, "train": _train, "customs": _customs, "full/empty": _full, "reefer": _reefer,
    "dangerous": _dangerous, "owner": _owner,
}  # fmt: skip

_age = NOW_MS - milliseconds(_box.received_at)
_tolerance: ColumnElement[float] = bindparam("tolerance", type_=Float())
_oldest = (NOW_MS - milliseconds(_box.received_at)) >= AGES[-1][0] // timedelta(milliseconds=1)
_KEYS: Mapping[ColourBy, tuple[ColumnElement[Any], ColumnElement[bool]]] = {
    "dwell": (
        case(
            (_box.received_at.is_(None), UNKNOWN),
            *((_age < span // timedelta(milliseconds=1), str(n)) for n, (span, _) in enumerate(AGES)),
        ),
        or_(_box.received_at.is_(None), not_(_oldest)),
    ),
    "train": (_box.train_id, and_(_box.train_id.is_not(None), _box.rolled.is_not(True))),
    "customs": (
        case((_box.customs.is_not(None), _box.customs), (_box.full.is_(False), NEEDLESS), else_=UNKNOWN),
        or_(_box.customs != "released", _box.customs.is_(None)),
    ),
    "full/empty": (case((_box.full.is_(False), "empty"), else_=UNKNOWN), _box.full.is_not(True)),
    "reefer": (
        case(
            (_box.plugged.is_(False), "unplugged"),
            (_box.reading_c.is_(None), "unread"),
            (func.abs(_box.reading_c - _box.setpoint_c) > _tolerance, "off"),
            else_="good",
        ),
        _box.setpoint_c.is_not(None),
    ),
    "dangerous": (func.coalesce(_box.imdg_class, UNKNOWN), is_dangerous()),
    "owner": (_box.owner, _box.owner.is_not(None)),
}
"""What tells the boxes apart, and those that are not of the commonest kind."""
_OF_ALL = ("dwell", "customs", "full/empty", "owner")
"""Told from the index of what stands alone."""
