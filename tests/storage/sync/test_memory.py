"""What the syncer remembers by itself while it syncs."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from storage import history
from storage.clock import ManualClock, SystemClock
from storage.errors import Transient
from storage.models import Container, FeedState, SourceState, SyncRun
from storage.queries.feeds import FEEDS
from storage.sync.service import sync_once
from storage.upstreams.base import UpstreamSettings
from tests.storage.loopback import Reply
from tests.storage.sync.conftest import Harness


def now() -> datetime:
    return SystemClock().now()


def remarks_at(harness: Harness, moment: datetime) -> dict[str, Any]:
    scratch = history.at(harness.cache, moment)
    try:
        with scratch.read() as session:
            return {box.id: box.remark for box in session.exec(select(Container))}
    finally:
        scratch.close()


async def test_what_a_sync_changed_and_deleted_can_be_seen_as_it_was(harness: Harness) -> None:
    harness.gateway.box("b1", remark="before")
    harness.gateway.box("b2", remark="soon gone")
    await harness.sync()
    first = now()
    harness.gateway.box("b1", remark="after")
    harness.gateway.remove("containers", "b2")
    harness.gateway.box("b3", remark="new")
    await harness.sync()
    assert remarks_at(harness, first) == {"b1": "before", "b2": "soon gone"}
    assert remarks_at(harness, now()) == {"b1": "after", "b3": "new"}


async def test_an_unchanged_sync_keeps_no_versions(harness: Harness) -> None:
    harness.gateway.box("b1")
    await harness.sync()
    await harness.sync()
    assert versions_kept(harness) == 0


async def test_the_first_load_keeps_no_versions(harness: Harness) -> None:
    for number in range(8):
        harness.gateway.box(f"b{number}")
    await harness.sync()
    assert versions_kept(harness) == 0


def versions_kept(harness: Harness) -> int:
    with harness.cache.read() as session:
        return int(session.connection().exec_driver_sql("SELECT count(*) FROM containers_history").scalar_one())


async def test_every_sync_leaves_a_run_of_its_source(harness: Harness) -> None:
    harness.gateway.box("b1")
    await harness.sync()
    await harness.server.stop()
    with pytest.raises(Transient):
        await harness.sync()
    await harness.server.start()
    with harness.cache.read() as session:
        asked = select(SyncRun).where(SyncRun.source == "gateway", SyncRun.feed == "").order_by(col(SyncRun.started))
        runs = session.exec(asked).all()
        assert [run.outcome for run in runs] == ["ok", "offline"]
        assert runs[1].error == harness.source().error


async def test_a_source_that_is_configured_no_more_stays_in_the_past(harness: Harness) -> None:
    harness.gateway.box("b1", remark="theirs")
    await harness.sync()
    then = now()
    other = UpstreamSettings(name="other", url=harness.server.url)
    await sync_once(harness.cache.place, [other])
    assert remarks_at(harness, then) == {"b1": "theirs"}
    scratch = history.at(harness.cache, then)
    with scratch.read() as session:
        assert [source.source for source in session.exec(select(SourceState))] == ["gateway"]
        state = session.get_one(FeedState, ("gateway", "containers"))
        assert (state.loaded, state.rows) == (True, 1)
    scratch.move_to(now() + timedelta(seconds=1))
    with scratch.read() as session:
        assert [source.source for source in session.exec(select(SourceState))] == ["other"]
    scratch.close()


def changes(harness: Harness, *, later: timedelta = timedelta(0)) -> dict[str, int | None]:
    """What the feeds are said to change in an hour, as seen that much later."""
    with harness.cache.read() as session:
        clock = ManualClock(now() + later)
        return {row.feed: row.changes for row in FEEDS.page(session, clock).rows}


async def test_what_moved_in_the_last_hour_is_counted_and_a_first_load_is_not(harness: Harness) -> None:
    for key in ("b1", "b2", "b3"):
        harness.gateway.box(key)
    await harness.sync()
    assert changes(harness) == {"tracks": 0, "trains": 0, "containers": 0, "seals": 0}
    harness.gateway.box("b1", remark="changed")
    await harness.sync()
    harness.gateway.box("b1", remark="changed again")
    harness.gateway.box("b4", remark="came")
    harness.gateway.remove("containers", "b2")
    await harness.sync()
    assert changes(harness)["containers"] == 4
    assert changes(harness, later=timedelta(hours=2))["containers"] == 0


async def test_how_much_moved_is_unknown_before_a_feed_is_loaded_and_in_a_past_state(harness: Harness) -> None:
    harness.gateway.box("b1")
    harness.gateway.faults = lambda request: Reply(b"[]") if "/containers/" in request.path else None
    await harness.sync()
    assert changes(harness)["containers"] is None
    past = history.at(harness.cache, now())
    with past.read() as session:
        assert {row.changes for row in FEEDS.page(session, ManualClock(now())).rows} == {None}
    past.close()
