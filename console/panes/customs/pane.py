"""Customs: the lanes, the queue with the least margin first, and what the chosen declaration holds up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.widget import Widget

from console import format as written
from console.format import Wall
from console.panes.answered import AnsweredListing
from console.panes.customs import rows
from console.screens.grids import Part
from widgets.cells import Line
from widgets.grid import Grid
from widgets.rows import ListSource, Row
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.customs_lanes import Lanes
    from storage.queries.views import View as Table

LANES = "Lanes, declarations waiting now"


class CustomsPane(AnsweredListing):
    """Declarations that wait; released ones with `a` or a preset."""

    mode = "customs"
    topmost = False
    noun = "declarations"
    first = "waiting"
    order = ("margin,cutoff_at,-wait", "least margin first")
    columns = rows.QUEUE_COLUMNS
    DEFAULT_CSS = """
    CustomsPane #lanes { height: 8; }
    CustomsPane #answer { height: 3; }
    CustomsPane.-wide #answer { height: 5; }
    """

    def __init__(self, words: str = "") -> None:
        super().__init__(words)
        self._lanes: Lanes | None = None

    def body(self) -> Iterable[Widget]:
        lanes = Grid(rows.LANE_COLUMNS, id="by-lane")
        yield Tile(LANES, lanes, id="lanes", below=True)
        yield from super().body()

    def table(self) -> Table[Any]:
        from storage.queries.customs import DECLARATIONS

        return DECLARATIONS

    def write(self, record: Any, wall: Wall) -> Row:
        return rows.declaration_row(record, wall)

    def describe(self, record: Any, wall: Wall) -> tuple[str, list[Line]]:
        return rows.title(record), rows.answer(record, wall)

    def open_row(self, key: str) -> None:
        self.port.open_detail("declaration", key)

    def show_heading(self) -> None:
        super().show_heading()
        waiting = "" if self._lanes is None else f"{written.number(self._lanes.declarations)} open"
        fresh = self.fresh().word if self.wide else ""
        self.query_one("#lanes", Tile).retitle(LANES, written.joined((waiting, fresh), "  "))

    @on(Grid.Opened, "#by-lane")
    def _lane_opened(self, message: Grid.Opened) -> None:
        """Enter on a lane shows its declarations; on the sum, all."""
        words = {"all": "", "not declared": "", "no lane": "lane:--"}
        if message.key is not None:
            self.filter_by(words.get(message.key, f"lane:{message.key}"))

    def reload(self) -> None:
        super().reload()
        from storage.queries.customs_lanes import lanes

        policy = self.view.policy
        self.ask("lanes", lambda session, clock: lanes(session, clock, policy=policy), self._take_lanes)

    def _take_lanes(self, found: Lanes) -> None:
        self._lanes = found
        self.show_heading()
        part = Part("customs lanes", rows.LANE_COLUMNS, ListSource(rows.lane_rows(found, self.view.wall)))
        self.fill(self.query_one("#by-lane", Grid), part)


PANE = CustomsPane
