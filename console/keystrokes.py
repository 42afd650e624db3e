"""Each key goes where the one before it led: over a thin line `/qinzhou` and Enter come in one go.

Textual hands a key to what has the focus when it comes in, not when its turn has come: of `2/qinzhou`, read at once,
all but the first key would be for the pane that is being left. Here the keys behind one that may lead elsewhere wait
until it has been dealt with, and the screen and the line that it opened are there.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import ScreenStackError
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump

LONGEST_S = 1.0
"""What has not come to rest by then is waited for no longer."""
ROUNDS = 3
"""A key may have a widget tell its parent something, which tells its own: so often all that is under way is let by."""
STAY = frozenset(
    {"up", "down", "left", "right", "pageup", "pagedown", "home", "end", "space", "backspace", "delete", *"hjkl"}
)
"""Keys that lead nowhere, and that somebody may hold down: nothing waits for them."""

Typed = events.Key | events.Paste


class Keystrokes:
    """The keys of one app that wait for their turn, and what they wait for."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: deque[Typed] = deque()
        self._next: Typed | None = None
        self._rest: asyncio.Task[None] | None = None

    @property
    def at_rest(self) -> bool:
        """Whether all that was pressed has been dealt with."""
        return self._rest is None and self._next is None

    def waits(self, event: Typed) -> bool:
        """Whether this key has to wait; it is posted to the app again when its turn has come."""
        if event is self._next:
            self._next = None
            return False
        screen = self._app.screen
        if self.at_rest and screen.is_mounted:
            return False
        self._waiting.append(event)
        if self.at_rest:
            self._rest = asyncio.create_task(self._until_at_rest(screen))
        return True

    def gone_to(self, target: MessagePump, event: Typed) -> None:
        """This key was handed to `target`: those behind it wait, if it may lead elsewhere."""
        if self._stays(target, event):
            self._let_go()
        else:
            self._rest = asyncio.create_task(self._until_at_rest(target))

    @staticmethod
    def _stays(target: MessagePump, event: Typed) -> bool:
        if isinstance(event, events.Paste):
            return isinstance(target, Input)
        return event.key in STAY or (event.is_printable and isinstance(target, Input))

    async def _until_at_rest(self, target: MessagePump) -> None:
        try:
            async with asyncio.timeout(LONGEST_S):
                for _ in range(ROUNDS):
                    await self._let_by(target)
                await self._until_made(self._app.screen)
        except (TimeoutError, ScreenStackError):
            pass
        finally:  # whatever happens, no key waits for good
            self._rest = None
            self._let_go()

    async def _until_made(self, screen: Any) -> None:
        await screen._mounted_event.wait()
        await self._let_by(screen)

    async def _let_by(self, node: MessagePump | None) -> None:
        """Wait until what is under way to this node, and from there to those above it, has been dealt with."""
        while node is not None:
            passed = asyncio.Event()
            if node.call_later(passed.set):
                await passed.wait()
            node = node._parent
        focused = asyncio.Event()  # the app moves the focus in a step of its own
        if self._app.call_later(focused.set):
            await focused.wait()

    def _let_go(self) -> None:
        if self._waiting:
            self._next = self._waiting.popleft()
            self._app.post_message(self._next)
