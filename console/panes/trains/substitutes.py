"""Boxes of later trains that could take the places of those that miss this one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.widget import Widget

from console import format as written
from console.panes.notes import NotedRows
from console.panes.trains.asking import AnswerScreen
from console.panes.trains.boxes import SUBSTITUTE_COLUMNS, substitute_row
from console.screens.grids import Part
from widgets.grid import Grid
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.outbound import Substitutes


class SubstitutesScreen(AnswerScreen):
    """Ready boxes for the same destination: those that fit first, then why others do not. Space marks, `y` copies."""

    about = "Substitutes"

    def body(self) -> Iterable[Widget]:
        yield Tile(
            f"Substitutes for {self.train.number}", Grid(SUBSTITUTE_COLUMNS, markable=True, id="boxes"), id="rows"
        )

    def reload(self) -> None:
        from storage.queries.outbound import substitutes_of

        train, policy = self.train.id, self.view.policy
        self.ask("fill", lambda session, clock: substitutes_of(session, clock, train, policy=policy), self._take)

    def _take(self, found: Substitutes | None) -> None:
        from storage.figures.departure_checks import mass_of

        tile = self.query_one("#rows", Tile)
        if found is None:
            tile.retitle(f"{self.train.number} does not depart, or it or its boxes are not in the cache")
            return
        wall = self.view.wall
        rows = [substitute_row(row, mass_of(row.substitute.box), wall) for row in found.rows]
        title = heading(found)
        tile.retitle(title, note(found))
        place = written.or_unknown(found.row.place)
        empty = f"no ready box for {place} is booked on a later train"
        self.fill(self.query_one(Grid), Part(title, SUBSTITUTE_COLUMNS, NotedRows(self.view, rows)), empty)


def heading(found: Substitutes) -> str:
    """`Substitutes for X9582 to Qinzhou: 6 of 9 fit, 11 TEU`."""
    fitting = [row.substitute for row in found.rows if row.substitute.fits]
    teu = written.number(sum(each.teu or 0.0 for each in fitting), "TEU")
    place = written.or_unknown(found.row.place)
    of_all = f" of {len(found.rows)}" if len(fitting) < len(found.rows) else ""
    return f"Substitutes for {found.row.number} to {place}: {len(fitting)}{of_all} fit, {teu}"


def note(found: Substitutes) -> str:
    """How many boxes miss the train."""
    return f"{found.missing} miss it as planned"
