"""`dryport simulate` as a process: it says when it is ready, ends when told to, and names what is wrong."""

import asyncio
import contextlib
import errno
import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from urllib.request import urlopen

import pytest

from console.simulator import running
from console.simulator.command import simulate
from console.simulator.gateway import Gateway
from console.simulator.pace import PacedClock
from console.simulator.running import unusable
from console.simulator.server import create_app
from storage.errors import UsageError
from storage.models import FEEDS
from storage.upstreams.base import Batch, Changes, Cut, Greeting, Place, SnapshotPage, Unchanged, UpstreamSettings
from storage.upstreams.native import NativeUpstream
from tests.console.simulator.toy import EPOCH, START, ToyWorld

SIMULATE = "import sys; from console.simulator.command import simulate; sys.exit(simulate(containers=100, port=0))"


@contextlib.contextmanager
def simulator() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the line by which it says that it is ready."""
    process = subprocess.Popen([sys.executable, "-c", SIMULATE], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        yield process, process.stderr.readline()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize(("end", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_says_when_it_is_ready_answers_and_ends_when_told_to(end: signal.Signals, code: int) -> None:
    with simulator() as (process, ready):
        head, address, size = ready.partition("http://127.0.0.1:")
        assert head == 'Simulated terminal "Chongqing Tuanjiecun" on '
        assert size.endswith("(100 containers, seed 7, speed 1)\n")
        with urlopen(f"{address}{size.split()[0]}/v1/meta") as answer:
            feeds = {feed["feed"]: feed["count"] for feed in json.load(answer)["feeds"]}
        assert feeds["tracks"] > 0
        process.send_signal(end)
        assert (process.communicate()[1], process.returncode) == ("", code)


@contextlib.contextmanager
def taken_port() -> Iterator[tuple[socket.socket, int]]:
    """A port of which somebody else has hold."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        yield other, other.getsockname()[1]


def test_a_port_in_use_is_one_sentence_before_any_world_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(running, "World")
    with taken_port() as (other, port):
        other.listen()
        with pytest.raises(UsageError, match=rf"port {port} is in use; .* another with --port\.$") as refused:
            simulate(port=port)
    assert refused.value.exit_code == 2


def test_a_port_that_another_takes_while_the_world_is_made_is_the_same_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with taken_port() as (other, port):

        def make_world(**_: object) -> ToyWorld:
            other.listen()
            return ToyWorld()

        monkeypatch.setattr(running, "World", make_world)
        with pytest.raises(UsageError, match=f"port {port} is in use"):
            simulate(port=port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_named_with_the_remedy(host: str) -> None:
    with pytest.raises(UsageError, match=f"{host} is no address of this machine; choose one with --host"):
        simulate(host=host, port=0)


def test_a_port_for_the_administrator_is_named_with_the_remedy() -> None:
    error = unusable(PermissionError(errno.EACCES, "Permission denied"), "127.0.0.1", 80)
    assert str(error).endswith("port 80 is for the administrator only; choose one above 1023 with --port.")


def test_a_terminal_that_cannot_be_is_a_wrong_option() -> None:
    with pytest.raises(UsageError, match="1 containers are too few"):
        simulate(port=0, containers=1)


def test_a_terminal_that_would_begin_after_it_opens_is_a_wrong_option() -> None:
    with pytest.raises(UsageError, match=r"begins at 2026-03-03T.*, after 2026-03-02T"):
        simulate(port=0, containers=100, start=START, since=START + timedelta(days=1))


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn"])
def test_without_the_demo_packages_it_says_how_to_install_them(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("running", "server"):
        monkeypatch.delitem(sys.modules, f"console.simulator.{name}")
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError, match=rf"needs {missing}, .*: pip install 'dryport\[demo\]'\.$"):
        simulate(port=0)


class Broken(ToyWorld):
    """A world with a fault."""

    def instants(self, moment: datetime) -> Iterator[datetime]:
        raise ZeroDivisionError(f"nothing happens at {moment}")


async def test_a_fault_of_the_world_ends_the_server_and_is_not_hushed_up() -> None:
    with pytest.raises(ExceptionGroup) as ended:
        async with serving(Broken()):
            await asyncio.Event().wait()
    assert ended.group_contains(ZeroDivisionError)


@contextlib.asynccontextmanager
async def serving(world: ToyWorld) -> AsyncIterator[str]:
    """The address of a server of `world`, on a real port, until the block ends."""
    clock = PacedClock(START, 1)
    app = create_app(Gateway(world.log, clock, EPOCH))
    ready = asyncio.Event()
    with running.bound("127.0.0.1", 0) as listener:
        server = running.Server(running.configure(app), ready.set)
        listener.listen()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(running.serve_and_move(server, listener, world, clock))
            await ready.wait()
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            server.should_exit = True


async def test_dryports_own_reader_of_the_contract_reads_it() -> None:
    world = ToyWorld(boxes=1500)
    async with serving(world) as address:
        upstream = NativeUpstream(UpstreamSettings(name="toy", url=address))
        batches: list[Batch] = []

        async def take(batch: Batch) -> None:
            batches.append(batch)

        await upstream.pull(Place(), take)
        pages = [batch for batch in batches if isinstance(batch, SnapshotPage) and batch.part.feed == "containers"]
        assert sorted(len(page.part.records) for page in pages) == [500, 1000]
        assert [type(batch) for batch in batches if not isinstance(batch, SnapshotPage)] == [Greeting, Cut, Changes]
        (cut,) = [batch for batch in batches if isinstance(batch, Cut)]
        digests = {
            batch.part.feed: batch.digest for batch in batches if isinstance(batch, SnapshotPage) and batch.digest
        }

        world.load("B7")
        batches.clear()
        place = Place(epoch=EPOCH, cursor=cut.cursor, whole=frozenset(digests))
        await upstream.pull(place, take)
        (changes,) = [batch for batch in batches if isinstance(batch, Changes)]
        assert [(part.feed, [record.id for record in part.records]) for part in changes.parts] == [
            ("containers", ["B7"]),
            ("trains", ["X9582-20260302"]),
        ]

        batches.clear()
        await upstream.pull(Place(digests=digests), take)
        again = {batch.part.feed for batch in batches if isinstance(batch, SnapshotPage)}
        unchanged = {batch.feed for batch in batches if isinstance(batch, Unchanged)}
        assert again == {"containers", "trains"}
        assert again | unchanged == set(FEEDS)
        await upstream.close()
