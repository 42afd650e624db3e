"""The questions a dispatcher asks of trains, each in at most three keys from wherever they are."""

from pathlib import Path

import pytest

from console.panes.trains.leaving import LeavingScreen
from console.panes.trains.page import TrainScreen
from console.panes.trains.service import ServiceScreen
from console.panes.trains.substitutes import SubstitutesScreen
from console.screens.copied import CopiedScreen
from console.site import Appearance
from tests.console.stage import LARGE, SMALL, staged

anywhere = pytest.mark.parametrize(
    ("place", "size"), [((), SMALL), (("4", "enter"), LARGE)], ids=["the board, 80x24", "a declaration, 120x36"]
)


@anywhere
async def test_which_boxes_hold_up_this_train_and_where_they_are(
    scene_file: Path, place: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with staged(scene_file, *place, size=size) as stage:
        await stage.press("2", "b")
        assert "Boxes of X9582 that are not ready" in stage.line("not ready")
        assert "14 of 54" in stage.line("not ready")
        red = stage.line("LSTU 813364 9")
        assert [word for word in ("customs", "red lane", "I1-04-01-1", "-0:15") if word not in red] == []
        assert "LSTU 813364 9" in stage.text()


@anywhere
async def test_what_if_it_leaves_as_planned(scene_file: Path, place: tuple[str, ...], size: tuple[int, int]) -> None:
    async with staged(scene_file, *place, size=size) as stage:
        text = await stage.press("2", "w", "enter")
        assert "If X9582 leaves as planned, at 12:10" in text
        assert "43 make it" in text
        assert "5 miss it" in text
        assert "6 cannot tell" in text


@anywhere
async def test_what_can_take_the_place_of_a_missing_box(
    scene_file: Path, place: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with staged(scene_file, *place, size=size) as stage:
        text = await stage.press("2", "u")
        assert "Substitutes for X9582 to Qinzhou: 6 fit, 11 TEU" in text
        assert "5 miss it as planned" in text
        first = next(line for line in text.splitlines() if " yes " in line)
        assert "X9584" in first
        assert "Sat 12:10" in first


@anywhere
async def test_how_late_a_service_has_been_these_two_weeks(
    scene_file: Path, place: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with staged(scene_file, *place, size=size) as stage:
        text = await stage.press("2", "o")
        assert "ILSTC Qinzhou, departures of these two weeks" in text
        assert "1 run since Fri 6 Nov" in text
        assert "on time 0 of 1 (0 %)   median +24m   9 of 10 within +24m   worst +24m" in text
        assert "+24m" in stage.line("X7057")


async def test_a_box_of_an_answer_is_shown_on_the_map_and_a_run_of_the_service_is_not(scene_file: Path) -> None:
    async with staged(scene_file, "2", "b", size=SMALL) as stage:
        assert "A2-37-04-3" in stage.line("QZHU 402886 3")
        assert "Bay A2 37" in await stage.press("m")
        await stage.press("escape", "o")
        assert "m map" not in stage.text()


async def test_which_trains_of_the_next_six_hours_are_at_risk_and_why(scene_file: Path) -> None:
    async with staged(scene_file, "3", size=(200, 60)) as stage:
        text = await stage.press("2", "p", "2")
        assert "at risk in 6 h" in text
        assert "VGM cut-off passed" in stage.line(" X9582 ")
        assert "X2012" not in text


async def test_every_answer_leads_to_every_other_question(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter") as stage:
        answers = {"u": SubstitutesScreen, "o": ServiceScreen, "b": LeavingScreen}
        for key in ("u", "o", "b", "o", "u", "b"):
            await stage.press(key)
            assert isinstance(stage.app.screen, answers[key])
        await stage.enter("w", "13:00", "enter")
        assert "If X9582 leaves at 13:00" in stage.text()


async def test_a_time_to_leave_at_is_typed_as_in_a_filter(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        for typed, said in (
            ("now", "If X9582 leaves at 10:41, 1:29 earlier than planned"),
            ("12:10", "If X9582 leaves at 12:10, as planned"),
            ("2026-11-21T01:00", "If X9582 leaves at Sat 01:00, 12:50 later than planned"),
        ):
            assert said in await stage.enter("w", typed, "enter")
        assert "[2 Trains]" in await stage.press("escape")
        await stage.enter("w", "soon", "enter")
        assert stage.notice == "'soon' is not a time: write 14:00, 2026-11-20T14:00, +2h or now."
        assert len(stage.app.screen_stack) == 1


async def test_the_boxes_of_a_departure_are_chosen_by_class_and_by_what_becomes_of_them(scene_file: Path) -> None:
    async with staged(scene_file, "2", "b") as stage:
        for number, title, count in (
            ("2", "miss it", "5 of 54"), ("3", "cannot tell", "6 of 54"), ("4", "make it", "43 of 54"),
            ("5", "loaded", "31 of 54"), ("6", "ready", "9 of 54"), ("7", "customs", "4 of 54"),
            ("8", "held", "2 of 54"), ("9", "due", "3 of 54"),
        ):  # fmt: skip
            await stage.press("p", number)
            assert title in stage.line("Boxes of X9582")
            assert count in stage.line("Boxes of X9582")
        assert "54" in (await stage.press("a"), stage.line("Boxes of X9582"))[1]
        assert "14 of 54" in (await stage.press("a"), stage.line("Boxes of X9582"))[1]
        await stage.enter("colon", "presets no ETA", "enter")
        assert "3 of 54" in stage.line("Boxes of X9582")
        for cutoff, count in (
            ("VGM", "1 of 54"),
            ("gate", "8 of 54"),
            ("customs", "4 of 54"),
            ("documents", "0 of 54"),
        ):
            await stage.enter("colon", f"presets {cutoff} cut-off", "enter")
            assert f"blocked by the {cutoff} cut-off" in stage.line("Boxes of X9582")
            assert count in stage.line("Boxes of X9582")
        await stage.enter("colon", "presets nothing", "enter")
        assert "There is no preset 'nothing'" in stage.notice


async def test_boxes_that_there_is_no_time_to_load_are_counted_not_named(scene_file: Path) -> None:
    async with staged(scene_file, "2", size=(160, 40)) as stage:
        await stage.enter("w", "11:25", "enter")
        text = await stage.press("p", "6")
        assert "7 not loaded in time" in text
        assert text.count("7 of 9 miss") == 9
        assert stage.line("7 of 9 miss").strip("│ ").startswith("?")


async def test_enter_goes_from_an_answer_into_a_box_and_escape_back_to_its_row(scene_file: Path) -> None:
    async with staged(scene_file, "2", "b", "j") as stage:
        assert "SHPU 604319 2" in (await stage.press("enter")).splitlines()[0]
        await stage.press("escape")
        assert isinstance(stage.app.screen, LeavingScreen)
        assert stage.app.screen.active.cursor_row is not None
        assert "SHPU 604319 2" in stage.app.screen.active.cursor_row.cells[1].text


async def test_places_without_a_box_lead_to_their_booking(scene_file: Path) -> None:
    async with staged(scene_file, "2", "b") as stage:
        assert isinstance(stage.app.screen, LeavingScreen)
        grid = stage.app.screen.active
        grid.select(next(row.key for row in grid._source.page(0, 50).rows if row.key.startswith("booking")))  # type: ignore[union-attr]
        assert "BK20611" in (await stage.press("enter")).splitlines()[0]


async def test_substitutes_are_marked_and_copied_as_a_message(scene_file: Path) -> None:
    keys, off = ("2", "u", "space", "j", "space", "y"), Appearance(clipboard="off")
    async with staged(scene_file, *keys, appearance=off) as stage:
        assert isinstance(stage.app.screen, CopiedScreen)
        heading, _, *rows = stage.app.screen._text.splitlines()
        assert "Substitutes for X9582 to Qinzhou: 6 fit, 11 TEU, 2026-11-20 10:41 UTC+8, data LIVE <15 s" in heading
        assert [row.split()[0] for row in rows] == ["yes", "yes"]


async def test_an_arrival_and_a_train_of_no_service_say_what_they_have_not(scene_file: Path) -> None:
    async with staged(scene_file, "2", "j") as stage:
        for key, what in (("b", "boxes that could miss it"), ("u", "substitutes"), ("w", "a time to leave at")):
            await stage.press(key)
            assert stage.notice == f"X9581 is an arrival: only a departure has {what}."
        await stage.press("o")
        assert isinstance(stage.app.screen, ServiceScreen)
        assert "ILSTC Qinzhou, arrivals of these two weeks" in stage.text()


async def test_links_on_the_page_open_tracks_boxes_and_wagons(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter") as stage:
        page = stage.app.screen
        assert isinstance(page, TrainScreen)
        await stage.press("enter")
        assert "QZHU 402886 3" in stage.text().splitlines()[0]
        await stage.press("escape")
        page.query_one("#rake").focus()
        await stage.press("right", "enter")
        assert "wagon" in stage.text().splitlines()[0]
        await stage.press("escape")
        page.query_one("#cutoff-lines").focus()
        await stage.press("enter")
        assert "13 of 54" in stage.line("Boxes of X9582 blocked by any cut-off")
        await stage.press("escape")
        page.query_one("#visit-lines").focus()
        assert "Tracks" in (await stage.press("enter")).splitlines()[0]
