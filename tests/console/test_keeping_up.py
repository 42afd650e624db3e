"""What moves in the cache moves on the screen, and nothing else does."""

import asyncio
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlmodel import select
from textual.pilot import Pilot

from console.app import DryportApp
from console.screens.base import ConsoleScreen
from storage.cache import Cache
from storage.models import Container, FeedState, Train
from tests.console.stage import LARGE, SMALL, staged


async def test_a_change_in_the_cache_reaches_the_screen_by_itself(scene_cache: Cache) -> None:
    async with staged(scene_cache.path, "2") as stage:
        with scene_cache.write() as session:
            train = session.exec(select(Train).where(Train.number == "X9582")).one()
            train.delay_cause = "wind"
            state = session.exec(select(FeedState).where(FeedState.feed == "trains")).one()
            state.gen += 1
            session.add_all([train, state])
        await stage.until(lambda pulse: pulse.gens.get("trains") == 8)
        assert "wind" in stage.line("X9582")


async def test_a_pulse_that_comes_before_a_page_has_its_widgets_waits_for_them(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        app, pane = stage.app, stage.app.screen
        app.simulate_key("enter")
        while app.screen is pane:
            await asyncio.sleep(0)
        assert not app.screen.is_mounted
        app.on_dryport_app_pulsed(DryportApp.Pulsed(app.pulse))
        await stage.settle()
        assert "LIVE <15 s" in stage.text().splitlines()[0]


async def test_a_screen_that_was_left_shows_nothing_any_more(scene_file: Path) -> None:
    async with staged(scene_file, "3", "b") as stage:
        left, shown = stage.app.screen, list[str]()
        stage.app.pop_screen()
        left.call_after_refresh(shown.append, "after its parts have gone")
        await stage.settle()
        assert shown == []
        assert isinstance(left, ConsoleScreen)
        left._awaited = stage.app.pulse
        left.rows_came()  # what it asked for last: its title has gone, too
        stage.app.screen.call_after_refresh(shown.append, "here")
        await stage.settle()
        assert shown == ["here"]


async def test_ages_grow_when_nobody_answers_and_the_rows_stay(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        stage.clock.advance(minutes=20)
        text = await stage.until(lambda pulse: "20 min" in pulse.overall.word)
        assert "OFFLINE 20 min" in text.splitlines()[0]
        assert "X9582" in text
        assert "▲?" in stage.line("X9582")


async def test_relative_times_move_with_the_clock_of_the_view(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        assert "gate in 0:19" in stage.line("X9582")
        stage.clock.advance(minutes=1)
        await stage.until(lambda pulse: "1 min" in pulse.overall.word)
        assert "gate in 0:18" in stage.line("X9582")


async def test_hostile_text_from_upstream_is_shown_and_never_obeyed(scene_cache: Cache) -> None:
    evil = "[bold][@click=app.quit]X[/] \x1b]52;c;eA==\x07[/nope]"
    with scene_cache.write() as session:
        for train in session.exec(select(Train)):
            train.number, train.origin, train.destination, train.delay_cause = evil[:40], evil, evil, evil
            session.add(train)
        for box in session.exec(select(Container).limit(500)):
            box.holds, box.remark, box.destination = evil, evil, evil
            session.add(box)
    async with staged(scene_cache.path, "2", "enter", "escape", "3", "tab", "enter", "b", "1", "enter") as stage:
        assert "\x1b" not in stage.text()
        assert "[bold]" in stage.text()
        assert stage.app.is_running


async def test_the_same_pulse_twice_repaints_nothing(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        await stage.settle()
        painted: list[object] = []
        with patch.object(stage.app, "_display", lambda _, renderable: painted.append(renderable)):
            for mode in ("1", "2", "3", "4"):
                await stage.press(mode)
                painted.clear()
                stage.app.post_message(DryportApp.Pulsed(stage.app.pulse))
                await stage.settle()
                assert painted == []


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_board_that_is_read_again_and_has_not_changed_repaints_nothing(
    scene_file: Path, size: tuple[int, int]
) -> None:
    async with staged(scene_file, size=size) as stage:
        painted: list[object] = []
        with patch.object(stage.app, "_display", lambda _, renderable: painted.append(renderable)):
            assert isinstance(stage.app.screen, ConsoleScreen)
            stage.app.screen.reload()
            await stage.settle()
        assert painted == []


async def test_the_pilot_leaves_no_thread_behind(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        watch = stage.app._cache_watch
        assert isinstance(stage.pilot, Pilot)
    assert not watch.is_alive()
