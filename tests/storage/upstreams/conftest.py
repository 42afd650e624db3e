"""A replay of Digitraffic rail, a cache that is synced from it, and an adapter that is asked by hand."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.cache import Cache
from storage.models import Train, TrainStop
from storage.sync.service import sync_once
from storage.upstreams import digitraffic as adapter
from storage.upstreams import open_upstream
from storage.upstreams.base import Batch, Changes, Place, Upstream, UpstreamSettings
from tests.storage.upstreams.digitraffic_server import (
    Digitraffic,
    captured_train,
    digitraffic,
)

VERSION = 263600307480
DAY = "2019-11-01"

Row = TypeVar("Row")


@pytest.fixture
def replay() -> Iterator[Digitraffic]:
    with digitraffic() as server:
        server.trains = [captured_train()]
        yield server


def settings(replay: Digitraffic, *stations: str, **options: Any) -> UpstreamSettings:
    return UpstreamSettings(
        name="fin", url=replay.url, kind="digitraffic", options={"stations": stations or ("PSL",), **options}
    )


class Site:
    """A cache that is synced from the replay when it is told to."""

    def __init__(self, replay: Digitraffic, path: Path, *stations: str) -> None:
        self._settings = settings(replay, *stations)
        self._path = path

    def sync(self) -> None:
        asyncio.run(sync_once(self._path, [self._settings]))

    def rows(self, statement: SelectOfScalar[Row]) -> list[Row]:
        cache = Cache.open(self._path)
        try:
            with cache.read() as session:
                return list(session.exec(statement).all())
        finally:
            cache.close()

    def trains(self) -> dict[str, Train]:
        return {train.id: train for train in self.rows(select(Train))}

    def stops(self) -> list[str]:
        return [stop.place_code or "" for stop in self.rows(select(TrainStop).order_by(col(TrainStop.sequence)))]


@pytest.fixture
def site(replay: Digitraffic, tmp_path: Path) -> Site:
    return Site(replay, tmp_path / "site" / "cache.db")


async def pulled(upstream: Upstream, place: Place) -> list[Batch]:
    """What one pull hands over."""
    batches: list[Batch] = []

    async def take(batch: Batch) -> None:
        batches.append(batch)

    await upstream.pull(place, take)
    return batches


def place_after(batches: list[Batch]) -> Place:
    """Where a cache stands that has taken all of them in."""
    last = batches[-1]
    assert isinstance(last, Changes)
    return Place(epoch=last.stamp.epoch, cursor=last.cursor, whole=frozenset(adapter.FEEDS))


@pytest.fixture
async def upstream(replay: Digitraffic) -> AsyncIterator[Upstream]:
    made = open_upstream(settings(replay))
    yield made
    await made.close()


def kinds(batches: list[Batch]) -> list[type]:
    return [type(batch) for batch in batches]
