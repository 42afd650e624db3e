"""The map of a yard: each block a line of its bays, where the block stands; a cursor walks blocks and bays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.renderables.blank import Blank
from textual.strip import Strip
from textual.widget import Widget

from widgets.heat import HeatTable
from widgets.styles import StyleTable
from widgets.yard_plan import BlockFace, Drawn, Mark, Placed, YardPlan, plan_yard


def changed_runs(old: Sequence[Mark], new: Sequence[Mark]) -> list[tuple[int, int]]:
    """First and one past the last of each run of marks that differ; of as many marks."""
    runs: list[tuple[int, int]] = []
    for place, (before, after) in enumerate(zip(old, new, strict=True)):
        if before != after:
            if runs and runs[-1][1] == place:
                runs[-1] = (runs[-1][0], place + 1)
            else:
                runs.append((place, place + 1))
    return runs


class BlockStrip(Widget):
    """One block: `B3 71 2555634765262` and a note. Repaints the marks that changed, and the cursor's."""

    DEFAULT_CSS = "BlockStrip { height: 1; }"

    def __init__(self, placed: Placed) -> None:
        super().__init__()
        self.placed = placed
        self._cursor: int | None = None
        self._lively = False
        self._style_of = StyleTable(self)
        self._heat_of = HeatTable(self)

    def show(self, placed: Placed) -> None:
        """Be drawn so from now on."""
        old, self.placed = self.placed, placed
        if old.spans() != placed.spans():
            self.refresh()
            return
        for first, last in changed_runs(old.face.marks, placed.face.marks):
            self._repaint(first, last)

    def point(self, mark: int | None, *, lively: bool) -> None:
        """Have the cursor on this mark, or none; `lively` while the keys go there."""
        old, self._cursor = self._cursor, mark
        if (old, self._lively) != (mark, lively):
            self._lively = lively
            for each in {old, mark}:
                if each is not None:
                    self._repaint(each, each + 1)
            if (old is None) != (mark is None):
                self.refresh(Region(0, 0, self.placed.marks_at, 1))

    def _repaint(self, first: int, last: int) -> None:
        start = self.placed.marks_at
        self.refresh(Region(start + first, 0, last - first, 1))

    def notify_style_update(self) -> None:
        self._style_of.clear()
        self._heat_of.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        if y:
            return Strip.blank(self.size.width, self._style_of(""))
        name, *rest = self.placed.head
        chosen = self._cursor is not None
        segments = [Segment(name[0], self._style_of("title" if chosen else name[1]))]
        segments += [Segment(text, self._style_of(style)) for text, style in rest]
        cursor = "cursor" if self._lively else "cursor-blurred"
        drawn: list[tuple[str, str, str]] = []
        for place, (sign, heat) in enumerate(self.placed.face.marks):
            look = cursor if place == self._cursor else ""
            if drawn and drawn[-1][1:] == (heat, look):
                drawn[-1] = (drawn[-1][0] + sign, heat, look)
            else:
                drawn.append((sign, heat, look))
        segments += [Segment(signs, self._heat_of(heat, look)) for signs, heat, look in drawn]
        segments += [Segment(text, self._style_of(style)) for text, style in self.placed.note]
        return Strip(segments).adjust_cell_length(self.size.width, self._style_of(""))


class _AsBuilt(Layout):
    """Every block where the plan says."""

    name = "as-built"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        strips = [child for child in children if isinstance(child, BlockStrip)]
        return [
            WidgetPlacement(
                Region(strip.placed.x, strip.placed.y, strip.placed.width, 1), NULL_OFFSET, NULL_SPACING, strip
            )
            for strip in strips
        ]


_AS_BUILT = _AsBuilt()


