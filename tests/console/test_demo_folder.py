"""The folder of a demo: a terminal goes on in it, another begins with an empty cache, nobody else's is touched."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console import demo_folder
from console.demo_folder import BEGINNING, GOES_ON, PARTS, SIMULATOR_LOG, DemoFolder
from storage.errors import UsageError
from storage.locks import try_lock

NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "demo" / "cache.db"


def take(cache: Path, now: datetime = NOW, *, seed: int = 7, containers: int = 3000, speed: float = 1) -> DemoFolder:
    """Take the folder, as it must be possible, and leave it."""
    folder = demo_folder.take(cache, seed, containers, speed, now)
    assert folder is not None
    folder.close()
    return folder


def run_demo(cache: Path, now: datetime = NOW, *, speed: float = 1) -> None:
    """Leave behind what a demo leaves."""
    take(cache, now, speed=speed)
    for part in PARTS:
        cache.with_name(cache.name + part).write_text("rows and notes")
    cache.with_name(SIMULATOR_LOG).touch()


@pytest.fixture
def held(cache: Path) -> Iterator[DemoFolder]:
    folder = demo_folder.take(cache, 7, 3000, 1, NOW)
    assert folder is not None
    with closing(folder):
        yield folder


def test_the_first_terminal_begins_now(cache: Path) -> None:
    folder = take(cache)
    assert (folder.began, folder.gave_way) == (NOW, False)
    assert cache.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("after", [timedelta(0), timedelta(hours=9), GOES_ON])
def test_a_terminal_goes_on_with_its_cache_and_notes(after: timedelta, cache: Path) -> None:
    run_demo(cache)
    folder = take(cache, NOW + after)
    assert (folder.began, folder.gave_way) == (NOW, False)
    assert cache.read_text() == "rows and notes"


@pytest.mark.parametrize(
    "wanted",
    [
        {"seed": 8},
        {"containers": 600},
        {"speed": 2},
        {"now": NOW + GOES_ON + timedelta(seconds=1)},
        {"now": NOW - timedelta(seconds=1)},
    ],
    ids=["another seed", "another size", "another speed", "too long ago", "begun in the future"],
)
def test_another_terminal_begins_with_an_empty_cache(wanted: dict[str, object], cache: Path) -> None:
    run_demo(cache)
    asked = {"now": NOW + timedelta(hours=1), **wanted}
    folder = take(cache, **asked)  # type: ignore[arg-type]
    assert (folder.began, folder.gave_way) == (asked["now"], True)
    assert not [part for part in PARTS if cache.with_name(cache.name + part).exists()]


def test_a_terminal_that_was_faster_than_life_does_not_go_on(cache: Path) -> None:
    run_demo(cache, speed=60)
    assert take(cache, NOW + timedelta(hours=1), speed=60).gave_way


def test_a_terminal_of_another_simulator_gives_way(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_demo(cache)
    monkeypatch.setattr(demo_folder, "_program", lambda: "an older one")
    assert take(cache).gave_way


@pytest.mark.parametrize("beginning", [b"", b"{}", b"\xff", None])
def test_a_terminal_of_which_nothing_is_known_gives_way(beginning: bytes | None, cache: Path) -> None:
    run_demo(cache)
    if beginning is None:
        cache.with_name(BEGINNING).unlink()
    else:
        cache.with_name(BEGINNING).write_bytes(beginning)
    assert take(cache).gave_way
    assert not take(cache).gave_way


def test_a_folder_is_one_demos_at_a_time(held: DemoFolder, cache: Path) -> None:
    assert demo_folder.take(cache, 7, 3000, 1, NOW) is None
    assert demo_folder.take(cache, 8, 3000, 1, NOW) is None


def test_a_cache_that_no_demo_made_is_never_touched(cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a site's")
    assert demo_folder.take(cache, 7, 3000, 1, NOW) is None
    assert cache.read_text() == "a site's"


def test_a_cache_that_a_syncer_leads_is_not_taken_away(cache: Path) -> None:
    run_demo(cache)
    lead = try_lock(cache.with_name("cache.db.leader"))
    assert lead is not None
    assert demo_folder.take(cache, 8, 3000, 1, NOW) is None
    assert cache.exists()
    os.close(lead)
    assert take(cache, seed=8).gave_way


def test_a_folder_that_cannot_be_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file")
    with pytest.raises(UsageError, match=r"cannot use .*demo: .*; choose another one with --data-dir\.$"):
        demo_folder.take(tmp_path / "demo" / "cache.db", 7, 3000, 1, NOW)
