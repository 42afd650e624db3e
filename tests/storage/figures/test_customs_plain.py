"""The quick ways of customs say what the plain definitions say, whatever waits."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.figures.expected_release import Forecast, Record, Slot, rates
from storage.figures.hours import OfficeTime, read_hours
from storage.figures.lanes import Sla, lane_figures
from storage.figures.policy import Policy
from storage.models.base import to_ms
from tests.scene import NOW
from tests.scenery.rows import ZONE
from tests.storage.plain_customs import (
    PlainLane,
    Stay,
    Waiting,
    expected,
    gone_of,
    in_order,
    lines_of,
    plain_lane,
    rates_of,
)

NOW_MS, MINUTE, HOUR = to_ms(NOW), 60_000, 3_600_000
LANES = ("green", "red", "purple")
OFFICES = ("08:30-12:00,13:30-19:00", "00:00-23:59", "10:00-12:10", "")
minutes = st.integers(-2 * 24 * 60, 0).map(lambda count: NOW_MS + count * MINUTE)


@st.composite
def declarations(draw: st.DrawFn) -> list[Waiting]:
    return [
        Waiting(
            f"D{number}",
            draw(st.sampled_from((None, *LANES))),
            draw(st.none() | minutes),
            draw(st.sampled_from((None, "customs", "broker", "terminal"))),
            draw(st.sampled_from(("accepted", "inspection", "detained"))),
            draw(st.sampled_from((0, 0, 0, 1, 7))),
        )
        for number in range(draw(st.integers(0, 15)))
    ]


@st.composite
def releases(draw: st.DrawFn) -> list[Stay]:
    found = []
    for number in range(draw(st.integers(0, 30))):
        entered = draw(minutes)
        released = min(NOW_MS, entered + draw(st.integers(0, 20 * 60)) * MINUTE)
        found.append(Stay(f"R{number}", draw(st.sampled_from(LANES)), entered, released))
    return found


slots = st.dictionaries(
    st.integers(0, 15).map("D{}".format),
    st.builds(
        lambda start, length: Slot(
            NOW_MS + start * MINUTE, None if length is None else NOW_MS + (start + length) * MINUTE
        ),
        st.integers(-120, 600),
        st.none() | st.just(30),
    ),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(
    waiting=declarations(), stays=releases(), slots=slots, office=st.sampled_from(OFFICES), agreed=st.integers(1, 20),
    in_office=st.booleans(),
)  # fmt: skip
def test_lanes_and_expected_releases_are_as_they_are_defined(
    waiting: list[Waiting], stays: list[Stay], slots: dict[str, Slot], office: str, agreed: int, in_office: bool
) -> None:
    hours = read_hours(office, ZONE)
    time = OfficeTime(hours, NOW)
    policy = Policy(
        zone=ZONE, sla={"green": timedelta(minutes=7 * agreed), "red": timedelta(hours=agreed)},
        sla_in_office_hours=in_office,
    )  # fmt: skip
    rate = rates_of(stays, hours, NOW)
    at = expected(waiting, slots, rate, hours, NOW)
    lines, gone = lines_of(waiting), gone_of(stays)
    assert rates(gone, time, NOW_MS) == rate
    forecast = Forecast(lines, slots, Record(rate, ()), time, NOW_MS)
    assert forecast.at == at
    found = {lane.name: lane for lane in lane_figures(lines, {}, gone, forecast, Sla(policy, time), policy, NOW)}
    for lane in (None, *LANES):
        plain = plain_lane(lane, waiting, stays, at, hours, policy, NOW)
        if lane is None or lane in found:
            assert counted(asdict(found[lane or "no lane"])) == plain
        else:
            assert plain.declarations == 0
    everybody_s_turn = [one._replace(turn="customs", state="accepted") for one in waiting]
    by_place = expected(everybody_s_turn, {}, rate, hours, NOW)
    for lane in LANES:
        last = [one.id for one in in_order(waiting) if one.lane == lane][-1:]
        assert forecast.clears(lane) == (by_place.get(last[0]) if last else None)


def counted(lane: dict[str, Any]) -> PlainLane:
    return PlainLane(**{name: lane[name] for name in PlainLane._fields})
