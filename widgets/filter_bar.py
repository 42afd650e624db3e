"""The line one types on: `/` filters here, `f` finds anything, `:` takes a command."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from widgets.cells import literal

LONGEST = 256
"""Characters a line may have; more than anyone types, and a pasted file stays harmless."""


class Typed(Input):
    """An input that takes one clean line from a paste, however large that is."""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        # Cut first: only what can be kept is looked at, so a pasted megabyte costs nothing.
        lines = event.text[: 4 * LONGEST].strip().splitlines()
        if lines:
            self.insert_text_at_cursor(literal(lines[0])[: max(0, LONGEST - len(self.value))])


class FilterBar(Horizontal):
    """Shows a prompt and what is typed after it; hidden, and one line shorter, while nothing is typed.

    What is typed is literal text: a `[` is a `[`. Costs one line at each key.
    """

    DEFAULT_CSS = """
    FilterBar { dock: bottom; height: 1; width: 1fr; display: none; background: $panel; }
    FilterBar.-open { display: block; }
    FilterBar > Static { width: auto; height: 1; padding: 0 1; text-style: bold; }
    FilterBar > Typed, FilterBar > Typed:focus { width: 1fr; background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", show=False)]

    class OfLine(Message):
        """Something about the typed line; `prompt` is the one it was opened with, `value` its text."""

        def __init__(self, bar: FilterBar, value: str) -> None:
            super().__init__()
            self.bar = bar
            self.prompt = bar.prompt
            self.value = value

        @property
        def control(self) -> FilterBar:
            """The bar, so that `@on(FilterBar.Changed, "#id")` works."""
            return self.bar

    class Changed(OfLine):
        """The line reads otherwise now. Of several that wait only the last is handled."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, FilterBar.Changed) and message.bar is self.bar

    class Submitted(OfLine):
        """Enter; the bar is closed."""

    class Cancelled(OfLine):
        """Esc; the bar is closed, `value` is what stood there."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.prompt = ""

    def compose(self) -> ComposeResult:
        yield Static(markup=False)
        line = Typed(compact=True, max_length=LONGEST, select_on_focus=False)
        line.cursor_blink = False
        yield line

    @property
    def value(self) -> str:
        """What is typed."""
        return self.query_one(Typed).value

    def open(self, prompt: str, text: str = "") -> None:
        """Take keys from now on, starting from `text`."""
        self.prompt = prompt
        self.query_one(Static).update(Content(prompt))
        line = self.query_one(Typed)
        with line.prevent(Input.Changed):
            line.value = literal(text)[:LONGEST]
        line.cursor_position = len(line.value)
        self.add_class("-open")
        line.focus()

    def close(self) -> None:
        """Take no more keys; who opened it says where the focus goes."""
        self.remove_class("-open")

    def action_cancel(self) -> None:
        value = self.value
        self.close()
        self.post_message(self.Cancelled(self, value))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self, event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close()
        self.post_message(self.Submitted(self, event.value))
