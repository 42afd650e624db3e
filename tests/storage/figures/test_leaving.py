"""Who makes it: each rule on one box, and whole departures counted by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from storage.figures.box_class import judge_box
from storage.figures.leaving import NOT_LOADED, Leaves, Terms, TrainBox, cutoff_of, leaves, margin_of, outcome
from storage.figures.loading import Loading
from storage.models import Container
from tests.scene import NOW, at

TERMS = Terms(NOW, at("11:40"), {"gate": at("11:00"), "customs": at("11:15")}, timedelta(minutes=15))
CLEAR: dict[str, Any] = {"full": True, "vgm_kg": 20_000, "customs": "released"}
READY = CLEAR | {"received_at": at("08:00"), "state": "yard"}
LOADED = READY | {"state": "loaded"}
ROAD = CLEAR | {"state": "advised"}


def box(values: dict[str, Any], release: str | None = None) -> TrainBox:
    made = Container(id="1", rev=1, changed_at=NOW, **values)
    return TrainBox(made, judge_box(made, TERMS.cutoffs, NOW), at(release) if release else None)


@pytest.mark.parametrize(
    ("values", "release", "expected"),
    [
        (LOADED, None, "make it"),
        (READY, None, "make it"),
        (ROAD | {"expected_at": at("11:00")}, None, "make it"),
        (ROAD | {"expected_at": at("11:01")}, None, "miss it"),
        (ROAD | {"expected_at": at("10:00")}, None, "make it"),
        (ROAD, None, "cannot tell"),
        (ROAD | {"expected_at": at("10:50"), "customs": "declared"}, None, "cannot tell"),
        (ROAD | {"expected_at": at("10:50"), "customs": "declared"}, "11:10", "make it"),
        (ROAD | {"expected_at": at("10:50"), "holds": "damage"}, None, "cannot tell"),
        (READY | {"customs": "declared"}, "11:02", "make it"),
        (READY | {"customs": "declared"}, "11:15", "make it"),
        (READY | {"customs": "declared"}, "11:16", "miss it"),
        (READY | {"customs": "declared"}, None, "cannot tell"),
        (READY | {"holds": "damage"}, None, "cannot tell"),
        (READY | {"holds": "damage", "customs": "declared"}, "11:20", "miss it"),
        (LOADED | {"customs": "detained"}, None, "cannot tell"),
        (LOADED | {"holds": "damage"}, None, "cannot tell"),
    ],
    ids=str,
)
def test_a_box_makes_it_misses_it_or_nobody_can_tell(
    values: dict[str, Any], release: str | None, expected: str
) -> None:
    assert outcome(box(values, release), TERMS) == expected


def test_handling_comes_on_top_of_what_is_expected_but_not_for_what_stands_on_the_train() -> None:
    tight = TERMS._replace(closes=at("11:14"), cutoffs={"gate": at("11:00"), "customs": at("11:30")})
    assert outcome(box(ROAD | {"expected_at": at("10:59")}), tight) == "make it"
    assert outcome(box(ROAD | {"expected_at": at("11:00")}), tight) == "miss it"
    assert outcome(box(READY | {"customs": "declared"}, "11:10"), tight) == "miss it"
    assert outcome(box(LOADED | {"customs": "declared"}, "11:10"), tight) == "make it"


def test_what_is_overdue_does_not_come_before_now() -> None:
    late = ROAD | {"expected_at": at("10:30")}
    assert outcome(box(late), TERMS._replace(closes=at("10:56"))) == "make it"
    assert outcome(box(late), TERMS._replace(closes=at("10:55"))) == "miss it"


def test_once_loading_has_closed_only_what_is_loaded_makes_it() -> None:
    closed = TERMS._replace(closes=at("10:40"))
    assert [outcome(box(values), closed) for values in (LOADED, READY, ROAD, READY | {"holds": "x"})] == [
        "make it", "miss it", "miss it", "miss it",
    ]  # fmt: skip


def test_past_the_customs_cut_off_a_box_without_permission_misses_it() -> None:
    past = TERMS._replace(cutoffs={"customs": at("10:30")})
    assert outcome(box(READY | {"customs": "not declared"}), past) == "miss it"


def test_without_a_closing_nobody_can_tell_but_of_what_is_loaded() -> None:
    unknown = TERMS._replace(closes=None)
    assert [outcome(box(values), unknown) for values in (LOADED, READY)] == ["make it", "cannot tell"]


# ------------------------------------------------------------------------------------------------------- departures
def loading(rate: float | None = 24.0, **values: Any) -> Loading:
    given: dict[str, Any] = {"ready": 3, "rehandles": 1, "discharge_left": 0, "begins": NOW, "closes": TERMS.closes}
    return Loading(rate=rate, by="moves" if rate else None, **given | values)


BOXES = [
    *[box(LOADED)] * 2, *[box(READY)] * 3, box(ROAD), box(ROAD | {"expected_at": at("10:50")}),
    box(ROAD | {"expected_at": at("11:20")}), box(READY | {"customs": "declared"}, "11:10"),
    box(READY | {"customs": "declared"}, "11:50"), box(READY | {"holds": "damage"}),
]  # fmt: skip


def parts(found: Leaves) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    return dict(found.make_it), dict(found.miss_it), dict(found.cannot_tell)


def test_the_three_parts_add_up_to_booked() -> None:
    found = leaves(BOXES, 2, TERMS, loading(), at("12:10"))
    assert parts(found) == (
        {"loaded": 2, "ready": 3, "due": 1, "customs": 1}, {"late": 1, "customs": 1}, {"no ETA": 3, "held": 1},
    )  # fmt: skip
    assert found.booked == 13


def test_what_there_is_no_time_to_load_misses_it() -> None:
    """59 minutes at 5 an hour are 4 moves; one is a rehandle: 3 of the 5 boxes can be loaded."""
    found = leaves(BOXES, 0, TERMS, loading(5.0), at("12:10"))
    assert parts(found)[:2] == (
        {"loaded": 2, "ready": 1, "due": 1, "customs": 1}, {"late": 1, "customs": 1, NOT_LOADED: 2},
    )  # fmt: skip
    assert leaves(BOXES, 0, TERMS, loading(None), None).miss_it == {"late": 1, "customs": 1}


def test_for_another_departure_cut_offs_and_closing_move_with_it() -> None:
    later = leaves(BOXES, 0, TERMS.moved(timedelta(minutes=40)), loading(), None)
    assert parts(later) == ({"loaded": 2, "ready": 3, "due": 2, "customs": 2}, {}, {"no ETA": 1, "held": 1})
    sooner = leaves(BOXES, 0, TERMS.moved(timedelta(minutes=-30)), loading(), None)
    assert parts(sooner) == ({"loaded": 2, "ready": 3}, {"late": 3, "customs": 2}, {"held": 1})
    now = leaves(BOXES, 1, TERMS.moved(timedelta(hours=-1)), loading(), None)
    assert parts(now)[0] == {"loaded": 2}
    assert now.booked == 12


# ------------------------------------------------------------------------------------------------------------ margin
def hours_and_minutes(each: TrainBox) -> tuple[str, datetime | None, timedelta | None]:
    return *cutoff_of(each, TERMS), margin_of(each, TERMS)


def test_the_margin_is_the_box_s_own_cut_off_less_what_is_expected() -> None:
    late = box(ROAD | {"expected_at": at("11:20")})
    assert hours_and_minutes(late) == ("gate", at("11:00"), timedelta(minutes=-20))
    customs = box(READY | {"customs": "declared"}, "11:02")
    assert hours_and_minutes(customs) == ("customs", at("11:15"), timedelta(minutes=13))
    assert hours_and_minutes(box(READY | {"holds": "damage"})) == ("customs", at("11:15"), None)


def test_without_such_a_cut_off_the_closing_is_the_limit() -> None:
    bare = TERMS._replace(cutoffs={})
    each = box(READY | {"customs": "declared"}, "11:50")
    assert (cutoff_of(each, bare), margin_of(each, bare)) == (("closing", at("11:40")), timedelta(minutes=-10))
