"""What keeps a cache from being written is seen from beside, and said with the remedy."""

import os
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from storage import disk
from storage.disk import why_unwritable


@pytest.mark.parametrize(
    ("free_bytes", "flags", "said"),
    [(2**40, 0, ""), (2**20, 0, "is full: .* until there is room"), (2**40, os.ST_RDONLY, "is read-only")],
)
def test_a_disk_that_is_full_or_read_only_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_bytes: int, flags: int, said: str
) -> None:
    found = SimpleNamespace(f_bavail=free_bytes // 4096, f_frsize=4096, f_flag=flags)
    monkeypatch.setattr(disk, "os", SimpleNamespace(ST_RDONLY=os.ST_RDONLY, statvfs=lambda _folder: found))
    told = why_unwritable(tmp_path / "cache.db")
    assert re.search(said, told) if said else told == ""


def test_a_folder_that_is_not_there_yet_is_no_trouble(tmp_path: Path) -> None:
    assert why_unwritable(tmp_path / "nowhere" / "cache.db") == ""
