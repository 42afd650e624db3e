"""Each adapter against the suite that all of them pass."""

import gzip
import json

import httpx
import pytest

from storage.errors import SettingsError
from storage.sync.client import Client
from storage.upstreams import ADAPTERS, open_upstream
from storage.upstreams.base import Upstream, UpstreamSettings
from storage.upstreams.digitraffic import DigitrafficUpstream
from storage.upstreams.native import NativeUpstream
from tests.storage.gateway import Gateway
from tests.storage.loopback import Request
from tests.storage.upstreams.contract import JSON, Source, UpstreamContract, answered
from tests.storage.upstreams.digitraffic_server import Digitraffic, captured_train

ADDRESS = "http://127.0.0.1:1"


class NativeSource(Source):
    """A site gateway."""

    settings = UpstreamSettings(name="gateway", url=ADDRESS)
    feed = "containers"

    def __init__(self) -> None:
        self.gateway = Gateway(page_size=2)

    def answer(self, request: httpx.Request) -> httpx.Response:
        reply = self.gateway.answer(Request(request.url.path, dict(request.url.params), dict(request.headers)))
        return httpx.Response(reply.status, headers={**JSON, **reply.headers}, stream=httpx.ByteStream(reply.body))

    def open(self, client: Client) -> Upstream:
        return NativeUpstream(self.settings, client)

    def add(self, number: int) -> None:
        self.gateway.box(str(number))

    def change(self, number: int) -> None:
        self.gateway.box(str(number), remark="changed")

    def remove(self, number: int) -> None:
        self.gateway.remove("containers", str(number))

    def served(self) -> dict[str, int]:
        return {key: record["rev"] for key, record in self.gateway.feeds["containers"].items()}


class DigitrafficSource(Source):
    """Digitraffic rail."""

    settings = UpstreamSettings(name="fin", url=ADDRESS, kind="digitraffic", options={"stations": ("PSL",)})
    feed = "trains"

    def __init__(self) -> None:
        self.replay = Digitraffic()
        self.version = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        status, headers, body = self.replay.answer(request.url.raw_path.decode(), dict(request.headers))
        packed = {**headers, **JSON, "Content-Encoding": "gzip", "Date": "Fri, 20 Nov 2026 02:41:00 GMT"}
        raw = gzip.compress(json.dumps(body).encode())
        return answered(raw, packed) if status == 200 else answered(b"", headers, status)

    def open(self, client: Client) -> Upstream:
        return DigitrafficUpstream(self.settings, client)

    def client_headers(self) -> dict[str, str]:
        return {"Digitraffic-User": "tests"}

    def add(self, number: int) -> None:
        self.version += 1
        self.replay.trains.append(captured_train(trainNumber=number, version=self.version))

    def change(self, number: int) -> None:
        self._replace(number, cancelled=True)

    def remove(self, number: int) -> None:
        self._replace(number, deleted=True)

    def served(self) -> dict[str, int]:
        return {
            f"fin:{train['departureDate']}:{train['trainNumber']}:PSL": train["version"]
            for train in self.replay.trains
            if not train.get("deleted")
        }

    def _replace(self, number: int, **values: bool) -> None:
        self.version += 1
        for position, train in enumerate(self.replay.trains):
            if train["trainNumber"] == number:
                self.replay.trains[position] = {**train, **values, "version": self.version}


class TestNative(UpstreamContract):
    @pytest.fixture
    def source(self) -> NativeSource:
        return NativeSource()


class TestDigitraffic(UpstreamContract):
    @pytest.fixture
    def source(self) -> DigitrafficSource:
        return DigitrafficSource()


@pytest.mark.parametrize("kind", ADAPTERS)
async def test_every_kind_opens_by_its_name(kind: str) -> None:
    upstream = open_upstream(UpstreamSettings(name="x", url=ADDRESS, kind=kind, options={"stations": ("KV",)}))
    assert upstream.settings.kind == kind
    await upstream.close()


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(SettingsError, match="native or digitraffic"):
        open_upstream(UpstreamSettings(name="x", url=ADDRESS, kind="telepathy"))
