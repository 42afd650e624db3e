"""The list of trains: its answer follows the cursor, and its ready-made filters are the dispatcher's."""

import threading
from pathlib import Path
from typing import Any

import pytest

from console.panes.trains.pane import TrainsPane
from storage.queries.trains import TRAINS
from tests.console.stage import LARGE, SMALL, staged


async def test_a_row_the_cursor_only_passed_is_never_looked_up(
    scene_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, looked_up = threading.Event(), []
    look_up = TrainsPane.look_up

    def held(pane: TrainsPane, session: Any, clock: Any, key: str) -> Any:
        looked_up.append(key)
        opened.wait(60)
        return look_up(pane, session, clock, key)

    async with staged(scene_file, "2") as stage:
        monkeypatch.setattr(TrainsPane, "look_up", held)
        await stage.pilot.press("j", "j", "j", "j")
        opened.set()
        await stage.settle()
        assert isinstance(stage.app.screen, TrainsPane)
        assert looked_up == ["X9581", stage.app.screen.grid.cursor_key]
        assert looked_up[-1] in stage.line("what would help")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x36"])
async def test_the_answer_tells_without_a_key_who_makes_it_what_there_is_room_for_and_what_could_fill_it(
    scene_file: Path, size: tuple[int, int]
) -> None:
    async with staged(scene_file, "2", size=size) as stage:
        text = stage.text()
        for words in (
            "leaves as planned: 43 make it, 5 miss it", "loading closes 11:40", "ready boxes loaded by 11:11",
            "room for 11 moves", "6", "11 TEU", "onward margin +9:10", "VGM cut-off passed, 1 box missing",
        ):  # fmt: skip
            assert words in text


async def test_at_200_columns_the_list_has_service_type_phase_actual_time_and_the_reason(scene_file: Path) -> None:
    async with staged(scene_file, "2", size=(200, 60)) as stage:
        heading = stage.line("From/to")
        assert [title for title in ("Service", "Type", "Phase", "Plan", "Est.", "Actual", "Late", "Cause", "TEU/cap",
                                    "Why") if title not in heading] == []  # fmt: skip
        row = stage.line(" X9582 ")
        for words in ("ILSTC Qinzhou", "rail-sea", "Working", "12:10", "12:22", "+12m", "96/100", "VGM cut-off passed"):
            assert words in row


async def test_trains_by_corridor_have_their_corridor_in_sight_at_80_columns_too(scene_file: Path) -> None:
    async with staged(scene_file, "2", size=SMALL) as stage:
        assert "Corridor" not in stage.text()
        assert "Corridor" in await stage.enter("colon", "presets by corridor", "enter")
        assert "China-Laos" in stage.line("X2012")
        assert "Corridor" not in await stage.enter("colon", "presets next 12 h", "enter")


async def test_at_120_columns_the_phase_stands_in_the_list(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        assert "Phase" in stage.line("From/to")
        assert "Working" in stage.line(" X9582 ")


def test_the_ready_made_filters_are_those_a_dispatcher_runs_a_shift_from() -> None:
    names = [preset.name for preset in TRAINS.presets]
    assert {"next 12 h", "today", "late", "at risk", "by corridor", "at risk in 6 h", "all"} <= set(names)
    assert names[0] == TrainsPane.first
