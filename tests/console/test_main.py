import io
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from console import main as entry
from console.demo import World
from console.main import require_terminal, run
from console.settings import Choice, data_dir
from console.site import Site
from storage import errors

DRYPORT = str(Path(sys.executable).with_name("dryport"))
NO_HEAVY = """
import sys
import console.main, console.settings, console.syncer, console.demo
heavy = {"typer", "click", "sqlmodel", "sqlalchemy", "pydantic", "httpx", "alembic", "fastapi"}
print(sorted(heavy & set(sys.modules)))
"""


def raising(error: BaseException) -> object:
    def dispatch(_arguments: list[str]) -> int:
        raise error

    return dispatch


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("arguments", [[], ["demo"]], ids=["console", "demo"])
def test_without_a_terminal_the_console_points_to_the_commands_that_need_none(arguments: list[str]) -> None:
    done = subprocess.run(
        [DRYPORT, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "dryport trains --format json" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("kind", ["dumb", "", "unknown"])
def test_a_terminal_that_cannot_move_its_cursor_is_none(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", kind)
    with pytest.raises(errors.UsageError, match=f"TERM={kind}"):
        require_terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    require_terminal()


def test_the_way_to_the_first_frame_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", NO_HEAVY], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.SettingsError("x"), 2),
        (errors.AuthFailed("x"), 3),
        (errors.CacheNewer("x"), 4),
        (errors.LeaderError("x"), 5),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_an_exit_code(
    error: errors.DryportError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "_dispatch", raising(error))
    assert run([]) == code
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "dryport: x\n")


def test_ctrl_c_ends_without_a_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(entry, "_dispatch", raising(KeyboardInterrupt()))
    assert run([]) == 130
    assert capsys.readouterr().err == ""


def test_a_bug_is_one_line_for_the_person_and_a_traceback_in_a_log_of_their_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "_dispatch", raising(ZeroDivisionError("by hand")))
    assert run([]) == 1
    log = data_dir(Choice()) / "errors.log"
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(log) in said
    assert "Traceback" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_bug_whose_traceback_cannot_be_written_is_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DRYPORT_DATA_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(entry, "_dispatch", raising(ZeroDivisionError()))
    assert run([]) == 1
    assert "could not be written" in capsys.readouterr().err


def test_a_reader_that_has_enough_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [DRYPORT, "simulate", "--help"], stdout=write, stderr=subprocess.PIPE, text=True, check=False, timeout=30
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


class Keeper:
    """In place of a syncer or a demo: remembers that it began and ended."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.events: list[str] = []

    def __enter__(self) -> "Keeper":
        self.events.append("began")
        return self

    def __exit__(self, *_: object) -> None:
        self.events.append("ended")

    def words(self) -> str | None:
        return "all is well"


@pytest.mark.parametrize("arguments", [[], ["--site", "tuanjiecun"]], ids=["bare", "typed"])
def test_the_console_runs_on_its_site_with_a_syncer_beside_it(
    arguments: list[str], empty_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(empty_site)
    shown: list[tuple[Site, str | None]] = []

    def run_app(site: Site, words: Callable[[], str | None]) -> int:
        assert keeper.events == ["began"]
        shown.append((site, words()))
        return 7

    monkeypatch.setattr(entry, "require_terminal", lambda: None)
    monkeypatch.setattr("console.syncer.Syncer", lambda _site, _choice: keeper)
    monkeypatch.setattr("console.app.run_app", run_app)
    assert run(arguments) == 7
    assert shown == [(empty_site, "all is well")]
    assert keeper.events == ["began", "ended"]


@pytest.mark.parametrize(
    ("arguments", "world"),
    [
        (["demo"], World()),
        (
            ["demo", "--port", "8899", "--containers", "9", "--seed", "3", "--speed", "2"],
            World(8899, containers=9, seed=3, speed=2.0),
        ),
    ],
    ids=["bare", "typed"],
)
def test_the_demo_runs_the_world_that_was_asked_for(
    arguments: list[str], world: World, empty_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(empty_site)
    made: list[World] = []

    def demo(asked: World, _folder: Path | None) -> Keeper:
        made.append(asked)
        return keeper

    monkeypatch.setattr(entry, "require_terminal", lambda: None)
    monkeypatch.setattr("console.demo.Demo", demo)
    monkeypatch.setattr("console.app.run_app", lambda _site, words: 0 if words() else 1)
    assert run(arguments) == 0
    assert made == [world]
    assert keeper.events == ["began", "ended"]
