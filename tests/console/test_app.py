import os
import subprocess
import sys
from pathlib import Path

import pytest
from textual import events

from console.commands import COMMANDS, MODES
from console.panes.trains.page import TrainScreen
from console.screens.chooser import Chooser
from console.screens.grids import GridScreen
from tests.console.stage import LARGE, SMALL, Stage, staged

FIRST_FRAME = """
import sys
from console.app import DryportApp
from console.view import View
from storage.clock import SystemClock

class Early(DryportApp):
    def _display(self, screen, renderable):
        super()._display(screen, renderable)
        heavy = [name for name in ("sqlmodel", "sqlalchemy", "pydantic", "httpx", "typer") if name in sys.modules]
        if not self.pulse.read:
            print("heavy:", *heavy, file=sys.__stdout__, flush=True)
            self.exit(0)

def never():
    raise SystemExit("the cache was opened before the first frame")

Early(View(never, SystemClock()), name="site").run(headless=True)
"""


def grid_key(stage: Stage) -> str | None:
    assert isinstance(stage.app.screen, GridScreen)
    return stage.app.screen.active.cursor_key


# --------------------------------------------------------------------------------------------------------- the frame
def test_the_frame_paints_before_any_database_http_or_cli_library_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_FRAME], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[0] == "heavy:"


