"""Each key goes where the one before it led, however quickly they come."""

from pathlib import Path

from console.panes.trains.pane import TrainsPane
from console.screens.boxes import BoxesScreen
from tests.console.stage import staged


async def test_what_is_typed_at_once_is_for_the_pane_and_the_line_that_it_opens(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        await stage.press_at_once("2/qinzhou")
        screen = stage.app.screen
        assert isinstance(screen, TrainsPane)
        assert screen.asked.words == "qinzhou"
        await stage.press_at_once("", "escape", *"3b/40HC")
        screen = stage.app.screen
        assert isinstance(screen, BoxesScreen)
        assert screen.asked.words == "place:yard 40HC"


async def test_a_line_is_entered_with_what_was_typed_on_it(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        await stage.press_at_once("3:boxes full:no", "enter", *":sort -where", "enter")
        screen = stage.app.screen
        assert isinstance(screen, BoxesScreen)
        assert (screen.asked.words, screen.asked.sort) == ("full:no", "-where")


async def test_a_number_that_is_in_a_line_leads_to_no_pane(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        await stage.press_at_once("/X9582")
        assert stage.app.current_mode == "trains"
        await stage.press_at_once("", "escape", *"fX95")
        assert "X9582" in stage.text()
        assert stage.app.current_mode == "trains"


async def test_what_a_list_is_chosen_from_takes_the_key_behind_its_own(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        await stage.press_at_once("s2")
        screen = stage.app.screen
        assert isinstance(screen, TrainsPane)
        assert screen.asked.sort
        assert stage.app.current_mode == "trains"


async def test_panes_pressed_through_at_once_end_with_the_last(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        await stage.press_at_once("2345123454")
        assert stage.app.current_mode == "customs"
        assert "Lanes" in stage.text()


async def test_a_find_typed_and_entered_at_once_opens_what_it_finds(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        assert "X9582" in (await stage.press_at_once("fX9582", "enter")).splitlines()[0]
        await stage.press_at_once("", "escape", *"fnothing at all", "enter")
        assert "nothing matches 'nothing at all'" in stage.text()


async def test_enter_behind_a_filter_opens_a_row_of_what_it_leaves(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        first = (await stage.press("2")).splitlines()
        assert "X9582" in first[3]
        await stage.press_at_once("/X8086", "enter", "enter")
        assert "X8086" in stage.text().splitlines()[0]
