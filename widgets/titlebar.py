"""The top line: which site, where in the console, how fresh, what time, how many risks."""

from __future__ import annotations

from collections.abc import Sequence

from widgets import glyphs
from widgets.badge import badge_span
from widgets.cells import Line, Span, fit_line, width_of
from widgets.textlines import FittedLines

RISK_STYLES = ("act", "watch")


class TitleBar(FittedLines):
    """Shows ` Tuanjiecun [1 Board] 2  3     LIVE <15 s  Fri 20 10:41 UTC+8  ▲4 ◆5`; from 100 cells on with all names.

    Costs the changed stretch of one line: nothing in a minute in which nothing changed, some 40 bytes when it is over.
    """

    DEFAULT_CSS = "TitleBar { dock: top; height: 1; width: 1fr; background: $panel; }"
    WIDE = 100

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._site = ""
        self._modes: tuple[str, ...] = ()
        self._current = ""
        self._crumbs: tuple[str, ...] = ()
        self._right: list[Span] = []

    def show(
        self,
        *,
        site: str,
        modes: Sequence[str] = (),
        current: str = "",
        crumbs: Sequence[str] = (),
        badge: tuple[str, str] = ("", ""),
        clock: str = "",
        risks: tuple[int, int] | None = None,
    ) -> None:
        """Show these; all text is literal.

        Args:
            site: the site's name.
            modes: their names in the order of their number keys.
            current: the one of them that is on.
            crumbs: the way to a pushed screen; it stands instead of the modes.
            badge: the word of freshness and its level (`badge_span`).
            clock: the view's time with its zone.
            risks: how many to act on and how many to watch; None when that is not known yet.
        """
        self._site, self._modes, self._current = site, tuple(modes), current
        self._crumbs = tuple(crumbs)
        counted = risks if risks is not None else ("?", "?")
        signs = (glyphs.current().act, glyphs.current().watch)
        self._right = [badge_span(*badge), ("  ", ""), (clock, ""), ("  ", "")]
        for sign, count, style in zip(signs, counted, RISK_STYLES, strict=True):
            self._right += [(f"{sign}{count}", style if count else "dim"), (" ", "")]
        self.refit()

    def layout_lines(self, width: int) -> Sequence[Line]:
        right = self._right
        room = max(0, width - width_of(right) - 1)
        forms = self._forms(wide=width >= self.WIDE)
        left = next((form for form in forms if width_of(form) <= room), forms[-1])
        return [[*fit_line(left, room), (" ", ""), *right]]

    def _forms(self, *, wide: bool) -> list[list[Span]]:
        """What stands at the left, the longest form first: a way gives up its site, the modes give up their names."""
        if self._crumbs:
            crumb = f" {glyphs.current().crumb} "
            way: Span = (crumb.join(self._crumbs), "strong")
            return [[(f" {self._site}", ""), (crumb, "dim"), way], [(" ", ""), way]]
        return [*([self._names(wide=True)] if wide else []), self._names(wide=False)]

    def _names(self, *, wide: bool) -> list[Span]:
        spans: list[Span] = [(f" {self._site} ", "")]
        for number, mode in enumerate(self._modes, 1):
            if mode == self._current:
                spans.append((f" [{number} {mode}]" if wide else f"[{number} {mode}]", "title"))
            else:
                spans.append((f"  {number} {mode} " if wide else f" {number} ", ""))
        return spans
