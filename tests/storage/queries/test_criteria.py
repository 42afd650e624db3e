"""The filter language: what people type, what is refused, and SQL held to Python."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.errors import UsageError
from storage.figures.policy import Moment, Policy
from storage.models import Container
from storage.queries.containers import CONTAINERS, ContainerRow
from storage.queries.criteria import parse_time
from storage.queries.trains import TRAINS
from tests.scene import NOW, at
from tests.scenery.rows import ZONE, Rows


@pytest.fixture
def numbers(session: Session, clock: ManualClock, policy: Policy) -> "Numbers":
    return Numbers(session, clock, policy)


class Numbers:
    """Numbers of the trains a filter leaves."""

    def __init__(self, session: Session, clock: ManualClock, policy: Policy) -> None:
        self.asked = (session, clock)
        self.policy = policy

    def __call__(self, text: str | list[str]) -> set[str]:
        page = TRAINS.page(*self.asked, TRAINS.filter(text), policy=self.policy)
        assert page.total == len(page.rows)
        return {row.number for row in page.rows}


def test_words_match_any_text_column_in_capitals_or_not(numbers: Numbers) -> None:
    assert numbers("x9582") == {"X9582"}
    assert numbers("WORKING") == {"X9582", "X8086"}
    assert numbers("qinzhou working") == {"X9582"}
    assert numbers("") == numbers([])


@pytest.mark.parametrize(
    ("words", "same"),
    [
        ("40HC", "size_type=45G1"),
        ("40hq 2 QZHU", "size_type=45G1 2 QZHU"),
        ("size_type:40HC", "size_type=45G1"),
        ("45G1", "size_type=45G1"),
        ("empty", "full:no"),
        ("dangerous", "dangerous:yes"),
        ("reefer -wagon", "-setpoint_c:-- -place=wagon"),
        ("FULL import", "full:yes category=import"),
        ("held", "readiness=held"),
        ("B3-06", "block=B3 bay:6"),
        ("B3-06-01-1", "block=B3 bay:6 row:1 tier:1"),
        ("UN1263", "un_number:1263"),
        ("Ｗａｇｏｎ", "place=wagon"),
        ("place：wagon", "place=wagon"),
        ("-empty -export", "-full:no -category=export"),
    ],
)
def test_words_stand_for_what_people_call_so(
    session: Session, clock: ManualClock, policy: Policy, words: str, same: str
) -> None:
    asked, meant = (CONTAINERS.page(session, clock, CONTAINERS.filter(each), policy=policy) for each in (words, same))
    assert asked.rows == meant.rows
    assert asked.total == meant.total > 0


@pytest.mark.parametrize(
    "words",
    [
        "DB7714",
        "db-7714",
        "bill:DB7714",
        "DB·7714",
        "BK-20588",
        "seal:88-214",
        "渝A41871",
        "渝A·41871",
        "vehicle:渝a-41871",
    ],
)
def test_a_hyphen_or_space_in_a_number_does_not_count(cache: Cache, clock: ManualClock, words: str) -> None:
    rows = Rows()
    rows.add(
        Container, id="it", number="MSKU0000001", bill="DB-7714", booking="BK20588", seal="88214", vehicle="渝A 41871"
    )
    rows.add(
        Container, id="other", number="MSKU0000002", bill="DB77-14", booking="B20588", seal="8821", vehicle="渝41871"
    )
    with cache.write() as session:
        rows.insert(session)
    criteria = CONTAINERS.filter(words)
    with cache.read() as session:
        assert [row.id for row in CONTAINERS.page(session, clock, criteria).rows] == ["it"]
        everything = CONTAINERS.page(session, clock).rows
        moment = Moment.of(clock)
        assert [row.id for row in everything if criteria.accepts(row, CONTAINERS.columns, moment)] == ["it"]


def test_a_phrase_is_one_word(numbers: Numbers) -> None:
    assert "X9582" in numbers('"ilstc qinzhou"')
    assert numbers('"qinzhou ilstc"') == set()
    assert numbers(["ILSTC Qinzhou", "working"]) == {"X9582"}


def test_a_column_is_asked_by_its_name(numbers: Numbers) -> None:
    assert numbers("track:4") == {"X9582", "X9581"}
    assert numbers("TRACK:4 direction:dep") == {"X9582"}
    assert numbers("place:qin phase:work") == {"X9582"}
    assert numbers("place=qin") == set()
    assert numbers("place=QINZHOU phase!=created direction=dep track=4") == {"X9582"}


def test_numbers_compare(numbers: Numbers) -> None:
    assert numbers("late>15 phase:inbound") == {"X8071"}
    assert numbers("late<0 phase:inbound") == {"X9581"}
    assert numbers("late:12 phase:working") == {"X9582"}
    assert numbers("late>=12 late<=48 -phase:departed -phase:closed") == {"X9582", "X8071"}


def test_worked_out_columns_filter_as_well(numbers: Numbers) -> None:
    assert numbers("risk:act") == {"X9582", "X9581"}
    assert numbers("held>0 customs>=4") == {"X9582"}
    assert numbers("percent<60 track:2") == {"X8086"}
    assert numbers("-percent<60 direction:dep phase:working") == {"X9582"}


def test_a_minus_turns_a_condition_round_and_keeps_the_unknown(numbers: Numbers) -> None:
    assert numbers("-qinzhou phase:working") == {"X8086"}
    assert numbers("-late>15 phase:inbound") == {"X9581", "84409", "X2011"}


def test_unknown_can_be_asked_for(numbers: Numbers) -> None:
    assert numbers("late:-- phase:inbound") == {"84409"}
    assert numbers("estimated:unknown phase:inbound") == {"84409"}
    assert "84409" not in numbers("late!=--")


def test_times_are_of_the_site_or_relative_to_the_view(numbers: Numbers) -> None:
    assert numbers("at>=12:21 at<12:23 phase!=created") == {"X9582", "X9581"}
    assert numbers("at:12:22") == {"X9582"}
    assert numbers("at:2026-11-20T12:22") == {"X9582"}
    assert numbers("at:2026-11-20T04:22+00:00") == {"X9582"}
    assert numbers("at>now at<+1h") == {"X8071"}
    assert numbers("at:today track:4") == {"X9582", "X9581"}
    assert numbers("at:2026-11-20 track:4") == numbers("at:today track:4")
    assert "X7052" in numbers("at<-30m")


def test_durations_are_hours_or_minutes(session: Session, clock: ManualClock) -> None:
    totals = {
        CONTAINERS.page(session, clock, CONTAINERS.filter(f"age{span} place:yard"), limit=1).total
        for span in (">20:00", ">1200", ">20h", ">1200m")
    }
    assert len(totals) == 1
    assert totals.pop() > 100


def test_yes_and_no_and_unknown_differ(session: Session, clock: ManualClock) -> None:
    def total(text: str) -> int:
        return CONTAINERS.page(session, clock, CONTAINERS.filter(text), limit=1).total

    assert total("full:no") == 299
    assert total("full:yes") + total("full:no") + total("full:--") == total("")
    assert total("full!=yes") == total("-full:yes")


@pytest.mark.parametrize(
    "text", ["LSTU 813364 9", "lstu8133649", "LSTU-813364-9", '"LSTU 813364 9"', "number:lstu-8133649"]
)
def test_a_container_number_is_found_however_it_is_spaced(session: Session, clock: ManualClock, text: str) -> None:
    page = CONTAINERS.page(session, clock, CONTAINERS.filter(text))
    assert [row.number for row in page.rows] == ["LSTU8133649"]


@pytest.mark.parametrize(
    "text", ["[/foo]", "%", "_", "100%", "'; drop table trains; --", "[@click=app.quit]X[/]", "\\", "/", "a:"]
)
def test_hostile_text_is_only_text(session: Session, clock: ManualClock, text: str) -> None:
    if text == "a:":
        with pytest.raises(UsageError):
            TRAINS.filter(text)
    else:
        assert TRAINS.page(session, clock, TRAINS.filter(text)).total == 0


def test_an_unknown_column_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="'corridr' is no column of trains: did you mean 'corridor'"):
        TRAINS.filter("corridr:CRE")
    with pytest.raises(UsageError, match="it has risk, number"):
        TRAINS.filter("xyzzy>1")
    with pytest.raises(UsageError, match="did you mean 'late'"):
        TRAINS.sort("-lte")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("late>soon", "'soon' is no number for 'late'"),
        ("late>nan", "is no number"),
        ("late>1e999", "is no number"),
        ("at>yesterday", "is no time"),
        ("at>25:99", "is no time"),
        ("at>+99999999999d", "is no time"),
        ("number>X9", "has no order to compare by: write number:X9"),
    ],
)
def test_a_value_that_does_not_suit_its_column_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        TRAINS.filter(text)


def test_typing_may_stop_anywhere(session: Session, clock: ManualClock) -> None:
    for end in range(len('qin "in tra')):
        TRAINS.page(session, clock, TRAINS.filter('qin "in tra'[:end]))


def test_a_time_of_day_is_a_word_unless_it_is_asked_of_a_column() -> None:
    assert TRAINS.filter("12:30").terms[0].column is None


def test_a_sort_takes_several_columns_and_puts_the_unknown_last(session: Session, clock: ManualClock) -> None:
    criteria = TRAINS.filter("phase:inbound")
    up = [row.number for row in TRAINS.page(session, clock, criteria, TRAINS.sort("late,-number")).rows]
    down = [row.number for row in TRAINS.page(session, clock, criteria, TRAINS.sort("-late")).rows]
    assert up == ["X9581", "X2011", "X8071", "84409"]
    assert down == ["X8071", "X2011", "X9581", "84409"]


def test_worked_out_columns_sort_as_well(session: Session, clock: ManualClock) -> None:
    page = TRAINS.page(session, clock, TRAINS.filter("direction:dep phase:working"), TRAINS.sort("percent"))
    assert [row.number for row in page.rows] == ["X8086", "X9582"]


# ----------------------------------------------------------------------------------------------- SQL against Python
def made(keys: list[str], operators: list[str], values: list[str]) -> st.SearchStrategy[str]:
    return st.tuples(*(st.sampled_from(part) for part in (keys, operators, values))).map("".join)


ORDER = ["<", ">", "<=", ">="]
WORDS = ["x9582", "LSTU 813364 9", "b3", "qin", "88214", "%", "_", "released", "bk206"]
TEXTS = ["number", "train", "where", "customs", "state", "readiness", "destination"]
terms = st.one_of(
    st.sampled_from(WORDS).map(lambda word: f'"{word}"'),
    made(TEXTS, [":", "=", "!="], ["x95", "yard", "", "late", "b3-06", "Released"]),
    made(["teu", "gross_kg", "bay", "tier"], [*ORDER, ":", "!="], ["1", "2", "20000", "6.5"]),
    made(
        ["received_at", "expected_at", "free_until"],
        [*ORDER, ":", "!="],
        ["10:50", "-4h", "+2d", "today", "2026-11-19", "now"],
    ),
    made(["age"], ORDER, ["1:30", "600", "3h", "2d"]),
    made(["full", "plugged", "damaged", "holds", "train"], [":", "!="], ["yes", "no", "--"]),
)
filters = st.lists(st.tuples(st.sampled_from(["", "-"]), terms).map("".join), min_size=1, max_size=3)


class Boxes(list[ContainerRow]):
    """All boxes of the scene; too many to be printed by a failing test."""

    def __repr__(self) -> str:
        return f"{len(self)} boxes"


@pytest.fixture(scope="session")
def every_box(scene_cache: Cache) -> Boxes:
    with scene_cache.read() as session:
        return Boxes(CONTAINERS.page(session, ManualClock(NOW)).rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(filters)
def test_sql_leaves_the_rows_that_python_accepts(
    session: Session, clock: ManualClock, policy: Policy, every_box: Boxes, texts: list[str]
) -> None:
    criteria = CONTAINERS.filter(" ".join(texts))
    moment = Moment(clock.now(), policy)
    accepted = {row.id for row in every_box if criteria.accepts(row, CONTAINERS.columns, moment)}
    page = CONTAINERS.page(session, clock, criteria, policy=policy)
    assert page.total == len(accepted)
    assert {row.id for row in page.rows} == accepted


@given(st.text(max_size=30))
def test_any_text_is_a_filter_or_a_clear_refusal(text: str) -> None:
    moment = Moment(datetime(2026, 11, 20, tzinfo=UTC), Policy(zone=ZONE))
    refused = ""
    try:
        CONTAINERS.filter(text).where(CONTAINERS.columns, moment)
    except UsageError as error:
        refused = str(error)
    assert refused == "" or refused.endswith((".", "?"))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("14:00", at("14:00")),
        (" 9:05 ", at("09:05")),
        ("now", NOW),
        ("+2h", at("12:41")),
        ("-30m", at("10:11")),
        ("2026-11-21T01:00", at("01:00", day=1)),
        ("2026-11-20T14:00Z", at("22:00")),
    ],
)
def test_a_time_alone_is_read_as_in_a_filter(text: str, moment: datetime) -> None:
    assert parse_time(text, Moment(NOW, Policy(zone=ZONE))) == moment


@pytest.mark.parametrize("text", ["", "soon", "25:00", "today", "2026-11-21", "12:10:99", "2 pm", "１２:10"])
def test_what_is_no_time_is_refused_with_the_ways_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time: write 14:00"):
        parse_time(text, Moment(NOW, Policy(zone=ZONE)))