async def test_a_mode_that_was_open_before_is_painted_without_a_wait(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        await stage.press("2", "1")
        stage.app.switch_mode("feeds")
        assert stage.app._batch_count  # what is still being made is held back
        await stage.press("1")
        while stage.app._batch_count:
            await stage.pilot.pause(0.01)
        stage.app.switch_mode("trains")
        assert not stage.app._batch_count


async def test_the_pane_that_the_console_opened_with_is_painted_without_a_wait_when_one_comes_back(
    scene_file: Path,
) -> None:
    async with staged(scene_file) as stage:
        await stage.press("4")
        stage.app.switch_mode("board")
        assert not stage.app._batch_count


@pytest.mark.parametrize("size", [SMALL, LARGE, (200, 60)])
async def test_every_pane_is_usable_at_every_size(scene_file: Path, size: tuple[int, int]) -> None:
    in_sight = {
        "Board": ["Act, soonest", "Departures", "Arrivals", "Yard, 2 551 of 4 088", "67 open"],
        "Trains": ["X9582", "Qinzhou", "12:22", "+12m", "gate in 0:19", "40/54", "8 of 31"],
        "Yard": ["B3 71", "rail side", "gate side", "283 of 480 TEU, 59 %", "2 551"],
        "Customs": ["Red", "8:12", "041220718", "bay 2, 11", "67 of 417"],
        "Feeds": ["containers", "declarations", "LIVE <15 s"],
    }
    async with staged(scene_file, size=size) as stage:
        for key, (mode, words) in enumerate(in_sight.items(), 1):
            text = await stage.press(str(key))
            assert [word for word in words if word not in text] == [], mode
            assert f"[{list(MODES).index(mode.lower()) + 1} {mode}]" in text.splitlines()[0]
            assert "LIVE <15 s" in text.splitlines()[0]
            assert "10:41 UTC+8" in text.splitlines()[0]


async def test_the_clock_names_site_zone_and_counts_of_risk(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        first = stage.text().splitlines()[0]
        assert first.startswith(" Chongqing Tuanjiecun ")
        assert "Fri 20 Nov 10:41 UTC+8" in first
        assert "▲" in first


async def test_a_missing_cache_is_a_console_that_says_so_and_fills_when_it_comes(
    tmp_path: Path, scene_file: Path
) -> None:
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)
    async with staged(folder / "cache.db", "2", words=lambda: "The syncer starts.") as stage:
        text = stage.text()
        assert "NEVER" in text.splitlines()[0]
        assert "The syncer starts." in text.splitlines()[-1]
        made = folder / "made.db"
        made.write_bytes(scene_file.read_bytes())
        made.chmod(0o600)
        os.rename(made, folder / "cache.db")  # noqa: PTH104
        assert "X9582" in await stage.until(lambda pulse: not pulse.problem)


async def test_a_damaged_cache_is_one_sentence_and_no_crash(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)
    (folder / "cache.db").write_bytes(b"no database" * 500)
    (folder / "cache.db").chmod(0o600)
    async with staged(folder / "cache.db", "2", "3", "4", "5", "1") as stage:
        assert "sets it aside" in stage.text()


# -------------------------------------------------------------------------------------------------------- navigation
async def test_escape_returns_to_the_same_row_filter_and_sort(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        await stage.enter("slash", "corridor:cre", "enter")
        await stage.enter("colon", "sort -number", "enter", "j")
        key, text = grid_key(stage), stage.text()
        assert "by -number" in text
        assert "X8071" in text
        assert "X9582" not in text
        await stage.press("enter")
        assert isinstance(stage.app.screen, TrainScreen)
        assert await stage.press("escape") == text
        assert grid_key(stage) == key


async def test_what_is_typed_after_the_filter_that_stands_is_a_word_of_its_own(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        await stage.enter("slash", "corridor:cre", "enter")
        await stage.press("slash", *"dep", "enter")
        assert "'corridor:cre dep'" in stage.line("Trains,")


async def test_escape_clears_a_filter_before_it_leaves(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        assert "2 of 31" in await stage.enter("slash", "qinz", "enter")
        assert "8 of 31" in await stage.press("escape")


async def test_q_goes_back_a_level_and_quits_at_the_top(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter") as stage:
        await stage.press("q")
        assert stage.app.current_mode == "trains"
        assert not isinstance(stage.app.screen, TrainScreen)
        await stage.pilot.press("q")
        assert stage.app.return_value == 0


async def test_each_mode_keeps_its_place(scene_file: Path) -> None:
    async with staged(scene_file, "2", "j", "enter", "4", "2") as stage:
        assert isinstance(stage.app.screen, TrainScreen)
        assert "X9581" in stage.text().splitlines()[0]


async def test_links_of_a_page_lead_on_and_back(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        assert "declaration 041220718" in await stage.enter("f", "041220718", "enter")
        assert "LSTU 813364 9" in (await stage.press("enter")).splitlines()[0]
        assert "declaration 041220718" in (await stage.press("escape")).splitlines()[0]


async def test_vim_keys_move_as_arrows_do(scene_file: Path) -> None:
    async with staged(scene_file, "2", "down", "down") as stage:
        third = grid_key(stage)
        await stage.press("G", "g", "g", "j", "j")
        assert grid_key(stage) == third


async def test_tab_goes_round_the_parts_of_a_screen(scene_file: Path) -> None:
    async with staged(scene_file, "3", "a") as stage:
        assert isinstance(stage.app.screen, GridScreen)
        assert stage.app.screen.active.id == "list"
        await stage.press("tab")
        assert stage.app.screen.active.id == "boxes"
        await stage.press("enter")
        assert isinstance(stage.app.screen, GridScreen)
        assert stage.app.screen.kind == "box"


# ---------------------------------------------------------------------------------------------------------- commands
async def test_commands_are_typed_with_arguments(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        await stage.enter("colon", "customs lane:red", "enter")
        assert stage.app.current_mode == "customs"
        assert "18 of 417" in stage.text()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("trians", "did you mean trains"),
        ("filter nofield:3", "'nofield' is no column"),
        ("free 15:00", "has nothing to do here"),
    ],
)
async def test_what_cannot_be_done_is_said_in_one_line(scene_file: Path, typed: str, said: str) -> None:
    async with staged(scene_file, "2") as stage:
        await stage.enter("colon", typed, "enter")
        assert said in stage.notice
        assert "X9582" in stage.text()


async def test_a_filter_half_typed_says_what_is_wrong_and_recovers(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        await stage.enter("slash", "late>")
        assert "''" in stage.notice
        await stage.press("4", "0", "enter")
        assert stage.notice == ""
        assert "1 of 31" in stage.text()


async def test_no_character_typed_into_the_filter_breaks_it(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        for hostile in ("[", "[/b]", "[@click=app.quit]x[/]", "%", "\\", '"'):
            await stage.enter("slash", hostile, "enter")
            assert "0 of 31" in stage.text() or "8 of 31" in stage.text(), hostile
            assert stage.app.is_running
            await stage.press("escape")
            assert hostile not in stage.line("of 31"), hostile


async def test_the_filter_is_live_and_names_what_it_did_not_find(scene_file: Path) -> None:
    async with staged(scene_file, "2", "slash", "z", "z") as stage:
        assert "no trains match 'zz' in 'next 12 h': a shows all" in stage.text()


async def test_a_shows_everything_behind_a_count_and_back(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        text = await stage.press("a")
        assert "Trains, all" in text
        assert "8 of 31" not in text
        assert "8 of 31" in await stage.press("a")


async def test_a_sort_shows_what_comes_first_unless_a_row_was_chosen(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        urgent = grid_key(stage)
        await stage.enter("colon", "sort late", "enter")
        earliest = grid_key(stage)
        assert earliest != urgent
        assert "-4m" in stage.text().splitlines()[3]
        await stage.press("j")
        chosen = grid_key(stage)
        await stage.enter("colon", "sort -late", "enter")
        assert grid_key(stage) == chosen


async def test_presets_and_sorts_are_chosen_from_a_list(scene_file: Path) -> None:
    async with staged(scene_file, "2", "p") as stage:
        assert isinstance(stage.app.screen, Chooser)
        assert "Trains, late" in await stage.press("j", "j", "j", "enter")
        assert "X8071" in stage.text()
        await stage.enter("colon", "presets nothing", "enter")
        assert "There is no preset 'nothing'" in stage.notice


async def test_what_is_long_in_a_list_to_choose_from_is_cut_within_its_frame(scene_file: Path) -> None:
    async with staged(scene_file, "3", "b", "s", size=SMALL) as stage:
        await stage.press("G", "up")
        framed = [line for line in stage.text().splitlines() if line.startswith("│")]
        assert {line.rstrip()[-1] for line in framed} == {"│"}
        assert "…" in stage.line("not plugged in, off set-point")


async def test_a_column_is_hidden_and_shown(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        await stage.enter("colon", "columns corridor", "enter")
        assert "ILSTC" not in stage.line("X9582")
        await stage.enter("colon", "columns corridor", "enter")
        assert "ILSTC" in stage.line("X9582")


async def test_the_help_has_every_command_and_scrolls(scene_file: Path) -> None:
    async with staged(scene_file, "question_mark", size=SMALL) as stage:
        seen = stage.text()
        for _ in range(12):
            seen += await stage.press("pagedown")
        assert [command.id for command in COMMANDS.values() if f":{command.id}" not in seen] == []


async def test_the_palette_offers_what_the_place_can_do(scene_file: Path) -> None:
    async with staged(scene_file, "2", "ctrl+p") as stage:
        stage.app.post_message(events.Paste("ready-made"))
        await stage.settle()
        await stage.press("enter")
        assert isinstance(stage.app.screen, Chooser)


async def test_i_explains_the_figures_in_words(scene_file: Path) -> None:
    async with staged(scene_file, "i") as stage:
        assert "definition" in stage.text()


async def test_ctrl_c_does_not_end_a_console_that_is_open_all_day(scene_file: Path) -> None:
    async with staged(scene_file, "ctrl+c") as stage:
        assert stage.app.return_value is None
        assert "q goes one level back" in stage.notice
