"""Occupancy of blocks."""

from storage.cache import Cache
from storage.figures.occupancy import Standing, percent, raw_slots, standing_by_block, working_capacity
from storage.figures.policy import Policy
from storage.models import Container
from tests.scene import at
from tests.scenery.rows import Rows


def standing(cache: Cache, *boxes: dict[str, object], policy: Policy | None = None) -> dict[str, Standing]:
    rows = Rows()
    for box in boxes:
        rows.add(Container, **box)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        return standing_by_block(session, policy or Policy())


def test_boxes_count_by_their_length(cache: Cache) -> None:
    found = standing(
        cache,
        {"block_id": "A1", "place": "yard", "size_type": "22G1"},
        {"block_id": "A1", "place": "yard", "size_type": "45G1"},
        {"block_id": "A1", "place": "yard", "size_type": "L5G1"},
        {"block_id": "A1", "place": None, "size_type": "40HC"},
        {"block_id": "B1", "place": "yard", "size_type": "22G1"},
        policy=Policy(teu_45=2.25),
    )
    assert (found["A1"].boxes, found["A1"].teu, found["B1"].teu) == (4, 7.25, 1.0)


def test_a_box_of_unknown_size_is_counted_and_in_no_teu(cache: Cache) -> None:
    found = standing(cache, {"block_id": "A1", "size_type": "ZZZZ"}, {"block_id": "A1", "size_type": None})
    assert found["A1"] == Standing(boxes=2, teu=0.0, teu_unknown=2)


def test_what_has_left_or_is_on_wheels_does_not_stand(cache: Cache) -> None:
    found = standing(
        cache,
        {"block_id": "A1", "place": "wagon", "size_type": "22G1"},
        {"block_id": "A1", "place": "yard", "size_type": "22G1", "departed_at": at("09:00")},
        {"block_id": None, "place": "yard", "size_type": "22G1"},
    )
    assert found == {}


def test_reserved_positions_stand_beside(cache: Cache) -> None:
    found = standing(
        cache,
        {"planned_block_id": "A1", "place": "train", "size_type": "45G1"},
        {"planned_block_id": "A1", "block_id": "B1", "place": "yard", "size_type": "22G1"},
        {"planned_block_id": "A1", "block_id": "A1", "place": "yard", "size_type": "22G1"},
    )
    assert found["A1"] == Standing(boxes=1, teu=1.0, reserved_teu=3.0)


def test_plugs_in_use_are_counted(cache: Cache) -> None:
    found = standing(
        cache,
        {"block_id": "R1", "size_type": "45R1", "plugged": True},
        {"block_id": "R1", "size_type": "45R1", "plugged": False},
        {"block_id": "R1", "size_type": "22R1", "plugged": None},
    )
    assert found["R1"].plugged == 1


def test_working_capacity_is_as_stated_else_raw_slots_times_factor() -> None:
    raw = raw_slots(25, 6, 4)
    assert raw == 600
    assert working_capacity(None, raw, 0.8) == 480.0
    assert working_capacity(20.0, raw, 0.8) == 20.0
    assert working_capacity(None, raw, None) is None
    assert working_capacity(None, raw_slots(None, 6, 4), 0.8) is None


def test_a_percentage_may_pass_a_hundred_and_is_unknown_without_capacity() -> None:
    assert percent(341.0, 480.0) == 71
    assert percent(500.0, 480.0) == 104
    assert percent(1.0, None) is None
    assert percent(1.0, 0.0) is None
