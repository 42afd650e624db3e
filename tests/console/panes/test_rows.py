"""What each pane writes of the hand-made terminal, cell by cell, and of what is unknown."""

from dataclasses import replace
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
import pytest

from console.format import Wall
from console.panes import cells
from console.panes.board import rows as board_rows
from console.panes.board import yard_rows as board_yard
from console.panes.board.pane import share_lines
from console.panes.customs import aside_rows
from console.panes.customs import rows as customs_rows
from console.panes.feeds import rows as feed_rows
from console.panes.trains import rows as train_rows
from console.panes.yard import rows as yard_rows
from console.view import View
from storage.models import Leader
from storage.queries.board import Board, board
from storage.queries.containers import CONTAINERS, ContainerRow
from storage.queries.customs import DECLARATIONS, DeclarationRow
from storage.queries.declaration_page import HoldsUp, NextTrain
from storage.queries.feeds import FEEDS, FeedRow
from storage.queries.outbound import Outlook, outlook
from storage.queries.trains import TRAINS, TrainRow
from storage.queries.views import View as Table
from storage.queries.yard import BLOCKS, BlockRow
from storage.sync.freshness import MEANINGS
from tests.scene import NOW, at
from widgets import glyphs
from widgets.cells import Line
from widgets.columns import Column, fit
from widgets.rows import Row

R = TypeVar("R")
WALL = Wall(NOW, ZoneInfo("Asia/Shanghai"))


def one(view: View, table: Table[R], words: str) -> R:  # type: ignore[type-var]
    criteria = table.filter(words)
    page = view.ask(lambda session, clock: table.page(session, clock, criteria, policy=view.policy))
    return page.rows[0]


def texts(columns: tuple[Column, ...], row: Row) -> dict[str, str]:
    return {column.key: cell.plain for column, cell in zip(columns, row.cells, strict=True)}


