"""The console on the hand-made terminal, driven by keys and read as text."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache as kept
from pathlib import Path

from textual import events
from textual.keys import _character_to_key, key_to_character
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from console.app import DryportApp
from console.commands import MODES
from console.site import Appearance
from console.view import View
from console.watch import Pulse
from storage.cache import Cache
from storage.clock import ManualClock
from tests.scene import NOW

SMALL, LARGE = (80, 24), (120, 36)
MODE_OF = {str(number): mode for number, mode in enumerate(MODES, 1)}


def key_event(key: str) -> events.Key:
    """A key by its sign, or by its name."""
    typed = len(key) == 1
    return events.Key(_character_to_key(key), key) if typed else events.Key(key, key_to_character(key))


class Stage:
    """An app that runs, and what a person does with it."""

    def __init__(self, app: DryportApp, pilot: Pilot[int], clock: ManualClock) -> None:
        self.app = app
        self.pilot = pilot
        self.clock = clock

    async def press(self, *keys: str) -> str:
        """Press these one after the other, each when all that the last one began is done; the screen as text."""
        for key in keys:
            self.app.post_message(key_event(key))
            await self.settle()
        return self.text()

    async def press_at_once(self, text: str, *keys: str) -> str:
        """Press all these before the first is dealt with, as a slow line brings them; the screen as text."""
        for key in (*text, *keys):
            self.app.post_message(key_event(key))
        await self.settle()
        return self.text()

    async def enter(self, opener: str, text: str, *keys: str) -> str:
        """Open the typed line with a key, put the text into it at once, then press keys; the screen as text."""
        await self.press(opener)
        self.app.post_message(events.Paste(text))
        await self.settle()
        return await self.press(*keys)

    async def settle(self) -> None:
        """Until no worker reads and no message waits: what one began may begin another."""
        quiet = 0
        while quiet < 2:
            await self.pilot.pause(0)
            quiet = quiet + 1 if self._at_rest() else 0
            with suppress(WorkerCancelled):  # of a screen that was left meanwhile
                await self.app.workers.wait_for_complete()

    def _at_rest(self) -> bool:
        screen = self.app.screen
        waiting = any(each.message_queue_size for each in (self.app, *screen.walk_children(with_self=True)))
        return self.app._keystrokes.at_rest and not (waiting or screen._callbacks or len(self.app.workers))

    async def until(self, holds: Callable[[Pulse], bool]) -> str:
        """Until the last pulse of the watch is so; the screen as text."""
        while not holds(self.app.pulse) and self.app._exception is None:
            await self.pilot.pause(0.01)
        await self.settle()
        return self.text()

    def text(self) -> str:
        """What stands on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    def line(self, words: str) -> str:
        """The first line that holds these words."""
        return next(line for line in self.text().splitlines() if words in line)

    @property
    def notice(self) -> str:
        """What the bottom line says besides keys."""
        return self.app.notice


@asynccontextmanager
async def staged(
    cache: Path,
    *keys: str,
    size: tuple[int, int] = LARGE,
    words: Callable[[], str | None] = lambda: None,
    appearance: Appearance | None = None,
) -> AsyncIterator[Stage]:
    """The console on the cache at `cache` at 10:41 of the scene's day, after its first data and these keys."""
    clock = ManualClock(NOW)
    view = View(lambda: Cache.open(cache), clock)
    opening, keys = opened_by(keys)
    app = opening(view, name="tuanjiecun", folder=cache.parent, appearance=appearance, words=words)
    async with app.run_test(size=size) as pilot:
        stage = Stage(app, pilot, clock)
        await stage.until(lambda pulse: pulse.read)
        await stage.press(*keys)
        yield stage


def opened_by(keys: tuple[str, ...]) -> tuple[type[DryportApp], tuple[str, ...]]:
    """The console and the keys still to press: where the first is a mode's, it opens there instead.

    Nobody waits for a board that no one looks at; the way from mode to mode by keys has tests of its own.
    """
    if keys and keys[0] in MODE_OF:
        return _opening(MODE_OF[keys[0]]), keys[1:]
    return DryportApp, keys


@kept
def _opening(mode: str) -> type[DryportApp]:
    """The console that opens in this mode."""

    class Opening(DryportApp):
        DEFAULT_MODE = mode

    return Opening
