"""Which columns fit."""

from __future__ import annotations

from widgets.columns import Column, fit

COLUMNS = (
    Column("risk", "", 1, gap=0),
    Column("train", "Train", 5),
    Column("to", "To", 8, rank=1, grow=True),
    Column("corridor", "Corridor", 8, rank=2),
    Column("cause", "Cause", 8, rank=2),
)


def keys(room: int) -> list[str]:
    return [place.column.key for place in fit(COLUMNS, room)]


def test_all_columns_stand_side_by_side_when_there_is_room() -> None:
    assert [(place.x, place.width) for place in fit(COLUMNS, 33)] == [(0, 1), (1, 5), (7, 8), (16, 8), (25, 8)]


def test_the_highest_rank_goes_first_from_the_right() -> None:
    assert keys(33) == ["risk", "train", "to", "corridor", "cause"]
    assert keys(32) == ["risk", "train", "to", "corridor"]
    assert keys(23) == ["risk", "train", "to"]
    assert keys(14) == ["risk", "train"]


def test_rank_zero_never_goes() -> None:
    assert keys(3) == ["risk", "train"]


def test_a_growing_column_takes_what_is_to_spare() -> None:
    placed = fit(COLUMNS, 43)
    assert [place.width for place in placed] == [1, 5, 18, 8, 8]
    assert placed[-1].x + placed[-1].width == 43


def test_growing_columns_share_evenly() -> None:
    two = (Column("a", "", 2, grow=True), Column("b", "", 2, grow=True))
    assert [place.width for place in fit(two, 10)] == [5, 4]
    assert [place.x for place in fit(two, 10, left=1)] == [1, 7]


def test_a_dropped_column_keeps_the_others_at_their_cells() -> None:
    columns = (Column("a", "", 4, rank=1), Column("b", "", 4))
    assert [place.nth for place in fit(columns, 4)] == [1]
