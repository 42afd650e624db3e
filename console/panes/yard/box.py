"""A box's page: what it is and where, why it is not ready step by step, its journey, and the log of a reefer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget

from console import format as written
from console.commands import MODES
from console.panes.message import record_message
from console.panes.yard import box_rows
from console.panes.yard.showing import show_box
from console.screens.grids import GridScreen, Part
from widgets.columns import Column
from widgets.grid import Grid
from widgets.record import Field, Section
from widgets.rows import ListSource, Row
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.box_page import BoxPage

LINES = (Column("line", "", 1, grow=True),)
AROUND_TITLE = 8
"""Cells of the rule around a title and its note."""
LEAST_JOURNEY = 4
"""Lines that are left for the journey, whatever is to be said above it."""


class BoxScreen(GridScreen):
    """Reads the box again whenever what it is made of changes; Enter follows a link."""

    kind = "box"
    withheld = frozenset({"mark", "unmark"})
    DEFAULT_CSS = """
    BoxScreen #lower { height: 1fr; }
    BoxScreen #log-tile { width: 40; display: none; }
    BoxScreen.-cold #log-tile { display: block; }
    BoxScreen.-cold.-narrow #log-tile { width: 36; }
    """

    def __init__(self, identity: str) -> None:
        super().__init__()
        self.identity = identity
        self._page: BoxPage | None = None

    # ----------------------------------------------------------------------------------------------------- composition

    def body(self) -> Iterable[Widget]:
        yield Tile("Box", Grid(LINES, heading=False, id="facts"), id="facts-tile", below=True)
        yield Tile("", Grid(LINES, heading=False, id="steps"), id="steps-tile", above=True, below=True)
        yield Horizontal(
            Tile("Journey", Grid(box_rows.JOURNEY_COLUMNS, id="journey"), id="journey-tile", above=True),
            Tile("Reefer log", Grid(box_rows.LOG_COLUMNS, id="log"), id="log-tile", above=True, left=True),
            id="lower",
        )

    def crumbs(self) -> tuple[str, ...]:
        mode = MODES[self.app.current_mode]
        return (mode, f"box {self.identity}" if self._page is None else box_rows.title(self._page))

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries.box_page import FEEDS

        return frozenset(FEEDS)

    def on_mount(self) -> None:
        self.query_one("#facts", Grid).focus()

    def on_resize(self) -> None:
        super().on_resize()
        self._show()

    # ------------------------------------------------------------------------------------------------------- reading

    def reload(self) -> None:
        from storage.queries.box_page import box_page

        box, policy = self.identity, self.view.policy
        self.ask("page", lambda session, clock: box_page(session, clock, box, policy=policy), self._take)

    def _take(self, found: BoxPage | None) -> None:
        if found is None:
            self.query_one("#facts-tile", Tile).retitle(f"box {self.identity} is not, or no longer, in the cache")
            return
        self._page = found
        self.set_class(bool(found.log), "-cold")
        self.query_one("#journey-tile", Tile).join(above=True, right=bool(found.log))
        self.show_title()
        self._show()

    # -------------------------------------------------------------------------------------------------------- showing

    def _show(self) -> None:
        page, wall = self._page, self.view.wall
        if page is None or not self.size.width:
            return
        facts = box_rows.facts(page, wall, self._inner)
        steps = box_rows.steps(page, wall, self._inner)
        journey = box_rows.journey(page, wall)
        self._fill("facts", "box", LINES, facts)
        self._fill("steps", "steps", LINES, steps)
        self._fill("journey", "journey", box_rows.JOURNEY_COLUMNS, journey, "nothing is known of its journey")
        log = box_rows.log(page.log, wall, self.view.policy.reefer_tolerance)
        self._fill("log", "reefer log", box_rows.LOG_COLUMNS, log)
        self._share_lines(len(facts), len(steps))
        self._show_titles(page, len(journey))

    def _share_lines(self, facts: int, steps: int) -> None:
        """The facts and the steps have the lines they take; what is left is the journey's, which has a few at least."""
        room = self.size.height - 2 - (1 + LEAST_JOURNEY + self.wide)
        steps_tile = self.query_one("#steps-tile", Tile)
        steps_tile.display = bool(steps)
        taken = 1 + steps if steps else 0
        self.query_one("#facts-tile").styles.height = max(4, min(1 + facts, room - taken))
        steps_tile.styles.height = taken

    def _show_titles(self, page: BoxPage, events: int) -> None:
        words, style = box_rows.check_words(page)
        standing = box_rows.standing(page)
        title = box_rows.title(page)
        if self.wide or style or len(f"{title}  {words}{standing[0]}") + AROUND_TITLE <= self.size.width:
            title = f"{title}  {words}"
        self.query_one("#facts-tile", Tile).retitle(title, [standing] if standing[0] else "")
        ready = page.booked is not None and not page.booked.reasons
        why = "It is ready" if ready else "Why it is not ready, step by step"
        if ready and page.booked is not None and page.booked.faults:
            why = f"It is {page.booked.of_class}, but a check for departure fails"
        self.query_one("#steps-tile", Tile).retitle(why, box_rows.interval_words(page) if self.wide else "")
        self.query_one("#journey-tile", Tile).retitle("Journey, newest first", written.number(events))
        self.query_one("#log-tile", Tile).retitle("Reefer log", written.number(len(page.log)))

    @property
    def _inner(self) -> int:
        """Cells a line of a full-width tile has."""
        width = self.size.width
        return max(1, width - (2 if width >= Tile.BOXED else 0))

    def _fill(self, name: str, noun: str, columns: Sequence[Column], rows: Sequence[Row], empty: str = "") -> None:
        self.fill(self.query_one(f"#{name}", Grid), Part(noun, columns, ListSource(rows)), empty)

    # ------------------------------------------------------------------------------------------------------- commands

    @on(Grid.Opened)
    def _opened(self, message: Grid.Opened) -> None:
        kind, _, identity = (message.key or "").partition(":")
        if identity:
            self.port.open_detail(kind, identity)

    def do_map(self, _argument: str) -> None:
        """The box in its stack."""
        show_box(self, self.identity)

    def do_copy(self, _argument: str) -> None:
        """Copy the whole page as a message."""
        page, wall = self._page, self.view.wall
        if page is None:
            return
        parts = (
            ("Box", box_rows.facts(page, wall, 10_000)),
            ("Step by step", box_rows.steps(page, wall, 10_000)),
            ("Journey", box_rows.journey(page, wall)),
        )
        sections = [
            Section(name, [Field("", "  ".join(cell.plain for cell in row.cells).rstrip()) for row in rows])
            for name, rows in parts
            if rows
        ]
        heading = f"{self.port.site_title}, {box_rows.title(page)}, {wall.stamp()}, data {self.fresh().word}"
        self.run_worker(self.send_copy(record_message(heading, sections)), group="copy", exclusive=True)


PAGE = BoxScreen
