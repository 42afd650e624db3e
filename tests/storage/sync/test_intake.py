"""What becomes of good and bad records, and of a source that fails: nothing is shown or deleted that should not be."""

import pytest
from sqlmodel import select

from storage.errors import AuthFailed, BadData, Refused, Throttled
from storage.models import Quarantine
from tests.storage.gateway import later, problem
from tests.storage.loopback import Reply
from tests.storage.sync.conftest import Harness, boxes


def quarantine(harness: Harness) -> dict[str, Quarantine]:
    with harness.cache.read() as session:
        return {entry.record: entry for entry in session.exec(select(Quarantine))}


# ------------------------------------------------------------------------------------------------------- bad records
async def test_a_bad_record_is_set_aside_with_its_reason_and_the_rest_goes_in(harness: Harness) -> None:
    boxes(harness, 5)
    harness.gateway.box("bad", gross_kg="heavy\x1b[2J")
    await harness.sync()
    assert set(harness.rows()) == {f"b{number:03}" for number in range(5)}
    entry = quarantine(harness)["bad"]
    assert "gross_kg" in entry.reason
    assert "\x1b" not in entry.raw
    assert (harness.feed().set_aside, harness.feed().loaded, harness.feed().rows) == (1, True, 5)


async def test_a_record_that_turns_bad_keeps_its_last_good_version(harness: Harness) -> None:
    boxes(harness, 2)
    await harness.sync()
    harness.gateway.box("b000", bay=-1)
    await harness.sync()
    assert harness.rows()["b000"] == 1
    harness.gateway.forget_log()
    await harness.sync()
    assert harness.rows()["b000"] == 1
    assert quarantine(harness)["b000"].seen == 2


async def test_a_record_that_comes_well_leaves_the_quarantine(harness: Harness) -> None:
    harness.gateway.box("b1", bay=-1)
    await harness.sync()
    harness.gateway.box("b1", bay=1)
    await harness.sync()
    assert quarantine(harness) == {}
    assert harness.feed().set_aside == 0
    assert harness.rows() == harness.served()


async def test_a_bad_record_that_the_source_deletes_leaves_the_quarantine(harness: Harness) -> None:
    harness.gateway.box("b1", bay=-1)
    await harness.sync()
    harness.gateway.remove("containers", "b1")
    await harness.sync()
    assert quarantine(harness) == {}


async def test_a_year_outside_the_caches_years_is_set_aside(harness: Harness) -> None:
    boxes(harness, 1)
    harness.gateway.box("old", ready_at="0001-01-01T00:00:00Z")
    await harness.sync()
    assert "year 1" in quarantine(harness)["old"].reason


async def test_a_record_without_a_readable_id_stops_all_deleting_of_that_snapshot(harness: Harness) -> None:
    boxes(harness, 3)
    await harness.sync()
    harness.gateway.remove("containers", "b002")
    harness.gateway.forget_log()
    harness.gateway.put("containers", "unreadable")["id"] = 7
    await harness.sync()
    assert "b002" in harness.rows()
    assert harness.feed().set_aside == 1


async def test_a_page_that_is_mostly_bad_is_refused_and_only_its_feed_fails(harness: Harness) -> None:
    harness.gateway.page_size = 100
    for number in range(20):
        harness.gateway.box(f"b{number}", bay=-1 if number % 2 else 1)
    harness.gateway.put("tracks", "t1", name="1")
    await harness.sync()
    assert harness.rows() == {}
    assert harness.rows("tracks") == harness.served("tracks")
    state = harness.feed()
    assert (state.error_code, state.loaded) == ("bad data", False)
    assert "10 of 20" in (state.error or "")


async def test_mostly_bad_changes_make_only_their_feed_wait_for_a_snapshot(harness: Harness) -> None:
    boxes(harness, 10)
    await harness.sync()
    for number in range(10):
        harness.gateway.box(f"b{number:03}", bay=-1)
    harness.gateway.put("tracks", "t1", name="1")
    await harness.sync()
    assert harness.rows("tracks") == harness.served("tracks")
    assert harness.feed().error_code == "bad data"
    for number in range(10):
        harness.gateway.box(f"b{number:03}", bay=1)
    await harness.sync()
    assert harness.rows() == harness.served()
    assert harness.feed().error_code is None


