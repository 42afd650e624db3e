"""Whatever the gateway does, and whatever is lost on the way, the cache ends equal to it and shows nothing else."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select as select_columns
from sqlmodel import select

from storage.cache import Cache
from storage.errors import UpstreamError
from storage.models import HISTORY, Container, FeedState
from storage.place import DatabaseUrl
from storage.sync import review
from storage.sync.client import Client
from storage.sync.intake import Intake
from storage.sync.leader import Lead, take_lock
from storage.sync.review import Review
from storage.sync.schedule import attempt
from storage.text import clean
from storage.upstreams.base import UpstreamSettings
from storage.upstreams.native import NativeUpstream
from tests.storage.conftest import DATABASES
from tests.storage.gateway import Gateway, problem
from tests.storage.loopback import Reply, Request
from tests.storage.server import Server

SETTINGS = UpstreamSettings(name="gateway", url="http://127.0.0.1:1")
KEYS = st.sampled_from("abcdefgh")
FAULTS = {
    "down": Reply(status=500),
    "busy": Reply(status=503),
    "refused": Reply(status=401),
    "lost place": problem(410, "cursor_expired"),
    "lost cut": problem(410, "cut_expired"),
    "cut off": Reply(b'{"epoch": "first", "items": ['),
    "login page": Reply(b"<h1>Log in</h1>", headers={"Content-Type": "text/html"}),
}
DAMAGE = (
    "UPDATE containers SET remark = 'turned'",
    "UPDATE containers SET rev = 0",
    "UPDATE containers SET rev = rev + 1048576",
    "UPDATE containers SET source = 'gatewax'",
    "DELETE FROM containers",
)
OPENED: dict[str, Callable[[], Cache]] = {}
"""What gives each example an empty cache to begin with; one at a time."""


def upstream_of(gateway: Gateway) -> NativeUpstream:
    """The adapter, with the gateway in place of the network."""

    def answer(request: httpx.Request) -> httpx.Response:
        reply = gateway.answer(Request(request.url.path, dict(request.url.params), dict(request.headers)))
        headers = {"Content-Type": "application/json", **reply.headers}
        return httpx.Response(reply.status, headers=headers, stream=httpx.ByteStream(reply.body))

    return NativeUpstream(SETTINGS, Client(SETTINGS, transport=httpx.MockTransport(answer)))


class Convergence(RuleBasedStateMachine):
    """A gateway that changes, forgets, restarts and fails; a syncer that follows it."""

    @initialize()
    def begin(self) -> None:
        self.cache = OPENED["now"]()
        lock = take_lock(self.cache.place)
        assert lock is not None
        self.runner = asyncio.Runner()
        self.lock, self.lead = lock, Lead(self.cache, lock)
        self.gateway = Gateway(page_size=2)
        self.served: set[tuple[str, int, str | None]] = set()
        """Key, revision and remark of every box as the gateway had it at any time."""
        self.turned: set[tuple[str, str]] = set()
        """Key and remark of boxes as nobody ever served them."""
        self.seen: dict[str, int] = {}
        """The revision of every box that was ever here, of the epoch the cache is in."""
        self.restart()

    def restart(self) -> None:
        """As after a crash: what was only to be written with the next heartbeat is lost."""
        self.lead._notes.clear()
        self.upstream = upstream_of(self.gateway)
        self.intake = Intake(self.lead, SETTINGS, 5.0)
        self.review = Review(self.upstream, self.intake, lambda _words: None)

    @rule(key=KEYS, remark=st.sampled_from(["x", "重庆", "\x1b[2J", None]))
    def put(self, key: str, remark: str | None) -> None:
        record = self.gateway.box(key, remark=remark)
        self.served.add((key, record["rev"], None if remark is None else clean(remark)))

    @rule(key=KEYS)
    def remove(self, key: str) -> None:
        if key in self.gateway.feeds["containers"]:
            self.gateway.remove("containers", key)

    @rule()
    def forget_the_log(self) -> None:
        self.gateway.forget_log()

    @rule(backwards=st.booleans())
    def begin_anew(self, backwards: bool) -> None:
        """Set back to a copy of itself, under other revisions."""
        self.gateway.begin_anew(f"{self.gateway.epoch}+")
        self.seen.clear()
        boxes = list(self.gateway.feeds["containers"].items())
        for key, record in reversed(boxes) if backwards else boxes:
            self.put(key, record["remark"])

    @rule()
    def restart_the_syncer(self) -> None:
        self.restart()

    @rule(back=st.integers(1, 4))
    def serve_the_log_again(self, back: int) -> None:
        """An overlap: changes that were taken in already come once more, in order."""
        self.gateway.overlap = back

    @rule(scrambled=st.booleans())
    def scramble(self, scrambled: bool) -> None:
        """Changes of an answer in the wrong order, and each of them twice."""
        self.gateway.scrambled = scrambled

    @rule()
    def beat(self) -> None:
        """What was heard without news is written down."""
        self.lead.write_now(lambda _session, _now: None)

    @rule(at=st.integers(1, 12), fault=st.sampled_from(list(FAULTS)))
    def sync_and_fail(self, at: int, fault: str) -> None:
        self.sync_and_meet(at, lambda: FAULTS[fault])

    @rule(at=st.integers(1, 12))
    def sync_while_the_gateway_is_set_back(self, at: int) -> None:
        self.sync_and_meet(at, lambda: self.begin_anew(backwards=False))

    @rule(at=st.integers(1, 12), key=KEYS, remark=st.sampled_from(["y", None]))
    def sync_while_a_box_changes(self, at: int, key: str, remark: str | None) -> None:
        self.sync_and_meet(at, lambda: self.put(key, remark))

    @rule(
        key=KEYS,
        damage=st.sampled_from(DAMAGE),
        at=st.integers(1, 24),
        other=KEYS,
        event=st.sampled_from(["nothing", "put", "remove", "begin anew", "forget the log", *FAULTS]),
    )
    def a_bit_turns_over_and_a_day_passes(self, key: str, damage: str, at: int, other: str, event: str) -> None:
        """Whatever happens while all is compared, in the end it is put right."""

        def happens() -> Reply | None:
            if event == "put":
                self.put(other, "z")
            elif event == "remove":
                self.remove(other)
            elif event == "begin anew":
                self.begin_anew(backwards=True)
            elif event == "forget the log":
                self.forget_the_log()
            return FAULTS.get(event)

        with self.cache.write() as session:
            session.connection().exec_driver_sql(f"{damage} WHERE id = '{key}'")
            session.connection().exec_driver_sql("UPDATE feed_states SET reviewed_at = 0")
        self.turned.add((key, "turned"))
        self.sync_and_meet(at, happens, looks=True)
        self.intake._rests.clear()
        self.review._rest._until = 0.0
        self.runner.run(self.look())
        boxes = self.gateway.feeds["containers"].values()
        kept = {(box["id"], box["rev"], box["remark"] and clean(box["remark"])) for box in boxes}
        assert self.rows() == kept

    async def look(self) -> None:
        """Sync, and go over all feeds that are due."""
        await attempt(self.upstream, self.intake)
        while await self.review.go_on():
            await attempt(self.upstream, self.intake)

    def sync_and_meet(self, at: int, happens: Callable[[], Reply | None], *, looks: bool = False) -> None:
        """Sync, and have something happen at the request of this number."""
        asked = 0

        def meet(_request: Request) -> Reply | None:
            nonlocal asked
            asked += 1
            return happens() if asked == at else None

        self.gateway.faults = meet
        try:
            self.runner.run(self.look() if looks else attempt(self.upstream, self.intake))
        except UpstreamError as error:
            self.runner.run(self.intake.failed(error, 1.0))
        self.gateway.faults = lambda _request: None

    @rule()
    def sync(self) -> None:
        self.intake._rests.clear()  # a feed that failed is over its rest
        self.runner.run(attempt(self.upstream, self.intake))
        assert self.revisions() == {key: each["rev"] for key, each in self.gateway.feeds["containers"].items()}
        with self.cache.read() as session:
            state = session.get_one(FeedState, ("gateway", "containers"))
        assert (state.loaded, state.loading, state.rows, state.error) == (True, False, len(self.rows()), None)

    def rows(self) -> set[tuple[str, int, str | None]]:
        with self.cache.read() as session:
            return {(row.id, row.rev, row.remark) for row in session.exec(select(Container))}

    def revisions(self) -> dict[str, int]:
        return {key: rev for key, rev, _ in self.rows()}

    @precondition(lambda self: hasattr(self, "cache"))
    @invariant()
    def nothing_is_shown_that_was_never_served(self) -> None:
        assert self.rows() <= self.served

    @precondition(lambda self: hasattr(self, "cache"))
    @invariant()
    def a_revision_never_falls(self) -> None:
        rows = self.revisions()
        with self.cache.read() as session:
            state = session.get(FeedState, ("gateway", "containers"))
        if state is not None and state.epoch == self.gateway.epoch:
            assert all(rows[key] >= rev for key, rev in self.seen.items() if key in rows)
            self.seen |= rows

    @precondition(lambda self: hasattr(self, "cache"))
    @invariant()
    def history_holds_what_was_here_and_nothing_else(self) -> None:
        closed = HISTORY["containers"].c
        columns = select_columns(closed.id, closed.remark, closed.observed, closed.until)
        with self.cache.read() as session:
            versions = session.connection().execute(columns).all()
        served = {(key, remark) for key, _, remark in self.served}
        assert {(row.id, row.remark) for row in versions} <= served | self.turned
        assert all(row.observed < row.until for row in versions)

    def teardown(self) -> None:
        if hasattr(self, "cache"):
            self.sync()
            self.lead.close()
            self.lock.close()
            self.runner.close()
            self.cache.close()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database in which every example begins with an empty cache."""
    folder = tmp_path / "site"
    monkeypatch.setattr(review, "AT_ONCE_S", 0.0)  # one page, then a poll

    def in_a_file() -> Cache:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        empty: Path = request.getfixturevalue("empty_cache_file")
        return Cache.open(shutil.copy(empty, folder / "cache.db"), role="writer")

    def on_a_server() -> Cache:
        server: Server = request.getfixturevalue("server")
        place: DatabaseUrl = request.getfixturevalue("shared_database")
        server.empty(place)
        return Cache.open(place, role="writer")

    monkeypatch.setitem(OPENED, "now", in_a_file if request.param == "sqlite" else on_a_server)
    return str(request.param)


def converge(**limits: Any) -> None:
    with stamina.set_testing(True, attempts=1):
        run_state_machine_as_test(Convergence, settings=settings(**limits))


def test_the_cache_ends_equal_to_the_gateway(database: str) -> None:
    converge(max_examples=15 if database == "sqlite" else 8, stateful_step_count=12)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_the_cache_ends_equal_to_the_gateway_after_long_lives(database: str) -> None:
    converge(max_examples=300 if database == "sqlite" else 100, stateful_step_count=50)
