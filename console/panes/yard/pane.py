"""Yard: the map, the block and the bay under its cursor, the box in that bay, and how full the yard will be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from console.panes.message import rows_message
from console.panes.yard import bay as bays
from console.panes.yard import map as maps
from console.panes.yard import outlook, rows
from console.panes.yard.care import CareScreen, care_choices
from console.panes.yard.parts import YardParts
from console.screens.boxes import BoxesScreen
from console.screens.chooser import Choice, Chooser
from console.watch import Pulse
from widgets.grid import Grid
from widgets.stack_view import StackView
from widgets.yard_map import YardMap

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.clock import Clock
    from storage.queries.bays import BaySection, BlockSide
    from storage.queries.exceptions import Count
    from storage.queries.exceptions.work import Backlog
    from storage.queries.occupancy import OccupancyForecast
    from storage.queries.occupancy_history import Standing
    from storage.queries.yard_map import ColourBy, MapBay, MapBlock
    from storage.queries.yard_map import YardMap as Map


CARE_MINUTES = 5
"""How often what needs care is counted: over 100 000 boxes that takes seconds."""


class Spot(NamedTuple):
    """What the cursors are to be put on: a block (its id), a bay of it, a box in that."""

    block: str
    bay: int | None = None
    box: str | None = None


class YardPane(YardParts):
    """Map, bay and kinds of block take the keys in turns; where the room is short they take the screen in turns."""

    mode = "yard"
    withheld = frozenset({"mark", "unmark"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.command('part')", show=False),
        Binding("shift+tab", "app.command('previous')", show=False),
    ]
    hints = {"columns": "colour", "presets": "care", "all": "blocks"}
    ranks = {"columns": 17, "all": 18, "presets": 19}

    def __init__(self, spot: Spot | None = None) -> None:
        """`spot`: where to begin; it is then a screen that was pushed to show that."""
        super().__init__()
        self._pushed = spot is not None
        self._wanted = spot
        self.colour_by: ColourBy = "occupancy"
        self._slow_at: tuple[int, int] | None = None

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
        parts: list[Widget] = [self.map, self.stack, self.query_one("#kinds", Grid)]
        here = parts.index(self.focused) if self.focused in parts else 0
        self.give_keys(parts[(here + steps) % len(parts)])

    # -------------------------------------------------------------------------------------------------- keeping up

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries import bays as sections
        from storage.queries import exceptions, occupancy, yard_map

        return frozenset((*yard_map.FEEDS, *occupancy.FEEDS, *sections.FEEDS, *exceptions.FEEDS))

    def reload(self) -> None:
        if self.port.pulse.problem:
            return
        from storage.queries.occupancy import occupancy_forecast

        policy = self.view.policy
        self._ask_map()
        self.ask(
            "outlook",
            lambda session, clock: occupancy_forecast(session, clock, policy=policy),
            self._take_forecast,
            follows=True,
        )
        self._ask_slow()

    def _ask_slow(self) -> None:
        """What costs most and moves least: what needs care every few minutes, the two weeks behind once an hour."""
        from storage.queries.exceptions import counts
        from storage.queries.exceptions.work import rehandle_backlog
        from storage.queries.occupancy_history import occupancy_history

        policy, minute = self.view.policy, self.port.pulse.minute
        before, self._slow_at = self._slow_at, (minute // CARE_MINUTES, minute // 60)
        if before is None or before[0] != minute // CARE_MINUTES:
            self.ask(
                "care",
                lambda session, clock: (
                    counts(session, clock, policy=policy),
                    rehandle_backlog(session, clock, policy=policy),
                ),
                self._take_care,
                follows=True,
            )
        if before is None or before[1] != minute // 60:
            self.ask(
                "history",
                lambda session, clock: occupancy_history(session, clock, policy=policy),
                self._take_history,
                follows=True,
            )

    def _take_care(self, found: tuple[tuple[Count, ...], Backlog]) -> None:
        self.care, self.backlog = found
        self.show_facts()

    def _take_history(self, found: tuple[Standing, ...]) -> None:
        self.history = found
        self.show_outlook()

    def rehearse(self) -> None:
        self.view.ask(self._map_asked())

    def _ask_map(self) -> None:
        self.ask("map", self._map_asked(), self._take_map)

    def _map_asked(self) -> Callable[[Session, Clock], Map]:
        from storage.queries.yard_map import yard_map

        policy, colour_by = self.view.policy, self.colour_by
        return lambda session, clock: yard_map(session, clock, colour_by, policy=policy)

    def _take_map(self, found: Map) -> None:
        first, self.found = self.found is None, found
        self.lay_out()
        self.show_map()
        self._seek_place()
        if not first:
            self._ask_bay()

    def _take_forecast(self, found: OccupancyForecast) -> None:
        self.forecast = found
        self.lay_out()
        self.show_map()
        self.show_facts()
        self.show_outlook()

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self.show_all)

    def show_freshness(self, pulse: Pulse) -> None:
        self.show_titles()

    @on(Grid.Opened, "#kinds")
    def _kind_opened(self, message: Grid.Opened) -> None:
        key = message.key or outlook.ALL
        if key.startswith(outlook.BLOCK):
            self.map.select(key.removeprefix(outlook.BLOCK))
            self.give_keys(self.map)
        elif key == outlook.UNPLANNED:
            way, title = ("Yard", "No block yet"), "Boxes to come for which no block is planned"
            self.app.push_screen(BoxesScreen(way, outlook.UNPLANNED_BOXES, "expected_at", title=title))
        elif key == outlook.UNKNOWN_BLOCKS:
            self.app.push_screen(CareScreen("data quality", 'what:"unknown block"'))
        elif key != outlook.ALL:
            self.filter_by(f"kind:{key}")

    # ------------------------------------------------------------------------------------------------- the cursors
    def _bay(self) -> MapBay | None:
        """The bay under the cursor."""
        block, cursor = self.chosen_block(), self.map.cursor
        if block is None or cursor is None or cursor[1] >= len(block.bays):
            return None
        return block.bays[cursor[1]]

    @on(YardMap.Moved)
    def _map_moved(self) -> None:
        self.show_facts()
        self._ask_bay()

    def _ask_bay(self) -> None:
        block, bay = self.chosen_block(), self._bay()
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
        self.section, self.side = found
        self.lay_out()
        self.show_titles()
        self.show_bay()
        self._seek_box()

    def _seek_place(self) -> None:
        """Put the map's cursor on the block and the bay that are wanted; say so where the map does not have them."""
        wanted = self._wanted
        if wanted is None or self.found is None:
            return
        block = next((each for each in self.found.blocks if each.block.id == wanted.block), None)
        place = 0 if wanted.bay is None else max(0, (wanted.bay - 1) // 2)
        if block is None:
            self.port.say(f"The map has no block {wanted.block}.")
        elif wanted.bay is not None and place >= len(block.bays):
            self.port.say(f"{block.block.name} has no bay {wanted.bay:02}.")
        self.map.select(wanted.block, place)
        if block is None or wanted.bay is None or place >= len(block.bays):
            self._wanted = None

    def _seek_box(self) -> None:
        """Give the wanted bay the keys once it has been read, its cursor on the wanted box if that stands there."""
        wanted, section = self._wanted, self.section
        if wanted is None or section is None or section.block.id != wanted.block or wanted.bay is None:
            return
        if section.bay == 2 * max(0, (wanted.bay - 1) // 2) + 1:
            self._wanted = None
            if wanted.box is None or self.stack.select(wanted.box):
                self.give_keys(self.stack)

    @on(YardMap.Opened)
    def _bay_opened(self) -> None:
        """The bay takes the keys; a block without bays has its boxes listed."""
        block = self.chosen_block()
        if block is None or block.bays:
            self.give_keys(self.stack)
        else:
            self._list_boxes(block)

    def _list_boxes(self, at: MapBlock) -> None:
        name = at.block.name
        words = f'block="{name}" place:yard'
        self.app.push_screen(BoxesScreen(("Yard", name), words, "bay,row,-tier", title=f"Boxes of {name}"))

    @on(StackView.Moved)
    def _box_moved(self) -> None:
        self.show_box()

    @on(StackView.Opened)
    def _box_opened(self, message: StackView.Opened) -> None:
        if message.key is not None:
            self.port.open_detail("box", message.key)

    @on(StackView.Turned)
    def _turned(self, message: StackView.Turned) -> None:
        """The next bay of the block, or the one before."""
        block, cursor = self.chosen_block(), self.map.cursor
        if block is not None and cursor is not None:
            place = cursor[1] + message.bays
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
            self.give_keys(self.map)

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
        choices = [Choice(name, name, maps.meaning_of(name)) for name in COLOURINGS]
        self.app.push_screen(Chooser("Colour the map by", choices, self.colour_by), chosen)

    def do_presets(self, argument: str) -> None:
        """A list of what needs care."""
        from storage.queries.exceptions import EXCEPTIONS

        def chosen(name: str | None) -> None:
            match = next((each for each in EXCEPTIONS if name and each.startswith(name)), None)
            if match is not None:
                self.app.push_screen(CareScreen(match))
            elif name is not None:
                self.port.say(f"There is no list '{name}': {', '.join(EXCEPTIONS)}.")

        if argument:
            chosen(argument)
        else:
            self.app.push_screen(Chooser("What needs care, of how many", care_choices(self.care)), chosen)

    def do_boxes(self, argument: str) -> None:
        """Every box of the yard; while the bay has the keys, of its block."""
        block = self.chosen_block()
        if self.focused is self.stack and block is not None and not argument:
            self._list_boxes(block)
            return
        words = argument or "place:yard"
        title = "" if argument else "Boxes in the yard"
        self.app.push_screen(BoxesScreen(("Yard", "Boxes"), words, title=title))

    def do_all(self, argument: str) -> None:
        """Every block, as a list."""
        from console.panes.yard.blocks import BlocksScreen

        self.app.push_screen(BlocksScreen(argument))

    def do_filter(self, argument: str) -> None:
        """The blocks that match, as a list; without words, type them."""
        if argument:
            self.do_all(argument)
        else:
            self.type_on("/", "filter")

    def typed(self, purpose: str, text: str) -> None:
        if purpose != "filter":  # the list opens when the words are whole
            super().typed(purpose, text)

    def filter_by(self, words: str) -> None:
        if words:
            self.do_all(words)

    def do_copy(self, _argument: str) -> None:
        """Copy the bay as a message."""
        if self.section is None:
            self.port.say("There is no bay to copy.")
            return
        title = f"{bays.title_of(self.section)}, {bays.note_of(self.section)}"
        wall = self.view.wall
        heading = f"{self.port.site_title}, {title}, {wall.stamp()}, data {self.fresh().word}"
        text = rows_message(heading, rows.BOX_COLUMNS, [rows.box_row(each.box, wall) for each in self.section.boxes])
        self.run_worker(self.send_copy(text), group="copy", exclusive=True)


PANE = YardPane
