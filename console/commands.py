"""Every command of the console, once: the bindings, the key line, the palette, the `:` line and the help read this.

A command is done by the screen on top, else by the app: whichever has the method `do_<handler>(argument)`. Where
neither has it the command is not offered.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from storage.errors import UsageError


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can ask for.

    `id` is the word after `:` and the name in a keymap; `keys` are Textual key names, the first is the one shown;
    `argument` is what may follow the word; `hint` is the word or two on the key line, none when it is not shown there;
    `rank` orders the key line; `fixed` is what the handler gets before the argument.
    """

    id: str
    title: str
    keys: tuple[str, ...] = ()
    argument: str = ""
    hint: str = ""
    rank: int = 50
    handler: str = ""
    fixed: str = ""

    @property
    def method(self) -> str:
        """Name of the method that does it."""
        return f"do_{self.handler or self.id}"

    @property
    def shown_key(self) -> str:
        """The first key as it is written on the keyboard."""
        return key_label(self.keys[0]) if self.keys else ""

    def doer(self, places: Iterable[object]) -> object | None:
        """The first of `places` (the screen on top, then the app) that can do it; None where it is not offered.

        A place may hold back, by their ids in `withheld`, commands for which it has the method and no use.
        """
        return next((place for place in places if self._can(place)), None)

    def _can(self, place: object) -> bool:
        return callable(getattr(place, self.method, None)) and self.id not in getattr(place, "withheld", ())

    def run(self, doer: object, argument: str = "") -> None:
        """Have `doer` do it."""
        given = (self.fixed, argument) if self.fixed else (argument,)
        getattr(doer, self.method)(*given)


_LABELS = {
    "escape": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab", "shift+tab": "Shift+Tab", "slash": "/",
    "colon": ":", "question_mark": "?", "ctrl+p": "Ctrl+P", "up": "↑", "down": "↓",
}  # fmt: skip


def key_label(key: str) -> str:
    """A Textual key name as people write it: `slash` is `/`."""
    return _LABELS.get(key, key)


MODES: Mapping[str, str] = MappingProxyType(
    {"board": "Board", "trains": "Trains", "yard": "Yard", "customs": "Customs", "feeds": "Feeds"}
)
"""The modes in the order of their number keys."""

_COMMANDS = (
    *(
        Command(mode, f"{title}, with a filter for it", (str(number),), "FILTER", handler="mode", fixed=mode)
        for number, (mode, title) in enumerate(MODES.items(), 1)
    ),
    Command("open", "Open what the cursor is on", ("enter",), hint="open", rank=10),
    Command("back", "One level back, to the same row; closes the filter first", ("escape",), hint="back", rank=90),
    Command("part", "Next part of the screen", ("tab",), hint="part", rank=12),
    Command("previous", "Previous part of the screen", ("shift+tab",)),
    Command("find", "Find a box, train, wagon, declaration, booking, seal, bay, size-type", ("f",), "TEXT", "find", 20),
    Command("filter", "Show only the rows that match", ("slash",), "WORDS", "filter", 22),
    Command("presets", "Ready-made filters of this screen", ("p",), "NAME", "presets", 24),
    Command("sort", "Sort by a column; -COLUMN the other way round", ("s",), "COLUMN", "sort", 26),
    Command("columns", "Choose columns; of the map, what colours it", ("c",), "COLUMN", "columns", 60),
    Command("all", "Show everything behind a count, or only the first again", ("a",), hint="all", rank=40),
    Command("boxes", "Boxes: not ready ones of a train, those of a block, of the yard", ("b",), hint="boxes", rank=16),
    Command("whatif", "What if the train leaves at a time: what makes and misses it", ("w",), "TIME", "what if", 17),
    Command("substitutes", "Ready boxes that could fill the train", ("u",), hint="substitutes", rank=18),
    Command("service", "How late the train's service has run these two weeks", ("o",), hint="how late", rank=19),
    Command("tracks", "Tracks over time: who stands where, what collides, what is free", ("v",), "", "tracks", 58),
    Command("free", "Free track at a time, for how long, how many metres, with a crane", ("F",), "TIME", "free at", 17),
    Command("map", "Show the box, or the block, on the map of the yard", ("m",), hint="map", rank=45),
    Command("mark", "Mark the row, or unmark it", ("space",), hint="mark", rank=50),
    Command("unmark", "Unmark every row"),
    Command("copy", "Copy the marked rows, or this one, as a message", ("y",), hint="copy", rank=30),
    Command("note", "Write a note on what the page or the row is about", ("n",), "TEXT", "note", 52),
    Command("withdraw", "Withdraw a note of yours on it: it stays, struck, with who and when", ("N",)),
    Command("explain", "How the figures of this screen are defined", ("i",), hint="explain", rank=55),
    Command("retry", "Ask the upstream again now", ("r",), hint="retry now", rank=14),
    Command("aside", "What was set aside or flagged, and why", ("d",), hint="set aside", rank=15),
    Command("command", "Type a command", ("colon",), hint="command", rank=70),
    Command("help", "All keys and commands", ("question_mark",), hint="help", rank=80),
    Command("quit", "One level back; at the top, quit", ("q",), handler="leave"),
    Command("exit", "Quit from anywhere"),
)

COMMANDS: Mapping[str, Command] = MappingProxyType({command.id: command for command in _COMMANDS})
"""Every command by its id, in the order of the help."""

ALIASES: Mapping[str, str] = MappingProxyType({"q": "quit", "q!": "exit", "x": "exit", "h": "help", "f": "find"})


def offered(places: Iterable[object]) -> list[Command]:
    """The commands that `places` can do, in the order of the registry."""
    places = list(places)
    return [command for command in _COMMANDS if command.doer(places) is not None]


def key_line(places: Iterable[object]) -> list[tuple[str, str]]:
    """(key, word) of the commands a place shows at its bottom, the most wanted first.

    The first of `places` may have words of its own for them, by their ids in `hints`, and ranks of its own in `ranks`.
    """
    places = list(places)
    own: Mapping[str, str] = getattr(places[0], "hints", {}) if places else {}
    ranks: Mapping[str, int] = getattr(places[0], "ranks", {}) if places else {}
    hinted = [command for command in offered(places) if command.hint]
    hinted.sort(key=lambda command: ranks.get(command.id, command.rank))
    return [(command.shown_key, own.get(command.id, command.hint)) for command in hinted]


def parse(line: str) -> tuple[Command, str]:
    """A typed line as a command and its argument; `UsageError` names the nearest command for an unknown one."""
    word, _, argument = line.strip().removeprefix(":").strip().partition(" ")
    name = ALIASES.get(word, word)
    if name in COMMANDS:
        return COMMANDS[name], argument.strip()
    starting = [known for known in COMMANDS if name and known.startswith(name)]
    if len(starting) == 1:
        return COMMANDS[starting[0]], argument.strip()
    near = starting or difflib.get_close_matches(name, COMMANDS, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "? shows them all."
    raise UsageError(f"There is no command '{word}': {hint}")
