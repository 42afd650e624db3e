"""Which trains of the next six hours are at risk, and why: in three keys from anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.stage import LARGE, SMALL, staged


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("place", ["1", "4"])
async def test_three_keys_show_the_trains_of_the_next_six_hours_at_risk_and_why(
    scene_file: Path, place: str, size: tuple[int, int]
) -> None:
    async with staged(scene_file, place, size=size) as stage:
        text = await stage.press("2", "p", "2")
        assert "at risk in 6 h" in text
        listed = [line for line in text.splitlines() if any(way in line for way in (" dep ", " arr "))]
        assert [next(number for number in ("X9582", "X9581", "X8071", "X8086", "84409") if number in line)
                for line in listed] == ["X9582", "X9581", "X8071", "X8086", "84409"]  # fmt: skip
        assert "VGM cut-off passed, 1 box missing" in text


async def test_the_board_says_why_at_once(scene_file: Path) -> None:
    async with staged(scene_file, "5") as stage:
        assert "2 boxes too late" in await stage.press("1")


async def test_a_choice_is_taken_by_its_number_and_one_that_is_not_there_is_not(scene_file: Path) -> None:
    async with staged(scene_file, "2", "p") as stage:
        assert "1 next 12 h" in stage.text()
        await stage.press("9")
        assert "Presets" in stage.text()
        assert "at risk in 6 h" in (await stage.press("2")).splitlines()[1]


async def test_the_key_of_a_mode_pressed_in_it_leads_to_its_first_screen(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter", "v", "4", "2") as stage:
        assert "Tracks" in stage.text().splitlines()[0]
        assert "[2 Trains]" in (await stage.press("2")).splitlines()[0]
        assert "at risk in 6 h" in await stage.press("p", "2")
