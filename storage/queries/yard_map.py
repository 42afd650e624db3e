"""The map of the yard: every block with its bays, coloured by what the planner asks for.

A level is an index into the map's legend, so that a bay is drawn with a few colours or one sign and never by a figure
of its own. A 40-foot box stands in an even bay and is seen in the odd bay at either side of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.models import Track, table_of
from storage.queries.yard import BLOCKS, BlockRow
from storage.queries.yard_colours import COLOURINGS, LEGENDS, ColourBy, Kinds, LegendEntry
from storage.queries.yard_counts import counts

__all__ = ["COLOURINGS", "FEEDS", "ColourBy", "LegendEntry", "MapBay", "MapBlock", "YardMap", "yard_map"]

FEEDS = ("blocks", "containers", "cranes", "trains", "tracks")

FULL_SIGN = "F"
NUMERALS = 9
"""Tracks are put in order by numbers of up to so many numerals."""

Mix = tuple[tuple[int, int], ...]


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

    `scale`: its levels are steps of one figure, little to much; else they are kinds. `tracks`: those at the rail side,
    by name. `known`: the boxes have come; before that a bay in which none is seen is not empty.
    """

    colour_by: ColourBy
    blocks: tuple[MapBlock, ...]
    tracks: tuple[str, ...]
    legend: tuple[LegendEntry, ...]
    counted: Literal["bays", "boxes"]
    scale: bool
    known: bool = True


def yard_map(session: Session, clock: Clock, colour_by: ColourBy = "occupancy", *, policy: Policy = DEFAULT) -> YardMap:
    """The map at the view's time, coloured by one of `COLOURINGS`."""
    moment = Moment.of(clock, policy)
    blocks = BLOCKS.page(session, clock, policy=policy).rows
    known = all(block.boxes is not None for block in blocks)
    found = counts(session, colour_by, moment) if known else {}
    if colour_by == "occupancy":
        drawn = [_block(block, found.get(block.id, {}), None) for block in blocks]
        legend = _tenths(drawn)
    else:
        total: Counter[Any] = Counter()
        for by_bay in found.values():
            for by_key in by_bay.values():
                total.update(by_key)
        kinds = LEGENDS[colour_by](session, total)
        drawn = [_block(block, found.get(block.id, {}), kinds) for block in blocks]
        legend = _counted(kinds, total)
    return YardMap(
        colour_by=colour_by, blocks=tuple(drawn), tracks=_tracks(session), legend=legend,
        counted="bays" if colour_by == "occupancy" else "boxes", scale=colour_by in ("occupancy", "dwell"),
        known=known,
    )  # fmt: skip


def _tracks(session: Session) -> tuple[str, ...]:
    names = session.connection().execute(select(table_of(Track).c.name)).scalars()
    return tuple(sorted(names, key=lambda name: (not name.isdecimal(), name.zfill(NUMERALS))))


# -------------------------------------------------------------------------------------------------------------- blocks
def _block(block: BlockRow, counts: Mapping[int | None, Mapping[Any, int]], kinds: Kinds | None) -> MapBlock:
    raw, last = (block.rows or 0) * (block.tiers or 0), 2 * (block.bays or 0)
    boxes = {bay: sum(by_key.values()) for bay, by_key in counts.items()}
    bays = tuple(_bay(bay, raw, counts, boxes, kinds) for bay in range(1, last, 2))
    inside = sum(number for bay, number in boxes.items() if bay is not None and 0 < bay < last)
    return MapBlock(block=block, bays=bays, elsewhere=0 if block.boxes is None else block.boxes - inside)


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
    """The level that matters most, else the one most of its boxes have, a neutral one last; and all of them so."""
    levels: dict[int, int] = {}
    for by_key in seen:
        for key, boxes in by_key.items():
            level = kinds.level_of.get(key, kinds.other)
            levels[level] = levels.get(level, 0) + boxes
    if len(levels) < 2:
        return next(iter(levels), None), tuple(levels.items())

    def order(pair: tuple[int, int]) -> tuple[int, int, int]:
        return kinds.entries[pair[0]].order, -pair[1], pair[0]

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
