"""The page of one thing: a train, a box, a declaration, a block, a feed, a wagon, a booking, a seal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from console import format as written
from console.commands import MODES
from console.format import UNKNOWN, Wall
from console.panes import cells
from console.panes.message import record_message
from console.screens.grids import GridScreen
from widgets.record import Field, Record, Section
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.details import Detail, Line
    from storage.queries.details import Section as DetailSection

OUR_LABELS = ("Risk", "Readiness", "Cut-offs")
STYLES = {"act": "act", "watch": "watch", "unknown": "unknown"}


class DetailScreen(GridScreen):
    """Reads the thing again whenever what it is made of changes; Enter follows a link, Esc comes back."""

    withheld = frozenset({"mark", "unmark"})

    def __init__(self, kind: str, identity: str) -> None:
        super().__init__()
        self.kind = kind
        self.identity = identity
        if kind != "block":
            self.withheld = self.withheld | {"map"}  # type: ignore[misc]  # of this page, not of all
        self._detail: Detail | None = None

    def body(self) -> Iterable[Widget]:
        yield Tile(self.kind.capitalize(), Record(id="record"), id="page")

    def crumbs(self) -> tuple[str, ...]:
        title = self._detail.title if self._detail else f"{self.kind} {self.identity}"
        return (MODES[self.app.current_mode], title)

    @property
    def feeds(self) -> frozenset[str]:
        return frozenset(self._detail.feeds) if self._detail else frozenset()

    def on_mount(self) -> None:
        self.query_one(Record).focus()

    def reload(self) -> None:
        from storage.queries.details import detail

        policy = self.view.policy
        self.ask(
            "page",
            lambda session, clock: detail(session, clock, self.kind, self.identity, policy=policy),
            self._take,
        )

    def _take(self, found: Detail | None) -> None:
        tile = self.query_one("#page", Tile)
        if found is None:
            tile.retitle(f"{self.kind} {self.identity} is not, or no longer, in the cache")
            return
        self._detail = found
        self.port.follow(self.feeds)
        tile.retitle(found.title)
        self.show_title()
        self.query_one(Record).show_sections(sections(found, self.view.wall))

    @on(Record.Followed)
    def _followed_link(self, message: Record.Followed) -> None:
        kind, _, identity = message.target.partition(":")
        self.port.open_detail(kind, identity)

    def do_boxes(self, _argument: str) -> None:
        """The boxes of a train or a block, as a list."""
        from console.screens.boxes import BoxesScreen

        field = {"train": "train", "block": "block", "booking": "booking"}.get(self.kind)
        if field is None or self._detail is None:
            self.port.say(f"A {self.kind} has no list of boxes.")
            return
        name = self._detail.title.split()[0 if self.kind == "train" else -1]
        way, words = (*self.crumbs(), "Boxes"), f'{field}="{name}"'
        self.app.push_screen(BoxesScreen(way, words, title=f"Boxes of {name}"))

    def do_map(self, _argument: str) -> None:
        """The block on the map."""
        from console.panes.yard.showing import show_place

        show_place(self, self.identity)

    def do_copy(self, _argument: str) -> None:
        """Copy the whole page as a message."""
        if self._detail is not None:
            heading = (
                f"{self.port.site_title}, {self._detail.title}, {self.view.wall.stamp()}, data {self.fresh().word}"
            )
            text = record_message(heading, sections(self._detail, self.view.wall))
            self.run_worker(self.send_copy(text), group="copy", exclusive=True)


def sections(detail: Detail, wall: Wall) -> list[Section]:
    """The sections of a page as they are written."""
    return [Section(section.title, _fields(section, wall)) for section in detail.sections]


def _fields(section: DetailSection, wall: Wall) -> list[Field]:
    return [
        Field(
            _label(line, section),
            cells.signed(value_text(line, wall), line.level or ""),
            "dim" if line.value is None else STYLES.get(line.level or "", ""),
            "" if line.link is None else f"{line.link.kind}:{line.link.id}",
        )
        for line in section.lines
    ]


def _label(line: Line, section: DetailSection) -> str:
    """Words of ours begin with a capital; a label that is a name of the source stays as it came."""
    words = cells.trade_words(line.label)
    return words[:1].upper() + words[1:] if section.title in OUR_LABELS else words


def value_text(line: Line, wall: Wall) -> str:
    """A typed value as text; unknown `--`."""
    value = line.value
    if value is None or value == "":
        return UNKNOWN
    if line.kind == "time":
        return "now" if line.label == "by" and value <= wall.now else wall.time(value)
    if line.kind == "yes_no":
        return "yes" if value else "no"
    if line.kind == "number":
        return written.boxes(value) if line.unit == "boxes" else written.number(value, line.unit)
    if isinstance(value, timedelta):
        return written.margin(value) if value < timedelta(0) or "argin" in line.label else written.waited(value)
    return cells.trade_words(", ".join(value) if isinstance(value, tuple) else str(value))
