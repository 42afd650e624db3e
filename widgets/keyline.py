"""The bottom line: the keys of this place, and before them, when there is one, a notice."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.cells import Line, Span, width_of
from widgets.glyphs import spell
from widgets.record import wrap
from widgets.textlines import FittedLines

MOST_LINES = 3
"""What a long notice may take of the screen: its remedy stands last, and is what it is read for."""


class KeyLine(FittedLines):
    """Shows ` Enter open  f find  / filter`: keys that do not fit drop from the right.

    A notice goes first, in as many lines as it needs. Costs the changed stretch of a line.
    """

    DEFAULT_CSS = "KeyLine { dock: bottom; height: 1; width: 1fr; background: $panel; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: tuple[tuple[str, str], ...] = ()
        self._notice = ""

    def show(self, keys: Sequence[tuple[str, str]], notice: str | None = None) -> None:
        """Show (key, word) pairs, the most wanted first, and a notice before them; text is literal."""
        self._keys = tuple((spell(key), spell(word)) for key, word in keys)
        self._notice = notice or ""
        self.refit()

    def refit(self) -> None:
        """Take the lines that the notice needs."""
        if self.size.width:
            self.styles.height = len(self.layout_lines(self.size.width))
        super().refit()

    def layout_lines(self, width: int) -> Sequence[Line]:
        *above, last = wrap(self._notice, width - 1)[:MOST_LINES]
        line: list[Span] = [(" ", "")]
        if last:
            line += [(last, "watch"), ("  ", "")]
        for key, word in self._keys:
            more = [(key, "strong"), (f" {word}", "dim"), ("  ", "")]
            # The two blanks after the last pair may fall off the end.
            if width_of(line) + width_of(more) - 2 > width:
                break
            line += more
        return [*([(f" {text}", "watch")] for text in above), line[:-1] if len(line) > 1 else line]
