"""The whole way, as a person goes it: from the simulated terminal to the screen, and through an outage."""

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import DRYPORT, answer, dryport, processes
from tests.e2e.terminal import Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

WORLD = ("--containers", "600", "--seed", "7")
OLDER = re.compile(r"(LATE|STALE|OFFLINE) ")


def test_the_demo_shows_rows_survives_an_outage_and_moves_again(
    tmp_path: Path, port: int, start: Callable[..., subprocess.Popen[str]]
) -> None:
    env = {"DRYPORT_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}
    syncer = "sync", "--follow", str(tmp_path / "data")  # other tests have syncers of their own meanwhile
    with Terminal([DRYPORT, "demo", "--port", str(port), *WORLD], tmp_path, env=env) as console:
        console.wait_for("[1 Board]", "LIVE <15 s")
        console.paste("2/qinzhou")  # read at once, as over a thin line
        console.wait_for("[2 Trains]", "'qinzhou'", "Qinzhou")
        console.press("Escape")
        console.wait(lambda screen: "'qinzhou'" not in screen, "the filter to be gone")
        console.press("3")
        console.wait_for("[3 Yard]", "TEU", "%")
        console.press("4")
        console.wait_for("[4 Customs]", "Red", "Declarations")
        console.press("5")
        live = console.wait_for("[5 Feeds]", "containers", "LIVE")

        for pid in processes("simulate", str(port)):
            os.kill(pid, signal.SIGKILL)
        console.wait(lambda screen: bool(OLDER.search(screen)), "the feeds to grow old", timeout=90)
        console.press("2")
        console.wait_for("[2 Trains]", "Qinzhou")

        start("simulate", "--port", str(port), *WORLD, until="Simulated terminal", env=env)
        console.press("5")
        console.press("r")
        console.wait(
            lambda screen: "LIVE <15 s" in screen and not OLDER.search(screen) and screen != live,
            "the feeds to be live again and to have moved",
            timeout=120,
        )

        assert processes(*syncer)
        console.press("q")
        assert console.wait_end() == 0
    assert not processes(*syncer), "a console that ends leaves no syncer behind"


def test_headless_answers_follow_the_same_day(
    tmp_path: Path, port: int, start: Callable[..., subprocess.Popen[str]]
) -> None:
    env = {"DRYPORT_DATA_DIR": str(tmp_path / "data"), "DRYPORT_UPSTREAM": f"http://127.0.0.1:{port}"}

    assert dryport("status", env=env).returncode == 2, "never synced"

    simulator = start("simulate", "--port", str(port), *WORLD, until="Simulated terminal")
    first = dryport("sync", "--once", env=env)
    assert first.returncode == 0, first.stderr
    assert dryport("status", env=env).returncode == 0

    trains = answer("trains", env=env)
    assert {"site", "view", "as_of", "feeds", "rows"} <= trains.keys()
    assert any(row["place"] == "Qinzhou" for row in trains["rows"])
    known = [row["id"] for row in answer("trains", "--sort", "id", "--columns", "all", env=env)["rows"]]
    assert answer("yard", env=env)["rows"]
    assert answer("customs", env=env)["rows"]
    box = answer("containers", "--limit", "1", env=env)["rows"][0]["number"]
    assert box in dryport("find", box, env=env).stdout.replace(" ", "")

    simulator.kill()
    simulator.wait()
    failed = dryport("sync", "--once", env=env)
    assert failed.returncode == 3
    assert f"127.0.0.1:{port}" in failed.stderr
    kept = [row["id"] for row in answer("trains", "--sort", "id", "--columns", "all", env=env)["rows"]]
    assert kept == known, "last known rows stay"

    start("simulate", "--port", str(port), *WORLD, until="Simulated terminal")
    assert dryport("sync", "--once", env=env).returncode == 0
    again = answer("trains", env=env)
    assert again["as_of"] > trains["as_of"]
    assert again["feeds"]["trains"]["age_s"] < 60
