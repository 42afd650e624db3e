"""Boxes in the way."""

import pytest

from storage.figures.rehandles import Stacked, rehandles
from tests.scene import at

SOON, LATER = at("12:10"), at("15:40")
WANTED = Stacked("wanted", 6, 1, 1, SOON, ready=True)


def ids(*block: Stacked, box: Stacked = WANTED) -> list[str]:
    return [each.id for each in rehandles(box, [box, *block])]


def test_boxes_above_are_in_the_way_topmost_first() -> None:
    assert ids(Stacked("second", 6, 1, 2), Stacked("third", 6, 1, 3)) == ["third", "second"]


def test_boxes_below_in_another_row_or_another_bay_are_not() -> None:
    box = WANTED._replace(tier=2)
    others = (Stacked("below", 6, 1, 1), Stacked("row", 6, 2, 3), Stacked("bay", 10, 1, 3), Stacked("odd", 9, 1, 3))
    assert ids(*others, box=box) == []


@pytest.mark.parametrize(
    ("other", "in_the_way"),
    [
        (Stacked("other", 6, 1, 2, SOON, ready=True), False),
        (Stacked("other", 6, 1, 2, at("11:00"), ready=True), False),
        (Stacked("other", 6, 1, 2, LATER, ready=True), True),
        (Stacked("other", 6, 1, 2, SOON, ready=False), True),
        (Stacked("other", 6, 1, 2, None, ready=True), True),
        (Stacked("other", 6, 1, 2), True),
    ],
)
def test_only_what_leaves_no_later_and_can_be_loaded_is_not_in_the_way(other: Stacked, in_the_way: bool) -> None:
    assert ids(other) == (["other"] if in_the_way else [])


def test_a_box_that_leaves_nobody_knows_when_waits_for_all_that_are_ready() -> None:
    unknown = Stacked("wanted", 6, 1, 1)
    assert ids(Stacked("ready", 6, 1, 2, LATER, ready=True), Stacked("not", 6, 1, 3, LATER), box=unknown) == ["not"]


def test_a_40_foot_box_lies_on_two_20_foot_stacks() -> None:
    short = Stacked("wanted", 5, 1, 1)
    assert ids(Stacked("long", 6, 1, 2), Stacked("other", 4, 1, 3), Stacked("beside", 7, 1, 2), box=short) == [
        "other", "long",
    ]  # fmt: skip
    assert ids(Stacked("left", 5, 1, 2), Stacked("right", 7, 1, 2), Stacked("far", 9, 1, 2)) == ["left", "right"]
