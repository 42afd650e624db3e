"""The pictures of the README are those of the console as it is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from screenshots.pictures import FOLDER, PICTURES, Picture, draw, scene_cache


@pytest.fixture(scope="module")
def scene() -> Iterator[Path]:
    with scene_cache() as path:
        yield path


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
