"""What every screen of the console has: title bar, notice and key line, the line that is typed on, its pulse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.widget import Widget
from textual.worker import Worker

from console import memory
from console.commands import MODES, key_line
from console.notebook import Thing
from console.view import View
from console.watch import Fresh, Pulse, explained
from widgets.cells import Line
from widgets.filter_bar import FilterBar
from widgets.frugal import FrugalScreen
from widgets.keyline import KeyLine
from widgets.record import wrap
from widgets.textlines import TextLines
from widgets.titlebar import TitleBar

if TYPE_CHECKING:
    from sqlmodel import Session

    from console.app import DryportApp
    from storage.clock import Clock

T = TypeVar("T")

WIDE = 100
"""From this many columns on tiles have full frames and the title bar its long form."""
REST_S = 1.0
"""So long after all that was asked for is in sight what is left of it is collected: a key that follows at once does not
wait for that."""

MOST_PUSHED = 7
"""Screens on top of those of the modes, so far Esc leads back: a train's page or a box's costs 1.6 MB."""


def _is_of_one_thing(screen: object) -> bool:
    """A page that opens again as it was; a list may have a filter and marks, and is given up last."""
    return bool(getattr(screen, "kind", ""))


class ConsoleScreen(FrugalScreen[None]):
    """A full screen. The feeds it draws on say how fresh it is (its badge) and when to read again."""

    mode: ClassVar[str] = ""
    """The mode it is the first screen of; empty for a screen that is pushed."""
    withheld: ClassVar[frozenset[str]] = frozenset()
    """Ids of commands that it could do and has no use for."""
    kind: str = ""
    """What the thing is that this page is about, as notes and links call it; empty for a screen about no one thing."""
    identity: str = ""
    """Its id."""
    DEFAULT_CSS = """
    ConsoleScreen { layout: vertical; overflow: hidden hidden; }
    ConsoleScreen #problem { dock: bottom; height: 3; display: none; padding: 0 1; }
    ConsoleScreen.-problem #problem { display: block; }
    """
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self._seen = self._rows_of = Pulse()
        self._awaited: Pulse | None = None
        self._asking: dict[str, Worker[None]] = {}
        self._failed = False
        self._fault = ""
        self._typing = ""
        self._followed = False

    # ----------------------------------------------------------------------------------------------------- composition

    def compose(self) -> ComposeResult:
        yield TitleBar()
        yield from self.body()
        yield TextLines(id="problem")
        yield KeyLine()
        yield FilterBar()  # over the key line while it is open

    def body(self) -> Iterable[Widget]:
        """The widgets between the title bar and the key line."""
        return ()

    @property
    def port(self) -> DryportApp:
        """The app, as what it is."""
        return cast("DryportApp", self.app)

    @property
    def view(self) -> View:
        """What this screen asks its rows of."""
        return self.port.view

    @property
    def wide(self) -> bool:
        """Whether there is room for the long forms."""
        return self.app.size.width >= WIDE

    def crumbs(self) -> tuple[str, ...]:
        """The way here, for a pushed screen: Trains, X9582 to Qinzhou."""
        return ()

    def thing(self) -> Thing | None:
        """What the page, or the row under the cursor, is about."""
        return Thing(self.kind, self.identity, self.crumbs()[-1]) if self.kind else None

    def topic(self) -> str:
        """What the part that has the keys is about, for whoever asks how its figures are defined."""
        return self.mode or self.kind

    # ------------------------------------------------------------------------------------------------ keeping up

    @property
    def feeds(self) -> frozenset[str]:
        """What it draws on; none stands for all. Only asked for once the cache has been looked at."""
        return frozenset()

    def parts_of_feeds(self) -> Mapping[str, frozenset[str]]:
        """Tiles, by id, that draw on less than the whole screen does, and say themselves how fresh they are."""
        return {}

    def on_screen_resume(self) -> None:
        if self.port.close_beyond(MOST_PUSHED, _is_of_one_thing):
            asyncio.get_running_loop().call_later(REST_S, memory.clear_out)  # what was kept for long is not young
        self.keep_up()

    def on_resize(self) -> None:
        self.show_title()

    def keep_up(self) -> None:
        """Take the app's last pulse: the title always, the rows when what they are drawn from moved."""
        pulse, seen = self.port.pulse, self._seen
        self._seen = pulse
        if pulse.read:
            self._read_on(pulse, seen)
        self.show_title()
        self.show_keys()
        self.show_problem(pulse.problem)
        if pulse.read:
            self.show_freshness(pulse)

    def _read_on(self, pulse: Pulse, seen: Pulse) -> None:
        """Read again what moved; until that is in sight, the rows in sight are those of an older pulse."""
        if not self._followed:
            self._followed = True
            for feeds in (self.feeds, *self.parts_of_feeds().values()):
                self.port.follow(feeds)
        if self._failed or self.moved(pulse, seen):
            self._failed, self._awaited = False, pulse
            self.reload()
        if self._awaited is not None:
            self._awaited = pulse  # what is being read belongs to the newest pulse: it is that, or nothing moved since
        if self._awaited is None or not self.is_reading:
            self._rows_of, self._awaited = pulse, None

    @property
    def is_reading(self) -> bool:
        """Whether anything that was asked for is not in sight yet."""
        return any(not worker.is_finished for worker in self._asking.values())

    def rows_came(self) -> None:
        """Something that was asked for is in sight: when all is, the freshness shown is that of these rows."""
        if self.display and self._awaited is not None and not self._failed and not self.is_reading:
            self._rows_of, self._awaited = self._awaited, None
            self.show_title()
            self.show_freshness(self.port.pulse)
            if self._fault and self._fault == self.port.notice:
                self.port.say("")
            self._fault = ""
            self._asking.clear()
            asyncio.get_running_loop().call_later(REST_S, memory.tidy)

    def rows_failed(self) -> None:
        """Something could not be read: it is asked for again with the next pulse."""
        self._failed = True

    def moved(self, now: Pulse, before: Pulse) -> bool:
        """Whether what is in sight may look different since `before`."""
        return now.moved(before, self.feeds)

    def reload(self) -> None:
        """The data moved: read again what is in sight."""

    def rehearse(self) -> None:
        """Ask what a first visit asks first, and forget the answer: how it is asked is known then. Blocks."""

    def ask(
        self, group: str, query: Callable[[Session, Clock], T], take: Callable[[T], None], *, follows: bool = False
    ) -> None:
        """Run the query in a thread and give `take` its answer; a newer asking of the group replaces an older one.

        What `follows` is asked when all that does not, and was asked for before it, is painted. What cannot be read, or
        shown, is said in one line, and what was read before stays: nothing that either raises ends the console.
        """
        asking = self._following if follows else self._first
        self._asking[group] = self.run_worker(partial(asking, query, take), group=group, exclusive=True)

    async def _first(self, query: Callable[[Session, Clock], T], take: Callable[[T], None]) -> None:
        with self.port.turns.first():
            await self._asked(query, take)

    async def _following(self, query: Callable[[Session, Clock], T], take: Callable[[T], None]) -> None:
        await self.port.turns.follow()
        await self._asked(query, take)
        memory.give_back()  # those that follow are the long ones

    async def _asked(self, query: Callable[[Session, Clock], T], take: Callable[[T], None]) -> None:
        try:
            answer = await asyncio.to_thread(self.view.ask, query)
            if self.display:
                take(answer)
        except Exception as error:  # noqa: BLE001  # a console that is open all day outlives a fault of ours as well
            self.rows_failed()
            self._fault = explained(error)
            self.port.say(self._fault)
        else:
            self.call_later(self.rows_came)  # once this worker is finished

    def call_after_refresh(self, callback: Callable[..., Any], *given: Any, **named: Any) -> bool:
        """As everywhere; but a screen that was left meanwhile has lost its parts, and nothing is called any more."""
        return super().call_after_refresh(lambda: callback(*given, **named) if self.display else None)

    def show_freshness(self, pulse: Pulse) -> None:
        """Write the freshness of each part of the screen where it belongs."""

    def fresh(self) -> Fresh:
        """How fresh what is shown here is, all in all."""
        return self.fresh_of(self.feeds if self.port.pulse.read else frozenset())

    def fresh_of(self, feeds: frozenset[str]) -> Fresh:
        """How fresh the rows in sight are that are drawn from these feeds (none stands for all)."""
        return self.port.pulse.fresh(feeds, rows_of=self._rows_of)

    def show_title(self) -> None:
        """Bring the title bar up to date; it repaints what changed."""
        pulse = self.port.pulse
        bar = self.query_one(TitleBar)
        wall = self.view.wall
        site = self.port.site_title
        badge = self.fresh()
        narrow = not self.wide
        bar.show(
            site=site.split()[-1] if narrow and site else site,
            modes=tuple(MODES.values()),
            current=MODES.get(self.mode, ""),
            crumbs=self.crumbs(),
            badge=(badge.word, badge.level),
            clock=wall.face(short=narrow),
            risks=(pulse if self._awaited is None else self._rows_of).risks,
        )

    def show_keys(self) -> None:
        """Bring the bottom line up to date: a notice if there is one, then the keys of this place."""
        pulse = self.port.pulse
        notice = self.port.notice or pulse.words
        # At the top of a mode there is nothing to go back to; Esc only clears a filter there.
        keys = [key for key in key_line((self, self.app)) if not (self.mode and key[0] == "Esc")]
        self.query_one(KeyLine).show(keys, notice=notice)
        self._place_problem()

    def show_problem(self, problem: str) -> None:
        """Say why the cache cannot be read, above the key line; what was read before stays in sight."""
        self.set_class(bool(problem), "-problem")
        lines: list[Line] = [[(text, "error")] for text in wrap(problem, self.size.width - 2)] if problem else []
        self.query_one("#problem", TextLines).show(lines)
        self._place_problem()

    def _place_problem(self) -> None:
        """Over the panes, which may fill the screen, and above the key line, however many lines its notice takes."""
        if self.has_class("-problem"):
            height = self.query_one(KeyLine).styles.height
            self.query_one("#problem").styles.margin = (0, 0, int(height.value) if height is not None else 1, 0)

    # ------------------------------------------------------------------------------------------------- the typed line

    def type_on(self, prompt: str, purpose: str, text: str = "") -> None:
        """Open the line that is typed on; `typed` and `entered` get what comes of it."""
        self._typing = purpose
        self.query_one(FilterBar).open(prompt, text)

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        message.stop()
        self.typed(self._typing, message.value)

    def on_filter_bar_submitted(self, message: FilterBar.Submitted) -> None:
        message.stop()
        purpose, self._typing = self._typing, ""
        self.focus_main()
        self.entered(purpose, message.value)

    def on_filter_bar_cancelled(self, message: FilterBar.Cancelled) -> None:
        message.stop()
        purpose, self._typing = self._typing, ""
        self.focus_main()
        self.cancelled(purpose)

    def typed(self, purpose: str, text: str) -> None:
        """The line reads so now."""
        if purpose == "filter":
            self.filter_by(text)
        elif purpose == "note":
            self.port.notebook.keep(text)

    def entered(self, purpose: str, text: str) -> None:
        """Enter ended the line."""
        if purpose == "command":
            self.port.type_command(text)
        elif purpose == "filter":
            self.filter_by(text)
        elif purpose == "note":
            self.run_worker(self._note(text), group="note")

    def cancelled(self, purpose: str) -> None:
        """Esc ended the line."""
        if purpose == "filter":
            self.filter_by("")
        elif purpose == "note":
            self.port.say(self.port.notebook.put_off())

    def focus_main(self) -> None:
        """Put the keys back where they belong when nothing is typed."""

    def filter_by(self, words: str) -> None:
        """Show only the rows that match these words; none shows all."""

    # --------------------------------------------------------------------------------------------------- commands

    def do_command(self, argument: str) -> None:
        """Type a command."""
        self.type_on(":", "command", argument)

    def do_note(self, argument: str) -> None:
        """Write a note on what the page, or the row under the cursor, is about; without words, type it."""
        from storage.notes import KINDS

        thing = self.thing()
        if thing is None or thing.kind not in KINDS:
            self.port.say("There is nothing here to write a note on: choose a row, or open a page.")
            return
        draft = self.port.notebook.begin(thing)
        if argument:
            self.run_worker(self._note(argument), group="note")
        else:
            self.type_on(f"note on {thing.name}:", "note", draft)

    async def _note(self, text: str) -> None:
        self.port.say(await self.port.notebook.write(self.view, text))
        self.reload()

    def do_back(self, _argument: str) -> None:
        """One level back."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    def do_part(self, _argument: str) -> None:
        """Next part."""
        self.focus_next()

    def do_previous(self, _argument: str) -> None:
        """Previous part."""
        self.focus_previous()
