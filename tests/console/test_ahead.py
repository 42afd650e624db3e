"""What a console brings in while nobody waits."""

import subprocess
import sys
from pathlib import Path

from console import ahead

VISITS = """
import sys
from console import ahead, memory
memory.leave_openssl_out()
import asyncio
from pathlib import Path
from tests.console.stage import staged

async def visits():
    async with staged(Path(sys.argv[1])) as stage:
        list(ahead.bring_in())
        before = set(sys.modules)
        await stage.press("2", "3", "4", "5")
        came = {name for name in set(sys.modules) - before if name.startswith(("console.", "storage.", "widgets."))}
        unwanted = {"ssl", "sqlalchemy.dialects.postgresql"}
        print(*sorted(came), *sorted(unwanted & set(sys.modules)))

asyncio.run(visits())
"""


def test_once_all_is_brought_in_no_first_visit_of_a_pane_imports_ours_and_none_needs_openssl_or_another_database(
    scene_file: Path,
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", VISITS, str(scene_file)], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ended.stdout.split(), ended.stderr) == ([], "")


def test_modules_come_one_at_a_time() -> None:
    coming = ahead.bring_in()
    assert [next(coming) for _ in ahead.MODULES] == list(ahead.MODULES)