def plain(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.fixture(scope="module")
def train(view: View) -> TrainRow:
    return one(view, TRAINS, "number=X9582")


def looked_up(view: View, train: str) -> Outlook:
    found = view.ask(lambda session, clock: outlook(session, clock, train, policy=view.policy))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def leaving(view: View) -> Outlook:
    return looked_up(view, "X9582")


@pytest.fixture(scope="module")
def found(view: View) -> Board:
    return view.ask(lambda session, clock: board(session, clock, policy=view.policy))


# ------------------------------------------------------------------------------------------------------------ trains
def test_a_train_to_load_is_written_as_the_dispatchers_read_it(train: TrainRow) -> None:
    written = texts(train_rows.COLUMNS, train_rows.train_row(train, WALL))
    assert written["risk"] == "▲"
    assert (written["number"], written["direction"], written["place"]) == ("X9582", "dep", "Qinzhou")
    assert (written["planned"], written["estimated"], written["late"]) == ("12:10", "12:22", "+12m")
    assert written["cutoff"] == "gate in 0:19"
    assert (written["boxes"], written["teu"]) == ("40/54", "96/100")
    assert len(written["ready"]) == train_rows.BAR
    assert set(written["ready"]) == set("█▓chd?x")


def test_what_is_not_known_of_a_train_is_never_written_as_zero_or_on_time(view: View) -> None:
    written = texts(train_rows.COLUMNS, train_rows.train_row(one(view, TRAINS, "number=84409"), WALL))
    assert (written["risk"], written["late"], written["cause"]) == ("?", "--", "no estimate")
    assert written["estimated"].endswith("--")


def test_a_train_whose_next_cut_off_is_past_names_the_one_that_still_blocks(train: TrainRow) -> None:
    past = tuple(each._replace(at=NOW - timedelta(minutes=5)) for each in train.cutoffs if each.name != "documents")
    over = msgspec.structs.replace(train, cutoff=None, cutoff_at=None, cutoff_boxes=None, cutoffs=past)
    assert texts(train_rows.COLUMNS, train_rows.train_row(over, WALL))["cutoff"] == "VGM past"
    settled = msgspec.structs.replace(over, cutoffs=tuple(each._replace(boxes=0) for each in past))
    assert texts(train_rows.COLUMNS, train_rows.train_row(settled, WALL))["cutoff"] == ""


def test_an_estimate_that_is_missing_still_tells_the_day(train: TrainRow) -> None:
    tomorrow = msgspec.structs.replace(train, planned=at("14:30", day=1), estimated=None, late=None)
    written = texts(train_rows.COLUMNS, train_rows.train_row(tomorrow, WALL))
    assert (written["planned"], written["estimated"]) == ("14:30", "Sat --")


def test_a_risk_from_old_data_is_marked(leaving: Outlook) -> None:
    assert cells.risk_cell("act", unsure=True).plain == "▲?"
    assert cells.risk_cell("unknown", unsure=True).plain == "?"
    old = msgspec.structs.replace(leaving, row=msgspec.structs.replace(leaving.row, unsure=True))
    assert any("old data" in plain(line) for line in train_rows.answer(old, WALL, 119))
    assert "why it is ▲? and" in train_rows.title(old.row, 100)
    assert train_rows.title(old.row, 55).endswith("why it is ▲?")


def test_the_answer_adds_up_to_booked_and_names_the_causes(leaving: Outlook) -> None:
    lines = [plain(line) for line in train_rows.answer(leaving, WALL, 119)]
    assert lines[0].startswith("booked 54 boxes = loaded 31 + ready 9 + customs 4 + held 2 + due 3 + no ETA 3 + late 2")
    assert any("2 boxes expected after the gate cut-off" in line for line in lines)
    assert lines[-1].startswith("documents 10:00 all in   VGM 10:30 past, 1 missing   gate 11:00 in 0:19, 8 missing")
    narrow = [plain(line) for line in train_rows.answer(leaving, WALL, 80)]
    assert narrow[0] == "not ready 14: customs 4, held 2, due 3, no ETA 3, late 2"
    assert all(len(line) <= 80 for line in narrow)


def test_the_answer_says_how_it_leaves_what_there_is_time_for_and_what_could_fill_it(leaving: Outlook) -> None:
    lines = [plain(line) for line in train_rows.answer(leaving, WALL, 119)]
    assert lines[1].startswith("leaves as planned: 43 make it, 5 miss it (")
    assert lines[2] == (
        "loading closes 11:40   ready boxes loaded by 11:11 (9 + 3 rehandles at 24/h)   then room for 11 moves"
    )
    assert lines[3] == (
        "substitutes: 6 ready boxes for Qinzhou booked on X9584 (Sat 12:10), 11 TEU, all fit   onward margin +9:10"
    )
    narrow = [plain(line) for line in train_rows.answer(leaving, WALL, 80)]
    assert narrow[1] == "leaves as planned: 43 make it, 5 miss it, 6 cannot tell"
    assert narrow[3] == "substitutes: 6 boxes ready, 11 TEU   onward margin +9:10"


def test_the_trains_that_substitutes_are_booked_on_are_told_in_the_order_they_leave(leaving: Outlook) -> None:
    last = leaving.substitutes[-1]
    assert last.departs is not None
    sooner = replace(last, train="X9592", departs=last.departs - timedelta(hours=12))
    both = msgspec.structs.replace(leaving, substitutes=(*leaving.substitutes, sooner))
    line = plain(train_rows.answer(both, WALL, 140)[3])
    assert "booked on X9592 (Sat 00:10), X9584 (Sat 12:10)" in line


def test_arrivals_and_trains_without_bookings_say_so(view: View) -> None:
    arrival = looked_up(view, "X8071")
    assert plain(train_rows.answer(arrival, WALL, 119)[0]) == "0 of 55 boxes unloaded"
    assert plain(train_rows.answer(looked_up(view, "84412"), WALL, 119)[0]) == "no bookings"
    assert train_rows.title(arrival.row, 100).startswith("X8071 from Alashankou, inbound, +48m locomotive, why it is ◆")


@pytest.mark.parametrize(
    ("name", "ahead", "text"),
    [
        ("gate", 19, "gate in 0:19"),
        ("customs", 34, "customs 0:34"),
        ("documents", 5, "docs in 0:05"),
        ("vgm", -1, "VGM past"),
        ("gate", 18 * 60 + 12, "gate in 18 h"),
        ("customs", 10 * 60, "customs 10 h"),
    ],
)
def test_a_cut_off_fits_its_column(name: str, ahead: int, text: str) -> None:
    assert cells.cutoff_text(name, NOW + timedelta(minutes=ahead), WALL) == text


def test_the_ascii_signs_say_the_same(train: TrainRow) -> None:
    glyphs.choose(glyphs.ASCII)
    try:
        written = texts(train_rows.COLUMNS, train_rows.train_row(train, WALL))
        assert written["risk"] == "!"
        assert set(written["ready"]) == set("#=chd?x")
    finally:
        glyphs.choose(glyphs.UNICODE)


# -------------------------------------------------------------------------------------------------------------- yard
def test_a_block_has_its_share_its_room_and_its_cranes(view: View) -> None:
    block = one(view, BLOCKS, "name=R1")
    written = texts(yard_rows.BLOCK_COLUMNS, yard_rows.block_row(block, WALL))
    assert written["full"].startswith(" 82 %  ████████··")
    assert (written["teu"], written["plugs"]) == ("148/180", "49/60")


def test_a_block_of_unknown_capacity_is_not_full_of_zero(view: View) -> None:
    block: BlockRow = msgspec.structs.replace(
        one(view, BLOCKS, "name=B3"), working_teu=None, percent=None, free_teu=None
    )
    written = texts(yard_rows.BLOCK_COLUMNS, yard_rows.block_row(block, WALL))
    assert written["full"] == "  --   ??????????"
    assert (written["teu"], written["free"]) == ("341/--", "--")


@pytest.mark.parametrize(("percent", "style"), [(None, "unknown"), (84, ""), (85, "watch"), (100, "act"), (130, "act")])
def test_occupancy_presses_by_its_share(percent: int | None, style: str) -> None:
    assert cells.full_style(percent) == style


def test_a_box_is_written_with_its_number_in_groups(view: View) -> None:
    box: ContainerRow = one(view, CONTAINERS, '"LSTU 813364 9"')
    written = texts(yard_rows.BOX_COLUMNS, yard_rows.box_row(box, WALL))
    assert (written["number"], written["class"], written["where"]) == ("LSTU 813364 9", "customs", "I1-04-01-1")
    unnamed = msgspec.structs.replace(box, number=None, gross_kg=None, flags="check_digit")
    written = texts(yard_rows.BOX_COLUMNS, yard_rows.box_row(unnamed, WALL))
    assert (written["number"], written["gross"], written["flags"]) == ("(not named)", "--", "check_digit")


# ----------------------------------------------------------------------------------------------------------- customs
def test_a_declaration_has_lane_state_turn_and_margin(view: View) -> None:
    declaration: DeclarationRow = one(view, DECLARATIONS, "number=041220718")
    written = texts(customs_rows.QUEUE_COLUMNS, customs_rows.declaration_row(declaration, WALL))
    assert (written["lane"], written["state"], written["turn"]) == ("red", "bay 2, 11:00", "customs")
    assert (written["waits"], written["train"]) == ("3:29", "X9582")
    assert written["margin"].startswith("-0:")
    holds = HoldsUp(row=declaration, where="I1-04-01-1", next_train=NextTrain("X9584", "X9584", at("12:10", day=1), 82))
    lines = [plain(line) for line in customs_rows.answer(holds, WALL, short=True)]
    assert lines[0] == "LSTU 813364 9 at I1-04-01-1, misses X9582 (cut-off 11:15); X9584 has 82 TEU"


@pytest.mark.parametrize(
    ("seal", "state"),
    [
        ("seal 88200 opened unauthorised", "▲ seal 88200 opened"),
        ("seal 88200 tampered", "▲ seal 88200 tampered"),
        ("seal 88200 silent", "◆ seal 88200 silent"),
    ],
)
def test_a_lock_s_alarm_stands_for_the_state_with_the_sign_of_how_much_it_matters(
    view: View, seal: str, state: str
) -> None:
    declaration = msgspec.structs.replace(one(view, DECLARATIONS, "number:041220803"), seal=seal)
    row = customs_rows.declaration_row(declaration, WALL)
    assert texts(customs_rows.QUEUE_COLUMNS, row)["state"] == state


def test_an_unknown_release_is_two_dashes_and_a_released_one_needs_none(view: View) -> None:
    waiting: DeclarationRow = one(view, DECLARATIONS, "number=041220725")
    written = texts(customs_rows.QUEUE_COLUMNS, customs_rows.declaration_row(waiting, WALL))
    assert (written["expected"], written["margin"], written["state"]) == ("--", "--", "packing list asked")
    released: DeclarationRow = one(view, DECLARATIONS, "open:no")
    written = texts(customs_rows.QUEUE_COLUMNS, customs_rows.declaration_row(released, WALL))
    assert (written["expected"], written["turn"]) == ("", "")
    assert written["state"].startswith("released ")


def test_the_lanes_add_up(found: Board) -> None:
    rows = customs_rows.lane_rows(found.lanes, WALL)
    written = [texts(customs_rows.LANE_COLUMNS, row) for row in rows]
    assert [line["lane"] for line in written] == ["Not declared", "No lane yet", "Green", "Yellow", "Red", "All"]
    assert sum(int(line["declarations"] or 0) for line in written[:-1]) == int(written[-1]["declarations"]) == 67
    assert sum(int(line["boxes"]) for line in written[:-1]) == int(written[-1]["boxes"]) == 93
    assert written[0]["turn"] == "broker 4 boxes: 4 on X8086"
    assert "grows" in written[3]["turn"]


# ------------------------------------------------------------------------------------------------------------- board
def test_the_board_says_what_to_do_and_by_when(found: Board) -> None:
    written = [texts(board_rows.ACT_COLUMNS, row) for row in board_rows.act_rows(found.acts, WALL)]
    assert {"risk": "▲", "by": "now", "subject": "seal 88200"}.items() <= next(
        line for line in written if line["subject"].startswith("seal")
    ).items()
    assert any(line["by"] == "by 11:00" and "gate cut-off" in line["words"] for line in written)
    assert len({row.key for row in board_rows.act_rows(found.acts, WALL)}) == len(found.acts)


@pytest.mark.parametrize(
    ("by", "written"),
    [(None, ""), ("10:00", "now"), ("11:00", "by 11:00"), ("35:00", "Sat 11:00")],
)
def test_a_deadline_is_written_in_few_cells(found: Board, by: str | None, written: str) -> None:
    moment = None if by is None else at("00:00") + timedelta(hours=int(by[:2]))
    assert board_rows.deadline(msgspec.structs.replace(found.acts[0], by=moment), WALL) == written


@pytest.mark.parametrize(
    ("room", "wanted", "had"),
    [
        (34, (13, 5, 13), (13, 8, 13)),
        (22, (13, 5, 12), (6, 5, 11)),
        (22, (13, 3, 12), (8, 3, 11)),
        (22, (3, 5, 12), (3, 7, 12)),
    ],
)
def test_the_board_gives_blank_lines_to_what_has_more_rows(
    room: int, wanted: tuple[int, int, int], had: tuple[int, int, int]
) -> None:
    assert share_lines(room, *wanted) == had


@pytest.mark.parametrize(
    ("percent", "text"), [(64, " 64 %  ██████····"), (90, " 90 %◆ █████████·"), (100, "100 %▲ ██████████")]
)
def test_an_occupancy_that_presses_has_a_sign_besides_its_colour(percent: int, text: str) -> None:
    assert plain(cells.full_spans(percent, 10)) == text


def test_departures_say_what_stands_between_booked_and_ready(found: Board) -> None:
    written = [texts(board_rows.DEPARTURE_COLUMNS, board_rows.departure_row(each, WALL)) for each in found.departures]
    assert written[0]["missing"] == "8 not in, 4 customs, 2 held"
    assert written[0]["closes"] == "closes 11:40"
    assert (written[-1]["ready"], written[-1]["boxes"]) == ("no bookings", "")


def test_arrivals_name_conflict_cause_or_that_there_is_no_estimate(found: Board) -> None:
    written = {
        line["train"]: line["cause"]
        for line in (texts(board_rows.ARRIVAL_COLUMNS, board_rows.arrival_row(each, WALL)) for each in found.arrivals)
    }
    assert written == {"X8071": "locomotive", "X9581": "conflict", "84409": "no estimate", "X2011": ""}


def test_where_there_is_no_room_the_yard_and_the_lanes_are_said_in_words(found: Board) -> None:
    assert board_yard.yard_title(found.yard) == "Yard, 2 551 of 4 088 working TEU, 62 %"
    yard = " ".join(plain(line) for line in board_yard.kind_lines(found.kinds, found.ahead, WALL))
    assert "Reefer 82, 82 %, 11 plugs" in yard
    lanes = " ".join(plain(line) for line in board_rows.lane_lines(found, WALL))
    assert "Red 18  8:12" in lanes
    assert "grows, 2 over SLA" in lanes
    assert "◆ not declared: 4 boxes on X8086" in lanes
    many = msgspec.structs.replace(found.lanes, undeclared=(found.lanes.undeclared or ()) * 5)
    assert board_rows.undeclared_in_full(many) == "20 boxes on 5 trains"
    too_late = msgspec.structs.replace(found.lanes, at=at("14:31"))
    assert "▲ not declared" in plain(board_rows.lane_lines(msgspec.structs.replace(found, lanes=too_late), WALL)[-1])
    short = [texts(board_rows.ACT_COLUMNS, row)["words"] for row in board_rows.act_rows(found.acts, WALL, wide=False)]
    assert "2 red-lane boxes clear after the cut-off" in short


# ------------------------------------------------------------------------------------------------------------- feeds
def test_a_feed_says_how_fresh_it_is_and_what_went_wrong(view: View) -> None:
    feed: FeedRow = one(view, FEEDS, "feed=containers")
    written = texts(feed_rows.COLUMNS, feed_rows.feed_row(feed, WALL))
    assert (written["state"], written["asked"], written["as_of"]) == ("LIVE <15 s", "<15 s", "10:40:55")
    broken = msgspec.structs.replace(
        feed, word="LATE 3 min", level="watch", error="timeout after 10 s", retry_at=NOW + timedelta(seconds=40),
        asked_at=None, as_of=None, loading=True, loaded_rows=5, expected_rows=10,
    )  # fmt: skip
    written = texts(feed_rows.COLUMNS, feed_rows.feed_row(broken, WALL))
    assert (written["asked"], written["as_of"], written["error"]) == ("--", "--", "timeout after 10 s")
    lines = [plain(line) for line in feed_rows.answer(broken, WALL, MEANINGS["late"])]
    assert "No good answer for more than two polls." in lines[0]
    assert any("tried again in 0:00, at 10:41:40" in line for line in lines)
    assert "5/10 rows loaded" in lines


def test_a_feed_in_which_something_was_put_right_says_what_and_when(view: View) -> None:
    words = "Put right: 1 record that had changed on the disk (have it looked at)."
    feed: FeedRow = msgspec.structs.replace(one(view, FEEDS, "feed=containers"), mended=words, mended_at=at("09:00"))
    assert texts(feed_rows.COLUMNS, feed_rows.feed_row(feed, WALL))["error"] == words
    assert f"09:00 {words}" in [plain(line) for line in feed_rows.answer(feed, WALL, MEANINGS["fresh"])]


def test_who_fetches_is_said_in_words() -> None:
    running = Leader(host="yard-2", pid=4121)
    assert feed_rows.leader_words(running, WALL) == "syncer on yard-2, pid 4121"
    assert feed_rows.leader_words(None, WALL) == "no syncer has run yet"
    ended = Leader(host="yard-2", stopped_at=at("09:00"))
    assert feed_rows.leader_words(ended, WALL) == "the syncer on yard-2 ended 09:00"


@pytest.mark.parametrize(
    "columns",
    [
        train_rows.COLUMNS, customs_rows.QUEUE_COLUMNS, aside_rows.BRING_COLUMNS, aside_rows.SEAL_COLUMNS,
        board_rows.ACT_COLUMNS, board_rows.DEPARTURE_COLUMNS, board_rows.ARRIVAL_COLUMNS,
    ],
)  # fmt: skip
def test_a_risk_that_is_marked_as_unsure_has_a_gap_before_what_follows(columns: tuple[Column, ...]) -> None:
    placed = fit(columns, 80)
    assert placed[1].x > len(cells.risk_cell("act", unsure=True).text)
