"""Feeds: how far each can be trusted, and why not further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.format import Wall
from console.panes.answered import AnsweredListing
from console.panes.feeds import rows
from console.watch import Pulse
from widgets.cells import Line
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.queries.views import View as Table


class FeedsPane(AnsweredListing):
    """Every feed of every source; it follows them all."""

    mode = "feeds"
    noun = "feeds"
    columns = rows.COLUMNS
    withheld = frozenset({"presets", "all"})

    def table(self) -> Table[Any]:
        from storage.queries.feeds import FEEDS

        return FEEDS

    def write(self, record: Any, wall: Wall) -> Row:
        return rows.feed_row(record, wall)

    def describe(self, record: Any, wall: Wall) -> tuple[str, list[Line]]:
        from storage.sync.freshness import MEANINGS

        return f"{record.feed} from {record.source}", rows.answer(record, wall, MEANINGS[record.state])

    def moved(self, now: Pulse, before: Pulse) -> bool:
        # Its rows are the states themselves: whatever a pulse tells is news here.
        return now != before

    def open_row(self, key: str) -> None:
        self.port.open_detail("feed", key)


PANE = FeedsPane
