"""An app and a screen that send the terminal what changed and no more.

Textual 8.2 cuts a partial update at its right end only (`ChopsUpdate.render_segments`): one changed cell in the last
column of a wide grid costs the whole line, 20 times its size on a thin SSH link. Here the left end is cut too, and a
`Pen` writes the styles. Textual also repaints the whole screen whenever the focus moves; here the two widgets that it
concerns repaint themselves. And it waits for 50 ms before it paints another mode, lest one sees the screen being made;
here one that is made already is painted at once, and one can be made before anybody goes to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from rich.console import Console, RenderableType
from rich.control import Control
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual._styles_cache import StylesCache
from textual.app import App, ReturnType
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.widget import AwaitMount, Widget

from widgets.pen import Pen

# Textual remembers the result of this method by its object too, and so the lines of a thousand widgets that are gone:
# 40 MB in a console that is open all day (github.com/Textualize/textual/issues/6665). It depends on the colours alone.
StylesCache.get_inner_outer = classmethod(StylesCache.get_inner_outer)  # type: ignore[method-assign, assignment, arg-type]


class NarrowUpdate(ChopsUpdate):
    """The same partial update, cut at both ends."""

    def render_segments(self, console: Console) -> str:
        """The update as text for the terminal."""
        pen = Pen(console)
        sequences: list[str] = []
        for y, left, right in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                start, stop = max(x, left), min(end, right)
                if strip is None or start >= stop:
                    continue
                sequences.append(Control.move_to(start, y).segment.text)
                sequences.append(pen.write(strip.crop(start - x, stop - x)))
        sequences.append(pen.lift())
        return "".join(sequences)


class WholeUpdate(LayoutUpdate):
    """The same full frame."""

    def render_segments(self, console: Console) -> str:
        """The frame as text for the terminal."""
        pen = Pen(console)
        sequences: list[str] = []
        for y, strips in enumerate(self.strips, self.region.y):
            sequences.append(Control.move_to(self.region.x, y).segment.text)
            sequences.extend(pen.write(strip) for strip in strips)
        sequences.append(pen.lift())
        return "".join(sequences)


def narrowed(renderable: RenderableType | None) -> RenderableType | None:
    """A partial update or a full frame in its frugal form; anything else as it is."""
    if type(renderable) is ChopsUpdate:
        return NarrowUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
    if type(renderable) is LayoutUpdate:
        return WholeUpdate(renderable.strips, renderable.region)
    return renderable


class FrugalScreen(Screen[ScreenResultType]):
    """A screen that does not repaint because the focus moved."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def _post_register(self, app: App[object]) -> None:
        """A screen that is made now is styled by what is in force now.

        Textual takes it for out of date: it would read all style sheets again and style the screen in sight once more
        when it makes a mode, and the new one once more when that comes in sight.
        """
        super()._post_register(app)
        self._css_update_count = app._css_update_count


class FrugalApp(App[ReturnType]):
    """A Textual app whose partial updates are `NarrowUpdate`s, and whose modes are painted at once when made."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._made: set[str] = {self.DEFAULT_MODE}
        self._making = True

    def get_default_screen(self) -> Screen[object]:
        return FrugalScreen(id="_default")

    def switch_mode(self, mode: str) -> AwaitMount:
        """Go to a mode, and to the screen that it was left at."""
        self._making = mode not in self._made
        self._made.add(mode)
        mounted = super().switch_mode(mode)
        if not self.screen.is_mounted:  # the next key finds it whole, also when it was begun by `make_mode`
            mounted = AwaitMount(self.screen, [self.screen])
            self.call_next(mounted)
        return mounted

    async def make_mode(self, mode: str) -> Screen[Any] | None:
        """Make the screen of a mode that nobody has been to, unseen: mounted and styled. None if it is made already.

        What Textual does when a mode is gone to, except that no key waits for it in the app's queue, and that the
        screen does not hear that it has come in sight. Whoever goes there in the middle of it goes to this screen.
        """
        if mode in self._screen_stacks:
            return None
        screen = cast("Callable[[], Screen[Any]]", self._modes[mode])()
        self._screen_stacks[mode] = [screen]
        self._register(self, screen)
        mounted: asyncio.Event = screen._mounted_event
        await mounted.wait()
        self._made.add(mode)
        return screen

    def close_beyond(self, most: int, first: Callable[[Screen[Any]], bool]) -> bool:
        """Close screens that lie under others while there are more than so many on top of those of the modes.

        The longest way gives up its oldest, those that are to go `first` before others; where each mode was left stays.
        Whether any was closed.
        """
        closing = False
        while sum(len(stack) - 1 for stack in self._screen_stacks.values()) > most:
            stack = max(self._screen_stacks.values(), key=len)
            under = stack[1:-1]
            if not under:
                break
            closing = True
            closed = next((screen for screen in under if first(screen)), under[0])
            stack.remove(closed)
            closed._pop_result_callback()
            self.call_next(closed.remove)
        return closing

    def draw_unseen(self, screen: Screen[Any]) -> None:
        """Lay out a screen that is not in sight, and draw it where nobody sees it: what is kept of that is used again.

        What the sizes lead to, classes of the screen and heights of its parts, is laid out by the next call.
        """
        if not screen.is_current:
            screen._refresh_layout(self.size)
            screen._layout_required = screen._scroll_required = False
            screen._compositor.render_strips()

    def delay_update(self, delay: float = 0.05) -> None:
        """Hold back what is painted, while a screen is made."""
        if self._making:
            super().delay_update(delay)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, narrowed(renderable))