async def test_a_change_that_names_no_feed_is_passed_by_a_resync(harness: Harness) -> None:
    boxes(harness, 2)
    await harness.sync()
    harness.gateway.box("b003")
    harness.gateway.log.insert(2, {"feed": None, "op": "upsert"})
    await harness.sync()
    assert harness.rows() == harness.served()


async def test_a_feed_of_a_newer_contract_is_passed_over(harness: Harness) -> None:
    boxes(harness, 1)
    await harness.sync()
    harness.gateway.log.append({"feed": "drones", "op": "upsert", "id": "d1", "rev": 1, "data": {"id": "d1"}})
    harness.gateway.box("b002")
    await harness.sync()
    assert harness.rows() == harness.served()


async def test_a_wrong_check_digit_is_kept_and_flagged(harness: Harness) -> None:
    harness.gateway.box("b1", number="CSQU3054384")
    await harness.sync()
    assert harness.rows(field="flags") == {"b1": "check_digit"}


async def test_hostile_text_is_made_safe_before_it_is_stored(harness: Harness) -> None:
    harness.gateway.box("b1", remark="\x1b]52;c;eA==\x07", owner="重庆\u202e")
    await harness.sync()
    assert harness.rows(field="remark") == {"b1": "␛]52;c;eA==␇"}
    assert harness.rows(field="owner") == {"b1": "重庆�"}


# ------------------------------------------------------------------------------------------------------------ errors
@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (problem(401, "unauthorized"), AuthFailed, "refused"),
        (problem(429, "throttled"), Throttled, "throttled"),
        (Reply(b"not json"), BadData, "bad data"),
        (Reply(b'{"api_version": "1", "epoch": "\\ud800", "feeds": []}'), BadData, "bad data"),
        (Reply(b'{"x":' + b"[" * 100_000), BadData, "bad data"),
        (Reply(b'{"api_version": "2", "epoch": "e", "feeds": []}'), Refused, "refused"),
        (Reply(b'{"api_version": "1", "epoch": "' + b"e" * 300 + b'", "feeds": []}'), BadData, "bad data"),
    ],
    ids=["401", "429", "not json", "surrogate", "deep", "another version", "long epoch"],
)
async def test_a_source_that_fails_leaves_the_rows_and_says_why(
    harness: Harness, reply: Reply, kind: type[Exception], code: str
) -> None:
    boxes(harness, 3)
    await harness.sync()
    changes = problem(410, "cursor_expired") if reply.body.startswith(b'{"api') else reply
    harness.gateway.faults = lambda request: changes if request.path.endswith("changes") else reply
    for failures in (1, 2):
        with pytest.raises(kind):
            await harness.sync()
        state = harness.source()
        assert (state.error_code, state.failures) == (code, failures)
        assert state.error
    assert harness.rows() == harness.served()
    harness.gateway.faults = lambda _request: None
    await harness.sync()
    assert (harness.source().error, harness.source().failures, harness.source().error_code) == (None, 0, None)


async def test_rows_of_another_source_are_never_touched(harness: Harness) -> None:
    boxes(harness, 2)
    await harness.sync()
    with harness.cache.write() as session:
        session.connection().exec_driver_sql("UPDATE containers SET source = 'other' WHERE id = 'b000'")
    harness.gateway.box("b000", remark="mine")
    harness.gateway.remove("containers", "b001")
    harness.gateway.remove("containers", "b000")
    harness.gateway.forget_log()
    await harness.sync()
    assert harness.rows(field="source") == {"b000": "other"}


async def test_the_skew_of_the_sources_clock_is_noted(harness: Harness) -> None:
    await harness.sync()
    first = harness.source().skew_ms
    harness.gateway.now = later(minutes=10)
    await harness.sync()
    assert 590_000 < harness.source().skew_ms - first < 610_000


async def test_a_source_behind_its_own_clock_is_noted_for_each_feed(harness: Harness) -> None:
    boxes(harness, 1)
    harness.gateway.as_of = later(minutes=-43)
    await harness.sync()
    assert harness.feed().lag_ms == 43 * 60_000
    assert harness.feed().as_of == later(minutes=-43)
