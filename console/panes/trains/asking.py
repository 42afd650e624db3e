"""Questions to ask of a train: the same keys on the list, on its page and on each answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from textual import on

from console.notebook import Thing
from console.panes.yard.showing import show_box
from console.screens.grids import GridScreen
from storage.errors import UsageError
from widgets.grid import Grid

if TYPE_CHECKING:
    from storage.queries.trains import TrainRow

WHEN = "leaves at (Enter: as planned)"


class Asked(NamedTuple):
    """The train that is asked about; `service` None where it runs for none."""

    id: str
    number: str
    direction: str
    service: str | None

    @classmethod
    def of(cls, row: TrainRow) -> Asked:
        """The train of this row."""
        return cls(row.id, row.number, row.direction, row.service)


class AsksOfTrain(GridScreen):
    """A screen with a train to ask about."""

    def asked_train(self) -> Asked | None:
        """The train under the cursor, or of the page; None while there is none."""
        raise NotImplementedError

    def do_boxes(self, _argument: str) -> None:
        """Its boxes that are not ready."""
        train = self._departure("boxes that could miss it")
        if train is not None:
            from console.panes.trains.leaving import NOT_READY, LeavingScreen

            self.app.push_screen(LeavingScreen(train, None, NOT_READY))

    def do_whatif(self, argument: str) -> None:
        """How it turns out when it leaves at a time; without one, ask for it."""
        if self._departure("a time to leave at") is None:
            return
        if argument:
            self.leave_at(argument)
        else:
            self.type_on(WHEN, "whatif")

    def do_substitutes(self, _argument: str) -> None:
        """Boxes that could take the places of those that miss it."""
        train = self._departure("substitutes")
        if train is not None:
            from console.panes.trains.substitutes import SubstitutesScreen

            self.app.push_screen(SubstitutesScreen(train))

    def do_service(self, _argument: str) -> None:
        """How late its service has run these two weeks."""
        train = self.asked_train()
        if train is None:
            self.port.say("There is no train to ask about.")
        elif train.service is None:
            self.port.say(f"{train.number} runs for no regular service: there is nothing to compare it with.")
        else:
            from console.panes.trains.service import ServiceScreen

            self.app.push_screen(ServiceScreen(train, train.service))

    def entered(self, purpose: str, text: str) -> None:
        if purpose == "whatif":
            self.leave_at(text)
        else:
            super().entered(purpose, text)

    def leave_at(self, text: str) -> None:
        """Show how it turns out at the time that was typed; without one, as planned."""
        train = self.asked_train()
        if train is None:
            return
        try:
            at = self.read_time(text)
        except UsageError as error:
            self.port.say(str(error))
            return
        from console.panes.trains.leaving import EVERY_BOX, LeavingScreen

        self.app.push_screen(LeavingScreen(train, at, EVERY_BOX))

    def read_time(self, text: str) -> datetime | None:
        """A time as it was typed; None for none. `UsageError` for one that cannot be understood."""
        if not text.strip():
            return None
        from storage.figures.policy import Moment
        from storage.queries.criteria import parse_time

        return parse_time(text, Moment.of(self.view.clock, self.view.policy))

    def _departure(self, what: str) -> Asked | None:
        """The train, if it is one that leaves; else say so."""
        train = self.asked_train()
        if train is None:
            self.port.say("There is no train to ask about.")
        elif train.direction != "dep":
            self.port.say(f"{train.number} is an arrival: only a departure has {what}.")
            return None
        return train


class AnswerScreen(AsksOfTrain):
    """The answer to a question about a train: a grid, the rows of which open what their keys name, `box:ID`."""

    about = ""
    """What it answers, as its last crumb."""

    def __init__(self, train: Asked) -> None:
        super().__init__()
        self.train = train

    def crumbs(self) -> tuple[str, ...]:
        return ("Trains", self.train.number, self.about)

    def topic(self) -> str:
        return "train"

    def asked_train(self) -> Asked | None:
        return self.train

    def thing(self) -> Thing | None:
        """What the row under the cursor opens; it is called by its first strong cell."""
        row = self.active.cursor_row
        kind, _, identity = row.key.partition(":") if row is not None else ("", "", "")
        if row is None or not identity:
            return None
        return Thing(kind, identity, next((cell.text for cell in row.cells if cell.style == "strong"), identity))

    def do_map(self, _argument: str) -> None:
        """The box under the cursor on the map of the yard."""
        kind, _, identity = (self.active.cursor_key or "").partition(":")
        show_box(self, identity if kind == "box" else None)

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries.train_page import FEEDS

        return frozenset(FEEDS)

    def on_mount(self) -> None:
        self.query_one(Grid).focus()

    @on(Grid.Opened)
    def _opened(self, message: Grid.Opened) -> None:
        kind, _, identity = (message.key or "").partition(":")
        if identity:
            self.port.open_detail(kind, identity)
        else:
            self.port.say("These places have no box and no booking yet.")
