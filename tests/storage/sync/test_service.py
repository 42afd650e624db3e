"""From a gateway's records to the rows of the cache."""

import pytest

from storage.errors import LeaderError, Transient
from storage.sync.intake import Progress
from storage.sync.leader import take_lock
from storage.sync.service import sync_once
from tests.storage.sync.conftest import Harness


async def test_the_first_sync_brings_every_record_of_every_page(harness: Harness) -> None:
    for number in range(8):
        harness.gateway.box(f"b{number}", remark="重庆")
    harness.gateway.put("tracks", "t1", name="1")
    await harness.sync()
    assert harness.rows() == harness.served()
    assert harness.rows("tracks", "name") == {"t1": "1"}
    assert harness.rows(field="remark") == dict.fromkeys(harness.served(), "重庆")
    state = harness.feed()
    assert (state.loaded, state.loading, state.rows, state.expected_rows) == (True, False, 8, 8)


async def test_a_later_sync_asks_for_changes_only(harness: Harness) -> None:
    harness.gateway.box("b1")
    harness.gateway.box("b2")
    await harness.sync()
    harness.gateway.box("b1", remark="moved")
    harness.gateway.remove("containers", "b2")
    harness.gateway.box("b3")
    harness.server.requests.clear()
    await harness.sync()
    assert harness.rows() == harness.served()
    assert harness.feed().rows == 2
    assert harness.asked("snapshot") == 0


async def test_the_site_says_its_name_and_zone(harness: Harness) -> None:
    await harness.sync()
    assert (harness.source().site, harness.source().timezone) == ("Testport", "Asia/Shanghai")


async def test_progress_is_told_page_by_page(harness: Harness) -> None:
    for number in range(7):
        harness.gateway.box(f"b{number}")
    told: list[Progress] = []
    await sync_once(harness.cache.place, [harness.settings], report=told.append)
    boxes = [progress for progress in told if progress.feed == "containers"]
    assert boxes[-1] == Progress("containers", 7, 7)
    assert [progress.rows for progress in boxes] == sorted(progress.rows for progress in boxes)


async def test_an_unreachable_source_is_told_and_written_down(harness: Harness) -> None:
    await harness.server.stop()
    with pytest.raises(Transient, match="cannot be reached"):
        await harness.sync()
    assert harness.source().error_code == "offline"
    await harness.server.start()


async def test_a_second_syncer_is_refused_by_name(harness: Harness) -> None:
    lock = take_lock(harness.cache.place)
    assert lock is not None
    with pytest.raises(LeaderError, match="leads the cache"):
        await harness.sync()
