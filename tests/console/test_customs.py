"""What whoever talks to customs asks of the console, and the keys that answer it."""

from pathlib import Path

import pytest
from sqlmodel import col, select

from console.panes.customs.page import DeclarationScreen
from console.panes.customs.pane import CustomsPane
from console.screens.boxes import BoxesScreen
from console.screens.copied import CopiedScreen
from console.screens.detail import DetailScreen
from storage.cache import Cache
from storage.models import Declaration, DeclarationBox, Seal
from tests.console.stage import LARGE, SMALL, Stage, staged
from tests.scene import at

VAST = (200, 60)


def queue(stage: Stage) -> list[str]:
    """The lines of the queue."""
    lines = stage.text().splitlines()
    first = next(nth for nth, line in enumerate(lines) if "Declar." in line) + 1
    last = next(nth for nth, line in enumerate(lines[first:], first) if "─ 04" in line or "Inspections" in line)
    return [line.strip("│ ") for line in lines[first:last] if line.strip("│ ")]


# ----------------------------------------------------------------------------------------------------- the questions
@pytest.mark.parametrize("size", [SMALL, LARGE, VAST])
async def test_which_boxes_miss_a_train_because_of_customs(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, size=size) as stage:
        await stage.enter("colon", "customs train:X9582 margin<0", "enter")
        found = queue(stage)
        assert [line.split()[1] for line in found] == ["041220731", "041220664", "041220718"]
        assert all("X9582" in line and "-" in line.split("X9582")[1] for line in found)
        assert "QZHU 402886 3 at A2-37-04-3, misses X9582 (cut-off 11:15)" in stage.text()


async def test_the_boxes_that_miss_their_train_are_a_preset(scene_file: Path) -> None:
    async with staged(scene_file, "4") as stage:
        await stage.enter("colon", "presets misses its train", "enter")
        assert len(queue(stage)) == 3
        await stage.enter("colon", "presets over SLA", "enter")
        assert {line.split()[2] for line in queue(stage)} == {"import"}


@pytest.mark.parametrize("size", [SMALL, LARGE, VAST])
async def test_what_to_ask_for_first(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, "4", size=size) as stage:
        assert "Not declared: 4 boxes on X8086, by 14:30, turn: broker" in stage.text()
        assert queue(stage)[0].startswith("▲  041220731")


@pytest.mark.parametrize("size", [LARGE, VAST])
async def test_whether_a_lane_gets_worse(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, "4", size=size) as stage:
        red = next(line for line in stage.text().splitlines() if line.startswith("│Red"))
        assert "◆3" in red
        assert "grows" in red
        assert "yellow in/out: 09 21/15, 10 0/10 " in stage.text()


async def test_the_flow_of_a_lane_is_drawn_hour_by_hour(scene_file: Path) -> None:
    async with staged(scene_file, "4", size=SMALL) as stage:
        await stage.press("tab", "G", "k")  # the lanes; the last is their sum
        text = await stage.press("tab", "tab", "tab", "tab")
        assert "Today, Red: in/out by hour" in text
        assert stage.line("in  ").split()[-3:] == ["4", "6", "0"]
        assert stage.line("out   ").split()[-3:] == ["2", "3", "2"]


async def test_with_much_room_nothing_that_stands_beside_is_cut(scene_file: Path) -> None:
    async with staged(scene_file, "4", size=VAST) as stage:
        text = stage.text()
    for whole in (
        "4 of 26 slots left",
        "# booked  R running  · free  / shut",
        "188 TEU",
        "-18.2 °C",
        "in/out by hour ─",
    ):
        assert whole in text


# ------------------------------------------------------------------------------------------------------- going about
async def test_what_is_not_declared_is_a_list_of_boxes(scene_file: Path) -> None:
    async with staged(scene_file, "4") as stage:
        await stage.enter("colon", "presets not declared", "enter")
        assert isinstance(stage.app.screen, BoxesScreen)
        assert stage.app.screen.grid.total == 4
    async with staged(scene_file, "4", "tab", "enter") as stage:
        assert isinstance(stage.app.screen, BoxesScreen)


async def test_enter_on_a_lane_shows_its_declarations(scene_file: Path) -> None:
    async with staged(scene_file, "4", "tab", "j", "j", "j", "j", "enter") as stage:
        assert "18 of 417" in stage.text()
        assert {line.split()[3] for line in queue(stage)} == {"red"}


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_tab_brings_every_part_and_comes_round(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, "4", size=size) as stage:
        seen = [await stage.press("tab") for _ in range(6)]
        assert "Bay 2" in seen[1]
        assert "SHPU 715540 6 B3-06-01-3" in seen[1]
        assert "opened unauthorised QZHU 305438 5" in seen[2]
        assert "171/150" in seen[3]
        assert "in/out by hour" in seen[4]
        assert isinstance(stage.app.screen, CustomsPane)
        assert stage.app.screen.part == "rows"
        assert stage.app.screen.active is stage.app.screen.grid
        assert "seals" in await stage.press("shift+tab", "shift+tab")


