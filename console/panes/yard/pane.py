"""Yard: the map, the block and the bay under its cursor, the box in that bay, and how full the yard will be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from console import format as written
from console.panes.message import rows_message
from console.panes.yard import bay as bays
from console.panes.yard import map as maps
from console.panes.yard import outlook, rows
from console.panes.yard.sizes import Heights, share_lines
from console.screens.boxes import BoxesScreen
from console.screens.chooser import Choice, Chooser
from console.screens.grids import GridScreen, Part
from console.watch import Pulse
from widgets import glyphs
from widgets.cells import Line
from widgets.grid import Grid
from widgets.heat import Legend
from widgets.rows import ListSource
from widgets.stack_view import StackView
from widgets.textlines import TextLines
from widgets.tile import Tile
from widgets.yard_map import YardMap

if TYPE_CHECKING:
    from storage.queries.bays import BaySection, BlockSide
    from storage.queries.occupancy import OccupancyForecast
    from storage.queries.yard_map import ColourBy, MapBay, MapBlock
    from storage.queries.yard_map import YardMap as Map

LEGEND_LINES = 2
FACTS_WIDTH, VAST_FACTS_WIDTH = 24, 44
VAST = 160
"""From this many columns on the facts have the wider column."""


class Spot(NamedTuple):
    """What the cursors are to be put on: a block (its id), a bay of it, a box in that."""

    block: str
    bay: int | None = None
    box: str | None = None


class YardPane(GridScreen):
    """Map, bay and kinds of block take the keys in turns; where the room is short they take the screen in turns."""

    mode = "yard"
    withheld = frozenset({"mark", "unmark"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.command('part')", show=False),
        Binding("shift+tab", "app.command('previous')", show=False),
    ]
    hints = {"columns": "colour by", "presets": "what needs care", "all": "blocks"}
    DEFAULT_CSS = """
    YardPane #upper { height: 1fr; layout: horizontal; }
    YardPane #main { width: 1fr; height: 1fr; layout: vertical; }
    YardPane #facts { width: 25; height: 1fr; layout: vertical; }
    YardPane #rail, YardPane #gate, YardPane #reach, YardPane #signs { height: 1; }
    YardPane #legend { height: 2; }
    YardPane #outlook { height: 1fr; layout: horizontal; }
    YardPane #kinds { width: 33; }
    YardPane #chart { margin: 0 0 0 1; }
    YardPane #words { height: 2; }
    YardPane.-narrow #upper { layout: vertical; height: auto; }
    YardPane.-narrow #main, YardPane.-narrow #facts { width: 1fr; height: auto; }
    YardPane.-narrow #kinds { display: none; }
    """

    def __init__(self, spot: Spot | None = None) -> None:
        """`spot`: where to begin; it is then a screen that was pushed to show that."""
        super().__init__()
        self._pushed = spot is not None
        self._wanted = spot
        self.colour_by: ColourBy = "occupancy"
        self._map: Map | None = None
        self._section: BaySection | None = None
        self._side: BlockSide | None = None
        self._forecast: OccupancyForecast | None = None

    def body(self) -> Iterable[Widget]:
        yield Container(
            Container(
                Tile(
                    "Map",
                    TextLines(id="rail"),
                    YardMap(id="map"),
                    TextLines(id="gate"),
                    Legend(id="legend"),
                    id="map-tile",
                    below=True,
                    right=True,
                ),
                Tile("Side", TextLines(id="side"), id="side-tile", above=True, below=True, right=True),
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
            Container(Grid(outlook.KIND_COLUMNS, id="kinds"), TextLines(id="chart"), id="outlook"),
            TextLines(id="words"),
            id="occupancy-tile",
            above=True,
        )

    # ---------------------------------------------------------------------------------------------------- its parts

    @property
    def map(self) -> YardMap:
        """The map."""
        return self.query_one("#map", YardMap)

    @property
    def stack(self) -> StackView:
        """The bay in cross-section."""
        return self.query_one("#bay", StackView)

    def crumbs(self) -> tuple[str, ...]:
        return ("Yard", "Map") if self._pushed else ()

    def on_mount(self) -> None:
        self.map.focus()

    def focus_main(self) -> None:
        self.map.focus()

    def do_part(self, _argument: str) -> None:
        """Next part; where the room is short it takes the screen."""
        self._turn(1)

    def do_previous(self, _argument: str) -> None:
        """Previous part."""
        self._turn(-1)

    def _turn(self, steps: int) -> None:
        parts: list[Widget] = [self.map, self.stack]
        if self.wide:
            parts.append(self.query_one("#kinds", Grid))
        here = parts.index(self.focused) if self.focused in parts else 0
        self._give_keys(parts[(here + steps) % len(parts)])

    def _give_keys(self, part: Widget) -> None:
        turned = not self.wide and (part is self.stack) != self.has_class("-on-bay")
        self.set_class(part is self.stack, "-on-bay")
        self._lay_out()
        part.focus()
        if turned:
            self.call_after_refresh(self._show_all)

    # -------------------------------------------------------------------------------------------------- keeping up

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries import bays as sections
        from storage.queries import occupancy, yard_map

        return frozenset((*yard_map.FEEDS, *occupancy.FEEDS, *sections.FEEDS))

    def reload(self) -> None:
        if self.port.pulse.problem:
            return
        from storage.queries.occupancy import occupancy_forecast

        policy = self.view.policy
        self._ask_map()
        self.ask(
            "outlook", lambda session, clock: occupancy_forecast(session, clock, policy=policy), self._take_forecast
        )

    def _ask_map(self) -> None:
        from storage.queries.yard_map import yard_map

        policy, colour_by = self.view.policy, self.colour_by
        self.ask("map", lambda session, clock: yard_map(session, clock, colour_by, policy=policy), self._take_map)

    def _take_map(self, found: Map) -> None:
        first, self._map = self._map is None, found
        self._lay_out()
        self._show_map()
        self._seek()
        if not first:
            self._ask_bay()

    def _take_forecast(self, found: OccupancyForecast) -> None:
        self._forecast = found
        self._lay_out()
        self._show_map()
        self._show_facts()
        self._show_outlook()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._show_all)

    def show_freshness(self, pulse: Pulse) -> None:
        self._show_titles()

    # ------------------------------------------------------------------------------------------------------ showing

    def _show_all(self) -> None:
        self._lay_out()
        self._show_map()
        self._show_bay()
        self._show_facts()
        self._show_outlook()

    def _lay_out(self) -> None:
        """Give every part its lines: what the map and the bay need first, a second line a box and the side after."""
        on_bay = self.has_class("-on-bay")
        if not self.wide:
            shown = {"map-tile": not on_bay, "bay-tile": on_bay, "block-tile": not on_bay, "box-tile": on_bay}
            shown |= {"occupancy-tile": not on_bay, "side-tile": on_bay}
        else:
            shown = dict.fromkeys(("map-tile", "bay-tile", "block-tile", "box-tile", "occupancy-tile"), True)
        tiers = self._section.tiers if self._section else 4
        around = 2 + len(self._legend())
        heights = share_lines(
            self.size.height - 2, self.map.lines_wanted + around, tiers, wide=self.wide, on_bay=on_bay
        )
        shown["side-tile"] = heights.side > 0
        for tile, visible in shown.items():
            self.query_one(f"#{tile}").display = visible
        self._set_heights(heights)
        # The gate side follows the last block, whatever room is left below.
        self.map.styles.max_height = max(1, self.map.lines_wanted)
        self.query_one("#legend").styles.height = max(1, around - 2)

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
        vast = self.app.size.width >= VAST
        self.query_one("#facts").styles.width = (
            (VAST_FACTS_WIDTH if vast else FACTS_WIDTH) if self.wide else self.app.size.width
        )

    def _show_map(self) -> None:
        if self._map is None:
            return
        lines = self._forecast.blocks if self._forecast else ()
        full = {line.id: line.full for line in lines if line.id is not None and line.full is not None}
        self.map.show(maps.drawn(self._map, full, self.view.wall))
        width = self.query_one("#rail").size.width
        rule = glyphs.current().double.horizontal
        for side in ("rail", "gate"):
            begins = f"{side} side "
            self.query_one(f"#{side}", TextLines).show([[(begins + rule * max(0, width - len(begins)), "dim")]])
        self.query_one("#legend", Legend).show(self._legend())
        self._show_titles()

    def _legend(self) -> list[Line]:
        if self._map is None:
            return []
        return maps.legend_lines(self._map, self.query_one("#rail").size.width, LEGEND_LINES)

    def _show_titles(self) -> None:
        if self._map is None:
            return
        scale = self.map.scale
        fresh = self.fresh().word if self.wide else ""
        self.query_one("#map-tile", Tile).retitle(maps.title_of(self._map, scale), fresh)
        block = self._block()
        self.query_one("#block-tile", Tile).retitle(
            f"Block {block.block.name}, {block.block.kind}" if block else "Block"
        )
        tile = self.query_one("#bay-tile", Tile)
        if self._section is not None:
            tile.retitle(bays.title_of(self._section), bays.note_of(self._section))
        elif block is not None and not block.bays:
            tile.retitle(f"{block.block.name} has no bays, {written.boxes(block.block.boxes)}: b lists them", "")
        if self._side is not None:
            self.query_one("#side-tile", Tile).retitle(bays.side_title(self._side))
        kind = self.query_one("#kinds", Grid).cursor_row
        what = kind.cells[0].text if kind is not None and self.wide else "All blocks"
        self.query_one("#occupancy-tile", Tile).retitle(f"Occupancy, TEU: {what.lower()}")

    def _show_bay(self) -> None:
        if self._section is None:
            return
        self.stack.show(bays.stack_boxes(self._section), self._section.rows, self._section.tiers)
        self.query_one("#signs", TextLines).show([[(bays.signs_line(), "dim")]])
        self._show_box()
        side = self.query_one("#side", TextLines)
        if self._side is not None and side.size.height:
            side.show(bays.side_view(self._side, side.size.height, side.size.width))

    def _show_box(self) -> None:
        key, wall = self.stack.cursor_key, self.view.wall
        if self._section is None:
            return
        self.query_one("#reach", TextLines).show([bays.reach_line(self._section, key)])
        chosen = next((each for each in self._section.boxes if each.box.id == key), None)
        self._show_lines("box", bays.box_lines(chosen, wall))

    def _show_facts(self) -> None:
        block = self._block()
        if block is None:
            return
        lines = self._forecast.blocks if self._forecast else ()
        line = next((line for line in lines if line.id == block.block.id), None)
        self._show_lines("block", outlook.block_lines(block.block, line, self._forecast, self.view.wall))

    def _show_lines(self, name: str, lines: list[Line]) -> None:
        """A fact a line in the column beside, side by side where that has the width of the screen."""
        shown = self.query_one(f"#{name}", TextLines)
        shown.show(lines if self.wide else outlook.facts_in_rows(lines, shown.size.width))

    def _show_outlook(self) -> None:
        forecast = self._forecast
        if forecast is None:
            return
        grid = self.query_one("#kinds", Grid)
        self.fill(grid, Part("yard by kind", outlook.KIND_COLUMNS, ListSource(outlook.kind_rows(forecast))))
        self._show_chart()
        self.query_one("#words", TextLines).show(outlook.full_lines(forecast, self.view.wall))

    def _show_chart(self) -> None:
        if self._forecast is None:
            return
        key = self.query_one("#kinds", Grid).cursor_key if self.wide else outlook.ALL
        chart = self.query_one("#chart", TextLines)
        line = outlook.line_of(self._forecast, key)
        chart.show(outlook.chart_lines(line, self._forecast, chart.size.width))
        self._show_titles()

    @on(Grid.Moved, "#kinds")
    def _kind_moved(self) -> None:
        self._show_chart()

    @on(Grid.Loaded, "#kinds")
    def _kinds_loaded(self) -> None:
        self._show_chart()

    @on(Grid.Opened, "#kinds")
    def _kind_opened(self, message: Grid.Opened) -> None:
        if message.key not in (None, outlook.ALL, outlook.UNPLANNED):
            self.filter_by(f"kind:{message.key}")

    # ------------------------------------------------------------------------------------------------- the cursors

    def _block(self) -> MapBlock | None:
        """The block under the map's cursor."""
        cursor = self.map.cursor
        if self._map is None or cursor is None:
            return None
        return next((each for each in self._map.blocks if each.block.id == cursor[0]), None)

    def _bay(self) -> MapBay | None:
        """The first bay under the cursor."""
        block, cursor = self._block(), self.map.cursor
        if block is None or cursor is None or cursor[1] >= len(block.bays):
            return None
        return block.bays[cursor[1]]

    @on(YardMap.Moved)
    def _map_moved(self) -> None:
        self._show_facts()
        self._ask_bay()

    def _ask_bay(self) -> None:
        block, bay = self._block(), self._bay()
        if block is None:
            return
        from storage.queries.bays import bay_section, block_side

        policy, identity = self.view.policy, block.block.id
        number = None if bay is None else bay.bay
        self.ask(
            "bay",
            lambda session, clock: (
                None if number is None else bay_section(session, clock, identity, number, policy=policy),
                block_side(session, clock, identity, policy=policy),
            ),
            self._take_bay,
        )

    def _take_bay(self, found: tuple[BaySection | None, BlockSide | None]) -> None:
        self._section, self._side = found
        if self._section is None:
            self.stack.show((), 0, 0)
        self._lay_out()
        self._show_titles()
        self._show_bay()
        self._seek()

    def _seek(self) -> None:
        """Put the cursors on what is wanted, as far as it has been read: the block, then the box in its bay."""
        wanted = self._wanted
        if wanted is None or self._map is None:
            return
        self.map.select(wanted.block, 0 if wanted.bay is None else max(0, (wanted.bay - 1) // 2))
        if wanted.bay is None:
            self._wanted = None
        elif wanted.box is not None and self.stack.select(wanted.box):
            self._wanted = None
            self._give_keys(self.stack)

    @on(YardMap.Opened)
    def _bay_opened(self) -> None:
        self._give_keys(self.stack)

    @on(StackView.Moved)
    def _box_moved(self) -> None:
        self._show_box()

    @on(StackView.Opened)
    def _box_opened(self, message: StackView.Opened) -> None:
        if message.key is not None:
            self.port.open_detail("box", message.key)

    @on(StackView.Turned)
    def _turned(self, message: StackView.Turned) -> None:
        """The next bay of the block, or the one before."""
        block, cursor = self._block(), self.map.cursor
        if block is not None and cursor is not None:
            place = cursor[1] + message.bays * self.map.scale
            if 0 <= place < len(block.bays):
                self.map.select(block.block.id, place)

    # ---------------------------------------------------------------------------------------------------- commands

    def do_open(self, _argument: str) -> None:
        """Open what the cursor is on."""
        if isinstance(self.focused, YardMap | StackView | Grid):
            self.focused.action_open()

    def do_back(self, argument: str) -> None:
        """From the bay to the map."""
        if self.focused is self.map or self._pushed:
            super().do_back(argument)
        else:
            self._give_keys(self.map)

    def do_columns(self, argument: str) -> None:
        """Colour the map by something else."""
        from storage.queries.yard_map import COLOURINGS

        def chosen(name: str | None) -> None:
            match = next((each for each in COLOURINGS if name and each.startswith(name)), None)
            if match is not None:
                self.colour_by = match
                self._ask_map()
            elif name is not None:
                self.port.say(f"The map has no colours by '{name}': {', '.join(COLOURINGS)}.")

        if argument:
            chosen(argument)
            return
        choices = [Choice(name, name, maps.TITLES[name].partition(": ")[2]) for name in COLOURINGS]
        self.app.push_screen(Chooser("Colour the map by", choices, self.colour_by), chosen)

    def do_boxes(self, argument: str) -> None:
        """Every box of the yard."""
        words = argument or "place:yard"
        title = "" if argument else "Boxes in the yard"
        self.app.push_screen(BoxesScreen(("Yard", "Boxes"), words, title=title))

    def do_all(self, argument: str) -> None:
        """Every block, as a list."""
        from console.panes.yard.blocks import BlocksScreen

        self.app.push_screen(BlocksScreen(argument))

    def do_filter(self, argument: str) -> None:
        """The blocks that match, as a list."""
        self.do_all(argument)

    def filter_by(self, words: str) -> None:
        if words:
            self.do_all(words)

    def do_copy(self, _argument: str) -> None:
        """Copy the bay as a message."""
        if self._section is None:
            self.port.say("There is no bay to copy.")
            return
        title = f"{bays.title_of(self._section)}, {bays.note_of(self._section)}"
        wall = self.view.wall
        heading = f"{self.port.site_title}, {title}, {wall.stamp()}, data {self.fresh().word}"
        text = rows_message(heading, rows.BOX_COLUMNS, [rows.box_row(each.box, wall) for each in self._section.boxes])
        self.run_worker(self.send_copy(text), group="copy", exclusive=True)


PANE = YardPane
