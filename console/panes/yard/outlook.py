"""Occupancy now and ahead: a chart against the working capacity, what is said of it in words, facts of a block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from console.panes.yard.map import full_words
from widgets.cells import Cell, Line
from widgets.chart import Reach, reach_bar, sparkline
from widgets.columns import Column
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.queries.occupancy import OccupancyForecast, OccupancyLine
    from storage.queries.occupancy_history import Standing
    from storage.queries.yard import BlockRow
    from storage.queries.yard_map import MapBlock

ALL, UNPLANNED, UNKNOWN_BLOCKS, BLOCK = "all", "unplanned", "unknown blocks", "block "
"""Keys of the rows that are no kind; a block's id follows the last one."""
UNPLANNED_BOXES = "block:-- planned_block_id:-- -place:wagon -place:gone -place:crane -state:loaded -state:departed"
"""The filter of the boxes in the line that is no block's."""
KIND_COLUMNS = (
    Column("kind", "Kind", 12),
    Column("now", "now", 6, align="right"),
    Column("capacity", "of TEU", 6, align="right"),
    Column("percent", "full", 6, align="right"),
)
HISTORY_DAYS = 14
FIGURES = 31
"""Cells of the figures before a bar."""


def kind_rows(forecast: OccupancyForecast) -> list[Row]:
    """All blocks, each kind, what stands in unknown ones, what comes without a block; then each block."""
    lines = [(ALL, "All blocks", forecast.all), *((line.name, line.name.capitalize(), line) for line in forecast.kinds)]
    rows = [_kind_row(key, name, line) for key, name, line in lines]
    if forecast.unknown is not None:
        rows.append(_kind_row(UNKNOWN_BLOCKS, "Unknown", forecast.unknown))
    coming = forecast.unplanned.ahead[-1].high if forecast.unplanned.ahead else 0.0
    if coming:
        rows.append(Row(UNPLANNED, (Cell("No block yet"), Cell(), Cell(), Cell())))
    return rows + [_kind_row(f"{BLOCK}{line.id}", f"  {line.name}", line) for line in forecast.blocks]


def _kind_row(key: str, name: str, line: OccupancyLine) -> Row:
    style = cells.full_style(line.percent)
    percent = written.UNKNOWN if line.percent is None else f"{line.percent} %"
    sign = cells.risk_sign(style) if style in ("act", "watch") else ""
    return Row(
        key,
        (
            Cell(name, "strong" if key == ALL else ""),
            Cell(written.number(line.now)),
            Cell(written.number(line.capacity)),
            Cell(sign + percent, style),
        ),
    )


def line_of(forecast: OccupancyForecast, key: str | None) -> OccupancyLine:
    """The line of a row above; all of it for a key that is not among them."""
    if key == UNPLANNED:
        return forecast.unplanned
    if key == UNKNOWN_BLOCKS and forecast.unknown is not None:
        return forecast.unknown
    if key is not None and key.startswith(BLOCK):
        return next((line for line in forecast.blocks if line.id == key.removeprefix(BLOCK)), forecast.all)
    return next((line for line in forecast.kinds if line.name == key), forecast.all)


def reaches(line: OccupancyLine, forecast: OccupancyForecast) -> list[Reach]:
    """The line at each time, now first."""
    known = line.ahead or (None,) * len(forecast.horizons)
    ahead = [
        Reach(f"+{span.total_seconds() / 3600:g} h", at and at.low, at and at.expected, at and at.high)
        for span, at in zip(forecast.horizons, known, strict=True)
    ]
    return [Reach("now", line.now, line.now, line.now), *ahead]


def chart_lines(line: OccupancyLine, forecast: OccupancyForecast, width: int) -> list[Line]:
    """A line for each time: low, expected, high, and their bar; the capacity is where the mark in all bars is."""
    shown = reaches(line, forecast)
    most = max((value for reach in shown for value in (reach.high, reach.expected) if value), default=0.0)
    most = max(most, line.capacity or 0.0)
    room = max(10, width - FIGURES - 1)
    heading = f"{'':6}{'low':>7}{'expected':>9}{'high':>7}  "
    capacity = _capacity_words(line, forecast, room)
    lines: list[Line] = [[(heading, "header"), (capacity, "dim")]]
    for place, reach in enumerate(shown):
        figures = (
            f"{'':7}{written.number(reach.expected):>9}{'':7}"
            if not place
            else f"{_whole(reach.low):>7}{_whole(reach.expected):>9}{_whole(reach.high):>7}"
        )
        lines.append(
            [(f"{reach.label:6}", "strong"), (f"{figures}  ", ""), *reach_bar(reach, line.capacity, most, room)]
        )
    return lines


def _capacity_words(line: OccupancyLine, forecast: OccupancyForecast, room: int) -> str:
    """What the mark in all bars is; nothing for what has no block. All bars hold what is astray too."""
    if line is forecast.unplanned:
        return ""
    if line.capacity is None:
        return _fitting(("working capacity not known", "capacity --"), room)
    of_known = " of known blocks" if line is forecast.all and forecast.unknown is not None else ""
    teu = _teu(line.capacity)
    return _fitting((f"| working capacity {teu}{of_known}", f"| {teu}{of_known}", f"| {teu}"), room)


