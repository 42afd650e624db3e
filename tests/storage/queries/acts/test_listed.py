"""The act list and the tracks as rows for programs."""

from sqlmodel import Session

from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.queries.acts.listed import ACTS
from storage.queries.stays import STAYS
from tests.scene import at


def test_acts_are_rows_with_their_words_written_in_the_time_of_the_site(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    rows = ACTS.page(session, clock, ACTS.filter("track"), policy=policy).rows
    conflict = next(row for row in rows if row.kind == "tracks")
    assert (conflict.subject, conflict.by, conflict.thing) == ("Track 4", at("12:11"), "X9581")
    assert conflict.words == "X9581 in 12:21, X9582 clear 12:32, overlap 0:11"
    assert conflict.helps == "track 3 is free till 15:00, 880 m"
    assert ACTS.page(session, clock, ACTS.filter("risk:act"), policy=policy).total == 6


def test_stays_are_rows_track_by_track_and_an_empty_track_has_one_too(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    rows = STAYS.page(session, clock, policy=policy).rows
    assert {row.track for row in rows} == {"1", "2", "3", "4", "5", "6", "7"}
    (first,) = (row for row in rows if row.train == "X9581")
    assert (first.starts, first.ends, first.conflict) == (
        at("12:21"), at("15:30"), "X9581 is in before X9582 is clear",
    )  # fmt: skip
    (late,) = (row for row in rows if row.train == "84409")
    assert late.certain is False
    (empty,) = (row for row in rows if row.track == "7")
    assert (empty.train, empty.certain, empty.usable_m) == (None, None, 850.0)
    assert {row.closed for row in rows if row.track == "5"} == {"catenary"}
