"""The yard on the hand-made terminal: map, bay, what must move first, what needs care, how full it will be."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console import format as written
from console.panes.yard import map as maps
from console.panes.yard import outlook
from console.panes.yard.blocks import BlocksScreen
from console.panes.yard.care import CareScreen
from console.panes.yard.pane import YardPane
from console.screens.boxes import BoxesScreen
from console.screens.chooser import Chooser
from storage.cache import Cache
from storage.clock import ManualClock
from storage.queries.containers import CONTAINERS
from storage.queries.exceptions import EXCEPTIONS
from storage.queries.occupancy import occupancy_forecast
from storage.queries.yard_map import COLOURINGS, LegendEntry, YardMap
from tests.console.stage import LARGE, SMALL, Stage, staged
from tests.scene import NOW
from widgets import glyphs
from widgets.grid import Grid

TO_B3_BAY_05 = ("3", "j", "right_square_bracket", "right_square_bracket", "home", "l", "l")
"""Keys to the bay of the wireframe, from the first block."""


def pane(stage: Stage) -> YardPane:
    assert isinstance(stage.app.screen, YardPane)
    return stage.app.screen


async def test_the_map_shows_every_block_with_its_per_cent_and_bays(scene_file: Path) -> None:
    async with staged(scene_file, "3") as stage:
        text = stage.text()
        shown = re.findall(r"\b([A-Z]\d) +(\d+) [\dF·]{8,}", text)
        assert [name for name, _ in shown] == ["A1", "A2", "A3", "B1", "B2", "B3", "R1", "G1", "I1", "E1", "E2"]
        assert dict(shown)["B3"] == "71"
        assert text.index("rail side ══ tracks 1 to 7 ══") < text.index("A1 59") < text.index("gate side")


def said(*tracks: str, width: int) -> str:
    (line,) = maps.side_lines("rail side", maps.track_names(tracks), width)
    return "".join(text for text, _ in line)


def test_the_rail_side_names_its_tracks_as_far_as_they_fit() -> None:
    assert said("1", "2", "3", width=32) == "rail side ══ tracks 1 to 3 ═════"
    assert said("1", "2", "4", "4W", width=35) == "rail side ══ tracks 1, 2, 4, 4W ═══"
    assert said("1", "2", "4", "4W", width=30) == "rail side ══ 4 tracks ════════"
    assert said("[/x]", width=28) == "rail side ══ track [/x] ════"
    assert said("1", "2", width=20) == "rail side ══════════"
    assert said(width=20) == "rail side ══════════"


async def test_the_legend_counts_every_bay_once(scene_file: Path) -> None:
    async with staged(scene_file, "3") as stage:
        line = stage.line("under half")
        counts = re.findall(r"(?:empty|half|80 %|to full|F full) (\d+)", line)
        assert sum(map(int, counts)) == 6 * 25 + 12 + 8 + 9 + 20 + 20


async def test_the_cursor_walks_to_a_block_and_its_facts_follow(scene_file: Path) -> None:
    async with staged(scene_file, *TO_B3_BAY_05) as stage:
        assert pane(stage).map.cursor == ("B3", 2)
        assert "Block B3, stack" in stage.text()
        assert "341 of 480 TEU, 71 %" in stage.text()
        assert "Bay B3 05" in stage.text()


async def test_what_must_move_first_is_marked_and_listed_in_order(scene_file: Path) -> None:
    async with staged(scene_file, *TO_B3_BAY_05, "enter") as stage:
        assert pane(stage).stack.has_focus
        assert pane(stage).stack.select("WLMU6120938") or pane(stage).stack.select(_id(stage, "WLMU6120938"))
        await stage.settle()
        assert "WLMU 612093 8: move 2 first, in this order: SHPU 715540 6, QZHU 900133 5" in stage.text()
        assert "2 rehandles" in stage.text()
        assert re.search(r"1.SHPU7155406", stage.text())
        assert re.search(r"2.QZHU9001335", stage.text())
        assert "free ended Wed 16:00" in await stage.press("up", "up")


def _id(stage: Stage, number: str) -> str:
    section = pane(stage).section
    assert section is not None
    return next(each.box.id for each in section.boxes if each.box.number == number)


async def test_enter_opens_the_bay_then_the_box_and_escape_comes_back(scene_file: Path) -> None:
    async with staged(scene_file, *TO_B3_BAY_05, "enter", "enter") as stage:
        assert not isinstance(stage.app.screen, YardPane)
        assert "Yard ▸" in stage.text().splitlines()[0]
        await stage.press("escape")
        assert pane(stage).stack.has_focus
        await stage.press("escape")
        assert pane(stage).map.has_focus
        assert pane(stage).map.cursor == ("B3", 2)


async def test_b_lists_the_boxes_of_the_block_while_one_is_in_its_bay(scene_file: Path) -> None:
    async with staged(scene_file, *TO_B3_BAY_05, "b", "home") as stage:
        assert "Boxes in the yard" in stage.text()
        text = await stage.press("escape", "enter", "b", "home")
        assert "Boxes of B3" in text
        assert "B2-" not in text
        await stage.press("escape")
        assert pane(stage).stack.has_focus


async def test_brackets_turn_the_bays_while_one_is_in_the_bay(scene_file: Path) -> None:
    async with staged(scene_file, *TO_B3_BAY_05, "enter", "right_square_bracket") as stage:
        assert "Bay B3 07" in stage.text()
        await stage.press("left_square_bracket", "left_square_bracket")
        assert "Bay B3 03" in stage.text()


async def test_brackets_miss_no_bay_where_several_share_a_sign_of_the_map(scene_file: Path) -> None:
    async with staged(scene_file, "3", "enter", size=SMALL) as stage:
        assert "Bay A1 01" in stage.text()
        assert "Bay A1 03" in await stage.press("right_square_bracket")
        assert pane(stage).map.scale == 2


async def test_where_the_room_is_short_map_and_bay_take_turns(scene_file: Path) -> None:
    async with staged(scene_file, "3", size=SMALL) as stage:
        assert "rail side" in stage.text()
        assert "Bay A1" not in stage.text()
        text = await stage.press("tab")
        assert "rail side" not in text
        assert "Bay A1 01" in text
        assert "free till" in text or "here" in text
        text = await stage.press("tab")
        assert "Bay A1" not in text
        assert "All blocks    2 551" in text
        assert "| 4 088 TEU" in text
        assert "rail side" in await stage.press("tab")


def test_a_legend_without_room_for_its_words_explains_every_sign_in_fewer() -> None:
    legend = tuple(
        LegendEntry(sign=sign, label=f"X958{nth} to Alashankou", count=20 + nth, brief=f"X958{nth}")
        for nth, sign in enumerate("abcdefgh")
    )
    unread = LegendEntry(sign="?", label="not read", count=1, level="unknown", brief="not read")
    blocks: Any = ("a block",)
    found = YardMap(colour_by="train", blocks=blocks, tracks=(), legend=(*legend, unread), counted="boxes", scale=False)
    text = ["".join(span[0] for span in line) for line in maps.legend_lines(found, 2, 80)]
    assert text[0].startswith("a X9580 20   b X9581 21   c X9582 22")
    assert text[1].endswith("h X9587 27   ? not read 1   boxes")
    wide = ["".join(span[0] for span in line) for line in maps.legend_lines(found, 2, 160)]
    assert wide[0].startswith("a X9580 to Alashankou 20   b")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_map_is_coloured_by_what_is_chosen_and_says_what_its_signs_are(
    scene_file: Path, size: tuple[int, int]
) -> None:
    async with staged(scene_file, "3", size=size) as stage:
        for name in (*COLOURINGS[1:], COLOURINGS[0]):
            text = await stage.enter("colon", f"columns {name}", "enter")
            found = pane(stage).found
            assert found is not None
            assert found.colour_by == name
            shown = [entry.label for entry in found.legend if entry.count]
            assert any(label.split()[0] in text for label in shown) or name == "occupancy"


@pytest.fixture
def plain_signs() -> Iterator[None]:
    """A terminal that draws box glyphs two cells wide."""
    glyphs.choose(glyphs.ASCII)
    yield
    glyphs.choose(glyphs.UNICODE)


@pytest.mark.usefixtures("plain_signs")
async def test_a_terminal_for_plain_signs_gets_no_other(scene_file: Path) -> None:
    async with staged(scene_file, "3", size=SMALL) as stage:
        screens = [stage.text(), await stage.press("c"), await stage.press("escape", "p"), await stage.press("enter")]
        screens += [await stage.press("enter"), await stage.press("escape", "escape", "enter"), await stage.press("a")]
        assert {sign for text in screens for sign in text if not sign.isascii()} == set()


async def test_the_keys_of_the_map_are_told_at_80_columns(scene_file: Path) -> None:
    async with staged(scene_file, "3", size=SMALL) as stage:
        keys = stage.text().splitlines()[-1]
        assert [word for word in ("b boxes", "c colour", "a blocks", "p care", "f find") if word not in keys] == []


async def test_only_the_signs_that_stand_in_a_bay_are_explained_so_that_all_of_them_fit(scene_file: Path) -> None:
    async with staged(scene_file, *TO_B3_BAY_05, "enter") as stage:
        assert re.findall(r"│(▓ ready.*?) *│", stage.line("▓ ready")) == [
            "▓ ready  c customs  h held  i import  ' 20 ft"
        ]


async def test_c_offers_the_colourings(scene_file: Path) -> None:
    async with staged(scene_file, "3", "c") as stage:
        assert isinstance(stage.app.screen, Chooser)
        assert [name for name in COLOURINGS if name not in stage.text()] == []
        assert "outbound train of most boxes in a bay" in stage.text()


async def test_the_outlook_has_every_kind_its_capacity_and_adds_up(scene_file: Path) -> None:
    async with staged(scene_file, "3") as stage:
        text = stage.text()
        assert "All blocks    2 551  4 088   62 %" in text
        forecast = pane(stage).forecast
        assert forecast is not None
        for line in forecast.kinds[:4]:
            assert re.search(
                rf"{line.name.capitalize()} +{written.number(line.now)} +{written.number(line.capacity)}", text
            )
        assert sum(line.now or 0 for line in forecast.kinds) == 2551
        assert [span for span in ("now", "+4 h", "+12 h", "+24 h", "+48 h") if span not in text] == []
        assert "working capacity 4 088 TEU" in text
        assert "no block planned yet" in text


async def test_the_kind_under_the_cursor_has_the_chart(scene_file: Path) -> None:
    async with staged(scene_file, "3", "tab", "tab", "j", "j") as stage:
        assert "Occupancy, TEU: reefer" in stage.text()
        assert "working capacity 180 TEU" in stage.text()
        await stage.press("enter")
        assert isinstance(stage.app.screen, BlocksScreen)
        assert stage.app.screen.asked.words == "kind:reefer"


async def test_blocks_have_their_outlook_too_and_lead_to_the_map(scene_file: Path) -> None:
    async with staged(scene_file, "3", "tab", "tab", "G") as stage:
        assert "Occupancy, TEU: block E2" in stage.text()
        assert "working capacity 428 TEU" in stage.text()
        await stage.press("enter")
        assert pane(stage).map.has_focus
        assert pane(stage).map.cursor == ("E2", 0)


async def test_what_comes_without_a_block_is_listed_box_by_box(scene_file: Path) -> None:
    async with staged(scene_file, "3", "tab", "tab") as stage:
        pane(stage).query_one("#kinds", Grid).select(outlook.UNPLANNED)
        await stage.settle()
        await stage.press("enter", "home")
        assert isinstance(stage.app.screen, BoxesScreen)
        listed = stage.app.screen.grid.total
    cache, clock = Cache.open(scene_file), ManualClock(NOW)
    with cache.read() as session:
        boxes = CONTAINERS.page(session, clock, CONTAINERS.filter(outlook.UNPLANNED_BOXES)).rows
        unplanned = occupancy_forecast(session, clock).unplanned
    assert (listed, sum(box.teu or 0 for box in boxes)) == (len(boxes), unplanned.ahead[-1].high)


async def test_blocks_are_filtered_by_what_is_typed(scene_file: Path) -> None:
    async with staged(scene_file, "3") as stage:
        text = await stage.enter("slash", "kind:reefer", "enter")
        assert isinstance(stage.app.screen, BlocksScreen)
        assert "1 of 11" in text


async def test_p_counts_what_needs_care_and_opens_each_list(scene_file: Path) -> None:
    async with staged(scene_file, "3") as stage:
        assert "Needs care" in stage.text()
        text = await stage.press("p")
        assert [view.title for view in EXCEPTIONS.values() if view.title not in text] == []
        await stage.press("0")
        assert "Data quality" in stage.text().splitlines()[0]
        await stage.press("escape", "p", "enter")
        assert isinstance(stage.app.screen, CareScreen)
        assert "Reefers" in stage.text().splitlines()[0]


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_every_list_of_what_needs_care_opens(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, "3", size=size) as stage:
        for name, view in EXCEPTIONS.items():
            text = await stage.enter("colon", f"presets {name}", "enter")
            assert isinstance(stage.app.screen, CareScreen)
            assert view.title in text
            assert stage.notice == ""
            await stage.press("escape")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("reefers", "Since"),
        ("data quality", "From"),
        ("cranes", "By hand"),
        ("empties", "By"),
        ("work", "Planned"),
        ("long stays", "Since"),
    ],
)
async def test_what_a_list_is_read_for_is_in_sight_at_80_columns(scene_file: Path, name: str, column: str) -> None:
    async with staged(scene_file, "3", size=SMALL) as stage:
        text = await stage.enter("colon", f"presets {name}", "enter")
        assert f" {column}" in text.splitlines()[2]


async def test_a_row_of_a_list_opens_the_box_and_shows_it_on_the_map(scene_file: Path) -> None:
    async with staged(scene_file, "3") as stage:
        await stage.enter("colon", "presets holds", "enter")
        await stage.press("m")
        assert "WLMU 612093 8" in stage.text()
        assert pane(stage).stack.cursor_key == _id(stage, "WLMU6120938")
        await stage.press("escape", "enter")
        assert "WLMU 612093 8" in stage.text().splitlines()[0]


async def test_empties_open_the_boxes_of_their_type_and_owner(scene_file: Path) -> None:
    async with staged(scene_file, "3") as stage:
        await stage.enter("colon", "presets empties", "enter")
        await stage.press("enter")
        assert isinstance(stage.app.screen, BoxesScreen)
        assert stage.app.screen.grid.total > 0


async def test_a_box_of_a_list_is_shown_on_the_map_and_escape_comes_back(scene_file: Path) -> None:
    async with staged(scene_file, "3", "b") as stage:
        assert isinstance(stage.app.screen, BoxesScreen)
        key = stage.app.screen.grid.cursor_key
        await stage.press("m")
        assert pane(stage).stack.cursor_key == key
        assert "Yard ▸ Map" in stage.text().splitlines()[0]
        await stage.press("escape")
        assert isinstance(stage.app.screen, BoxesScreen)


async def test_a_waiting_box_of_a_train_is_shown_on_the_map(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter", "m") as stage:
        assert isinstance(stage.app.screen, YardPane) or "is not on the map" in stage.notice


async def test_a_box_that_stands_in_no_block_says_where_it_is(scene_file: Path) -> None:
    async with staged(scene_file, "3", "b") as stage:
        await stage.enter("colon", "filter place:wagon", "enter")
        await stage.press("m")
        assert "is not on the map" in stage.notice


async def test_blocks_are_a_list_too(scene_file: Path) -> None:
    async with staged(scene_file, "3", "a") as stage:
        assert "341/480" in stage.text()
        assert "Boxes of A1" in stage.text()
        await stage.press("j", "m")
        assert pane(stage).map.cursor == ("A2", 0)


async def test_the_bay_is_copied_as_a_message(scene_file: Path) -> None:
    async with staged(scene_file, *TO_B3_BAY_05, "y") as stage:
        assert "Bay B3 05" in stage.text()
        assert "WLMU 612093 8" in stage.text()


# -------------------------------------------------------------------------------------------------- the boxes grid
async def test_a_wrong_check_digit_is_said_with_the_right_one(scene_file: Path) -> None:
    async with staged(scene_file, "3", "b") as stage:
        await stage.enter("colon", "filter wlmu 612093 7", "enter")
        assert stage.notice.startswith("The check digit of WLMU 612093 is 8, not 7.")
        assert "Did you mean WLMU 612093 8?" in stage.notice
        assert "WLMU 612093 8" in stage.text()


async def test_a_number_typed_after_the_filter_that_stands_is_understood_all_the_same(scene_file: Path) -> None:
    async with staged(scene_file, "3", "b", size=SMALL) as stage:
        assert "place:yard" in await stage.press("slash")
        await stage.press(*"wlmu6120937", "enter")
        assert isinstance(stage.app.screen, BoxesScreen)
        assert stage.app.screen.grid.total == 1
        assert stage.notice.startswith("The check digit of WLMU 612093 is 8, not 7.")


async def test_a_number_is_found_however_it_is_spaced(scene_file: Path) -> None:
    async with staged(scene_file, "3", "b") as stage:
        for typed in ("WLMU6120938", "wlmu 612093-8", "WLMU 612093"):
            await stage.enter("colon", f"filter {typed}", "enter")
            assert isinstance(stage.app.screen, BoxesScreen)
            assert stage.app.screen.grid.total == 1
            assert stage.notice == ""
