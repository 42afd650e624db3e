"""Screens look as they did when they were last looked at, at three sizes and in three looks."""

import re
from pathlib import Path

import pytest
from rich.color import ColorType
from rich.style import Style

from tests.console.snapshots import FOLDER, LOOKS, SIZES, SNAPSHOTS, Snapshot, take

COLOURS = {
    "default": {ColorType.TRUECOLOR},
    "16 colours": {ColorType.DEFAULT, ColorType.STANDARD},
    "no colour": {ColorType.DEFAULT},
}
KEPT = sorted(FOLDER.iterdir())


def styles(file: Path) -> dict[str, list[Style]]:
    """Those that a snapshot has in each look."""
    found = {}
    for part in file.read_text("utf-8").split("\n=== ")[1:]:
        look, _, lines = part.partition("\n")
        found[look] = [Style.parse(words) for words in re.findall("^[a-zA-Z] = (.*)$", lines, re.MULTILINE)]
    return found


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda snapshot: snapshot.name)
async def test_a_screen_looks_as_its_snapshots_at_every_size_and_in_every_look(snapshot: Snapshot) -> None:
    for file, text in (await take(snapshot)).items():
        kept = file.read_text("utf-8") if file.exists() else ""
        assert text == kept, f"{file.name} is stale: python -m tests.console.snapshots {snapshot.name}, look at it"


def test_every_kept_snapshot_is_of_a_screen_that_is_taken() -> None:
    assert set(FOLDER.iterdir()) == {snapshot.file(size) for snapshot in SNAPSHOTS for size in SIZES}


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_a_snapshot_has_no_colour_that_its_look_has_not(file: Path) -> None:
    found = styles(file)
    assert found.keys() == LOOKS.keys()
    for look, each in found.items():
        colours = {colour.type for style in each for colour in (style.color, style.bgcolor) if colour}
        assert colours
        assert colours <= COLOURS[look], look


@pytest.mark.parametrize("pane", ["board", "trains", "yard", "customs", "feeds"])
def test_the_cursor_is_seen_without_colour(pane: str) -> None:
    for size in SIZES:
        file = FOLDER / f"{pane}-{size[0]}x{size[1]}.txt"
        assert any(style.reverse for style in styles(file)["no colour"])
