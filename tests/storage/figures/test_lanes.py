"""Lanes: waits, rates, whose turn, who is over the agreed wait, and the flow of the day."""

from dataclasses import replace
from datetime import timedelta

from storage.figures.expected_release import Forecast, Record, rates
from storage.figures.hours import OfficeTime, read_hours
from storage.figures.lanes import Flow, Lane, Sla, lane_figures
from storage.figures.policy import Policy
from storage.models.base import to_ms
from tests.scene import NOW, at
from tests.scenery.rows import ZONE
from tests.storage.plain_customs import Stay, Waiting, gone_of, lines_of

OFFICE = OfficeTime(read_hours("08:30-12:00,13:30-19:00", ZONE), NOW)
POLICY = Policy(
    zone=ZONE, sla={"green": timedelta(minutes=30), "yellow": timedelta(hours=4), "red": timedelta(hours=8)}
)


def waits(
    identity: str, lane: str | None, since: str, turn: str | None = "customs", state: str = "accepted"
) -> Waiting:
    return Waiting(identity, lane, to_ms(at(since)), turn, state)


def stay(lane: str, entered: str, released: str, *, days: int = 0, day: int = 0) -> Stay:
    return Stay("gone", lane, to_ms(at(entered, day=days)), to_ms(at(released, day=day)))


def figures(
    waiting: list[Waiting],
    stays: list[Stay],
    boxes: dict[str | None, int] | None = None,
    policy: Policy = POLICY,
) -> dict[str, Lane]:
    now, lines, gone = to_ms(NOW), lines_of(waiting), gone_of(stays)
    forecast = Forecast(lines, {}, Record(rates(gone, OFFICE, now), (), ()), OFFICE, now)
    found = lane_figures(lines, boxes or {}, gone, forecast, Sla(policy, OFFICE), policy, NOW)
    return {lane.name: lane for lane in found}


def test_declarations_are_counted_with_boxes_beside_them() -> None:
    found = figures([waits("a", "red", "07:12"), waits("b", "red", "09:00", "terminal")], [], {"red": 7, None: 1})
    assert (found["red"].declarations, found["red"].boxes, found["no lane"].boxes) == (2, 7, 1)
    assert (found["red"].oldest, found["red"].turns) == (timedelta(hours=3, minutes=29), {"customs": 1, "terminal": 1})


def test_the_site_s_lanes_are_told_and_an_unknown_one_after_them() -> None:
    assert list(figures([], [])) == ["no lane", "green", "yellow", "red"]
    waiting = [waits("a", "purple", "10:00"), waits("b", "blue", "10:00"), waits("c", None, "10:20")]
    found = figures(waiting, [])
    assert list(found) == ["no lane", "green", "yellow", "red", "blue", "purple"]
    assert found["no lane"].oldest == timedelta(minutes=21)
    two = replace(POLICY, sla={"red": timedelta(hours=1), "blue": timedelta(days=2)})
    assert list(figures(waiting, [], policy=two)) == ["no lane", "red", "blue", "purple"]


def test_an_empty_lane_knows_nothing_but_zeros_it_counted() -> None:
    lane = figures([], [])["red"]
    assert (lane.oldest, lane.p50, lane.p90, lane.clears_at) == (None, None, None, None)
    assert (lane.declarations, lane.in_per_hour, lane.out_per_hour) == (0, 0.0, 0.0)


def test_percentiles_are_of_those_released_within_a_day() -> None:
    stays = [
        stay("red", "08:00", "09:00"),
        stay("red", "08:00", "10:00"),
        stay("red", "20:00", "10:40", days=-3, day=-1),
        stay("green", "08:00", "08:05"),
        stay("red", "09:00", "08:00"),  # released before it entered: no wait at all
    ]
    lane = figures([waits("a", "red", "08:00")], stays)["red"]
    assert (lane.p50, lane.p90) == (timedelta(hours=1), timedelta(hours=2))


def test_rates_are_of_the_last_two_clock_hours() -> None:
    stays = [stay("red", "08:41", "08:41"), stay("red", "08:42", "10:41"), stay("red", "09:30", "10:00")]
    lane = figures([waits("a", "red", "09:00")], stays)["red"]  # the first was two hours ago, which is too long ago
    assert (lane.in_per_hour, lane.out_per_hour) == (1.5, 1.0)


def six_an_hour() -> list[Stay]:
    return [stay("red", "08:00", f"{hour}:{minute}") for hour in ("09", "10") for minute in range(10, 40, 5)]


def test_over_the_agreed_wait_and_at_risk_of_it_are_told_apart() -> None:
    waiting = [waits("over", "red", "02:40"), waits("risky", "red", "02:43"), waits("fine", "red", "10:00")]
    lane = figures(waiting, six_an_hour())["red"]
    assert (lane.over_sla, lane.at_risk) == (1, 1)


def test_the_agreed_wait_may_be_counted_in_office_hours() -> None:
    waiting = [waits("a", "yellow", "03:00"), waits("b", "yellow", "08:40")]
    policy = replace(POLICY, sla={"yellow": timedelta(hours=2)}, sla_in_office_hours=True)
    assert figures(waiting, [], policy=policy)["yellow"].over_sla == 2
    assert figures(waiting, [], policy=replace(policy, sla={"yellow": timedelta(hours=2, minutes=5)}))[
        "yellow"
    ].over_sla == 1  # fmt: skip
    assert figures(waiting, [], policy=replace(policy, sla={"yellow": timedelta(hours=3)}))["yellow"].over_sla == 0


def test_the_flow_of_the_day_counts_who_came_and_who_left_in_each_hour() -> None:
    stays = [
        stay("red", "00:10", "08:00"),
        stay("red", "08:59", "10:00"),
        stay("red", "23:59", "10:40", days=-1),  # entered yesterday
        stay("green", "08:00", "08:05"),
    ]
    found = figures([waits("a", "red", "08:20")], stays)["red"].by_hour
    assert [flow.hour for flow in found] == list(range(11))
    assert {flow for flow in found if flow.entered or flow.released} == {Flow(0, 1, 0), Flow(8, 2, 1), Flow(10, 0, 2)}
