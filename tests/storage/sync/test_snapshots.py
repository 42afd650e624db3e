"""Snapshots that are short, foreign, shrunk, unchanged or broken off: rows are only deleted by what can be believed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import pytest
from sqlmodel import Session

from storage.sync.intake import Intake
from storage.sync.leader import Lead
from storage.upstreams.base import Unchanged
from tests.storage.gateway import SERVED
from tests.storage.sync.conftest import Harness, altered, boxes

T = TypeVar("T")


@pytest.mark.parametrize(
    "lie",
    [{"count": 9}, {"pages": 1, "complete": True}, {"complete": False}, {"page": 2}, {"feed": "seals"}, {"cut": "x"}],
    ids=str,
)
async def test_a_short_or_foreign_page_never_deletes_rows(harness: Harness, lie: dict[str, Any]) -> None:
    boxes(harness, 6)
    await harness.sync()
    harness.gateway.forget_log()
    altered(harness, "containers", **lie, **({"items": []} if "pages" in lie else {}))
    await harness.sync()
    assert harness.rows() == harness.served()
    assert harness.feed().error_code == "bad data"
    harness.gateway.faults = lambda _request: None
    await harness.sync()
    assert (harness.feed().error_code, harness.feed().loaded, harness.feed().loading) == (None, True, False)


async def test_a_snapshot_that_shrinks_is_held_until_the_source_says_it_again(harness: Harness) -> None:
    boxes(harness, 60)
    await harness.sync()
    for number in range(50):
        harness.gateway.remove("containers", f"b{number:03}")
    harness.gateway.forget_log()
    await harness.sync()
    assert len(harness.rows()) == 60
    assert "lacks 50" in (harness.feed().held or "")
    await harness.sync()
    assert harness.rows() == harness.served()
    assert (harness.feed().held, harness.feed().rows) == (None, 10)


async def test_a_snapshot_that_shrank_by_mistake_changes_nothing(harness: Harness) -> None:
    boxes(harness, 60)
    await harness.sync()
    harness.gateway.forget_log()
    altered(harness, "containers", items=[], count=0, pages=1, complete=True)
    await harness.sync()
    assert harness.feed().held
    harness.gateway.faults = lambda _request: None
    await harness.sync()
    assert harness.rows() == harness.served()
    assert harness.feed().held is None


async def test_an_unchanged_feed_is_one_304_and_writes_no_rows(harness: Harness) -> None:
    boxes(harness, 7)
    await harness.sync()
    before = harness.feed()
    harness.gateway.forget_log()
    harness.server.requests.clear()
    await harness.sync()
    assert harness.asked("containers") == 1
    assert (harness.feed().gen, harness.feed().changed_at) == (before.gen, before.changed_at)
    assert harness.feed().loading is False


async def test_feeds_that_are_all_unchanged_are_confirmed_by_one_transaction(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes(harness, 7)
    await harness.sync()
    harness.gateway.forget_log()
    harness.server.requests.clear()
    confirmed: dict[str, int] = {}
    written: list[object] = []
    confirm, write = Intake._confirm, Lead.write_now

    def confirming(self: Intake, session: Session, now: datetime, batch: Unchanged) -> None:
        confirmed[batch.feed] = len(written)
        confirm(self, session, now, batch)

    def writing(self: Lead, work: Callable[[Session, datetime], T]) -> T:
        written.append(work)
        return write(self, work)

    monkeypatch.setattr(Intake, "_confirm", confirming)
    monkeypatch.setattr(Lead, "write_now", writing)
    await harness.sync()
    assert harness.asked("snapshot") == len(SERVED)
    assert set(confirmed) == set(SERVED)
    assert len(set(confirmed.values())) == 1
    assert not any(harness.feed(feed).loading for feed in SERVED)


async def test_a_feed_that_changed_since_its_snapshot_is_not_taken_for_unchanged(harness: Harness) -> None:
    boxes(harness, 2)
    await harness.sync()
    harness.gateway.box("b009")
    await harness.sync()
    del harness.gateway.feeds["containers"]["b009"]
    harness.gateway.forget_log()
    await harness.sync()
    assert harness.rows() == harness.served()
