"""Tracks over time of data that cannot be right: shown and flagged, never a crash, at every zoom."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from storage.cache import Cache
from storage.models import Track, TrackClosure, Train
from tests.console.stage import LARGE, SMALL, staged
from tests.scene import at
from tests.scenery.rows import Rows


@pytest.fixture
def terminal(tmp_path: Path, scene_file: Path) -> Path:
    """The scene with visits and tracks that make no sense besides."""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)
    path = Path(shutil.copy(scene_file, folder / "cache.db"))
    rows = Rows()
    rows.add(Track, id="odd", name="[red]9 列车", usable_m=None, crane=None)
    long_ago = at("09:00") - timedelta(days=4000)
    rows.add(TrackClosure, id="for-ever", track_id="odd", starts=long_ago, ends=None, reason="[bold]")

    def visit(number: str, track: str, **values: object) -> None:
        rows.add(Train, id=number, number=number, direction="departure", phase="working", track_id=track, **values)

    visit("BACKWARDS", "odd", planned_arrival=at("14:00"), planned_departure=at("12:00"))
    visit("TIMELESS", "odd")
    visit("AGES", "odd", planned_arrival=at("00:00") - timedelta(days=9000), planned_departure=at("00:00"))
    visit("LATER", "odd", planned_arrival=at("00:00"), planned_departure=at("00:00") + timedelta(days=9000))
    visit("NOWHERE", "no-such-track", planned_arrival=at("11:00"), planned_departure=at("13:00"))
    visit("TWIN-1", "track-7", planned_arrival=at("11:00"), planned_departure=at("13:00"))
    visit("TWIN-2", "track-7", planned_arrival=at("11:00"), planned_departure=at("13:00"))
    visit("POINT", "track-7", planned_arrival=at("15:00"), planned_departure=at("15:00"))
    with Cache.open(path, role="writer").write() as session:
        rows.insert(session)
    return path


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_what_cannot_be_right_is_shown_and_flagged_at_every_zoom(terminal: Path, size: tuple[int, int]) -> None:
    async with staged(terminal, "5", "v", size=size) as stage:
        assert "no-such-track" in stage.text()
        assert "[red]9 列车" in stage.text()
        assert "XX" in stage.line("7 8" if size == SMALL else "7  850 m")
        for key in (*["plus"] * 4, *["minus"] * 7, "h", "l", "l", "0", *["down"] * 14, "g"):
            await stage.press(key)
        assert "▸" in stage.text()


async def test_two_trains_on_one_track_are_a_conflict_and_one_on_no_track_of_the_feed_is_said(terminal: Path) -> None:
    async with staged(terminal, "5", "v") as stage:
        assert "not in the feed" in stage.line("no-such-track")
        assert "TWIN-2 is in before TWIN-1 is clear" in stage.text()


async def test_a_terminal_without_tracks_says_so(tmp_path: Path) -> None:
    path = tmp_path / "bare" / "cache.db"
    Cache.open(path, role="writer").close()
    async with staged(path, "v") as stage:
        assert "no tracks are known" in stage.text()
        await stage.press("down", "enter", "plus", "l", "0")
