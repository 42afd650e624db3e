"""Pages opened over each other: Esc leads back through the latest of them, and what lies further down is closed."""

import asyncio
import gc
from pathlib import Path
from weakref import ref

from console.panes.trains.page import TrainScreen
from console.screens.base import MOST_PUSHED
from console.screens.boxes import BoxesScreen
from tests.console.stage import SMALL, Stage, staged

TRAINS, BOXES = ("X9582", "X8086", "X2012"), ("LSTU8133649", "WLMU6120938")


async def open_pages(stage: Stage, count: int) -> list[str]:
    """Open so many pages over each other, of trains and boxes in turn; their titles."""
    titles = []
    for number in range(count):
        text = BOXES[number // 2 % 2] if number % 2 else TRAINS[number // 2 % 3]
        await stage.enter("f", text, "enter")
        titles.append(title(stage))
    return titles


def title(stage: Stage) -> str:
    """The last crumb of the screen."""
    return stage.text().splitlines()[0].split("▸")[-1].split("  ")[0].strip()


def pushed(stage: Stage) -> int:
    """Screens on top of those of the modes."""
    return sum(len(stack) - 1 for stack in stage.app._screen_stacks.values())


async def test_esc_leads_back_through_the_latest_pages_and_then_to_where_one_began(scene_file: Path) -> None:
    async with staged(scene_file, "2", size=SMALL) as stage:
        titles = await open_pages(stage, MOST_PUSHED + 5)
        assert pushed(stage) == MOST_PUSHED
        for expected in reversed(titles[5:]):
            assert title(stage) == expected
            await stage.press("escape")
        assert "[2 Trains]" in stage.text().splitlines()[0]


async def test_pages_give_way_before_lists_which_keep_filter_marks_and_cursor(scene_file: Path) -> None:
    async with staged(scene_file, "3", "b") as stage:
        await stage.enter("slash", "40HC", "enter", "j", "space", "j")
        before = stage.text()
        await open_pages(stage, MOST_PUSHED + 3)
        assert pushed(stage) == MOST_PUSHED
        await stage.press(*["escape"] * (MOST_PUSHED - 1))
        assert isinstance(stage.app.screen, BoxesScreen)
        assert stage.text() == before
        await stage.press("escape", "escape")
        assert "[3 Yard]" in stage.text().splitlines()[0]


async def test_each_mode_stays_where_it_was_left(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter") as stage:
        left = title(stage)
        await stage.press("4")
        await open_pages(stage, MOST_PUSHED + 3)
        assert pushed(stage) == MOST_PUSHED
        await stage.press("2")
        assert isinstance(stage.app.screen, TrainScreen)
        assert title(stage) == left


async def test_nothing_is_left_of_a_page_that_gave_way_before_the_next_minute(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter") as stage:
        page = ref(stage.app.screen)
        gc.collect()  # what lives now is old, as a page is that has been open for long
        await open_pages(stage, MOST_PUSHED + 2)
        async with asyncio.timeout(30):
            while page() is not None:
                await stage.pilot.pause(0.01)
