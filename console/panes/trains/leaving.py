"""How a train turns out when it leaves at a time: which boxes make it, which miss it, of which nobody can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from textual.widget import Widget

from console import format as written
from console.format import Wall
from console.panes import cells
from console.panes.notes import NotedRows
from console.panes.trains.asking import AnswerScreen, Asked
from console.panes.trains.boxes import BOX_COLUMNS, booked_row
from console.panes.trains.readiness import leaves_spans
from console.panes.trains.visit import flow
from console.screens.chooser import Choice, Chooser
from console.screens.grids import Part
from storage.errors import UsageError
from widgets.cells import Line
from widgets.columns import Column
from widgets.grid import Grid
from widgets.textlines import TextLines
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.outbound import Departing
    from storage.queries.train_boxes import BookedBox

CLASSES = ("loaded", "ready", "customs", "held", "due", "no ETA", "late")
OUTCOMES = ("miss it", "cannot tell", "make it")
MOST_LINES = 6
"""What is said of the departure above its boxes."""


class Chosen(NamedTuple):
    """Boxes of a train by a name: of one class, of one outcome, not ready, or all."""

    name: str
    holds: Callable[[BookedBox], bool]

    @classmethod
    def of_class(cls, name: str) -> Chosen:
        """Those of a readiness class."""
        return cls(name, lambda box: box.of_class == name)

    @classmethod
    def of_cutoff(cls, name: str) -> Chosen:
        """Those that a cut-off still blocks."""
        return cls(f"{cells.trade_words(name)} cut-off", lambda box: name in box.blocks)

    @classmethod
    def of_outcome(cls, name: str) -> Chosen:
        """Those that make it, miss it, or of which nobody can tell."""
        return cls(name, lambda box: box.outcome == name)


EVERY_BOX = Chosen("all booked", lambda _: True)
BLOCKED = Chosen("any cut-off", lambda box: bool(box.blocks))
NOT_READY = Chosen("not ready", lambda box: box.of_class not in ("loaded", "ready"))
CHOICES: Mapping[str, Chosen] = {
    chosen.name: chosen
    for chosen in (
        NOT_READY, *map(Chosen.of_outcome, OUTCOMES), *map(Chosen.of_class, CLASSES), EVERY_BOX,
    )
}  # fmt: skip


class LeavingScreen(AnswerScreen):
    """The boxes of a train under one time of departure, those that miss it first; `p` chooses among them."""

    DEFAULT_CSS = "LeavingScreen #answer { height: 5; }"

    def __init__(self, train: Asked, at: datetime | None, chosen: Chosen) -> None:
        super().__init__(train)
        self._at = at
        self._chosen = chosen
        self._found: Departing | None = None
        self._columns = columns(as_planned=at is None)

    def body(self) -> Iterable[Widget]:
        yield Tile("", TextLines(id="lines"), id="answer", below=True)
        yield Tile("", Grid(self._columns, markable=True, id="boxes"), id="rows", above=True)

    def crumbs(self) -> tuple[str, ...]:
        return (*super().crumbs()[:-1], "Boxes" if self._at is None else "What if")

    def reload(self) -> None:
        from storage.queries.outbound import departing

        train, at, policy = self.train.id, self._at, self.view.policy
        self.ask("leaving", lambda session, clock: departing(session, clock, train, at, policy=policy), self._take)

    def _take(self, found: Departing | None) -> None:
        self._found = found
        if found is None:
            words = f"{self.train.number} does not depart, or it or its boxes are not in the cache"
            self.query_one("#answer", Tile).retitle(words)
        else:
            self._show(found)

    def on_resize(self) -> None:
        super().on_resize()
        if self._found is not None:
            self._show(self._found)

    def _show(self, found: Departing) -> None:
        wall = self.view.wall
        self.query_one("#answer", Tile).retitle(question(found, wall, as_planned=self._at is None))
        lines = self.query_one("#lines", TextLines)
        said = answer(found, wall, lines.size.width or self.size.width)[:MOST_LINES]
        self.query_one("#answer").styles.height = 1 + len(said)
        lines.show(said)
        shown = [box for box in found.boxes if self._chosen.holds(box)]
        short = {
            name: (count, sum(box.outcome == "make it" and box.of_class == name for box in found.boxes))
            for name, count in found.not_loaded.items()
        }
        rows = [booked_row(box, wall, short) for box in shown]
        title = self._title()
        self.query_one("#rows", Tile).retitle(
            title, written.shown_of(sum(box.boxes for box in shown), found.leaves.booked)
        )
        source = NotedRows(self.view, rows)
        self.fill(self.query_one(Grid), Part(title, self._columns, source), f"no boxes: {self._chosen.name}")

    def _title(self) -> str:
        that_are = "" if self._chosen is EVERY_BOX else f" that are {self._chosen.name}"
        if self._chosen.name in OUTCOMES:
            that_are = f": {self._chosen.name}"
        elif self._chosen.name.endswith("cut-off"):
            that_are = f" blocked by {self._chosen.name if self._chosen is BLOCKED else f'the {self._chosen.name}'}"
        return f"Boxes of {self.train.number}{that_are}, least margin first"

    # ------------------------------------------------------------------------------------------------------ commands

    def do_boxes(self, _argument: str) -> None:
        """Those that are not ready."""
        self._choose(NOT_READY)

    def do_all(self, _argument: str) -> None:
        """All that are booked, or again only those that are not ready."""
        self._choose(NOT_READY if self._chosen is EVERY_BOX else EVERY_BOX)

    def do_presets(self, argument: str) -> None:
        """Those of a class, or those that miss it, make it, ...; without a name, choose."""
        if argument:
            self._preset(argument)
            return
        boxes = self._found.boxes if self._found is not None else ()
        choices = [
            Choice(name, name, written.boxes(sum(box.boxes for box in boxes if chosen.holds(box))))
            for name, chosen in self._choices().items()
        ]
        self.app.push_screen(Chooser("Boxes", choices, self._chosen.name), self._preset)

    def _preset(self, name: str | None) -> None:
        if name is None:
            return
        choices = self._choices()
        if name in choices:
            self._choose(choices[name])
        else:
            self.port.say(f"There is no preset '{name}': {', '.join(choices)}.")

    def _choices(self) -> Mapping[str, Chosen]:
        """The ready-made ones, and one for each cut-off of this train."""
        cutoffs = self._found.row.cutoffs if self._found is not None else ()
        own = [Chosen.of_cutoff(cutoff.name) for cutoff in cutoffs]
        return {**CHOICES, **{chosen.name: chosen for chosen in (*own, BLOCKED)}}

    def _choose(self, chosen: Chosen) -> None:
        self._chosen = chosen
        if self._found is not None:
            self._show(self._found)

    def leave_at(self, text: str) -> None:
        """Ask the same of another time, here."""
        try:
            self._at = self.read_time(text)
        except UsageError as error:
            self.port.say(str(error))
            return
        self._columns = columns(as_planned=self._at is None)
        self.query_one(Grid).set_columns(self._columns)
        self.show_title()
        self.reload()


def columns(*, as_planned: bool) -> tuple[Column, ...]:
    """The columns of the boxes; the outcome is of the plan, or of the time that is asked about."""
    *most, outcome = BOX_COLUMNS
    return BOX_COLUMNS if as_planned else (*most, Column(outcome.key, "Then", outcome.width, rank=outcome.rank))


def question(found: Departing, wall: Wall, *, as_planned: bool) -> str:
    """`If X9582 leaves at 14:00, 1:50 later than planned`."""
    number, at = found.row.number, found.leaves.at
    if as_planned or at is None:
        return f"If {number} leaves as planned, at {wall.time(at)}"
    if found.planned is None:
        return f"If {number} leaves at {wall.time(at)}; its plan is not known"
    later = at - found.planned
    if not later:
        return f"If {number} leaves at {wall.time(at)}, as planned"
    return f"If {number} leaves at {wall.time(at)}, {written.hours_minutes(abs(later))} " + (
        "later than planned" if at > found.planned else "earlier than planned"
    )


def answer(found: Departing, wall: Wall, width: int) -> list[Line]:
    """What becomes of its boxes, by when they would have to be there, and when the ready ones are loaded."""
    leaves, loading = found.leaves, found.row.loading
    counts = leaves_spans(leaves)[::2]
    parts = (leaves.make_it, leaves.miss_it, leaves.cannot_tell)
    items: list[Line] = [[count, (_by_class(part), "")] for count, part in zip(counts, parts, strict=True)]
    moved = leaves.at - found.planned if leaves.at is not None and found.planned is not None else None
    cutoffs = [
        f"{cells.trade_words(cutoff.name)} {wall.time(cutoff.at + moved if moved else cutoff.at)}"
        for cutoff in found.row.cutoffs
    ]
    rate = f"{written.number(loading.rate)} moves/h" if loading and loading.rate else "rate of loading --"
    ready = f"ready boxes done {wall.time(loading.ready_done if loading else None)}, {rate}"
    times = [f"loading closes {wall.time(leaves.closes)}", ready]
    if cutoffs:
        times += [f"cut-offs {cutoffs[0]}", *cutoffs[1:]]
    return [*flow(items, width), *flow([[(time, "dim")] for time in times], width)]


def _by_class(part: Mapping[str, int]) -> str:
    """`: 3 customs, 2 late`, in the order of the classes."""
    order = [*CLASSES, *part]
    counts = [f"{part[name]} {name}" for name in sorted(part, key=order.index)]
    return f": {', '.join(counts)}" if counts else ""
