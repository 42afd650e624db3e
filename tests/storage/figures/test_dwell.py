"""Dwell and age."""

from datetime import timedelta

from storage.figures.dwell import Stays, age, dwell
from storage.models import to_ms
from tests.scene import NOW, at


def ms(when: str) -> int:
    return to_ms(at(when))


def test_dwell_is_of_those_that_left_by_flow() -> None:
    found = dwell(
        [
            ("import", ms("08:00"), ms("09:00")),
            ("import", ms("08:00"), ms("10:00")),
            ("export", ms("08:00"), ms("08:30")),
            (None, ms("08:00"), ms("11:00")),
            ("import", None, ms("10:00")),
            ("import", ms("08:00"), None),
        ]
    )
    assert found == {
        "export": Stays(1, timedelta(minutes=30), timedelta(minutes=30)),
        "import": Stays(2, timedelta(hours=1), timedelta(hours=2)),
        "unknown": Stays(1, timedelta(hours=3), timedelta(hours=3)),
    }


def test_age_is_of_those_that_are_here() -> None:
    assert age([("import", ms("10:40")), ("import", None)], to_ms(NOW)) == {
        "import": Stays(1, timedelta(minutes=1), timedelta(minutes=1))
    }
    assert age([], to_ms(NOW)) == {}
