"""Lines of literal text in several styles, repainted only where they changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

from rich.cells import cell_len
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from widgets.cells import Line, Span, fit_line, to_strip
from widgets.styles import StyleTable


def changed_stretch(old: Sequence[Span], new: Sequence[Span]) -> tuple[int, int] | None:
    """First and one past the last cell in which two lines of one width differ; None when they are the same."""
    if list(old) == list(new):
        return None
    before, after = _cells(old), _cells(new)
    differ = [x for x, (a, b) in enumerate(zip_longest(before, after)) if a != b]
    return (differ[0], differ[-1] + 1) if differ else None


def _cells(line: Sequence[Span]) -> list[Span]:
    """One entry a cell; a blank counts as unstyled, the tail of a wide character repeats it."""
    return [
        (character, "" if character == " " else style)
        for text, style in line
        for character in text
        for _ in range(cell_len(character))
    ]


class FittedLines(Widget):
    """Shows the few lines that `layout_lines` gives for its width; a subclass calls `refit` when they may differ.

    Costs nothing while the lines stay the same; a change sends the stretch of each line that changed, no more.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._fitted: list[list[Span]] = []
        self._style_of = StyleTable(self)

    def layout_lines(self, width: int) -> Sequence[Line]:
        """The lines for a widget `width` cells wide; they are cut and padded to it."""
        raise NotImplementedError

    def refit(self) -> None:
        """Cut the lines to the present width again and repaint what came out differently."""
        width = self.size.width
        if not width:
            return
        before = self._fitted
        self._fitted = [fit_line(line, width) for line in self.layout_lines(width)]
        for y, (old, new) in enumerate(zip_longest(before, self._fitted)):
            if y >= self.size.height:
                break
            stretch = changed_stretch(old or [(" " * width, "")], new or [(" " * width, "")])
            if stretch is not None:
                self.refresh(Region(stretch[0], y, stretch[1] - stretch[0], 1))

    def on_resize(self) -> None:
        self.refit()

    def notify_style_update(self) -> None:
        self._style_of.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        if y >= len(self._fitted):
            return Strip.blank(self.size.width, self._style_of(""))
        return to_strip(self._fitted[y], self._style_of).adjust_cell_length(self.size.width, self._style_of(""))


class TextLines(FittedLines):
    """Shows a few lines of (text, style) spans, cut to its width; text is literal, never markup."""

    DEFAULT_CSS = "TextLines { width: 1fr; height: 1fr; }"

    def __init__(self, lines: Sequence[Line] = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines = tuple(lines)

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines from the top; those beyond the widget's height stay out of sight."""
        self._lines = tuple(lines)
        self.refit()

    def layout_lines(self, width: int) -> Sequence[Line]:
        """The lines as they were given."""
        return self._lines


class MadeLines(FittedLines):
    """Shows lines that are made for its width, and made again when that is another one: bars, tables, flowing text."""

    DEFAULT_CSS = "MadeLines { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._make: Callable[[int], Sequence[Line]] = lambda _: ()

    def show(self, make: Callable[[int], Sequence[Line]]) -> None:
        """Show what `make` gives for a width in cells; lines beyond the widget's height stay out of sight."""
        self._make = make
        self.refit()

    def layout_lines(self, width: int) -> Sequence[Line]:
        return self._make(width)
