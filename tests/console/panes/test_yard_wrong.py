"""The Yard where the data cannot be right: what the map cannot show is said, and no key is lost to it."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from console.panes.yard.care import CareScreen
from console.panes.yard.pane import YardPane
from console.screens.boxes import BoxesScreen
from storage.cache import Cache
from storage.models import Block, Container, WorkInstruction
from tests.console.stage import LARGE, SMALL, Stage, staged
from tests.scene import at
from tests.scenery.rows import Rows
from widgets.grid import Grid

HERE: dict[str, Any] = {"place": "yard", "size_type": "22G1", "full": True, "received_at": at("06:00")}


@pytest.fixture(scope="module")
def wrong_file(scene_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scene, with boxes where nothing can stand."""
    path = Path(shutil.copy(scene_file, tmp_path_factory.mktemp("wrong") / "cache.db"))
    cache, rows = Cache.open(path, role="writer"), Rows()
    rows.add(Block, id="K1", name="K1", kind="stack", bays=4, rows=2, tiers=2, working_factor=0.8)
    rows.add(Container, id="past", number="CQIU1000036", block_id="K1", bay=39, row=1, tier=1, **HERE)
    rows.add(Container, id="lost", number="CQIU1000041", block_id="ZZ", bay=1, row=1, tier=1, **HERE)
    rows.add(Container, id="odd", number="CQIU1000057", block_id="K1", bay=3, row=1, tier=1, **HERE)
    rows.add(Block, id="H1", name="H1", kind="heap", stated_teu=1.0)
    rows.add(Container, id="heaped", number="CQIU1000062", block_id="H1", **HERE)
    rows.add(WorkInstruction, id="1", kind="load", state="planned", block_id="K1", train_id="T9")
    rows.add(WorkInstruction, id="2", kind="rehandle", state="active", block_id="K1")
    rows.add(WorkInstruction, id="3", kind="gate-in", state="planned", block_id="K1")
    with cache.write() as session:
        rows.insert(session)
    cache.close()
    return path


def pane(stage: Stage) -> YardPane:
    assert isinstance(stage.app.screen, YardPane)
    return stage.app.screen


async def to_the_map(stage: Stage, number: str) -> str:
    """Find the box by its number, and show it on the map."""
    await stage.enter("f", number, "enter")
    return await stage.press("m")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_box_is_shown_in_its_bay_however_many_share_a_sign(wrong_file: Path, size: tuple[int, int]) -> None:
    async with staged(wrong_file, size=size) as stage:
        assert "Bay K1 03" in await to_the_map(stage, "CQIU1000057")
        assert pane(stage).stack.cursor_key == "odd"


async def test_a_bay_that_its_block_has_not_is_said_and_the_cursor_stays_free(wrong_file: Path) -> None:
    async with staged(wrong_file) as stage:
        await to_the_map(stage, "CQIU1000036")
        assert stage.notice == "K1 has no bay 39."
        await stage.press("home")
        pane(stage).reload()
        await stage.settle()
        assert pane(stage).map.cursor == ("K1", 0)


async def test_a_block_without_bays_has_its_boxes_listed(wrong_file: Path) -> None:
    async with staged(wrong_file, "3") as stage:
        pane(stage).map.select("A1")
        await stage.settle()
        pane(stage).map.select("H1")
        await stage.settle()
        assert "H1 has no bays, 1 box: Enter lists them" in stage.text()
        assert "seen from" not in stage.text()
        assert "nothing has to move first" not in stage.text()
        await stage.press("enter", "home")
        assert isinstance(stage.app.screen, BoxesScreen)
        assert stage.app.screen.grid.total == 1


async def test_boxes_in_none_of_their_blocks_bays_are_counted(wrong_file: Path) -> None:
    async with staged(wrong_file, "3") as stage:
        pane(stage).map.select("K1")
        await stage.settle()
        assert "1 in none of its bays" in stage.text()


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_open_work_is_counted_by_train_and_by_block(wrong_file: Path, size: tuple[int, int]) -> None:
    async with staged(wrong_file, "3", size=size) as stage:
        text = await stage.enter("colon", "presets work", "enter")
        assert "By train: no train 2, T9 1.  By block: K1 3" in text


