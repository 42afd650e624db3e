"""Boxes in the way."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from storage.cache import Cache
from storage.figures.rehandles import Stacked, in_the_way, rehandles
from storage.models import Container, Train
from tests.scene import at
from tests.scenery.rows import Rows

SOON, LATER = at("12:10"), at("15:40")
WANTED = Stacked("wanted", 6, 1, 1, SOON, ready=True)


def ids(*block: Stacked, box: Stacked = WANTED) -> list[str]:
    return [each.id for each in rehandles(box, [box, *block])]


def test_boxes_above_are_in_the_way_topmost_first() -> None:
    assert ids(Stacked("second", 6, 1, 2), Stacked("third", 6, 1, 3)) == ["third", "second"]


def test_boxes_below_in_another_row_or_another_bay_are_not() -> None:
    box = WANTED._replace(tier=2)
    others = (Stacked("below", 6, 1, 1), Stacked("row", 6, 2, 3), Stacked("bay", 10, 1, 3), Stacked("odd", 9, 1, 3))
    assert ids(*others, box=box) == []


@pytest.mark.parametrize(
    ("other", "in_the_way"),
    [
        (Stacked("other", 6, 1, 2, SOON, ready=True), False),
        (Stacked("other", 6, 1, 2, at("11:00"), ready=True), False),
        (Stacked("other", 6, 1, 2, LATER, ready=True), True),
        (Stacked("other", 6, 1, 2, SOON, ready=False), True),
        (Stacked("other", 6, 1, 2, None, ready=True), True),
        (Stacked("other", 6, 1, 2), True),
    ],
)
def test_only_what_leaves_no_later_and_can_be_loaded_is_not_in_the_way(other: Stacked, in_the_way: bool) -> None:
    assert ids(other) == (["other"] if in_the_way else [])


def test_a_box_that_leaves_nobody_knows_when_waits_for_all_that_are_ready() -> None:
    unknown = Stacked("wanted", 6, 1, 1)
    assert ids(Stacked("ready", 6, 1, 2, LATER, ready=True), Stacked("not", 6, 1, 3, LATER), box=unknown) == ["not"]


def test_a_40_foot_box_lies_on_two_20_foot_stacks() -> None:
    short = Stacked("wanted", 5, 1, 1)
    assert ids(Stacked("long", 6, 1, 2), Stacked("other", 4, 1, 3), Stacked("beside", 7, 1, 2), box=short) == [
        "other", "long",
    ]  # fmt: skip
    assert ids(Stacked("left", 5, 1, 2), Stacked("right", 7, 1, 2), Stacked("far", 9, 1, 2)) == ["left", "right"]


def test_a_ready_box_of_the_same_train_is_not_in_the_way_whenever_that_leaves() -> None:
    wanted = Stacked("wanted", 6, 1, 1, None, ready=True, train="T")
    same = Stacked("same", 6, 1, 2, None, ready=True, train="T")
    assert ids(same, box=wanted) == []
    assert ids(same._replace(ready=False), box=wanted) == ["same"]


# ----------------------------------------------------------------------------------------------- SQL against Python
TRAINS = {"early": at("11:00"), "same": SOON, "late": LATER, "unknown": None}
stacked = st.fixed_dictionaries(
    {
        "bay": st.integers(1, 8),
        "row": st.integers(1, 2),
        "tier": st.integers(1, 4),
        "block_id": st.sampled_from(["A", "B"]),
        "train_id": st.sampled_from([None, "nobody", *TRAINS]),
        "customs": st.sampled_from(["released", "released", "declared"]),
        "state": st.sampled_from(["yard", "yard", "loaded"]),
        "place": st.sampled_from(["yard", None, "wagon"]),
        "rolled": st.sampled_from([None, False, True]),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(stacked, max_size=24))
def test_sql_finds_for_whole_trains_what_python_finds_for_each_box(cache: Cache, made: list[dict[str, Any]]) -> None:
    rows = Rows()
    for name, departs in TRAINS.items():
        rows.add(Train, id=name, number=name, direction="departure", phase="working", planned_departure=departs)
    for box in made:
        rows.add(Container, received_at=at("08:00"), full=True, vgm_kg=20_000, **box)
    with cache.write() as session:
        session.connection().execute(delete(Container))
        session.connection().execute(delete(Train))
        rows.insert(session)
    with cache.read() as session:
        found = in_the_way(session, list(TRAINS))
    standing = [(box["block_id"], stack_of(box)) for box in rows.of(Container) if box["place"] in ("yard", None)]
    expected: dict[str, dict[str, frozenset[str]]] = {}
    for block, wanted in standing:
        if wanted.ready and wanted.train in TRAINS:
            above = rehandles(wanted, [other for where, other in standing if where == block])
            if above:
                expected.setdefault(wanted.train or "", {})[wanted.id] = frozenset(each.id for each in above)
    assert found == expected


def stack_of(box: dict[str, Any]) -> Stacked:
    ready = box["customs"] == "released" and box["state"] == "yard" and not box["rolled"]
    train = box["train_id"]
    return Stacked(box["id"], box["bay"], box["row"], box["tier"], TRAINS.get(train), ready, train)
