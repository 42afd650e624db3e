"""A tiny app around the widgets under test, which counts what it would send to a terminal."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType
from textual._compositor import CompositorUpdate
from textual.app import ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from widgets.frugal import FrugalApp, narrowed


class Host(FrugalApp[None]):
    """Composes the given widgets; `sent` holds every update for the terminal.

    With `run_test(message_hook=host.hear)` `heard` holds the messages of the widgets."""

    def __init__(self, *widgets: Widget, theme: str = "textual-dark") -> None:
        super().__init__()
        self._hosted = widgets
        self.theme = theme
        self.console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", _environ={})
        self.sent: list[str] = []
        self.heard: list[Message] = []

    def hear(self, message: Message) -> None:
        """The message hook of a test: keeps the widgets' own messages, once each however far they bubble."""
        ours = type(message).__module__.startswith("widgets.")
        if ours and all(message is not known for known in self.heard):
            self.heard.append(message)

    def compose(self) -> ComposeResult:
        yield from self._hosted

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        update: object = narrowed(renderable)
        if isinstance(update, CompositorUpdate):
            self.sent.append(update.render_segments(self.console))
        super()._display(screen, renderable)

    @property
    def bytes_sent(self) -> int:
        """What the updates since the last `sent.clear()` weigh."""
        return sum(len(update.encode()) for update in self.sent)


def screen_text(app: Host) -> list[str]:
    """The lines on the screen, trailing blanks cut."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


async def settle(pilot: Pilot[None]) -> None:
    """Until no worker reads and no message waits."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