async def test_locks_boxes_to_bring_and_sites_open_what_they_are(scene_file: Path) -> None:
    async with staged(scene_file, "4", "tab", "tab", "enter") as stage:
        assert "SHPU 715540 6" in stage.text().splitlines()[0]
        await stage.press("escape", "tab", "enter")
        assert isinstance(stage.app.screen, DetailScreen)
        assert "seal 88200" in stage.text()
        await stage.press("escape", "tab", "enter")
        assert "no declarations match 'special_kind:fruit'" in stage.text()


# ------------------------------------------------------------------------------------------------------- the message
async def test_y_writes_what_one_sends_to_customs(scene_file: Path) -> None:
    async with staged(scene_file, "4", "space", "j", "space", "y") as stage:
        assert isinstance(stage.app.screen, CopiedScreen)
        lines = stage.app.screen._text.splitlines()
        assert lines[0] == "Chongqing Tuanjiecun, 2026-11-20 10:41 UTC+8, data LIVE <15 s"
        assert lines[1] == "We ask you to take these 2 declarations first, in this order:"
        assert lines[3] == "1. 041220731, export, yellow lane, papers being checked"
        assert lines[4] == (
            "   waits 1:11; box QZHU 402886 3 at A2-37-04-3; train X9582, customs cut-off 11:15; "
            "expected 14:11, 2:56 too late"
        )
        assert lines[5].startswith("2. 041220664, export, red lane, inspection, no slot (code 5)")


# ---------------------------------------------------------------------------------------------------------- the page
@pytest.mark.parametrize("size", [LARGE, VAST])
async def test_the_page_says_what_blocks_a_release_and_what_helps(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, "4", "j", "enter", size=size) as stage:
        assert isinstance(stage.app.screen, DeclarationScreen)
        text = stage.text()
        assert "inspection without a slot" in text
        assert "helps: ask for a slot" in text
        assert "X9582, customs cut-off 11:15" in text
        assert "LSTU 204418 5" in text
        assert "05:20 submitted" in text


async def test_in_a_small_terminal_the_parts_of_the_page_take_turns(scene_file: Path) -> None:
    async with staged(scene_file, "4", "j", "j", "j", "enter", size=SMALL) as stage:
        seen = [stage.text(), *[await stage.press("tab") for _ in range(5)]]
        for nth, words in enumerate(
            (
                "Office    8001",
                "an officer looks at the lock",
                "QZHU 305438 5",
                "entered the lane",
                "▲ 88200",
                "no notes",
            )
        ):
            assert words in seen[nth]


async def test_a_box_of_the_page_opens_and_escape_comes_back(scene_file: Path) -> None:
    async with staged(scene_file, "4", "j", "enter", "enter") as stage:
        assert "LSTU 204418 5" in stage.text().splitlines()[0]
        assert "declaration 041220664" in (await stage.press("escape")).splitlines()[0]
        await stage.press("y")
        assert isinstance(stage.app.screen, CopiedScreen)


async def test_a_page_whose_data_cannot_be_right_says_so(scene_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir(mode=0o700)
    path = folder / "cache.db"
    path.write_bytes(scene_file.read_bytes())
    path.chmod(0o600)
    with Cache.open(path, role="writer").write() as session:
        odd = session.exec(select(Declaration).where(Declaration.number == "041220664")).one()
        odd.lane, odd.state, odd.raw_state = "purple", "melting", "99"
        for link in session.exec(select(DeclarationBox).where(DeclarationBox.declaration_id == odd.id)):
            session.delete(link)
        lock = session.exec(select(Seal).order_by(col(Seal.number)).limit(1)).one()
        lock.state, lock.seen_at = "[red]singing", at("08:50")
    async with staged(path) as stage:
        await stage.enter("colon", "customs number:041220664", "enter")
        assert "purple" in queue(stage)[0]
        assert "melting" in queue(stage)[0]
        await stage.press("enter")
        assert (
            "its data cannot be right: no boxes; lane 'purple' is unknown; state 'melting' is unknown" in stage.text()
        )
        assert "no boxes stand under it" in stage.text()
    async with staged(path, "4", "tab", "tab", "tab") as stage:
        assert "[red]singing" in stage.text()
