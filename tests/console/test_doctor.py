import errno
import os
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from console import doctor
from console.doctor import Finding, examine, look
from console.settings import Choice
from console.site import Site
from storage.cache import Cache
from storage.clock import SystemClock
from storage.databases import sqlite as sqlite_module
from storage.databases.sqlite import lock_path
from storage.locks import try_lock
from storage.models import FeedState
from tests.console.conftest import Serve
from tests.scene import SOURCE
from tests.storage.gateway import Gateway
from tests.storage.loopback import Reply

NO_TERMINAL: dict[str, str] = {"TERM": "xterm-256color"}


def findings(environ: dict[str, str], topic: str) -> list[Finding]:
    return [finding for finding in look(Choice(), environ) if finding.topic == topic]


def test_a_machine_before_its_first_sync_is_told_what_to_do_next(
    empty_site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert examine(Choice()) == 1, "nothing listens at the upstream of this site"
    said = capsys.readouterr().out
    assert "dryport sync --once" in said
    assert "site tuanjiecun" in said
    assert str(empty_site.cache_path) in said


def test_without_settings_the_rest_is_examined_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert examine(Choice(), NO_TERMINAL) == 1
    said = capsys.readouterr().out
    assert "dryport demo" in said
    assert "SQLite" in said
    assert "locale" in said


def test_the_cache_is_opened_checked_and_its_leader_named(scene_site: Site) -> None:
    said = findings(dict(os.environ), "cache")
    assert [finding.level for finding in said] == ["ok"]
    assert "sound" in said[0].words
    assert [finding.level for finding in findings(dict(os.environ), "syncer")] == ["note"]
    handle = try_lock(lock_path(scene_site.cache_path))
    assert handle is not None
    assert [finding.words for finding in findings(dict(os.environ), "syncer")] == [
        "pid 4121 of dryport on yard-2 keeps this cache up to date"
    ]
    os.close(handle)


def test_a_cache_that_was_set_aside_is_named(scene_site: Site) -> None:
    aside = scene_site.cache_path.with_name("cache.db.corrupt.20261120T024100Z")
    aside.touch()
    told, sound = findings(dict(os.environ), "cache")
    assert (told.level, sound.level) == ("note", "ok")
    assert str(aside) in told.words
    assert "2026-11-20 02:41 UTC" in told.words


def test_what_was_put_right_in_the_cache_is_told_for_a_week(scene_site: Site) -> None:
    cache = Cache.open(scene_site.cache_path, role="writer")
    now = SystemClock().now()
    with cache.write() as session:
        for feed, days in (("containers", 6), ("trains", 8)):
            state = session.get_one(FeedState, (SOURCE, feed))
            state.mended, state.mended_at = "Put right: 3 records.", now - timedelta(days=days)
    cache.close()
    told, sound = findings(dict(os.environ), "cache")
    assert (told.level, sound.level) == ("note", "ok")
    assert told.words.startswith(f"containers of {SOURCE}, compared ")
    assert told.words.endswith("Put right: 3 records.")


def test_a_file_that_is_no_cache_is_named(empty_site: Site) -> None:
    empty_site.folder.mkdir(parents=True, mode=0o700)
    foreign = sqlite3.connect(empty_site.cache_path)
    foreign.execute("CREATE TABLE t (x)")
    foreign.close()
    empty_site.cache_path.chmod(0o600)
    (said,) = findings(dict(os.environ), "cache")
    assert said.level == "bad"
    assert "not a cache of Dryport" in said.words


def test_an_upstream_that_does_not_answer_is_named_with_its_address(empty_site: Site) -> None:
    (said,) = findings(dict(os.environ), "upstream")
    assert said.level == "bad"
    assert "127.0.0.1:9" in said.words


def test_an_upstream_that_answers_is_named_as_it_names_itself(serve: Serve) -> None:
    serve(Gateway().answer)
    (said,) = findings(dict(os.environ), "upstream")
    assert said.level == "ok"
    assert said.words.endswith("answers as Testport")


def test_an_upstream_that_says_nothing_is_not_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PROBE_S", 0.1)
    serve(lambda _request: Reply(b"{}", drip=True))
    (said,) = findings(dict(os.environ), "upstream")
    assert said.level == "bad"
    assert "does not answer within" in said.words


@pytest.mark.parametrize(("mode", "level", "remedy"), [(0o755, "note", "chmod 700"), (0o700, "ok", "MiB free")])
def test_a_folder_that_others_can_look_into_is_told(mode: int, level: str, remedy: str, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    folder.chmod(mode)
    (said,) = doctor.permissions(folder)
    assert said.level == level
    assert remedy in said.words


def test_a_file_that_its_owner_cannot_write_is_told(scene_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path).suffix != ".db")
    [finding] = doctor.permissions(scene_site.folder)
    assert (finding.level, finding.words) == (
        "bad", f"{scene_site.cache_path} cannot be read and written: 'chmod u+rw {scene_site.cache_path}'"
    )  # fmt: skip


def test_a_lock_that_cannot_be_looked_at_is_told(scene_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def shut(_cache: object) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", "cache.db.leader")

    monkeypatch.setattr(doctor, "is_led", shut)
    assert [finding.words for finding in doctor.cache(scene_site)][
        -1
    ] == "cannot look at cache.db.leader: Permission denied"


def test_a_variable_that_nobody_reads_brings_the_nearest_one() -> None:
    (said,) = doctor.variables({"DRYPORT_UPSTREM": "x", "HOME": "y", "DRYPORT_SITE": "z"})
    assert said.words == "DRYPORT_UPSTREM is not read by Dryport: did you mean DRYPORT_UPSTREAM?"


def test_an_older_sqlite_is_used_with_a_lock_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    (good,) = doctor.sqlite()
    monkeypatch.setattr(sqlite_module, "WRITES_NEED_A_LOCK", not sqlite_module.WRITES_NEED_A_LOCK)
    (other,) = doctor.sqlite()
    assert {good.level, other.level} == {"ok", "note"}


def test_a_foreign_distribution_of_one_of_our_names_is_found() -> None:
    assert [finding.level for finding in doctor.program()] == ["ok"]
    foreign = list(doctor.program(("rich",)))
    assert [finding.level for finding in foreign] == ["ok", "bad", "bad"]
    assert "the package rich is not ours" in foreign[1].words
    assert "uninstall it" in foreign[2].words


@pytest.mark.parametrize(
    ("environ", "size", "level", "said"),
    [
        ({"TERM": "dumb"}, (80, 24), "bad", "TERM=dumb"),
        ({"TERM": "xterm"}, (60, 20), "note", "60x20"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, (120, 36), "ok", "colours truecolor"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, (120, 36), "ok", "none (NO_COLOR)"),
    ],
)
def test_what_the_terminal_can_do(
    environ: dict[str, str], size: tuple[int, int], level: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size(size))
    (finding,) = doctor.terminal(environ)
    assert finding.level == level
    assert said in finding.words


@pytest.mark.parametrize(("told", "level"), [("on\n", "ok"), ("external\n", "note"), ("", "note")])
def test_inside_tmux_it_says_whether_what_is_copied_arrives(
    told: str, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess(command, 0, stdout=told)

    monkeypatch.setattr("subprocess.run", asked)
    *_, finding = doctor.terminal({"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"})
    assert (finding.topic, finding.level) == ("clipboard", level)


@pytest.mark.parametrize(("encoding", "level"), [("UTF-8", "ok"), ("ANSI_X3.4-1968", "note")])
def test_a_locale_without_box_lines_is_told(encoding: str, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getpreferredencoding", lambda do_setlocale=True: encoding)
    (finding,) = doctor.language()
    assert finding.level == level


def test_a_terminal_that_draws_box_lines_two_cells_wide_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "cells_of_box_glyphs", lambda: 2)
    (finding,) = doctor.language()
    assert "draws with ASCII" in finding.words


def test_a_check_that_breaks_is_a_finding_and_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr(doctor, "sqlite", broken)
    said = list(look(Choice(), NO_TERMINAL))
    assert Finding("sqlite", "bad", "could not be examined: ZeroDivisionError: by hand") in said
    assert said[-1].topic == "locale"
