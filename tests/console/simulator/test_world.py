"""The simulated terminal keeps the rules of a real one, whatever the seed."""

import json
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.simulator.numbers import container_check_digit, wagon_check_digit
from console.simulator.records import UNWRITTEN, Container, Wagon
from console.simulator.visits import Rake
from console.simulator.world import World
from storage.models import FEEDS, known_words
from tests.console.simulator.invariants import PHASES, rows, wrong_in

START = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)  # Friday 10:41 at the terminal


@pytest.fixture(scope="module")
def world() -> World:
    """A small world, three hours after its start; tests only look at it."""
    made = World(seed=2, containers=300, start=START)
    made.run_until(START + timedelta(hours=3))
    return made


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), hour=st.integers(0, 23))
def test_every_state_obeys_the_rules_of_yard_rail_and_customs(seed: int, hour: int) -> None:
    start = START + timedelta(hours=hour)
    made = World(seed, 150, start)
    assert wrong_in(made) == []
    for hours in (1, 7, 19):
        made.run_until(start + timedelta(hours=hours))
        assert wrong_in(made) == []


def test_the_checks_see_what_is_wrong() -> None:
    broken = World(seed=1, containers=100, start=START)
    one_high = [
        box
        for box in rows(broken.log, "containers")
        if box.tier == 1
        and not any(other.tier == 2 and same_column(box, other) for other in rows(broken.log, "containers"))
    ]
    floating, astray, early, doubled = one_high[:4]
    floating.tier = 3
    astray.train_id = "no such train"
    early.state, early.customs = "loaded", "detained"
    doubled.place = "truck"
    problems = "\n".join(wrong_in(broken))
    for box, problem in ((floating, "floats"), (astray, "no such train"), (early, "detained"), (doubled, "at truck")):
        assert re.search(f"{box.id}.*{problem}", problems), problems


def same_column(box: Any, other: Any) -> bool:
    return bool(other.block_id == box.block_id and other.row == box.row and abs(other.bay - box.bay) <= 1)


def test_a_world_is_the_same_in_one_step_and_in_many() -> None:
    hours = 5
    at_once, in_steps = World(3, 150, START), World(3, 150, START)
    at_once.run_until(START + timedelta(hours=hours))
    step = timedelta(seconds=97.3)
    while in_steps.now < START + timedelta(hours=hours):
        in_steps.run_until(min(in_steps.now + step, START + timedelta(hours=hours)))
    assert at_once.log.position == in_steps.log.position > 1_000
    assert at_once.log.cut() == in_steps.log.cut()


def test_a_world_that_is_made_again_stands_where_it_would_had_it_never_stopped() -> None:
    later = START + timedelta(hours=3)
    gone_on, made_again = World(3, 150, START), World(3, 150, START, opens=later)
    gone_on.run_until(later)
    assert made_again.log.cut().feeds == gone_on.log.cut().feeds
    assert made_again.log.position == 0
    assert made_again.now == later


def test_reefers_are_cooled_for_days_also_in_a_full_yard() -> None:
    made = World(seed=5, containers=1_500, start=START)
    made.run_until(START + timedelta(days=2))
    reefers = [box for box in rows(made.log, "containers") if box.place == "yard" and box.setpoint_c]
    warm = [box for box in reefers if box.reading_c is not None and box.reading_c > (box.setpoint_c or 0) + 8]
    assert len(reefers) > 20
    assert warm == []


def test_damaged_empties_are_fetched_for_repair_so_that_the_heap_holds_them_all() -> None:
    made = World(seed=7, containers=3_000, start=START)
    made.run_until(START + timedelta(days=2))
    damaged = [box for box in rows(made.log, "containers") if box.damaged and not box.full]
    assert any(box.place == "gone" for box in damaged)
    assert {box.block_id for box in damaged if box.place == "yard"} == {"H1"}


def dangerous(imdg_class: str | None) -> Container:
    record = Container(id=imdg_class or "plain", **UNWRITTEN, number="1", size_type="22T6", gross_kg=20_000)
    record.imdg_class = imdg_class
    return record


