"""A declaration's page: how it stands, what blocks its release, its boxes, and the states it went through.

Where there is room the last parts take turns below the others, or all stand there; where there is none all take turns.
Tab goes from part to part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget

from console import format as written
from console.commands import MODES
from console.panes.customs import page_rows
from console.panes.customs.message import asking
from console.panes.customs.page_rows import Fact
from console.panes.notes import note_style, note_words, notes_title
from console.screens.grids import Part
from console.screens.parts import PartsScreen
from widgets.cells import Cell, Line
from widgets.columns import Column
from widgets.grid import Grid
from widgets.record import wrap
from widgets.rows import ListSource, Row
from widgets.textlines import TextLines
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.declaration_page import DeclarationPage

LINES = (Column("line", "", 1, grow=True),)
LABEL = 10


class DeclarationScreen(PartsScreen):
    """Reads the declaration again whenever what it is made of changes."""

    kind = "declaration"
    parts = MappingProxyType({
        "facts": "declaration", "obstacles": "what blocks it", "boxes": "boxes", "history": "states",
        "inspections": "inspections and seals", "transit": "transit", "notes": "notes",
    })  # fmt: skip
    DEFAULT_CSS = """
    DeclarationScreen #why { height: 1; margin: 0 1; }
    DeclarationScreen #top { height: 13; }
    DeclarationScreen #facts { width: 58; }
    DeclarationScreen #boxes { width: 100%; }
    DeclarationScreen #lower { height: 10; }
    DeclarationScreen.-vast #top { height: 18; }
    DeclarationScreen.-vast #lower { height: 16; }
    DeclarationScreen.-vast #history { width: 2fr; }
    DeclarationScreen.-small #top { layout: vertical; height: 1fr; }
    DeclarationScreen.-small #facts { width: 100%; }
    DeclarationScreen.-small #top, DeclarationScreen.-small #lower { width: 100%; }
    """

    def __init__(self, identity: str) -> None:
        super().__init__()
        self.identity = identity
        self._page: DeclarationPage | None = None
        self._in_sight = 0

    # ----------------------------------------------------------------------------------------------------- composition

    def body(self) -> Iterable[Widget]:
        yield TextLines(id="why")
        yield Horizontal(
            Tile("Declaration", _lines("fact-lines"), id="facts", classes="part"),
            Tile("What blocks its release", _lines("obstacle-lines"), id="obstacles", classes="part"),
            id="top",
            classes="around",
        )
        yield Tile("Boxes", Grid(page_rows.BOX_COLUMNS, markable=True, id="boxes-list"), id="boxes", classes="part")
        yield Horizontal(
            Tile("States", Grid(page_rows.STEP_COLUMNS, id="history-list"), id="history", classes="part last"),
            Tile("Inspections and seals", _lines("inspection-lines"), id="inspections", classes="part last"),
            Tile("Transit", _lines("transit-lines"), id="transit", classes="part last"),
            Tile("Notes", _lines("note-lines"), id="notes", classes="part last"),
            id="lower",
            classes="around",
        )

    def crumbs(self) -> tuple[str, ...]:
        number = self._page.row.number if self._page else self.identity
        return (MODES[self.app.current_mode], f"declaration {number}")

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries.declaration_page import FEEDS

        return frozenset(FEEDS)

    def on_mount(self) -> None:
        self.place_parts()
        self.query_one("#boxes-list" if self.room != "small" else "#fact-lines", Grid).focus()

    def present(self) -> Sequence[str]:
        page = self._page
        absent = set()
        if page is not None and not (page.inspections or page.seals):
            absent.add("inspections")
        if page is not None and page.declaration.transit_document is None and page.declaration.office_exit is None:
            absent.add("transit")
        return tuple(part for part in self.parts if part not in absent)

    def place_parts(self) -> None:
        super().place_parts()
        if self.room == "small":
            for part in self.parts:
                self.query_one(f"#{part}", Tile).join()
            return
        self.query_one("#facts", Tile).join(right=True, below=True)
        self.query_one("#obstacles", Tile).join(left=True, below=True)
        self.query_one("#boxes", Tile).join(above=True, below=True)
        lasts = [part for part in self.present() if self._tile(part).has_class("last")]
        if self.room != "vast":
            lasts = [self.turn]
        for part in lasts:
            self.query_one(f"#{part}", Tile).join(above=True, left=part != lasts[0], right=part != lasts[-1])

    # ------------------------------------------------------------------------------------------------------- reading

    def reload(self) -> None:
        from storage.queries.declaration_page import declaration_page

        identity, policy = self.identity, self.view.policy
        self.ask("page", lambda session, clock: declaration_page(session, clock, identity, policy=policy), self._take)

    def _take(self, found: DeclarationPage | None) -> None:
        if found is None:
            self.port.say(f"The declaration {self.identity} is not, or no longer, in the cache.")
            return
        self._page = found
        self.show_title()
        self.place_parts()
        self.show_parts()

    # -------------------------------------------------------------------------------------------------------- showing

    def show_parts(self) -> None:
        page, wall = self._page, self.view.wall
        if page is None or not self.size.width:
            return
        said = page_rows.why(page, wall, self.size.width - 2)
        self.query_one("#why").styles.height = len(said)
        self.query_one("#why", TextLines).show(said)
        self._fill_facts("fact-lines", "declaration", page_rows.facts(page, wall), "")
        self._fill_lines("obstacle-lines", "what blocks it", page_rows.obstacle_lines(page, wall))
        boxes = [page_rows.box_row(box, page, wall) for box in page.boxes]
        self._fill("boxes-list", "boxes", page_rows.BOX_COLUMNS, boxes, "no boxes stand under it")
        steps = [page_rows.step_row(number, step, wall) for number, step in reversed(list(enumerate(page.steps)))]
        self._fill("history-list", "states", page_rows.STEP_COLUMNS, steps, "no states are known")
        self._fill_facts("inspection-lines", "inspections", page_rows.inspection_facts(page, wall), "none")
        self._fill_facts("transit-lines", "transit", page_rows.transit_facts(page, wall), "no transit")
        width = self.query_one("#note-lines").size.width or self.inner
        notes: list[Line] = [
            [(line, note_style(note))]
            for note in page.notes
            for line in wrap(f"{wall.time(note.written_at)}  {note_words(note, wall)}", width)
        ]
        self._fill_lines("note-lines", "notes", notes, "no notes: n writes one")
        self.show_titles()

    def show_titles(self) -> None:
        page = self._page
        if page is None:
            return

        def entitle(part: str, title: str, note: str = "") -> None:
            self.query_one(f"#{part}", Tile).retitle(title, note if part != self.turn else self.next_parts(note))

        fresh = self.fresh().word if self.wide else ""
        entitle("facts", page_rows.title(page))
        entitle("obstacles", "What blocks its release, and what would release it", fresh)
        told = "" if len(page.boxes) == page.row.boxes else f"{written.number(len(page.boxes))} told of "
        count = f"{told}{written.boxes(page.row.boxes)}"
        entitle("boxes", f"Boxes, {count}, least margin first", f"{self._in_sight} in sight" if self._in_sight else "")
        entitle("history", "States, the latest first")
        entitle("inspections", "Inspections and seals")
        entitle("transit", "Transit")
        entitle("notes", notes_title(page.notes))

    def _fill(self, name: str, noun: str, columns: Sequence[Column], rows: Sequence[Row], empty: str = "") -> None:
        self.fill(self.query_one(f"#{name}", Grid), Part(noun, columns, ListSource(rows)), empty)

    def _fill_facts(self, name: str, noun: str, facts: Iterable[Fact], empty: str) -> None:
        rows = []
        width = max(20, (self.query_one(f"#{name}").size.width or self.inner) - LABEL)
        for number, fact in enumerate(facts):
            style = fact.style or ("link" if fact.target else "")
            for nth, text in enumerate(wrap(fact.value, width)):
                label = fact.label if nth == 0 else ""
                spans = ((f"{label:<{LABEL}}", "dim"), (text, style))
                rows.append(Row(f"{fact.target}/{number}.{nth}", (Cell(spans=spans),)))
        self._fill(name, noun, LINES, rows, empty)

    def _fill_lines(self, name: str, noun: str, lines: Iterable[Line], empty: str = "") -> None:
        rows = [Row(f"/{number}", (Cell(spans=tuple(line)),)) for number, line in enumerate(lines)]
        self._fill(name, noun, LINES, rows, empty)

    # -------------------------------------------------------------------------------------------------------- opening

    @on(Grid.Opened)
    def _opened(self, message: Grid.Opened) -> None:
        kind, _, identity = (message.key or "").partition("/")[0].partition(":")
        if identity:
            self.port.open_detail(kind, identity)

    @on(Grid.Loaded, "#boxes-list")
    def _counted(self, message: Grid.Loaded) -> None:
        """Rows out of sight are counted."""
        self._in_sight = message.shown if message.shown < message.total else 0
        self.show_titles()

    # ------------------------------------------------------------------------------------------------------ commands

    def do_copy(self, argument: str) -> None:
        """The marked boxes as they are; without marks, the message that asks customs for this declaration."""
        if self.active.marks or self._page is None:
            super().do_copy(argument)
            return
        from storage.queries.declaration_page import HoldsUp

        page = self._page
        where = next((box.where for box in page.boxes if box.id == page.row.container_id), None)
        held = HoldsUp(row=page.row, where=where, next_train=page.next_train)
        text = asking([held], self.port.site_title, self.view.wall, self.fresh().word)
        self.run_worker(self.send_copy(text), group="copy", exclusive=True)


def _lines(name: str) -> Grid:
    return Grid(LINES, heading=False, id=name)


PAGE = DeclarationScreen
