"""A cache on a disk, or in a folder, that cannot be written: what can be read is read, the rest is one sentence."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from sqlmodel import select

from storage import disk
from storage.cache import Cache
from storage.databases.sqlite import DRIVER
from storage.errors import CacheFull
from storage.models import SourceState

LOOK = """
import os, sys
from pathlib import Path
import sqlalchemy.orm
from sqlmodel import select
import storage.databases.sqlite  # while it can be read
from storage.cache import Cache
from storage.errors import CacheError
from storage.models import SourceState
if len(sys.argv) > 2:
    os.setuid(int(sys.argv[2]))
try:
    cache = Cache.open(Path(sys.argv[1]))
    with cache.read() as session:
        print("read:", *session.exec(select(SourceState.source)))
    with cache.write() as session:
        session.add(SourceState(source="lost"))
    print("written")
except CacheError as error:
    print(error)
"""
ON_A_READ_ONLY_DISK = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_A_READ_ONLY_DISK, "sh")
NOBODY = 65534


@pytest.fixture
def path(file_cache: Cache) -> Path:
    """A closed cache with one source in it."""
    with file_cache.write() as session:
        session.add(SourceState(source="gateway"))
    file_cache.close()
    return file_cache.path


def look(path: Path, *arguments: str, inside: tuple[str, ...] = ()) -> list[str]:
    command = [*inside, sys.executable, "-c", LOOK, str(path), *arguments]
    # What measures coverage would write where this process may not.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "COV_"))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert done.stderr == ""
    return done.stdout.splitlines()


def can_mount(folder: Path) -> bool:
    """Whether this machine lets anybody have mounts of its own."""
    done = subprocess.run([*NAMESPACE, str(folder), "true"], capture_output=True, check=False)
    return done.returncode == 0


def test_a_disk_that_is_really_read_only_is_read_and_writing_refused(path: Path) -> None:
    if not can_mount(path.parent):
        pytest.skip("this machine gives nobody mounts of its own; the tests below stand in for it")
    said = look(path, inside=(*NAMESPACE, str(path.parent)))
    assert said[0] == "read: gateway"
    assert "Cannot write the cache" in said[1]
    assert "make it writable" in said[1]


def read_only(patch: pytest.MonkeyPatch) -> None:
    """Have every disk look read-only."""
    flags = SimpleNamespace(f_flag=os.ST_RDONLY)
    patch.setattr(disk, "os", SimpleNamespace(**vars(os) | {"statvfs": lambda _folder: flags}))


def test_on_a_read_only_disk_nothing_is_made_beside_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_only(monkeypatch)
    beside = set(path.parent.iterdir())
    cache = Cache.open(path)
    with cache.read() as session:
        assert session.exec(select(SourceState.source)).all() == ["gateway"]
    with pytest.raises(CacheFull, match="make it writable"), cache.write() as session:
        session.execute(text("DELETE FROM source_states"))
    assert set(path.parent.iterdir()) == beside
    cache.close()


def test_a_disk_that_is_writable_again_has_the_cache_opened_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        read_only(patch)
        cache = Cache.open(path)
        assert not cache.replaced()
    assert cache.replaced()
    cache.close()


def look_as_plain_user(path: Path, folder_mode: int, file_mode: int) -> list[str]:
    """As `look`, at a copy with these modes. Root, whom no mode keeps out, has somebody else look, who owns it."""
    with tempfile.TemporaryDirectory(prefix="dryport-ro-") as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "site"
        folder.mkdir(mode=0o700)
        copy = Path(shutil.copy(path, folder / "cache.db"))
        user: tuple[str, ...] = ()
        if os.geteuid() == 0:
            user = (str(NOBODY),)
            for each in (folder, copy):
                os.chown(each, NOBODY, NOBODY)
        copy.chmod(file_mode)
        folder.chmod(folder_mode)
        try:
            return look(copy, *user)
        finally:
            folder.chmod(0o700)


def test_a_folder_that_its_user_cannot_write_is_one_sentence_with_the_remedy(path: Path) -> None:
    [said] = look_as_plain_user(path, 0o500, 0o400)
    assert re.search(r"Cannot write \S+/site: run `chmod u\+w \S+/site`", said)


def test_a_log_that_was_left_unwritable_is_named_with_the_remedy(
    file_cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = f"{file_cache.path}-wal"  # as it is left when the file was opened while its mode forbade writing
    monkeypatch.setattr(os, "access", lambda path, _mode: str(path) != log)
    said = file_cache.database.translated(DRIVER.OperationalError("attempt to write a readonly database"))
    assert isinstance(said, CacheFull)
    assert f"run `chmod u+w {log}`" in str(said)


def test_a_folder_that_is_shut_is_one_sentence_with_the_remedy(path: Path) -> None:
    [said] = look_as_plain_user(path, 0o000, 0o600)
    assert "start Dryport as its owner" in said
    assert "share a database" in said
