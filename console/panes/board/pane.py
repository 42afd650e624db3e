"""Board: what to do and by when, then why: the next trains, the yard by kind, the customs lanes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Container
from textual.widget import Widget

from console import format as written
from console.notebook import Thing
from console.panes.board import rows, yard_rows
from console.screens.grids import GridScreen, Part
from console.watch import Pulse
from widgets.columns import Column
from widgets.grid import Grid
from widgets.rows import ListSource, Row
from widgets.textlines import TextLines
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.board import Board

LINES_IN_WORDS = 7
"""What the yard and the lanes take below the arrivals where there is no room for their grids."""


class BoardPane(GridScreen):
    """One reading of the cache fills all its tiles."""

    mode = "board"
    withheld = frozenset({"mark", "unmark"})
    DEFAULT_CSS = """
    BoardPane #acts { height: 6fr; }
    BoardPane #departures { height: 5fr; }
    BoardPane #lower { height: 11fr; layout: vertical; }
    BoardPane #side { height: 7; layout: vertical; }
    BoardPane #yard { height: 3; }
    BoardPane #customs { height: 4; }
    BoardPane.-wide #acts, BoardPane.-wide #departures { height: 1fr; }
    BoardPane.-wide #lower { height: 16; layout: horizontal; }
    BoardPane.-wide #side { height: 1fr; width: 1fr; }
    BoardPane.-wide #yard { height: 1fr; }
    BoardPane.-wide #customs { height: 9; }
    BoardPane.-narrow.-strays #side { height: 8; }
    BoardPane.-narrow.-strays #yard { height: 4; }
    BoardPane #work-line { height: 1; }
    BoardPane.-narrow #kinds, BoardPane.-narrow #lanes, BoardPane.-narrow #work-line { display: none; }
    BoardPane.-wide #kind-lines, BoardPane.-wide #lane-lines { display: none; }
    BoardPane.-solo Tile { display: none; }
    BoardPane.-solo Tile.-only { display: block; height: 1fr; }
    BoardPane.-solo #lower, BoardPane.-solo #side { height: auto; }
    BoardPane.-solo .-around { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._board: Board | None = None
        self._rows_in_sight: dict[str, int] = {}
        self._heights: dict[str, int | None] = {}

    def body(self) -> Iterable[Widget]:
        yield Tile("Act, soonest deadline first", _grid(rows.ACT_COLUMNS, "acts-list"), id="acts", below=True)
        departures = _grid(rows.DEPARTURE_COLUMNS, "departures-list")
        yield Tile("Departures", departures, id="departures", above=True, below=True)
        arrivals = _grid(rows.ARRIVAL_COLUMNS, "arrivals-list")
        kinds, lanes = _grid(yard_rows.KIND_COLUMNS, "kinds"), _grid(rows.LANE_COLUMNS, "lanes")
        yard_lines = TextLines(id="work-line"), TextLines(id="kind-lines")
        yield Container(
            Tile("Arrivals", arrivals, id="arrivals", above=True, right=True),
            Container(
                Tile("Yard", kinds, *yard_lines, id="yard", above=True, left=True, below=True),
                Tile("Customs", lanes, TextLines(id="lane-lines"), id="customs", above=True, left="past"),
                id="side",
            ),
            id="lower",
        )

    # -------------------------------------------------------------------------------------------------- keeping up

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries.board import FEEDS

        return frozenset(FEEDS)

    def parts_of_feeds(self) -> Mapping[str, frozenset[str]]:
        from storage.queries import customs, trains, yard_ahead

        return {
            "departures": frozenset(trains.FEEDS),
            "yard": frozenset(yard_ahead.FEEDS),
            "customs": frozenset(customs.FEEDS),
        }

    def on_mount(self) -> None:
        self.query_one("#acts-list", Grid).focus()

    def on_resize(self) -> None:
        super().on_resize()
        self._show()
        self._show_titles()

    def show_freshness(self, pulse: Pulse) -> None:
        self._show_titles()

    def reload(self) -> None:
        if self.port.pulse.problem:
            return
        from storage.queries.board import board

        policy = self.view.policy
        self.ask("board", lambda session, clock: board(session, clock, policy=policy), self._take)

    def _take(self, found: Board) -> None:
        self._board = found
        self._show()

    def _show(self) -> None:
        board, wall = self._board, self.view.wall
        if board is None:
            return
        self._fill(
            "acts-list",
            "to act on",
            rows.ACT_COLUMNS,
            rows.act_rows(board.acts, wall, wide=self.wide),
            "not known yet" if board.missing else "nothing to act on",
        )
        room = 40 if self.wide else 10
        departures = [rows.departure_row(train, wall, room) for train in board.departures]
        unknown = written.not_come(board.without_trains)
        empty = unknown or "no departures in 12 h"
        self._fill("departures-list", "departures", rows.DEPARTURE_COLUMNS, departures, empty)
        arrivals = [rows.arrival_row(train, wall) for train in board.arrivals]
        self._fill("arrivals-list", "arrivals", rows.ARRIVAL_COLUMNS, arrivals, unknown or "no arrivals in 12 h")
        self._fill("lanes", "customs lanes", rows.LANE_COLUMNS, rows.lane_rows(board, wall))
        self._show_yard(board)
        self.query_one("#lane-lines", TextLines).show(rows.lane_lines(board, wall))
        self._share_lines()

    def _show_yard(self, board: Board) -> None:
        kinds, ahead, wall = board.kinds, board.ahead, self.view.wall
        listed = [yard_rows.kind_row(kind, ahead, wall) for kind in kinds]
        lines = yard_rows.kind_lines(kinds, ahead, wall)
        self.set_class(board.strays is not None, "-strays")
        if board.strays is not None:
            listed.append(yard_rows.strays_row(board.strays))
            lines.append(yard_rows.strays_line(board.strays))
        self._fill("kinds", "yard by kind", yard_rows.KIND_COLUMNS, listed, written.not_come(board.without_blocks))
        half = self.size.width // 2 - 2
        self.query_one("#work-line", TextLines).show([yard_rows.work_line(ahead, half)])
        self.query_one("#kind-lines", TextLines).show(lines)

    def _share_lines(self) -> None:
        """The trains take the lines they fill; what they leave shows more to act on."""
        board = self._board
        if board is None:
            return
        astray = board.strays is not None
        kinds, lanes = max(1, len(board.kinds) + astray), len(rows.lane_rows(board, self.view.wall))
        below = 1 if self.wide else LINES_IN_WORDS + astray
        lower = 1 + len(board.arrivals) + below
        if self.wide:
            lower = max(lower, 3 + kinds + lanes + below)
        acts, departures = (1 + max(1, len(listed)) for listed in (board.acts, board.departures))
        heights = share_lines(self.size.height - 2, acts, departures, lower)
        in_sight = (heights[0] - 1, heights[1] - 1, heights[2] - 1 - below)
        self._rows_in_sight = dict(zip(("acts", "departures", "arrivals"), in_sight, strict=True))
        self._set_heights(("acts", "departures", "lower", "customs"), (*heights, lanes + 2 if self.wide else None))

    def _set_heights(self, tiles: Sequence[str], heights: Sequence[int | None]) -> None:
        """In lines; None, and where one tile has the screen, as the style sheet says."""
        wanted = dict.fromkeys(tiles) if self.has_class("-solo") else dict(zip(tiles, heights, strict=True))
        for tile, height in wanted.items():
            if self._heights.get(tile) != height:  # a height set again, and be it none, paints the tile again
                self.query_one(f"#{tile}").styles.height = height
        self._heights = wanted

    def _in_sight(self, tile: str) -> int:
        """How many rows of it there is room for: as shared out, since the grids are laid out only later."""
        alone = self.has_class("-solo")
        return self.query_one(f"#{tile}-list", Grid).size.height if alone else self._rows_in_sight.get(tile, 0)

    @on(Grid.Loaded)
    def _loaded(self) -> None:
        self._show_titles()

    def _fill(self, grid: str, noun: str, columns: Sequence[Column], found: Sequence[Row], empty: str = "") -> None:
        self.fill(self.query_one(f"#{grid}", Grid), Part(noun, columns, ListSource(found)), empty)

    # -------------------------------------------------------------------------------------------------------- titles

    def _show_titles(self) -> None:
        """Headings of columns stand in the rules, beside what each tile is: no line is spent on them."""
        board = self._board
        if board is None:
            return
        groups = self.parts_of_feeds()
        cut = ", a all" if len(board.acts) > self._in_sight("acts") else ""
        in_sight = written.shown_of(self._in_sight("acts"), len(board.acts)) + cut
        if board.missing and not board.acts:
            in_sight = written.UNKNOWN
        self._title("acts", rows.acts_title(board.missing), in_sight, self.fresh().word)
        for name, count in (("departures", len(board.departures)), ("arrivals", len(board.arrivals))):
            grid = self.query_one(f"#{name}-list", Grid)
            shown = written.shown_of(self._in_sight(name), count)
            if board.without_trains:
                shown = f"{shown} so far" if count else written.UNKNOWN
            word = self.fresh_of(groups[name]).word if name in groups else ""
            self._title(name, _over(grid.heading, name.capitalize()), shown, word)
        self._title(
            "yard",
            yard_rows.yard_title(board.yard, board.strays),
            "" if self.wide else yard_rows.THEN,
            self.fresh_of(groups["yard"]).word,
        )
        customs = f"Customs, {written.number(board.lanes.declarations)} open"
        if self.wide:
            customs = _over(self.query_one("#lanes", Grid).heading, customs)
        self._title("customs", customs, "", self.fresh_of(groups["customs"]).word)

    def _title(self, tile: str, title: str, *notes: str) -> None:
        # Where the room is short the title bar's badge speaks for all.
        shown = notes if self.wide else notes[:1]
        self.query_one(f"#{tile}", Tile).retitle(title, "  ".join(note for note in shown if note))

    # ------------------------------------------------------------------------------------------------------ commands

    @on(Grid.Opened)
    def _opened(self, message: Grid.Opened) -> None:
        message.stop()
        key = message.key or ""
        if key == yard_rows.UNKNOWN_BLOCK:
            from console.panes.yard.care import CareScreen

            self.app.push_screen(CareScreen("data quality", f'what:"{key}"'))
        elif message.grid.id == "kinds":
            self.port.do_mode("yard", f"kind:{key}")
        elif message.grid.id == "lanes":
            self.port.do_mode("customs", "" if key == "not declared" else f"lane:{'--' if key == 'no lane' else key}")
        elif key:
            kind, identity = key.split(":")[:2]
            self.port.open_detail(kind, identity)

    def thing(self) -> Thing | None:
        """The train, the block, the seal that the row is about; an act about a track is one about its train."""
        row = self.active.cursor_row
        kind, *identity = row.key.split(":") if row is not None else ("",)
        if row is None or not identity:
            return None
        names = [cell.text for cell in row.cells if cell.style == "strong"]
        return Thing("train" if kind == "tracks" else kind, identity[0], names[0] if names else identity[0])

    def topic(self) -> str:
        """Each tile is about a matter of its own."""
        return {"acts-list": "acts", "kinds": "yard", "lanes": "customs"}.get(self.active.id or "", "trains")

    def do_all(self, _argument: str) -> None:
        """Only the tile that has the keys, with all its rows; again: all tiles."""
        tile = next((node for node in self.active.ancestors if isinstance(node, Tile)), None)
        self.toggle_class("-solo")
        for each in self.query(".-only, .-around"):
            each.remove_class("-only", "-around")
        if self.has_class("-solo") and tile is not None:
            tile.add_class("-only")
            for node in tile.ancestors:
                if isinstance(node, Container):
                    node.add_class("-around")
        self._share_lines()
        self.call_after_refresh(self._show_titles)


def _grid(columns: Sequence[Column], name: str) -> Grid:
    return Grid(columns, heading=False, id=name)


def _over(heading: str, title: str) -> str:
    """The headings with the title in place of the first ones: a rule begins two cells before the columns."""
    begins = title.ljust(16)
    return (begins + heading[2 + len(begins) :]).rstrip()


def share_lines(room: int, acts: int, departures: int, lower: int) -> tuple[int, int, int]:
    """Lines for each part, given those it wants: half for the lower one, half of the rest for the departures at most.

    What to act on has all that is left; what it does not want the others have.
    """
    lower_has = min(lower, room // 2)
    departures_have = min(departures, (room - lower_has) // 2)
    spare = max(0, room - lower_has - departures_have - acts)
    lower_has += min(spare, lower - lower_has)
    departures_have += max(0, room - lower_has - departures_have - acts)
    return room - lower_has - departures_have, departures_have, lower_has


PANE = BoardPane
