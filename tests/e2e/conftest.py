"""What the end-to-end tests share: the installed command, a free port, and processes that never outlive a test."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

DRYPORT = str(Path(sys.executable).with_name("dryport"))


@pytest.fixture(autouse=True)
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage does not watch what is started here: the same commands are watched elsewhere, in shorter days."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def port() -> int:
    """A port of loopback nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `dryport` with arguments; what still runs is ended after the test."""
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, until: str = "", env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [DRYPORT, *arguments], env=os.environ | (env or {}), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append(process)
        assert process.stderr is not None
        said = ""
        while until and until not in said:
            line = process.stderr.readline()
            assert line, f"dryport {arguments} ended before it said {until!r}: {said}"
            said += line
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def dryport(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a headless command to its end."""
    return subprocess.run(
        [DRYPORT, *arguments], env=os.environ | (env or {}), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def answer(*arguments: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    """The JSON a headless command answers with."""
    done = dryport(*arguments, "--format", "json", env=env)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def processes(*words: str) -> list[int]:
    """Ids of the processes whose command line holds all `words`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if all(word in line for word in words):
            found.append(int(folder.name))
    return found
