"""Finding anything from anywhere, and copying rows as a message."""

import re
from pathlib import Path
from unittest.mock import patch

import pytest
from textual import events

from console.panes.yard.pane import YardPane
from console.screens.copied import CopiedScreen
from console.screens.find import FindScreen
from console.site import Appearance
from tests.console.stage import LARGE, SMALL, staged


# -------------------------------------------------------------------------------------------------------------- find
async def test_anything_is_found_from_anywhere(scene_file: Path) -> None:
    titles = {"QZHU 305438 5": "QZHU 305438 5", "041220718": "declaration 041220718", "X9582": "X9582 to Qinzhou"}
    async with staged(scene_file, "3") as stage:
        for typed, title in titles.items():
            await stage.enter("f", typed, "enter")
            assert title in stage.text().splitlines()[0]
            await stage.press("escape")
            assert stage.app.current_mode == "yard"


async def test_a_pasted_box_number_opens_its_page(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        stage.app.post_message(events.Paste("  qzhu305438-5\n"))
        await stage.settle()
        await stage.settle()
        assert "QZHU 305438 5" in stage.text().splitlines()[0]
        assert not isinstance(stage.app.screen, FindScreen)


async def test_what_is_wrong_with_a_number_is_told_where_the_right_one_is_found(scene_file: Path) -> None:
    async with staged(scene_file, "f", size=SMALL) as stage:
        await stage.press(*"wlmu6120937")
        assert "WLMU 612093 8          The check digit should be 8, B3-06-01-1" in stage.text()


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_position_opens_its_bay_and_a_size_type_its_boxes(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, size=size) as stage:
        assert "B3-06-01-1" in await stage.enter("f", "b3-06-01-1")
        text = await stage.press("enter")
        assert isinstance(stage.app.screen, YardPane)
        assert "Bay B3 05, 40 ft in 06" in text
        assert "6120938" in text
        await stage.press("escape")
        text = await stage.enter("f", "40hc")
        assert "45G1" in text
        assert "in the yard" in text
        assert "Boxes of 45G1" in await stage.press("enter")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_words_that_tell_what_boxes_are_open_the_list_of_those(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, size=size) as stage:
        text = await stage.enter("f", "40HC empty")
        (count,) = re.findall(r"boxes +40HC empty +(\d+) box", text)
        text = await stage.press("enter")
        assert "Boxes, 40HC empty" in text
        assert f" {count} of " in text.splitlines()[1]
        assert "40HC empty" in (await stage.press("slash")).splitlines()[-1]


async def test_what_is_not_there_is_said(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        await stage.enter("f", "nowhere")
        assert isinstance(stage.app.screen, FindScreen)
        assert "nothing matches 'nowhere'" in stage.text()


async def test_a_wrong_check_digit_is_told_although_there_is_no_such_box(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        await stage.enter("f", "ＣＳＱＵ ３０５４３８ ４")
        assert "The check digit of CSQU 305438 is 3, not 4." in stage.text()


async def test_a_letter_taken_for_a_digit_is_told_where_boxes_are_listed(scene_file: Path) -> None:
    async with staged(scene_file, "3", "b") as stage:
        await stage.enter("colon", "filter place:yard wlmu 6I2093 8", "enter")
        assert stage.notice == "Did you mean WLMU 612093 8?"
        await stage.enter("colon", "filter ｗｌｍｕ ６１２０９３－８", "enter")
        assert stage.notice == ""
        assert "WLMU 612093 8" in stage.text()


# -------------------------------------------------------------------------------------------------------------- copy
async def test_marked_rows_are_copied_as_a_message_with_time_and_age(scene_file: Path, tmp_path: Path) -> None:
    off = Appearance(clipboard="off")
    async with staged(scene_file, "2", "space", "j", "j", "space", "y", appearance=off) as stage:
        assert isinstance(stage.app.screen, CopiedScreen)
        text = stage.text()
        assert (
            "Chongqing Tuanjiecun, Trains, next 12 h, most urgent first, 2026-11-20 10:41 UTC+8, data LIVE <15 s"
            in text
        )
        assert "X9582" in text
        assert "the clipboard is off" in text
        stage.app._folder = tmp_path
        await stage.press("w")
        written = list((tmp_path / "copies").iterdir())
        copied = written[0].read_text()
        assert "X9582" in copied
        assert "X8071" in copied
        assert "X9581" not in copied


async def test_without_marks_the_row_under_the_cursor_is_copied(scene_file: Path) -> None:
    sent: list[str] = []
    async with staged(scene_file, "2", "j", appearance=Appearance(clipboard="raw")) as stage:
        with patch.object(stage.app, "write_raw", sent.append):
            await stage.press("y")
        assert "sent to the terminal" in stage.text()
        assert sent[0].startswith("\x1b]52;c;")
