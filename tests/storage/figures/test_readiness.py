"""Readiness: each rule of precedence on one box, the partition of whole trains, and SQL against Python."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, text
from sqlmodel import Session, col, select

from storage.cache import Cache
from storage.figures.box_class import BoxClass, blocking, judge_box
from storage.figures.expressions import parameters
from storage.figures.policy import Moment, Policy
from storage.figures.readiness import Readiness, Visit, class_expression, cutoffs_of_box, readiness
from storage.identifiers import TEU_BY_LENGTH
from storage.models import Container, Train, TrainCutoff
from tests.scene import NOW, at
from tests.scenery.rows import Rows

GATE = at("11:00")
BEFORE, AFTER = at("10:50"), at("11:20")
HERE = {"received_at": at("08:00"), "state": "yard", "place": "yard"}
CLEAR = {"full": True, "vgm_kg": 20_000, "gross_kg": 20_000, "documents_complete": True, "customs": "released"}
READY: dict[str, Any] = HERE | CLEAR
LOADED: dict[str, Any] = READY | {"state": "loaded", "place": "wagon"}
ROAD: dict[str, Any] = CLEAR | {"state": "advised", "place": "road"}

Ask = Callable[..., Readiness]


def add_train(rows: Rows, key: str) -> None:
    rows.add(Train, id=key, number=key, direction="departure", phase="created")


@pytest.fixture
def ask(cache: Cache) -> Ask:
    """Readiness of train T with these boxes and cut-offs (a gate at 11:00 unless others are given)."""

    def asked(
        *boxes: dict[str, Any],
        cutoffs: dict[str, datetime] | None = None,
        booked: int | None = None,
        booked_teu: float | None = None,
        departed: bool = False,
        now: datetime = NOW,
        policy: Policy | None = None,
    ) -> Readiness:
        rows = Rows()
        add_train(rows, "T")
        for box in boxes:
            rows.add(Container, **{"train_id": "T", "size_type": "45G1"} | box)
        for name, moment in ({"gate": GATE} if cutoffs is None else cutoffs).items():
            rows.add(TrainCutoff, train_id="T", name=name, at=moment)
        with cache.write() as session:
            rows.insert(session)
        visit = Visit("T", booked, booked_teu, departed)
        with cache.read() as session:
            return readiness(session, [visit], Moment(now, policy or Policy()))["T"]

    return asked


@pytest.mark.parametrize(
    ("box", "of_class"),
    [
        (ROAD | {"expected_at": BEFORE}, "due"),
        (ROAD | {"expected_at": GATE}, "due"),
        (ROAD | {"expected_at": AFTER}, "late"),
        (ROAD, "no ETA"),
        (ROAD | {"place": "truck", "expected_at": BEFORE, "vehicle": "A1"}, "due"),
        (ROAD | {"place": "train", "state": "inbound"}, "no ETA"),
        (ROAD | {"holds": "damage", "customs": "detained", "expected_at": BEFORE}, "due"),
        (READY, "ready"),
        (READY | {"place": "crane"}, "ready"),
        (LOADED, "loaded"),
        (READY | {"customs": "declared"}, "customs"),
        (READY | {"customs": "not declared"}, "customs"),
        (READY | {"customs": "inspection"}, "customs"),
        (READY | {"customs": None}, "customs"),
        (READY | {"customs": None, "full": False, "vgm_kg": None}, "ready"),
        (READY | {"holds": "damage"}, "held"),
        (READY | {"vgm_kg": None}, "held"),
        (READY | {"documents_complete": False}, "held"),
        (READY | {"documents_complete": None}, "ready"),
        (READY | {"holds": "payment", "customs": "declared"}, "held"),
        (LOADED | {"holds": "damage"}, "held"),
        (LOADED | {"customs": "detained"}, "customs"),
    ],
    ids=str,
)
def test_a_box_is_in_the_first_class_that_holds(ask: Ask, box: dict[str, Any], of_class: str) -> None:
    assert ask(box).boxes == {of_class: 1}


def test_a_box_that_is_not_here_after_its_cut_off_is_late_whatever_is_known(ask: Ask) -> None:
    assert ask(ROAD, ROAD | {"expected_at": BEFORE}, READY, now=at("11:01")).boxes == {"late": 2, "ready": 1}


def test_without_a_cut_off_nothing_is_late(ask: Ask) -> None:
    assert ask(ROAD, ROAD | {"expected_at": AFTER}, cutoffs={}).boxes == {"no ETA": 1, "due": 1}


@pytest.mark.parametrize(
    "kind", [{"size_type": "45R1"}, {"setpoint_c": -18.0}, {"imdg_class": "3"}, {"un_number": "1263"}], ids=str
)
def test_reefers_and_dangerous_goods_have_cut_offs_of_their_own(ask: Ask, kind: dict[str, Any]) -> None:
    cutoffs = {"gate": GATE, "reefer": at("10:45"), "dangerous": at("10:45")}
    found = ask(ROAD | kind | {"expected_at": BEFORE}, ROAD | {"expected_at": BEFORE}, cutoffs=cutoffs)
    assert found.boxes == {"late": 1, "due": 1}


def test_a_dangerous_reefer_has_the_earlier_of_both_cut_offs(ask: Ask) -> None:
    both = ROAD | {"size_type": "45R1", "un_number": "1263", "expected_at": BEFORE}
    cutoffs = {"gate": GATE, "reefer": at("10:45"), "dangerous": at("10:55")}
    assert ask(both, cutoffs=cutoffs).boxes == {"late": 1}


def test_a_reefer_of_a_train_without_a_reefer_cut_off_takes_the_gate(ask: Ask) -> None:
    assert ask(ROAD | {"size_type": "45R1", "expected_at": BEFORE}).boxes == {"due": 1}


def test_places_not_named_yet_are_booked_and_without_eta(ask: Ask) -> None:
    found = ask(READY, LOADED, booked=5, booked_teu=9.0)
    assert found.boxes == {"loaded": 1, "ready": 1, "no ETA": 3}
    assert (found.booked, found.unnamed, found.teu["no ETA"], found.booked_teu) == (5, 3, 5.0, 9.0)
    assert found.blocks["gate"] == 3


def test_more_boxes_than_booked_are_all_booked(ask: Ask) -> None:
    assert ask(READY, READY, READY, booked=2).booked == 3


def test_rolled_boxes_are_counted_aside(ask: Ask) -> None:
    found = ask(READY, READY | {"rolled": True}, ROAD | {"rolled": True})
    assert (found.booked, found.rolled) == (1, 2)


def test_no_bookings_have_no_percentage(ask: Ask) -> None:
    assert ask(booked=0).percent is None


def test_ready_is_rounded_down(ask: Ask) -> None:
    found = ask(READY, LOADED, ROAD)
    assert (found.ready, found.booked, found.percent) == (2, 3, 66)


def test_teu_stand_beside_boxes_and_an_unknown_size_is_said_to_be_unknown(ask: Ask) -> None:
    sizes = ("22G1", "40HC", "45HC", "ZZZZ", None)
    found = ask(*(READY | {"size_type": size} for size in sizes), policy=Policy(teu_45=2.25))
    assert (found.teu, found.teu_unknown, found.boxes["ready"]) == ({"ready": 5.25}, 2, 5)


def test_a_loaded_box_with_a_block_must_come_off(ask: Ask) -> None:
    found = ask(LOADED, LOADED | {"holds": "damage"}, LOADED | {"customs": "detained"}, READY | {"holds": "damage"})
    assert (found.must_come_off, found.boxes) == (2, {"loaded": 1, "customs": 1, "held": 2})


def test_after_departure_what_was_not_loaded_is_left_behind(ask: Ask) -> None:
    gone = LOADED | {"state": "departed", "holds": "damage"}
    found = ask(gone, LOADED, READY, ROAD, booked=6, departed=True)
    assert (found.boxes, found.left_behind, found.booked) == ({"loaded": 2}, 4, 6)


def test_each_cut_off_says_how_many_boxes_it_still_blocks(ask: Ask) -> None:
    found = ask(
        READY | {"vgm_kg": None},
        READY | {"documents_complete": False},
        READY | {"customs": "declared"},
        READY | {"customs": "not declared", "holds": "damage"},
        ROAD,
        ROAD | {"size_type": "45R1"},
        ROAD | {"un_number": "1263"},
        cutoffs={"gate": GATE, "reefer": GATE, "dangerous": GATE},
    )
    assert found.blocks == {"vgm": 1, "documents": 1, "customs": 2, "gate": 1, "reefer": 1, "dangerous": 1}
    assert found.undeclared == 1


def test_several_trains_are_told_apart(cache: Cache) -> None:
    rows = Rows()
    for name in "ABC":
        add_train(rows, name)
    rows.add(Container, train_id="A", **READY)
    rows.add(Container, train_id="B", **LOADED)
    rows.add(TrainCutoff, train_id="A", name="gate", at=at("10:00"))
    with cache.write() as session:
        rows.insert(session)
    visits = [Visit(name, None, None, departed=False) for name in "ABC"]
    with cache.read() as session:
        found = readiness(session, visits, Moment(NOW))
    assert {name: each.boxes for name, each in found.items()} == {"A": {"ready": 1}, "B": {"loaded": 1}, "C": {}}


def test_the_boxes_of_a_train_are_told_from_an_index_without_a_look_at_their_rows(file_cache: Cache) -> None:
    asked: list[tuple[str, Any]] = []
    with file_cache.read() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        readiness(session, [Visit("T", None, None, departed=False)], Moment(NOW))
        plans = [
            row[3]
            for statement, values in tuple(asked)
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert "SEARCH containers USING COVERING INDEX ix_containers_train (train_id=?)" in plans


# ------------------------------------------------------------------------------------------- one box, every reason
def judged(**values: Any) -> BoxClass:
    box = Container(id="1", rev=1, changed_at=NOW, **values)
    return judge_box(box, {"gate": GATE}, NOW)


def test_a_box_lists_every_reason_and_whose_turn_it_is() -> None:
    verdict = judged(**READY | {"holds": "damage payment", "vgm_kg": None, "customs": "not declared"})
    assert verdict.name == "held"
    assert [(reason.words, reason.turn) for reason in verdict.reasons] == [
        ("damage hold", "terminal"),
        ("payment hold", "broker"),
        ("VGM missing", "broker"),
        ("not declared", "broker"),
    ]


def test_a_hold_nobody_knows_is_shown_with_an_unknown_turn() -> None:
    assert judged(**READY | {"holds": "zz9"}).reasons[0] == ("held", "zz9 hold", None)


def test_a_missing_weight_is_named() -> None:
    assert judged(**READY | {"vgm_kg": None, "gross_kg": None}).reasons[0].words == "VGM and weight missing"


def test_a_loaded_box_that_may_not_leave_says_that_it_is_on_the_train() -> None:
    verdict = judged(**LOADED | {"customs": "detained"})
    assert (verdict.name, verdict.on_train, verdict.reasons[0].turn) == ("customs", True, "customs")
    assert judged(**LOADED).reasons == ()


def test_a_box_that_is_late_says_why() -> None:
    assert judged(**ROAD, expected_at=AFTER).reasons[0].words == "expected after its cut-off"
    box = Container(id="1", rev=1, changed_at=NOW, **ROAD)
    assert judge_box(box, {"gate": GATE}, at("11:30")).reasons[0].words == "not here after its cut-off"


@pytest.mark.parametrize(
    ("expected", "words"),
    [(NOW, "on its way"), (NOW - timedelta(seconds=59), "on its way"), (NOW - timedelta(minutes=1), "overdue")],
)
def test_a_box_that_should_have_come_is_due_and_overdue(expected: datetime, words: str) -> None:
    verdict = judged(**ROAD, expected_at=expected)
    assert (verdict.name, verdict.reasons[0]) == ("due", ("due", words, "haulier"))


# ----------------------------------------------------------------------------------------------- SQL against Python
times = st.sampled_from([None, *(NOW + timedelta(minutes=minutes) for minutes in (-60, -1, 0, 1, 19, 20, 60))])
boxes = st.fixed_dictionaries(
    {
        "size_type": st.sampled_from([None, "22G1", "45R1", "40HC", "45HC", "L5R1", "12G1", "32G1", "C2G1", "R", "??"]),
        "rolled": st.sampled_from([None, False, False, True]),
        "full": st.sampled_from([None, True, False]),
        "vgm_kg": st.sampled_from([None, 20_000]),
        "state": st.sampled_from([None, "advised", "inbound", "yard", "loaded", "departed", "elsewhere"]),
        "place": st.sampled_from([None, "yard", "wagon", "train"]),
        "expected_at": times,
        "received_at": times,
        "documents_complete": st.sampled_from([None, True, False]),
        "customs": st.sampled_from([None, "not declared", "declared", "released", "not needed", "odd"]),
        "holds": st.sampled_from([None, "", "damage", "damage seal"]),
        "setpoint_c": st.sampled_from([None, -18.0]),
        "imdg_class": st.sampled_from([None, "3"]),
        "un_number": st.sampled_from([None, "1263"]),
    }
)
cut_offs = st.dictionaries(st.sampled_from(["gate", "reefer", "dangerous", "customs"]), times.filter(bool))


def _write(session: Session, rows: Rows) -> None:
    session.connection().execute(delete(Container))
    session.connection().execute(delete(TrainCutoff))
    session.connection().execute(delete(Train))
    rows.insert(session)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(boxes, min_size=1, max_size=24), cut_offs)
def test_sql_and_python_put_every_box_into_the_same_class(
    cache: Cache, made: list[dict[str, Any]], named: dict[str, datetime]
) -> None:
    rows = Rows()
    add_train(rows, "T")
    for box in made:
        rows.add(Container, train_id="T", **box)
    for name, moment in named.items():
        rows.add(TrainCutoff, train_id="T", name=name, at=moment)
    with cache.write() as session:
        _write(session, rows)
    with cache.read() as session:
        policy = Policy(teu_45=2.25)
        found = readiness(session, [Visit("T", None, None, departed=False)], Moment(NOW, policy))["T"]
        counted: Counter[str] = Counter()
        teu: defaultdict[str, float] = defaultdict(float)
        blocked: Counter[str] = Counter()
        booked = session.exec(select(Container).where(col(Container.rolled).is_not(True))).all()
        for kept in booked:
            verdict = judge_box(kept, named, NOW)
            counted[verdict.name] += 1
            length = TEU_BY_LENGTH.get((kept.size_type or "")[:1], 0.0)
            teu[verdict.name] += 2.25 if kept.size_type in ("45HC", "L5R1") else length
            blocked.update(blocking(kept, verdict, named))
        by_sql = select(class_expression(cutoffs_of_box()), func.count()).where(col(Container.rolled).is_not(True))
        page = session.connection().execute(by_sql.group_by(text("1")), parameters(Moment(NOW))).all()
    assert found.boxes == counted == {row[0]: row[1] for row in page}
    assert found.teu == teu
    assert {name: count for name, count in found.blocks.items() if count} == blocked
    assert (found.booked, found.rolled) == (len(booked), len(made) - len(booked))
