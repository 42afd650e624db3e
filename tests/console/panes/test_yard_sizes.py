"""How the lines of the Yard pane are shared out."""

from hypothesis import given
from hypothesis import strategies as st

from console.panes.yard.sizes import Turn, share_lines

TURNS: tuple[Turn, ...] = ("map", "bay", "outlook")


@given(st.integers(20, 80), st.integers(4, 40), st.integers(1, 8), st.sampled_from(TURNS))
def test_where_the_room_is_short_the_parts_of_a_turn_take_all_of_it(
    room: int, map_lines: int, tiers: int, turn: Turn
) -> None:
    heights = share_lines(room, map_lines, tiers, wide=False, turn=turn)
    assert sum(height or 0 for height in heights) == room
    assert all(height is not None and height >= 0 for height in heights)


@given(st.integers(24, 80), st.integers(4, 40), st.integers(1, 8), st.sampled_from(TURNS))
def test_where_there_is_room_map_bay_and_outlook_are_all_seen(
    room: int, map_lines: int, tiers: int, turn: Turn
) -> None:
    heights = share_lines(room, map_lines, tiers, wide=True, turn=turn)
    bay, outlook = heights.bay or 0, heights.occupancy or 0
    assert bay > 0
    assert outlook >= 8
    left_for_the_map = room - heights.side - bay - outlook
    assert left_for_the_map >= min(map_lines + 1, 4)
    assert heights.box == heights.bay


def test_beside_a_high_map_the_bay_has_all_its_lines_and_the_side_while_it_has_the_keys() -> None:
    walking, looking = (share_lines(34, 13, 4, wide=True, turn=turn) for turn in TURNS[:2])
    assert (walking.bay, walking.side) == (10, 0)
    assert (looking.bay, looking.side, looking.occupancy) == (12, 4, walking.occupancy)


def test_a_high_map_keeps_its_rows_and_leaves_the_outlook_its_words() -> None:
    assert share_lines(22, 12, 4, wide=False, turn="map")[:1] == (13,)
    assert share_lines(22, 12, 4, wide=False, turn="map").occupancy == 5
