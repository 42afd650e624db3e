"""The parts of the Yard pane: which there are, how they share the screen, and what each shows of what was read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Container
from textual.widget import Widget

from console import format as written
from console.panes.yard import bay as bays
from console.panes.yard import map as maps
from console.panes.yard import outlook
from console.panes.yard.care import care_lines
from console.panes.yard.sizes import LEAST_OUTLOOK, NARROW_OUTLOOK, Heights, Turn, share_lines
from console.screens.grids import GridScreen, Part
from widgets.cells import Line
from widgets.grid import Grid
from widgets.heat import Legend
from widgets.rows import ListSource
from widgets.stack_view import StackView
from widgets.textlines import MadeLines, TextLines
from widgets.tile import Tile
from widgets.yard_map import YardMap

if TYPE_CHECKING:
    from storage.queries.bays import BaySection, BlockSide
    from storage.queries.exceptions import Count
    from storage.queries.exceptions.work import Backlog
    from storage.queries.occupancy import OccupancyForecast
    from storage.queries.occupancy_history import Standing
    from storage.queries.yard_map import MapBlock
    from storage.queries.yard_map import YardMap as Map

LEGEND_LINES = 2
FACTS_WIDTH, VAST_FACTS_WIDTH = 24, 44
VAST = 160
"""From this many columns on the facts have the wider column."""


class YardParts(GridScreen):
    """Map, bay and outlook; where the room is short they take the screen in turns."""

    DEFAULT_CSS = """
    YardParts #upper { height: 1fr; layout: horizontal; }
    YardParts #main { width: 1fr; height: 1fr; layout: vertical; }
    YardParts #facts { width: 25; height: 1fr; layout: vertical; }
    YardParts #rail, YardParts #gate, YardParts #reach, YardParts #signs { height: 1; }
    YardParts #legend { height: 2; }
    YardParts #outlook { height: 1fr; layout: horizontal; }
    YardParts #kinds { width: 34; }
    YardParts #chart { margin: 0 0 0 1; }
    YardParts #words { height: 2; }
    YardParts.-narrow #upper { layout: vertical; height: auto; }
    YardParts.-narrow #main, YardParts.-narrow #facts { width: 1fr; height: auto; }
    YardParts.-narrow #kinds { display: none; }
    YardParts.-narrow.-on-outlook #kinds { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: Map | None = None
        self.section: BaySection | None = None
        self.side: BlockSide | None = None
        self.forecast: OccupancyForecast | None = None
        self.history: tuple[Standing, ...] = ()
        self.care: tuple[Count, ...] = ()
        self.backlog: Backlog | None = None
        self._heights: Heights | None = None
        self._turn_is: Turn = "map"

    def body(self) -> Iterable[Widget]:
        yield Container(
            Container(
                Tile(
                    "Map",
                    MadeLines(id="rail"),
                    YardMap(id="map"),
                    MadeLines(id="gate"),
                    Legend(id="legend"),
                    id="map-tile",
                    below=True,
                    right=True,
                ),
                Tile("Side", MadeLines(id="side"), id="side-tile", above=True, below=True, right=True),
                Tile(
                    "Bay",
                    StackView(id="bay"),
                    TextLines(id="reach"),
                    TextLines(id="signs"),
                    id="bay-tile",
                    above=True,
                    below=True,
                    right=True,
                ),
                id="main",
            ),
            Container(
                Tile("Block", TextLines(id="block"), id="block-tile", left=True, below=True),
                Tile("Box", TextLines(id="box"), id="box-tile", above=True, left=True, below=True),
                id="facts",
            ),
            id="upper",
        )
        yield Tile(
            "Occupancy",
            Container(Grid(outlook.KIND_COLUMNS, id="kinds"), MadeLines(id="chart"), id="outlook"),
            MadeLines(id="words"),
            id="occupancy-tile",
            above=True,
        )

    @property
    def map(self) -> YardMap:
        """The map."""
        return self.query_one("#map", YardMap)

    @property
    def stack(self) -> StackView:
        """The bay in cross-section."""
        return self.query_one("#bay", StackView)

    def chosen_block(self) -> MapBlock | None:
        """The block under the map's cursor."""
        cursor = self.map.cursor
        if self.found is None or cursor is None:
            return None
        return next((each for each in self.found.blocks if each.block.id == cursor[0]), None)

    # ------------------------------------------------------------------------------------------------------ showing

    def give_keys(self, part: Widget) -> None:
        """Give this part the keys, and the room that it then has."""
        before = self._heights
        self._turn_is = "map" if part is self.map else "bay" if part is self.stack else "outlook"
        self.set_class(self._turn_is == "outlook", "-on-outlook")
        self.lay_out()
        part.focus()
        if self._heights != before:
            self.call_after_refresh(self.show_all)

    def show_all(self) -> None:
        """Give every part its place, and when it has that, show what fits there."""
        self.lay_out()
        self.call_after_refresh(self._show_parts)

    def _show_parts(self) -> None:
        self.show_map()
        self.show_bay()
        self.show_facts()
        self.show_outlook()
        before = self._heights
        self.lay_out()
        if self._heights != before:  # the map, or its legend, wants other lines at this width
            self.call_after_refresh(self._show_parts)

    def lay_out(self) -> None:
        """Give every part its lines: what the map and the bay need first, a second line a box and the side after."""
        tiers = self.section.tiers if self.section else 4
        around = 2 + self.query_one("#legend", Legend).lines_wanted
        room, map_lines = self.size.height - 2, max(1, self.map.lines_wanted) + around
        heights = share_lines(room, map_lines, tiers, wide=self.wide, turn=self._turn_is)
        # The gate side follows the last block, whatever room is left below.
        self.map.styles.max_height = max(1, self.map.lines_wanted)
        self.query_one("#legend").styles.height = max(1, around - 2)
        if heights != self._heights:  # a height set again is a layout of the whole screen
            self._heights = heights
            self._set_heights(heights)

    def _set_heights(self, heights: Heights) -> None:
        for tile, height in (
            ("map-tile", heights.map),
            ("side-tile", heights.side),
            ("bay-tile", heights.bay),
            ("block-tile", heights.block),
            ("box-tile", heights.box),
            ("occupancy-tile", heights.occupancy),
        ):
            self.query_one(f"#{tile}").styles.height = height
            self.query_one(f"#{tile}").display = height != 0
        # A chart has its lines or none.
        self.query_one("#outlook").display = heights.occupancy is None or heights.occupancy >= LEAST_OUTLOOK
        short = not self.wide and LEAST_OUTLOOK <= (heights.occupancy or 0) < NARROW_OUTLOOK
        self.query_one("#words").styles.height = 2 if self.wide or short else 3
        vast = self.app.size.width >= VAST
        self.query_one("#facts").styles.width = (
            (VAST_FACTS_WIDTH if vast else FACTS_WIDTH) if self.wide else self.app.size.width
        )

    def show_map(self) -> None:
        if self.found is None:
            return
        lines = self.forecast.blocks if self.forecast else ()
        full = {line.id: line.full for line in lines if line.id is not None and line.full is not None}
        self.map.show(maps.drawn(self.found, full, self.view.wall))
        for side, names in (("rail", maps.track_names(self.found.tracks)), ("gate", ())):
            self.query_one(f"#{side}", MadeLines).show(partial(maps.side_lines, f"{side} side", names))
        self.query_one("#legend", Legend).show(partial(maps.legend_lines, self.found, LEGEND_LINES))
        self.show_titles()

    @on(Legend.Wrapped)
    def _legend_wrapped(self) -> None:
        self.lay_out()

    def show_titles(self) -> None:
        if self.found is None:
            return
        scale = self.map.scale
        fresh = self.fresh().word if self.wide else ""
        seen, lines = self.map.size.height, self.map.lines_wanted
        cut = f"{seen} of {lines} rows" if 0 < seen < lines else ""
        self.query_one("#map-tile", Tile).retitle(maps.title_of(self.found, scale), written.joined((cut, fresh), "  "))
        block = self.chosen_block()
        self.query_one("#block-tile", Tile).retitle(
            f"Block {block.block.name}, {block.block.kind}" if block else "Block"
        )
        tile = self.query_one("#bay-tile", Tile)
        if self.section is not None:
            tile.retitle(bays.title_of(self.section), bays.note_of(self.section))
        elif block is not None and block.block.boxes is None:
            tile.retitle(f"Bay; {written.not_come(['containers'])}")
        elif block is not None and not block.bays:
            tile.retitle(f"{block.block.name} has no bays, {written.boxes(block.block.boxes)}: Enter lists them", "")
        if self.side is not None:
            self.query_one("#side-tile", Tile).retitle(bays.side_title(self.side))
        kind = self.query_one("#kinds", Grid).cursor_row
        what = "all blocks"
        if kind is not None and self._kinds_in_sight:
            name = kind.cells[0].text.strip()
            what = f"block {name}" if kind.key.startswith(outlook.BLOCK) else name.lower()
        self.query_one("#occupancy-tile", Tile).retitle(f"Occupancy, TEU: {what}")

    def show_bay(self) -> None:
        drawn, side, section = self.query_one("#side", MadeLines), self.side, self.section
        if side is not None:
            drawn.show(lambda width: bays.side_view(side, drawn.size.height, width) if drawn.size.height else ())
        if section is None:
            self.stack.show((), 0, 0)
        else:
            self.stack.show(bays.stack_boxes(section), section.rows, section.tiers)
        self.query_one("#signs", TextLines).show([] if section is None else [[(bays.signs_line(section), "dim")]])
        self.show_box()

    def show_box(self) -> None:
        key, wall = self.stack.cursor_key, self.view.wall
        if self.section is None:
            self.query_one("#reach", TextLines).show([])
            self.query_one("#box", TextLines).show([])
            return
        self.query_one("#reach", TextLines).show([bays.reach_line(self.section, key)])
        chosen = next((each for each in self.section.boxes if each.box.id == key), None)
        self._show_lines("box", bays.box_lines(chosen, wall))

    def show_facts(self) -> None:
        block = self.chosen_block()
        if block is None:
            return
        ahead = self.forecast.blocks if self.forecast else ()
        line = next((line for line in ahead if line.id == block.block.id), None)
        missing = self.forecast.missing if self.forecast else ()  # what stands in the way of no train is not known
        rehandles = None if self.backlog is None or missing else self.backlog.by_block.get(block.block.id, 0)
        lines = outlook.block_lines(block, line, self.forecast, rehandles, self.view.wall)
        care = care_lines(self.care)
        if self.wide and care:
            lines += [[], [("Needs care, p lists it", "title")], *care]
        self._show_lines("block", lines)
        if not self.wide and care:
            shown = self.query_one("#block", TextLines)
            facts = outlook.facts_in_rows(lines, shown.size.width)[: max(0, shown.size.height - 1)]
            shown.show([*facts, *outlook.facts_in_rows(care, shown.size.width)])

    def _show_lines(self, name: str, lines: list[Line]) -> None:
        """A fact a line in the column beside, side by side where that has the width of the screen."""
        shown = self.query_one(f"#{name}", TextLines)
        shown.show(lines if self.wide else outlook.facts_in_rows(lines, shown.size.width))

    def show_outlook(self) -> None:
        forecast = self.forecast
        if forecast is None:
            return
        grid = self.query_one("#kinds", Grid)
        self.fill(grid, Part("yard by kind", outlook.KIND_COLUMNS, ListSource(outlook.kind_rows(forecast))))
        self._show_chart()
        said = [*outlook.full_lines(forecast, self.view.wall), *outlook.history_lines(self.history)]
        self.query_one("#words", MadeLines).show(partial(outlook.facts_in_rows, said))

    @property
    def _kinds_in_sight(self) -> bool:
        return self.wide or self._turn_is == "outlook"

    def _show_chart(self) -> None:
        if self.forecast is None:
            return
        key = self.query_one("#kinds", Grid).cursor_key if self._kinds_in_sight else outlook.ALL
        line = outlook.line_of(self.forecast, key)
        self.query_one("#chart", MadeLines).show(partial(outlook.chart_lines, line, self.forecast))
        self.show_titles()

    @on(Grid.Moved, "#kinds")
    def _kind_moved(self) -> None:
        self._show_chart()

    @on(Grid.Loaded, "#kinds")
    def _kinds_loaded(self) -> None:
        self._show_chart()
