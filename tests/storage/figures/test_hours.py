"""Office hours."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.figures.hours import Hours, OfficeTime, read_hours
from storage.models.base import to_ms
from tests.scene import at
from tests.scenery.rows import ZONE

OFFICE = read_hours("08:30-12:00,13:30-19:00", ZONE)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("10:41", 30, "11:11"),
        ("10:41", 79, "12:00"),
        ("10:41", 80, "13:31"),
        ("10:41", 360, "18:11"),
        ("12:30", 10, "13:40"),
        ("06:00", 10, "08:40"),
        ("10:41", 0, "10:41"),
    ],
)
def test_a_duration_passes_in_office_hours_only(start: str, minutes: int, end: str) -> None:
    assert OFFICE.after(at(start), timedelta(minutes=minutes)) == at(end)


def test_it_goes_on_the_next_morning() -> None:
    assert OFFICE.after(at("18:50"), timedelta(minutes=20)) == at("08:40", day=1)
    assert OFFICE.before(at("08:40"), timedelta(minutes=20)) == at("18:50", day=-1)


@pytest.mark.parametrize(("end", "minutes", "start"), [("10:41", 120, "08:41"), ("14:30", 120, "11:00")])
def test_the_last_hours_of_the_office_reach_over_its_pauses(end: str, minutes: int, start: str) -> None:
    assert OFFICE.before(at(end), timedelta(minutes=minutes)) == at(start)


def test_an_office_without_hours_never_gets_there() -> None:
    closed = Hours((), UTC)
    assert closed.after(at("10:00"), timedelta(minutes=1)) is None
    assert closed.before(at("10:00"), timedelta(minutes=1)) is None
    assert OFFICE.after(at("10:00"), timedelta(days=3000)) is None
    assert OFFICE.before(at("10:00"), timedelta(days=3000)) is None


@pytest.mark.parametrize("text", [None, "", "closed", "25:00-26:00", "12:00-08:00", "[/x]"])
def test_hours_that_cannot_be_read_fall_back(text: str | None) -> None:
    assert read_hours(text, ZONE, "08:30-12:00").windows == read_hours("8:30-12:00", ZONE).windows
    assert read_hours(text, ZONE).windows == ()


@given(st.integers(0, 3000), st.integers(0, 600))
def test_forth_and_back_again_is_the_same_place(start: int, minutes: int) -> None:
    opened = OFFICE.after(at("00:00") + timedelta(minutes=start), timedelta(minutes=1))
    assert opened is not None
    end = OFFICE.after(opened, timedelta(minutes=minutes))
    assert end is not None
    back = OFFICE.before(end, timedelta(minutes=minutes + 1))
    assert back == opened - timedelta(minutes=1)


def test_a_night_in_which_the_clock_is_put_forward_is_an_hour_shorter() -> None:
    berlin = read_hours("00:00-06:00", ZoneInfo("Europe/Berlin"))
    start = at("06:30", day=-236)  # 28 March 2026, 23:30 in Berlin
    found = berlin.after(start, timedelta(hours=5))
    assert found is not None
    assert found.astimezone(ZoneInfo("Europe/Berlin")).strftime("%d %H:%M") == "29 06:00"


@given(st.integers(-7_000, 7_000), st.integers(1, 6_000))
def test_the_running_total_says_the_same_as_one_span_at_a_time(start_min: int, span_min: int) -> None:
    office, start, span = (
        OfficeTime(OFFICE, at("10:41")),
        at("10:41") + timedelta(minutes=start_min),
        timedelta(minutes=span_min),
    )
    ends = OFFICE.after(start, span)
    assert ends is not None
    assert office.after(to_ms(start), span_min * 60_000) == to_ms(ends)
    began = OFFICE.before(start, span)
    assert began is not None
    assert office.total(to_ms(start)) - office.total(to_ms(began)) == span_min * 60_000


def test_no_hours_have_no_running_total() -> None:
    office = OfficeTime(Hours((), ZONE), at("10:41"))
    assert (office.total(to_ms(at("10:41"))), office.reached(1), office.after(5, 0)) == (0, None, 5)


def test_hours_are_told_in_words() -> None:
    assert OFFICE.words == "08:30-12:00, 13:30-19:00"
