"""Once a day every feed is compared with its source: what is wrong here is put right and said, nothing else written."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select as select_columns
from sqlmodel import select

from storage import damage
from storage.cache import Cache
from storage.databases.sqlite import DRIVER
from storage.errors import CacheDamaged
from storage.figures.tally import by_block, is_kept
from storage.models import HISTORY, Container, FeedState, Quarantine
from storage.models.base import EPOCH
from storage.sync.service import sync_follow, sync_once
from tests.storage.gateway import SERVED, Gateway
from tests.storage.sync.conftest import Harness, altered
from tests.storage.sync.looks import ALTERED, DAMAGE, MISSED, box_requests, findings, run, whole_rows


@pytest.mark.parametrize(("sql", "words"), DAMAGE.values(), ids=DAMAGE)
async def test_what_turned_over_in_a_row_is_put_right_within_a_day_and_said(
    loaded: Harness, sql: str, words: str
) -> None:
    before, gen = whole_rows(loaded), loaded.feed().gen
    run(loaded, sql)
    assert whole_rows(loaded) != before
    said: list[str] = []
    await sync_once(loaded.cache.place, [loaded.settings], say=said.append)
    assert whole_rows(loaded) == before
    state = loaded.feed()
    assert findings(loaded) == {"containers": words}
    assert said == [f"containers of gateway: {words}"]
    assert state.mended_at is not None
    assert state.gen > gen, "screens draw it anew"
    assert (state.rows, state.loading) == (8, False)


async def test_a_syncer_that_follows_does_it_beside_its_polls(loaded: Harness) -> None:
    run(loaded, DAMAGE["a letter"][0])
    stop, said = asyncio.Event(), list[str]()
    quick = replace(loaded.settings, interval_s=0.01)
    following = asyncio.create_task(sync_follow(loaded.cache.place, [quick], stop=stop, say=said.append))
    while not said:
        await asyncio.sleep(0.02)
    stop.set()
    await following
    assert said == [f"containers of gateway: {ALTERED}"]
    assert set(loaded.rows(field="remark").values()) == {"as it was"}


async def test_a_row_that_the_source_does_not_have_goes(loaded: Harness) -> None:
    loaded.gateway.log.clear()  # the tombstone was lost
    del loaded.gateway.feeds["containers"]["b1"]
    await loaded.sync()
    assert set(loaded.rows()) == set(loaded.served())
    assert findings(loaded) == {"containers": MISSED}
    assert loaded.feed().rows == 7


async def test_a_change_that_the_source_lost_comes_all_the_same(loaded: Harness) -> None:
    loaded.gateway.box("b1", remark="moved")
    loaded.gateway.box("b9")
    loaded.gateway.log[-2:] = []
    await loaded.sync()
    assert loaded.rows() == loaded.served()
    assert loaded.rows(field="remark")["b1"] == "moved"
    assert findings(loaded) == {"containers": MISSED.replace("1 record", "2 records")}


async def test_both_kinds_are_told_in_one_sentence(loaded: Harness) -> None:
    run(loaded, DAMAGE["a letter"][0])
    run(loaded, "DELETE FROM containers WHERE id IN ('b2', 'b7')")
    await loaded.sync()
    assert findings(loaded)["containers"] == (
        "Put right: 1 record that had changed on the disk (have it looked at) "
        "and 2 records that had missed a change (have the source's change log looked at)."
    )


async def test_the_wrong_version_ends_in_the_history_as_any_does(loaded: Harness) -> None:
    run(loaded, DAMAGE["a letter"][0])
    await loaded.sync()
    with loaded.cache.read() as session:
        columns = HISTORY["containers"].c
        ended = session.connection().execute(select_columns(columns.id, columns.remark, columns.until)).all()
    assert [(row.id, row.remark, row.until) for row in ended] == [
        ("b1", "as it wqs", loaded.rows(field="observed")["b1"])
    ]


async def test_each_feed_is_read_once_a_day_whatever_its_digest(loaded: Harness) -> None:
    for _ in range(3):
        await loaded.sync()
    assert len(box_requests(loaded)) == 3
    assert not any("if-none-match" in headers for headers in box_requests(loaded))
    assert loaded.asked("/tracks/") == 1
    loaded.a_day_passes()
    await loaded.sync()
    assert len(box_requests(loaded)) == 6


async def test_a_feed_that_came_whole_today_is_not_read_again(harness: Harness) -> None:
    harness.gateway.box("b1")
    await harness.sync()
    harness.server.requests.clear()
    await harness.sync()
    assert harness.asked("snapshot") == 0


async def test_a_clock_that_was_set_back_does_not_put_it_off(loaded: Harness) -> None:
    with loaded.cache.write() as session:
        for state in session.exec(select(FeedState)):
            state.reviewed_at = datetime(2100, 1, 1, tzinfo=UTC)
    await loaded.sync()
    assert len(box_requests(loaded)) == 3


@pytest.mark.parametrize("lie", [{"count": 9}, {"complete": False}, {"page": 2}, {"feed": "seals"}], ids=str)
async def test_a_snapshot_that_contradicts_itself_deletes_nothing(loaded: Harness, lie: dict[str, object]) -> None:
    before = loaded.feed().model_dump(exclude={"tallied"})
    altered(loaded, "containers", **lie)
    await loaded.sync()
    assert len(loaded.rows()) == 8
    assert loaded.feed().model_dump(exclude={"tallied"}) == before


async def test_a_source_with_a_feed_in_trouble_is_not_asked_for_more(loaded: Harness) -> None:
    loaded.gateway.forget_log()
    loaded.gateway.box("b1", remark="moved")
    altered(loaded, "containers", count=99)
    await loaded.sync()
    assert loaded.feed().error_code == "bad data"
    assert loaded.asked("/tracks/") == 1, "the resync"
    loaded.gateway.faults = lambda _request: None
    await loaded.sync()
    assert loaded.rows() == loaded.served()
    assert loaded.asked("/tracks/") == 2, "the look"


async def test_a_source_that_says_far_fewer_is_held_until_it_says_so_again(harness: Harness) -> None:
    harness.gateway.page_size = 100
    for number in range(60):
        harness.gateway.box(f"b{number:02}")
    await harness.sync()
    harness.a_day_passes()
    for number in range(50):
        del harness.gateway.feeds["containers"][f"b{number:02}"]
    await harness.sync()
    assert len(harness.rows()) == 60
    assert "lacks 50" in (harness.feed().held or "")
    await harness.sync()
    assert harness.rows() == harness.served()
    assert harness.feed().held is None


async def test_a_snapshot_that_only_brought_what_is_newer_does_not_count(loaded: Harness) -> None:
    run(loaded, DAMAGE["a letter"][0])
    loaded.gateway.box("b2", remark="moved")
    loaded.gateway.forget_log()
    await loaded.sync()
    assert loaded.rows(field="remark")["b1"] == "as it was"
    assert findings(loaded) == {"containers": ALTERED}


async def test_records_that_cannot_be_read_are_set_aside_and_never_taken_for_gone(loaded: Harness) -> None:
    loaded.gateway.feeds["containers"]["b1"]["bay"] = -1
    loaded.gateway.feeds["containers"]["b2"]["bay"] = -1
    for _ in range(2):
        await loaded.sync()
        loaded.a_day_passes()
        assert len(loaded.rows()) == 8
        with loaded.cache.read() as session:
            assert set(session.exec(select(Quarantine.record))) == {"b1", "b2"}
    del loaded.gateway.feeds["containers"]["b1"]["bay"]
    del loaded.gateway.feeds["containers"]["b2"]
    await loaded.sync()
    assert loaded.rows() == loaded.served()
    assert loaded.feed().set_aside == 0


async def test_rows_of_another_source_are_its_own(loaded: Harness) -> None:
    other = Gateway(feeds={name: {} for name in SERVED})
    other.box("other", remark="theirs")
    async with other.serve() as server:
        both = [loaded.settings, replace(loaded.settings, name="other", url=server.url)]
        await sync_once(loaded.cache.place, both)
        run(loaded, "UPDATE containers SET source = 'nobody' WHERE id IN ('b1', 'other')")
        for _ in range(2):
            loaded.a_day_passes()
            await sync_once(loaded.cache.place, both)
    assert loaded.rows(field="source") == {**dict.fromkeys(loaded.served(), "gateway"), "other": "other"}


async def test_a_declaration_that_went_back_is_not_taken_for_damaged(harness: Harness) -> None:
    harness.gateway.feeds["declarations"] = {}
    for state in ("released", "inspection"):
        harness.gateway.put("declarations", "d1", number="1", state=state)
        await harness.sync()
    assert harness.rows("declarations", "flags") == {"d1": "state_back"}
    harness.a_day_passes()
    await harness.sync()
    assert findings(harness) == {}
    run(harness, "UPDATE declarations SET state = 'inspectipn'")
    harness.a_day_passes()
    await harness.sync()
    assert harness.rows("declarations", "state") == {"d1": "inspection"}
    assert harness.rows("declarations", "flags") == {"d1": "state_back"}


async def test_the_tally_of_the_yard_is_counted_anew(loaded: Harness) -> None:
    loaded.gateway.box("b1", block_id="A", place="yard", bay=1)
    await loaded.sync()
    await loaded.sync()
    run(loaded, "UPDATE yard_tally SET boxes = 65537")
    loaded.a_day_passes()
    await loaded.sync()
    with loaded.cache.read() as session:
        assert not is_kept(session)
    await loaded.sync()
    with loaded.cache.read() as session:
        assert list(by_block(session, "size")) == [("A", None, 1)]


def test_an_index_that_says_something_else_than_its_table_is_damage(file_cache: Cache) -> None:
    with file_cache.write() as session:
        session.add(Container(id="b1", rev=1, changed_at=EPOCH, number="CSQU3054383"))
    file_cache.close()
    connection = DRIVER.connect(file_cache.path)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_master SET sql = replace(sql, '(number)', '(id)') WHERE name = 'ix_containers_number'"
    )
    connection.commit()
    connection.close()
    damage.check(file_cache)
    damage.check_table(file_cache, "trains")
    with pytest.raises(CacheDamaged, match="ix_containers_number"):
        damage.check_table(file_cache, "containers")
