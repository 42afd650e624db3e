"""What every adapter promises the syncer: one suite, run against each source as a replay of the real one."""

import gzip
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import httpx
import pytest
import stamina
from sqlmodel import select

from storage.cache import Cache
from storage.errors import AuthFailed, BadData, Refused, Throttled, Transient, UpstreamError
from storage.models import FEEDS, FeedState, SourceState
from storage.sync.client import Client
from storage.sync.intake import Intake
from storage.sync.leader import Lead, take_lock
from storage.sync.schedule import attempt
from storage.upstreams.base import Upstream, UpstreamSettings

JSON = {"Content-Type": "application/json"}
CUT = gzip.compress(json.dumps(list(range(900))).encode())[:-20]
FAULTS: dict[str, tuple[Callable[[], httpx.Response], type[UpstreamError]]] = {
    "401": (lambda: answered(b"", {}, 401), AuthFailed),
    "403": (lambda: answered(b"", {}, 403), AuthFailed),
    "404": (lambda: answered(b"", {}, 404), Refused),
    "429": (lambda: answered(b"", {"Retry-After": "7"}, 429), Throttled),
    "500": (lambda: answered(b"", {}, 500), Transient),
    "503 with Retry-After": (lambda: answered(b"", {"Retry-After": "7"}, 503), Throttled),
    "redirect": (lambda: answered(b"", {"Location": "http://elsewhere.example/"}, 301), Refused),
    "login page": (lambda: answered(b"<p>Log in</p>", {"Content-Type": "text/html"}), BadData),
    "not JSON": (lambda: answered(b"[1, 2", JSON), BadData),
    "another shape": (lambda: answered(b'{"surprise": 1}', JSON), BadData),
    "a lone surrogate": (lambda: answered(b'["\\ud800"]', JSON), BadData),
    "nested without end": (lambda: answered(b"[" * 200_000, JSON), BadData),
    "gzip cut short": (lambda: answered(CUT, {**JSON, "Content-Encoding": "gzip"}), BadData),
}


def answered(body: bytes, headers: dict[str, str], status: int = 200) -> httpx.Response:
    """A response whose body is sent as it is."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


class Source(ABC):
    """A replay of a real source, as the suite moves it."""

    settings: UpstreamSettings
    feed: str
    """The feed whose records the suite adds, changes and removes."""

    @abstractmethod
    def answer(self, request: httpx.Request) -> httpx.Response:
        """As the real source answers."""

    @abstractmethod
    def open(self, client: Client) -> Upstream:
        """The adapter, asking by `client`."""

    @abstractmethod
    def add(self, number: int) -> None:
        """Record `number` appears."""

    @abstractmethod
    def change(self, number: int) -> None:
        """Record `number` changes."""

    @abstractmethod
    def remove(self, number: int) -> None:
        """Record `number` is deleted."""

    @abstractmethod
    def served(self) -> dict[str, int]:
        """Ids and revisions that the cache should come to hold."""

    def client_headers(self) -> dict[str, str]:
        """Headers the adapter's own client sends."""
        return {}


class Site:
    """A cache, a lead, and the adapter, with the source in place of the network."""

    def __init__(self, source: Source, cache: Cache, lead: Lead) -> None:
        self.source, self.cache, self.lead = source, cache, lead
        self.fault: Callable[[], httpx.Response] | None = None
        self.requests: list[httpx.Request] = []
        self.restart()

    def restart(self) -> None:
        """As after the end of the process: only what is in the cache is known."""
        transport = httpx.MockTransport(self._answer)
        client = Client(self.source.settings, headers=self.source.client_headers(), transport=transport)
        self.upstream = self.source.open(client)
        self.intake = Intake(self.lead, self.source.settings, self.upstream.interval_s)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.fault() if self.fault else self.source.answer(request)

    async def sync(self) -> None:
        await attempt(self.upstream, self.intake)

    def rows(self) -> dict[str, int]:
        with self.cache.read() as session:
            return {row.id: row.rev for row in session.exec(select(FEEDS[self.source.feed]))}

    def state(self) -> tuple[SourceState, list[FeedState]]:
        with self.cache.read() as session:
            return session.exec(select(SourceState)).one(), list(session.exec(select(FeedState)))


class UpstreamContract:
    """The suite: a test class of an adapter inherits it and gives a fixture `source`."""

    @pytest.fixture(autouse=True)
    def tried_once(self) -> Iterator[None]:
        with stamina.set_testing(True, attempts=1):
            yield

    @pytest.fixture
    def site(self, source: Source, cache: Cache) -> Iterator[Site]:
        lock = take_lock(cache.place)
        assert lock is not None
        lead = Lead(cache, lock)
        yield Site(source, cache, lead)
        lead.close()

    async def test_the_first_pull_brings_everything(self, site: Site, source: Source) -> None:
        for number in range(1, 6):
            source.add(number)
        await site.sync()
        assert site.rows() == source.served()
        assert len(site.rows()) == 5
        state, feeds = site.state()
        assert state.cursor
        assert state.asked_at is not None
        assert all(feed.loaded and not feed.loading and feed.as_of is not None for feed in feeds)
        assert source.feed in {feed.feed for feed in feeds}

    async def test_later_pulls_bring_what_changed_came_and_went(self, site: Site, source: Source) -> None:
        for number in range(1, 4):
            source.add(number)
        await site.sync()
        source.change(1)
        source.add(4)
        source.remove(2)
        await site.sync()
        assert site.rows() == source.served()
        assert len(site.rows()) == 3

    async def test_a_pull_without_news_changes_nothing(self, site: Site, source: Source) -> None:
        source.add(1)
        await site.sync()
        before = {feed.feed: feed.gen for feed in site.state()[1]}
        await site.sync()
        assert {feed.feed: feed.gen for feed in site.state()[1]} == before

    async def test_a_new_process_goes_on_where_the_last_one_was(self, site: Site, source: Source) -> None:
        source.add(1)
        await site.sync()
        source.change(1)
        source.add(2)
        site.restart()
        await site.sync()
        assert site.rows() == source.served()

    async def test_a_lost_place_ends_at_the_same_rows(self, site: Site, source: Source) -> None:
        source.add(1)
        source.add(2)
        await site.sync()
        source.change(1)
        await site.intake.lost()
        await site.sync()
        assert site.rows() == source.served()

    async def test_every_request_offers_gzip_and_says_who_asks(self, site: Site, source: Source) -> None:
        source.add(1)
        await site.sync()
        assert {request.headers["accept-encoding"] for request in site.requests} == {"gzip"}
        assert all(request.headers["user-agent"].startswith("dryport/") for request in site.requests)

    @pytest.mark.parametrize("fault", FAULTS)
    async def test_a_fault_is_the_error_it_is_and_leaves_the_rows(self, site: Site, source: Source, fault: str) -> None:
        source.add(1)
        await site.sync()
        before = site.rows()
        answer, kind = FAULTS[fault]
        site.fault = answer
        site.restart()
        with pytest.raises(kind) as caught:
            await site.sync()
        assert type(caught.value) is kind
        assert "Log in" not in str(caught.value)
        assert site.rows() == before
        site.fault = None
        source.change(1)
        await site.sync()
        assert site.rows() == source.served()

    async def test_closing_twice_is_no_harm(self, site: Site) -> None:
        await site.upstream.close()
        await site.upstream.close()
