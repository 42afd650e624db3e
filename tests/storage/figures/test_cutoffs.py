"""Cut-offs and the closing of loading."""

from datetime import timedelta

from storage.cache import Cache
from storage.figures.cutoffs import Cutoff, cutoffs_of, loading_closes, missed_cutoffs, next_cutoff, with_boxes
from storage.figures.policy import Policy
from storage.models import TrainCutoff
from tests.scene import NOW, at
from tests.scenery.rows import Rows

PLAN, ESTIMATE = at("12:10"), at("12:22")
CUTOFFS = [
    Cutoff("documents", at("10:00"), None, 0),
    Cutoff("vgm", at("10:30"), None, 1),
    Cutoff("gate", at("11:00"), None, 0),
    Cutoff("customs", at("11:15"), None, 4),
    Cutoff("reefer", at("11:30"), None, 2),
]


def test_the_next_cut_off_is_the_first_ahead_that_still_blocks_a_box() -> None:
    found = next_cutoff(CUTOFFS, NOW)
    assert found is not None
    assert found.name == "customs"


def test_a_cut_off_still_counts_at_its_very_moment() -> None:
    found = next_cutoff(CUTOFFS, at("11:15"))
    assert found is not None
    assert found.name == "customs"


def test_a_past_cut_off_with_boxes_missing_is_named() -> None:
    assert [cutoff.name for cutoff in missed_cutoffs(CUTOFFS, NOW)] == ["vgm"]


def test_without_anything_blocked_there_is_no_next_cut_off() -> None:
    assert next_cutoff(with_boxes(CUTOFFS, {}), NOW) is None


def test_cut_offs_are_read_in_the_order_of_their_times(cache: Cache) -> None:
    rows = Rows()
    rows.add(TrainCutoff, train_id="T", name="gate", at=at("11:00"))
    rows.add(TrainCutoff, train_id="T", name="documents", at=at("10:00"), blocks="papers")
    rows.add(TrainCutoff, train_id="T", name="vgm", at=None)
    rows.add(TrainCutoff, train_id="U", name="gate", at=at("10:00"))
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        found = cutoffs_of(session, ["T", "V"])
    assert [(cutoff.name, cutoff.words) for cutoff in found["T"]] == [("documents", "papers"), ("gate", None)]
    assert found["V"] == []


def test_loading_closes_at_its_own_time_if_there_is_one() -> None:
    assert loading_closes(at("11:00"), PLAN, ESTIMATE) == at("11:00")


def test_else_it_closes_before_the_planned_departure_whatever_the_estimate() -> None:
    assert loading_closes(None, PLAN, ESTIMATE) == at("11:40")


def test_it_moves_with_the_estimate_only_where_the_site_says_so() -> None:
    assert loading_closes(None, PLAN, ESTIMATE, Policy(closes_with_estimate=True)) == at("11:52")
    assert loading_closes(None, PLAN, None, Policy(closes_with_estimate=True)) == at("11:40")


def test_the_preparation_is_the_site_s_and_an_unknown_departure_stays_unknown() -> None:
    assert loading_closes(None, PLAN, None, Policy(preparation=timedelta(hours=1))) == at("11:10")
    assert loading_closes(None, None, ESTIMATE) is None
