"""Pages of labels and values: the help, and the definitions of the figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from console.commands import COMMANDS, Command, key_label, offered
from console.screens.grids import GridScreen
from widgets.record import Field, Record, Section
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.figures.registry import Figure

MOVING = (
    Field("↑ ↓  j k", "one line up or down"),
    Field("PgUp PgDn", "one screenful"),
    Field("Home End  gg G", "to the first, to the last"),
    Field("← →  h l", "sideways, where columns do not fit; on the tracks earlier and later"),
    Field("+ -  0", "on the tracks: closer, further, now"),
    Field("Ctrl+P", "the palette: every command of this place by its name"),
)
SIGNS = (
    Field("▲ ◆ · ?", "act, watch, nothing to do, cannot tell; ? beside another sign: judged from old data"),
    Field("█ ▓ c h d ? x", "loaded, ready, customs, held, due, no ETA, late"),
    Field("✓ n", "before a row: it is marked; there is a note on it"),
    Field("--", "unknown; a blank does not apply"),
    Field("+12m  in 0:19", "later than plan; hours and minutes from the view's time"),
    Field("█ ▒ ─ X / |", "on a track: here, expected, planned, in conflict, closed, now"),
)


class Page(GridScreen):
    """Sections to scroll through; `title` heads them."""

    withheld = frozenset({"mark", "unmark", "copy", "note"})

    def __init__(self, title: str, sections: Sequence[Section]) -> None:
        super().__init__()
        self._title_text = title
        self._sections = sections

    def body(self) -> Iterable[Widget]:
        yield Tile(self._title_text, Record(self._sections, id="record"))

    def crumbs(self) -> tuple[str, ...]:
        return (self._title_text,)

    def on_mount(self) -> None:
        self.query_one(Record).focus()

    @on(Record.Followed)
    def _followed_link(self, message: Record.Followed) -> None:
        kind, _, identity = message.target.partition(":")
        self.port.open_detail(kind, identity)


def help_page(places: Sequence[object]) -> Page:
    """What can be done here, what elsewhere, how one moves, what the signs say: all of it out of the registry."""
    here = offered(places)
    elsewhere = [command for command in COMMANDS.values() if command not in here]
    sections = [
        Section("Here", [_field(command) for command in here]),
        Section("Moving", MOVING),
        Section("Elsewhere", [_field(command) for command in elsewhere]),
        Section("Signs", SIGNS),
    ]
    return Page("Help", [section for section in sections if section.fields])


TRAIN_FIGURES = (
    "risk", "readiness", "ready", "booked", "received", "next cut-off", "loading closes", "ready done", "room",
    "loading rate", "all done", "leaves as planned", "substitutes", "onward margin", "late", "on time",
    "track conflict", "departure checks", "margin", "service record",
)  # fmt: skip
YARD_FIGURES = (
    "occupancy", "occupancy forecast", "full at", "rehandles", "rehandle backlog", "plugs free", "dwell", "age",
    "segregation", "empties short", "data quality", "flagged",
)  # fmt: skip
CUSTOMS_FIGURES = (
    "wait", "in and out", "clears", "over SLA", "expected release", "release interval", "margin", "flow by hour",
    "declared in advance", "flagged", "seal alarm",
)  # fmt: skip
FIGURES_OF: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "acts": ("act by", "risk", "substitutes", "track conflict", "next cut-off", "expected release"),
        "trains": TRAIN_FIGURES,
        "train": TRAIN_FIGURES,
        "tracks": ("track conflict", "free track", "late"),
        "yard": YARD_FIGURES,
        "block": YARD_FIGURES,
        "box": ("readiness", "overdue", "expected release", "release interval", "margin", "rehandles", "dwell", "age"),
        "customs": CUSTOMS_FIGURES,
        "declaration": CUSTOMS_FIGURES,
        "seal": ("seal alarm",),
        "inspections": ("slots left", "late to the bay", "rehandles", "expected release"),
        "reefers": ("reefer state", "plugs free"),
        "dangerous goods": ("segregation",),
        "long stays": ("long stay", "age"),
        "wrong places": ("wrong place",),
        "overweight": ("overweight",),
        "holds": ("held",),
        "empties": ("empties short",),
        "cranes": ("crane rate", "rehandle backlog", "rehandle ratio"),
        "work": ("rehandle backlog", "rehandle ratio", "rehandles"),
        "dwell": ("age", "dwell"),
        "data quality": ("data quality", "flagged"),
        "sites": ("month against target", "declared in advance"),
    }
)
"""What a place is about, as its screen says by `topic`, to its figures, the most asked for first."""


def figures_page(topic: str = "") -> Page:
    """Every figure's definition, in its own words: those of the place it was asked for in first."""
    from storage.figures.all import FIGURES

    here = [name for name in FIGURES_OF.get(topic, ()) if name in FIGURES]
    sections = [_figure_section(FIGURES[name]) for name in (*here, *(name for name in FIGURES if name not in here))]
    return Page("How the figures are defined" + (", those of this place first" if here else ""), sections)


def _figure_section(figure: Figure) -> Section:
    return Section(
        figure.title + (f", {figure.unit}" if figure.unit else ""),
        [Field("", figure.definition), Field("", _source(figure.source), "dim")],
    )


def _source(source: str) -> str:
    """Where a definition comes from; the number of one of ours says nothing to whoever reads it here."""
    return "Dryport's own definition, not a standard." if source.startswith("definition ") else source


def _field(command: Command) -> Field:
    typed = f"   :{command.id}" + (f" {command.argument}" if command.argument else "")
    return Field(_keys(command), command.title + typed)


def _keys(command: Command) -> str:
    return "  ".join(key_label(key) for key in command.keys)
