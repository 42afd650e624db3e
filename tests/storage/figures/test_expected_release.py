"""Expected releases and how far off such were."""

from datetime import timedelta

import pytest

from storage.figures.expected_release import (
    HOUR,
    LOOKS_BACK,
    Case,
    Forecast,
    Interval,
    Record,
    Slot,
    past_cases,
    percentile,
    rates,
)
from storage.figures.hours import OfficeTime, read_hours
from storage.models.base import to_ms
from tests.scene import NOW, at
from tests.scenery.rows import ZONE
from tests.storage.plain_customs import Stay, Waiting, gone_of, lines_of

OFFICE = OfficeTime(read_hours("08:30-12:00,13:30-19:00", ZONE), NOW)
MINUTE = 60_000
NOW_MS = to_ms(NOW)


def ms(clock: str, day: int = 0) -> int:
    return to_ms(at(clock, day=day))


def waits(
    identity: str, lane: str | None, since: str, turn: str = "customs", state: str = "accepted", priority: int = 0
) -> Waiting:
    return Waiting(identity, lane, ms(since), turn, state, priority)


def released(*clocks: str, lane: str = "red") -> list[Stay]:
    return [Stay(f"{lane} {number}", lane, ms("08:00"), ms(clock)) for number, clock in enumerate(clocks)]


THREE_AN_HOUR = released("09:00", "09:20", "09:40", "10:00", "10:20", "10:40")


def forecast(
    waiting: list[Waiting], record: Record, slots: dict[str, Slot] | None = None, now: int = NOW_MS
) -> Forecast:
    return Forecast(lines_of(waiting), slots or {}, record, OFFICE, now)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 3), (0.9, 5), (0.0, 1), (1.0, 5), (0.2, 1), (0.21, 2)])
def test_a_percentile_is_a_value_that_occurred(share: float, expected: int) -> None:
    values = [timedelta(minutes=value) for value in (5, 3, 1, 2, 4)]
    assert percentile(values, share) == timedelta(minutes=expected)


def test_nothing_has_no_percentile() -> None:
    assert percentile([], 0.5) is None


def test_a_rate_needs_five_releases_in_two_office_hours() -> None:
    assert rates(gone_of(released("09:00", "09:30", "10:00", "10:30")), OFFICE, NOW_MS) == {}
    assert rates(gone_of(released("09:00", "09:30", "10:00", "10:30", "10:41")), OFFICE, NOW_MS) == {"red": 2.5}
    assert rates(gone_of(released("08:41", "09:30", "10:00", "10:30", "10:41")), OFFICE, NOW_MS) == {}


def test_a_rate_looks_back_over_the_pause_at_noon() -> None:
    assert rates(gone_of(released("11:10", "11:20", "11:30", "11:40", "13:40")), OFFICE, ms("14:30")) == {"red": 2.5}


def test_place_in_the_lane_and_its_rate_tell_when_a_declaration_is_released() -> None:
    waiting = [
        waits("urgent", "red", "10:30", priority=5),
        waits("first", "red", "09:00"),
        waits("none", None, "10:00"),
        waits("other", "yellow", "10:00"),
        waits("second", "red", "10:00"),
        waits("broker", "red", "10:10", "broker"),
        waits("held", "red", "10:15", state="detained"),
    ]
    found = forecast(waiting, Record(rates(gone_of(THREE_AN_HOUR), OFFICE, NOW_MS), (), ()))
    assert found.at == {"urgent": ms("11:01"), "first": ms("11:21"), "second": ms("11:41")}


def test_a_lane_clears_in_office_hours_as_if_it_were_customs_turn_for_all() -> None:
    waiting = [waits(str(number), "red", "10:00", "broker") for number in range(18)]
    assert forecast(waiting, Record(rates(gone_of(THREE_AN_HOUR), OFFICE, NOW_MS), (), ())).clears("red") == ms("18:11")
    assert forecast([], Record({"red": 3.0}, (), ())).clears("red") is None
    assert forecast(waiting, Record({}, (), ())).clears("red") is None


def test_a_booked_slot_tells_it_by_what_was_measured_else_by_its_end() -> None:
    waiting, slots = [waits("a", "red", "09:00")], {"a": Slot(ms("11:00"), ms("11:30"))}
    measured = [minutes * MINUTE for minutes in (20, 45, 50, 55, 90)]
    assert forecast(waiting, Record({}, measured, ()), slots).at == {"a": ms("11:50")}
    assert forecast(waiting, Record({}, measured[:4], ()), slots).at == {"a": ms("11:30")}


