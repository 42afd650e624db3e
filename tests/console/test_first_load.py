"""The end of a first load: what is said to be live is what was read when it was."""

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.watch import Fresh, Pulse
from storage.cache import Cache
from storage.models import FeedState
from storage.queries import board as boards
from tests.console.stage import LARGE, SMALL, Stage, staged
from tests.scene import SOURCE

FEEDS = frozenset({"containers"})
LIVE, LOADING = Fresh("LIVE <15 s", "ok"), Fresh("LOADING 50 %", "watch")


class Gate:
    """Holds the Board's query up from the next one on, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._closed, self._opened = threading.Event(), threading.Event()
        self.waiting = threading.Event()
        query = boards.board

        def held(*args: object, **named: object) -> object:
            if self._closed.is_set():
                self.waiting.set()
                self._opened.wait(60)
            return query(*args, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(boards, "board", held)

    def close(self) -> None:
        self._closed.set()

    def open(self) -> None:
        self._closed.clear()
        self._opened.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(monkeypatch)
    yield gate
    gate.open()


@pytest.fixture
def loading(scene_cache: Cache) -> Cache:
    """The scene, while its boxes are loaded for the first time."""
    set_load(scene_cache, done=False)
    return scene_cache


def set_load(cache: Cache, feed: str = "containers", *, done: bool) -> None:
    """The last step of a load changes no row: so neither does `gen` move."""
    with cache.write() as session:
        state = session.get_one(FeedState, (SOURCE, feed))
        state.loaded, state.loading = done, not done
        state.loaded_rows, state.expected_rows = state.rows // 2, state.rows


def path_of(cache: Cache) -> Path:
    assert isinstance(cache.place, Path)
    return cache.place


async def told(stage: Stage) -> None:
    """Until the console knows that the load is over, and has asked for the rows."""
    while stage.app.pulse.overall != LIVE:
        await stage.pilot.pause(0.01)
    await stage.pilot.pause()


async def test_while_boxes_are_loaded_no_risk_is_claimed(loading: Cache) -> None:
    async with staged(path_of(loading), size=SMALL) as stage:
        first, *lines = stage.text().splitlines()
        assert "LOADING" in first
        assert "▲? ◆?" in first
        assert "Act, not all known before containers are loaded" in stage.text()
        assert [line for line in lines if "▲" in line or "◆ X" in line] == []
        assert stage.line("X9582").split()[0] == "?"


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize(
    ("feed", "keys", "words"),
    [
        ("containers", ("3",), "846 of 1 693 containers so far"),
        ("declarations", ("4", "tab", "tab", "tab", "tab", "tab"), "208 of 417 declarations so far"),
        ("inspections", ("4", "tab", "tab"), "15 of 31 inspections so far"),
        ("trains", ("2", "v"), "15 of 31 trains so far"),
    ],
)
async def test_of_what_is_being_loaded_it_is_told_how_much_is_here(
    scene_cache: Cache, size: tuple[int, int], feed: str, keys: tuple[str, ...], words: str
) -> None:
    set_load(scene_cache, feed, done=False)
    async with staged(path_of(scene_cache), *keys, size=size) as stage:
        assert words in stage.text()
        assert f"{feed} have not come yet" not in stage.text()
        with scene_cache.write() as session:
            state = session.get_one(FeedState, (SOURCE, feed))
            state.loaded_rows, state.gen = state.loaded_rows + 1, state.gen + 1
        text = await stage.until(lambda pulse: pulse.begun[feed][0] == state.loaded_rows)
        assert re.sub(r"\d+ of", f"{state.loaded_rows} of", words) in text


async def test_what_is_not_found_may_be_among_what_is_still_to_come(loading: Cache) -> None:
    async with staged(path_of(loading), "f", *"nowhere", size=SMALL) as stage:
        assert "nothing matches 'nowhere'; 846 of 1 693 containers so far" in stage.text()


async def test_the_badge_is_live_only_when_the_rows_that_are_live_stand_there(loading: Cache, gate: Gate) -> None:
    async with staged(path_of(loading), size=SMALL) as stage:
        gate.close()
        set_load(loading, done=True)
        await told(stage)
        assert await asyncio.to_thread(gate.waiting.wait, 60)
        await stage.pilot.pause()
        assert "LOADING" in stage.text().splitlines()[0]
        assert "▲? ◆?" in stage.text().splitlines()[0]
        assert stage.line("X9582").split()[0] == "?"
        gate.open()
        await stage.settle()
        text = stage.text()
        assert "LIVE <15 s" in text.splitlines()[0]
        assert "LOADING" not in text
        assert any(line.startswith("▲") and "X9582" in line for line in text.splitlines())


async def test_rows_that_cannot_be_read_are_asked_for_again_and_stay_of_their_time(
    loading: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(path_of(loading), size=SMALL) as stage:
        with monkeypatch.context() as patch:
            patch.setattr(boards, "board", lambda *_, **__: 1 / 0)
            set_load(loading, done=True)
            await told(stage)
            await stage.settle()
            assert "ZeroDivisionError" in stage.notice
            assert "LOADING" in stage.text().splitlines()[0]
        stage.clock.advance(seconds=70)
        minute = stage.app.pulse.minute
        text = await stage.until(lambda pulse: pulse.minute != minute)
        assert "LOADING" not in text


def pulse(fresh: Fresh, problem: str = "") -> Pulse:
    return Pulse(read=True, overall=fresh, worst_of={FEEDS: fresh}, problem=problem)


@pytest.mark.parametrize(
    ("then", "now", "shown"),
    [
        (LOADING, LIVE, LOADING),
        (LIVE, LOADING, LOADING),
        (LOADING, Fresh("OFFLINE 2 min", "act"), Fresh("OFFLINE 2 min", "act")),
        (LIVE, LIVE, LIVE),
    ],
)
def test_bad_news_counts_at_once_and_good_news_with_its_rows(then: Fresh, now: Fresh, shown: Fresh) -> None:
    assert pulse(now).fresh(FEEDS, rows_of=pulse(then)) == shown
    assert pulse(now).fresh(frozenset(), rows_of=pulse(then)) == shown
    newest = pulse(now)
    assert newest.fresh(FEEDS, rows_of=newest) == now


def test_before_the_first_rows_nothing_is_live() -> None:
    assert pulse(LIVE).fresh(FEEDS, rows_of=Pulse()) == Fresh("", "ok")
    assert Pulse(read=True, overall=LIVE, problem="gone").fresh(FEEDS, rows_of=pulse(LIVE)).word == "NEVER"
