"""How full the yard is now and will be, by block, by kind and in all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

import msgspec
from sqlalchemy import Select, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.forecast import HORIZONS, Change, Full, Outlook, full_at, outlook, together
from storage.figures.occupancy import percent
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.figures.sums import less
from storage.queries.columns import Column
from storage.queries.feeds import awaited, not_come
from storage.queries.views import View
from storage.queries.yard import BLOCKS, IN_UNKNOWN, BlockRow, KindRow, by_kind, in_unknown_blocks, whole_yard
from storage.queries.yard import FEEDS as YARD_FEEDS
from storage.queries.yard_changes import FEEDS as CHANGES_FEEDS
from storage.queries.yard_changes import Shares, shares_of
from storage.queries.yard_changes import changes as changes_of

FEEDS = tuple(dict.fromkeys((*YARD_FEEDS, *CHANGES_FEEDS)))


class OccupancyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A block, a kind, what has no block planned, or all. `ahead`: one outlook a horizon; `id` of a block only.

    `capacity` in TEU and `percent` of it are None where it is unknown, or there is none; so is `now` before the boxes
    have come, and there is no `ahead` before all has that it takes.
    """

    name: str
    id: str | None = None
    kind: str | None = None
    now: float | None
    capacity: float | None
    percent: int | None
    ahead: tuple[Outlook, ...]
    full: Full | None


class OccupancyForecast(msgspec.Struct, frozen=True, kw_only=True):
    """Every line at `horizons` from `now`. `unplanned`: inbound boxes without a planned block, in no block's line.

    `unknown`: what stands in blocks that nobody knows, if anything does, so many `strays`; it is in the line of all,
    but not in how full that is.
    `missing`: feeds that have not come yet, for want of which nothing can be told ahead.
    """

    now: datetime
    horizons: tuple[timedelta, ...]
    blocks: tuple[OccupancyLine, ...]
    kinds: tuple[OccupancyLine, ...]
    unplanned: OccupancyLine
    unknown: OccupancyLine | None = None
    strays: int | None = None
    all: OccupancyLine
    shares: Shares
    missing: tuple[str, ...] = ()


def occupancy_forecast(
    session: Session, clock: Clock, blocks: Sequence[BlockRow] | None = None, *, policy: Policy = DEFAULT
) -> OccupancyForecast:
    """The forecast at the view's time, of the blocks as they were read for it, by default now."""
    if blocks is None:
        blocks = BLOCKS.page(session, clock, policy=policy).rows
    return _forecast(session, Moment.of(clock, policy), blocks)


def _forecast(session: Session, moment: Moment, blocks: Sequence[BlockRow]) -> OccupancyForecast:
    missing = (*not_come(session, ("blocks", "containers")), *awaited(session, CHANGES_FEEDS))
    shares = shares_of(session, moment)
    known = {block.id for block in blocks}
    changes = together(changes_of(session, known, shares, moment))
    by_block: defaultdict[str | None, list[Change]] = defaultdict(list)
    for change in changes:
        by_block[change.block].append(change)
    lines = [_line(block.name, block.teu, block.working_teu, by_block[block.id], moment, block) for block in blocks]
    kinds = [_kind(kind.kind, kind.teu, kind.working_teu, blocks, by_block, moment) for kind in by_kind(blocks)]
    strays = in_unknown_blocks(session, blocks, moment.policy)
    astray = [change for change in changes if change.block is not None and change.block not in known]
    everything = whole_yard(session, blocks, strays)
    found = OccupancyForecast(
        now=moment.now, horizons=HORIZONS, blocks=tuple(lines), kinds=tuple(kinds),
        unplanned=_line("no block planned yet", 0.0, None, by_block[None], moment),
        unknown=_line(IN_UNKNOWN, strays.teu, None, astray, moment) if strays else None,
        strays=strays.boxes if strays else None,
        all=_all(everything, strays, known, changes, moment), shares=shares,
    )  # fmt: skip
    return _only_now(found, missing) if missing else found


def _only_now(found: OccupancyForecast, missing: Iterable[str]) -> OccupancyForecast:
    """Without what it says of any time ahead."""

    def cut(line: OccupancyLine) -> OccupancyLine:
        return msgspec.structs.replace(line, ahead=(), full=None)

    return msgspec.structs.replace(
        found, blocks=tuple(map(cut, found.blocks)), kinds=tuple(map(cut, found.kinds)),
        unplanned=cut(found.unplanned), unknown=found.unknown and cut(found.unknown), all=cut(found.all),
        missing=tuple(dict.fromkeys(missing)),
    )  # fmt: skip


