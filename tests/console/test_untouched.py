"""A live cache file is only ever opened by SQLite: any other `open` in the process would drop SQLite's locks on it."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, contextlib, io, os, sys
from pathlib import Path

path = Path(sys.argv[1])
live = {os.path.realpath(f"{path}{log}") for log in ("", "-wal", "-shm")}
opened, met = [], []

def audit(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        name = os.path.realpath(os.fsdecode(arguments[0]))
        if name.startswith(str(path)):
            met.append(name)
        if name in live:
            opened.append(name)

sys.addaudithook(audit)

from console.app import DryportApp
from console.main import run
from console.settings import Choice, read_site
from console.view import View
from storage.sync.service import sync_once
from storage.upstreams.base import UpstreamSettings
from tests.storage.gateway import Gateway

async def session():
    gateway = Gateway()
    gateway.box("b1")
    async with gateway.serve() as server:
        settings = UpstreamSettings(name="gateway", url=server.url)
        await sync_once(path, [settings])
        app = DryportApp(View.of_site(read_site()), name="site", folder=path.parent)
        async with app.run_test() as pilot:
            while not app.pulse.gens:
                await pilot.pause(0.01)
            gateway.box("b2")
            await sync_once(path, [settings])  # beside a console that reads
            for key in ("2", "3", "4", "5", "1", "f", "b", "escape", "r"):
                await pilot.press(key)
            await app.workers.wait_for_complete()

asyncio.run(session())
with contextlib.redirect_stdout(io.StringIO()) as said:
    codes = [run(words) for words in (["status"], ["doctor"], ["find", "CSQU3054383"], ["sync", "--once"])]
print("answered:", "gateway" in said.getvalue(), "sound" in said.getvalue(), "CSQU" in said.getvalue())
print("locked beside it:", any(name.endswith(".leader") for name in met))
print("opened:", *opened)
"""


def test_no_part_of_dryport_opens_a_live_cache_file_past_sqlite(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f"[site.port]\ndata_dir = '{tmp_path}'\n[[site.port.upstream]]\nname = 'gateway'\nurl = 'http://127.0.0.1:9'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "port" / "cache.db")],
        env={**os.environ, "DRYPORT_CONFIG": str(config)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-3:] == [
        "answered: True True True", "locked beside it: True", "opened:"
    ], done.stderr  # fmt: skip
