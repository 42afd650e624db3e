"""A world small enough to see through: a track, a train and some boxes that move when they are told to."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from console.simulator.gateway import Gateway
from console.simulator.log import ChangeLog
from console.simulator.records import UNWRITTEN, Container, Track, Train
from console.simulator.server import create_app
from storage.clock import ManualClock

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
EPOCH = "20260302T013000Z-0badcafe"
TOKEN = "a-token-of-the-toy"


class ToyWorld:
    """One track, one train, `boxes` containers; nothing happens by itself."""

    def __init__(self, boxes: int = 3) -> None:
        self.log = ChangeLog()
        self.log.upsert(Track(id="T2", **UNWRITTEN, name="2", usable_m=850.0, crane=True, catenary=False))
        self.log.upsert(
            Train(
                id="X9582-20260302",
                **UNWRITTEN,
                number="X9582",
                direction="departure",
                phase="working",
                corridor="ILSTC",
                destination_code="CNQZH",
                destination="Qinzhou",
                track_id="T2",
                planned_departure=START + timedelta(hours=3),
            )
        )
        for number in range(boxes):
            self.log.upsert(Container(id=f"B{number}", **UNWRITTEN, size_type="45G1", state="yard", block_id="B3"))
        self.log.commit(START)
        self.log.open()

    def instants(self, moment: datetime) -> Iterator[datetime]:
        """A commit a minute, without any change."""
        while self.log.as_of + timedelta(minutes=1) <= moment:
            self.log.commit(self.log.as_of + timedelta(minutes=1))
            yield self.log.as_of
        self.log.advance(moment)

    def add(self, *ids: str) -> None:
        """Boxes come in, in one commit."""
        for box in ids:
            self.log.upsert(Container(id=box, **UNWRITTEN, size_type="22G1", state="yard"))
        self.log.commit(self.log.as_of)

    def load(self, box: str) -> None:
        """A box goes onto the train, and the train has one more: one commit over two feeds."""
        container, train = self.log.records["containers"][box], self.log.records["trains"]["X9582-20260302"]
        assert isinstance(container, Container)
        assert isinstance(train, Train)
        container.state, container.block_id, container.train_id = "loaded", None, train.id
        train.booked_boxes = (train.booked_boxes or 0) + 1
        self.log.upsert(container)
        self.log.upsert(train)
        self.log.commit(self.log.as_of)

    def remove(self, box: str) -> None:
        """A box is gone."""
        self.log.delete(self.log.records["containers"][box])
        self.log.commit(self.log.as_of)


class Client:
    """Asks an application in this process; no port, no server."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer, read and decoded."""
        return asyncio.run(self._ask(method, path, **more))[0]

    def raw(self, path: str, headers: Mapping[str, str]) -> tuple[httpx.Headers, bytes]:
        """Headers and body as they were sent."""
        answer, body = asyncio.run(self._ask("GET", path, decoded=False, headers=headers))
        return answer.headers, body

    async def _ask(self, method: str, path: str, *, decoded: bool = True, **more: Any) -> tuple[httpx.Response, bytes]:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://toy") as client,
            client.stream(method, path, **more) as answer,
        ):
            if decoded:
                return answer, await answer.aread()
            return answer, b"".join([part async for part in answer.aiter_raw()])


class Toy:
    """The toy world, its gateway and a client that talks to it."""

    def __init__(self, boxes: int = 3, token: str | None = None, rate_limit: float | None = None) -> None:
        self.world = ToyWorld(boxes)
        self.clock = ManualClock(START)
        self.gateway = Gateway(self.world.log, self.clock, EPOCH)
        self.app = create_app(self.gateway, token, rate_limit)
        self.client = Client(self.app)

    def advance(self, **by: float) -> None:
        """Both the gateway's clock and the world go on."""
        self.clock.advance(**by)
        for _ in self.world.instants(self.clock.at):
            pass
