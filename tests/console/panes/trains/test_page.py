"""A train's page as it is used: every part in reach at every size, and it keeps up with the cache."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from console.panes.trains.page import TrainScreen
from storage.cache import Cache
from storage.models import FeedState, Train, Wagon
from tests.console.stage import LARGE, SMALL, Stage, staged

VAST = (200, 60)
PARTS = ("boxes", "stops", "notes", "visit", "cutoffs", "consist", "checks")
TOLD = {
    "boxes": "LSTU 813364 9", "stops": "Guiyang", "notes": "no notes", "visit": "confirmed", "cutoffs": "8 not in",
    "consist": "X70", "checks": "FAIL VGM 1 missing",
}  # fmt: skip


@pytest.fixture
def cache(tmp_path: Path, scene_file: Path) -> Iterator[Cache]:
    path = tmp_path / "cache.db"
    path.write_bytes(scene_file.read_bytes())
    path.chmod(0o600)
    cache = Cache.open(path, role="writer")
    yield cache
    cache.close()


def page_of(stage: Stage) -> TrainScreen:
    assert isinstance(stage.app.screen, TrainScreen)
    return stage.app.screen


def part_with_keys(stage: Stage) -> str | None:
    assert stage.app.focused is not None
    return next((widget.id for widget in stage.app.focused.ancestors if widget.has_class("part")), None)


@pytest.mark.parametrize("size", [SMALL, LARGE, VAST], ids=["80x24", "120x36", "200x60"])
async def test_tab_goes_through_every_part_and_each_is_in_sight_when_it_has_the_keys(
    scene_file: Path, size: tuple[int, int]
) -> None:
    async with staged(scene_file, "2", "enter", size=size) as stage:
        for part in (*PARTS, PARTS[0]):
            assert part_with_keys(stage) == part
            assert TOLD[part] in stage.text()
            assert stage.app.focused is not None
            assert stage.app.focused.region.height > 0
            await stage.press("tab")
        await stage.press("shift+tab", "shift+tab")
        assert part_with_keys(stage) == PARTS[-1]


async def test_at_200_columns_everything_is_in_sight_at_once(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter", size=VAST) as stage:
        text = stage.text()
        assert [words for words in TOLD.values() if words not in text] == []


async def test_the_page_of_an_arrival_has_only_parts_that_apply(scene_file: Path) -> None:
    async with staged(scene_file, "2", "j", "enter", size=SMALL) as stage:
        seen = [part_with_keys(stage)]
        while len(seen) < 6:
            await stage.press("tab")
            seen.append(part_with_keys(stage))
        assert seen == ["boxes", "stops", "notes", "visit", "consist", "boxes"]
        assert "Boxes still on it" in stage.text()
        assert "Unloading, 0 of 48 boxes" in stage.text()


async def test_every_reason_of_the_risk_is_on_the_page_by_its_sign(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter", size=SMALL) as stage:
        assert "▲ now: VGM cut-off passed, 1 box missing" in stage.text()
        await stage.press("tab", "tab", "tab")
        text = stage.text() + await stage.press("end")
        for cause in ("▲ by 11:00: 2 boxes expected after the gate cut-off", "◆ by 11:00: 3 boxes without an expected"):
            assert cause in text


async def test_the_cursor_over_the_consist_tells_the_wagon_under_it(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter") as stage:
        page_of(stage).query_one("#rake").focus()
        text = await stage.press(*("right",) * 10)
        assert "wagon 11 " in text
        assert "dangerous 3 UN 1263" in text
        text = await stage.press("end")
        assert "wagon 50 " in text
        assert "empty" in text


async def test_a_change_in_the_cache_reaches_the_page_and_leaves_the_cursor_on_its_box(cache: Cache) -> None:
    async with staged(cache.path, "2", "enter", "j", "j") as stage:
        before = page_of(stage).active.cursor_key
        with cache.write() as session:
            train = session.exec(select(Train).where(Train.id == "X9582")).one()
            train.delay_cause, train.locomotive = "wind", "HXD1 7003"
            state = session.exec(select(FeedState).where(FeedState.feed == "trains")).one()
            state.gen += 1
            session.add_all([train, state])
        await stage.until(lambda pulse: pulse.gens.get("trains") == 8)
        assert "wind" in stage.line("12:22 est.")
        assert "loco HXD1 7003" in stage.text()
        assert page_of(stage).active.cursor_key == before


async def test_a_train_that_is_gone_is_said_and_what_was_read_stays(cache: Cache) -> None:
    async with staged(cache.path, "2", "enter") as stage:
        with cache.write() as session:
            session.delete(session.get_one(Train, "X9582"))
            state = session.exec(select(FeedState).where(FeedState.feed == "trains")).one()
            state.gen += 1
            session.add(state)
        await stage.until(lambda pulse: pulse.gens.get("trains") == 8)
        assert stage.notice == "The train X9582 is not, or no longer, in the cache."
        assert "LSTU 813364 9" in stage.text()


async def test_what_upstreams_write_is_shown_and_never_obeyed(cache: Cache) -> None:
    evil = "[bold][@click=app.quit]X[/] \x1b]52;c;eA==\x07[/nope]"
    with cache.write() as session:
        train = session.get_one(Train, "X9582")
        train.delay_cause = train.destination = train.corridor = train.service = train.locomotive = train.track = evil
        session.add(train)
        for wagon in session.exec(select(Wagon)):
            wagon.number, wagon.wagon_type, wagon.state = evil[:40], evil[:40], evil[:40]
            session.add(wagon)
    async with staged(cache.path, "2") as stage:
        stage.app.open_detail("train", "X9582")
        await stage.settle()
        for key in ("tab", "tab", "tab", "tab", "tab", "o", "escape", "b", "escape", "u"):
            await stage.press(key)
            assert "\x1b" not in stage.text()
        assert "[bold]" in stage.text()


async def test_a_terminal_that_changes_its_size_shows_the_same_page_in_its_new_form(scene_file: Path) -> None:
    async with staged(scene_file, "2", "enter", "tab", size=SMALL) as stage:
        assert "Stops" in stage.text()
        await stage.pilot.resize_terminal(*LARGE)
        await stage.settle()
        assert "Stops, planned, estimated and actual" in stage.text()
        assert "FAIL VGM" in stage.text()
        await stage.pilot.resize_terminal(*SMALL)
        await stage.settle()
        assert "FAIL VGM" not in stage.text()
        assert "Guiyang" in stage.text()
