"""The map of the yard out of what the query says: a mark for each bay, a note for each block, a legend with numbers.

Pure functions. Several bays in one character are told by what they hold together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from widgets import glyphs
from widgets.cells import Line, Span, width_of
from widgets.glyphs import spell
from widgets.heat import KINDS
from widgets.yard_plan import BlockFace, Drawn, Mark

if TYPE_CHECKING:
    from storage.figures.forecast import Full
    from storage.queries.yard import BlockRow
    from storage.queries.yard_map import LegendEntry, MapBay, YardMap

EMPTY = "·"
TENTHS = ((0, 4, "low"), (5, 7, "middle"), (8, 9, "high"), (10, 10, "full"))
"""First and last level of an occupancy, and its heat."""
AGES = ("low", "low", "middle", "high", "full")
TITLES = {
    "occupancy": "occupancy: %, then tenths of raw slots a bay, · empty, F full",
    "dwell": "dwell: the age most boxes of a bay have",
    "train": "outbound train of most boxes in a bay",
    "customs": "customs state of most boxes in a bay",
    "full/empty": "full and empty boxes",
    "reefer": "reefers, the worst of a bay first",
    "dangerous": "dangerous goods by their class",
    "owner": "owner of most boxes in a bay",
}
SHORT_TITLES = {"occupancy": "occupancy: %, tenths of raw slots"}


def title_of(found: YardMap, scale: int) -> str:
    """`Map by occupancy: ...`; several bays in one sign are said so."""
    if scale == 1:
        return spell(f"Map by {TITLES[found.colour_by]}")
    return f"Map by {SHORT_TITLES.get(found.colour_by, TITLES[found.colour_by])}, {scale} bays a sign"


def meaning_of(colouring: str) -> str:
    """What a sign of the map tells in this colouring."""
    title = spell(TITLES[colouring])
    return title.removeprefix(f"{colouring}: ")


def drawn(found: YardMap, full: Mapping[str, Full], wall: Wall) -> Drawn:
    """The blocks as the map widget asks for them; `full`: block id to when it will be full."""
    heats = [heat_of(found, level) for level in range(len(found.legend))]

    def draw(scale: int) -> list[BlockFace]:
        return [
            BlockFace(
                each.block.id,
                each.block.name,
                (_percent(each.block.percent), cells.full_style(each.block.percent)),
                tuple(_mark(found, heats, bays) for bays in _grouped(each.bays, scale)),
                each.block.map_x,
                each.block.map_y,
                notes_of(each.block, full.get(each.block.id), wall),
            )
            for each in found.blocks
        ]

    return draw


def heat_of(found: YardMap, level: int) -> str:
    """The heat of a level: by how much where levels are steps, else what it matters, else one kind as another."""
    entry = found.legend[level]
    if entry.neutral:
        return ""
    if found.colour_by == "occupancy":
        return next(heat for first, last, heat in TENTHS if first <= level <= last)
    if found.scale:
        return AGES[level] if level < len(AGES) else ""
    if entry.level == "act":
        return "full"
    return "high" if entry.level is not None else KINDS[level % len(KINDS)]


def _percent(percent: int | None) -> str:
    return written.UNKNOWN if percent is None else str(percent)


def _grouped(bays: Sequence[MapBay], scale: int) -> Iterator[Sequence[MapBay]]:
    return (bays[first : first + scale] for first in range(0, len(bays), scale))


def _mark(found: YardMap, heats: Sequence[str], bays: Sequence[MapBay]) -> Mark:
    if not found.known:
        return Mark(glyphs.current().unknown, "unknown")
    level = bays[0].level if len(bays) == 1 else _together(found, bays)
    return Mark(spell(EMPTY)) if level is None else Mark(spell(found.legend[level].sign), heats[level])


def _together(found: YardMap, bays: Sequence[MapBay]) -> int | None:
    """The level of several bays: their tenths, else what matters, else what most of their boxes are."""
    if not any(bay.boxes for bay in bays):
        return None
    if found.colour_by == "occupancy":
        raw = sum(bay.raw for bay in bays)
        return min(10, 10 * sum(bay.slots for bay in bays) // raw) if raw else 10
    boxes: Counter[int] = Counter()
    for bay in bays:
        boxes.update(dict(bay.mix))

    def order(level: int) -> tuple[int, int, int]:
        return found.legend[level].order, -boxes[level], level

    return min(boxes, key=order)


def notes_of(block: BlockRow, full: Full | None, wall: Wall) -> tuple[Line, ...]:
    """What there is to say beside a block, long to short."""
    kind = "" if block.kind == "stack" else block.kind
    plugs = f"plugs {written.number(block.plugs_used)} of {block.plugs}" if block.plugs is not None else ""
    brief = f"plugs {written.of(block.plugs_used, block.plugs)}" if plugs else ""
    faulty = [crane for crane in block.cranes if crane.endswith(" fault")]
    alarm: list[Span] = []
    if full is not None:
        alarm.append((f"{cells.risk_sign('watch')} {full_words(full, wall)}", "watch"))
    alarm += [(cells.signed(crane, "act"), "act") for crane in faulty]
    signs: list[Span] = [(words[:1], style) for words, style in alarm]
    choices: list[list[Span]] = []
    for alarms in (alarm, alarm[:1], signs):
        for words in (written.joined((kind, plugs), ", "), plugs, brief, kind, ""):
            choices.append(_spaced([*([(words, "dim")] if words else []), *alarms]))
    return tuple(choice for choice in choices if choice)


def _spaced(spans: Sequence[Span]) -> list[Span]:
    """The spans with a blank between each two."""
    return [(text if not place else f" {text}", style) for place, (text, style) in enumerate(spans)]


def full_words(full: Full, wall: Wall) -> str:
    """`full 12:30`, `full Sat 06:00 at high`, `full now`."""
    at = "now" if full.at <= wall.now else wall.time(full.at)
    return f"full {at}" + (" at high" if full.case == "high" else "")


# -------------------------------------------------------------------------------------------------------------- legend
def legend_lines(found: YardMap, most: int, width: int) -> list[Line]:
    """Every level that there is with its number, in at most `most` lines, in fewer words where they do not fit.

    What does not fit even so is counted.
    """
    if not found.blocks:
        return [[("no block is known", "unknown")]]
    if not found.known:
        return [[(written.not_come(["containers"]), "unknown")]]
    if found.colour_by == "occupancy":
        return _flowing(_tenths(found), found.counted, most, width)
    whole = _flowing(_kinds(found), found.counted, most + 1, width)
    return whole if len(whole) <= most else _flowing(_kinds(found, brief=True), found.counted, most, width)


Entry = tuple[str, str, str, int]
"""Sign, heat, label and number."""


def _flowing(entries: Sequence[Entry], counted_are: str, most: int, width: int) -> list[Line]:
    parts: list[list[Span]] = [
        [(sign, heat), (f" {label} {written.number(count)}", "")] for sign, heat, label, count in entries
    ]
    lines: list[list[Span]] = [[]]
    for place, part in enumerate(parts):
        last = len(lines) == most and place < len(parts) - 1
        more: Span = (f"   {len(parts) - place} more", "dim")
        between: list[Span] = [("   ", "")] if lines[-1] else []
        if width_of([*lines[-1], *between, *part, *([more] if last else [])]) > width and lines[-1]:
            if len(lines) == most:
                lines[-1].append(more)
                break
            lines.append([])
            between = []
        lines[-1] += [*between, *part]
    counted: Span = (f"   {counted_are}", "dim")
    if width_of([*lines[-1], counted]) <= width:
        lines[-1].append(counted)
    return list(lines)


def _tenths(found: YardMap) -> list[Entry]:
    """Levels of one heat together, bays without a box first."""
    empty = sum(bay.level is None for block in found.blocks for bay in block.bays)
    entries = [(spell(EMPTY), "", "empty", empty)]
    for first, last, heat in TENTHS:
        signs = found.legend[first].sign if first == last else f"{found.legend[first].sign}-{found.legend[last].sign}"
        words = {"low": "under half", "middle": "to 80 %", "high": "to full", "full": "full"}[heat]
        entries.append((signs, heat, words, sum(entry.count for entry in found.legend[first : last + 1])))
    return entries


def _kinds(found: YardMap, *, brief: bool = False) -> list[Entry]:
    return [
        (spell(entry.sign), heat_of(found, level), _label(entry, entry.brief if brief else entry.label), entry.count)
        for level, entry in enumerate(found.legend)
        if entry.count
    ]


def _label(entry: LegendEntry, words: str) -> str:
    level = entry.level or ""
    return words if entry.sign == cells.risk_sign(level) else cells.signed(words, level)


def side_lines(side: str, names: Sequence[str], width: int) -> list[Line]:
    """A side of the terminal, `rail side` or `gate side`, as a rule across the map, with the first name that fits."""
    rule = glyphs.current().double.horizontal
    begins: Line = [(f"{side} ", "dim")]
    for name in names:
        named: Line = [(f"{side} {rule * 2} {name} ", "dim")]
        if width_of(named) + 2 <= width:
            begins = named
            break
    return [[*begins, (rule * max(0, width - width_of(begins)), "dim")]]


def track_names(tracks: Sequence[str]) -> tuple[str, ...]:
    """What may stand at the rail side, the most telling first: `tracks 1 to 7`, `tracks 1, 3, 4W`, `7 tracks`."""
    if len(tracks) > 2 and tracks[0].isdecimal():
        first = int(tracks[0])
        if list(tracks) == [str(first + nth) for nth in range(len(tracks))]:
            return (f"tracks {tracks[0]} to {tracks[-1]}",)
    if not tracks:
        return ()
    many = "s" if len(tracks) > 1 else ""
    return f"track{many} {', '.join(tracks)}", f"{len(tracks)} track{many}"
