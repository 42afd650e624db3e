"""Whatever the machine runs out of: what was half written is rolled back, who reads reads on, and it is tried again."""

import errno
import multiprocessing
import tempfile
from pathlib import Path
from typing import Any

import pytest

from storage.cache import Cache
from storage.errors import CacheUnsafe
from tests.storage.sync.exhausted import SCENES, play

PROCESSES = multiprocessing.get_context("forkserver")


@pytest.mark.parametrize("scene", SCENES)
def test_it_is_told_waited_out_and_made_good(scene: str, tmp_path: Path) -> None:
    process = PROCESSES.Process(target=play, args=(tmp_path / "site" / "cache.db", scene))
    process.start()
    process.join()
    assert process.exitcode == 0


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_where_no_file_can_be_made_the_remedy_is_named(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: Any) -> None:
        raise OSError(code, "as the disk says")

    monkeypatch.setattr(tempfile, "mkstemp", refused)
    with pytest.raises(CacheUnsafe, match="as the disk says; make the folder writable"):
        Cache.open(tmp_path / "site" / "cache.db", role="writer")
