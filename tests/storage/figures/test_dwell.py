"""Dwell and age."""

from datetime import timedelta

from storage.figures.dwell import Stays, age, dwell
from tests.scene import NOW, at


def test_dwell_is_of_those_that_left_by_flow() -> None:
    found = dwell(
        [
            ("import", at("08:00"), at("09:00")),
            ("import", at("08:00"), at("10:00")),
            ("export", at("08:00"), at("08:30")),
            (None, at("08:00"), at("11:00")),
            ("import", None, at("10:00")),
            ("import", at("08:00"), None),
        ]
    )
    assert found == {
        "export": Stays(1, timedelta(minutes=30), timedelta(minutes=30)),
        "import": Stays(2, timedelta(hours=1), timedelta(hours=2)),
        "unknown": Stays(1, timedelta(hours=3), timedelta(hours=3)),
    }


def test_age_is_of_those_that_are_here() -> None:
    assert age([("import", at("10:40")), ("import", None)], NOW) == {
        "import": Stays(1, timedelta(minutes=1), timedelta(minutes=1))
    }
    assert age([], NOW) == {}
