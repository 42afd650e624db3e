"""The console's app: modes, commands, the pulse of the cache, an orderly end. What a screen says is the panes' part.

The frame paints first: importing this module brings Textual and our widgets, but no database, HTTP or CLI library.
Those come in the watching thread, which starts after the first frame; the data follows.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.filter import LineFilter, Monochrome, NoColor
from textual.message import Message
from textual.screen import Screen

from console import clipboard, commands, glyphwidth, memory, terminal, theme
from console import format as written
from console.ahead import Ahead
from console.keystrokes import Keystrokes
from console.notebook import Notebook
from console.screens.base import ConsoleScreen
from console.site import Appearance, Site
from console.turns import Turns
from console.view import View
from console.watch import Pulse, Watch
from storage.errors import UsageError
from widgets import glyphs
from widgets.frugal import FrugalApp

LONGEST_PASTE = 200
"""Characters of a paste that are looked for; no number is longer."""


def _pane(mode: str) -> Callable[[], Screen[Any]]:
    def made() -> Screen[Any]:
        from importlib import import_module

        pane: Screen[Any] = import_module(f"console.panes.{mode}.pane").PANE()
        return pane

    return made


def _palette() -> type[Provider]:
    from console.palette import CommandProvider

    return CommandProvider


class DryportApp(FrugalApp[int]):
    """Shows one view: `view` is what the panes ask; `words` says what runs amiss beside the console.

    `ahead`: get the other panes ready while nobody waits.
    """

    MODES = {mode: _pane(mode) for mode in commands.MODES}
    DEFAULT_MODE = "board"
    COMMANDS = {_palette}
    TITLE = "Dryport"
    ANIMATION_LEVEL = "none"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(command.keys), f"app.command('{command.id}')", command.title, id=command.id, show=False)
        for command in commands.COMMANDS.values()
        if command.keys
    ]

    class Pulsed(Message):
        """The watch saw something new."""

        def __init__(self, pulse: Pulse) -> None:
            super().__init__()
            self.pulse = pulse

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, DryportApp.Pulsed)

    def __init__(
        self,
        view: View,
        *,
        name: str = "",
        folder: Path | None = None,
        appearance: Appearance | None = None,
        words: Callable[[], str | None] = lambda: None,
        ahead: bool = False,
    ) -> None:
        self.appearance = appearance or Appearance()
        super().__init__()
        self.view = view
        self._site_name = name
        self._folder = folder or Path()
        self.pulse = Pulse()
        self.notice = ""
        self.notebook = Notebook()
        self.turns = Turns(self.call_after_refresh)
        self.ahead = Ahead(self)
        self._keystrokes = Keystrokes(self)
        self._gets_ready = ahead
        self._cache_watch = Watch(view, self._pulsed, words)
        self.animation_level = "none"
        self.register_theme(theme.DRYPORT)
        self.theme = theme.theme_name(os.environ, self.appearance.color)
        if self.no_color and self.native_ansi_color:
            # Textual chose its filter before it knew the theme; of the terminal's own colours it makes black on black.
            self._filters = [NoColor() if isinstance(each, Monochrome) else each for each in self._filters]

    # ------------------------------------------------------------------------------------------------ from start to end

    def on_mount(self) -> None:
        asyncio.get_running_loop().set_default_executor(memory.readers())
        if not self.is_headless:
            terminal.end_on_signals(self.end, asyncio.get_running_loop())
            terminal.end_on_hang_up(self.end, asyncio.get_running_loop())
        self.call_after_refresh(self._cache_watch.start)

    def end(self, status: int = 0) -> None:
        """Leave in good order with this exit status."""
        if not self.is_headless:
            terminal.be_gone_in(terminal.LAST_WORD_S, status)
        self._cache_watch.stop()
        self.exit(status)

    def _fatal_error(self) -> None:
        """A fault ends the app. Textual would print it with every local, upstream text too; `run_app` raises it."""
        self._close_messages_no_wait()

    async def on_unmount(self) -> None:
        self._cache_watch.stop()
        if self._cache_watch.is_alive():
            await asyncio.to_thread(self._cache_watch.join, 1.0)
        written.now_begun({})
        self.view.close()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, then the scrubber: whatever reached a widget, no control character reaches the terminal."""
        return [*super().get_line_filters(), terminal.SCRUBBER]

    async def on_event(self, event: events.Event) -> None:
        """As Textual does, but each key in its turn; and what is got ready keeps nobody waiting who does something."""
        if isinstance(event, events.InputEvent):
            self.ahead.acted()
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif not self._keystrokes.waits(event):
            target = self.focused or self.screen
            await super().on_event(event)
            self._keystrokes.gone_to(target, event)

    # ------------------------------------------------------------------------------------------------ for the screens

    @property
    def site_title(self) -> str:
        """The site as it calls itself, else as the settings do."""
        return self.pulse.title or self._site_name

    def follow(self, feeds: frozenset[str]) -> None:
        """From now on pulses say how fresh these feeds are together."""
        self._cache_watch.follow(feeds)

    def write_raw(self, sequence: str) -> None:
        """Send a sequence of ours to the terminal, past the screen."""
        if self._driver is not None:
            self._driver.write(sequence)

    def write_copy(self, text: str) -> Path:
        """Write what was copied to a new file; its path."""
        stamp = self.view.wall.stamp().translate({ord(":"): "", ord(" "): "-"})
        return clipboard.write_file(text, self._folder / "copies", f"dryport-{stamp[:15]}")

    # -------------------------------------------------------------------------------------------- what the cache says

    def _pulsed(self, pulse: Pulse) -> None:
        self.post_message(self.Pulsed(pulse))

    def on_dryport_app_pulsed(self, message: Pulsed) -> None:
        first = not self.pulse.read
        self.pulse = message.pulse
        written.now_begun(message.pulse.begun)
        # A pulse may come when the last screen has gone already, the app being about to end; and when the next one has
        # no widgets yet: it takes the pulse itself once it has them.
        if self.screen_stack and isinstance(self.screen, ConsoleScreen) and self.screen.is_mounted:
            self.screen.keep_up()
        if first:
            self.call_after_refresh(memory.settle)
        if self._gets_ready and not self.pulse.problem:
            self._gets_ready = False
            self.run_worker(self.ahead.get_ready(), group="ahead")

    # ------------------------------------------------------------------------------------------------------- commands

    def action_command(self, name: str, argument: str = "") -> None:
        """Do a command of the registry, here; say in one line why not when that cannot be."""
        if not self.screen.is_mounted:
            return  # nothing can be done on a screen that is not there yet
        command = commands.COMMANDS[name]
        self.say("")
        doer = command.doer((self.screen, self))
        if doer is not None:
            command.run(doer, argument)
        elif command.hint:
            self.say(f"'{command.shown_key}' ({command.title[0].lower()}{command.title[1:]}) has nothing to do here.")

    def type_command(self, line: str) -> None:
        """Do what was typed after `:`."""
        try:
            command, argument = commands.parse(line)
        except UsageError as error:
            self.say(str(error))
            return
        self.action_command(command.id, argument)

    def say(self, notice: str) -> None:
        """One line for the person; it stays until the next command."""
        if notice != self.notice:
            self.notice = notice
            if isinstance(self.screen, ConsoleScreen):
                self.screen.show_keys()

    def do_mode(self, mode: str, argument: str) -> None:
        """Go to a mode, at the place where it was left; asked for again, to its first screen.

        With words, to its list filtered by them.
        """
        again = mode == self.current_mode
        self.switch_mode(mode)
        if again or argument:
            while len(self.screen_stack) > 1:
                self.pop_screen()
        if argument and isinstance(self.screen, ConsoleScreen):
            self.screen.call_after_refresh(self.screen.filter_by, argument)

    def do_leave(self, _argument: str) -> None:
        """One level back; at the top, quit."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            self.end()

    def do_exit(self, _argument: str) -> None:
        """Quit."""
        self.end()

    def do_help(self, _argument: str) -> None:
        """All keys and commands, those of this place first."""
        from console.screens.pages import help_page

        self.push_screen(help_page((self.screen, self)))

    def do_explain(self, _argument: str) -> None:
        """How the figures are defined, those of this place first."""
        from console.screens.pages import figures_page

        topic = self.screen.topic() if isinstance(self.screen, ConsoleScreen) else ""
        self.push_screen(figures_page(topic))

    def do_tracks(self, argument: str) -> None:
        """The tracks over time, at the train that is named, else at the one that the screen is about."""
        thing = self.screen.thing() if isinstance(self.screen, ConsoleScreen) else None
        self.open_detail("tracks", argument or (thing.id if thing is not None and thing.kind == "train" else ""))

    def do_withdraw(self, _argument: str) -> None:
        """Choose one of one's own notes on what the screen is about, and withdraw it."""
        if isinstance(self.screen, ConsoleScreen):
            from console.screens.withdrawing import choose_note

            choose_note(self.screen)

    def do_find(self, argument: str, *, pasted: bool = False) -> None:
        """Find anything; Enter opens it."""
        from console.screens.find import FindScreen

        if isinstance(self.screen, FindScreen):
            self.screen.look_for(argument)
        else:
            self.push_screen(FindScreen(argument, pasted=pasted))

    def on_paste(self, event: events.Paste) -> None:
        """Text pasted where nothing is typed is looked for: a box number opens its page."""
        event.stop()
        if isinstance(self.screen, ConsoleScreen) and event.text.strip():
            self.do_find(event.text.strip()[:LONGEST_PASTE], pasted=True)

    def open_detail(self, kind: str, key: str) -> None:
        """Push the page of a train, box, declaration, block, ..."""
        self.push_screen(self.detail(kind, key))

    def detail(self, kind: str, key: str) -> ConsoleScreen:
        """That page."""
        from console.screens.opening import page_of

        return page_of(kind, key)

    def action_help_quit(self) -> None:
        """Ctrl+C: it does not end a console that is open all day."""
        self.say("q goes one level back and quits at the top; :exit quits from anywhere.")


def run_app(site: Site, words: Callable[[], str | None] = lambda: None) -> int:
    """Run the console on a site until the person leaves; the exit status.

    `words` tells what those who look after the syncer (and the simulated terminal) wait for or met; None: all is well.
    """
    wide = {"auto": None, "yes": True, "no": False}[site.appearance.ascii]
    if glyphwidth.draws_wide(wide):
        glyphs.choose(glyphs.ASCII)
    if site.appearance.color == "none":
        os.environ["NO_COLOR"] = "1"
    terminal.forgive_mouse_bytes()
    memory.share_one_heap()
    app = DryportApp(
        View.of_site(site), name=site.name, folder=site.folder, appearance=site.appearance, words=words, ahead=True
    )
    status = app.run() or 0
    if app._exception is not None:
        raise app._exception
    return status
