"""How full the yard was, hour by hour of two weeks, from the versions of its boxes."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from storage.cache import Cache
from storage.clock import ManualClock
from storage.history import at as state_at
from storage.models import Container, Memory, closing, table_of, to_ms
from storage.queries.occupancy_history import occupancy_history
from tests.scene import at
from tests.scenery.rows import Rows

HERE: dict[str, Any] = {
    "place": "yard", "state": "yard", "block_id": "A", "size_type": "45G1", "received_at": at("06:00"), "full": True,
    "vgm_kg": 20_000, "customs": "released",
}  # fmt: skip


def test_boxes_are_in_the_history_from_when_they_stood_until_they_left(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Container, id="stays", observed=at("05:30"), **HERE)
    rows.add(Container, id="leaves", observed=at("06:00"), **HERE)
    rows.add(Container, id="short", observed=at("06:10"), **HERE)
    with cache.write() as session:
        rows.insert(session)
    _change(cache, "leaves", at("08:00"), remark="read again")
    _change(cache, "leaves", at("09:15"), block_id=None, place="truck")
    _change(cache, "short", at("06:50"), block_id=None, place="truck")
    assert _teu(cache, clock) == {"05": None, "06": 4, "07": 4, "08": 4, "09": 4, "10": 2}


def test_the_history_of_one_block_is_that_block_s(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Container, id="moves", observed=at("06:00"), **HERE)
    with cache.write() as session:
        rows.insert(session)
    _change(cache, "moves", at("08:30"), block_id="B")
    assert _teu(cache, clock, "A") == {"05": None, "06": 2, "07": 2, "08": 2, "09": 0, "10": 0}
    assert _teu(cache, clock, "B") == {"05": None, "06": 0, "07": 0, "08": 0, "09": 2, "10": 2}


def test_what_the_cache_has_forgotten_is_unknown(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Container, observed=at("05:00"), **HERE)
    rows.add(Memory, feed="containers", complete_from=at("08:30"))
    with cache.write() as session:
        rows.insert(session)
    assert _teu(cache, clock) == {"05": None, "06": None, "07": None, "08": None, "09": 2, "10": 2}


def test_two_weeks_are_told_hour_by_hour_and_an_empty_cache_knows_none_of_them(
    cache: Cache, clock: ManualClock
) -> None:
    with cache.read() as session:
        found = occupancy_history(session, clock)
    assert (len(found), found[-1].at, found[0].at) == (337, at("10:00"), at("10:00", day=-14))
    assert {point.teu for point in found} == {None}


def test_a_past_state_has_the_history_of_its_time(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Container, id="leaves", observed=at("05:30"), **HERE)
    with cache.write() as session:
        rows.insert(session)
    _change(cache, "leaves", at("09:15"), block_id=None, place="truck")
    past = state_at(cache, at("08:20"))
    clock.at = at("08:20")
    try:
        assert _teu(past, clock) == {"05": None, "06": 2, "07": 2, "08": 2}
    finally:
        past.close()


def _change(cache: Cache, key: str, when: datetime, **values: Any) -> None:
    table = table_of(Container)
    with cache.write() as session:
        connection = session.connection()
        connection.execute(closing(Container, table.c.id == key), {"until": to_ms(when)})
        connection.execute(update(table).where(table.c.id == key).values(observed=when, **values))


def _teu(cache: Cache, clock: ManualClock, block: str | None = None) -> dict[str, float | None]:
    """The last points, by the terminal's hour."""
    with cache.read() as session:
        found = occupancy_history(session, clock, block=block)
    return {
        f"{(point.at - at('00:00')) // timedelta(hours=1):02}": point.teu for point in found if point.at >= at("05:00")
    }
