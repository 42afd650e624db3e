"""Margins."""

from datetime import timedelta

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.margins import margin, onward_margin
from storage.models import Train, TrainStop, Voyage
from storage.queries.trains import TRAINS
from tests.scene import NOW, at
from tests.scenery.rows import Rows

CARGO, ARRIVAL = at("06:00", day=2), at("18:50", day=1)


def test_a_margin_is_the_cut_off_less_what_is_expected() -> None:
    assert margin(at("11:15"), at("11:50")) == timedelta(minutes=-35)
    assert margin(None, at("11:50")) is None
    assert margin(at("11:15"), None) is None


def test_the_onward_margin_leaves_time_for_the_transfer() -> None:
    assert onward_margin(CARGO, ARRIVAL, 120) == timedelta(hours=9, minutes=10)
    assert onward_margin(CARGO, ARRIVAL, None) == timedelta(hours=11, minutes=10)
    assert onward_margin(CARGO, None, 120) is None


def test_the_train_s_own_estimate_at_the_port_comes_before_what_the_voyage_states(cache: Cache) -> None:
    rows = Rows()
    rows.add(
        Voyage, id="V", vessel="Beibu Gulf 7", port_code="CNQZH", train_arrival=ARRIVAL, transfer_min=120,
        cargo_cutoff=CARGO,
    )  # fmt: skip
    for name in ("A", "B"):
        rows.add(Train, id=name, number=name, direction="departure", phase="working", voyage_id="V")
    for place, hours in (("CNNIN", 20), ("CNQZH", 5)):
        rows.add(
            TrainStop, train_id="A", sequence=hours, place_code=place, planned_arrival=ARRIVAL,
            estimated_arrival=ARRIVAL + timedelta(hours=hours),
        )  # fmt: skip
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        found = {row.id: row.onward_margin for row in TRAINS.page(session, ManualClock(NOW)).rows}
    assert found == {"A": timedelta(hours=4, minutes=10), "B": timedelta(hours=9, minutes=10)}
