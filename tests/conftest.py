"""What every test stands on: a home of its own, a fixed zone and terminal, and examples that never change."""

import gc
import os
import time
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine, and no test that fails because the machine was busy.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")

# What a person's shell may hold that changes what a test sees.
PERSONAL = ("COLORTERM", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "SSH_CONNECTION", "TMUX", "TMUX_PANE")
PERSONAL_PREFIXES = ("DRYPORT_", "TEXTUAL_")
OF_THE_TEST_TOOLS = "TEXTUAL_SNAPSHOT_"

# Tests that go the long way round: through every screen, or days of the simulated terminal. What they pass on the way
# has tests of its own, which coverage watches; without these it misses 4 branches of 1000.
LONG_WAYS = (
    "test_snapshots.py", "test_screenshots.py", "test_pages.py", "test_not_come.py", "test_first_load.py",
    "test_ahead.py", "test_keeping_up.py", "test_agreement.py", "test_page.py", "test_trains_at_risk.py",
    "test_world.py", "test_customs_past.py",
)  # fmt: skip


def pytest_configure() -> None:
    """Take the person's settings out of the environment, for this process and for those it starts."""
    for name in list(os.environ):
        personal = name in PERSONAL or name.startswith(PERSONAL_PREFIXES)
        if personal and not name.startswith(OF_THE_TEST_TOOLS):
            del os.environ[name]
    os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", LC_ALL="C.UTF-8", TZ="Asia/Shanghai")
    time.tzset()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage watches a test with its first parameters, the long ways not at all: watching costs as much again."""
    watched: set[str] = set()
    for item in items:
        function = item.nodeid.partition("[")[0]
        if function in watched or item.path.name in LONG_WAYS:
            item.add_marker(pytest.mark.no_cover)
        watched.add(function)


def pytest_collection_finish() -> None:
    """What was imported stays: going through it again and again for what could go took a sixth of the tests' time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the home, the caches or the settings of the person who runs it."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    return home
