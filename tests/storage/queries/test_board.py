"""The Board and its act list."""

from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.queries.board import Act, board, count_risks
from tests.scene import NOW, at


def acts(session: Session, clock: ManualClock, policy: Policy) -> list[Act]:
    return list(board(session, clock, policy=policy).acts)


def test_what_needs_a_person_comes_gravest_and_soonest_first(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    found = acts(session, clock, policy)
    assert [(act.level, act.by, act.subject) for act in found] == [
        ("act", NOW, "X9582"),
        ("act", NOW, "seal 88200"),
        ("act", at("11:00"), "X9582"),
        ("act", at("11:15"), "X9582"),
        ("act", at("11:15"), "X9582"),
        ("act", at("12:21"), "X9581"),
        ("watch", at("11:00"), "X9582"),
        ("watch", at("11:08"), "X8071"),
        ("watch", at("13:00"), "X8086"),
        ("watch", at("14:30"), "X8086"),
        ("watch", at("16:00"), "X2012"),
        ("watch", None, "I1"),
    ]
    assert count_risks(session, clock, policy=policy) == (6, 6)


def test_each_act_says_in_words_what_is_wrong(session: Session, clock: ManualClock, policy: Policy) -> None:
    words = {act.words for act in acts(session, clock, policy)}
    assert "opened unauthorised on QZHU 305438 5, at I1-08-01-1" in words
    assert "2 red-lane declarations clear after the customs cut-off" in words
    assert "1 yellow-lane declaration clears after the customs cut-off" in words
    assert "inspection block 90 % full: 18 of 20 TEU" in words


def test_a_conflict_of_two_trains_is_one_act(session: Session, clock: ManualClock, policy: Policy) -> None:
    conflicts = [act for act in acts(session, clock, policy) if "track conflict" in act.words]
    assert [(act.kind, act.id) for act in conflicts] == [("train", "X9581")]


def test_the_board_has_the_next_trains_the_yard_and_the_lanes(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    found = board(session, clock, policy=policy)
    assert [row.number for row in found.departures] == ["X9582", "X8086", "X2012", "84412"]
    assert [row.number for row in found.arrivals] == ["X8071", "X9581", "84409", "X2011"]
    assert (found.yard.teu, found.yard.working_teu) == (2551, 4088)
    assert [row.kind for row in found.kinds] == ["stack", "reefer", "dangerous", "empty", "inspection"]
    assert found.lanes.declarations == 67


def test_an_empty_terminal_has_an_empty_board(cache: Cache, clock: ManualClock) -> None:
    with cache.read() as session:
        found = board(session, clock)
        assert count_risks(session, clock) == (0, 0)
    assert (found.acts, found.departures, found.arrivals, found.kinds) == ((), (), (), ())
    assert (found.yard.percent, found.lanes.declarations) == (None, 0)
