"""The map of the yard: every block with its bays, coloured by what the planner asks for.

A level is an index into the map's legend, so that a bay is drawn with a few colours or one sign and never by a figure
of its own. A 40-foot box stands in an even bay and is seen in the odd bay at either side of it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.expressions import parameters
from storage.figures.occupancy import in_place, stands
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.models import Container, table_of
from storage.queries.yard import BLOCKS, BlockRow
from storage.queries.yard_colours import COLOURINGS, KEYS, LEGENDS, OF_ALL, ColourBy, Kinds, LegendEntry

__all__ = ["COLOURINGS", "FEEDS", "ColourBy", "LegendEntry", "MapBay", "MapBlock", "YardMap", "yard_map"]

FEEDS = ("blocks", "containers", "cranes", "trains")

FULL_SIGN = "F"

Mix = tuple[tuple[int, int], ...]

_box = table_of(Container).c


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
        kinds = LEGENDS[colour_by](session, total)
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
    key, where = KEYS[colour_by]
    # The few that are asked for have an index of their own: they are not looked for among all that stand.
    here = stands() if colour_by in OF_ALL else in_place()
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
def _block(block: BlockRow, counts: Mapping[int | None, Mapping[Any, int]], kinds: Kinds | None) -> MapBlock:
    raw, last = (block.rows or 0) * (block.tiers or 0), 2 * (block.bays or 0)
    boxes = {bay: sum(by_key.values()) for bay, by_key in counts.items()}
    bays = tuple(_bay(bay, raw, counts, boxes, kinds) for bay in range(1, last, 2))
    inside = sum(number for bay, number in boxes.items() if bay is not None and 0 < bay < last)
    return MapBlock(block=block, bays=bays, elsewhere=block.boxes - inside)


def _bay(
    bay: int, raw: int, counts: Mapping[int | None, Mapping[Any, int]], boxes: Mapping[int | None, int],
    kinds: Kinds | None,
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


def _main(seen: Iterable[Mapping[Any, int]], kinds: Kinds) -> tuple[int | None, Mix]:
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


def _counted(kinds: Kinds, total: Mapping[Any, int]) -> tuple[LegendEntry, ...]:
    levels: Counter[int] = Counter()
    for key, boxes in total.items():
        levels[kinds.level_of.get(key, kinds.other)] += boxes
    return tuple(msgspec.structs.replace(entry, count=levels[level]) for level, entry in enumerate(kinds.entries))
