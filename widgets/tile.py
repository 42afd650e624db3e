"""A part of a screen with its title in its frame: a box where there is room, a rule above it where there is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from widgets import glyphs
from widgets.cells import Line, Span, fit_line, to_strip, width_of
from widgets.styles import StyleTable


class Tile(Vertical):
    """Shows its children under `─ Trains, next 12 h ──── 8 of 31 ─`: boxed from 100 columns on, else only this rule.

    Tiles that touch share a line: `above` and `left` say that another tile is there, whose corner this one joins;
    `below` and `right`, that the other one draws the line between. The one at the `left` may go on "past" this one's
    top: then no line comes in there. Above it may be one that goes on to the left: then only the "right" corners join.
    A new title costs the top line, once.
    """

    DEFAULT_CSS = """
    Tile { width: 1fr; height: 1fr; padding: 1 1 1 1; }
    Tile.-below { padding: 1 1 0 1; }
    Tile.-right { padding: 1 0 1 1; }
    Tile.-below.-right { padding: 1 0 0 1; }
    Tile.-ruled, Tile.-ruled.-below, Tile.-ruled.-right, Tile.-ruled.-below.-right { padding: 1 0 0 0; }
    """
    BOXED = 100

    def __init__(
        self,
        title: str,
        *children: Widget,
        note: str | Line = "",
        above: bool | Literal["right"] = False,
        below: bool = False,
        left: bool | Literal["past"] = False,
        right: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(*children, id=id, classes=classes)
        self._title = title
        self._note = note
        self._above, self._below, self._left, self._right = above, below, left, right
        self._double = False
        self._style_of = StyleTable(self)
        self.set_class(below, "-below")
        self.set_class(right, "-right")

    def retitle(self, title: str, note: str | Line | None = None) -> None:
        """Show another title at the left, and another note at the right unless that is None; text is literal."""
        note = self._note if note is None else note
        if (title, note) != (self._title, self._note):
            self._title, self._note = title, note
            top_left = self.styles.gutter.top_left
            self.refresh(Region(-top_left[0], -top_left[1], self.outer_size.width, 1))

    def join(
        self,
        *,
        above: bool | Literal["right"] = False,
        below: bool = False,
        left: bool | Literal["past"] = False,
        right: bool = False,
    ) -> None:
        """Have these tiles around it from now on."""
        if (above, below, left, right) != (self._above, self._below, self._left, self._right):
            self._above, self._below, self._left, self._right = above, below, left, right
            self.set_class(below, "-below")
            self.set_class(right, "-right")
            self.refresh()

    def frame_double(self, double: bool) -> None:
        """Frame it in double lines, as a view of the past is."""
        if double != self._double:
            self._double = double
            self.refresh()

    @property
    def boxed(self) -> bool:
        """Whether there is room for a whole frame."""
        return self.app.size.width >= self.BOXED

    def on_mount(self) -> None:
        self.set_class(not self.boxed, "-ruled")

    def on_resize(self) -> None:
        self.set_class(not self.boxed, "-ruled")

    def notify_style_update(self) -> None:
        self._style_of.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        width, height = self.outer_size
        background = self.background_colors[1]
        strips: list[Strip] = []
        for y in crop.line_range:
            strip = to_strip(self._frame_line(y, width, height), self._style_of)
            for line_filter in self.get_line_filters():
                strip = strip.apply_filter(line_filter, background)
            strips.append(strip.crop(crop.x, crop.right))
        return strips

    def _frame_line(self, y: int, width: int, height: int) -> list[Span]:
        frame = glyphs.current().double if self._double else glyphs.current().single
        if y == 0:
            return self._top_line(frame, width)
        if not self.boxed:
            return [(" " * width, "")]
        if y == height - 1 and not self._below:
            left = frame.corners["new" if self._left else "ne"]
            right = "" if self._right else frame.corners["nw"]
            return [(left + frame.horizontal * (width - 1 - len(right)) + right, "rule")]
        right = "" if self._right else frame.vertical
        return [(frame.vertical, "rule"), (" " * (width - 1 - len(right)), ""), (right, "rule")]

    def _top_line(self, frame: glyphs.Frame, width: int) -> list[Span]:
        left = right = frame.horizontal
        if self.boxed:
            west = "w" if self._left is True else ""
            left = frame.corners[("n" if self._above is True else "") + "es" + west]
            right = "" if self._right else frame.corners[("n" if self._above else "") + "sw"]
            left += frame.horizontal
            right = frame.horizontal + right
        note: Sequence[Span] = [(self._note, "")] if isinstance(self._note, str) else self._note
        ending: list[Span] = [(" ", ""), *note, (" ", ""), (right, "rule")] if width_of(note) else [(right, "rule")]
        room = max(0, width - len(left) - width_of(ending))
        title: list[Span] = [(" ", ""), (self._title, "title"), (" ", "")] if self._title else []
        # The note gives way to the title only when there is not even room for the note alone.
        taken = min(width_of(title), room)
        rule: Span = (frame.horizontal * (room - taken), "rule")
        return fit_line([(left, "rule"), *fit_line(title, taken), rule, *ending], width)
