"""Records that were set aside: what came, why it could not be taken in, and from where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.widget import Widget

from console import format as written
from console.format import Wall
from console.screens.grids import GridScreen, Part
from widgets.cells import Cell
from widgets.columns import Column
from widgets.grid import Grid
from widgets.rows import ListSource, Row
from widgets.tile import Tile

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.clock import Clock
    from storage.models import Quarantine

MOST = 500
COLUMNS = (
    Column("feed", "Feed", 18),
    Column("source", "Source", 14, rank=2),
    Column("record", "Record", 20, rank=1),
    Column("reason", "Why", 30, grow=True),
    Column("seen", "seen", 5, align="right", rank=1),
    Column("last", "last", 9, align="right"),
)


class AsideScreen(GridScreen):
    """The latest first. The last good version of such a record stays in its feed."""

    def body(self) -> Iterable[Widget]:
        yield Tile("Set aside, the latest first", Grid(COLUMNS, markable=True, id="aside"), id="rows")

    def crumbs(self) -> tuple[str, ...]:
        return ("Feeds", "Set aside")

    def on_mount(self) -> None:
        self.query_one(Grid).focus()

    def reload(self) -> None:
        self.ask("aside", _latest, self._take)

    def _take(self, found: list[Quarantine]) -> None:
        rows = [aside_row(record, self.view.wall) for record in found]
        self.fill(self.query_one(Grid), Part("set aside", COLUMNS, ListSource(rows)), "nothing was set aside")
        self.query_one("#rows", Tile).retitle("Set aside, the latest first", f"{len(rows)} records")


def aside_row(record: Quarantine, wall: Wall) -> Row:
    """A record in the columns above."""
    return Row(
        f"{record.source}/{record.feed}/{record.record}",
        (
            Cell(record.feed, "strong"),
            Cell(record.source, "dim"),
            Cell(record.record),
            Cell(record.reason, "late"),
            Cell(written.number(record.seen)),
            Cell(wall.time(record.last_at)),
        ),
    )


def _latest(session: Session, _clock: Clock) -> list[Quarantine]:
    from sqlmodel import col, select

    from storage.models import Quarantine

    return list(session.exec(select(Quarantine).order_by(col(Quarantine.last_at).desc()).limit(MOST)))