def test_dangerous_goods_are_loaded_as_far_apart_as_their_check_asks_for() -> None:
    rake = Rake(
        [Wagon(id=str(place), **UNWRITTEN, position=place, slots=2.0, max_load_kg=70_000) for place in (1, 2, 3, 4)],
        apart=True,
    )
    places: dict[str | None, int | None] = {}
    for imdg_class in ("3", "8", "5", "4", None):
        berth = rake.reserve(dangerous(imdg_class))
        places[imdg_class] = None if berth is None else berth.wagon.position
    # 8 not on the wagon of 3; 5 three wagons from 3, two from 8; 4 two wagons from 3, three from 5: nowhere.
    assert places == {"3": 1, "8": 2, "5": 4, "4": None, None: 1}


def test_a_place_that_is_given_back_keeps_nothing_away() -> None:
    rake = Rake([Wagon(id="1", **UNWRITTEN, position=1, slots=2.0, max_load_kg=70_000)], apart=True)
    flammable = rake.reserve(dangerous("3"))
    assert flammable is not None
    assert rake.reserve(dangerous("8")) is None
    rake.give_back(flammable)
    assert rake.reserve(dangerous("8")) is not None


def test_another_seed_or_start_is_another_world() -> None:
    one = World(3, 100, START).log.digest("containers")
    assert World(4, 100, START).log.digest("containers") != one
    assert World(3, 100, START + timedelta(hours=1)).log.digest("containers") != one


def test_time_that_has_passed_changes_nothing() -> None:
    made = World(3, 100, START)
    position = made.log.position
    made.run_until(START - timedelta(days=1))
    assert (made.now, made.log.position, made.log.as_of) == (START, position, START)


def test_a_world_goes_on_for_days_without_growing() -> None:
    made = World(11, 100, START)
    before = {feed: len(records) for feed, records in made.log.records.items()}
    made.run_until(START + timedelta(days=4))
    assert wrong_in(made) == []
    in_yard = sum(box.place == "yard" for box in rows(made.log, "containers"))
    assert 80 <= in_yard <= 140
    for feed in ("containers", "trains", "wagons", "work_instructions", "gate_visits", "bookings"):
        assert len(made.log.records[feed]) < 2 * before[feed] + 20, feed


def test_phases_and_revisions_only_go_forward() -> None:
    made = World(5, 100, START)
    phases: dict[str, list[int]] = defaultdict(list)
    revisions: dict[tuple[str, str], int] = {}
    position = made.log.position
    made.run_until(START + timedelta(hours=30))
    for change in made.log.since(position, 10**6).changes:
        key = (change.feed, change.id)
        assert change.rev > revisions.get(key, 0), change
        revisions[key] = change.rev
        if change.feed == "trains" and change.data is not None:
            phases[change.id].append(PHASES.index(json.loads(bytes(change.data))["phase"]))
    assert len(phases) > 20
    assert all(seen == sorted(seen) for seen in phases.values())
    assert any(seen[0] < PHASES.index("arrived") <= seen[-1] for seen in phases.values())


@pytest.mark.parametrize("start", [datetime(2026, 1, 1), START])  # noqa: DTZ001  # the naive one is the point
def test_a_world_that_cannot_be_says_why(start: datetime) -> None:
    with pytest.raises(ValueError, match="time zone" if start.tzinfo is None else "too few"):
        World(1, 99, start)


def test_the_first_screen_is_rich() -> None:
    made = World(7, 600, START)
    trains, declarations = rows(made.log, "trains"), rows(made.log, "declarations")
    assert {train.phase for train in trains} >= {"created", "inbound", "working", "closed"}
    assert {train.corridor for train in trains} == {"ILSTC", "CRE", "China-Laos", "feeder"}
    assert {declaration.lane for declaration in declarations} >= {"green", "yellow", "red", None}
    assert {box.place for box in rows(made.log, "containers")} >= {"yard", "wagon", "train", "road", "gone"}
    in_yard = sum(box.place == "yard" for box in rows(made.log, "containers"))
    assert 0.9 * 600 <= in_yard <= 1.15 * 600
    assert {instruction.kind for instruction in rows(made.log, "work_instructions")} == set(
        known_words(FEEDS["work_instructions"], "kind")
    )


