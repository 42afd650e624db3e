"""What a train of Digitraffic becomes: a visit for a station, and its stops."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from storage.upstreams.digitraffic_trains import RailTrain, calls_at, stops_of, visit_of
from tests.storage.upstreams.digitraffic_server import TrainJson, captured_train, not_yet_from, rows_at

NOW = datetime(2019, 11, 1, tzinfo=UTC)
PLACES = {"HKI": "Helsinki asema", "KKN": "Kirkkonummi", "MÄK": "Mäkkylä"}


def decoded(train: TrainJson) -> RailTrain:
    return msgspec.json.decode(json.dumps(train), type=RailTrain)


def visit(train: TrainJson, station: str) -> Any:
    return visit_of(decoded(train), station, "fin", PLACES, NOW)[0]


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2019, 10, 31, hour, minute, second, tzinfo=UTC)


def test_the_departure_date_is_the_finnish_day_though_the_train_leaves_the_evening_before_in_utc() -> None:
    found = visit(captured_train(), "HKI")
    assert found.id == "fin:2019-11-01:8533:HKI"
    assert found.planned_departure == at(22, 3)


def test_a_visit_has_the_stations_times_track_and_ends() -> None:
    found = visit(captured_train(), "MÄK")
    assert (found.number, found.service, found.train_class, found.operator) == ("8533", "L", "Commuter", "vr")
    assert (found.origin_code, found.origin, found.destination) == ("HKI", "Helsinki asema", "Kirkkonummi")
    assert (found.planned_arrival, found.actual_arrival) == (at(22, 17, 12), at(22, 19, 49))
    assert (found.planned_departure, found.actual_departure) == (at(22, 17, 30), at(22, 20, 19))
    assert (found.track, found.rev, found.changed_at) == ("4", 263600307480, NOW)


def test_arrival_and_departure_at_one_place_are_one_stop_in_the_order_of_the_way() -> None:
    _, stops = visit_of(decoded(captured_train()), "PSL", "fin", PLACES, NOW)
    found: list[Any] = list(stops)
    assert len(found) == 22
    assert [stop.sequence for stop in found] == list(range(22))
    assert [stop.place_code for stop in found[:3]] == ["HKI", "PSL", "ILA"]
    assert (found[0].planned_arrival, found[0].planned_departure) == (None, at(22, 3))
    assert (found[21].planned_arrival, found[21].planned_departure) == (at(22, 50), None)
    assert [stop.place_code for stop in found if not stop.stops] == ["KHK", "VKH", "HEK"]
    assert {stop.train_id for stop in found} == {"fin:2019-11-01:8533:PSL"}


def test_a_train_that_comes_twice_to_a_place_stops_there_twice() -> None:
    train = captured_train()
    train["timeTableRows"] += rows_at(train, "PSL")
    assert [stop.station for stop in stops_of(decoded(train))].count("PSL") == 2


def test_it_calls_only_where_it_stops() -> None:
    train = decoded(captured_train())
    assert calls_at(train, "PSL")
    assert not calls_at(train, "KHK")  # it passes
    assert not calls_at(train, "KV")


@pytest.mark.parametrize(("station", "direction"), [("HKI", "departure"), ("PSL", "departure"), ("KKN", "arrival")])
def test_a_visit_is_an_arrival_only_where_the_way_ends(station: str, direction: str) -> None:
    assert visit(captured_train(), station).direction == direction


def cancelled_at(train: TrainJson, station: str) -> TrainJson:
    for row in rows_at(train, station):
        row["cancelled"] = True
    return train


def without_ready(train: TrainJson) -> TrainJson:
    for row in train["timeTableRows"]:
        row.pop("trainReady", None)
    return train


def refused_ready(train: TrainJson) -> TrainJson:
    rows_at(train, "HKI")[0]["trainReady"]["accepted"] = False
    return train


def arrived_only(train: TrainJson, station: str) -> TrainJson:
    after = not_yet_from(captured_train(), station)
    rows_at(after, station)[0]["actualTime"] = rows_at(train, station)[0]["actualTime"]
    return after


def unseen_at(train: TrainJson, station: str) -> TrainJson:
    for row in rows_at(train, station):
        row.pop("actualTime", None)
    return train


WHOLE = captured_train()


@pytest.mark.parametrize(
    ("train", "station", "phase"),
    [
        (captured_train(), "PSL", "departed"),
        (captured_train(), "KKN", "arrived"),
        (arrived_only(WHOLE, "PSL"), "PSL", "arrived"),
        (not_yet_from(captured_train(), "PSL"), "PSL", "inbound"),
        (not_yet_from(captured_train(), "PSL") | {"runningCurrently": False}, "KKN", "inbound"),
        (not_yet_from(captured_train(), "HKI") | {"runningCurrently": False}, "PSL", "created"),
        (not_yet_from(captured_train(), "HKI"), "HKI", "complete"),
        (without_ready(not_yet_from(captured_train(), "HKI")), "HKI", "created"),
        (refused_ready(not_yet_from(captured_train(), "HKI")), "HKI", "created"),
        (captured_train(cancelled=True), "PSL", "canceled"),
        (cancelled_at(captured_train(), "PSL"), "PSL", "canceled"),
        (cancelled_at(captured_train(), "KKN"), "PSL", "departed"),
        (unseen_at(captured_train(), "PSL"), "PSL", "departed"),
    ],
    ids=[
        "left", "end of the way", "stands here", "on its way", "seen on its way", "not yet on its way",
        "declared ready", "not declared", "declaration refused", "train cancelled", "stop cancelled",
        "another stop cancelled", "missed here, seen further on",
    ],
)  # fmt: skip
def test_the_phase_follows_from_the_timetable(train: TrainJson, station: str, phase: str) -> None:
    assert visit(train, station).phase == phase


def test_an_unknown_delay_is_said_and_has_no_estimate_so_it_never_looks_on_time() -> None:
    train = not_yet_from(captured_train(), "PSL")
    for row in rows_at(train, "PSL"):
        row["unknownDelay"] = True
    found = visit(train, "PSL")
    assert found.unknown_delay is True
    assert (found.estimated_arrival, found.estimated_departure) == (None, None)
    assert found.planned_departure is not None
    _, stops = visit_of(decoded(train), "PSL", "fin", PLACES, NOW)
    late: list[Any] = [stop for stop in stops if getattr(stop, "unknown_delay")]  # noqa: B009
    assert [stop.place_code for stop in late] == ["PSL"]


def test_an_unknown_delay_is_over_once_the_train_has_come() -> None:
    train = captured_train()
    for row in rows_at(train, "PSL"):
        row["unknownDelay"] = True
    assert visit(train, "PSL").unknown_delay is False


def test_a_known_delay_is_estimated() -> None:
    found = visit(not_yet_from(captured_train(), "PSL"), "PSL")
    assert (found.estimated_departure, found.actual_departure, found.unknown_delay) == (at(22, 9, 39), None, False)


@pytest.mark.parametrize(("station", "cause"), [("HKI", None), ("PSL", None), ("HPL", "R1"), ("KKN", "R1")])
def test_the_cause_of_a_delay_is_known_from_where_it_arose(station: str, cause: str | None) -> None:
    assert visit(captured_train(), station).delay_cause == cause


def test_the_finest_codes_of_a_cause_are_shown() -> None:
    train = captured_train()
    rows_at(train, "PSL")[0]["causes"] = [
        {"categoryCode": "K", "detailedCategoryCode": "K1", "thirdCategoryCode": "K1A"},
        {"categoryCode": "P"},
    ]
    assert visit(train, "PSL").delay_cause == "K1A P"


def test_readiness_is_what_was_declared_here_and_unknown_elsewhere() -> None:
    assert visit(captured_train(), "HKI").ready is True
    assert visit(captured_train(), "PSL").ready is None


def test_a_timetable_made_ad_hoc_is_remarked() -> None:
    assert visit(captured_train(timetableType="ADHOC"), "PSL").remark == "timetable made ad hoc"
    assert visit(captured_train(), "PSL").remark is None


def test_a_value_out_of_bounds_is_no_visit() -> None:
    with pytest.raises(msgspec.ValidationError):
        visit(captured_train(operatorShortCode="x" * 500), "PSL")
