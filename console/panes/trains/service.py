"""How late a service has run these two weeks, run by run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.widget import Widget

from console.panes.notes import NotedRows
from console.panes.trains.asking import AnswerScreen, Asked
from console.panes.trains.stops import RUN_COLUMNS, record_lines, run_row
from console.screens.grids import Part
from widgets.grid import Grid
from widgets.textlines import TextLines
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.queries.train_history import ServiceRecord


class ServiceScreen(AnswerScreen):
    """The runs of a service in one direction, newest first; Enter opens one."""

    about = "Two weeks"
    withheld = frozenset({"map"})
    DEFAULT_CSS = "ServiceScreen #answer { height: 3; }"

    def __init__(self, train: Asked, service: str) -> None:
        super().__init__(train)
        self._service = service

    def body(self) -> Iterable[Widget]:
        yield Tile(self._title(), TextLines(id="lines"), id="answer", below=True)
        yield Tile("Runs, newest first", Grid(RUN_COLUMNS, markable=True, id="runs"), id="rows", above=True)

    def _title(self) -> str:
        way = "arrivals" if self.train.direction == "arr" else "departures"
        return f"{self._service}, {way} of these two weeks"

    @property
    def feeds(self) -> frozenset[str]:
        from storage.queries.train_history import FEEDS

        return frozenset(FEEDS)

    def reload(self) -> None:
        from storage.queries.train_history import service_record

        service, policy = self._service, self.view.policy
        direction = {"arr": "arrival", "dep": "departure"}.get(self.train.direction, self.train.direction)
        self.ask(
            "service",
            lambda session, clock: service_record(session, clock, service, direction, policy=policy),
            self._take,
        )

    def _take(self, record: ServiceRecord) -> None:
        from storage.figures.delay import is_on_time

        wall, policy = self.view.wall, self.view.policy
        self.query_one("#lines", TextLines).show(record_lines(record, wall))
        rows = [
            run_row(visit, None if visit.late is None else is_on_time(visit.late, policy), wall)
            for visit in record.visits
        ]
        self.query_one("#rows", Tile).retitle("Runs, newest first", str(len(rows)))
        part = Part(self._title(), RUN_COLUMNS, NotedRows(self.view, rows))
        self.fill(self.query_one(Grid), part, "no run of this service was planned in these two weeks")