def _kind(
    kind: str, teu: float | None, capacity: float | None, blocks: Iterable[BlockRow],
    by_block: Mapping[str | None, Sequence[Change]], moment: Moment,
) -> OccupancyLine:  # fmt: skip
    changes = [change for block in blocks if block.kind == kind for change in by_block[block.id]]
    return _line(kind, teu, capacity, changes, moment)


def _all(
    everything: KindRow, strays: KindRow | None, known: Collection[str], changes: Iterable[Change], moment: Moment
) -> OccupancyLine:
    """All that stands and comes; how full it is tell the `known` blocks, which have all the capacity there is."""
    once = [change for change in changes if not change.between]
    line = _line("all", everything.teu, everything.working_teu, once, moment)
    if strays is None:
        return line
    theirs = [change for change in once if change.block is None or change.block in known]
    of_known = _line("all", less(everything.teu, strays.teu), everything.working_teu, theirs, moment)
    return msgspec.structs.replace(line, percent=of_known.percent, full=of_known.full)


def _line(
    name: str, teu: float | None, capacity: float | None, changes: Sequence[Change], moment: Moment,
    block: BlockRow | None = None,
) -> OccupancyLine:  # fmt: skip
    return OccupancyLine(
        name=name, id=block.id if block else None, kind=block.kind if block else None, now=teu, capacity=capacity,
        percent=percent(teu, capacity),
        ahead=() if teu is None else tuple(outlook(teu, changes, moment.now + span) for span in HORIZONS),
        full=None if teu is None else full_at(teu, changes, capacity, moment.now),
    )  # fmt: skip


# ----------------------------------------------------------------------------------------------------- blocks as a list
class YardRow(BlockRow, frozen=True, kw_only=True):
    """A block and how full it will be, TEU at each of `HORIZONS`; see `YARD`."""

    low_4: float | None
    expected_4: float | None
    high_4: float | None
    low_12: float | None
    expected_12: float | None
    high_12: float | None
    low_24: float | None
    expected_24: float | None
    high_24: float | None
    low_48: float | None
    expected_48: float | None
    high_48: float | None
    full_at: datetime | None
    full_case: str | None


_HOURS = [span // timedelta(hours=1) for span in HORIZONS]


def _ahead(hours: int) -> tuple[Column, ...]:
    return (
        Column(f"low_{hours}", f"+{hours} h low", "number", "When all that may leave leaves.", "TEU"),
        Column(f"expected_{hours}", f"+{hours} h", "number", "Expected by what became of others.", "TEU"),
        Column(f"high_{hours}", f"+{hours} h high", "number", "When only what is ready leaves.", "TEU"),
    )


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[YardRow]:
    blocks = BLOCKS.read(session, select(), moment)
    forecast = _forecast(session, moment, blocks)
    rows = [_row(block, line) for block, line in zip(blocks, forecast.blocks, strict=True)]
    if forecast.unknown is not None:
        rows.append(_row(_no_block(forecast.unknown, "unknown", forecast.strays), forecast.unknown))
    if any(at.high for at in forecast.unplanned.ahead):
        rows.append(_row(_no_block(forecast.unplanned, "unplanned", 0), forecast.unplanned))
    return rows


def _no_block(line: OccupancyLine, kind: str, boxes: int | None) -> BlockRow:
    """What is in none of the blocks, as one of them: without it their sum is not what stands, or will."""
    row: dict[str, Any] = dict.fromkeys(BlockRow.__struct_fields__)
    return BlockRow(
        **row | {"id": line.name, "name": line.name, "kind": kind, "cranes": (), "boxes": boxes, "teu": line.now}
    )


def _row(block: BlockRow, line: OccupancyLine) -> YardRow:
    ahead: dict[str, Any] = {
        f"{case}_{hours}": getattr(at, case, None)
        for hours, at in zip_longest(_HOURS, line.ahead)
        for case in Outlook._fields
    }
    return YardRow(
        **msgspec.structs.asdict(block), **ahead, full_at=line.full.at if line.full else None,
        full_case=line.full.case if line.full else None,
    )  # fmt: skip


YARD: View[YardRow] = View(
    name="yard", title="Yard",
    columns=(
        *BLOCKS.columns[:-1], *(column for hours in _HOURS for column in _ahead(hours)),
        Column("full_at", "Full at", "time", "When it will be full, within 48 hours."),
        Column("full_case", "Case", "text", "In which case: expected or high."), BLOCKS.columns[-1],
    ),
    feeds=FEEDS, read=_read, default_sort="",
)  # fmt: skip
"""Every block, in the order of the map, with what it will hold; last what stands in blocks that nobody knows, and what
is to come and has no block yet."""
