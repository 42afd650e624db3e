"""What lists and pages behind the panes say, at both sizes."""

from pathlib import Path

import pytest

from console.screens.find import undoubled
from console.screens.pages import FIGURES_OF
from storage.figures.all import FIGURES
from storage.queries.exceptions import EXCEPTIONS
from tests.console.stage import LARGE, SMALL, staged


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_boxes_behind_a_train_are_headed_in_words(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, "2", "b", size=size) as stage:
        assert "Boxes of X9582 that are not ready" in stage.line("not ready")
        assert " readiness" not in stage.line("not ready")


def test_a_place_that_names_the_train_is_not_followed_by_the_train() -> None:
    assert undoubled("X9582 wagon 17, X9582, loaded") == "X9582 wagon 17, loaded"
    assert undoubled("wagon, X8086, loaded") == "wagon, X8086, loaded"


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        ((), "Act by"),
        (("tab",), "Risk"),
        (("2",), "Risk"),
        (("3",), "Occupancy"),
        (("4",), "Wait"),
        (("v",), "Track conflict"),
        (("3", "a"), "Occupancy"),
        (("3", "p", "7"), "Empties short"),
        (("3", "p", "9"), "Rehandle backlog"),
        (("2", "enter"), "Risk"),
    ],
)
async def test_i_explains_the_figures_of_the_place_first_and_all_others_after(
    scene_file: Path, keys: tuple[str, ...], first: str
) -> None:
    async with staged(scene_file, *keys, "i", size=SMALL) as stage:
        lines = stage.text().splitlines()
        assert "those of this place first" in lines[1]
        assert lines[2].strip().startswith(first)
        await stage.press("G")
        assert "definition" in stage.text()


def test_every_list_of_what_needs_care_explains_what_it_counts() -> None:
    assert EXCEPTIONS.keys() <= FIGURES_OF.keys()


def test_every_figure_of_a_place_is_defined() -> None:
    assert {name for names in FIGURES_OF.values() for name in names} <= FIGURES.keys()
