"""How full a block will be."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.figures.forecast import Change, Full, Outlook, full_at, outlook, share, together
from tests.scene import NOW, at

COMES = Change(at("12:00"), "A", 2.0, low=1.0, expected=1.0, high=1.0)
MAY_COME = Change(at("13:00"), "A", 2.0, low=0.0, expected=0.5, high=1.0)
LEAVES = Change(at("14:00"), "A", 2.0, low=-1.0, expected=-1.0, high=-1.0)
MAY_LEAVE = Change(at("15:00"), "A", 2.0, low=-1.0, expected=-0.25, high=0.0)
ALL = (COMES, MAY_COME, LEAVES, MAY_LEAVE)


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("11:59", Outlook(10, 10, 10)),
        ("12:00", Outlook(12, 12, 12)),
        ("13:30", Outlook(12, 13, 14)),
        ("14:30", Outlook(10, 11, 12)),
        ("23:00", Outlook(8, 10.5, 12)),
    ],
)
def test_what_is_to_come_is_added_and_what_leaves_subtracted(when: str, found: Outlook) -> None:
    assert outlook(10.0, ALL, at(when)) == found


def test_an_unknown_share_makes_the_expected_unknown_from_then_on_and_nothing_else() -> None:
    changes = (COMES, MAY_COME._replace(expected=None), LEAVES)
    assert outlook(10.0, changes, at("12:30")) == Outlook(12, 12, 12)
    assert outlook(10.0, changes, at("20:00")) == Outlook(10, None, 12)


def test_there_is_never_less_than_nothing() -> None:
    assert outlook(1.0, (LEAVES,), at("20:00")) == Outlook(0, 0, 0)


def test_a_block_is_full_when_the_expected_first_reach_the_capacity() -> None:
    assert full_at(10.0, ALL, 12.0, NOW) == Full(at("12:00"), "expected")
    assert full_at(10.0, ALL, 13.0, NOW) == Full(at("13:00"), "expected")


def test_else_it_is_said_that_the_high_ones_do() -> None:
    assert full_at(10.0, ALL, 14.0, NOW) == Full(at("13:00"), "high")
    assert full_at(10.0, (MAY_COME._replace(expected=None),), 12.0, NOW) == Full(at("13:00"), "high")


def test_what_has_no_room_and_holds_nothing_is_not_full() -> None:
    assert full_at(0.0, ALL, 0.0, NOW) is None
    assert full_at(1.0, (), 0.0, NOW) == Full(NOW, "expected")


def test_a_block_that_is_full_is_full_now_and_one_that_will_not_be_never() -> None:
    assert full_at(10.0, (), 10.0, NOW) == Full(NOW, "expected")
    assert full_at(10.0, ALL, 14.5, NOW) is None
    assert full_at(10.0, ALL, None, NOW) is None


def test_what_happens_at_one_time_is_judged_together() -> None:
    assert full_at(10.0, (COMES, LEAVES._replace(at=COMES.at)), 11.0, NOW) is None


def test_two_days_are_looked_ahead_and_no_more() -> None:
    assert full_at(10.0, (COMES._replace(at=NOW + timedelta(hours=49)),), 12.0, NOW) is None


def test_a_share_of_few_cases_is_not_known() -> None:
    assert (share(19, 19), share(15, 20)) == (None, 0.75)


shares = st.floats(0, 1)
comings = st.builds(
    lambda hour, teu, kept: Change(NOW + timedelta(hours=hour), "A", teu, 0.0, kept, 1.0),
    st.integers(0, 60), st.floats(0, 3), shares,
)  # fmt: skip
leavings = st.builds(
    lambda hour, teu, kept: Change(NOW + timedelta(hours=hour), "A", teu, -1.0, -kept, 0.0),
    st.integers(0, 60), st.floats(0, 3), shares,
)  # fmt: skip


@given(st.lists(comings | leavings), st.integers(0, 60))
def test_low_is_never_above_expected_nor_expected_above_high(changes: list[Change], hour: int) -> None:
    found = outlook(50.0, changes, NOW + timedelta(hours=hour))
    assert found.expected is not None
    assert found.low <= found.expected + 1e-9
    assert found.expected <= found.high + 1e-9


@given(st.lists(comings | leavings), st.integers(0, 60), st.integers(1, 60))
def test_changes_of_one_time_and_block_together_say_what_each_of_them_says(
    changes: list[Change], hour: int, most: int
) -> None:
    fewer, at_hour = together(changes), NOW + timedelta(hours=hour)
    assert len(fewer) == len({change.at for change in changes})
    assert outlook(50.0, fewer, at_hour) == pytest.approx(outlook(50.0, changes, at_hour))
    assert full_at(50.0, fewer, most + 0.0137, NOW) == full_at(50.0, changes, most + 0.0137, NOW)


def test_together_what_is_unknown_stays_so_and_a_move_between_blocks_apart() -> None:
    unknown, moved = COMES._replace(expected=None), COMES._replace(between=True)
    assert together((COMES, unknown, moved, LEAVES)) == [
        Change(COMES.at, "A", 1.0, 4.0, None, 4.0),
        Change(COMES.at, "A", 1.0, 2.0, 2.0, 2.0, between=True),
        Change(LEAVES.at, "A", 1.0, -2.0, -2.0, -2.0),
    ]
