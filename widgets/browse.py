"""Where a reader is in a list too long to hold: the stretch held, the cursor's row by key, the first row in sight.

No widget and no thread: `Grid` asks it what to read next, hands it what was read, and paints what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from widgets.rows import Page, Source, Window


@dataclass(frozen=True, slots=True)
class Request:
    """Read what is in sight when the row of `key` (if that is None or gone: row number `index`) stands on `line`."""

    key: str | None
    index: int
    line: int
    jump: bool = False


class Answer(NamedTuple):
    """What a reading for `height` lines brought: a window, and where the row asked for stands (None: nowhere)."""

    window: Window
    found: int | None
    height: int


def read(source: Source, request: Request, height: int) -> Answer:
    """The rows in sight and a screenful on either side. Runs in a thread.

    When rows went away meanwhile and the stretch lies beyond the end, the last rows are read instead.
    """
    above, limit = request.line + height, 3 * height
    if request.key is not None and (found := source.around(request.key, above, limit)) is not None:
        return _answered(found.page, found.offset, found.place, height)
    offset = max(0, request.index - above)
    page = source.page(offset, limit)
    if not page.rows and page.total > 0:
        offset = max(0, page.total - 2 * height)
        page = source.page(offset, limit)
    return _answered(page, offset, None, height)


def _answered(page: Page, offset: int, found: int | None, height: int) -> Answer:
    return Answer(Window(page.total, offset, page.rows, page.empty), found, height)


class Sight(NamedTuple):
    """What a screenful is drawn from: the rows held, the first row in sight, the cursor's row."""

    window: Window
    top: int
    cursor: int


class Browse:
    """The state of one reader; every change of it is one of these methods."""

    def __init__(self) -> None:
        self.window = Window()
        self.height = 0
        self.top = 0
        self.key: str | None = None
        self.index = 0
        self.loaded = False
        self.wanted = False
        self._jump: Request | None = None
        self._follow = False
        self._afresh = self._opens = False
        self._chosen = False
        """Whether somebody put the cursor on its row: it may stand there because the list began with that."""

    @property
    def sight(self) -> Sight:
        """What is to be drawn now."""
        return Sight(self.window, self.top, self.index)

    @property
    def target(self) -> int:
        """The row the cursor stands on, or is on its way to: where the next step starts from."""
        return self._jump.index if self._jump is not None else self.index

    def line_of(self, index: int) -> int:
        """The line row `index` stands on now, or the nearest line in sight."""
        return max(0, min(index - self.top, self.height - 1))

    def restart(self, *, sorted_anew: bool = False) -> None:
        """Another list: read it, and stay on the cursor's row if it has it; else start at its top.

        Rows that are `sorted_anew` are begun at the top too where nobody chose the cursor's row.
        """
        if sorted_anew and not self._chosen:
            self.key, self.index, self.top = None, 0, 0
        self._jump = None
        self._afresh, self._opens = True, False
        self.refollow()

    def refollow(self) -> None:
        """The list changed: read it again around the cursor's row, wherever that is now."""
        self._follow = self.wanted = True

    def may_open(self, *, reading: bool) -> bool:
        """Whether the cursor's row is one of the list asked for; else it `is_due` when what is being read has come."""
        self._opens = reading and self._afresh
        return not self._opens

    def is_due(self) -> bool:
        """Whether somebody has waited for the list that is here now, to open the cursor's row."""
        due = self._opens and not self._afresh
        self._opens = self._opens and not due
        return due

    def seek(self, key: str) -> None:
        """The cursor belongs on the row of this key: read around it."""
        self.key, self._chosen = key, True
        self._jump = None
        self.refollow()

    def forget_rows(self) -> None:
        """Drop the rows held, keep the place."""
        self.window = Window(self.window.total, self.window.offset)

    def go(self, index: int, line: int) -> bool:
        """Put the cursor on row `index`, on `line`; False when that row must be read first (`wanted` is set then)."""
        index = max(0, min(index, self.window.total - 1))
        self._chosen = index > 0
        row = self.window.at(index)
        if row is None:
            if self.window.total:
                self._jump = Request(None, index, line, jump=True)
                self.wanted = True
            return False
        self._jump = None
        self.index, self.key = index, row.key
        self.scroll(index - line)
        return True

    def scroll(self, top: int) -> None:
        """Put row `top` first in sight; wants a reading when less than half a screenful is held beyond what is seen."""
        self._place(top)
        margin = self.height // 2
        if not self.window.covers(self.top - margin, self.top + self.height + margin):
            self.wanted = True

    def _place(self, top: int) -> None:
        self.top = max(0, min(top, self.window.total - self.height))

    def resize(self, height: int) -> None:
        """So many lines are in sight from now on; the cursor's row stays in sight if it was."""
        was_in_sight = self.top <= self.index < self.top + self.height
        self.height = max(0, height)
        top = self.top
        if was_in_sight and self.height:
            top = max(self.index - self.height + 1, min(top, self.index))
        self.scroll(top)

    def next_request(self) -> Request:
        """What to read now; nothing is wanted after it until something changes again."""
        self.wanted = False
        if self._jump is not None:
            return self._jump
        key = self.key if self._follow else None
        self._follow = False
        return Request(key, self.index, self.index - self.top)

    def take(self, request: Request, answer: Answer) -> bool:
        """Take what was read; False when the reader went elsewhere meanwhile and it is dropped."""
        if self._jump is not (request if request.jump else None):
            return False
        self.window, self.loaded = answer.window, True
        if request.jump:
            self._land(request)
        else:
            self._follow_row(request, answer)
        if answer.height < self.height and not self.window.covers(self.top, self.top + self.height):
            self.wanted = True  # there is room for more lines by now
        return True

    def _follow_row(self, request: Request, answer: Answer) -> None:
        """Keep the cursor's row on its line, and want more where that is not what was read."""
        line = self.index - self.top
        self._settle(request, answer)
        # At the very top new rows come into sight above the cursor; elsewhere the cursor's row stays on its line.
        stays_at_top = self.top == 0 and self.index < self.height
        self._place(0 if stays_at_top else self.index - line)
        # Wanted again only when the reader scrolled meanwhile: a source with fewer rows than it says has no more.
        read_top = max(0, (request.index if answer.found is None else answer.found) - request.line)
        if self.top != read_top and not self.window.covers(self.top, self.top + self.height):
            self.wanted = True

    def _land(self, jump: Request) -> None:
        """Put the cursor on the row that was read for it, or the last one there is."""
        self._jump = None
        index = min(jump.index, self.window.total - 1)
        row = self.window.at(index)
        if row is None:
            self.refollow()
            return
        self.index, self.key = index, row.key
        self._place(index - jump.line)

    def give_up(self, request: Request) -> None:
        """The reading failed: a jump it was for is off, what is held stays."""
        if request is self._jump:
            self._jump = None

    def _settle(self, request: Request, answer: Answer) -> None:
        """Find the cursor's row in the new window, or the row that takes its place."""
        afresh, self._afresh = self._afresh, False
        found = self.window.find(self.key)
        if found is None and request.key == self.key:
            found = answer.found
        if found is not None:
            self.index = found
            return
        if self.key is not None and request.key != self.key:
            # Only a stretch was read, and the cursor's row is not in it: out of sight, or moved; then look for it.
            if self.window.at(self.index) is not None:
                self.refollow()
            self._afresh = afresh
            return
        if afresh:
            self.index, self.top, self._chosen = 0, 0, False
        self.index = max(0, min(self.index, self.window.total - 1))
        row = self.window.at(self.index)
        self.key = row.key if row is not None else None
