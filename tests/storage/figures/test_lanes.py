"""Lanes: waits, rates, expected releases."""

from datetime import datetime, timedelta

import pytest

from storage.figures.hours import read_hours
from storage.figures.lanes import (
    Lane,
    Passed,
    Waiting,
    clears,
    expected_releases,
    lane_figures,
    percentile,
    release_rate,
)
from tests.scene import NOW, at
from tests.scenery.rows import ZONE

OFFICE = read_hours("08:30-12:00,13:30-19:00", ZONE)
SLA = {"green": timedelta(minutes=30), "red": timedelta(hours=8)}


def minutes(*values: int) -> list[timedelta]:
    return [timedelta(minutes=value) for value in values]


def waits(identity: str, lane: str | None, since: str, turn: str | None = "customs", **more: object) -> Waiting:
    state = str(more.pop("state", "accepted"))
    return Waiting(identity, lane, at(since), turn, state, **more)  # type: ignore[arg-type]


def figures(
    waiting: list[Waiting], passed: list[Passed], expected: dict[str, datetime | None] | None = None
) -> dict[str, Lane]:
    return {lane.name: lane for lane in lane_figures(waiting, passed, expected or {}, OFFICE, SLA, NOW)}


@pytest.mark.parametrize(("share", "expected"), [(0.5, 3), (0.9, 5), (0.0, 1), (1.0, 5), (0.2, 1), (0.21, 2)])
def test_a_percentile_is_a_value_that_occurred(share: float, expected: int) -> None:
    assert percentile(minutes(5, 3, 1, 2, 4), share) == timedelta(minutes=expected)


def test_nothing_has_no_percentile() -> None:
    assert percentile([], 0.5) is None


def test_declarations_are_counted_with_boxes_beside_them() -> None:
    found = figures([waits("a", "red", "07:12", boxes=2), waits("b", "red", "09:00", "terminal", boxes=5)], [])
    assert (found["red"].declarations, found["red"].boxes) == (2, 7)
    assert (found["red"].oldest, found["red"].turns) == (timedelta(hours=3, minutes=29), {"customs": 1, "terminal": 1})


def test_every_known_lane_is_told_and_an_unknown_one_after_them() -> None:
    assert list(figures([], [])) == ["no lane", "green", "yellow", "red"]
    waiting = [waits("a", "purple", "10:00"), waits("b", "blue", "10:00"), waits("c", None, "10:20")]
    found = figures(waiting, [])
    assert list(found) == ["no lane", "green", "yellow", "red", "blue", "purple"]
    assert found["no lane"].oldest == timedelta(minutes=21)


def test_an_empty_lane_knows_nothing_but_zeros_it_counted() -> None:
    lane = figures([], [])["red"]
    assert (lane.oldest, lane.p50, lane.p90, lane.clears_at) == (None, None, None, None)
    assert (lane.declarations, lane.in_per_hour, lane.out_per_hour) == (0, 0.0, 0.0)


def test_percentiles_are_of_those_released_within_a_day() -> None:
    passed = [
        Passed("red", at("08:00"), at("09:00")),
        Passed("red", at("08:00"), at("10:00")),
        Passed("red", at("20:00", day=-3), at("10:40", day=-1)),
        Passed("red", at("08:00"), None),
        Passed("green", at("08:00"), at("08:05")),
    ]
    lane = figures([], passed)["red"]
    assert (lane.p50, lane.p90) == (timedelta(hours=1), timedelta(hours=2))


def test_rates_are_of_the_last_two_clock_hours() -> None:
    passed = [
        Passed("red", at("08:41"), at("08:41")),  # two hours ago is too long ago
        Passed("red", at("08:42"), at("10:41")),
        Passed("red", at("09:00"), None),
        Passed("red", at("09:30"), at("10:00")),
    ]
    lane = figures([], passed)["red"]
    assert (lane.in_per_hour, lane.out_per_hour) == (1.5, 1.0)


def test_over_the_agreed_wait_and_at_risk_of_it_are_told_apart() -> None:
    waiting = [waits("over", "red", "02:40"), waits("risky", "red", "07:00"), waits("fine", "red", "10:00")]
    expected = {"over": at("11:00"), "risky": at("15:01"), "fine": at("18:00")}
    lane = figures(waiting, [], dict(expected))["red"]
    assert (lane.over_sla, lane.at_risk) == (1, 1)


def released(*clocks: str) -> list[datetime]:
    return [at(clock) for clock in clocks]


def test_a_rate_needs_five_releases_in_two_office_hours() -> None:
    assert release_rate(released("09:00", "09:30", "10:00", "10:30"), OFFICE, NOW) is None
    assert release_rate(released("09:00", "09:30", "10:00", "10:30", "10:41"), OFFICE, NOW) == 2.5
    assert release_rate(released("08:41", "09:30", "10:00", "10:30", "10:41"), OFFICE, NOW) is None


def test_a_rate_looks_back_over_the_pause_at_noon() -> None:
    assert release_rate(released("11:10", "11:20", "11:30", "11:40", "13:40"), OFFICE, at("14:30")) == 2.5


def test_a_lane_clears_in_office_hours() -> None:
    recent = released("09:00", "09:20", "09:40", "10:00", "10:20", "10:40")  # 3 an hour
    assert clears(18, recent, OFFICE, NOW) == at("18:11")
    assert clears(0, recent, OFFICE, NOW) is None
    assert clears(18, recent[:3], OFFICE, NOW) is None


def test_place_in_the_lane_and_its_rate_tell_when_a_declaration_is_released() -> None:
    passed = [
        Passed("red", at("08:00"), moment) for moment in released("09:00", "09:20", "09:40", "10:00", "10:20", "10:40")
    ]
    waiting = [
        waits("second", "red", "10:00"),
        waits("first", "red", "09:00"),
        waits("broker", "red", "10:10", "broker"),
        waits("held", "red", "10:15", state="detained"),
        waits("none", None, "10:00"),
        waits("other", "yellow", "10:00"),
        waits("urgent", "red", "10:30", priority=5),
    ]
    found = expected_releases(waiting, passed, None, OFFICE, NOW)
    assert found["urgent"] == at("11:01")
    assert found["first"] == at("11:21")
    assert found["second"] == at("11:41")
    assert {name for name, release in found.items() if release is None} == {"broker", "held", "none", "other"}


def test_a_booked_slot_tells_it_by_what_was_measured_else_by_its_end() -> None:
    waiting = [waits("a", "red", "09:00", slot=(at("11:00"), at("11:30")))]
    assert expected_releases(waiting, [], timedelta(minutes=50), OFFICE, NOW)["a"] == at("11:50")
    assert expected_releases(waiting, [], None, OFFICE, NOW)["a"] == at("11:30")


def test_a_slot_that_is_over_is_expected_now_and_not_in_the_past() -> None:
    waiting = [
        waits("a", "red", "09:00", slot=(at("09:00"), at("09:30"))),
        waits("b", "red", "09:00", slot=(at("09:00"), None)),
    ]
    assert set(expected_releases(waiting, [], None, OFFICE, NOW).values()) == {NOW}
