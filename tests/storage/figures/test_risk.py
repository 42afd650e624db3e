"""Risk: each cause on a train made for it, and what old input does."""

from datetime import timedelta
from typing import Any

import pytest

from storage.figures.conflicts import Conflict
from storage.figures.cutoffs import Cutoff
from storage.figures.policy import Moment
from storage.figures.readiness import Readiness
from storage.figures.risk import Arrival, Departure, Risk, arrival_risk, departure_risk, not_loaded
from tests.scene import NOW, at

MOMENT = Moment(NOW)
CONFLICT = Conflict("4", ("a", "b"), at("12:21"), at("12:32"), "X9581 is in before X9582 is clear")


def cutoff(name: str, clock: str, boxes: int) -> Cutoff:
    return Cutoff(name, at(clock), None, boxes)


def departure(**facts: Any) -> Risk:
    values: dict[str, Any] = {"readiness": Readiness({"ready": 4}), "closes": at("15:00")}
    return departure_risk(Departure(**values | facts), MOMENT)


def kinds(risk: Risk) -> list[tuple[str, str]]:
    return [(cause.level, cause.kind) for cause in risk.causes]


def test_a_train_that_lacks_nothing_is_calm() -> None:
    risk = departure(cutoffs=[cutoff("gate", "11:00", 0)])
    assert (risk.level, risk.words, risk.by) == ("calm", None, None)


def test_a_past_cut_off_with_boxes_missing_is_urgent_and_named() -> None:
    risk = departure(cutoffs=[cutoff("vgm", "10:30", 1), cutoff("gate", "11:00", 0)])
    assert (risk.level, risk.words, risk.by) == ("act", "VGM cut-off passed, 1 box missing", NOW)


def test_a_box_expected_after_its_cut_off_is_urgent_until_the_cut_off() -> None:
    late = Readiness({"late": 2})
    risk = departure(readiness=late, cutoffs=[cutoff("gate", "11:00", 2)])
    assert (risk.level, risk.words, risk.by) == ("act", "2 boxes expected after the gate cut-off", at("11:00"))


def test_a_passed_gate_is_told_once() -> None:
    risk = departure(readiness=Readiness({"late": 2}), cutoffs=[cutoff("gate", "10:00", 2)])
    assert kinds(risk) == [("act", "cut-off")]


def test_ready_boxes_loaded_only_after_closing_are_urgent() -> None:
    assert departure(ready_done=at("15:01")).level == "act"
    assert departure(ready_done=at("15:00")).level == "calm"


def test_a_track_conflict_is_urgent_until_the_train_can_have_no_other_track() -> None:
    assert departure(conflicts=[CONFLICT]).by == at("12:11")


def test_boxes_that_customs_releases_too_late_are_urgent_until_the_cut_off() -> None:
    risk = departure(clear_late=2, cutoffs=[cutoff("customs", "11:15", 4)])
    assert (risk.level, risk.words) == ("act", "2 boxes expected to clear after the customs cut-off")
    assert risk.by == at("11:15")


def test_boxes_of_which_only_the_upper_bound_is_too_late_are_worth_watching() -> None:
    risk = departure(may_clear_late=1, cutoffs=[cutoff("customs", "11:15", 4)])
    assert (risk.level, risk.words) == ("watch", "1 box may clear after the customs cut-off")
    assert departure(may_clear_late=1).by == at("15:00")  # without such a cut-off loading closes


def test_a_past_customs_cut_off_is_told_once() -> None:
    risk = departure(clear_late=1, may_clear_late=1, cutoffs=[cutoff("customs", "10:15", 4)])
    assert kinds(risk) == [("act", "cut-off")]


@pytest.mark.parametrize(("minutes", "level"), [(-1, "act"), (0, "calm"), (90, "calm")])
def test_a_negative_onward_margin_is_urgent(minutes: int, level: str) -> None:
    assert departure(onward_margin=timedelta(minutes=minutes)).level == level


@pytest.mark.parametrize(("gate", "level"), [("11:00", "watch"), ("16:41", "watch"), ("16:42", "calm")])
def test_boxes_without_eta_are_worth_watching_inside_the_warning_window(gate: str, level: str) -> None:
    risk = departure(readiness=Readiness({"no ETA": 3}), cutoffs=[cutoff("gate", gate, 3)])
    assert risk.level == level


def test_boxes_not_declared_are_worth_watching_before_the_customs_cut_off() -> None:
    risk = departure(readiness=Readiness({"customs": 4}, undeclared=4), cutoffs=[cutoff("customs", "14:30", 4)])
    assert (risk.level, risk.words, risk.by) == ("watch", "4 boxes not declared", at("14:30"))


def test_without_cut_offs_the_closing_of_loading_is_the_limit() -> None:
    assert departure(readiness=Readiness({"no ETA": 1}, undeclared=1)).by == at("15:00")
    assert departure(readiness=Readiness({"no ETA": 1}, undeclared=1), closes=None).level == "calm"


def test_the_gravest_cause_comes_first_then_the_most_pressing() -> None:
    risk = departure(
        readiness=Readiness({"no ETA": 3, "late": 2}, undeclared=1),
        cutoffs=[cutoff("vgm", "10:30", 1), cutoff("gate", "11:00", 5), cutoff("customs", "11:15", 1)],
        conflicts=[CONFLICT],
    )
    assert kinds(risk) == [
        ("act", "cut-off"), ("act", "late boxes"), ("act", "conflict"), ("watch", "no ETA"), ("watch", "undeclared"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("late", "arrived", "level"),
    [(0, False, "calm"), (15, False, "calm"), (16, False, "watch"), (None, False, "unknown"), (48, True, "calm")],
)
def test_an_arrival_is_judged_by_its_lateness(late: int | None, arrived: bool, level: str) -> None:
    assert arrival_risk(Arrival(at("12:00"), late, arrived), MOMENT).level == level


def test_an_arrival_in_conflict_is_urgent_even_without_an_estimate() -> None:
    risk = arrival_risk(Arrival(at("12:00"), None, arrived=False, conflicts=[CONFLICT]), MOMENT)
    assert kinds(risk) == [("act", "conflict"), ("unknown", "estimate")]


def test_a_judgement_from_old_input_is_marked() -> None:
    assert departure_risk(Departure(Readiness()), MOMENT, unsure=True).unsure
    assert arrival_risk(Arrival(None, 0, arrived=False), MOMENT, unsure=True).unsure


def test_ready_boxes_not_loaded_when_loading_has_closed_are_urgent_whatever_the_rate() -> None:
    assert departure(closes=at("10:40")).words == "ready boxes are loaded only after loading closes"
    assert departure(closes=at("10:40"), readiness=Readiness({"loaded": 4})).level == "calm"


def test_a_failed_check_is_urgent() -> None:
    risk = departure(failed_checks=["VGM, 1 missing"], leaves=at("15:30"))
    assert (risk.level, risk.words, risk.by) == ("act", "check failed: VGM, 1 missing", at("15:30"))


def test_a_conflict_nobody_can_tell_does_not_make_a_train_urgent() -> None:
    assert kinds(departure(conflicts=[CONFLICT._replace(certain=False)])) == [("unknown", "conflict")]


def test_nothing_is_told_from_feeds_that_were_never_loaded_whole() -> None:
    risk = not_loaded(["containers", "work_instructions"])
    assert (risk.level, risk.unsure, risk.words) == ("unknown", True, "containers and 1 more not loaded yet")
    assert not_loaded(["work_instructions"]).words == "work instructions not loaded yet"