async def test_a_full_block_is_said_in_whole_figures(wrong_file: Path) -> None:
    async with staged(wrong_file, "3", size=(120, 60)) as stage:
        assert "▲100 %" in stage.line("  H1 ")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_what_stands_in_unknown_blocks_is_a_line_of_its_own_and_in_the_total(
    wrong_file: Path, size: tuple[int, int]
) -> None:
    async with staged(wrong_file, "3", size=size) as stage:
        assert "? in unknown blocks: 1 box, 1 TEU" in stage.text()
        await stage.press("shift+tab")
        await stage.press(*"jjjjjjj")
        assert "Occupancy, TEU: unknown" in stage.text()
        assert stage.line("Unknown ").replace("│", "").split()[:4] == ["Unknown", "1", "--", "--"]
        await stage.press("enter")
        assert isinstance(stage.app.screen, CareScreen)
        assert "unknown block" in stage.line("CQIU 100004 1")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_board_has_a_line_for_what_stands_in_unknown_blocks_which_is_no_part_of_its_per_cent(
    wrong_file: Path, size: tuple[int, int]
) -> None:
    async with staged(wrong_file, size=size) as stage:
        # 2 551 TEU of the scene, 2 in K1, 1 in H1 and 1 in ZZ
        assert "Yard, 2 555 TEU, known blocks 62 % ─" in stage.text()
        if size == LARGE:
            _, said = stage.line("Unknown ").split("Unknown")
            assert said.strip(" │").split() == ["--", "??????????", "?", "1", "TEU", "1", "box"]
        else:
            assert "? In unknown blocks 1 box, 1 TEU" in stage.text()
        assert "4 boxes on X8086" in " ".join(stage.text().split())  # the last line of what stands below it


async def test_enter_on_what_stands_in_unknown_blocks_lists_it(wrong_file: Path) -> None:
    async with staged(wrong_file, size=LARGE) as stage:
        stage.app.screen.query_one("#kinds", Grid).focus()
        await stage.press("G", "enter")
        assert isinstance(stage.app.screen, CareScreen)
        assert "unknown block" in stage.line("CQIU 100004 1")


async def test_how_full_the_yard_is_counts_the_blocks_whose_capacity_is_known(tmp_path: Path) -> None:
    path, rows = tmp_path / "cache.db", Rows()
    cache = Cache.open(path, role="writer")
    rows.add(Block, id="A1", name="A1", kind="stack", bays=1, rows=1, tiers=4, stated_teu=4.0)
    for tier in (1, 2):
        rows.add(Container, block_id="A1", bay=1, row=1, tier=tier, **HERE)
        rows.add(Container, block_id="ZZ", bay=1, row=1, tier=tier, **HERE)
    with cache.write() as session:
        rows.insert(session)
    cache.close()
    async with staged(path, "3", size=LARGE) as stage:
        assert stage.line("All blocks").replace("│", "").split()[:6] == ["All", "blocks", "4", "4", "50", "%"]
        assert "working capacity 4 TEU of known blocks" in stage.text()
    async with staged(path, size=LARGE) as stage:
        assert "Yard, 4 TEU, known blocks 50 % ─" in stage.text()


async def test_a_block_that_nobody_knows_is_said(wrong_file: Path) -> None:
    async with staged(wrong_file) as stage:
        await to_the_map(stage, "CQIU1000041")
        assert stage.notice == "The map has no block ZZ."


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("CQIU1000036", "outside its block, the block is 1-1-1 to 7-2-2"),
        ("CQIU1000041", "unknown block, no block of that id"),
    ],
)
async def test_the_page_of_a_box_says_what_is_wrong_with_its_place(
    wrong_file: Path, number: str, words: str, size: tuple[int, int]
) -> None:
    async with staged(wrong_file, size=size) as stage:
        await stage.enter("f", number, "enter")
        assert f"◆ {words}" in stage.line("Data ")


async def test_free_time_that_is_not_known_is_said_not_to_be(wrong_file: Path) -> None:
    async with staged(wrong_file) as stage:
        await stage.enter("f", "CQIU1000057", "enter")
        assert "in the terminal 4 h 41 min   free till --" in stage.text()
