"""Boxes that customs holds: late, maybe late, in time, or nobody can tell."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from storage.clock import ManualClock
from storage.figures.expected_release import Interval
from storage.figures.policy import Moment, Policy
from storage.models.base import to_ms
from storage.queries import clearances as module
from storage.queries.clearances import Clearances, clearances
from tests.scene import at


def test_boxes_are_held_against_the_cut_off_of_their_train(
    session: Session, clock: ManualClock, policy: Policy
) -> None:
    moment = Moment.of(clock, policy)
    cutoffs = {"X9582": at("11:15"), "X8086": at("14:30")}
    assert clearances(session, cutoffs, moment)["X9582"].late == 3
    in_time = clearances(session, {"X9582": at("23:00")}, moment).get("X9582", Clearances())
    assert in_time.late == 0


def test_the_upper_bound_of_an_expected_release_is_held_against_it_too(
    session: Session, clock: ManualClock, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is expected in time, and one in ten such an hour after the cut-off."""
    moment, by = Moment.of(clock, policy), at("23:00")
    high = to_ms(by + timedelta(hours=1))
    monkeypatch.setattr(
        "storage.figures.expected_release.Forecast.interval",
        lambda forecast, identity: Interval(forecast.at[identity], high),
    )
    assert clearances(session, {"X9582": by}, moment) == {"X9582": Clearances(late=0, may_be_late=3)}


def test_trains_of_which_customs_holds_nothing_cost_no_reading_of_the_lanes(
    session: Session, clock: ManualClock, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(module, "queue_at")
    assert clearances(session, {}, Moment.of(clock, policy)) == {}
    assert clearances(session, {"X2012": at("16:00")}, Moment.of(clock, policy)) == {}
