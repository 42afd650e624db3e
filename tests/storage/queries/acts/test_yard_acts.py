"""What needs a person in the yard: blocks that fill up, reefers, dangerous goods, empties."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import DEFAULT
from storage.models import Block, Booking, Container, Train
from storage.queries.acts import Act, Facts, blocks, care
from tests.scene import NOW, at
from tests.scenery.rows import ZONE, Rows

HERE: dict[str, Any] = {"place": "yard", "block_id": "A", "size_type": "45G1", "full": True}


@pytest.fixture
def rows() -> Rows:
    rows = Rows()
    rows.add(Block, id="A", name="A1", kind="stack", stated_teu=20.0)
    rows.add(Block, id="G", name="G1", kind="dangerous", bays=5, rows=4, tiers=3)
    return rows


def acts(cache: Cache, clock: ManualClock, rows: Rows, module: Any) -> list[Act]:
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        return list(module.acts(Facts(session, clock, DEFAULT)))


def said(act: Act) -> str:
    def part(each: str | datetime | timedelta) -> str:
        return f"{each.astimezone(ZONE):%H:%M}" if isinstance(each, datetime) else str(each)

    return "".join(part(each) for each in act.words)


def stand(rows: Rows, boxes: int, **more: Any) -> None:
    for _ in range(boxes):
        rows.add(Container, **(HERE | more))


def come(rows: Rows, boxes: int, when: str, **more: Any) -> None:
    if not rows.of(Train):
        rows.add(Train, id="R", number="R", direction="arrival", phase="inbound", estimated_arrival=at(when))
    for _ in range(boxes):
        coming = {"place": "train", "inbound_train_id": "R", "expected_at": at(when), "planned_block_id": "A"}
        rows.add(Container, **({"size_type": "45G1", "state": "inbound"} | coming | more))


# -------------------------------------------------------------------------------------------------------------- blocks
def test_a_block_that_fills_up_is_watched_until_then(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    stand(rows, 8)
    come(rows, 2, "14:00")
    (act,) = acts(cache, clock, rows, blocks)
    assert (act.level, act.by, act.subject, act.kind, act.id) == ("watch", at("14:00"), "A1", "block", "A")
    assert said(act) == "stack block full at 14:00: 16 of 20 TEU now"


def test_a_block_that_perhaps_fills_up_says_so(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    stand(rows, 8)
    come(rows, 2, "14:00", inbound_train_id=None)
    (act,) = acts(cache, clock, rows, blocks)
    assert said(act) == "stack block perhaps full at 14:00: 16 of 20 TEU now"


def test_a_full_block_is_to_be_acted_on_now(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    stand(rows, 11)
    (act,) = acts(cache, clock, rows, blocks)
    assert (act.level, act.by, said(act)) == ("act", NOW, "stack block full: 22 of 20 TEU")


def test_a_nearly_full_block_is_watched_and_a_day_ahead_nobody_is_called(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    stand(rows, 8)
    come(rows, 2, "23:00")
    assert acts(cache, clock, rows, blocks) == []
    more = Rows()
    stand(more, 1, id="ninth")
    (act,) = acts(cache, clock, more, blocks)
    assert (act.level, said(act)) == ("watch", "stack block 90 % full: 18 of 20 TEU")


# ---------------------------------------------------------------------------------------------------------------- care
def test_reefers_that_are_not_cooled_are_told_block_by_block(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    cold: dict[str, Any] = {"setpoint_c": -18.0, "plugged": True}
    stand(rows, 2, **cold, reading_c=-14.0)
    stand(rows, 1, **cold, reading_c=-13.8)
    stand(rows, 1, **(cold | {"plugged": False}), reading_c=-17.5)
    stand(rows, 1, **cold, reading_c=-17.5)
    (act,) = acts(cache, clock, rows, care)
    assert said(act) == "4 reefers: 1 not plugged in, 3 off set-point, worst by +4.2 K"
    assert (act.level, act.by, act.subject, act.kind, act.id) == ("act", NOW, "A1", "block", "A")


def test_a_reefer_that_is_not_plugged_in_and_still_cold_is_off_by_nothing(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    stand(rows, 1, setpoint_c=-18.0, plugged=False, reading_c=-18.1)
    (act,) = acts(cache, clock, rows, care)
    assert said(act) == "1 reefer not plugged in"


def test_dangerous_goods_too_near_are_told_block_by_block(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    for bay, imdg_class in ((1, "3"), (3, "5.1")):
        stand(rows, 1, block_id="G", bay=bay, row=1, tier=1, size_type="22G1", imdg_class=imdg_class)
    (act,) = acts(cache, clock, rows, care)
    assert (act.level, act.id, said(act)) == ("act", "G", "1 pair of dangerous goods too near to each other")


def test_dangerous_goods_of_several_blocks_are_one_act_at_the_block_that_has_most(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    rows.add(Block, id="H", name="H1", kind="dangerous", bays=5, rows=4, tiers=3)
    for block, bay, imdg_class in (("G", 1, "3"), ("G", 3, "5.1"), ("H", 1, "3"), ("H", 3, "5.1"), ("H", 5, "3")):
        stand(rows, 1, block_id=block, bay=bay, row=1, tier=1, size_type="22G1", imdg_class=imdg_class)
    (act,) = acts(cache, clock, rows, care)
    assert (act.subject, act.id) == ("H1", "H")
    assert said(act) == "2 pairs of dangerous goods too near to each other, 1 more in G1"


def test_empties_that_are_short_are_told_by_size_type_with_the_booking_that_misses_them(
    cache: Cache, clock: ManualClock, rows: Rows
) -> None:
    stand(rows, 3, full=False, owner="Qinzhou Lines")
    for key, wanted, boxes in (("first", "12:00", 2), ("second", "14:00", 5)):
        rows.add(Booking, id=key, number=key, size_type="45G1", owner="Qinzhou Lines", empties_wanted=boxes,
                 wanted_at=at(wanted))  # fmt: skip
    (act,) = acts(cache, clock, rows, care)
    assert (act.level, act.by, act.subject, act.kind, act.id) == ("watch", at("14:00"), "45G1", "booking", "second")
    assert said(act) == "4 empties short, 7 wanted in 72 h"


def test_where_nothing_is_amiss_nobody_is_called(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    stand(rows, 3)
    assert acts(cache, clock, rows, care) == []
