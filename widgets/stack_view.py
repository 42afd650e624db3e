"""A bay in cross-section: rows side by side, tiers one above the other, a box or two in each slot, and a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from widgets import glyphs
from widgets.cells import Line, Span, fit_line, fit_text, literal, to_strip
from widgets.styles import StyleTable

LABEL = 3
LEAST_SLOT = 8
"""Cells of a slot at least; rows that do not fit then are scrolled to."""


class StackBox(NamedTuple):
    """A box in its slot.

    `sign` is one cell, in `style`; of the `forms` of its name, long to short, the first that fits is written; `tail`
    follows it; of the `details`, long to short too, the first that fits stands on a second line, or the longest beside
    where there is room. `first` are the keys of the boxes to be moved before it.
    """

    key: str
    row: int
    tier: int
    sign: str
    style: str
    forms: tuple[str, ...]
    tail: str = ""
    details: tuple[str, ...] = ("",)
    first: tuple[str, ...] = ()


class Place(NamedTuple):
    """Where the cursor is: a slot, and which of the boxes in it."""

    row: int
    tier: int
    nth: int = 0


class _Piece(NamedTuple):
    """A stretch of a line and how it is drawn; `look` is "", "cursor" or "cursor-blurred"."""

    x: int
    width: int
    spans: tuple[Span, ...]
    look: str = ""


class StackView(Widget):
    """Shows a bay; the boxes that must move before the one under the cursor have their order before them.

    Costs the slots that changed: a step of the cursor is two of them, and those that lose or get a number.
    """

    can_focus = True
    DEFAULT_CSS = "StackView { width: 1fr; height: 1fr; overflow: hidden hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "sideways(-1)", "Row to the left", id="bay.left", show=False),
        Binding("right,l", "sideways(1)", "Row to the right", id="bay.right", show=False),
        Binding("up,k", "upwards(1)", "Tier up", id="bay.up", show=False),
        Binding("down,j", "upwards(-1)", "Tier down", id="bay.down", show=False),
        Binding("left_square_bracket,pageup", "bay(-1)", "Previous bay", id="bay.previous", show=False),
        Binding("right_square_bracket,pagedown", "bay(1)", "Next bay", id="bay.next", show=False),
        Binding("home", "end(0)", "First row", id="bay.first", show=False),
        Binding("end", "end(-1)", "Last row", id="bay.last", show=False),
        Binding("enter", "open", "Open", id="bay.open", show=False),
    ]

    class About(Message):
        """Something about a bay's section; `stack` (and `control`) is the sender."""

        def __init__(self, stack: StackView) -> None:
            super().__init__()
            self.stack = stack

        @property
        def control(self) -> StackView:
            """The section."""
            return self.stack

    class OfBox(About):
        """Something about a slot: the key of the box in it, None for an empty one."""

        def __init__(self, stack: StackView, key: str | None) -> None:
            super().__init__(stack)
            self.key = key

    class Moved(OfBox):
        """The cursor came to stand on another box, or on none."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, StackView.Moved) and message.stack is self.stack

    class Opened(OfBox):
        """Enter, or a click on the cursor."""

    class Turned(About):
        """The next bay is wanted (1), or the previous one (-1)."""

        def __init__(self, stack: StackView, bays: int) -> None:
            super().__init__(stack)
            self.bays = bays

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._boxes: dict[tuple[int, int], list[StackBox]] = {}
        self._rows: tuple[int, ...] = ()
        self._tiers: tuple[int, ...] = ()
        self._place = Place(1, 1)
        self._lines: list[list[_Piece]] = []
        self._told: str | None = None
        self._style_of = StyleTable(self)

    # ------------------------------------------------------------------------------------------------ for its pane

    @property
    def cursor_key(self) -> str | None:
        """The box under the cursor."""
        box = self._chosen()
        return None if box is None else box.key

    def lines_wanted(self, tiers: int, *, details: bool) -> int:
        """Lines that show so many tiers, the rows' numbers with them."""
        return tiers * (2 if details else 1) + 1

    def show(self, boxes: Sequence[StackBox], rows: int, tiers: int) -> None:
        """Show these, in so many rows and tiers at least; the cursor stays on its box, else it is on top of its row."""
        held = self.cursor_key
        self._boxes = {}
        for box in boxes:
            self._boxes.setdefault((box.row, box.tier), []).append(box)
        self._rows = tuple(sorted({*range(1, rows + 1), *(row for row, _ in self._boxes)}))
        self._tiers = tuple(sorted({*range(1, tiers + 1), *(tier for _, tier in self._boxes)}))
        if held is None or not self.select(held):
            self._go(self._topmost(self._place.row))

    def select(self, key: str) -> bool:
        """Put the cursor on this box; False when it is not here."""
        for (row, tier), boxes in self._boxes.items():
            for nth, box in enumerate(boxes):
                if box.key == key:
                    self._go(Place(row, tier, nth))
                    return True
        return False

    # ------------------------------------------------------------------------------------------------------ cursor

    def _chosen(self) -> StackBox | None:
        boxes = self._boxes.get(self._place[:2], [])
        return boxes[self._place.nth] if self._place.nth < len(boxes) else None

    def _topmost(self, row: int) -> Place:
        """The highest box of a row, if that is empty of the first one that is not, else the slot on the ground."""
        standing = {at for at, _ in self._boxes}
        row = row if row in standing else min(standing, default=row)
        return Place(row, max((tier for at, tier in self._boxes if at == row), default=1))

    def _go(self, place: Place) -> None:
        if self._rows and place.row not in self._rows:
            place = place._replace(row=self._rows[0])
        if self._tiers and place.tier not in self._tiers:
            place = place._replace(tier=self._tiers[0])
        most = max(0, len(self._boxes.get(place[:2], [])) - 1)
        self._place = place._replace(nth=min(place.nth, most))
        self._draw()
        if self.cursor_key != self._told:
            self._told = self.cursor_key
            self.post_message(self.Moved(self, self._told))

    def action_sideways(self, steps: int) -> None:
        """To the box beside it in the slot, or to the row beside."""
        row, tier, nth = self._place
        if 0 <= nth + steps < len(self._boxes.get((row, tier), [])):
            self._go(Place(row, tier, nth + steps))
        elif row in self._rows and 0 <= self._rows.index(row) + steps < len(self._rows):
            beside = self._rows[self._rows.index(row) + steps]
            last = len(self._boxes.get((beside, tier), [])) - 1
            self._go(Place(beside, tier, max(0, last) if steps < 0 else 0))

    def action_upwards(self, tiers: int) -> None:
        """So many tiers up."""
        if self._place.tier in self._tiers:
            place = self._tiers.index(self._place.tier) + tiers
            if 0 <= place < len(self._tiers):
                self._go(Place(self._place.row, self._tiers[place], self._place.nth))

    def action_end(self, end: int) -> None:
        """The first row, or the last."""
        if self._rows:
            self._go(Place(self._rows[end], self._place.tier))

    def action_bay(self, bays: int) -> None:
        """Ask for the bay so many further."""
        self.post_message(self.Turned(self, bays))

    def action_open(self) -> None:
        """Say that the box is to be opened."""
        if self.cursor_key is not None:
            self.post_message(self.Opened(self, self.cursor_key))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        for row, tier, nth, region in self._slots():
            if region.contains(event.x, event.y):
                if (row, tier, nth) == self._place:
                    self.action_open()
                else:
                    self._go(Place(row, tier, nth))
                return

    def on_focus(self) -> None:
        self._draw()

    def on_blur(self) -> None:
        self._draw()

    # ----------------------------------------------------------------------------------------------------- drawing

    def on_resize(self) -> None:
        self._lines = []
        self._draw()

    def notify_style_update(self) -> None:
        self._style_of.clear()
        super().notify_style_update()

    @property
    def _each(self) -> int:
        """Lines of a slot."""
        return 2 if 2 * len(self._tiers) + 1 <= self.size.height else 1

    def _in_sight(self) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """The rows and, from above, the tiers that are seen, and how wide a row is."""
        room = max(LEAST_SLOT, self.size.width - LABEL)
        across = max(1, min(len(self._rows), room // LEAST_SLOT))
        high = max(1, min(len(self._tiers), (self.size.height - 1) // self._each))
        rows = _window(self._rows, self._place.row, across)
        tiers = _window(self._tiers, self._place.tier, high)
        return rows, tuple(reversed(tiers)), room // across

    def _slots(self) -> list[tuple[int, int, int, Region]]:
        """Each box in sight, and each empty slot, with the cells it has."""
        rows, tiers, width = self._in_sight()
        slots = []
        for level, tier in enumerate(tiers):
            for place, row in enumerate(rows):
                count = max(1, len(self._boxes.get((row, tier), [])))
                share = max(2, width // count)
                for nth in range(count):
                    x = LABEL + place * width + nth * share
                    slots.append((row, tier, nth, Region(x, level * self._each, share, self._each)))
        return slots

    def _draw(self) -> None:
        """Lay the lines out again and repaint the pieces that differ."""
        before, self._lines = self._lines, self._laid_out()
        if len(before) != len(self._lines):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                for piece in set(new) - set(old):
                    self.refresh(Region(piece.x, y, piece.width, 1))
                if [piece[:2] for piece in old] != [piece[:2] for piece in new]:
                    self.refresh(Region(0, y, self.size.width, 1))

    def _laid_out(self) -> list[list[_Piece]]:
        if not self._rows or self.size.width <= LABEL:
            return []
        rows, tiers, width = self._in_sight()
        chosen = self._chosen()
        order = {key: str(place) for place, key in enumerate(chosen.first, 1)} if chosen else {}
        look = "cursor" if self.has_focus else "cursor-blurred"
        lines: list[list[_Piece]] = []
        for tier in tiers:
            for number in range(self._each):
                lines.append([_Piece(0, LABEL, ((f"{tier:>2} " if not number else "   ", "dim"),))])
        for row, tier, nth, region in self._slots():
            boxes = self._boxes.get((row, tier), [])
            box = boxes[nth] if boxes else None
            here = look if (row, tier, nth) == self._place else ""
            for number in range(self._each):
                spans = _spans(box, order.get(box.key, "") if box else "", region.width, number, self._each)
                lines[region.y + number].append(_Piece(region.x, region.width, tuple(spans), here))
        numbers = "".join(fit_text(f" {row}", width) for row in rows)
        lines.append([_Piece(0, self.size.width, ((" " * LABEL + numbers, "dim"),))])
        return lines

    def render_line(self, y: int) -> Strip:
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self._style_of(""))
        strips = []
        for piece in self._lines[y]:
            strip = to_strip(fit_line(piece.spans, piece.width), partial(self._style_of, row=piece.look))
            strips.append(self._style_of.rest(strip) if piece.look == "cursor-blurred" else strip)
        return Strip.join(strips).adjust_cell_length(self.size.width, self._style_of(""))


def _window(places: tuple[int, ...], cursor: int, count: int) -> tuple[int, ...]:
    """`count` of the places, the cursor's among them."""
    at = places.index(cursor) if cursor in places else 0
    first = max(0, min(at - count // 2, len(places) - count))
    return places[first : first + count]


def _spans(box: StackBox | None, order: str, width: int, line: int, lines: int) -> Line:
    """A line of a slot: the order in which it must move, its sign, its name as long as fits; then the details."""
    if box is None:
        return [(f" {glyphs.current().nothing}" if not line else "", "dim")]
    if line:
        return [(f" {_fitting(box.details, width - 1)}", "dim")]
    room = width - 2 - max(1, cell_len(box.tail))
    form = _fitting(box.forms, room)
    marked = "act" if order else box.style
    name: list[Span] = [(order[:1] or " ", marked), (box.sign, box.style), (form, marked)]
    detail = box.details[0]
    beside = lines == 1 and form == box.forms[0] and cell_len(literal(form)) + 1 + cell_len(literal(detail)) <= room
    return [*name, (box.tail, "dim"), (f" {detail}" if beside else "", "dim")]


def _fitting(forms: tuple[str, ...], room: int) -> str:
    """The first of the forms that fits, else the last."""
    return next((form for form in forms if cell_len(literal(form)) <= room), forms[-1])
