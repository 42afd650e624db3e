"""Customs: the lanes, the queue with the least margin first, what the chosen declaration holds up, and what is beside.

Where there is room, inspections, locks, designated sites and the flow of a lane take turns below the queue, or all
stand there; where there is none, each takes the place of the queue. Tab goes from part to part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from console import format as written
from console.format import Wall
from console.panes.answered import AnsweredListing
from console.panes.customs import aside_rows, rows
from console.panes.customs.message import asking
from console.panes.source import Asked, TableSource
from console.screens.boxes import BoxesScreen
from console.screens.chooser import Choice, Chooser
from console.screens.grids import MOST_COPIED, Part
from console.screens.parts import room_of
from console.watch import explained
from widgets import glyphs
from widgets.cells import Line
from widgets.grid import Grid
from widgets.rows import ListSource, Row
from widgets.slots import LEGEND, Slots
from widgets.textlines import MadeLines, TextLines
from widgets.tile import Tile

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.clock import Clock
    from storage.queries.customs_lanes import Lanes
    from storage.queries.customs_quality import CustomsQuality
    from storage.queries.declaration_page import HoldsUp
    from storage.queries.inspections import InspectionDay
    from storage.queries.views import View as Table

LANES = "Lanes, declarations waiting now"
ASIDE = {"inspections": "inspections", "seals": "seals", "sites": "sites", "flow": "flow"}
"""Part that takes turns to its name."""
PARTS = ("rows", "lanes", *ASIDE)
NOT_DECLARED = "not declared"


class CustomsPane(AnsweredListing):
    """Declarations that wait; released ones with `a` or a preset."""

    mode = "customs"
    topmost = False
    noun = "declarations"
    first = "waiting"
    order = ("", "least margin first")
    columns = rows.QUEUE_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.command('part')", show=False),
        Binding("shift+tab", "app.command('previous')", show=False),
    ]
    DEFAULT_CSS = """
    CustomsPane #lanes { height: 8; }
    CustomsPane #rows { width: 100%; }
    CustomsPane #undeclared { height: 1; display: none; }
    CustomsPane.-undeclared #undeclared { display: block; }
    CustomsPane #answer { height: 3; }
    CustomsPane.-wide #answer { height: 4; }
    CustomsPane #aside { height: 7; }
    CustomsPane #aside Tile { display: none; }
    CustomsPane #aside Tile.-turn { display: block; }
    CustomsPane #bay-lines { width: 46; }
    CustomsPane.-vast #aside { height: 14; }
    CustomsPane.-vast #aside Tile { display: block; }
    CustomsPane.-vast #inspections { width: 42; }
    CustomsPane.-vast #sites { width: 65; }
    CustomsPane.-vast #flow { width: 36; }
    CustomsPane.-vast #bay-lines { height: 5; width: 1fr; }
    CustomsPane.-vast #bays { layout: vertical; }
    CustomsPane.-small #aside { display: none; }
    CustomsPane.-small.-beside #aside { display: block; height: 1fr; }
    CustomsPane.-small.-beside #rows, CustomsPane.-small.-beside #answer { display: none; }
    CustomsPane.-small #bays { layout: vertical; }
    CustomsPane.-small #bay-lines { width: 1fr; height: 4; }
    """

    def __init__(self, words: str = "") -> None:
        super().__init__(words)
        self._lanes: Lanes | None = None
        self._day: InspectionDay | None = None
        self._quality: CustomsQuality | None = None
        self.part = "rows"
        self.turn = "inspections"
        self.room = "small"

    def topic(self) -> str:
        return {"seals": "seal", "inspections": "inspections", "sites": "sites"}.get(self.part, self.mode)

    # ----------------------------------------------------------------------------------------------------- composition

    def body(self) -> Iterable[Widget]:
        yield Tile(LANES, Grid(rows.LANE_COLUMNS, id="by-lane"), id="lanes", below=True)
        yield Tile(self.heading(), TextLines(id="undeclared"), self.make_grid(), id="rows", above=True, below=True)
        yield Tile("", TextLines(id="lines"), id="answer", above=True, below=True)
        yield Horizontal(
            Tile("Inspections today", Horizontal(
                Slots(id="bay-lines"), Grid(aside_rows.BRING_COLUMNS, id="bring"), id="bays",
            ), id="inspections", above=True),
            Tile("Seals", Grid(aside_rows.SEAL_COLUMNS, id="locks"), id="seals", above=True),
            Tile("Designated sites", Grid(aside_rows.SITE_COLUMNS, id="by-site"), id="sites", above=True),
            Tile("Flow", MadeLines(id="flow-lines"), id="flow", above=True),
            id="aside",
        )  # fmt: skip

    def on_resize(self) -> None:
        self._place()
        super().on_resize()
        self._show_beside()

    def _place(self) -> None:
        self.room = room_of(self.app.size)
        for name in ("small", "large", "vast"):
            self.set_class(name == self.room, f"-{name}")
        self.set_class(self.part in ASIDE, "-beside")
        for name in ASIDE:
            self.query_one(f"#{name}").set_class(name == self.turn, "-turn")
        for name, left in zip(ASIDE, (False, True, True, True), strict=True):
            vast = self.room == "vast"
            self.query_one(f"#{name}", Tile).join(above=True, left=left and vast, right=vast and name != "flow")

    def do_part(self, _argument: str) -> None:
        """The next part."""
        self._go_to(PARTS[(PARTS.index(self.part) + 1) % len(PARTS)])

    def do_previous(self, _argument: str) -> None:
        """The previous part."""
        self._go_to(PARTS[PARTS.index(self.part) - 1])

    def _go_to(self, part: str) -> None:
        self.part = part
        if part in ASIDE:
            self.turn = part
        self._place()
        keyed = next((widget for widget in self.query_one(f"#{part}").query("*") if widget.can_focus), None)
        if keyed is not None:
            keyed.focus()
        self._show_beside()
        self.show_heading()

    # -------------------------------------------------------------------------------------------------- the queue

    def table(self) -> Table[Any]:
        from storage.queries.customs import DECLARATIONS

        return DECLARATIONS

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries import customs, designated_sites, inspections, seals

        return frozenset((*customs.FEEDS, *inspections.FEEDS, *seals.FEEDS, *designated_sites.FEEDS))

    def write(self, record: Any, wall: Wall) -> Row:
        return rows.declaration_row(record, wall)

    def look_up(self, session: Session, clock: Clock, key: str) -> HoldsUp | None:
        from storage.queries.declaration_page import holds_up

        return holds_up(session, clock, key, policy=self.view.policy)

    def describe(self, record: Any, wall: Wall) -> tuple[str, list[Line]]:
        return rows.title(record.row, wall), rows.answer(record, wall, short=not self.wide)

    def open_row(self, key: str) -> None:
        self.port.open_detail("declaration", key)

    # -------------------------------------------------------------------------------------------------- keeping up

    def reload(self) -> None:
        if self.port.pulse.problem:
            return
        super().reload()
        self.ask("lanes", self._read_lanes, self._take_lanes)

    def rehearse(self) -> None:
        super().rehearse()
        self.view.ask(self._read_lanes)

    def _read_lanes(self, session: Session, clock: Clock) -> Lanes:
        from storage.figures.policy import Moment
        from storage.queries.customs_held import lanes_at

        return lanes_at(session, Moment.of(clock, self.view.policy))

    def _take_lanes(self, found: Lanes) -> None:
        self._lanes = found
        part = Part("customs lanes", rows.LANE_COLUMNS, ListSource(rows.lane_rows(found, self.view.wall)))
        self.fill(self.query_one("#by-lane", Grid), part)
        self._show_beside()
        self.show_heading()
        self._ask_beside()

    def _ask_beside(self) -> None:
        """What stands beside the queue is read when the queue and its lanes are there."""
        from storage.queries.customs_quality import customs_quality
        from storage.queries.inspections import inspection_day

        policy = self.view.policy
        self.ask("day", lambda session, clock: inspection_day(session, clock, policy=policy), self._take_day)
        self.ask("quality", lambda session, clock: customs_quality(session, clock, policy=policy), self._take_quality)

    def _take_quality(self, found: CustomsQuality) -> None:
        self._quality = found
        self.show_heading()

    def _take_day(self, found: InspectionDay) -> None:
        self._day = found
        self._list_beside()
        self._show_beside()

    def _list_beside(self) -> None:
        """The locks and the sites, read by their own grids."""
        from storage.queries.designated_sites import SITES
        from storage.queries.seals import SEALS

        locks = TableSource(self.view, SEALS, Asked(preset="here"), aside_rows.seal_row)
        self.fill(self.query_one("#locks", Grid), Part("seals", aside_rows.SEAL_COLUMNS, locks), "no smart locks")
        sites = TableSource(self.view, SITES, Asked(), lambda record, _wall: aside_rows.site_row(record))
        part = Part("designated sites", aside_rows.SITE_COLUMNS, sites)
        self.fill(self.query_one("#by-site", Grid), part, "no designated sites")

    # -------------------------------------------------------------------------------------------------------- showing

    def show_heading(self) -> None:
        super().show_heading()
        lanes = self._lanes
        told = [] if lanes is None else [f"{written.number(lanes.declarations)} open"]
        if lanes is not None and lanes.declarations_told:
            told.append(f"{100 * lanes.advance // lanes.declarations_told} % declared in advance")
        if self._quality is not None:
            told += rows.quality_words(self._quality, room=self.wide)
        fresh = self.fresh().word if self.wide else ""
        hours = lanes.office_hours if self.wide and lanes is not None else ""
        title = f"Lanes; office hours {hours}" if hours else LANES
        self.query_one("#lanes", Tile).retitle(title, written.joined((", ".join(told), fresh), "  "))

    def _show_beside(self) -> None:
        self._show_undeclared()
        self._show_day()
        self._show_flow()
        for name, title in (("seals", "Seals, alarms first"), ("sites", "Designated sites, this month")):
            self.query_one(f"#{name}", Tile).retitle(title, self._coming(name))

    def _show_undeclared(self) -> None:
        line = [] if self._lanes is None else rows.undeclared_line(self._lanes, self.view.wall, self.size.width - 4)
        self.set_class(bool(line), "-undeclared")
        self.query_one("#undeclared", TextLines).show([line])

    def _show_day(self) -> None:
        day, wall = self._day, self.view.wall
        if day is None:
            return
        bays = self.query_one("#bay-lines", Slots)
        unknown, legend = written.not_come(day.missing), self.room != "large"
        bays.show(aside_rows.bays(day), day.slot, self.view.zone, wall.now, legend=legend, empty=unknown)
        found = [aside_rows.bring_row(box, wall) for box in day.to_bring]
        part = Part("boxes to bring to inspection", aside_rows.BRING_COLUMNS, ListSource(found))
        self.fill(self.query_one("#bring", Grid), part, unknown or "no box is called and not there")
        length = day.slot // timedelta(minutes=1)
        title = f"Inspections today, {length} min slots: {LEGEND}" if self.room == "large" else "Inspections today"
        left = f"{written.number(day.left)} of {written.number(day.all_left)} slots left"
        note = written.joined((left, self._coming("inspections")), "  ")
        self.query_one("#inspections", Tile).retitle(glyphs.spell(title), note)

    def _show_flow(self) -> None:
        """Of the lane under the cursor, else of the one that grows most."""
        if self._lanes is None:
            return
        lanes = {lane.name: lane for lane in self._lanes.lanes}
        key = self.query_one("#by-lane", Grid).cursor_key
        lane = lanes.get(key or "") or max(lanes.values(), key=lambda lane: lane.growth)
        self.query_one("#flow-lines", MadeLines).show(lambda width: rows.flow_chart(lane, width))
        title = f"Today, {rows.lane_name(lane)}: in/out by hour"
        self.query_one("#flow", Tile).retitle(title, self._coming("flow"))

    def _coming(self, part: str) -> str:
        """What Tab brings in the place of a part."""
        if self.room == "vast" or part != self.turn:
            return ""
        names = list(ASIDE.values())
        place = names.index(part)
        return f"Tab: {', '.join((*names[place + 1 :], *names[:place]))}"

    # -------------------------------------------------------------------------------------------------------- opening

    @on(Grid.Opened, "#by-lane")
    def _lane_opened(self, message: Grid.Opened) -> None:
        """Enter on a lane shows its declarations; on the sum, all; on what is not declared, those boxes."""
        if message.key == NOT_DECLARED:
            self.list_undeclared()
        elif message.key is not None:
            self.filter_by({"all": "", "no lane": "lane:--"}.get(message.key, f"lane:{message.key}"))

    @on(Grid.Moved, "#by-lane")
    def _lane_moved(self) -> None:
        self._show_flow()

    @on(Grid.Opened, "#bring, #locks, #by-site")
    def _beside_opened(self, message: Grid.Opened) -> None:
        message.stop()
        key = message.key or ""
        if message.grid.id == "locks":
            self.port.open_detail("seal", key)
        elif message.grid.id == "bring":
            kind, _, identity = key.split("/")[0].partition(":")
            if identity:
                self.port.open_detail(kind, identity)
        else:
            kind = next((row.cells[0].text for row in [message.grid.cursor_row] if row), "")
            self.filter_by(f"special_kind:{kind}")
            self._go_to("rows")

    def list_undeclared(self) -> None:
        """The booked boxes that are here and that nobody has declared."""
        way, words = ("Customs", "Not declared"), 'customs="not declared" -train:-- -received_at:--'
        self.app.push_screen(BoxesScreen(way, words, title="Booked boxes here that nobody has declared"))

    # ------------------------------------------------------------------------------------------------------ commands

    def do_presets(self, argument: str) -> None:
        """Take the preset of this name; without one, choose. What is not declared is a list of boxes."""
        if argument == NOT_DECLARED:
            self.list_undeclared()
        elif argument:
            super().do_presets(argument)
        else:
            choices = [Choice(preset.name, preset.name, preset.filter) for preset in self.table().presets]
            choices.append(Choice(NOT_DECLARED, NOT_DECLARED, "booked boxes without a declaration"))
            self.app.push_screen(Chooser("Presets", choices, self.asked.preset), self._preset_chosen)

    def _preset_chosen(self, name: str | None) -> None:
        if name is not None:
            self.do_presets(name)

    def do_copy(self, argument: str) -> None:
        """Copy the marked declarations as a message that asks customs for them; rows of other parts as they are."""
        if self.active is not self.grid:
            super().do_copy(argument)
            return
        keys = self.grid.marks or frozenset({self.grid.cursor_key} if self.grid.cursor_key else ())
        if not keys:
            self.port.say("There is no row to copy.")
        elif len(keys) > MOST_COPIED:
            self.port.say(f"{len(keys)} rows are too many for a message, {MOST_COPIED} at most: 'dryport --help'.")
        else:
            self.run_worker(self._copy_asking(keys), group="copy", exclusive=True)

    async def _copy_asking(self, keys: frozenset[str]) -> None:
        from storage.figures.policy import Moment
        from storage.queries.customs_held import queue_at
        from storage.queries.declaration_page import holds_up

        policy = self.view.policy

        def read(session: Session, clock: Clock) -> list[HoldsUp]:
            order = [key for key in queue_at(session, Moment.of(clock, policy)).urgent if key in keys]
            rest = sorted(keys.difference(order))
            found = (holds_up(session, clock, key, policy=policy) for key in (*order, *rest))
            return [each for each in found if each is not None]

        try:
            found = await asyncio.to_thread(self.view.ask, read)
        except Exception as error:  # noqa: BLE001  # as for every reading: said, and nothing else happens
            self.port.say(explained(error))
            return
        await self.send_copy(asking(found, self.port.site_title, self.view.wall, self.fresh().word))


PANE = CustomsPane
