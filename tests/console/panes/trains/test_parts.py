"""What the parts of a train's page say, from values made by hand."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.format import Wall
from console.panes.trains import boxes, consist, readiness, stops, visit
from console.view import View
from storage.cache import Cache
from storage.clock import PinnedClock
from storage.figures.readiness import Readiness
from storage.queries.consist import Consist, ConsistBox, ConsistWagon
from storage.queries.train_history import Expectation, PastVisit, ServiceRecord
from storage.queries.train_page import TrainPage, train_page
from tests.scene import NOW, at
from tests.scenery.rows import ZONE
from widgets import glyphs
from widgets.cells import Line, width_of

WALL = Wall(NOW, ZONE)


def plain(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.fixture(scope="module")
def view(scene_file: Path) -> View:
    return View(lambda: Cache.open(scene_file, role="reader"), PinnedClock(NOW), zone=ZONE)


def page_of(view: View, train: str) -> TrainPage:
    found = view.ask(lambda session, clock: train_page(session, clock, train, policy=view.policy))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def page(view: View) -> TrainPage:
    return page_of(view, "X9582")


# ------------------------------------------------------------------------------------------------------------- visit
def test_the_visit_says_where_when_and_how_far_it_is(page: TrainPage) -> None:
    said = {fact.label: plain(fact.line) for fact in visit.facts(page, WALL) if fact.label}
    assert said["Phase"] == "Working on track 4 since 08:55"
    assert said["Departs"] == "12:10 plan  12:22 est.  +12m crew"
    assert said["Path"] == "confirmed  loco --  crew 11:50"
    assert said["Loading"] == "31/54 boxes, 24 moves/h"
    assert said["Onward"] == "port closes Sun 06:00, +9:10"
    assert said["All done"] == "--"


def test_a_train_that_is_late_by_an_unknown_time_is_never_on_time(view: View) -> None:
    said = {fact.label: plain(fact.line) for fact in visit.facts(page_of(view, "84409"), WALL)}
    assert said["Arrives"] == "14:30 plan  -- est.  --"


def test_the_classes_under_the_bar_add_up_to_booked_in_boxes_and_teu(page: TrainPage) -> None:
    bar, names, counts, teu, leaves, after, aside = (plain(line) for line in readiness.readiness_lines(page, 77))
    assert len(bar) == 77
    assert names.split() == ["█", "loaded", "▓", "ready", "c", "customs", "h", "held", "d", "due", "?", "no", "ETA",
                             "x", "late"]  # fmt: skip
    assert sum(int(word) for word in counts.split() if word.isdigit()) == 54
    assert sum(int(word) for word in teu.split() if word.isdigit()) == 96
    assert leaves == "Leaves as planned: 43 make it, 5 miss it, 6 cannot tell"
    assert after == "After the ready ones: room for 11 moves.  Substitutes: 6 boxes, 11 TEU"
    assert aside == "1 not named yet"


def test_what_is_too_much_to_load_is_said_and_nothing_is_too_much_of_no_moves(page: TrainPage) -> None:
    loading = page.loading
    assert loading is not None
    over = replace(loading, closes=at("10:43"))
    assert readiness.room_in_words(loading) == "room for 11 moves"
    assert readiness.room_in_words(over) == "12 moves too many"
    assert readiness.room_in_words(replace(over, begins=at("10:45"), ready=0, rehandles=0)) == "no time for more"
    assert readiness.room_in_words(replace(loading, rate=None)) == "room --"
    assert readiness.room_in_words(None) == "room --"


def test_what_a_class_cannot_say_stands_below_it(page: TrainPage) -> None:
    ready = Readiness({"loaded": 1, "held": 2}, {}, 1, 2, 3, 4, 5, 6)
    odd = msgspec.structs.replace(page, row=msgspec.structs.replace(page.row, readiness=ready), leaves=None)
    assert plain(readiness.readiness_lines(odd, 100)[-1]) == (
        "5 on the train, must come off   6 left behind   4 not declared   2 not named yet   3 rolled, beside   "
        "1 of unknown size, not in TEU"
    )


def test_an_arrival_says_what_is_unloaded_and_a_train_without_bookings_that_it_has_none(view: View) -> None:
    arrival = page_of(view, "X9581")
    assert readiness.readiness_title(arrival) == "Unloading, 0 of 48 boxes"
    bar, counts, carried = (plain(line) for line in readiness.readiness_lines(arrival, 40))
    assert (bar, counts) == ("·" * 40, "█ unloaded 0 boxes   · to unload 48 boxes")
    assert carried == "48 boxes, 90 TEU carried"
    half = msgspec.structs.replace(arrival, row=msgspec.structs.replace(arrival.row, done=24))
    assert plain(readiness.readiness_lines(half, 40)[0]) == "█" * 20 + "·" * 20
    assert plain(readiness.readiness_lines(page_of(view, "84412"), 40)[0]) == "no bookings"
    assert readiness.readiness_title(page_of(view, "84412")) == "Readiness"


def test_every_cut_off_says_how_long_and_what_it_still_blocks(page: TrainPage) -> None:
    assert [plain(item) for item in visit.cutoff_items(page, WALL)] == [
        "documents 10:00 all in", "VGM 10:30 past, 1 missing", "gate 11:00 in 0:19, 8 not in",
        "customs 11:15 in 0:34, 4 boxes",
    ]  # fmt: skip


def test_checks_come_gravest_first_and_are_counted(page: TrainPage) -> None:
    items = [plain(item) for item in visit.check_items(page)]
    assert items[:3] == [
        "FAIL VGM 1 missing", "FAIL customs 4 boxes without permission to leave", "open rail manifest open",
    ]  # fmt: skip
    assert visit.check_counts(page) == "7 pass, 2 fail, 2 open"
    assert len(items) == 11


@pytest.mark.parametrize("width", [30, 60, 118])
def test_what_flows_keeps_within_the_width_and_loses_no_word(page: TrainPage, width: int) -> None:
    items = visit.check_items(page)
    lines = visit.flow(items, width)
    assert max(width_of(line) for line in lines) <= width
    words = " ".join(plain(item) for item in items).split()
    assert " ".join(plain(line) for line in lines).split() == words


def test_causes_that_find_no_room_are_counted(page: TrainPage) -> None:
    every = visit.causes(page.row, WALL)
    (line,) = visit.why(page.row, WALL, 78, 1)
    assert plain(line).startswith("▲ now: VGM cut-off passed, 1 box missing")
    assert plain(line).endswith(f"+{len(every) - 1} more")
    assert "more" not in " ".join(plain(line) for line in visit.why(page.row, WALL, 400, 4))


# ----------------------------------------------------------------------------------------------------------- consist
def box(**values: Any) -> ConsistBox:
    given: dict[str, Any] = dict.fromkeys(ConsistBox.__struct_fields__)
    return ConsistBox(**given | {"id": "b", "number": "CQIU5529080", "teu": 1.0} | values)


def wagon(*held: ConsistBox, slots: float | None = 2.0, **values: Any) -> ConsistWagon:
    given: dict[str, Any] = dict.fromkeys(ConsistWagon.__struct_fields__)
    used = sum(each.teu or 0.0 for each in held)
    given |= {"id": "w", "position": 7, "slots": slots, "used_teu": used, "boxes": held, "problems": ()}
    return ConsistWagon(**given | values)


def drawn(each: ConsistWagon) -> str:
    (only,) = consist.wagons(Consist(wagons=(each,), without_wagon=(), empty_teu=None, problems=()))
    return plain(only.slots)


@pytest.mark.parametrize(
    ("each", "signs"),
    [
        (wagon(), "··"),
        (wagon(box(of_class="loaded", teu=2.0)), "██"),
        (wagon(box(of_class="ready", slot=2)), "·▓"),
        (wagon(box(of_class="customs", slot=1), box(of_class="held", slot=2)), "ch"),
        (wagon(box(of_class="late", slot=1), box(of_class="due", slot=1)), "xd"),
        (wagon(box(of_class="no ETA", teu=None)), "?·"),
        (wagon(box(of_class="loaded", slot=9)), "█·"),
        (wagon(box(of_class="loaded", teu=2.0), box(of_class="held", teu=2.0)), "██hh"),
        (wagon(box(of_class="loaded", teu=2.25), slots=2.6), "██·"),
        (wagon(box(of_class=None)), "█·"),
        (wagon(slots=None), "-"),
        (wagon(slots=0.0), "·"),
        (wagon(slots=1e6), "·" * consist.MOST_SLOTS),
    ],
)
def test_a_wagon_is_drawn_to_scale_with_a_sign_for_each_slot(each: ConsistWagon, signs: str) -> None:
    assert drawn(each) == signs


def test_the_wagon_under_the_cursor_tells_its_boxes_weights_and_hazards() -> None:
    held = box(
        of_class="loaded", size_type="22R1", mass_kg=21_540, imdg_class="3", un_number="1263", setpoint_c=-18.0,
        destination="Qinzhou",
    )  # fmt: skip
    first, second = consist.about(wagon(held, number="5200007", wagon_type="X70", load_kg=21_540, max_load_kg=70_000))
    assert plain(first) == "wagon 7   5200007   X70   21.5 of 70.0 t   1 of 2 TEU"
    assert plain(second) == (
        "█ CQIU 552908 0   22R1   21.5 t   loaded   to Qinzhou   dangerous 3 UN 1263, reefer at -18.0 °C"
    )
    bare = [plain(line) for line in consist.about(wagon(position=None, problems=("place in the train not known",)))]
    assert bare == ["wagon --   (no number)   -- of -- t   0 of 2 TEU   ◆ 1 odd", "empty",
                    "◆ place in the train not known"]  # fmt: skip


def test_boxes_without_a_wagon_are_named_since_no_wagon_shows_them() -> None:
    red, late = box(number="LSTU8133649", of_class="customs"), box(number="QZHU1287454", of_class="late")
    found = Consist(wagons=(wagon(),), without_wagon=(red, late), empty_teu=2.0, problems=())
    lines = [plain(line) for line in consist.waiting_lines(found, 80)]
    assert lines == ["", "2 boxes without a wagon   c LSTU 813364 9   x QZHU 128745 4"]
    assert consist.waiting_lines(msgspec.structs.replace(found, without_wagon=()), 80) == []


def test_the_ascii_signs_draw_the_same_wagon() -> None:
    glyphs.choose(glyphs.ASCII)
    try:
        assert drawn(wagon(box(of_class="loaded"), box(of_class="ready"), slots=3.0)) == "#=."
    finally:
        glyphs.choose(glyphs.UNICODE)


# --------------------------------------------------------------------------------------------------- boxes, stops, runs
def test_places_nobody_has_named_say_their_booking_and_lead_to_it(page: TrainPage) -> None:
    (unnamed,) = [each for each in page.waiting if each.id is None]
    row = boxes.booked_row(unnamed, WALL)
    assert row.key == f"booking:{unnamed.booking_id}"
    assert [cell.plain for cell in row.cells][1:4] == [
        "(not named)", "no ETA", "booking BK20611, 1 x 45G1, no number yet",
    ]  # fmt: skip
    assert boxes.why(msgspec.structs.replace(unnamed, booking=None)) == "no booking known, no number yet"


def test_where_a_box_is_need_not_name_the_train_it_is_listed_under(page: TrainPage) -> None:
    def place(where: str, *, on_train: bool = False) -> str:
        return boxes.place(msgspec.structs.replace(page.waiting[0], where=where, on_train=on_train))

    assert place("X9582 wagon 43", on_train=True) == "wagon 43"
    assert place("X9581 wagon 43") == "X9581 wagon 43"
    assert (place("truck 贵AD12345"), place("truck"), place("B2-18-03-2")) == ("贵AD12345", "truck", "B2-18-03-2")


def test_beside_the_class_a_late_box_need_not_say_again_that_it_is_expected(page: TrainPage) -> None:
    late = next(each for each in page.waiting if each.number == "SHPU6043192")
    assert late.of_class == "late"
    assert boxes.why(late).startswith("after its cut-off: haulier; ")


def test_a_box_on_the_train_with_a_block_must_come_off(page: TrainPage) -> None:
    held = next(each for each in page.waiting if each.number == "WLMU6120938")
    assert boxes.why(msgspec.structs.replace(held, on_train=True)) == (
        "on the train, must come off: damage hold: terminal"
    )


def test_a_stop_tells_plan_estimate_and_actual_and_below_it_what_was_said_before(page: TrainPage) -> None:
    def said(since: datetime, late: int | None, cause: str | None) -> Expectation:
        arrival = None if late is None else at("18:38", day=1) + timedelta(minutes=late)
        return Expectation(
            since=since, arrival=arrival, departure=None, arrival_late=late, departure_late=None,
            unknown_delay=late is None, cause=cause,
        )  # fmt: skip

    past = (said(at("06:00"), 0, None), said(at("08:10"), None, "wind"), said(at("10:02"), 12, "crew"))
    last = msgspec.structs.replace(page.stops[-1], history=past)
    rows = stops.stop_rows(msgspec.structs.replace(page, stops=(last,), history=()), WALL)
    texts = [[cell.plain for cell in row.cells] for row in rows]
    assert texts[0] == ["here", "dep", "4", "12:10", "12:22", "--", "+12m", "crew"]
    assert texts[1] == ["Qinzhou", "arr", "", "Sat 18:38", "Sat 18:50", "--", "+12m", ""]
    assert texts[2:] == [
        ["  said 08:10", "", "", "", "unknown", "", "--", "wind"],
        ["  said 06:00", "", "", "", "Sat 18:38", "", "0m", ""],
    ]
    assert len({row.key for row in rows}) == len(rows)


def test_a_stop_without_any_time_and_a_cancelled_one_are_still_there(page: TrainPage) -> None:
    bare = {name: None for name in page.stops[0].__struct_fields__ if name.endswith(("arrival", "departure", "late"))}
    stop = msgspec.structs.replace(page.stops[0], **bare, cancelled=True)
    *_, row = stops.stop_rows(msgspec.structs.replace(page, stops=(stop,), history=()), WALL)
    assert [cell.plain for cell in row.cells][:4] == ["Chongqing Tuanjiecun cancelled", "", "", "--"]


def run(days: int, late: int | None, *, canceled: bool = False) -> PastVisit:
    planned = at("12:10", day=-days)
    actual = None if late is None else planned + timedelta(minutes=late)
    return PastVisit(
        id=f"r{days}", number="X9582", planned=planned, actual=actual, late=late, cause=None, canceled=canceled
    )


def test_two_weeks_are_counted_and_what_is_not_known_is_no_part_of_the_share() -> None:
    record = ServiceRecord(
        service="ILSTC", direction="departure", since=at("10:41", day=-14), known=3, on_time=2, worst=62,
        visits=(run(1, 4), run(2, 62), run(3, None), run(4, None, canceled=True), run(5, -3)),
        p50=timedelta(minutes=4), p90=timedelta(minutes=62),
    )  # fmt: skip
    counts, late = (plain(line) for line in stops.record_lines(record, WALL))
    assert counts == "5 runs since Fri 6 Nov, 1 canceled, 1 without an actual time"
    assert late == "on time 2 of 3 (66 %)   median +4m   9 of 10 within +62m   worst +62m"
    row = stops.run_row(record.visits[0], True, WALL)
    assert [cell.plain for cell in row.cells] == ["X9582", "19 Nov 12:10", "19 Nov 12:14", "+4m", "yes", ""]
    assert [cell.plain for cell in stops.run_row(record.visits[3], None, WALL).cells][2:5] == ["--", "", "canceled"]
    none = ServiceRecord(
        service="S", direction="arrival", since=NOW, visits=(run(1, None),), known=0, on_time=0, p50=None, p90=None,
        worst=None,
    )  # fmt: skip
    assert plain(stops.record_lines(none, WALL)[1]) == "how late they were is not known"