def _fitting(words: Sequence[str], room: int) -> str:
    """The first of these that fits, else the last."""
    return next((each for each in words if len(each) <= room), words[-1])


def _whole(value: float | None) -> str:
    return written.UNKNOWN if value is None else written.number(round(value))


def _teu(value: float) -> str:
    return written.number(round(value), "TEU")


def full_lines(forecast: OccupancyForecast, wall: Wall) -> list[Line]:
    """When blocks will be full, in words, the first first; what comes without a block."""
    full = sorted((line.full.at, line.name, line) for line in forecast.blocks if line.full is not None)
    words = [f"{line.name} {full_words(line.full, wall)}" for _, _, line in full if line.full is not None]
    said: list[Line] = []
    if forecast.missing:
        said.append([(written.not_come(forecast.missing), "unknown")])
    elif words:
        said.append([(cells.signed(", ".join(words), "watch"), "watch")])
    else:
        hours = forecast.horizons[-1].total_seconds() / 3600
        said.append([(f"no block will be full within {hours:g} h", "")])
    if forecast.unknown is not None and forecast.strays is not None:
        teu = written.number(forecast.unknown.now, "TEU")
        stands = f"{forecast.unknown.name}: {written.boxes(forecast.strays)}, {teu}"
        said.append([(cells.signed(stands, "unknown"), "unknown")])
    coming = forecast.unplanned.ahead[-1].high if forecast.unplanned.ahead else 0.0
    if coming:
        said.append([(f"no block planned yet: {_teu(coming)} inbound, in no block's figure", "")])
    return said


def history_lines(history: Sequence[Standing]) -> list[Line]:
    """The TEU of the two weeks behind as bars, two a day, with the least and the most of them."""
    known = [standing.teu for standing in history if standing.teu is not None]
    if not known:
        return [[(f"{HISTORY_DAYS} days {written.UNKNOWN} till the next full hour", "dim")]] if history else []
    bars = sparkline([standing.teu for standing in history], 2 * HISTORY_DAYS)
    least, most = written.number(round(min(known))), _teu(max(known))
    reach = most if most.startswith(f"{least} ") else f"{least} to {most}"
    return [[(f"{HISTORY_DAYS} days ", ""), (bars, "ready"), (f" {reach}", "")]]


def block_lines(
    at: MapBlock, line: OccupancyLine | None, forecast: OccupancyForecast | None, rehandles: int | None, wall: Wall
) -> list[Line]:
    """The facts of a block in a narrow column."""
    block = at.block
    style = cells.full_style(block.percent)
    percent = written.UNKNOWN if block.percent is None else f"{block.percent} %"
    capacity = f"{written.number(block.teu)} of {written.number(block.working_teu, 'TEU')}, "
    lines: list[Line] = [
        [(capacity, ""), (percent, style)],
        [(f"raw {written.number(block.raw_teu)}, factor {_factor(block.factor)}", "dim")],
        [(_boxes(block), "" if block.boxes is not None else "unknown")],
    ]
    if block.teu_unknown:
        lines.append([(f"{block.teu_unknown} of unknown size", "unknown")])
    if at.bays and at.elsewhere:
        lines.append([(f"{written.number(at.elsewhere)} in none of its bays", "unknown")])
    if line is not None and forecast is not None:
        lines += _ahead_lines(line, forecast, wall)
    lines.append([(f"reserved {written.number(block.reserved_teu, 'TEU')}", "")])
    if rehandles is not None:
        lines.append([(f"rehandles 12 h: {written.number(rehandles)}", "")])
    if block.plugs is not None:
        used, free = written.number(block.plugs_used), written.number(block.plugs_free)
        lines.append([(f"plugs {used} of {block.plugs}, {free} free", "")])
    lines += [[(crane, "late" if crane.endswith(" fault") else "")] for crane in block.cranes]
    return lines


def _boxes(block: BlockRow) -> str:
    return f"{written.UNKNOWN} boxes" if block.boxes is None else written.boxes(block.boxes)


def _factor(factor: float | None) -> str:
    return written.UNKNOWN if factor is None else f"{factor:.2f}"


def _ahead_lines(line: OccupancyLine, forecast: OccupancyForecast, wall: Wall) -> list[Line]:
    lines: list[Line] = []
    for span, at in zip(forecast.horizons, line.ahead, strict=False):
        hours = span.total_seconds() / 3600
        if hours == 12 and line.capacity:
            low, high = (round(100 * value / line.capacity) for value in (at.low, at.high))
            reach = f"{low}" if low == high else f"{low}-{high}"
            lines.append([(f"in {hours:g} h {reach} %", cells.full_style(high))])
    if line.full is not None:
        lines.append([(cells.signed(full_words(line.full, wall), "watch"), "watch")])
    return lines


def facts_in_rows(lines: Sequence[Line], width: int, between: str = "   ") -> list[Line]:
    """Short lines put side by side, as many as fit in one of `width` cells."""
    rows: list[list[tuple[str, str]]] = [[]]
    taken = 0
    for line in lines:
        size = sum(len(text) for text, _ in line)
        if taken and taken + len(between) + size > width:
            rows.append([])
            taken = 0
        if taken:
            rows[-1].append((between, ""))
            taken += len(between)
        rows[-1] += line
        taken += size
    return list(rows)
