import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from queue import Queue

import pytest

from console import demo
from console.demo import FIRST_PORT, Demo, World
from console.demo_folder import SIMULATOR_LOG
from console.settings import Choice
from console.site import Site
from storage.clock import SystemClock
from storage.errors import UsageError


class FakeSimulator:
    """A simulator that listens when it is told to, and ends when it is told to."""

    started: "Queue[FakeSimulator]"

    def __init__(self, arguments: Sequence[str], log: Path, environ: Mapping[str, str] | None = None) -> None:
        self.arguments = list(arguments)
        self.environ = dict(environ or {})
        self.ended = threading.Event()
        self.socket = socket.socket()
        self.started.put(self)

    def listen(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", int(self.arguments[self.arguments.index("--port") + 1])))
        self.socket.listen()

    def end(self) -> None:
        self.socket.close()
        self.ended.set()

    def wait(self, seconds: float) -> bool:
        return self.ended.wait(min(seconds, 0.01))

    def reason(self) -> str:
        return "out of memory"

    def close(self) -> None:
        self.end()


class FakeSyncer:
    """The syncer that the demo starts once there is something to sync."""

    made: "Queue[FakeSyncer]" = Queue()

    def __init__(self, site: Site, choice: Choice, environ: Mapping[str, str]) -> None:
        self.made.put(self)
        self.running = threading.Event()
        self.over = threading.Event()

    def __enter__(self) -> "FakeSyncer":
        self.running.set()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()

    def words(self) -> str | None:
        return None


@pytest.fixture
def simulators(monkeypatch: pytest.MonkeyPatch) -> "Queue[FakeSimulator]":
    FakeSimulator.started = Queue()
    FakeSyncer.made = Queue()
    monkeypatch.setattr(demo, "Child", FakeSimulator)
    monkeypatch.setattr(demo, "Syncer", FakeSyncer)
    monkeypatch.setattr(demo, "LOOK_EVERY_S", 0.01)
    return FakeSimulator.started


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def until(condition: "threading.Event") -> None:
    assert condition.wait(30)


def words_become(running: Demo, text: str | None) -> None:
    waited = threading.Event()
    for _ in range(1000):
        if running.words() == text or (text and text in (running.words() or "")):
            return
        waited.wait(0.01)
    raise AssertionError(f"the words are {running.words()!r}, not {text!r}")


def test_a_demo_says_what_it_waits_for_and_syncs_once_the_simulator_answers(
    simulators: "Queue[FakeSimulator]", port: int, tmp_path: Path
) -> None:
    with Demo(World(port, 600, 3, 2.5), tmp_path) as running:
        simulator = simulators.get(timeout=30)
        assert running.words() == "Starting the simulated terminal..."
        syncer = FakeSyncer.made.get(timeout=30)
        assert not syncer.running.is_set()
        simulator.listen()
        until(syncer.running)
        words_become(running, None)
    assert simulator.ended.is_set()
    assert syncer.over.is_set()
    assert simulator.arguments[:-1] == [
        "simulate", "--host", "127.0.0.1", "--port", str(port), "--seed", "3", "--containers", "600", "--speed", "2.5",
        "--since",
    ]  # fmt: skip
    assert datetime.fromisoformat(simulator.arguments[-1]) <= SystemClock().now()


def test_a_simulator_that_ends_is_told_and_one_that_comes_back_is_welcome(
    simulators: "Queue[FakeSimulator]", port: int, tmp_path: Path
) -> None:
    with Demo(World(port), tmp_path) as running:
        simulator = simulators.get(timeout=30)
        simulator.listen()
        words_become(running, None)
        simulator.end()
        words_become(running, "stopped (out of memory): leave with q and start the demo again, it goes on.")
        again = FakeSimulator(simulator.arguments, tmp_path / "log")
        again.listen()
        words_become(running, None)
        again.end()


def test_a_simulator_that_never_starts_is_told(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulators: "Queue[FakeSimulator]"
) -> None:
    def refused(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(demo, "Child", refused)
    with Demo(World(port), tmp_path) as running:
        words_become(running, "cannot be started: Cannot allocate memory.")


def test_a_demo_has_a_folder_of_its_own_and_another_beside_it_another(
    simulators: "Queue[FakeSimulator]", port: int, tmp_path: Path
) -> None:
    with Demo(World(port), tmp_path) as asked:
        assert asked.site.folder == tmp_path / f"demo-{port}"
    with Demo(World(), tmp_path) as first:
        simulators.get(timeout=30)
        simulators.get(timeout=30).listen()
        with Demo(World(), tmp_path) as second:
            assert second.port > first.port >= FIRST_PORT
            assert second.site.folder != first.site.folder


def test_a_demo_whose_simulator_has_gone_keeps_its_folder(
    simulators: "Queue[FakeSimulator]", port: int, tmp_path: Path
) -> None:
    with Demo(World(port), tmp_path), pytest.raises(UsageError, match="is in use, or the folder of its demo"):
        Demo(World(port), tmp_path)


def test_a_site_of_the_settings_is_no_demo_whatever_its_name(
    simulators: "Queue[FakeSimulator]", tmp_path: Path
) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text('[site.demo]\n[[site.demo.upstream]]\nname = "gateway"\nurl = "https://gateway.example"\n')
    with Demo(World(), tmp_path, {**os.environ, "DRYPORT_CONFIG": str(settings)}) as running:
        assert running.site.name != "demo"
    assert not (tmp_path / "demo").exists()


def test_a_demo_that_is_started_again_goes_on_with_its_terminal(
    simulators: "Queue[FakeSimulator]", port: int, tmp_path: Path
) -> None:
    for _ in range(2):
        with Demo(World(port), tmp_path) as running:
            assert running.words() == "Starting the simulated terminal..."
            (running.site.folder / SIMULATOR_LOG).touch()
            running.site.cache_path.touch()
    first, second = simulators.get(timeout=30), simulators.get(timeout=30)
    assert first.arguments == second.arguments


def test_another_terminal_says_that_the_last_one_went_with_its_notes(
    simulators: "Queue[FakeSimulator]", port: int, tmp_path: Path
) -> None:
    with Demo(World(port, seed=7), tmp_path) as running:
        (running.site.folder / SIMULATOR_LOG).touch()
        running.site.cache_path.touch()
    with Demo(World(port, seed=8), tmp_path) as running:
        assert running.words() == "Starting another simulated terminal; the last one is gone, with the notes on it..."
        assert not running.site.cache_path.exists()


def test_a_demo_takes_nothing_of_a_site_from_the_environment(
    simulators: "Queue[FakeSimulator]", port: int, tmp_path: Path
) -> None:
    environ = {**os.environ, "DRYPORT_SITE": "x", "DRYPORT_TOKEN": "secret", "DRYPORT_ASCII": "yes"}
    running = Demo(World(port), tmp_path, environ)
    assert running.site.appearance.ascii == "yes"
    assert running.site.upstreams[0].url == f"http://127.0.0.1:{port}"
    assert running.site.upstreams[0].token_env is None
    with running:
        assert "DRYPORT_TOKEN" not in simulators.get(timeout=30).environ


def test_a_port_that_was_asked_for_and_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="choose another with --port"):
            Demo(World(taken.getsockname()[1]), tmp_path)


@pytest.fixture
def no_free_port(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(demo, "FIRST_PORT", taken.getsockname()[1])
        monkeypatch.setattr(demo, "PORTS", 1)
        yield


def test_when_no_port_is_free_it_says_which_were_tried(no_free_port: None, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"No port from \d+ to \d+ is free"):
        Demo(World(), tmp_path)
