"""The pictures of the README are those of the console as it is, and what the panes say needs no colour."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style

from console.site import Appearance
from screenshots.pictures import (
    FOLDER,
    IN_COLOUR,
    NARROW,
    PANES,
    PICTURES,
    WIDE,
    Picture,
    draw,
    rest,
    scene_cache,
    staged,
)

SIXTEEN, NO_COLOUR = Appearance(color="16"), Appearance(color="none")
both_sizes = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x36"])

Screen = list[list[Segment]]


@pytest.fixture(scope="module")
def scene() -> Iterator[Path]:
    with scene_cache() as path:
        yield path


async def all_panes(scene: Path, size: tuple[int, int], appearance: Appearance) -> dict[str, Screen]:
    """What the terminal gets of each pane, line by line."""
    screens = {}
    async with staged(Picture("board", (), size, appearance), scene) as (app, pilot):
        for pane, keys in PANES.items():
            await pilot.press(*keys)
            await rest(app, pilot)
            screens[pane] = [list(strip) for strip in app.screen._compositor.render_strips()]
    return screens


def text(screens: dict[str, Screen]) -> dict[str, list[str]]:
    return {pane: ["".join(segment.text for segment in line) for line in lines] for pane, lines in screens.items()}


def styles(screens: dict[str, Screen]) -> list[Style]:
    return [segment.style for lines in screens.values() for line in lines for segment in line if segment.style]


def colours(screens: dict[str, Screen]) -> set[ColorType]:
    return {colour.type for style in styles(screens) for colour in (style.color, style.bgcolor) if colour}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
async def test_a_picture_shows_the_console_as_it_is(picture: Picture, scene: Path) -> None:
    file = FOLDER / f"{picture.name}.svg"
    fresh = file.exists() and file.read_text("utf-8") == await draw(picture, scene)
    assert fresh, f"{file.name} is stale: run make screenshots, look at it, commit it"


def test_every_picture_in_the_folder_is_one_that_is_drawn() -> None:
    assert {file.stem for file in FOLDER.glob("*.svg")} == {picture.name for picture in PICTURES}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_fetches_nothing(picture: Picture) -> None:
    svg = (FOLDER / f"{picture.name}.svg").read_text("utf-8")
    assert not re.search(r"@import|@font-face|url\((?!#)|href|<script|<image", svg)


@both_sizes
async def test_panes_say_the_same_in_sixteen_colours_and_without(
    size: tuple[int, int], scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_colour = await all_panes(scene, size, IN_COLOUR)
    sixteen = await all_panes(scene, size, SIXTEEN)
    monkeypatch.setenv("NO_COLOR", "1")  # as the console does for a person who wants none
    without = await all_panes(scene, size, NO_COLOUR)
    assert text(sixteen) == text(without) == text(in_colour)
    assert colours(in_colour) == {ColorType.TRUECOLOR}
    assert colours(sixteen) <= {ColorType.DEFAULT, ColorType.STANDARD}
    assert colours(without) <= {ColorType.DEFAULT}
    assert any(style.reverse for style in styles(without)), "the cursor is seen without colour"
