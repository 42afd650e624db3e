"""The act list of the hand-made terminal, and the order of any."""

from datetime import datetime, timedelta

import msgspec
import pytest
from sqlmodel import Session

from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.figures.risk import Cause
from storage.queries.acts import SOURCES, Act, Facts, acts_of, customs, trains
from storage.queries.acts.act import soonest_first
from storage.queries.customs import DECLARATIONS
from tests.scene import NOW, at
from tests.storage.queries.acts.written import said

ROOM = 56
"""Cells for the few words on a terminal of 80 columns."""


@pytest.fixture
def facts(session: Session, clock: ManualClock, policy: Policy) -> Facts:
    return Facts(session, clock, policy)


def test_what_needs_a_person_comes_soonest_first(facts: Facts) -> None:
    found = acts_of(facts)
    assert [(act.level, act.by, act.subject) for act in found] == [
        ("act", NOW, "X9582"),
        ("act", NOW, "seal 88200"),
        ("act", at("11:00"), "X9582"),
        ("watch", at("11:08"), "X8071"),
        ("act", at("11:15"), "X9582"),
        ("act", at("11:15"), "X9582"),
        ("act", at("12:11"), "Track 4"),
        ("watch", at("13:00"), "X8086"),
        ("watch", at("13:30"), "I1"),
        ("watch", at("14:16"), "X8086"),
        ("watch", at("16:00"), "X2012"),
    ]


def test_each_act_says_in_words_what_is_wrong_and_what_would_help(facts: Facts) -> None:
    told = {said((*act.words, ": ", *act.helps)) for act in acts_of(facts)}
    assert "VGM cut-off passed, 1 box missing: have it weighed, or roll" in told
    assert ("gate cut-off: 2 boxes too late, 3 with no ETA: call the hauliers; 6 substitutes are ready") in told
    assert "X9581 in 12:21, X9582 clear 12:32, overlap 0:11: track 3 is free till 15:00, 880 m" in told
    assert "4 boxes not declared in the yard: declare by 14:16 to clear before 14:30" in told
    assert "0:48 late, locomotive: unload 55 boxes from 11:08" in told
    assert any(line.startswith("2 red-lane boxes clear 0:15 and 0:26 after the customs cut-off") for line in told)


def test_declarations_that_clear_in_the_same_minute_are_told_by_one_time(facts: Facts) -> None:
    late = DECLARATIONS.filter("margin<0 open:yes")
    row = DECLARATIONS.page_of(facts.queue, facts.session, late, DECLARATIONS.sort("cutoff_at")).rows[0]
    assert row.margin is not None
    twin = msgspec.structs.replace(row, margin=row.margin - timedelta(seconds=1))
    told = said(customs._late("X9582", "red", [row, twin], NOW).words)
    assert told == "2 red-lane boxes clear 2:56 after the customs cut-off"


def test_each_act_says_it_in_few_words_too(facts: Facts) -> None:
    told = {said(act.short) for act in acts_of(facts)}
    assert "gate: 2 too late, 3 no ETA; 6 substitutes are ready" in told
    assert "X9581 and X9582 overlap 0:11; track 3 is free" in told
    assert "VGM cut-off passed, 1 missing: have it weighed" in told
    assert max(map(len, told)) <= ROOM


@pytest.mark.parametrize("cutoff", ["gate", "reefer", "dangerous goods", "documents", "VGM", "customs"])
def test_a_past_cutoff_in_few_words_fits_its_line(facts: Facts, cutoff: str) -> None:
    words = f"{cutoff} cut-off passed, 12 boxes missing"
    (row,) = [row for row in facts.trains if row.number == "X9582"]
    late = msgspec.structs.replace(row, causes=(Cause("act", "cut-off", words, facts.moment.now),))
    facts.__dict__["trains"] = (late,)
    (act,) = trains.acts(facts)
    assert said(act.words) == words
    assert len(said(act.short)) <= ROOM


def test_counting_needs_no_words(session: Session, clock: ManualClock, policy: Policy) -> None:
    counted = acts_of(Facts(session, clock, policy, counting=True))
    in_words = acts_of(Facts(session, clock, policy))
    assert [(act.level, act.by, act.id) for act in counted] == [(act.level, act.by, act.id) for act in in_words]


def test_a_conflict_of_two_trains_is_one_act(facts: Facts) -> None:
    assert [(act.kind, act.id) for act in acts_of(facts) if act.kind == "tracks"] == [("tracks", "X9581")]


def test_every_source_names_the_feeds_it_draws_on() -> None:
    assert all(module.FEEDS for module in SOURCES)


def act(subject: str, level: str, by: datetime | None) -> Act:
    return Act(level=level, by=by, subject=subject, words=(), short=(), kind="train", id=subject)  # type: ignore[arg-type]


def test_what_is_past_is_due_now_and_what_has_no_moment_comes_last() -> None:
    acts = [
        act("never", "act", None), act("later", "act", at("11:00")), act("watched", "watch", at("08:00")),
        act("past", "act", at("10:00")), act("now", "act", NOW),
    ]  # fmt: skip
    assert [each.subject for each in soonest_first(acts, NOW)] == ["now", "past", "watched", "later", "never"]
