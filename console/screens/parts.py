"""A page of many parts: all in sight where there is room, in turn where there is none. Tab goes from part to part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from textual.binding import Binding
from textual.geometry import Size
from textual.widget import Widget

from console import format as written
from console.screens.grids import GridScreen
from console.watch import Pulse
from widgets.tile import Tile

LARGE, VAST = (100, 32), (180, 48)
"""Columns and lines from which on the parts stand below each other; and from which on none takes turns."""
MOST_NAMED = 3
"""Parts that are named as coming next."""
Room = Literal["small", "large", "vast"]


def room_of(size: Size) -> Room:
    """How much room a terminal of this size has."""
    if size.width < LARGE[0] or size.height < LARGE[1]:
        return "small"
    return "vast" if size.width >= VAST[0] and size.height >= VAST[1] else "large"


class PartsScreen(GridScreen):
    """A part is a tile of the class `part` with its id, and in it the widget that has its keys.

    With little room one part is in sight at a time; with more, those of the class `last` take turns, and the others
    stay; with much, all stay. A container of parts has the class `around`, one of last parts only `lasts` as well. The
    classes `-small`, `-large` and `-vast` of the screen say which it is.
    """

    parts: ClassVar[Mapping[str, str]] = {}
    """Part to its name, in the order in which Tab goes through them; the first is the one it starts with."""
    # A screen's own Tab goes through the widgets in sight; here it also brings parts that are out of sight.
    BINDINGS = [
        Binding("tab", "app.command('part')", show=False),
        Binding("shift+tab", "app.command('previous')", show=False),
    ]
    DEFAULT_CSS = """
    PartsScreen .-absent { display: none; }
    PartsScreen.-large .last, PartsScreen.-large .lasts { display: none; }
    PartsScreen.-large .last.-turn, PartsScreen.-large .lasts.-around { display: block; }
    PartsScreen.-small .part, PartsScreen.-small .around { display: none; }
    PartsScreen.-small .part.-turn, PartsScreen.-small .around.-around { display: block; height: 1fr; width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.room: Room = "small"
        self.turn = next(iter(self.parts), "")
        """The part that is in sight of those that take turns."""

    def present(self) -> Sequence[str]:
        """The parts that this thing has."""
        return tuple(self.parts)

    def show_parts(self) -> None:
        """Write what stands in the parts; they may have another size than before."""

    def show_titles(self) -> None:
        """Write what stands above the parts: what they are, what comes next, how fresh it all is."""

    def show_freshness(self, pulse: Pulse) -> None:
        self.show_titles()

    @property
    def inner(self) -> int:
        """Cells that a line of a tile as wide as the screen has."""
        width = self.size.width
        return max(1, width - (2 if width >= Tile.BOXED else 0))

    def on_resize(self) -> None:
        super().on_resize()
        self.place_parts()
        self.show_parts()

    def place_parts(self) -> None:
        """Give every part its place in the room there is."""
        self.room = room_of(self.app.size)
        for name in ("small", "large", "vast"):
            self.set_class(name == self.room, f"-{name}")
        if self.turn not in self._in_turn():
            self.turn = next(iter(self._in_turn()), "")
        for part in self.parts:
            tile = self._tile(part)
            tile.set_class(part not in self.present(), "-absent")
            tile.set_class(part == self.turn, "-turn")
        for holder in self.query(".around"):
            holder.set_class(bool(holder.query(".part.-turn")), "-around")

    def next_parts(self, note: str = "") -> str:
        """A note for the part in sight, and which others Tab brings in its place."""
        turns = self._in_turn()
        if self.room == "vast" or self.turn not in turns:
            return note
        place = turns.index(self.turn)
        after = [self.parts[name] for name in (*turns[place + 1 :], *turns[:place])]
        more = " ..." if len(after) > MOST_NAMED else ""
        coming = f"Tab: {', '.join(after[:MOST_NAMED])}{more}" if after else ""
        return written.joined((note if self.wide else "", coming))

    def _in_turn(self) -> Sequence[str]:
        return [part for part in self.present() if self.room == "small" or self._tile(part).has_class("last")]

    def _tile(self, part: str) -> Widget:
        return self.query_one(f"#{part}")

    def go_to(self, part: str) -> None:
        """Bring a part into sight, and give it the keys."""
        if part in self._in_turn():
            self.turn = part
        self.place_parts()
        self.show_parts()
        keyed = next((widget for widget in self._tile(part).query("*") if widget.can_focus), None)
        if keyed is not None:
            keyed.focus()

    def do_part(self, _argument: str) -> None:
        """The next part."""
        self._step(1)

    def do_previous(self, _argument: str) -> None:
        """The previous part."""
        self._step(-1)

    def _step(self, parts: int) -> None:
        present = self.present()
        around = self.focused.ancestors if self.focused is not None else ()
        here = next((widget.id for widget in around if isinstance(widget, Widget) and widget.has_class("part")), None)
        place = present.index(here) if here in present else 0
        self.go_to(present[(place + parts) % len(present)])
