"""What the Board says of the yard besides how full it is."""

from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.queries.occupancy import occupancy_forecast
from storage.queries.yard_ahead import yard_ahead
from tests.scene import at


def test_each_kind_has_its_low_and_high_in_twelve_hours_and_when_it_fills(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    found = yard_ahead(session, clock, occupancy_forecast(session, clock, policy=policy), policy=policy)
    assert {kind: (ahead.low, ahead.high) for kind, ahead in found.kinds.items()} == {
        "stack": (59, 60), "reefer": (82, 82), "dangerous": (23, 23), "empty": (57, 57), "inspection": (70, 100),
    }  # fmt: skip
    assert found.kinds["inspection"].full_at == at("13:30")
    assert found.kinds["stack"].full_at is None


def test_what_is_to_be_dug_and_how_the_cranes_run_are_counted(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    found = yard_ahead(session, clock, occupancy_forecast(session, clock, policy=policy), policy=policy)
    assert found.rehandles == 4
    assert list((found.cranes or {}).items()) == [("auto", 4), ("remote", 1), ("fault", 1)]


def test_before_anything_has_come_nothing_is_counted(cache: Cache, clock: ManualClock) -> None:
    with cache.read() as session:
        found = yard_ahead(session, clock, occupancy_forecast(session, clock))
    assert (found.kinds, found.rehandles, found.cranes) == ({}, None, None)
    assert found.missing == ("blocks", "containers", "trains", "gate_visits", "inspections")
