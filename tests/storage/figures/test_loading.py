"""Loading: the rate of moves, when ready boxes are done, and the room after them; each counted by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from storage.cache import Cache
from storage.figures.loading import Loading, Loads, begins, loading_of, rate_of_moves
from storage.models import Container, Crane, Train, WorkInstruction
from tests.scene import NOW, at
from tests.scenery.rows import Rows

CLOSES = at("11:40")


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=each) for each in minutes]


def loading(**values: Any) -> Loading:
    given: dict[str, Any] = {
        "ready": 9, "rehandles": 3, "discharge_left": 0, "rate": 24.0, "by": "moves", "begins": NOW, "closes": CLOSES,
    }  # fmt: skip
    return Loading(**given | values)


# --------------------------------------------------------------------------------------------------------------- rate
def test_the_rate_is_the_moves_of_the_last_hour() -> None:
    assert rate_of_moves(ago(*(2.5 * move for move in range(24))), NOW) == 24.0


def test_a_pause_of_over_a_quarter_of_an_hour_is_no_time_worked() -> None:
    """Ten moves from :00 to :18, nothing for 24 minutes, ten more up to now: 20 moves in 36 minutes."""
    first, second = (60 - 2 * move for move in range(10)), (18 - 2 * move for move in range(10))
    rate = rate_of_moves(ago(*list(first)[1:], *second), NOW)
    assert rate == pytest.approx(19 / (36 / 60))


def test_a_pause_of_just_a_quarter_of_an_hour_counts_as_work() -> None:
    assert rate_of_moves(ago(0, 15, 30, 45, 59), NOW) == 5.0


def test_the_time_before_the_first_and_after_the_last_move_can_be_a_pause_too() -> None:
    assert rate_of_moves(ago(*range(20, 41, 4)), NOW) == pytest.approx(6 / (20 / 60))


@pytest.mark.parametrize(
    "minutes", [(), (0, 10, 20, 30), (61, 10, 20, 30, 40), (0, 1, 2, 3, 4), (0, 0, 0, 0, 0), (-1, 10, 20, 30, 40)]
)
def test_too_few_moves_or_too_little_work_give_no_rate(minutes: tuple[int, ...]) -> None:
    assert rate_of_moves(ago(*minutes), NOW) is None


# ------------------------------------------------------------------------------------------------------ done, and room
def test_ready_boxes_are_done_when_they_and_what_is_in_their_way_are_moved() -> None:
    """12 moves at 24 an hour are half an hour; the 29 minutes to 11:40 are 11.6 moves."""
    assert (loading().ready_done, loading().room) == (at("11:11"), 11)


def test_what_is_still_to_be_discharged_comes_first() -> None:
    assert loading(discharge_left=12).ready_done == at("11:41")
    assert loading(discharge_left=12).room == -1


def test_without_a_rate_nothing_is_known() -> None:
    slow = loading(rate=None, by=None)
    assert (slow.ready_done, slow.room, slow.all_done([], timedelta(0))) == (None, None, None)
    assert loading(rehandles=None).ready_done is None
    assert loading(begins=None).room is None
    assert loading(closes=None).room is None


def test_all_done_waits_for_the_last_box_and_its_handling() -> None:
    handling = timedelta(minutes=15)
    assert loading().all_done([], handling) == at("11:11")
    assert loading().all_done([at("10:50")] * 8, handling) == at("11:31")
    assert loading().all_done([at("10:50"), at("11:50")], handling) == at("12:05")
    assert loading().all_done([at("10:50"), None], handling) is None


def test_loading_begins_when_the_rake_is_here() -> None:
    assert begins(at("09:00"), at("09:00"), NOW) == NOW
    assert begins(None, at("15:05"), NOW) == at("15:05")
    assert begins(None, at("10:00"), NOW) == NOW
    assert begins(None, None, NOW) == NOW
    assert begins(None, at("15:05"), NOW, unknown_delay=True) is None


# ---------------------------------------------------------------------------------------------------- out of the feeds
READY: dict[str, Any] = {
    "train_id": "T", "received_at": at("08:00"), "state": "yard", "place": "yard", "full": True, "vgm_kg": 20_000,
    "customs": "released", "block_id": "A", "bay": 1, "row": 1,
}  # fmt: skip


def visit(**values: Any) -> Loads:
    given: dict[str, Any] = {
        "id": "T", "track_id": "4", "turned_from": "I", "ready": 1, "begins": NOW, "closes": CLOSES,
    }  # fmt: skip
    return Loads(**given | values)


def asked(cache: Cache, rows: Rows, *visits: Loads) -> dict[str, Loading]:
    rows.add(Train, id="T", number="T", direction="departure", phase="working", planned_departure=at("12:10"))
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        return loading_of(session, visits, NOW)


def moves(rows: Rows, train: str, count: int, **values: Any) -> None:
    for move in range(count):
        done = {"kind": "load", "state": "done", "done_at": NOW - timedelta(minutes=5 * move + 1)} | values
        rows.add(WorkInstruction, train_id=train, **done)


def test_moves_of_the_rake_it_turns_round_from_are_its_own_and_others_are_not(cache: Cache) -> None:
    rows = Rows()
    moves(rows, "T", 4)
    moves(rows, "I", 8, kind="discharge")
    moves(rows, "T", 9, kind="gate-in")
    moves(rows, "T", 9, state="planned")
    moves(rows, "other", 9)
    found = asked(cache, rows, visit())["T"]
    assert (found.rate, found.by) == (20.0, "moves")  # 12 in the 36 minutes since the first of them


def test_with_too_few_moves_the_norm_of_its_working_cranes_stands_in(cache: Cache) -> None:
    rows = Rows()
    moves(rows, "T", 4)
    others: tuple[dict[str, Any], ...] = ({"mode": "fault"}, {"track_id": "5"}, {"norm_per_hour": None})
    for crane, values in enumerate(({}, {"mode": "auto"}, *others)):
        rows.add(Crane, name=str(crane), **{"track_id": "4", "norm_per_hour": 25.0} | values)
    found = asked(cache, rows, visit(), visit(id="U", track_id=None), visit(id="V", track_id="6", ready=0))
    assert (found["T"].rate, found["T"].by) == (50.0, "norm")
    assert (found["U"].rate, found["U"].by, found["U"].rehandles) == (None, None, None)
    assert found["V"].ready_done is None


def test_rehandles_are_counted_once_however_many_boxes_they_stand_on(cache: Cache) -> None:
    rows = Rows()
    moves(rows, "T", 12)
    for tier in (1, 2):
        rows.add(Container, tier=tier, **READY)
    rows.add(Container, tier=3, **READY | {"train_id": None})
    for _ in range(5):
        rows.add(Container, inbound_train_id="I", state="inbound", place="train")
    rows.add(Container, inbound_train_id="I", state="yard", received_at=at("09:00"))
    found = asked(cache, rows, visit(ready=2))["T"]
    assert (found.ready, found.rehandles, found.discharge_left, found.moves_left) == (2, 1, 5, 8)
    assert found.ready_done == at("11:21")


@pytest.mark.parametrize(
    ("inbound", "start"),
    [
        ({"estimated_arrival": at("13:00"), "planned_arrival": at("12:00")}, at("13:00")),
        ({"planned_arrival": at("12:00")}, at("12:00")),
        ({"actual_arrival": at("09:00")}, NOW),
        ({"unknown_delay": True, "planned_arrival": at("12:00")}, None),
    ],
    ids=["estimated", "planned", "here", "nobody can tell"],
)
def test_a_rake_that_turns_round_is_worked_from_when_the_train_it_comes_with_is_here(
    inbound: dict[str, Any], start: datetime | None, cache: Cache
) -> None:
    rows = Rows()
    rows.add(Train, id="I", number="I", direction="arrival", phase="inbound", **inbound)
    assert asked(cache, rows, visit(begins=at("16:20")))["T"].begins == start
