"""A gateway on loopback and a syncer for it."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import stamina
from sqlmodel import select

from storage.cache import Cache
from storage.models import FEEDS, FeedState, SourceState
from storage.models.base import EPOCH
from storage.sync.review import EVERY
from storage.sync.service import sync_once
from storage.upstreams.base import UpstreamSettings
from tests.storage.gateway import Gateway
from tests.storage.loopback import Loopback, Reply, Request


@pytest.fixture(autouse=True)
def tried_once() -> Iterator[None]:
    """A failed request is not tried again: the retries have tests of their own."""
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture(autouse=True)
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage does not watch the syncers that run as processes here, up to twenty at once: others run in the test."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@dataclass
class Harness:
    """A gateway, its server, and a cache that is synced with it."""

    gateway: Gateway
    server: Loopback
    cache: Cache
    settings: UpstreamSettings

    async def sync(self) -> None:
        await sync_once(self.cache.place, [self.settings])

    def a_day_passes(self) -> None:
        """Since each feed was compared with its source."""
        with self.cache.write() as session:
            for state in session.exec(select(FeedState)):
                state.reviewed_at = (state.reviewed_at or EPOCH + EVERY) - EVERY

    def rows(self, feed: str = "containers", field: str = "rev") -> dict[str, Any]:
        with self.cache.read() as session:
            return {row.id: getattr(row, field) for row in session.exec(select(FEEDS[feed]))}

    def served(self, feed: str = "containers") -> dict[str, Any]:
        return {key: record["rev"] for key, record in self.gateway.feeds[feed].items()}

    def feed(self, feed: str = "containers") -> FeedState:
        with self.cache.read() as session:
            return session.get_one(FeedState, ("gateway", feed))

    def source(self) -> SourceState:
        with self.cache.read() as session:
            return session.get_one(SourceState, "gateway")

    def asked(self, part: str) -> int:
        return sum(part in request.path for request in self.server.requests)


@pytest.fixture
async def harness(cache: Cache) -> AsyncIterator[Harness]:
    gateway = Gateway()
    async with gateway.serve() as server:
        yield Harness(gateway, server, cache, UpstreamSettings(name="gateway", url=server.url))


@pytest.fixture
async def loaded(harness: Harness) -> Harness:
    """Eight boxes in three pages, and a day since they came."""
    for number in range(8):
        harness.gateway.box(f"b{number}", remark="as it was", gross_kg=24_000 + number)
    await harness.sync()
    harness.a_day_passes()
    harness.server.requests.clear()
    return harness


def boxes(harness: Harness, count: int) -> None:
    for number in range(count):
        harness.gateway.box(f"b{number:03}")


def altered(harness: Harness, of: str, **values: Any) -> None:
    """The gateway answers snapshots of the feed `of` with these values of the page changed."""

    def alter(request: Request) -> Reply | None:
        if f"/{of}/" not in request.path:
            return None
        harness.gateway.faults = lambda _request: None
        reply = harness.gateway.answer(replace(request, headers={}))
        harness.gateway.faults = alter
        return Reply(json.dumps({**json.loads(reply.body), **values}).encode())

    harness.gateway.faults = alter
