"""The blocks as a list, and the boxes of the chosen one below: everything behind the map."""

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
from console.panes.yard.showing import show_box, show_place
from console.screens.grids import Part
from widgets.grid import Grid
from widgets.rows import Row
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.views import View as Table


class BlocksScreen(Listing):
    """Blocks in the order of the map, filtered and sorted as any list."""

    noun = "blocks"
    columns = rows.BLOCK_COLUMNS
    withheld = frozenset({"presets", "all"})

    def body(self) -> Iterable[Widget]:
        yield Tile("Blocks", self.make_grid(), id="rows", below=True)
        yield Tile("Boxes", Grid(rows.BOX_COLUMNS, markable=True, id="boxes"), id="inside", above=True)

    def crumbs(self) -> tuple[str, ...]:
        return ("Yard", "Blocks")

    def topic(self) -> str:
        return "yard"

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

    def do_map(self, _argument: str) -> None:
        """The block under the cursor, or the box, on the map."""
        key = self.active.cursor_key
        if self.active is self.grid and key is not None:
            show_place(self, key)
        else:
            show_box(self, key)
