"""Cells that several panes write: risk, lateness, cut-offs, readiness, freshness. Pure functions of rows and a wall."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console import format as written
from console.format import UNKNOWN, Wall
from widgets import glyphs
from widgets.bars import fill_percent, partition_bar
from widgets.cells import Cell, Span

if TYPE_CHECKING:
    from storage.figures.readiness import Class, Readiness

LATE = 15
"""Minutes up to which late is on time."""
FULL, NEARLY_FULL = 100, 85
"""Per cent of working capacity at which somebody must act, and from which it wants watching."""
SIGNED = ("act", "watch", "unknown")
VGM = re.compile(r"\bvgm\b")
CUTOFF_WORDS = {"documents": "docs", "vgm": "VGM", "dangerous": "DG"}
RISK_STYLES = {"act": "act", "watch": "watch", "unknown": "unknown", "calm": "dim"}
CLASS_STYLES = {
    "loaded": "loaded",
    "ready": "ready",
    "customs": "customs",
    "held": "held",
    "due": "due",
    "no ETA": "no-eta",
    "late": "missed",
}


def risk_sign(level: str) -> str:
    """The sign of a risk in the chosen set."""
    chosen = glyphs.current()
    signs = {"act": chosen.act, "watch": chosen.watch, "calm": chosen.nothing}
    return signs.get(level, chosen.unknown)


def risk_cell(level: str, *, unsure: bool = False) -> Cell:
    """The sign of a risk; judged from old data it has a `?` beside."""
    return Cell(risk_sign(level) + ("?" if unsure and level != "unknown" else ""), RISK_STYLES.get(level, "unknown"))


def signed(text: str, level: str) -> str:
    """The text with the sign of a level that wants somebody before it: a colour alone never says so."""
    return f"{risk_sign(level)} {text}" if level in SIGNED else text


def trade_words(words: str) -> str:
    """Words of a figure as the trade writes them: `VGM cut-off passed`."""
    return VGM.sub("VGM", words)


def text_cell(text: str | None, style: str = "") -> Cell:
    """Text as it came; nothing where there is none."""
    return Cell(text or "", style)


def number_cell(value: float | None, style: str = "") -> Cell:
    """A number, unknown `--`."""
    return Cell(written.number(value), style if value is not None else "dim")


def time_cell(moment: datetime | None, wall: Wall, style: str = "") -> Cell:
    """A time in nine cells, unknown `--`."""
    return Cell(wall.brief(moment), style if moment is not None else "dim")


def planned_cell(planned: datetime | None, wall: Wall) -> Cell:
    """A planned time beside an estimated one, which says its day, and beside how late that is."""
    return Cell(UNKNOWN, "dim") if planned is None else Cell(f"{wall.local(planned):%H:%M}")


def estimated_cell(estimated: datetime | None, planned: datetime | None, wall: Wall) -> Cell:
    """An estimated (or actual) time; without one `--`, with the day of the plan when that is another one."""
    if estimated is not None or planned is None:
        return time_cell(estimated, wall)
    day = wall.brief(planned).removesuffix(f"{wall.local(planned):%H:%M}")
    return Cell(f"{day.strip()} {UNKNOWN}".lstrip(), "dim")


def late_cell(minutes: int | None) -> Cell:
    """How late against plan; over a quarter of an hour it stands out."""
    if minutes is None:
        return Cell(UNKNOWN, "unknown")
    return Cell(written.late(minutes), "late" if minutes > LATE else "dim" if minutes <= 0 else "")


LONG_AHEAD = timedelta(hours=10)


def cutoff_text(name: str, at: datetime | None, wall: Wall, room: int = 12) -> str:
    """`gate in 0:19`, `customs 0:34` where the room is short, `VGM past`; `gate in 18 h`, which no time of day is."""
    word = CUTOFF_WORDS.get(name, name)
    left = wall.until(at)
    if at is not None and at - wall.now >= LONG_AHEAD:
        left = f"in {(at - wall.now) // timedelta(hours=1)} h"
    text = f"{word} {left}"
    return text if len(text) <= room else f"{word} {left.removeprefix('in ')}"


def cutoff_cell(name: str | None, at: datetime | None, wall: Wall) -> Cell:
    """The next cut-off that still blocks a box; blank when none does."""
    if name is None:
        return Cell()
    soon = at is not None and at - wall.now < timedelta(minutes=30)
    return Cell(cutoff_text(name, at, wall), "late" if soon else "")


def class_signs() -> dict[Class, str]:
    """The readiness classes in the order of a bar, each with its sign in the chosen set."""
    chosen = glyphs.current()
    return {
        "loaded": chosen.loaded,
        "ready": chosen.ready,
        "customs": "c",
        "held": "h",
        "due": "d",
        "no ETA": "?",
        "late": "x",
    }


def readiness_spans(readiness: Readiness, width: int) -> tuple[Span, ...]:
    """The bar of the seven classes in `width` cells."""
    parts = [(readiness.count(name), sign, CLASS_STYLES[name]) for name, sign in class_signs().items()]
    return tuple(partition_bar(parts, width))


def full_style(percent: int | None) -> str:
    """How pressing an occupancy is."""
    if percent is None:
        return "unknown"
    return "act" if percent >= FULL else "watch" if percent >= NEARLY_FULL else ""


def out_cell(per_hour: float | None, *, grows: bool) -> Cell:
    """How many leave a lane in an hour, with a sign when more come in."""
    sign, style = (risk_sign("watch"), "watch") if grows else ("", "")
    return Cell(sign + written.number(per_hour), style)


def full_spans(percent: int | None, width: int) -> tuple[Span, ...]:
    """`90 %◆ █████████·`: an occupancy that wants watching has its sign."""
    style = full_style(percent)
    (figure, _), *bar = fill_percent(None if percent is None else percent / 100, width, style)
    sign = risk_sign(style) if style in ("act", "watch") else " "
    return ((f"{figure[:5]}{sign} ", style), *bar)


def fresh_style(level: str) -> str:
    """The style of a freshness level."""
    return {"ok": "live", "watch": "late", "act": "stale"}.get(level, "")
