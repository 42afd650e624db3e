"""A train wagon by wagon, drawn to scale of its slots, with a cursor over the wagons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.cells import Line, Span, width_of
from widgets.textlines import FittedLines

LEFT, RIGHT = len("loco 100 "), len(" 100")
"""Cells before the first wagon of a line and after its last: their places in the train."""


class Wagon(NamedTuple):
    """A wagon: its place in the train as it is written, and a span of one character for each of its slots."""

    key: str
    place: str
    slots: tuple[Span, ...]


def rows_of(wagons: Sequence[Wagon], width: int) -> list[Sequence[Wagon]]:
    """The wagons in as few lines of `width` cells as they take, of equally many where that fits; one at least."""
    room = max(1, width - LEFT - RIGHT)
    lines = _filled(wagons, room)
    if not lines:
        return []
    each = -(-len(wagons) // len(lines))
    even = [wagons[start : start + each] for start in range(0, len(wagons), each)]
    return even if all(_width(line) <= room for line in even) else lines


def _filled(wagons: Sequence[Wagon], room: int) -> list[Sequence[Wagon]]:
    lines: list[list[Wagon]] = []
    for wagon in wagons:
        if not lines or _width([*lines[-1], wagon]) > room:
            lines.append([])
        lines[-1].append(wagon)
    return list(lines)


def _width(wagons: Sequence[Wagon]) -> int:
    return sum(width_of(wagon.slots) + 1 for wagon in wagons) - 1


class Rake(FittedLines):
    """Shows ` loco 1 ██[▓▓]··  3`: wagons from the locomotive on, the one under the cursor in brackets.

    Lines that find no room scroll with the cursor. A step of the cursor repaints the stretch of the two wagons.
    """

    can_focus = True
    DEFAULT_CSS = "Rake { width: 1fr; height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "Towards the locomotive", id="rake.left", show=False),
        Binding("right,l", "step(1)", "Away from the locomotive", id="rake.right", show=False),
        Binding("up,k", "line(-1)", "Line above", id="rake.up", show=False),
        Binding("down,j", "line(1)", "Line below", id="rake.down", show=False),
        Binding("home", "end(0)", "First wagon", id="rake.first", show=False),
        Binding("end,G", "end(-1)", "Last wagon", id="rake.last", show=False),
        Binding("enter", "open", "Open", id="rake.open", show=False),
    ]

    class OfWagon(Message):
        """Something about the wagon of `key`."""

        def __init__(self, rake: Rake, key: str) -> None:
            super().__init__()
            self.rake = rake
            self.key = key

        @property
        def control(self) -> Rake:
            """The rake, so that `@on(Rake.Moved, "#id")` works."""
            return self.rake

    class Moved(OfWagon):
        """The cursor came to stand on another wagon."""

    class Opened(OfWagon):
        """Enter, or a click on the cursor."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._wagons: tuple[Wagon, ...] = ()
        self._empty = ""
        self._cursor = 0
        self._top = 0

    # ------------------------------------------------------------------------------------------------ for its pane

    @property
    def cursor_key(self) -> str | None:
        """The key of the wagon under the cursor; None while there is none."""
        return self._wagons[self._cursor].key if self._wagons else None

    @property
    def lines(self) -> int:
        """How many lines the wagons take at the present width."""
        return max(1, len(rows_of(self._wagons, self.size.width)))

    def show(self, wagons: Sequence[Wagon], empty: str = "") -> None:
        """Show these; the cursor stays on its wagon if that is among them. Without any, `empty` stands there."""
        key = self.cursor_key
        self._wagons, self._empty = tuple(wagons), empty
        self._cursor = next((place for place, wagon in enumerate(wagons) if wagon.key == key), 0)
        self._settle()

    # ------------------------------------------------------------------------------------------------------ drawing

    def layout_lines(self, width: int) -> Sequence[Line]:
        if not self._wagons:
            return [[(self._empty, "dim")]]
        chosen = self._wagons[self._cursor]
        drawn = [self._line(row, chosen, first=not place) for place, row in enumerate(rows_of(self._wagons, width))]
        return drawn[self._top :]

    def _line(self, row: Sequence[Wagon], chosen: Wagon, *, first: bool) -> Line:
        lead = "loco" if first else ""
        spans: list[Span] = [(f"{lead:<5}{row[0].place:>{LEFT - 6}}", "dim")]
        before: Wagon | None = None
        for wagon in (*row, None):
            sign = "[" if wagon is chosen else "]" if before is chosen else " "
            spans.append((sign, "mark"))
            if wagon is not None:
                spans += wagon.slots
            before = wagon
        spans.append((row[-1].place, "dim"))
        return spans

    def on_resize(self) -> None:
        self._settle()

    def _settle(self) -> None:
        """Bring the cursor's line into sight, and draw what differs."""
        rows, line = rows_of(self._wagons, self.size.width), self._line_of_cursor()
        least = line - self.size.height + 1
        self._top = max(0, min(max(self._top, least), line, max(0, len(rows) - self.size.height)))
        self.refit()

    def _line_of_cursor(self) -> int:
        seen = 0
        for place, row in enumerate(rows_of(self._wagons, self.size.width)):
            seen += len(row)
            if self._cursor < seen:
                return place
        return 0

    # --------------------------------------------------------------------------------------------------------- keys

    def _go(self, place: int) -> None:
        place = max(0, min(place, len(self._wagons) - 1))
        if self._wagons and place != self._cursor:
            self._cursor = place
            self._settle()
            self.post_message(self.Moved(self, self._wagons[place].key))

    def action_step(self, wagons: int) -> None:
        self._go(self._cursor + wagons)

    def action_line(self, lines: int) -> None:
        rows, line = rows_of(self._wagons, self.size.width), self._line_of_cursor()
        if 0 <= line + lines < len(rows):
            starts = [sum(len(row) for row in rows[:place]) for place in range(len(rows))]
            along = self._cursor - starts[line]
            self._go(starts[line + lines] + min(along, len(rows[line + lines]) - 1))

    def action_end(self, place: int) -> None:
        self._go(place % len(self._wagons) if self._wagons else 0)

    def action_open(self) -> None:
        if self._wagons:
            self.post_message(self.Opened(self, self._wagons[self._cursor].key))

    def on_click(self, event: events.Click) -> None:
        rows, y = rows_of(self._wagons, self.size.width), self._top + event.y
        if y >= len(rows):
            return
        event.stop()
        x, place = LEFT, sum(len(row) for row in rows[:y])
        for wagon in rows[y]:
            width = width_of(wagon.slots)
            if x <= event.x < x + width:
                self.action_open() if place == self._cursor else self._go(place)
            x, place = x + width + 1, place + 1
