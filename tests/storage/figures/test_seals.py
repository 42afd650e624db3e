"""When a smart lock wants somebody."""

from datetime import timedelta

import pytest

from storage.figures.policy import Policy
from storage.figures.seals import ALARMS, seal_alarm
from tests.scene import NOW

RULES = Policy(seal_silent=timedelta(hours=2))


@pytest.mark.parametrize(
    ("state", "unheard_min", "battery", "alarm"),
    [
        ("armed", 5, 80.0, None),
        ("opened", 5, 80.0, None),
        ("opened unauthorised", 5, 80.0, "opened unauthorised"),
        ("tampered", 500, 3.0, "tampered"),
        ("silent", 5, 80.0, "silent"),
        ("armed", 119, 80.0, None),
        ("armed", 120, 80.0, "silent"),
        ("armed", -30, 80.0, None),
        ("armed", None, None, None),
        ("battery low", 5, None, "battery low"),
        ("armed", 5, 14.9, "battery low"),
        ("singing", 5, 80.0, None),
        (None, None, None, None),
    ],
)
def test_a_lock_wants_somebody_for_the_gravest_of_what_it_reports(
    state: str | None, unheard_min: int | None, battery: float | None, alarm: str | None
) -> None:
    seen = None if unheard_min is None else NOW - timedelta(minutes=unheard_min)
    assert seal_alarm(state, seen, battery, NOW, RULES) == alarm
    assert alarm is None or alarm in ALARMS