class YardMap(Widget):
    """Blocks in their places, one widget a block, so that what changes is what is sent.

    A full frame of 40 blocks of 60 bays weighs less than 40 kB, twenty changed bays less than 3 kB.
    """

    can_focus = True
    DEFAULT_CSS = "YardMap { width: 1fr; height: 1fr; overflow: hidden hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "sideways(-1)", "Bay to the left", id="map.left", show=False),
        Binding("right,l", "sideways(1)", "Bay to the right", id="map.right", show=False),
        Binding("up,k", "across(-1)", "Block towards the rails", id="map.up", show=False),
        Binding("down,j", "across(1)", "Block towards the gate", id="map.down", show=False),
        Binding("left_square_bracket,pageup", "block(-1)", "Previous block", id="map.previous_block", show=False),
        Binding("right_square_bracket,pagedown", "block(1)", "Next block", id="map.next_block", show=False),
        Binding("home", "end(0)", "First bay", id="map.first", show=False),
        Binding("end", "end(-1)", "Last bay", id="map.last", show=False),
        Binding("enter", "open", "Open", id="map.open", show=False),
    ]

    class OfBay(Message):
        """Something about a bay: the block's key, and the bay under the cursor, counted from 0."""

        def __init__(self, map: YardMap, block: str, bay: int) -> None:
            super().__init__()
            self.map = map
            self.block = block
            self.bay = bay

        @property
        def control(self) -> YardMap:
            """The map."""
            return self.map

    class Moved(OfBay):
        """The cursor came to stand elsewhere."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, YardMap.Moved) and message.map is self.map

    class Opened(OfBay):
        """Enter, or a click on the cursor."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw: Drawn = lambda _scale: ()
        self._plan = YardPlan()
        self._strips: dict[str, BlockStrip] = {}
        self._block = ""
        self._bay = 0
        self._told: tuple[str, int] | None = None

    @property
    def layout(self) -> Layout:
        return _AS_BUILT

    def render(self) -> Blank:
        return Blank(self.background_colors[1])

    # ------------------------------------------------------------------------------------------------ for its pane

    @property
    def scale(self) -> int:
        """Bays of 20 feet in one character."""
        return self._plan.scale

    @property
    def cursor(self) -> tuple[str, int] | None:
        """The block's key and the bay under the cursor, counted from 0; None while there is no block.

        Where several bays share a character, a step of the cursor leads to the first of them, `select` to any.
        """
        return (self._block, self._bay) if self._block else None

    @property
    def _mark(self) -> int:
        return self._bay // self.scale

    @property
    def lines_wanted(self) -> int:
        """Lines that show all of it."""
        return self._plan.height

    def show(self, draw: Drawn) -> None:
        """Draw these blocks; the cursor stays on its bay."""
        self._draw = draw
        if self.size.width:
            self._lay_out()

    def select(self, block: str, bay: int = 0) -> None:
        """Put the cursor on a bay, counted from 0; nothing happens when there is no such block."""
        if block in self._strips:
            self._go(block, bay)

    # ------------------------------------------------------------------------------------------------------ layout

    def _lay_out(self) -> None:
        bay = self._bay
        before = [(placed.face.key, *placed[1:4]) for placed in self._plan.blocks]
        self._plan = plan = plan_yard(self._draw, self.size.width)
        now = [(placed.face.key, *placed[1:4]) for placed in plan.blocks]
        known = {placed.face.key for placed in plan.blocks}
        for key in [key for key in self._strips if key not in known]:
            self._strips.pop(key).remove()
        fresh: list[BlockStrip] = []
        for placed in plan.blocks:
            strip = self._strips.get(placed.face.key)
            if strip is None:
                strip = self._strips[placed.face.key] = BlockStrip(placed)
                fresh.append(strip)
            else:
                strip.show(placed)
        if fresh:
            self.mount(*fresh)
        elif now != before and plan.blocks:
            # Asked of a child: a widget's own arrangement is only forgotten when one of its children asks.
            self._strips[plan.blocks[0].face.key].refresh(layout=True)
        if self._block not in known:
            self._block = plan.blocks[0].face.key if plan.blocks else ""
            bay = 0
        self._go(self._block, bay)

    def on_resize(self) -> None:
        self._lay_out()

    def on_focus(self) -> None:
        self._point()

    def on_blur(self) -> None:
        self._point()

    # ------------------------------------------------------------------------------------------------------ cursor

    def _go_mark(self, block: str, mark: int) -> None:
        """To the first bay of a character."""
        self._go(block, mark * self.scale)

    def _go(self, block: str, bay: int) -> None:
        strip = self._strips.get(block)
        if strip is None:
            return
        if block != self._block and self._block in self._strips:
            self._strips[self._block].point(None, lively=False)
        self._block = block
        self._bay = max(0, min(bay, len(strip.placed.face.marks) * self.scale - 1))
        self._point()
        self._bring_into_sight(strip)
        if self.cursor != self._told:
            self._told = self.cursor
            self.post_message(self.Moved(self, self._block, self._bay))

    def _point(self) -> None:
        if self._block in self._strips:
            self._strips[self._block].point(self._mark, lively=self.has_focus)

    def _bring_into_sight(self, strip: BlockStrip) -> None:
        placed = strip.placed
        if self._plan.height > self.size.height or self._plan.width > self.size.width:
            place = Region(placed.x + placed.marks_at + self._mark, placed.y, 1, 1)
            self.scroll_to_region(place, animate=False, force=True, immediate=True)

    def _placed(self) -> Placed | None:
        strip = self._strips.get(self._block)
        return None if strip is None else strip.placed

    def action_sideways(self, marks: int) -> None:
        """So many marks along; past the end, the next block in the line."""
        here = self._placed()
        if here is None:
            return
        mark = self._mark + marks
        if 0 <= mark < len(here.face.marks):
            self._go_mark(self._block, mark)
            return
        line = [placed for placed in self._plan.blocks if placed.y == here.y]
        beside = line.index(here) + (1 if marks > 0 else -1)
        if 0 <= beside < len(line):
            self._go_mark(line[beside].face.key, 0 if marks > 0 else len(line[beside].face.marks) - 1)

    def action_across(self, lines: int) -> None:
        """The block so many lines further that is nearest to the cursor."""
        here = self._placed()
        if here is None:
            return
        there = [placed for placed in self._plan.blocks if placed.y == here.y + lines]
        if there:
            x = here.x + here.marks_at + self._mark
            nearest = min(there, key=lambda placed: _distance(x, placed))
            self._go_mark(nearest.face.key, x - nearest.x - nearest.marks_at)

    def action_block(self, blocks: int) -> None:
        """The block so many further, line by line."""
        keys = [placed.face.key for placed in self._plan.blocks]
        if self._block in keys:
            self._go_mark(keys[max(0, min(keys.index(self._block) + blocks, len(keys) - 1))], self._mark)

    def action_end(self, end: int) -> None:
        """The first bay of the block, or its last."""
        here = self._placed()
        if here is not None:
            self._go_mark(self._block, 0 if end == 0 else len(here.face.marks) - 1)

    def action_open(self) -> None:
        """Say that the bay is to be opened."""
        if self.cursor is not None:
            self.post_message(self.Opened(self, *self.cursor))

    def on_click(self, event: events.Click) -> None:
        x, y = event.x + self.scroll_offset.x, event.y + self.scroll_offset.y
        for placed in self._plan.blocks:
            mark = x - placed.x - placed.marks_at
            if placed.y == y and 0 <= mark < len(placed.face.marks):
                event.stop()
                if (placed.face.key, mark) == (self._block, self._mark):
                    self.action_open()
                else:
                    self._go_mark(placed.face.key, mark)


def _distance(x: int, placed: Placed) -> int:
    """Cells from the column at `x` to the block's bays; 0 when it has one there."""
    first, last = placed.x + placed.marks_at, placed.x + placed.marks_end - 1
    return max(first - x, x - last, 0)


__all__ = ["BlockFace", "Mark", "YardMap"]