def test_a_slot_that_is_over_is_expected_now_and_not_in_the_past() -> None:
    waiting = [waits("a", "red", "09:00"), waits("b", "red", "09:00")]
    slots = {"a": Slot(ms("09:00"), ms("09:30")), "b": Slot(ms("09:00"), None)}
    assert set(forecast(waiting, Record({}, (), ()), slots).at.values()) == {NOW_MS}


def cases(expected: int, *took: int) -> list[Case]:
    """Cases of which so many minutes were expected, and that took so many."""
    return [Case(str(minutes), "red", NOW_MS, expected * MINUTE, minutes * MINUTE) for minutes in took]


def test_eight_of_ten_such_are_those_whose_expected_release_was_as_far_ahead() -> None:
    near, far = cases(20, *range(1, 21)), cases(200, *range(100, 500, 20))
    record = Record({"red": 3.0}, (), near + far)
    waiting = [waits(str(number), "red", "09:00") for number in range(10)]
    found = forecast(waiting, record)
    assert found.interval("0") == Interval(ms("10:43"), ms("11:01"))  # the second, and what is expected
    late = found.interval("9")  # 120 and 460 min; noon is no office hour
    assert late == Interval(ms("14:11"), ms("09:21", day=1))


def test_with_few_cases_or_nothing_expected_no_interval_is_told() -> None:
    waiting = [waits("a", "red", "09:00"), waits("b", "red", "09:10", "broker")]
    few = Record({"red": 3.0}, (), cases(20, *range(9)))
    assert forecast(waiting, few).interval("a") is None
    enough = forecast(waiting, Record({"red": 3.0}, (), cases(20, *range(10))))
    assert (enough.interval("a") is not None, enough.interval("b")) == (True, None)


def test_with_a_slot_such_are_those_that_took_longer_from_theirs_than_is_gone() -> None:
    record = Record({}, [minutes * MINUTE for minutes in range(1, 41)], ())
    waiting = [waits("ahead", "red", "09:00"), waits("begun", "red", "09:00"), waits("long", "red", "09:00")]
    slots = {"ahead": Slot(ms("11:00"), None), "begun": Slot(ms("10:31"), None), "long": Slot(ms("09:41"), None)}
    found = forecast(waiting, record, slots)
    assert found.interval("ahead") == Interval(ms("11:04"), ms("11:37"))
    assert found.interval("begun") == Interval(ms("10:44"), ms("11:09"))  # the thirty that took 11 to 40 min
    assert found.interval("long") is None


def test_past_cases_are_what_was_to_be_expected_then_and_what_came_of_it() -> None:
    # One released every ten minutes for days: six an hour; each had waited an hour, behind five others.
    stays = [Stay(str(n), "red", NOW_MS - (n + 6) * 10 * MINUTE, NOW_MS - n * 10 * MINUTE) for n in range(90 * 6)]
    found = past_cases(gone_of(stays), {}, OFFICE, NOW_MS)
    assert all(NOW_MS - LOOKS_BACK < case.at < NOW_MS for case in found)
    afternoon = [case for case in found if ms("15:30", -1) < case.at < ms("18:00", -1)]
    assert {case.expected / MINUTE for case in afternoon} == {10, 20, 30, 40, 50, 60}
    by_id = {stay.id: stay.released for stay in stays}
    assert {(case.took, case.lane) for case in afternoon} == {(by_id[case.id] - case.at, "red") for case in afternoon}


def test_those_that_still_wait_count_among_past_cases_with_what_they_have_waited() -> None:
    stays = [Stay(str(n), "red", NOW_MS - n * 10 * MINUTE - HOUR, NOW_MS - n * 10 * MINUTE) for n in range(90 * 6)]
    waiting = [Waiting("stuck", "red", NOW_MS - 70 * HOUR, "customs", "accepted")]
    stuck = [case for case in past_cases(gone_of(stays), lines_of(waiting), OFFICE, NOW_MS) if case.id == "stuck"]
    assert stuck
    assert all(case.took == OFFICE.total(NOW_MS) - OFFICE.total(case.at) for case in stuck)
