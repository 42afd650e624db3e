"""What goes wrong with the cache or the machine below a console: it is said, the panes stay, and it goes on."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import text

from console.answers import VIEWS
from console.commands import MODES
from console.view import View
from console.watch import Pulse, Watch
from storage.cache import Cache
from storage.clock import ManualClock
from storage.damage import renew, set_aside
from storage.databases.sqlite import DRIVER
from storage.errors import CacheDamaged
from storage.queries.board import board
from tests.console.stage import LARGE, SMALL, staged
from tests.scene import NOW, build_scene


@pytest.fixture
def view(scene_path: Path) -> Iterator[View]:
    view = View(lambda: Cache.open(scene_path), ManualClock(NOW))
    yield view
    view.close()


async def test_a_reading_without_memory_is_one_line_and_the_next_one_works(scene_path: Path) -> None:
    async with staged(scene_path, "2") as stage:
        with patch.object(View, "ask", side_effect=MemoryError):
            shown = await stage.enter("/", "X9582")
        assert "MemoryError" in stage.notice
        assert "X9582" in shown, "what was read before stays in sight"
        await stage.press("escape")
        assert "X9582" in await stage.enter("/", "X9582")


async def test_what_could_not_be_read_is_told_no_longer_than_that(scene_path: Path) -> None:
    async with staged(scene_path, "2") as stage:
        with patch.object(View, "ask", side_effect=MemoryError):
            await stage.enter("/", "X9582")
        before = stage.app.pulse.minute
        stage.clock.advance(minutes=1)
        assert "MemoryError" not in await stage.until(lambda pulse: pulse.minute > before)
        assert stage.notice == ""


@pytest.mark.parametrize("broken", ["console.panes.trains.rows.train_row", "console.panes.trains.rows.title"])
async def test_a_pane_that_fails_says_so_and_the_others_live(scene_path: Path, broken: str) -> None:
    async with staged(scene_path, "1") as stage:
        with patch(broken, side_effect=ZeroDivisionError("of our own")):
            await stage.press("2")
            assert "ZeroDivisionError" in stage.notice
            assert "ZeroDivisionError" not in await stage.press("1")
        assert "X9582" in await stage.press("2", "/", "escape")


async def test_a_console_moves_over_to_the_cache_that_was_begun_anew(scene_path: Path) -> None:
    async with staged(scene_path, "2") as stage:
        assert "X9582" in stage.text()
        renew(scene_path, CacheDamaged("by hand"))
        shown = await stage.until(lambda pulse: "corrupt" in pulse.words)
        [(_, aside)] = set_aside(scene_path)
        assert aside.name[:20] in shown
        assert stage.app.pulse.overall.word == "NEVER"
        anew = Cache.open(scene_path, role="writer")
        build_scene(anew)
        anew.close()
        await stage.until(lambda pulse: bool(pulse.gens))
        assert "X9582" in await stage.press("1", "2")


async def test_the_answer_below_a_list_goes_with_its_rows_and_comes_with_them(scene_path: Path) -> None:
    async with staged(scene_path, "2") as stage:
        title = stage.line("Enter opens")
        assert "X9582" in title
        renew(scene_path, CacheDamaged("by hand"))
        empty = await stage.until(lambda pulse: not pulse.gens)
        assert "Enter opens" not in empty
        assert "loading closes" not in empty
        anew = Cache.open(scene_path, role="writer")
        build_scene(anew)
        anew.close()
        await stage.until(lambda pulse: bool(pulse.gens))
        assert stage.line("Enter opens") == title


async def test_a_cache_that_was_taken_away_is_said_and_what_was_read_stays(scene_path: Path, tmp_path: Path) -> None:
    async with staged(scene_path, "2") as stage:
        width = stage.app.screen.query_one("#rows").size.width
        scene_path.rename(tmp_path / "moved.db")
        shown = await stage.until(lambda pulse: bool(pulse.problem))
        assert stage.app.pulse.problem in shown
        assert stage.app.screen.query_one("#rows").size.width == width
        (tmp_path / "moved.db").rename(scene_path)
        assert "X9582" in await stage.until(lambda pulse: not pulse.problem)


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("mode", MODES)
async def test_a_cache_that_is_gone_is_said_on_every_pane_and_under_no_notice(
    scene_path: Path, tmp_path: Path, mode: str, size: tuple[int, int]
) -> None:
    keys = str(list(MODES).index(mode) + 1)
    async with staged(scene_path, keys, size=size) as stage:
        scene_path.rename(tmp_path / "moved.db")
        assert "stays in sight until a syncer" in await stage.until(lambda pulse: bool(pulse.problem))
        stage.app.say("A notice as long as this one takes more lines than one where the terminal is narrow. " * 2)
        await stage.settle()
        assert "stays in sight until a syncer" in stage.text()
        assert "takes more lines" in stage.text()


def test_no_reader_holds_a_transaction_between_two_queries(scene_path: Path, view: View) -> None:
    watch = Watch(view, lambda _pulse: None)
    writer = Cache.open(scene_path, role="writer")
    pages = [getattr(import_module(each.module), each.name).page for each in VIEWS.values()]
    for query in (board, *pages):
        watch.look()
        view.ask(query)
        with writer.write() as session:
            session.execute(text("UPDATE source_states SET failures = failures + 1"))
        assert checkpointed(scene_path) == 0, "a reader that still held its state would keep the log from being reset"
    writer.close()


def checkpointed(path: Path) -> int:
    """Carry the whole log over and reset it; 1 when somebody was in the way."""
    # By the cache's own library: two libraries in one process see no lock of each other.
    connection = DRIVER.connect(str(path), timeout=0)
    try:
        busy, log, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert log <= 0
        return int(busy)
    finally:
        connection.close()


def test_a_change_is_seen_at_the_very_next_look(scene_path: Path, view: View) -> None:
    told: list[Pulse] = []
    watch = Watch(view, told.append)
    before = watch.look()
    other = Cache.open(scene_path, role="writer")
    with other.write() as session:
        session.execute(text("UPDATE feed_states SET gen = gen + 1 WHERE feed = 'trains'"))
    other.close()
    after = watch.look()
    assert after.moved(before, {"trains"})
    assert not after.moved(before, {"containers"})
