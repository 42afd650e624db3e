"""Lateness and being on time."""

from datetime import timedelta

import pytest

from storage.figures.delay import is_on_time, late_minutes
from storage.figures.policy import Policy
from tests.scene import at

PLAN = at("12:10")


def test_an_estimate_tells_how_late() -> None:
    assert late_minutes(PLAN, at("12:22"), None) == 12
    assert late_minutes(PLAN, at("12:06"), None) == -4


def test_what_happened_beats_what_was_expected() -> None:
    assert late_minutes(PLAN, at("12:22"), at("12:10")) == 0


def test_seconds_are_cut_off_towards_zero() -> None:
    assert late_minutes(PLAN, PLAN + timedelta(seconds=119), None) == 1
    assert late_minutes(PLAN, PLAN - timedelta(seconds=119), None) == -1


def test_late_without_an_estimate_is_unknown_and_never_on_time() -> None:
    assert late_minutes(PLAN, PLAN, None, unknown_delay=True) is None
    assert late_minutes(PLAN, None, None) is None
    assert late_minutes(None, PLAN, PLAN) is None
    assert not is_on_time(None)


def test_arrived_is_known_even_if_its_delay_was_not() -> None:
    assert late_minutes(PLAN, None, at("12:40"), unknown_delay=True) == 30


@pytest.mark.parametrize(("late", "on_time"), [(-20, True), (0, True), (15, True), (16, False)])
def test_a_quarter_of_an_hour_is_on_time(late: int, on_time: bool) -> None:
    assert is_on_time(late) is on_time


def test_the_site_may_say_what_on_time_is() -> None:
    assert not is_on_time(6, Policy(on_time=timedelta(minutes=5)))
