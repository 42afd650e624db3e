"""A train's page: the visit, how ready it is, its consist and checks, and every box that is not ready.

Where there is room all parts stand below each other and the last one takes turns with the stops and the notes; where
there is none a few lines say how the train stands and the parts take turns below them. Tab goes from part to part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from console import format as written
from console.commands import MODES
from console.panes import cells
from console.panes.notes import NotedRows, note_style, note_words, notes_title
from console.panes.trains import consist, readiness, stops, visit
from console.panes.trains.asking import Asked, AsksOfTrain
from console.panes.trains.boxes import BOX_COLUMNS, CARRIED_COLUMNS, booked_row, carried_rows
from console.panes.trains.leaving import BLOCKED, LeavingScreen
from console.panes.yard.showing import show_box
from console.screens.grids import Part
from console.screens.parts import PartsScreen
from widgets.cells import Cell, Line, fit_text
from widgets.columns import Column
from widgets.grid import Grid
from widgets.rake import Rake
from widgets.record import wrap
from widgets.rows import ListSource, Row
from widgets.textlines import MadeLines, TextLines
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.train_page import TrainPage

LINES = (Column("line", "", 1, grow=True),)
MOST_CONSIST, MOST_CHECKS, MOST_CUTOFFS, MOST_WHY = 4, 4, 2, 2
"""Lines they have where they are not alone."""
LABEL = 9


class TrainScreen(PartsScreen, AsksOfTrain):
    """Reads the train again whenever what it is made of changes."""

    kind = "train"
    parts = MappingProxyType({
        "boxes": "boxes", "stops": "stops", "notes": "notes", "visit": "visit", "cutoffs": "cut-offs",
        "consist": "consist", "checks": "checks",
    })  # fmt: skip
    DEFAULT_CSS = """
    TrainScreen #why { height: 1; padding: 0 1; }
    TrainScreen #flags { height: 1; padding: 0 1; display: none; }
    TrainScreen.-flagged #flags { display: block; }
    TrainScreen #head { height: 5; display: none; }
    TrainScreen #top { height: 7; }
    TrainScreen #visit { width: 47; }
    TrainScreen #wagon { height: 2; }
    TrainScreen.-vast #top { height: 10; }
    TrainScreen.-vast #visit { width: 72; }
    TrainScreen.-vast #boxes { width: 3fr; }
    TrainScreen.-vast #aside { width: 2fr; }
    TrainScreen.-small #head { display: block; }
    TrainScreen.-small #top { layout: vertical; height: 1fr; }
    TrainScreen.-small #visit { width: 1fr; }
    TrainScreen.-small #readiness { height: 8; }
    TrainScreen.-small #wagon { height: 1fr; }
    """

    def __init__(self, identity: str) -> None:
        super().__init__()
        self.identity = identity
        self._page: TrainPage | None = None
        self._columns: Sequence[Column] = BOX_COLUMNS

    # ----------------------------------------------------------------------------------------------------- composition

    def body(self) -> Iterable[Widget]:
        yield TextLines(id="why")
        yield TextLines(id="flags")
        yield Tile("Train", TextLines(id="head-lines"), id="head", below=True)
        yield Horizontal(
            Tile("Visit", _lines("visit-lines"), id="visit", classes="part", below=True, right=True),
            Tile("Readiness", MadeLines(id="readiness-lines"), id="readiness", below=True, left=True),
            id="top",
            classes="around",
        )
        yield Tile("Cut-offs", _lines("cutoff-lines"), id="cutoffs", classes="part", above=True, below=True)
        yield Tile(
            "Consist", Rake(id="rake"), TextLines(id="wagon"), id="consist", classes="part", above=True, below=True,
        )  # fmt: skip
        yield Tile("Checks", _lines("check-lines"), id="checks", classes="part", above=True, below=True)
        yield Horizontal(
            Tile("Boxes", Grid(BOX_COLUMNS, markable=True, id="boxes-list"), id="boxes", classes="part last"),
            Vertical(
                Tile("Stops", Grid(stops.STOP_COLUMNS, id="stops-list"), id="stops", classes="part last"),
                Tile("Notes", _lines("note-lines"), id="notes", classes="part last"),
                id="aside",
                classes="around lasts",
            ),
            id="lower",
            classes="around",
        )

    def crumbs(self) -> tuple[str, ...]:
        mode = MODES[self.app.current_mode]
        if self._page is None:
            return (mode, f"train {self.identity}")
        return (mode, written.joined((visit.title(self._page), visit.kind_of(self._page)), ", "))

    def asked_train(self) -> Asked | None:
        return None if self._page is None else Asked.of(self._page.row)

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries.train_page import FEEDS

        return frozenset(FEEDS)

    def on_mount(self) -> None:
        self.place_parts()
        self.query_one("#boxes-list", Grid).focus()

    def present(self) -> Sequence[str]:
        page = self._page
        if page is None or page.leaves is not None:
            return tuple(self.parts)
        return tuple(part for part in self.parts if part not in ("cutoffs", "checks"))

    def place_parts(self) -> None:
        super().place_parts()
        vast = self.room == "vast"
        self.query_one("#boxes", Tile).join(above=True, right=vast)
        self.query_one("#stops", Tile).join(above="right" if vast else True, left=vast, below=vast)
        self.query_one("#notes", Tile).join(above=True, left="past" if vast else False)

    # ------------------------------------------------------------------------------------------------------- reading

    def reload(self) -> None:
        from storage.queries.train_page import train_page

        train, policy = self.identity, self.view.policy
        self.ask("page", lambda session, clock: train_page(session, clock, train, policy=policy), self._take)

    def _take(self, found: TrainPage | None) -> None:
        if found is None:
            self.port.say(f"The train {self.identity} is not, or no longer, in the cache.")
            return
        self._page = found
        self.show_title()
        self.place_parts()
        self.show_parts()

    # -------------------------------------------------------------------------------------------------------- showing

    def show_parts(self) -> None:
        page = self._page
        if page is None or not self.size.width:
            return
        self._show_visit(page)
        self._show_consist(page)
        self._show_checks(page)
        self._show_boxes(page)
        self._fill_grid("stops-list", "stops", stops.STOP_COLUMNS, stops.stop_rows(page, self.view.wall), "no stops")
        self._show_notes(page)
        self.show_titles()
        self.call_after_refresh(self.show_titles)  # once the parts have their places, and rows in sight can be counted

    def _show_visit(self, page: TrainPage) -> None:
        wall = self.view.wall
        why = visit.why(page.row, wall, self.size.width - 2, 1 if self.room == "small" else MOST_WHY)
        self.query_one("#why").styles.height = len(why)
        self.query_one("#why", TextLines).show(why)
        self.query_one("#head-lines", TextLines).show(visit.head(page, wall, self.inner))
        rows = [
            Row(fact.target or f"{number}/", (Cell(spans=((f"{fact.label:<{LABEL}}", "dim"), *_linked(fact))),))
            for number, fact in enumerate(visit.facts(page, wall))
        ]
        self._fill_grid("visit-lines", "visit", LINES, rows)
        self.query_one("#readiness-lines", MadeLines).show(partial(readiness.readiness_lines, page))
        items = visit.cutoff_items(page, wall)
        self._flow("cutoff-lines", "cut-offs", items, "no cut-offs given")
        self.query_one("#cutoffs").styles.height = self._height(len(visit.flow(items, self.inner)), MOST_CUTOFFS)

    def _show_consist(self, page: TrainPage) -> None:
        rake = self.query_one("#rake", Rake)
        boxes = len(page.consist.without_wagon)
        if page.row.done is None:
            rake.show((), written.not_come(["containers"]))
        else:
            rake.show(consist.wagons(page.consist), f"no wagons given: {written.boxes(boxes)} without a wagon")
        self._show_wagon(rake.cursor_key)
        lines, said = min(rake.lines, MOST_CONSIST), 2 if page.consist.wagons and page.row.done is not None else 0
        rake.styles.height = lines
        self.query_one("#wagon").display = bool(said)
        self.query_one("#consist").styles.height = self._height(lines + said, MOST_CONSIST + said)

    def _show_wagon(self, key: str | None) -> None:
        """What is said of the wagon under the cursor; two lines say the most of it where there are only two."""
        page = self._page
        wagon = next((each for each in page.consist.wagons if each.id == key), None) if page else None
        lines = consist.about(wagon) if wagon is not None else []
        if self.room == "small":
            lines += consist.waiting_lines(page.consist, self.inner) if page is not None else []
        elif len(lines) > 2:
            lines = [lines[0], [span for nth, line in enumerate(lines[1:]) for span in (*_gap(nth), *line)]]
        self.query_one("#wagon", TextLines).show(lines)

    def _show_checks(self, page: TrainPage) -> None:
        items = visit.check_items(page)
        self._flow("check-lines", "checks", items, "nothing to check: it does not depart from here")
        self.query_one("#checks").styles.height = self._height(len(visit.flow(items, self.inner)), MOST_CHECKS)

    def _show_boxes(self, page: TrainPage) -> None:
        grid = self.query_one("#boxes-list", Grid)
        unknown = written.not_come(["containers"]) if page.row.done is None else ""
        if page.row.direction == "arr":
            if self._columns is not CARRIED_COLUMNS:
                self._columns = CARRIED_COLUMNS
                grid.set_columns(CARRIED_COLUMNS)
            rows, empty = carried_rows(page.consist), unknown or "no boxes on it"
        else:
            rows = [booked_row(box, self.view.wall) for box in page.waiting]
            left = "it has left: nothing is waited for"
            empty = unknown or ("every booked box is ready" if page.leaves is not None else left)
        self.fill(grid, Part(self._boxes_title(page), self._columns, NotedRows(self.view, rows)), empty)

    def _show_notes(self, page: TrainPage) -> None:
        wall = self.view.wall
        flags = _flags(page)
        rows = [
            Row(f"note-{note.note}/{nth}", (Cell(spans=(("    " if nth else "", ""), (text, note_style(note)))),))
            for note in page.notes
            for nth, text in enumerate(wrap(f"{wall.time(note.written_at)}  {note_words(note, wall)}", self.inner))
        ]
        rows += [Row(f"flag-{nth}", (Cell(cells.signed(flag, "watch"), "watch"),)) for nth, flag in enumerate(flags)]
        self._fill_grid("note-lines", "notes", LINES, rows, "no notes, and nothing odd in its data")
        self.set_class(bool(flags), "-flagged")
        odd = f"{len(flags)} things are odd in its data: " if len(flags) > 1 else "odd in its data: "
        self.query_one("#flags", TextLines).show([[(cells.signed(odd + "; ".join(flags), "watch"), "watch")]])

    def show_titles(self) -> None:
        page = self._page
        if page is None:
            return

        entitle = self._entitle
        fresh = self.fresh().word if self.wide else ""
        self.query_one("#head", Tile).retitle(visit.title(page), visit.kind_of(page))
        wide = self.wide
        entitle("visit", "Visit")
        self.query_one("#readiness", Tile).retitle(readiness.readiness_title(page), fresh)
        entitle("cutoffs", "Cut-offs", "what each still blocks" if wide else "")
        empty = "" if page.row.done is None else consist.note(page.consist)
        entitle("consist", consist.title(page.consist, long=wide), empty)
        counts = visit.check_counts(page)
        entitle("checks", "Checks for departure, as planned" if wide else f"Checks, {counts}", counts)
        self._entitle_list("boxes", self._boxes_title(page))
        self._entitle_list("stops", "Stops, planned, estimated and actual" if wide else "Stops")
        odd = f", {len(_flags(page))} odd in its data" if _flags(page) else ""
        entitle("notes", notes_title(page.notes) + odd)

    def _entitle(self, part: str, title: str, note: str = "") -> None:
        self.query_one(f"#{part}", Tile).retitle(title, note if part != self.turn else self.next_parts(note))

    def _entitle_list(self, part: str, title: str) -> None:
        """A part that is a list says how many of its rows are in sight, when not all are."""
        grid = self.query_one(f"#{part}-list", Grid)
        in_sight = max(0, grid.size.height - 1)  # below its heading
        count = f"{in_sight} of {grid.total}" if 0 < in_sight < grid.total else ""
        if self.wide or not count:
            self._entitle(part, title, count)
        else:
            self._entitle(part, f"{title}, {count} rows")

    def _boxes_title(self, page: TrainPage) -> str:
        if page.row.direction == "arr":
            return "Boxes still on it"
        count = written.UNKNOWN if page.row.done is None else sum(box.boxes for box in page.waiting)
        return f"Boxes that are not ready, {count}, least margin first" if self.wide else f"Not ready {count}"

    def _height(self, lines: int, most: int) -> int | str:
        """What a part takes with its title: its lines, at most so many; all there are when it is alone."""
        return "1fr" if self.room == "small" else 1 + max(1, min(lines, most))

    # -------------------------------------------------------------------------------------------------------- opening

    @on(Grid.Opened, "#boxes-list, #visit-lines")
    def _opened(self, message: Grid.Opened) -> None:
        kind, _, identity = (message.key or "").partition(":")
        if identity:
            self.port.open_detail(kind, identity)

    @on(Grid.Opened, "#cutoff-lines")
    def _cutoffs_opened(self) -> None:
        """The boxes that they still block."""
        if self._page is not None and self._page.leaves is not None:
            self.app.push_screen(LeavingScreen(Asked.of(self._page.row), None, BLOCKED))

    @on(Grid.Loaded, "#boxes-list, #stops-list")
    def _counted(self) -> None:
        """Rows out of sight are counted."""
        self.show_titles()

    @on(Rake.Moved)
    def _moved(self, message: Rake.Moved) -> None:
        self._show_wagon(message.key)

    @on(Rake.Opened)
    def _wagon_opened(self, message: Rake.Opened) -> None:
        self.port.open_detail("wagon", message.key)

    def do_map(self, _argument: str) -> None:
        """The box under the cursor of the list on the map of the yard."""
        kind, _, identity = (self.query_one("#boxes-list", Grid).cursor_key or "").partition(":")
        show_box(self, identity if kind == "box" else None)

    def do_open(self, _argument: str) -> None:
        """Open what the cursor is on."""
        rake = self.query_one("#rake", Rake)
        if self.focused is rake:
            rake.action_open()
        else:
            super().do_open("")

    # -------------------------------------------------------------------------------------------------------- filling

    def _fill_grid(self, name: str, noun: str, columns: Sequence[Column], rows: Sequence[Row], empty: str = "") -> None:
        self.fill(self.query_one(f"#{name}", Grid), Part(noun, columns, ListSource(rows)), empty)

    def _flow(self, name: str, noun: str, items: Sequence[Line], empty: str) -> None:
        """Side by side where there is room, one a line where they have the screen to themselves."""
        lines = items if self.room == "small" else visit.flow(items, self.inner)
        wrapped = [line for item in lines for line in visit.flow([item], self.inner)]
        rows = [Row(f"{nth}/", (Cell(spans=tuple(line)),)) for nth, line in enumerate(wrapped)]
        self._fill_grid(name, noun, LINES, rows, empty)


def _lines(name: str) -> Grid:
    return Grid(LINES, heading=False, id=name)


def _linked(fact: visit.Fact) -> Line:
    """The fact, in the look of a link where Enter leads on."""
    return [(text, style or ("link" if fact.target else "")) for text, style in fact.line]


def _gap(nth: int) -> Line:
    return [(fit_text("", 3), "")] if nth else []


def _flags(page: TrainPage) -> list[str]:
    """What does not add up in the visit, its stops and its consist."""
    wagons = [
        f"wagon {written.number(wagon.position)}: {problem}"
        for wagon in page.consist.wagons
        for problem in wagon.problems
    ]
    return [*page.problems, *wagons]


PAGE = TrainScreen
