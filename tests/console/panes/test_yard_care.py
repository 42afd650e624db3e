"""What the Yard says of what nobody can tell about: reefers, dangerous goods, empties, what is to be dug."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.answers import answer_view
from console.site import Site
from storage.cache import Cache
from storage.models import Container
from tests.console.stage import LARGE, SMALL, staged
from tests.scene import NOW, at, hold_back
from tests.scenery.rows import Rows

HERE: dict[str, Any] = {"place": "yard", "block_id": "R1", "size_type": "45R1", "received_at": at("06:00"), "row": 1}
COLD: dict[str, Any] = {"setpoint_c": -20.0, "plugged": True} | HERE
PAINT: dict[str, Any] = {"imdg_class": "3", "un_number": "1263"}


@pytest.fixture(scope="module")
def unread_file(scene_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scene, with reefers without a reading of now, and dangerous goods without a place or a class."""
    path = Path(shutil.copy(scene_file, tmp_path_factory.mktemp("unread") / "cache.db"))
    cache, rows = Cache.open(path, role="writer"), Rows()
    rows.add(Container, id="old", number="CQIU1000036", bay=23, tier=9, reading_c=-20, read_at=at("06:12"), **COLD)
    rows.add(Container, id="older", number="CQIU1000041", bay=23, tier=8, reading_c=-20.1,
             read_at=NOW - timedelta(days=1), **COLD)  # fmt: skip
    rows.add(Container, id="never", number="CQIU1000057", bay=23, tier=7, **COLD)
    rows.add(Container, id="undated", number="CQIU1000062", bay=23, tier=6, reading_c=-19.96, **COLD)
    rows.add(
        Container, id="warm", number="CQIU1000104", bay=23, tier=5, reading_c=-12.0, read_at=at("10:30"), **COLD
    )  # fmt: skip
    rows.add(Container, id="lost", number="CQIU1000078", **PAINT, **HERE)
    rows.add(Container, id="unnamed", number="CQIU1000083", bay=21, tier=9, un_number="1263", **HERE)
    rows.add(Container, id="nowhere", number="CQIU1000099", **PAINT, **(HERE | {"block_id": None}))
    with cache.write() as session:
        rows.insert(session)
    cache.close()
    return path


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_reefer_with_an_old_reading_says_since_when_and_is_counted_in_the_heading(
    unread_file: Path, size: tuple[int, int]
) -> None:
    async with staged(unread_file, "3", size=size) as stage:
        text = await stage.enter("colon", "presets reefers", "enter")
        assert "Reefers, 2 not read for 4 h, 1 never read, 1 undated, 6 plugs free" in text
        assert "no reading since 06:12" in stage.line("CQIU 100003 6")
        assert "no reading since Thu 10:41" in stage.line("CQIU 100004 1")
        assert "never read" in stage.line("CQIU 100005 7")
        assert "undated reading" in stage.line("CQIU 100006 2")
        for number in ("100003 6", "100004 1", "100005 7", "100006 2"):
            assert "at set-point" not in stage.line(f"CQIU {number}")


async def test_the_list_of_reefers_says_how_old_a_reading_is_and_writes_degrees_to_a_tenth(unread_file: Path) -> None:
    async with staged(unread_file, "3", size=LARGE) as stage:
        await stage.enter("colon", "presets reefers", "enter")
        assert "4 h 29 min" in stage.line("CQIU 100003 6")
        assert " -20.0    -20.1  -0.1 " in stage.line("CQIU 100004 1")
        assert " -20.0    -20.0   0.0 " in stage.line("CQIU 100006 2")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_page_of_a_box_and_its_bay_say_that_its_reading_is_old(
    unread_file: Path, size: tuple[int, int]
) -> None:
    async with staged(unread_file, "3", size=size) as stage:
        text = await stage.enter("f", "CQIU1000036", "enter")
        assert "read -20.0 °C at 06:12, off by +0.0 K   ? no reading" in text
        assert "? last read 06:12" in await stage.press("m")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_page_of_a_box_and_its_bay_mark_how_far_it_is_off(unread_file: Path, size: tuple[int, int]) -> None:
    async with staged(unread_file, "3", size=size) as stage:
        text = await stage.enter("f", "CQIU1000104", "enter")
        assert "reads -12.0 °C at 10:30, ▲ off by +8.0 K   plugged in" in text
        assert "▲ -12.0 of -20.0 °C" in await stage.press("m")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_below_the_list_it_is_said_how_many_dangerous_boxes_could_not_be_checked(
    unread_file: Path, size: tuple[int, int]
) -> None:
    async with staged(unread_file, "3", size=size) as stage:
        text = await stage.enter("colon", "presets dangerous", "enter")
        said = " ".join(text.split())
        assert "? 3 dangerous boxes could not be checked: no block (1), no bay (1), no class (1). By general" in said
        assert "check it against the edition in force" in said


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_before_bookings_have_come_nothing_is_said_of_empties_but_that_they_stand_here(
    scene_cache: Cache, scene_path: Path, size: tuple[int, int]
) -> None:
    hold_back(scene_cache, "bookings")
    async with staged(scene_path, "3", "p", size=size) as stage:
        assert "-- of 6" in stage.line("Empties")
        text = await stage.press("7")
        assert "bookings have not come yet" in text
        line = stage.line("45G1  COSCO").strip("│ ")
        assert line.split()[:7] == ["?", "45G1", "COSCO", "74", "--", "--", "--"]


def test_without_a_screen_too_the_empties_wanted_are_unknown_before_bookings_have_come(scene_site: Site) -> None:
    cache = Cache.open(scene_site.cache_path, role="writer")
    hold_back(cache, "bookings")
    cache.close()
    answer = answer_view(scene_site, "empties", columns="risk,wanted,from_pool,short,surplus,by")
    assert {tuple(row) for row in answer.rows} == {("unknown", None, None, None, None, None)}
    assert "bookings have not come yet" in answer.summary()


async def test_before_trains_have_come_nothing_is_said_of_what_is_to_be_dug(
    scene_cache: Cache, scene_path: Path
) -> None:
    hold_back(scene_cache, "trains")
    async with staged(scene_path, "3", "p") as stage:
        assert "backlog 12 h --," in await stage.press("8")
