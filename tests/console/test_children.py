import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from console import children
from console.children import Child, open_log

ATTENDED = """
import signal, sys
from console.children import end_with_parent
signal.signal(signal.SIGTERM, {handler})
end_with_parent()
print("ready", flush=True)
while True:
    signal.pause()
"""
PARENT = """
import os, signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
signal.pause()
"""


def attended(handler: str = "signal.SIG_DFL") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", ATTENDED.format(handler=handler)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_child_ends_when_its_parents_end_of_the_pipe_closes() -> None:
    with attended() as process:
        assert process.poll() is None
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == -signal.SIGTERM


def test_a_child_that_ignores_the_signal_ends_all_the_same() -> None:
    with attended("signal.SIG_IGN") as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 1


def test_no_child_outlives_a_parent_that_was_killed() -> None:
    program = ATTENDED.format(handler="signal.SIG_DFL")
    with subprocess.Popen([sys.executable, "-c", PARENT, program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        watched = os.pidfd_open(pid)
        parent.kill()
        parent.wait()
    import select

    assert select.select([watched], [], [], 20)[0], "the child ends by itself"
    os.close(watched)


def test_what_a_child_says_goes_to_a_log_only_its_owner_can_read(tmp_path: Path) -> None:
    log = tmp_path / "site" / "child.log"
    child = Child(["--version"], log)
    assert child.wait(30)
    child.close()
    assert log.read_text().startswith("dryport ")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_a_child_that_ended_says_why(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    child = Child(["sync"], log)
    assert child.wait(30)
    child.close()
    assert child.reason() == "Say how long to sync: 'dryport sync --once' or 'dryport sync --follow'"
    log.write_bytes(b"first\ndryport: last \x1b]0;x\x07\n\n")
    assert child.reason() == "last ␛]0;x␇", "safe for a terminal"
    log.write_text("just a word\n")
    assert child.reason() == "exit code 2"
    log.unlink()
    assert child.reason() == "exit code 2"


def test_a_child_that_was_killed_names_the_signal(tmp_path: Path) -> None:
    child = Child(["--version"], tmp_path / "child.log")
    os.kill(child.pid, signal.SIGSTOP)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait(30)
    child.close()
    assert child.reason() == "ended by SIGKILL"


def test_a_log_that_grew_too_large_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LOG_LIMIT", 10)
    log = tmp_path / "child.log"
    log.write_text("eleven long")
    with open_log(log) as handle:
        os.write(handle, b"new")
    assert log.read_text() == "new"
    assert (tmp_path / "child.log.1").read_text() == "eleven long"


def test_a_log_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "child.log").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic links"), open_log(tmp_path / "child.log"):
        pass
    assert not (tmp_path / "victim").exists()


def test_a_folder_named_like_one_of_our_packages_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "console").mkdir()
    (tmp_path / "console" / "__init__.py").write_text("raise SystemExit('taken')")
    monkeypatch.chdir(tmp_path)
    child = Child(["--version"], tmp_path / "child.log")
    assert child.wait(30)
    child.close()
    assert (tmp_path / "child.log").read_text().startswith("dryport ")
