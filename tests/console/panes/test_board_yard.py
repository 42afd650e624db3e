"""The yard on the Board: now and in twelve hours, as rows and in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.format import Wall
from console.panes.board import yard_rows
from storage.queries.yard import KindRow
from storage.queries.yard_ahead import KindAhead, YardAhead
from tests.console.stage import LARGE, SMALL, staged
from tests.scene import NOW, at
from tests.scenery.rows import ZONE

WALL = Wall(NOW, ZONE)
REEFER = KindRow(kind="reefer", blocks=1, boxes=80, teu=148.0, working_teu=180.0, percent=82, plugs_free=11)


def ahead(low: int | None, high: int | None, full: str = "") -> YardAhead:
    kind = KindAhead(low=low, high=high, full_at=at(full) if full else None)
    return YardAhead(kinds={"reefer": kind}, rehandles=38, cranes={"auto": 4, "fault": 1})


def plain(line: object) -> str:
    return "".join(text for text, _ in line)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (YardAhead(kinds={}, rehandles=0, cranes={}), ("", "11 plugs")),
        (ahead(85, 92), ("in 12 h 85-92 %", "11 plugs")),
        (ahead(82, 82), ("in 12 h 82 %", "11 plugs")),
        (ahead(85, 104, "13:30"), ("in 12 h 85-104 %", "full 13:30, 11 plugs")),
        (ahead(None, None), ("in 12 h --", "11 plugs")),
    ],
)
def test_a_kind_says_what_becomes_of_it(found: YardAhead, words: tuple[str, str]) -> None:
    row = yard_rows.kind_row(REEFER, found, WALL)
    assert (row.cells[2].plain, row.cells[4].plain) == words


def test_the_cranes_are_told_by_their_modes_and_a_fault_has_a_sign() -> None:
    assert plain(yard_rows.work_line(ahead(1, 2), 58)) == "Rehandles 38   ◆ Cranes 4 auto, 1 fault"
    assert plain(yard_rows.work_line(YardAhead(kinds={}, rehandles=0, cranes={}), 58)).strip() == "Rehandles 0"


def test_of_many_cranes_those_are_told_that_somebody_drives_or_that_drive_not_at_all() -> None:
    many = YardAhead(kinds={}, rehandles=128, cranes={"auto": 13, "remote": 1, "manual": 6, "fault": 2})
    assert plain(yard_rows.work_line(many, 58)) == "Rehandles 128   ◆ Cranes 1 remote, 6 manual, 2 fault"


def test_in_words_a_kind_says_now_and_then() -> None:
    (line,) = yard_rows.kind_lines([REEFER], ahead(85, 92), WALL)
    assert plain(line).strip() == "Reefer 82, 85-92 %, 11 plugs   Rehandles 38"


async def test_the_board_shows_the_yard_in_twelve_hours(scene_file: Path) -> None:
    async with staged(scene_file, size=LARGE) as stage:
        assert "in 12 h 59-60 %" in stage.line("General")
        assert "full 13:30" in stage.line("Inspection")
        assert "Rehandles 4   ◆ Cranes 4 auto, 1 remote, 1 fault" in stage.text()
    async with staged(scene_file, size=SMALL) as stage:
        assert "now, then in 12 h" in stage.line("Yard, 2 551")
        assert "Inspection ◆ 90, 70-100 %, full 13:30" in stage.text()
