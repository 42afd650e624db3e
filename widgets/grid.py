"""The virtual grid: a table of any size of which only the rows in sight are fetched, formatted and painted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.worker import Worker

from widgets.browse import Browse, Sight, read
from widgets.cells import fit_text, to_strip
from widgets.columns import Column
from widgets.painting import Look, RowPainter
from widgets.rows import Row, Source


class Grid(ScrollView):
    """Shows the rows of a `Source`, with a cursor that stays on its row by key, and marks.

    Costs, at 100 000 rows as at 100: one page read (three screenfuls) in a thread for a screenful scrolled or a reload;
    one escape sequence for each cell that changed; two lines for a cursor move; nothing when a reload changed nothing.
    The cursor only ever stands on a row that is held: a jump to a far row reads its page first and then paints once.
    """

    can_focus = True
    DEFAULT_CSS = """
    Grid { width: 1fr; height: 1fr; overflow: hidden hidden; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Up", id="grid.up", show=False),
        Binding("down,j", "step(1)", "Down", id="grid.down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="grid.page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="grid.page_down", show=False),
        Binding("home", "first", "First", id="grid.first", show=False),
        Binding("end,G", "last", "Last", id="grid.last", show=False),
        Binding("g", "chord", "First (twice)", id="grid.chord", show=False),
        Binding("left,h", "sideways(-8)", "Left", id="grid.left", show=False),
        Binding("right,l", "sideways(8)", "Right", id="grid.right", show=False),
        Binding("enter", "open", "Open", id="grid.open", show=False),
        Binding("space", "mark", "Mark", id="grid.mark", show=False),
    ]

    class About(Message):
        """Something about a grid; `grid` (and `control`) is the sender."""

        def __init__(self, grid: Grid) -> None:
            super().__init__()
            self.grid = grid

        @property
        def control(self) -> Grid:
            """The grid, so that `@on(Grid.Moved, "#id")` works."""
            return self.grid

    class OfRow(About):
        """Something about one row; `key` is None when the grid is empty."""

        def __init__(self, grid: Grid, key: str | None) -> None:
            super().__init__(grid)
            self.key = key

    class Moved(OfRow):
        """The cursor came to stand on another row, by a key or because its row went away."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Grid.Moved) and message.grid is self.grid

    class Opened(OfRow):
        """Enter, or a click on the cursor."""

    class Marked(About):
        """The marks changed; `keys` are all of them."""

        def __init__(self, grid: Grid, keys: frozenset[str]) -> None:
            super().__init__(grid)
            self.keys = keys

    class Loaded(About):
        """A reading came, or the grid has another height: `total` rows under the filter, `shown` of them in sight."""

        def __init__(self, grid: Grid) -> None:
            super().__init__(grid)
            self.total = grid.total
            self.shown = min(grid.total, grid._browse.height)

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Grid.Loaded) and message.grid is self.grid

    class Failed(About):
        """The source raised `error`; the rows that were shown stay."""

        def __init__(self, grid: Grid, error: Exception) -> None:
            super().__init__(grid)
            self.error = error

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        empty: str = "",
        heading: bool = True,
        markable: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._empty = self._empty_then = empty
        self._above = 1 if heading else 0
        self._painter = RowPainter(self, columns, gutter=1 if markable else 0)
        self._source: Source | None = None
        self._browse = Browse()
        self._reader: Worker[None] | None = None
        self._epoch = 0
        self._told: str | None = None
        self._marks: frozenset[str] = frozenset()
        self._chord = False

    # ------------------------------------------------------------------------------------------------ for its pane

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor; None while there is none."""
        return self._browse.key

    @property
    def cursor_row(self) -> Row | None:
        """The row under the cursor as last read; None when it is scrolled far out of sight, or there is none."""
        index = self._browse.window.find(self._browse.key)
        return None if index is None else self._browse.window.at(index)

    @property
    def marks(self) -> frozenset[str]:
        """The keys of the marked rows, those outside the present filter too."""
        return self._marks

    @property
    def total(self) -> int:
        """Rows under the present filter, as last read."""
        return self._browse.window.total

    @property
    def is_reading(self) -> bool:
        """Whether something is being read that is not in sight yet."""
        return self._reader is not None and not self._reader.is_finished

    @property
    def heading(self) -> str:
        """The column titles in their places, for a tile that writes them into its rule."""
        return "".join(text for text, _ in self._painter.heading_spans()).rstrip()

    def show(self, source: Source, *, empty: str | None = None, sorted_anew: bool = False) -> None:
        """Show another source (a new filter or sort); the cursor stays on its row if that is among the rows still.

        If they are `sorted_anew`, one that was never moved is at their top. `empty`: what stands there without rows.
        """
        self._source = source
        self._empty_then = self._empty_then if empty is None else empty
        self._browse.restart(sorted_anew=sorted_anew)
        self._disown_reader()
        self._read()

    def reload(self) -> None:
        """The data changed: read what is in sight again, repaint the cells that differ. Overlapping calls are one."""
        self._browse.refollow()
        self._read()

    def select(self, key: str) -> None:
        """Put the cursor on the row of this key, wherever it stands; where it stood if there is no such row."""
        index = self._browse.window.find(key)
        if index is not None:
            self._go(index, self._browse.line_of(index))
        else:
            self._browse.seek(key)
            self._read()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Have other columns; `show` a source next whose rows have their cells in this order."""
        self._painter.columns = tuple(columns)
        self._browse.forget_rows()
        self._disown_reader()
        self._refit()

    def clear_marks(self) -> None:
        """Unmark every row."""
        self._set_marks(frozenset())

    # ------------------------------------------------------------------------------------------------------ reading

    def _read(self) -> None:
        """Start reading what is wanted, unless a reading is under way: that one goes on until nothing is wanted."""
        if self._source is None or not self._browse.wanted or self._browse.height <= 0:
            return  # without a height there is no page to ask for: the first resize comes back here
        if self._reader is None or self._reader.is_finished:
            self._reader = self.run_worker(partial(self._keep_reading, self._source, self._epoch), group="grid")

    def _disown_reader(self) -> None:
        """What is being read is not wanted any more: it is dropped when it comes, the next reading need not wait."""
        self._epoch += 1
        self._reader = None

    async def _keep_reading(self, source: Source, epoch: int) -> None:
        while self._browse.wanted and epoch == self._epoch:
            request = self._browse.next_request()
            try:
                answer = await asyncio.to_thread(read, source, request, self._browse.height)
            except Exception as error:  # noqa: BLE001  # whatever a source raises is its pane's to tell, not a crash
                if epoch == self._epoch:
                    self._browse.give_up(request)
                    self.post_message(self.Failed(self, error))
                continue
            if epoch != self._epoch:
                return
            before, was_loaded, said = self._browse.sight, self._browse.loaded, self._empty
            if self._browse.take(request, answer):
                self._empty = answer.window.empty or self._empty_then
                self._settle(before, repaint=not was_loaded or (self._empty != said and not self.total))
                self.post_message(self.Loaded(self))
                if self._browse.is_due():
                    self.action_open()

    def _settle(self, before: Sight, *, repaint: bool = False) -> None:
        """Bring the screen to the state that is: scroll, repaint what differs, tell where the cursor is."""
        browse, now = self._browse, self._browse.sight
        # No scrollbar shows, so a new size needs no new layout of the screen.
        self.set_reactive(Grid.virtual_size, Size(self._painter.width, browse.window.total + self._above))
        if now.top != before.top:
            self.scroll_target_y = self.scroll_y = now.top
        elif repaint or (before.window.total == 0) != (now.window.total == 0):
            self.refresh()
        else:
            self._repaint_changes(before, now)
        if browse.key != self._told:
            self._told = browse.key
            self.post_message(self.Moved(self, browse.key))
        self._read()

    def _repaint_changes(self, before: Sight, now: Sight) -> None:
        """Repaint the lines whose look changed, and in the others the cells that changed."""
        for y in range(self._browse.height):
            index = now.top + y
            old, new = before.window.at(index), now.window.at(index)
            if old is None and new is None:
                continue
            if old is None or new is None or self._look_differs(old, new, index, before, now):
                self.refresh(Region(0, y + self._above, self.size.width, 1))
            elif old.cells != new.cells:
                for place in self._painter.placed:
                    if old.cells[place.nth] != new.cells[place.nth]:
                        self._refresh_stretch(place.x, place.width, y)

    def _look_differs(self, old: Row, new: Row, index: int, before: Sight, now: Sight) -> bool:
        if (index == before.cursor) != (index == now.cursor):
            return True
        return old.noted != new.noted or (old.key in self._marks) != (new.key in self._marks)

    def _refresh_stretch(self, x: int, width: int, y: int) -> None:
        stretch = Region(x - self.scroll_offset.x, y + self._above, width, 1).intersection(self.size.region)
        if stretch:
            self.refresh(stretch)

    # ------------------------------------------------------------------------------------------------------ layout

    def _refit(self) -> None:
        self._painter.fit(self.size.width)
        self.refresh()

    def on_resize(self) -> None:
        before = self._browse.sight
        self._browse.resize(self.size.height - self._above)
        self._refit()
        self._settle(before)
        if self._browse.loaded:
            self.post_message(self.Loaded(self))

    def notify_style_update(self) -> None:
        self._painter.restyle()
        super().notify_style_update()

    def on_focus(self, event: events.Focus) -> None:
        self._focus_moved(event, events.DescendantFocus(self), has_focus=True)

    def on_blur(self, event: events.Blur) -> None:
        self._focus_moved(event, events.DescendantBlur(self), has_focus=False)

    def _focus_moved(self, event: events.Event, news: events.Event, *, has_focus: bool) -> None:
        """What Textual does when the focus comes or goes, but that only the cursor's line is repainted."""
        event.prevent_default()
        self.has_focus = has_focus
        self._refresh_stretch(0, self._painter.width, self._browse.index - self._browse.top)
        if self.parent is not None:
            self.parent.post_message(news)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if round(old_value) != round(new_value):
            self.refresh(Region(0, self._above, self.size.width, self._browse.height))

    # ----------------------------------------------------------------------------------------------------- painting

    def render_line(self, y: int) -> Strip:
        painter, browse = self._painter, self._browse
        if y < self._above:
            strip = painter.heading_strip()
        else:
            index = browse.top + y - self._above
            row = browse.window.at(index)
            if row is None:
                says_empty = browse.loaded and self.total == 0 and y == self._above
                text = fit_text(self._empty if says_empty else "", self.size.width)
                return to_strip([(text, "dim")], painter.style_of)
            cursor = "" if index != browse.index else "cursor" if self.has_focus else "cursor-blurred"
            strip = painter.row_strip(row, Look(cursor, row.key in self._marks, row.noted))
        x = self.scroll_offset.x
        return strip.crop_extend(x, x + self.size.width, painter.style_of(""))

    # -------------------------------------------------------------------------------------------------------- keys

    def _go(self, index: int, line: int) -> None:
        before = self._browse.sight
        if self._browse.go(index, line):
            self._settle(before)
        else:
            self._read()

    def _scroll_rows(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        event.prevent_default()
        before = self._browse.sight
        self._browse.scroll(self._browse.top + rows)
        self._settle(before)

    def on_key(self, event: events.Key) -> None:
        # "g" twice is the top; any other key between the two makes the first one nothing.
        if event.key != "g":
            self._chord = False

    def action_chord(self) -> None:
        if self._chord:
            self.action_first()
        self._chord = not self._chord

    def action_step(self, rows: int) -> None:
        index = self._browse.target + rows
        self._go(index, self._browse.line_of(index))

    def action_page(self, pages: int) -> None:
        browse = self._browse
        self._go(browse.target + pages * browse.height, browse.line_of(browse.index))

    def action_first(self) -> None:
        self._go(0, 0)

    def action_last(self) -> None:
        self._go(self.total - 1, self._browse.height - 1)

    def action_sideways(self, cells: int) -> None:
        x = max(0, min(self.scroll_offset.x + cells, self._painter.width - self.size.width))
        self.scroll_target_x = self.scroll_x = x

    def action_open(self) -> None:
        if self._browse.may_open(reading=self.is_reading) and self.cursor_key is not None:
            self.post_message(self.Opened(self, self.cursor_key))

    def action_mark(self) -> None:
        if self._painter.gutter and self.cursor_key is not None:
            self._set_marks(self._marks ^ {self.cursor_key})

    def _set_marks(self, marks: frozenset[str]) -> None:
        changed, self._marks = self._marks ^ marks, marks
        if not changed:
            return
        for y in range(self._browse.height):
            row = self._browse.window.at(self._browse.top + y)
            if row is not None and row.key in changed:
                self._refresh_stretch(0, self._painter.gutter, y)
        self.post_message(self.Marked(self, marks))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll_rows(event, 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll_rows(event, -3)

    def on_click(self, event: events.Click) -> None:
        index = self._browse.top + event.y - self._above
        if event.y < self._above or index >= self.total:
            return
        event.stop()
        if index == self._browse.index:
            self.action_open()
        else:
            self._go(index, self._browse.line_of(index))
