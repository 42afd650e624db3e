"""What a console gets ready while nobody waits, and that nobody notices but by its quickness."""

import asyncio
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlmodel import select
from textual.screen import Screen

from console.ahead import PANES, Ahead
from console.app import DryportApp
from console.screens.base import ConsoleScreen
from console.view import View
from storage.cache import Cache
from storage.clock import ManualClock
from storage.models import FeedState, Train
from tests.console.stage import LARGE, SMALL, Stage, staged
from tests.scene import NOW

VISITS = """
import sys
from console import memory
memory.leave_openssl_out()
import asyncio
from pathlib import Path
from console.ahead import Ahead
from tests.console.stage import staged

async def visits():
    async with staged(Path(sys.argv[1])) as stage:
        await Ahead(stage.app, quiet_s=0, breath_s=0.01).get_ready()
        before = set(sys.modules)
        await stage.press("2", "3", "4", "5")
        came = {name for name in set(sys.modules) - before if name.startswith(("console.", "storage.", "widgets."))}
        unwanted = {"ssl", "sqlalchemy.dialects.postgresql"}
        print(*sorted(came), *sorted(unwanted & set(sys.modules)))

asyncio.run(visits())
"""
KEYS = {"trains": "2", "yard": "3", "customs": "4", "feeds": "5"}


async def get_ready(stage: Stage) -> None:
    """As when nobody pressed a key for some seconds."""
    await Ahead(stage.app, quiet_s=0, breath_s=0.01).get_ready()
    await stage.settle()


def unseen(app: DryportApp) -> dict[str, Screen[object]]:
    return {mode: app._screen_stacks[mode][0] for mode in PANES if mode in app._screen_stacks}


def test_once_all_is_ready_no_first_visit_of_a_pane_imports_ours_and_none_needs_openssl_or_another_database(
    scene_file: Path,
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", VISITS, str(scene_file)], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ended.stdout.split(), ended.stderr) == ([], "")


async def test_panes_are_made_while_nobody_presses_a_key(scene_file: Path) -> None:
    app = DryportApp(View(lambda: Cache.open(scene_file), ManualClock(NOW)), ahead=True)
    app.ahead = Ahead(app, quiet_s=0, breath_s=0.01)
    async with app.run_test(size=LARGE) as pilot:
        stage = Stage(app, pilot, ManualClock(NOW))
        await stage.until(lambda pulse: pulse.read)
        made = unseen(app)
        assert list(made) == list(PANES)
        assert app.current_mode == "board"
        for mode, key in KEYS.items():
            await stage.press(key)
            assert app.screen is made[mode]


async def test_a_console_that_is_not_asked_to_makes_no_pane_before_somebody_goes_there(scene_file: Path) -> None:
    async with staged(scene_file, "2") as stage:
        assert list(unseen(stage.app)) == ["trains"]


async def seen(stage: Stage) -> list[tuple[str, str]]:
    """Every pane as it is gone to, once its rows came and the watch has judged them, and what has the keys there."""

    def stands() -> bool:
        screen = stage.app.screen
        assert isinstance(screen, ConsoleScreen)
        return "LIVE" in stage.text().splitlines()[0] and screen._awaited is None and not screen.is_reading

    found = []
    for key in KEYS.values():
        await stage.press(key)
        await stage.until(lambda _pulse: stands())
        while not stands():
            await stage.settle()
        found.append((stage.text(), repr(stage.app.focused)))
    return found


@pytest.mark.parametrize(("then", "now"), [(SMALL, SMALL), (LARGE, SMALL), ((200, 60), (200, 60))])
async def test_a_pane_that_was_made_ahead_looks_as_one_that_was_not_whatever_size_the_terminal_had_then(
    scene_file: Path, then: tuple[int, int], now: tuple[int, int]
) -> None:
    async with staged(scene_file, size=now) as stage:
        unready = await seen(stage)
    async with staged(scene_file, size=then) as stage:
        await get_ready(stage)
        await stage.pilot.resize_terminal(*now)
        assert await seen(stage) == unready


async def test_whoever_goes_to_a_pane_while_it_is_made_goes_to_that_one(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        making = asyncio.create_task(stage.app.make_mode("yard"))
        await asyncio.sleep(0)
        assert "rail side" in await stage.press("3")
        assert await making is stage.app.screen


async def test_a_pane_that_somebody_went_to_is_not_made_again(scene_file: Path) -> None:
    async with staged(scene_file, "3") as stage:
        yard = stage.app.screen
        await get_ready(stage)
        assert stage.app.screen is yard
        assert list(unseen(stage.app).values()).count(yard) == 1


async def test_a_key_puts_off_what_is_got_ready(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        stage.app.ahead = ahead = Ahead(stage.app, quiet_s=1000, breath_s=0)
        await stage.press("j")
        task = asyncio.create_task(ahead.get_ready())
        await stage.press("j", "k")
        assert not task.done()
        assert unseen(stage.app) == {}
        task.cancel()


async def test_what_somebody_waits_for_is_read_before_anything_is_got_ready(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        with stage.app.turns.first():
            task = asyncio.create_task(Ahead(stage.app, quiet_s=0, breath_s=0).get_ready())
            await stage.settle()
            assert unseen(stage.app) == {}
        await task
        assert list(unseen(stage.app)) == list(PANES)


async def test_a_pane_that_was_never_in_sight_holds_no_rows_and_reads_nothing_when_data_changes(
    scene_file: Path,
) -> None:
    asked: list[str] = []
    ask = ConsoleScreen.ask

    def noted(screen: ConsoleScreen, *given: object, **named: object) -> None:
        asked.append(screen.mode)
        ask(screen, *given, **named)  # type: ignore[arg-type]

    async with staged(scene_file) as stage:
        with patch.object(ConsoleScreen, "ask", noted):
            await get_ready(stage)
            assert asked == []
            stage.clock.advance(minutes=1)
            minute = stage.app.pulse.minute
            await stage.until(lambda pulse: pulse.minute > minute)
        assert set(asked) == {"board"}
        texts = ["".join(map(str, screen._compositor.render_strips())) for screen in unseen(stage.app).values()]
        assert not any("X9582" in text or "B3" in text for text in texts)


async def test_a_first_visit_shows_rows_of_now_and_none_that_are_older(scene_cache: Cache) -> None:
    async with staged(scene_cache.path) as stage:
        await get_ready(stage)
        with scene_cache.write() as session:
            train = session.exec(select(Train).where(Train.number == "X9582")).one()
            train.delay_cause = "wind"
            state = session.exec(select(FeedState).where(FeedState.feed == "trains")).one()
            state.gen += 1
            session.add_all([train, state])
        await stage.until(lambda pulse: pulse.gens.get("trains") == 8)
        painted: list[str] = []
        with patch.object(stage.app, "_display", lambda _screen, _update: painted.append(stage.text())):
            await stage.press("2")
        rows = [line for text in painted for line in text.splitlines() if "gate in" in line and "X9582" in line]
        assert rows
        assert all("wind" in row for row in rows)


async def test_what_cannot_be_read_ahead_is_told_to_whoever_goes_there(scene_file: Path) -> None:
    async with staged(scene_file) as stage:
        with patch.object(View, "ask", side_effect=OSError("no disk")):
            await get_ready(stage)
        assert stage.notice == ""
        assert list(unseen(stage.app)) == list(PANES)
        with patch.object(View, "ask", side_effect=OSError("no disk")):
            await stage.press("3")
            assert "no disk" in stage.notice
