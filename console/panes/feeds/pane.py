"""Feeds: how far each can be trusted, and why not further."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from console.format import Wall
from console.panes.answered import AnsweredListing
from console.panes.feeds import rows
from console.screens.aside import AsideScreen
from console.screens.boxes import BoxesScreen
from console.watch import Pulse
from widgets.cells import Line
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.models import Leader
    from storage.queries.views import View as Table


class FeedsPane(AnsweredListing):
    """Every feed of every source; it follows them all."""

    mode = "feeds"
    noun = "feeds"
    columns = rows.COLUMNS
    withheld = frozenset({"presets", "all"})

    def __init__(self, words: str = "") -> None:
        super().__init__(words)
        self._leader: Leader | None = None

    def table(self) -> Table[Any]:
        from storage.queries.feeds import FEEDS

        return FEEDS

    def write(self, record: Any, wall: Wall) -> Row:
        from storage.sync.freshness import MEANINGS

        return rows.feed_row(record, wall, MEANINGS[record.state])

    def describe(self, record: Any, wall: Wall) -> tuple[str, list[Line]]:
        from storage.sync.freshness import MEANINGS

        return f"{record.feed} from {record.source}", rows.answer(record, wall, MEANINGS[record.state])

    def moved(self, now: Pulse, before: Pulse) -> bool:
        # Its rows are the states themselves: whatever a pulse tells is news here, but which of them a screen follows.
        return replace(now, worst_of={}) != replace(before, worst_of={})

    def open_row(self, key: str) -> None:
        self.port.open_detail("feed", key)

    def nothing(self) -> str:
        return super().nothing() if self.asked.words else "no source has answered yet"

    def heading(self) -> str:
        return f"Feeds; {rows.leader_words(self._leader, self.view.wall)}" if self._leader else super().heading()

    def reload(self) -> None:
        super().reload()
        from storage.models import Leader

        self.ask("leader", lambda session, _: session.get(Leader, 1), self._take_leader)

    def _take_leader(self, leader: Leader | None) -> None:
        self._leader = leader
        self.show_heading()

    # ------------------------------------------------------------------------------------------------------ commands

    def do_retry(self, _argument: str) -> None:
        """Ask every source again at once."""
        from storage.sync.schedule import retry_now

        cache = self.view.cache

        def asked(_session: object, _clock: object) -> str:
            retry_now(cache)
            return "The syncer was asked to try every source now."

        self.ask("retry", asked, self.port.say)

    def do_aside(self, _argument: str) -> None:
        """What was set aside, and what was taken in though it is flagged."""
        self.app.push_screen(AsideScreen())

    def do_boxes(self, _argument: str) -> None:
        """Boxes whose data is flagged: a wrong check digit, an unknown size-type."""
        self.app.push_screen(BoxesScreen(("Feeds", "Boxes"), "-flags:--", title="Boxes with flagged data"))


PANE = FeedsPane
