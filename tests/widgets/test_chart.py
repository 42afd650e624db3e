"""Ranges against a capacity, a history in one line, a block from the side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets import glyphs
from widgets.block_side import SideColumn, side_lines
from widgets.cells import width_of
from widgets.chart import Reach, reach_bar, sparkline


@pytest.fixture
def ascii_signs() -> Iterator[None]:
    glyphs.choose(glyphs.ASCII)
    yield
    glyphs.choose(glyphs.UNICODE)


def text(spans: object) -> str:
    return "".join(each for each, _ in spans)  # type: ignore[attr-defined]


def test_a_bar_shows_what_is_sure_expected_possible_and_the_capacity() -> None:
    assert text(reach_bar(Reach("+4 h", 40, 60, 70), 90, 100, 10)) == "████▓▓▒  |"
    assert text(reach_bar(Reach("now", 50, 50, 50), None, 100, 10)) == "█████     "


def test_what_passes_the_capacity_crosses_its_line() -> None:
    bar = reach_bar(Reach("+24 h", 80, 100, 100), 80, 100, 10)
    assert text(bar) == "████████|▓"
    assert bar[8] == ("|", "act")


def test_a_reach_that_is_not_known_draws_nothing() -> None:
    assert text(reach_bar(Reach("+48 h", None, None, None), None, 0, 4)) == "    "


def test_it_is_drawn_without_block_glyphs_too(ascii_signs: None) -> None:
    assert text(reach_bar(Reach("+4 h", 40, 60, 70), 90, 100, 10)) == "####==:  |"
    assert sparkline([1, 2, 3], 3) == "158"


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=60), st.integers(1, 40))
def test_a_history_takes_a_cell_a_value_and_never_more_than_its_room(values: list[float | None], width: int) -> None:
    assert len(sparkline(values, width)) == min(len(values), width)


def test_a_history_stands_between_its_least_and_its_most() -> None:
    assert sparkline([10, 20, None, 30], 10) == "▁▅?█"
    assert sparkline([7, 7], 10) == "▁▁"
    assert sparkline([1, 1, 9, 9], 2) == "▁█"


def test_a_block_from_the_side_is_as_high_as_it_is_full() -> None:
    columns = [
        SideColumn(0, 8, ()),
        SideColumn(8, 8, ((6, "f", ""), (2, "h", "held"))),
        SideColumn(1, 8, ((1, "e", "dim"),)),
    ]
    assert [text(line) for line in side_lines(columns, 4)] == [" h ", " f ", " f ", "·fe"]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 24)), max_size=30), st.integers(1, 8))
def test_the_side_is_a_cell_a_bay_on_every_line(bays: list[tuple[int, int]], height: int) -> None:
    columns = [SideColumn(slots, raw, ((slots, "f", ""),)) for slots, raw in bays]
    lines = side_lines(columns, height)
    assert [width_of(line) for line in lines] == [len(bays)] * height
