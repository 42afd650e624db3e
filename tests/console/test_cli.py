import csv
import io
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console import main as entry
from console.cli import EXIT_CODES, VIEWS
from console.main import run
from console.site import Site
from storage import errors
from storage.databases.sqlite import lock_path
from storage.locks import try_lock
from tests.console.conftest import Serve
from tests.storage.gateway import Gateway
from tests.storage.loopback import Reply, Request

DRYPORT = str(Path(sys.executable).with_name("dryport"))


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command; exit code, data, words."""

    def ran(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return ran


Said = Callable[..., tuple[int, str, str]]


def is_one_sentence(words: str) -> bool:
    return words.startswith("dryport: ") and words.count("\n") == 1 and words.rstrip().endswith((".", "?"))


# ------------------------------------------------------------------------------------------------------------- answers
IN_ORDER = ("dangerous", "misplaced", "overweight", "work", "quality")
"""Lists of what is out of order, of which the scene has nothing."""


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_answers_in_json_with_how_fresh_its_feeds_are(view: str, scene_site: Site, said: Said) -> None:
    code, out, words = said(view, "--format", "json")
    answer = json.loads(out)
    assert (code, words) == (0, "")
    assert (answer["site"], answer["view"], answer["freshness"]) == ("tuanjiecun", view, "LIVE <15 s")
    assert bool(answer["rows"]) == (view not in IN_ORDER)
    assert answer["total"] == len(answer["rows"])
    assert all(feed["state"] == "fresh" for feed in answer["feeds"].values())
    assert all(list(row) == [column["key"] for column in answer["columns"]] for row in answer["rows"])


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_a_table_of_its_brief_columns_and_whole_in_csv(view: str, scene_site: Site, said: Said) -> None:
    code, table, words = said(view)
    assert code == 0
    assert words.startswith("tuanjiecun: LIVE <15 s, Fri 20 Nov 10:41 UTC+8, ")
    code, whole, _ = said(view, "--format", "csv")
    header, *rows = csv.reader(io.StringIO(whole))
    assert len(header) > 8
    assert all(len(row) == len(header) for row in rows)
    assert len(table.splitlines()) == 1 + min(len(rows), 50)


def test_a_filter_a_sort_and_a_limit_choose_the_rows(scene_site: Site, said: Said) -> None:
    _, out, _ = said(
        "trains", "qinzhou", "late<20", "--sort", "-late", "--columns", "number,late", "--format", "jsonl"
    )  # fmt: skip
    meta, *rows = (json.loads(line) for line in out.splitlines())
    assert rows[0] == {"number": "X9582", "late": 12}
    assert rows[1]["late"] <= 12
    assert meta["meta"]["total"] == len(rows)
    _, out, words = said("trains", "--limit", "1", "--columns", "all")
    assert len(out.splitlines()) == 2
    assert "; --limit 0 shows all" in words


def test_a_word_that_begins_with_a_minus_comes_after_two(scene_site: Site, said: Said) -> None:
    _, out, _ = said("trains", "--columns", "number", "--format", "csv", "--", "-qinzhou")
    assert "X9582" not in out
    assert "X8086" in out


def test_a_box_is_found_however_its_number_is_spaced(scene_site: Site, said: Said) -> None:
    for words in (["LSTU8133649"], ["LSTU", "813364", "9"], ["lstu813364"]):
        code, out, _ = said("find", *words)
        assert code == 0
        assert "LSTU 813364 9" in out


def test_what_is_doubtful_about_a_number_is_said_beside_what_was_found(scene_site: Site, said: Said) -> None:
    code, out, words = said("find", "LSTU8133641", "--format", "csv")
    assert (code, "LSTU 813364 9" in out) == (0, True)
    assert "The check digit of LSTU 813364 1 should be 9. Did you mean LSTU 813364 9?" in words
    for typed in (["LSTU8I33649"], ["LSTU", "8I3364", "9"]):
        assert "Did you mean LSTU 813364 9?" in said("containers", *typed)[2]
    assert "check digit" not in said("find", "LSTU8133649")[2]


def test_options_before_the_command_count_too(scene_site: Site, said: Said) -> None:
    assert said("--site", "tuanjiecun", "status")[0] == 0
    code, _, words = said("--site", "tuanjecun", "status")
    assert code == 2
    assert "did you mean tuanjiecun?" in words


ALL_COMMANDS = """
import sys
from console.main import run
for command in sys.argv[1:]:
    code = run(command.split())
    print(command, code, "textual" in sys.modules, "alembic" in sys.modules, file=sys.stderr)
