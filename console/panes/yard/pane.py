"""Yard: its blocks, and the boxes of the chosen one below."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.widget import Widget

from console import format as written
from console.format import Wall
from console.panes.listing import Listing
from console.panes.source import Asked, TableSource
from console.panes.yard import rows
from console.screens.boxes import BoxesScreen
from console.screens.grids import Part
from widgets.grid import Grid
from widgets.rows import Row
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.views import View as Table


class YardPane(Listing):
    """Blocks in the order of the map; `b` lists the boxes of the whole yard."""

    mode = "yard"
    noun = "blocks"
    columns = rows.BLOCK_COLUMNS
    withheld = frozenset({"presets", "all"})

    def body(self) -> Iterable[Widget]:
        yield Tile("Blocks", self.make_grid(), id="rows", below=True)
        yield Tile("Boxes", Grid(rows.BOX_COLUMNS, markable=True, id="boxes"), id="inside", above=True)

    def table(self) -> Table[Any]:
        from storage.queries.yard import BLOCKS

        return BLOCKS

    def write(self, record: Any, wall: Wall) -> Row:
        return rows.block_row(record, wall)

    def open_row(self, key: str) -> None:
        self.port.open_detail("block", key)

    # ------------------------------------------------------------------------------------------------ the chosen block

    @on(Grid.Moved, "#list")
    def _moved(self, message: Grid.Moved) -> None:
        row = self.grid.cursor_row
        if message.key is None or row is None:
            return
        name = row.cells[0].text
        from storage.queries.containers import CONTAINERS

        source = TableSource(self.view, CONTAINERS, Asked(f'block="{name}"', "bay,row,-tier"), rows.box_row)
        part = Part(f"boxes of {name}", rows.BOX_COLUMNS, source)
        self.fill(self.query_one("#boxes", Grid), part, f"no boxes in {name}")
        self.query_one("#inside", Tile).retitle(f"Boxes of {name}, bay by bay, the highest first", "")

    @on(Grid.Loaded, "#boxes")
    def _boxes_loaded(self, message: Grid.Loaded) -> None:
        tile = self.query_one("#inside", Tile)
        row = self.grid.cursor_row
        if row is not None:
            tile.retitle(f"Boxes of {row.cells[0].text}, bay by bay, the highest first", written.boxes(message.total))

    @on(Grid.Opened, "#boxes")
    def _box_opened(self, message: Grid.Opened) -> None:
        if message.key is not None:
            self.port.open_detail("box", message.key)

    def do_boxes(self, argument: str) -> None:
        """Every box of the yard."""
        words = argument or "place:yard"
        title = "" if argument else "Boxes in the yard"
        self.app.push_screen(BoxesScreen(("Yard", "Boxes"), words, title=title))


PANE = YardPane
