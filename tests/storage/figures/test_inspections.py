"""Slots of a day, and a month against its target."""

from datetime import timedelta

import pytest

from storage.figures.hours import read_hours
from storage.figures.inspections import percent_of_target, slots_of
from tests.scene import at
from tests.scenery.rows import DAY, ZONE


def test_a_day_has_the_slots_that_fit_its_hours_whole() -> None:
    hours = read_hours("08:30-10:10, 13:30-14:00", ZONE)
    assert slots_of(hours.of(DAY.date()), timedelta(minutes=30)) == {
        at("08:30"): at("09:00"), at("09:00"): at("09:30"), at("09:30"): at("10:00"), at("13:30"): at("14:00"),
    }  # fmt: skip
    assert slots_of(hours.of(DAY.date()), timedelta(hours=3)) == {}
    assert slots_of([], timedelta(minutes=30)) == {}


@pytest.mark.parametrize(
    ("used", "target", "percent"),
    [
        (212.0, 300.0, 70),
        (0.0, 300.0, 0),
        (171.0, 150.0, 114),
        (None, 300.0, None),
        (5.0, None, None),
        (5.0, 0.0, None),
    ],
)
def test_the_month_is_told_in_whole_per_cent_of_a_target_that_there_is(
    used: float | None, target: float | None, percent: int | None
) -> None:
    assert percent_of_target(used, target) == percent