"""


def test_no_command_without_a_screen_imports_textual(scene_site: Site) -> None:
    commands = [*VIEWS, "find X9582", "status", "doctor", "--help"]
    done = subprocess.run(
        [sys.executable, "-c", ALL_COMMANDS, *commands], capture_output=True, text=True, check=True, timeout=120
    )
    told = [
        line for line in done.stderr.splitlines() if line.split(" ")[0] in {each.split(" ")[0] for each in commands}
    ]
    assert [line.rsplit(" ", 2)[1:] for line in told] == [["False", "False"]] * len(commands)


# ---------------------------------------------------------------------------------------------------------------- sync
def test_a_first_sync_fills_the_cache_and_says_nothing(serve: Serve, said: Said) -> None:
    gateway = Gateway()
    gateway.box("a", number="CSQU3054383")
    serve(gateway.answer)
    assert said("sync", "--once") == (0, "", "")
    assert "CSQU3054383" in said("containers")[1]


def test_a_first_load_on_a_terminal_has_a_progress_bar(
    serve: Serve, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway()
    for number in range(5):
        gateway.box(f"box-{number}")
    serve(gateway.answer)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    code, out, words = said("sync", "--once")
    assert (code, out) == (0, "")
    assert "containers" in words
    assert "5/5" in words


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_sync_that_is_interrupted_says_so_by_its_exit_code(number: signal.Signals, serve: Serve, said: Said) -> None:
    def interrupting(_request: Request) -> Reply:
        os.kill(os.getpid(), number)
        return Reply(b"{}", drip=True)

    serve(interrupting)
    assert said("sync", "--once") == (130, "", "")


def test_a_syncer_that_follows_logs_what_changes_and_ends_in_order_on_sigterm(serve: Serve, tmp_path: Path) -> None:
    gateway = Gateway()
    gateway.box("a")
    serve(gateway.answer)
    with subprocess.Popen([DRYPORT, "sync", "--follow"], stderr=subprocess.PIPE, text=True) as syncer:
        cache = next_cache(tmp_path / "served", syncer)
        while not leader_of(cache):
            assert syncer.poll() is None
        gateway.faults = lambda _request: Reply(b"oops", status=500)
        assert syncer.stderr is not None
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+0800 .*gateway", syncer.stderr.readline())
        syncer.send_signal(signal.SIGTERM)
        assert syncer.wait(30) == 0
    assert leader_of(cache) == 0, "it says that it ended"


def next_cache(folder: Path, syncer: "subprocess.Popen[str]") -> Path:
    while not (found := list(folder.glob("*/cache.db"))):
        assert syncer.poll() is None
    return found[0]


def leader_of(cache: Path) -> int:
    """Leaders that have begun and not ended."""
    with sqlite3.connect(f"file:{cache}?mode=ro", uri=True, timeout=10) as connection:
        found: int = connection.execute("SELECT count(*) FROM leader WHERE stopped_at IS NULL").fetchone()[0]
        return found


# ----------------------------------------------------------------------------------------------------------- bad input
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--colour"], "No such option: --colour; 'dryport --help' shows what there is."),
        (["trians"], "did you mean 'trains'"),
        (["trains", "--fromat", "json"], "possible options: --format"),
        (["trains", "--format", "xml"], "'xml' is not one of 'table', 'json', 'jsonl', 'csv'"),
        (["trains", "--limit", "-1"], "--limit"),
        (["sync"], "'dryport sync --once' or 'dryport sync --follow'"),
        (["sync", "--once", "--follow"], "'dryport sync --once' or 'dryport sync --follow'"),
        (["simulate", "--start", "noon"], "2026-11-20T08:00:00+08:00"),
        (["simulate", "--start", "2026-11-20T08:00"], "has no zone"),
        (["simulate", "--since", "2026-11-20T08:00"], "--since 2026-11-20T08:00 has no zone"),
        (["simulate", "--token-file", "nowhere"], "cannot be read"),
        (["trains", "--site", "a/b", "--upstream", "https://x"], "cannot name a site"),
        (["trains", "--upstream", "gateway"], "write it as https://host:port"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_told_in_one_sentence(arguments: list[str], words: str, said: Said) -> None:
    code, out, told = said(*arguments)
    assert (code, out) == (2, "")
    assert words.lower() in told.lower()
    assert is_one_sentence(told)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trains", "lat>5"], "did you mean 'late'?"),
        (["trains", "late>soon"], "'soon' is no number"),
        (["trains", "--sort", "nmber"], "did you mean 'number'?"),
        (["trains", "--columns", "nmber"], "did you mean 'number'?"),
    ],
    ids=" ".join,
)
def test_a_column_that_is_not_there_brings_the_nearest(
    arguments: list[str], words: str, scene_site: Site, said: Said
) -> None:
    code, out, told = said(*arguments)
    assert (code, out) == (2, "")
    assert words in told


def test_a_port_in_use_is_told_with_the_remedy(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "require_terminal", lambda: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in ("simulate", "demo"):
            code, out, told = said(command, "--port", port)
            assert (code, out) == (2, "")
            assert f"port {port} is in use" in told.lower()
            assert "--port" in told
            assert is_one_sentence(told)


def test_no_upstream_is_told_with_its_address_and_leaves_the_rows(serve: Serve, said: Said) -> None:
    gateway = Gateway()
    gateway.box("a", number="CSQU3054383")
    serve(gateway.answer)
    assert said("sync", "--once")[0] == 0
    gateway.faults = lambda _request: Reply(status=503, headers={"Retry-After": "0"})
    code, _, told = said("sync", "--once")
    assert code == 3
    assert is_one_sentence(told)
    assert "CSQU3054383" in said("containers")[1], "the last rows stay"


def test_an_address_where_nobody_listens_is_told(said: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    code, out, told = said("sync", "--once", "--upstream", address, "--data-dir", str(tmp_path / "data"))
    assert (code, out) == (3, "")
    assert address in told
    assert is_one_sentence(told)


def test_a_wrong_token_is_told_and_never_shown(serve: Serve, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(Gateway(token="right").answer)
    monkeypatch.setenv("DRYPORT_TOKEN", "canary-7c1d")
    code, _, told = said("sync", "--once")
    assert code == 3
    assert "token" in told
    assert "canary" not in told
    assert is_one_sentence(told)


def test_a_page_for_people_is_no_answer_of_an_upstream(serve: Serve, said: Said) -> None:
    serve(lambda _request: Reply(b"<html><b>Sign in</b></html>", headers={"Content-Type": "text/html"}))
    code, _, told = said("sync", "--once")
    assert code == 3
    assert "text/html" in told
    assert "Sign in" not in told
    assert is_one_sentence(told)


def migrated_by_a_newer_one(site: Site, *, min_reader: int) -> None:
    with sqlite3.connect(site.cache_path) as connection:
        connection.execute("PRAGMA user_version = 9999")
        connection.execute("UPDATE terms SET min_reader = ?, min_writer = 9999", (min_reader,))
    connection.close()


@pytest.mark.parametrize(
    ("arguments", "min_reader"),
    [(["trains"], 9999), (["status"], 9999), (["sync", "--once"], 9999), (["sync", "--once"], 1)],
    ids=["trains", "status", "sync", "sync of one that could be read"],
)
def test_a_cache_of_a_newer_version_is_left_alone(
    arguments: list[str], min_reader: int, scene_site: Site, said: Said
) -> None:
    migrated_by_a_newer_one(scene_site, min_reader=min_reader)
    code, out, told = said(*arguments)
    assert (code, out) == (4, "")
    assert "newer Dryport" in told
    assert is_one_sentence(told)
    with sqlite3.connect(scene_site.cache_path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (9999,)
    connection.close()


def test_a_cache_of_a_newer_version_that_can_be_read_is_read_with_a_word(scene_site: Site, said: Said) -> None:
    migrated_by_a_newer_one(scene_site, min_reader=1)
    code, out, told = said("trains")
    assert code == 0
    assert "X9582" in out
    assert "only reads it. Upgrade this one." in told


def test_a_folder_that_cannot_be_written_is_told_with_the_remedy(said: Said, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, out, told = said("sync", "--once", "--upstream", "http://127.0.0.1:9", "--data-dir", str(tmp_path / "file"))
    assert (code, out) == (4, "")
    assert "--data-dir" in told
    assert is_one_sentence(told)


def test_a_cache_that_another_syncer_leads_is_left_to_it(scene_site: Site, said: Said) -> None:
    handle = try_lock(lock_path(scene_site.cache_path))
    assert handle is not None
    code, out, told = said("sync", "--once")
    os.close(handle)
    assert (code, out) == (5, "")
    assert "pid 4121" in told
    assert is_one_sentence(told)


def test_before_the_first_sync_a_view_says_what_to_do(empty_site: Site, said: Said) -> None:
    code, out, told = said("trains")
    assert (code, out) == (4, "")
    assert "dryport sync --once" in told


# ------------------------------------------------------------------------------------------------------- documentation
def test_help_lists_every_exit_code_there_is(said: Said) -> None:
    _, out, _ = said("--help")
    listed = {int(code) for code in re.findall(r"^ +(\d+)  ", out, re.MULTILINE)}
    assert listed == set(EXIT_CODES)
    tree = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.DryportError)]
    raised = {each.exit_code for each in tree}
    assert raised | {0, entry.INTERRUPTED, entry.BUG} == listed


def test_the_readme_lists_every_command_exit_code_and_variable() -> None:
    from console.cli import app
    from console.settings import ENVIRONMENT

    readme = Path("README.md").read_text("utf-8")
    names: list[Any] = [command.callback.__name__ for command in app.registered_commands if not command.name]  # type: ignore[union-attr]
    names += [command.name for command in app.registered_commands if command.name]
    assert [name for name in names if f"dryport {name}" not in readme] == []
    assert [code for code in EXIT_CODES if not re.search(rf"^\| {code} \|", readme, re.MULTILINE)] == []
    assert [name for name in ENVIRONMENT if name not in readme] == []


def test_version_is_one_line(said: Said) -> None:
    code, out, _ = said("--version")
    assert code == 0
    assert re.fullmatch(r"dryport \d+\.\d+\.\d+\n", out)