def test_something_changes_every_few_seconds_at_full_size() -> None:
    made = World(7, 3_000, START)
    moments = sorted({change.changed_at for change in _changes_of(made, timedelta(minutes=30))})
    gaps = [(after - before).total_seconds() for before, after in pairwise(moments)]
    assert len(moments) > 300
    assert max(gaps) <= 20


def _changes_of(made: World, span: timedelta) -> list[Any]:
    position = made.log.position
    made.run_until(made.now + span)
    return made.log.since(position, 10**6).changes


def test_codes_are_of_the_known_words(world: World) -> None:
    for feed, model in FEEDS.items():
        for name in model.model_fields:
            known = known_words(model, name)
            if known:
                strange = {getattr(row, name) for row in rows(world.log, feed)} - {*known, None}
                assert not strange, f"{feed}.{name}"


def test_values_are_within_the_bounds_of_their_fields(world: World) -> None:
    for feed, model in FEEDS.items():
        for row in rows(world.log, feed):
            values = {name: getattr(row, name) for name in row.__struct_fields__}
            model.model_validate(values)


def test_numbers_are_valid_and_given_once(world: World) -> None:
    boxes = [box.number for box in rows(world.log, "containers")]
    assert len(set(boxes)) == len(boxes) > 300
    assert all(re.fullmatch("(LSTU|SHPU|QZHU|WLMU|CQIU)[0-9]{7}", number) for number in boxes)
    mistyped = [number for number in boxes if container_check_digit(number[:10]) != int(number[10])]
    assert 0 < len(mistyped) < len(boxes) / 25


def test_european_wagons_have_uic_numbers_and_chinese_ones_seven_digits() -> None:
    wagons = rows(World(3, 300, START).log, "wagons")
    european = [wagon.number for wagon in wagons if len(wagon.number) == 12]
    chinese = [wagon.number for wagon in wagons if len(wagon.number) == 7]
    assert len(european) + len(chinese) == len(wagons)
    assert european
    assert all(wagon_check_digit(number[:11]) == int(number[11]) for number in european)


def test_a_train_and_its_stop_here_tell_the_same_times(world: World) -> None:
    here = {stop.train_id: stop for stop in rows(world.log, "train_stops") if stop.place == world.site}
    trains = rows(world.log, "trains")
    assert len(here) == len(trains) > 20
    for train in trains:
        stop = here[train.id]
        for time in ("planned_arrival", "planned_departure", "actual_arrival", "actual_departure"):
            assert getattr(stop, time) == getattr(train, time), (train.id, time)


def test_a_declaration_waits_in_its_lane_after_it_was_submitted(world: World) -> None:
    for declaration in rows(world.log, "declarations"):
        times = [declaration.submitted_at, declaration.laned_at, declaration.released_at]
        known = [moment for moment in times if moment is not None]
        assert known == sorted(known)
        assert (declaration.lane is None) == (declaration.laned_at is None)


def test_inspections_keep_to_office_hours_and_bays() -> None:
    slots = defaultdict(list)
    made = World(9, 1_000, START)
    made.run_until(START + timedelta(hours=24))
    for inspection in rows(made.log, "inspections"):
        if inspection.slot_starts is not None:
            slots[inspection.slot_starts, inspection.block_id, inspection.bay].append(inspection.id)
            local = inspection.slot_starts + timedelta(hours=8)
            assert 8.5 <= local.hour + local.minute / 60 < 12 or 13.5 <= local.hour + local.minute / 60 < 19
    assert slots
    assert all(len(booked) == 1 for booked in slots.values())


def test_the_data_has_the_flaws_that_real_data_has(world: World) -> None:
    boxes = rows(world.log, "containers")
    assert any(box.size_type in ("40HC", "40DV", "20GP", "40RH") for box in boxes)
    assert any(box.vgm_kg and box.gross_kg and box.vgm_kg - box.gross_kg > 1_500 for box in boxes)
    mixed_up = [box for box in boxes if box.planned_bay is not None]
    assert mixed_up
    assert all(box.planned_bay != box.bay and box.planned_bay > 0 for box in mixed_up)


def test_damaged_empties_lie_in_a_heap_where_nobody_knows_their_slots(world: World) -> None:
    heap = [box for box in rows(world.log, "containers") if box.block_id == "H1"]
    assert heap
    assert all(box.damaged and not box.full and box.bay is None for box in heap)
