"""A syncer whose database server breaks off, starts again or cannot be written: it says so, waits, and goes on."""

import asyncio
from datetime import timedelta

import pytest
import stamina

from storage import history
from storage.cache import Cache
from storage.clock import SystemClock
from storage.errors import CacheError, CacheInterrupted
from storage.models import Leader
from storage.place import DatabaseUrl
from storage.sync import leader
from storage.sync.backoff import Backoff
from tests.storage.server import Server
from tests.storage.sync.exhausted import Following, following


@pytest.fixture
def place(server_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> DatabaseUrl:
    monkeypatch.setattr(leader, "PAUSES_S", (0.01, 0.1))
    monkeypatch.setattr(Backoff, "failed", lambda _self, least=0.0: max(0.05, least))
    assert isinstance(server_cache.place, DatabaseUrl)
    return server_cache.place


async def until_rows(syncer: Following, wanted: int) -> None:
    """As `Following.until_rows`, for a reader whose server may be away."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await syncer.until_rows(wanted)
            except CacheError:
                await asyncio.sleep(0.01)


def epoch(syncer: Following) -> int:
    with syncer.reader.read() as session:
        return session.get_one(Leader, 1).epoch


@pytest.mark.parametrize("outage", ["started again", "sessions ended"])
async def test_the_same_leader_goes_on_after(outage: str, server: Server, place: DatabaseUrl) -> None:
    with stamina.set_testing(True, attempts=1):
        async with following(place) as syncer:
            await syncer.until_rows(10)
            led = epoch(syncer)
            for turn in range(3):
                if outage == "started again":
                    await asyncio.to_thread(server.restart)
                else:
                    server.end_sessions(place)
                syncer.gateway.box(f"later{turn}")
                await until_rows(syncer, 11 + turn)
            assert epoch(syncer) == led


async def test_a_server_that_is_read_only_for_a_while_is_told_and_waited_out(
    server: Server, place: DatabaseUrl
) -> None:
    with stamina.set_testing(True, attempts=1):
        async with following(place) as syncer:
            await syncer.until_rows(10)
            server.alter(place, "SET default_transaction_read_only = on")
            server.end_sessions(place)
            syncer.gateway.box("later")
            async with asyncio.timeout(60):
                await syncer.until_said("it is read-only; nothing was lost")
            server.alter(place, "RESET default_transaction_read_only")
            server.end_sessions(place)
            await until_rows(syncer, 11)


async def test_a_server_that_takes_nobody_for_a_while_is_told_and_waited_out(
    server: Server, place: DatabaseUrl
) -> None:
    with stamina.set_testing(True, attempts=1):
        async with following(place) as syncer:
            await syncer.until_rows(10)
            server.alter(place, "ALLOW_CONNECTIONS false")
            server.end_sessions(place)
            try:
                syncer.gateway.box("later")
                async with asyncio.timeout(60):
                    await syncer.until_said("cannot be reached")
            finally:
                server.alter(place, "ALLOW_CONNECTIONS true")
            await until_rows(syncer, 11)


def test_a_past_state_that_is_broken_off_on_its_way_is_said(
    server: Server, server_cache: Cache, place: DatabaseUrl
) -> None:
    moment = SystemClock().now() - timedelta(minutes=1)
    with pytest.raises(CacheInterrupted):
        history.at(server_cache, moment, lambda _done: server.end_sessions(place))
    history.at(server_cache, moment).close()
