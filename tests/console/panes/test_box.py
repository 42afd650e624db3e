"""The page of a box, as a person sees it."""

import shutil
from pathlib import Path

import pytest
from sqlmodel import col, select

from console.screens.grids import GridScreen
from storage.cache import Cache
from storage.models import Container
from tests.console.stage import LARGE, SMALL, Stage, staged
from tests.scene import at
from widgets.grid import Grid

VAST = (200, 60)


def grid(stage: Stage) -> Grid:
    """The part that has the keys."""
    screen = stage.app.screen
    assert isinstance(screen, GridScreen)
    return screen.active


async def open_box(stage: Stage, number: str) -> str:
    """Find a box by its number and open its page."""
    return await stage.enter("f", number, "enter")


@pytest.mark.parametrize("size", [SMALL, LARGE, VAST])
async def test_the_page_says_what_it_is_where_and_why_it_is_not_ready(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, size=size) as stage:
        text = await open_box(stage, "LSTU 813364 9")
        for words in (
            "LSTU 813364 9  check digit right", "customs, misses X9582 by 0:15",
            "45G1, 40 ft high cube 9 ft 6 in, general purpose",
            "gross 24.6 t   VGM 24 610 kg", "I1-04-01-1 since Thu 18:20   nothing in its way",
            "in the terminal 16 h 21 min",
            "free till Thu 23:59, 6 d 13 h left", "X9582 to Qinzhou, track 4   departs 12:22", "041220718, red lane",
            "smart lock 88214 armed, battery 71 %", "declared (export) 06:52",
            "now       red lane, bay 2 at 11:00: customs",
            "released 11:30, at its train 11:45", "customs cut-off 11:15: -0:15", "else X9584 at Sat 12:10",
            "declaration 041220718 submitted",
        ):  # fmt: skip
            assert words in text


@pytest.mark.parametrize("size", [SMALL, LARGE, VAST])
async def test_a_box_that_should_have_come_is_said_to_be_overdue_wherever_its_time_stands(
    scene_cache: Cache, scene_path: Path, size: tuple[int, int]
) -> None:
    with scene_cache.write() as session:
        box = session.exec(select(Container).where(Container.number == "LSTU4117660")).one()
        box.expected_at = at("08:08")
    async with staged(scene_path, size=size) as stage:
        text = " ".join((await open_box(stage, "LSTU 411766 0")).replace("│", " ").split())
        assert "expected 08:08, says the appointment ◆ overdue by 2 h 33 min appointment 10:50" in text
        assert "now overdue: haulier" in text
        assert "expected for 08:08, overdue by 2:33" in text
    async with staged(scene_path, "2", "enter", "b", "G", size=size) as stage:
        assert "overdue: haulier" in stage.line("LSTU 411766 0")
    if size == VAST:  # which alone has room for that column
        async with staged(scene_path, "3", size=size) as stage:
            await stage.enter("colon", "boxes train=X9582 readiness:due", "enter")
            assert "◆ 08:08" in stage.line("LSTU 411766 0")
            assert "  10:54" in stage.line("LSTU 411803 4")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_ready_box_for_which_a_check_fails_says_so_beside_its_class(
    scene_cache: Cache, scene_path: Path, size: tuple[int, int]
) -> None:
    with scene_cache.write() as session:
        box = session.exec(select(Container).where(Container.number == "CQIU3907746")).one()
        box.setpoint_c, box.reading_c, box.read_at = -18.0, -9.5, at("10:30")
        box.size_type = "45R1"
    async with staged(scene_path, size=size) as stage:
        text = await open_box(stage, "CQIU 390774 6")
        assert "▲ ready, X9582, a check fails" in text
        assert "It is ready, but a check for departure fails" in text
        assert "▲ check for departure fails: reefers, at -9.5 °C, set to -18.0" in text
        assert "nothing keeps it" not in text
    async with staged(scene_path, "2", "enter", "b", "a", size=size) as stage:
        await stage.press(*["j"] * 14)  # past all that are not ready: it is the first of the ready ones
        assert "ready   ▲ check fails: reefe" in stage.line("CQIU 390774 6")


async def test_a_link_opens_what_it_names_and_back_comes_to_the_same_line(scene_file: Path) -> None:
    async with staged(scene_file, size=LARGE) as stage:
        await open_box(stage, "LSTU 813364 9")
        text = await stage.press("j", "j", "j", "j", "enter")
        assert "▸ X9582 to Qinzhou" in text
        await stage.press("escape")
        assert grid(stage).cursor_key == "train:X9582"


async def test_the_boxes_to_be_moved_first_are_links(scene_file: Path) -> None:
    async with staged(scene_file, size=LARGE) as stage:
        text = await open_box(stage, "WLMU 612093 8")
        assert "2 to be moved first" in text
        assert "first   SHPU 715540 6 at B3-06-01-3, X8086" in text
        assert "held, perhaps on X9582" in text
        assert "▲" not in stage.line("damage hold: terminal")


async def test_m_shows_the_box_on_the_map(scene_file: Path) -> None:
    async with staged(scene_file, size=LARGE) as stage:
        await open_box(stage, "WLMU 612093 8")
        text = await stage.press("m")
        assert "▸ Yard ▸ Map" in text
        assert "WLMU 612093 8" in text


async def test_a_note_stands_in_the_journey(scene_file: Path, tmp_path: Path) -> None:
    path = shutil.copy(scene_file, tmp_path / "cache.db")
    async with staged(Path(path), size=LARGE) as stage:
        await open_box(stage, "LSTU 813364 9")
        text = await stage.enter("n", "called the broker", "enter")
        assert ": called the broker" in text


@pytest.mark.parametrize("size", [SMALL, LARGE, VAST])
async def test_a_reefer_has_its_log_beside_its_journey(scene_file: Path, size: tuple[int, int]) -> None:
    cache = Cache.open(scene_file)
    with cache.read() as session:
        reefer = col(Container.setpoint_c).is_not(None)
        chosen = select(Container.number).where(reefer, col(Container.plugged).is_(True))
        number = session.exec(chosen).first()
    cache.close()
    async with staged(scene_file, size=size) as stage:
        text = await open_box(stage, str(number))
        assert "set to -18.0 °C" in text
        assert "Reefer log" in stage.line("Journey, newest first")


async def test_tab_goes_through_the_parts(scene_file: Path) -> None:
    async with staged(scene_file, size=SMALL) as stage:
        await open_box(stage, "LSTU 813364 9")
        parts = []
        for _ in range(3):
            parts.append(grid(stage).id)
            await stage.press("tab")
        assert parts == ["facts", "steps", "journey"]


async def test_a_box_that_has_gone_says_so(scene_file: Path) -> None:
    async with staged(scene_file, size=SMALL) as stage:
        stage.app.open_detail("box", "nobody")
        await stage.settle()
        assert "box nobody is not, or no longer, in the cache" in stage.text()


async def test_the_page_is_copied_as_a_message(scene_file: Path) -> None:
    async with staged(scene_file, size=LARGE) as stage:
        await open_box(stage, "LSTU 813364 9")
        text = await stage.press("y")
        assert "LSTU 813364 9, 2026-11-20 10:41 UTC+8, data LIVE <15 s" in text
        assert "Step by step" in text
