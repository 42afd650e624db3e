"""Bars."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.bars import apportion, fill_bar, fill_percent, partition_bar

COUNTS = st.lists(st.integers(0, 500), min_size=1, max_size=8)


@given(COUNTS, st.integers(1, 60))
def test_the_shares_sum_to_the_width_unless_there_is_nothing_to_share(counts: list[int], width: int) -> None:
    assert sum(apportion(counts, width)) == (width if any(counts) else 0)


@given(COUNTS, st.integers(8, 60))
def test_a_class_that_is_not_zero_has_a_cell_and_a_zero_has_none(counts: list[int], width: int) -> None:
    for count, share in zip(counts, apportion(counts, width), strict=True):
        assert (share > 0) == (count > 0)


@given(COUNTS, st.integers(8, 60))
def test_more_boxes_never_get_fewer_cells(counts: list[int], width: int) -> None:
    shares = sorted(zip(counts, apportion(counts, width), strict=True))
    assert all(few[1] <= many[1] for few, many in pairwise(shares) if few[0] < many[0])


@given(st.integers(1, 5), st.integers(1, 12))
def test_shares_that_come_out_even_are_exact(times: int, classes: int) -> None:
    assert apportion([7] * classes, times * classes) == [times] * classes


def test_with_fewer_cells_than_classes_the_largest_are_shown() -> None:
    assert apportion([5, 1, 9, 3], 2) == [1, 0, 1, 0]


def test_the_readiness_of_a_train_reads_as_in_the_wireframe() -> None:
    parts = [(31, "█", ""), (9, "▓", ""), (4, "c", ""), (2, "h", ""), (3, "d", ""), (3, "?", ""), (2, "x", "")]
    assert "".join(text for text, _ in partition_bar(parts, 14)) == "███████▓▓chd?x"


def test_a_class_without_boxes_leaves_no_empty_span() -> None:
    assert partition_bar([(3, "█", "loaded"), (0, "c", "customs")], 3) == [("███", "loaded")]


@pytest.mark.parametrize(
    ("share", "bar"),
    [
        (0.64, "██████····"),
        (0.0, "··········"),
        (0.001, "█·········"),
        (0.999, "█████████·"),
        (1.0, "██████████"),
        (1.3, "██████████"),
        (None, "??????????"),
    ],
)
def test_only_full_looks_full_and_only_empty_looks_empty(share: float | None, bar: str) -> None:
    assert "".join(text for text, _ in fill_bar(share, 10)) == bar


@pytest.mark.parametrize(("share", "text"), [(0.64, " 64 %"), (1.3, "130 %"), (0.29, " 29 %"), (None, "  -- ")])
def test_the_percentage_is_written_as_it_is(share: float | None, text: str) -> None:
    assert fill_percent(share)[0][0].startswith(text)
