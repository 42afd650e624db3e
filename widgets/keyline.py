"""The bottom line: the keys of this place, and above them, when there is one, a notice."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.cells import Line, Span, width_of
from widgets.glyphs import spell
from widgets.textlines import FittedLines


class KeyLine(FittedLines):
    """Shows ` Enter open  f find  / filter`; never wraps: what does not fit drops from the right. A notice goes first.

    Costs the changed stretch of one line.
    """

    DEFAULT_CSS = "KeyLine { dock: bottom; height: 1; width: 1fr; background: $panel; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: tuple[tuple[str, str], ...] = ()
        self._notice = ""

    def show(self, keys: Sequence[tuple[str, str]], notice: str | None = None) -> None:
        """Show (key, word) pairs, the most wanted first, and a notice of one line before them; text is literal."""
        self._keys = tuple((spell(key), spell(word)) for key, word in keys)
        self._notice = notice or ""
        self.refit()

    def layout_lines(self, width: int) -> Sequence[Line]:
        line: list[Span] = [(" ", "")]
        if self._notice:
            line += [(self._notice, "watch"), ("  ", "")]
        for key, word in self._keys:
            more = [(key, "strong"), (f" {word}", "dim"), ("  ", "")]
            # The two blanks after the last pair may fall off the end.
            if width_of(line) + width_of(more) - 2 > width:
                break
            line += more
        return [line[:-1] if len(line) > 1 else line]
