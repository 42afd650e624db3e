"""Stacks obey gravity; numbers their check digits."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.simulator.numbers import Numbers, container_check_digit, wagon_check_digit
from console.simulator.office import broker_time, next_opening
from console.simulator.stacks import Slot, Stacks
from console.simulator.terminal import HOUR, local_hour, local_moment


def filled(seed: int, number: int) -> tuple[Stacks, list[str]]:
    stacks, chance = Stacks(bays=9, rows=3, tiers=4), Random(seed)
    standing = []
    for index in range(number):
        box = f"box {index}"
        if stacks.put(box, forty=chance.random() < 0.6, group=str(index % 4), chance=chance) is not None:
            standing.append(box)
    return stacks, standing


@given(seed=st.integers(0, 10_000), number=st.integers(1, 120))
def test_boxes_come_out_again_from_the_top(seed: int, number: int) -> None:
    stacks, standing = filled(seed, number)
    order = standing.copy()
    Random(seed).shuffle(order)
    for box in order:
        if box in stacks:
            for blocker in stacks.above(box):
                stacks.take(blocker)
            stacks.take(box)
    assert (len(stacks), stacks.teu) == (0, 0)


@given(seed=st.integers(0, 10_000))
def test_a_full_block_refuses_and_is_nearly_full(seed: int) -> None:
    stacks, standing = filled(seed, 300)
    assert 0.85 * stacks.raw_teu <= stacks.teu <= stacks.raw_teu
    assert stacks.put("one more", forty=True, group="", chance=Random(1)) is None
    slots = {stacks.slot(box) for box in standing}
    assert len(slots) == len(standing)


def test_a_box_with_others_above_it_cannot_be_lifted() -> None:
    stacks, chance = Stacks(bays=1, rows=1, tiers=2), Random(1)
    stacks.put("below", forty=False, group="a", chance=chance)
    stacks.put("above", forty=False, group="a", chance=chance)
    assert stacks.above("below") == ["above"]
    with pytest.raises(ValueError, match="above it"):
        stacks.take("below")


def test_a_box_dug_out_is_not_put_back_where_it_was_in_the_way() -> None:
    stacks, chance = Stacks(bays=2, rows=2, tiers=3), Random(1)
    for name in ("a", "b"):
        assert stacks.put(name, forty=True, group="g", chance=chance) is not None
    origin = stacks.slot("b")
    stacks.take("b")
    assert (origin.bay, origin.tier) == (2, 2)
    assert stacks.put("b", forty=True, group="g", chance=chance, avoid=origin) == Slot(2, 3 - origin.row, 1)


@pytest.mark.parametrize("number", ["CSQU3054383", "WLMU6120938", "LSTU8133649", "SHPU7155406", "QZHU9001335"])
def test_container_check_digits_agree_with_published_ones(number: str) -> None:
    assert container_check_digit(number[:10]) == int(number[10])


def test_wagon_check_digits_agree_with_a_published_one() -> None:
    assert wagon_check_digit("21812471217") == 3


def test_a_number_is_given_out_once() -> None:
    numbers = Numbers(Random(1))
    given_out = [numbers.container("LSTU") for _ in range(3_000)] + [numbers.european_wagon() for _ in range(3_000)]
    assert len(set(given_out)) == len(given_out)


@pytest.mark.parametrize(
    ("hour", "opens"), [(3.0, 8.5), (8.5, 8.5), (11.9, 11.9), (12.0, 13.5), (18.0, 18.0), (19.0, 32.5), (23.5, 32.5)]
)
def test_the_office_opens_in_the_morning_and_after_noon(hour: float, opens: float) -> None:
    assert next_opening(local_moment(20_000, hour)) == local_moment(20_000, opens)


@given(seed=st.integers(0, 1_000), hour=st.floats(0, 24))
def test_a_broker_never_acts_before_he_meant_to(seed: int, hour: float) -> None:
    wish = local_moment(20_000, hour)
    acts = broker_time(Random(seed), wish)
    assert wish <= acts <= wish + 14.1 * HOUR
    assert acts == wish or 8 <= local_hour(acts) <= 11


@given(seed=st.integers(0, 1_000), hour=st.floats(0, 24), left=st.floats(0, 24))
def test_what_would_be_too_late_in_the_morning_a_broker_does_in_the_evening_before(
    seed: int, hour: float, left: float
) -> None:
    wish = local_moment(20_000, hour)
    acts = broker_time(Random(seed), wish, latest=wish + left * HOUR)
    assert acts <= wish + left * HOUR
    assert acts >= wish or 18 <= local_hour(acts) <= 21
