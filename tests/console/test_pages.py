"""What lists and pages behind the panes say, at both sizes."""

from pathlib import Path

import pytest

from console.screens.find import undoubled
from tests.console.stage import LARGE, SMALL, staged


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_boxes_behind_a_train_are_headed_in_words(scene_file: Path, size: tuple[int, int]) -> None:
    async with staged(scene_file, "2", "b", size=size) as stage:
        assert "Boxes of X9582 that are not ready" in stage.line("not ready")
        assert " readiness" not in stage.line("not ready")


def test_a_place_that_names_the_train_is_not_followed_by_the_train() -> None:
    assert undoubled("X9582 wagon 17, X9582, loaded") == "X9582 wagon 17, loaded"
    assert undoubled("wagon, X8086, loaded") == "wagon, X8086, loaded"
