"""A site whose cache lies in PostgreSQL: the same commands, on any machine that reaches the database."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from console.syncer import is_led
from console.view import View
from console.watch import Watch
from storage.cache import Cache
from storage.clock import SystemClock
from storage.models import FeedState
from storage.place import DatabaseUrl
from storage.sync.leader import take_lock
from tests.storage.gateway import Gateway
from tests.storage.server import Server

Ran = subprocess.CompletedProcess[str]


@pytest.fixture
def place(server_cache: Cache) -> DatabaseUrl:
    assert isinstance(server_cache.place, DatabaseUrl)
    return server_cache.place


@pytest.fixture
def dryport(place: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run the command with a settings file that names the database; `url` is the gateway's."""

    def run(*arguments: str, url: str = "http://127.0.0.1:1") -> Ran:
        config = tmp_path / "config.toml"
        config.write_text(f"""
            [site.port]
            database = "{place.text}"
            [[site.port.upstream]]
            name = "gateway"
            url = "{url}"
            insecure_http = true
        """)
        monkeypatch.setenv("DRYPORT_CONFIG", str(config))
        program = "import sys; from console.main import main; sys.exit(main())"
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return run


async def test_what_one_machine_syncs_every_machine_reads(dryport: Callable[..., Ran]) -> None:
    gateway = Gateway()
    gateway.box("b1", number="MSCU6639871")
    async with gateway.serve() as server:
        synced = await asyncio.to_thread(dryport, "sync", "--once", url=server.url)
    assert (synced.returncode, synced.stderr) == (0, "")
    read = await asyncio.to_thread(dryport, "containers", "--format", "json")
    assert [row["number"] for row in json.loads(read.stdout)["rows"]] == ["MSCU6639871"], read.stderr


def test_the_examination_tells_of_the_database(dryport: Callable[..., Ran], place: DatabaseUrl) -> None:
    said = dryport("doctor").stdout
    assert f"{place}, schema" in said
    assert "no syncer runs" in said


def test_a_database_that_is_away_is_one_sentence(
    dryport: Callable[..., Ran], server: Server, place: DatabaseUrl
) -> None:
    server.alter(place, "ALLOW_CONNECTIONS false")
    server.end_sessions(place)
    try:
        said = dryport("trains")
        assert said.returncode == 4
        assert said.stderr.startswith(f"dryport: The server of the cache {place} cannot be reached (")
        assert said.stderr.count("\n") == 1
    finally:
        server.alter(place, "ALLOW_CONNECTIONS true")


def test_a_console_finds_out_who_leads_without_taking_the_lead(place: DatabaseUrl) -> None:
    assert not is_led(place)
    lock = take_lock(place)
    assert lock is not None
    assert is_led(place)
    lock.close()
    assert not is_led(place)


def test_a_watch_tells_of_a_change_at_its_next_look_and_of_a_server_that_is_away(
    server: Server, server_cache: Cache, place: DatabaseUrl
) -> None:
    view = View(lambda: Cache.open(place), SystemClock())
    watch = Watch(view, lambda _pulse: None)
    before = watch.look()
    with server_cache.write() as session:
        session.add(FeedState(source="gateway", feed="trains", gen=1))
    after = watch.look()
    assert after.moved(before, ["trains"])
    server.end_sessions(place)
    assert "ended the session" in watch.look().problem
    assert watch.look().problem == ""
    view.close()
