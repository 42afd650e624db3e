"""`f`: finds anything by its number as it is typed or pasted; Enter opens it, whole numbers open by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from console.format import joined, not_come
from console.notebook import Thing
from console.screens.grids import GridScreen, Part
from widgets.cells import Cell
from widgets.columns import Column
from widgets.grid import Grid
from widgets.rows import Found, ListSource, Page, Row
from widgets.tile import Tile

if TYPE_CHECKING:
    from console.view import View
    from storage.queries.find import Hit

COLUMNS = (
    Column("kind", "Kind", 12),
    Column("title", "Number", 22),
    Column("about", "What it is", 40, grow=True),
    Column("why", "Found by", 24, rank=1),
)
MOST = 200
HINT = "type a number, or a part of one; or what boxes are, such as 40HC empty"
TITLE = "Find a box, train, wagon, declaration, booking, seal, place or size-type"


class FindScreen(GridScreen):
    """Lists what matches; the line stays open, so that typing goes on where one is."""

    DEFAULT_CSS = "FindScreen Grid { height: 1fr; }"

    def __init__(self, text: str = "", *, pasted: bool = False) -> None:
        super().__init__()
        self._text = text
        self._pasted = pasted

    def body(self) -> Iterable[Widget]:
        yield Tile(TITLE, Grid(COLUMNS, id="hits"), id="found")

    def crumbs(self) -> tuple[str, ...]:
        return ("Find",)

    @property
    def grid(self) -> Grid:
        """The hits."""
        return self.query_one("#hits", Grid)

    def on_mount(self) -> None:
        self.type_on("f", "find", self._text)
        self.look_for(self._text)

    def look_for(self, text: str) -> None:
        """List what matches this text."""
        self._text = text.strip()
        if self._text:
            part = Part(f"find '{self._text}'", COLUMNS, Hits(self.view, self._text))
            self.fill(self.grid, part, nothing(self._text))
        else:
            self.fill(self.grid, Part("find", COLUMNS, ListSource(())), HINT)

    @on(Grid.Loaded, "#hits")
    def _found(self, message: Grid.Loaded) -> None:
        """Say how many there are; a whole number that was pasted opens its page by itself."""
        more = " and more" if message.total >= MOST else ""
        self.query_one("#found", Tile).retitle(TITLE, f"{message.total}{more}" if self._text else "")
        part = self._parts.get("hits")
        if self._pasted and part is not None and isinstance(part.source, Hits):
            self._pasted = False
            if part.source.is_exact:
                self.do_open("")

    def typed(self, purpose: str, text: str) -> None:
        self.look_for(text) if purpose == "find" else super().typed(purpose, text)

    def entered(self, purpose: str, text: str) -> None:
        if purpose != "find":
            super().entered(purpose, text)
            return
        if text.strip() != self._text:
            self.look_for(text)
        self.grid.action_open()

    def cancelled(self, purpose: str) -> None:
        if purpose == "find":
            self.do_back("")

    def on_grid_opened(self, message: Grid.Opened) -> None:
        message.stop()
        self.do_open("")

    def thing(self) -> Thing | None:
        """The hit under the cursor."""
        row = self.grid.cursor_row
        kind, _, identity = row.key.partition(":") if row is not None else ("", "", "")
        return Thing(kind, identity, row.cells[1].text) if row is not None else None

    def do_open(self, _argument: str) -> None:
        """Open the hit under the cursor."""
        key = self.grid.cursor_key
        if key is not None and self.grid.total:
            kind, _, identity = key.partition(":")
            self.app.switch_screen(self.port.detail(kind, identity))


def _told(hit: Hit) -> tuple[Cell, Cell]:
    """What it is, and what matched; of a number that was not quite typed, what is wrong with that comes first."""
    about = undoubled(hit.about)
    if hit.match != "did you mean":
        return Cell(about), Cell(hit.why, "dim")
    meant, _, why = hit.why.partition("? ")
    return Cell(joined((why, about), ", "), "watch"), Cell(f"{meant}?", "dim")


def nothing(text: str) -> str:
    """That nothing matches; of a container number with a wrong check digit, what that should be."""
    from storage.identifiers import parse_container

    number = parse_container(text)
    fault = number.fault if number is not None else ""
    return joined((f"nothing matches '{text}'", fault), ". ")


def undoubled(about: str) -> str:
    """`X9582 wagon 17, X9582, loaded` without the train that stands there already."""
    parts = about.split(", ")
    return ", ".join(part for part in parts if not any(other.startswith(f"{part} ") for other in parts))


class Hits:
    """What the find query answers, as rows; `key` is kind:id."""

    def __init__(self, view: View, text: str) -> None:
        self._view = view
        self._text = text
        self.is_exact = False
        """Whether the first hit, and no other, is exactly what was looked for."""

    def page(self, offset: int, limit: int) -> Page:
        """The hits, best first."""
        rows, empty = self._read()
        return ListSource(rows).page(offset, limit)._replace(empty=empty)

    def around(self, key: str, above: int, limit: int) -> Found | None:
        """A hit, if it still is one, and those about it."""
        return ListSource(self._read()[0]).around(key, above, limit)

    def _read(self) -> tuple[list[Row], str]:
        from storage.queries.feeds import awaited
        from storage.queries.find import FEEDS, find

        hits, missing = self._view.ask(
            lambda session, clock: (find(session, clock, self._text, MOST), awaited(session, FEEDS))
        )
        rows = [
            Row(
                f"{hit.kind}:{hit.id}",
                (Cell(hit.kind), Cell(hit.title, "strong"), *_told(hit)),
            )
            for hit in hits
        ]
        self.is_exact = [hit.match for hit in hits[:2]].count("exact") == 1
        return rows, f"{nothing(self._text)}; {not_come(missing)}" if missing else ""
