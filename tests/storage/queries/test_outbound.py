"""A departure at the planned time or at another one, with every box; what could take the place of a missing one."""

import pytest
from sqlmodel import Session

from storage.clock import ManualClock
from storage.figures.policy import Moment, Policy
from storage.queries.outbound import departing, leave_as_planned, substitutes_of
from storage.queries.trains import TRAINS
from tests.scene import at


def test_what_if_it_leaves_at_another_time(session: Session, clock: ManualClock, policy: Policy) -> None:
    now = departing(session, clock, "X9582", at("10:41"), policy=policy)
    late = departing(session, clock, "X9582", at("14:00"), policy=policy)
    assert now is not None
    assert late is not None
    assert (now.leaves.make_it, now.leaves.booked) == ({"loaded": 31}, 54)
    assert (late.leaves.closes, late.leaves.booked) == (at("13:30"), 54)
    assert late.leaves.make_it == {"loaded": 31, "ready": 9, "due": 3, "customs": 2}
    assert departing(session, clock, "X9581", policy=policy) is None
    assert departing(session, clock, "nobody", policy=policy) is None


@pytest.mark.parametrize("leaves", [None, "10:41", "12:10", "14:00"])
def test_every_booked_box_is_in_the_part_of_a_departure_that_counts_it(
    session: Session, clock: ManualClock, policy: Policy, leaves: str | None
) -> None:
    found = departing(session, clock, "X9582", at(leaves) if leaves else None, policy=policy)
    assert found is not None
    parts = {"make it": found.leaves.make_it, "miss it": found.leaves.miss_it, "cannot tell": found.leaves.cannot_tell}
    short = sum(found.not_loaded.values())
    for outcome, part in parts.items():
        rows = sum(each.boxes for each in found.boxes if each.outcome == outcome)
        moved = short if outcome == "make it" else -short if outcome == "miss it" else 0
        assert rows == sum(part.values()) + moved
    assert sum(each.boxes for each in found.boxes) == 54


def test_boxes_there_is_no_time_to_load_are_counted_and_none_of_them_named(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    """At 11:25 loading closes 10:55: 14 minutes at 24 an hour are 5 moves, 3 of them in the way, so 2 of 9 ready."""
    found = departing(session, clock, "X9582", at("11:25"), policy=policy)
    assert found is not None
    assert (found.leaves.closes, found.not_loaded) == (at("10:55"), {"ready": 7})
    assert found.leaves.make_it == {"loaded": 31, "ready": 2}
    assert [each.outcome for each in found.boxes if each.of_class == "ready"] == ["make it"] * 9


def test_substitutes_say_where_they_are_and_how_many_boxes_they_could_stand_in_for(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    found = substitutes_of(session, clock, "X9582", policy=policy)
    assert found is not None
    assert (found.missing, len(found.rows)) == (5, 6)
    assert all(each.where and each.where[0] in "AB" for each in found.rows)
    assert substitutes_of(session, clock, "X9581", policy=policy) is None


def test_many_trains_leave_as_planned_as_each_of_them_does(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    rows = TRAINS.page(session, clock, policy=policy).rows
    found = leave_as_planned(session, rows, Moment.of(clock, policy))
    assert found.keys() == {row.id for row in rows if row.loading is not None}
    for train, leaves in found.items():
        one = departing(session, clock, train, policy=policy)
        assert one is not None
        assert one.leaves == leaves
        assert leaves.booked == one.row.boxes
