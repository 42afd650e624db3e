"""Whether a folder of this machine can hold a cache: private, ours, and where locks hold."""

import os
import re
import stat
from pathlib import Path

from storage.errors import CacheUnsafe

NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "fuse.sshfs", "glusterfs"})
MOUNTS = Path("/proc/self/mountinfo")


def make_folder(folder: Path) -> None:
    """Make the folder of a cache, private from the start; `CacheUnsafe` when that cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CacheUnsafe(
            f"Cannot make the data folder {folder}: {error.strerror or error}; choose another one (--data-dir)."
        ) from error


def check_safe(path: Path) -> None:
    """Refuse a place where another user could change the file, or where its locks do not hold."""
    try:
        folder = path.parent.stat()
    except FileNotFoundError:
        return  # a reader's missing folder is a missing cache
    except OSError as error:
        raise _shut(path.parent, error) from error
    if folder.st_mode & stat.S_IWOTH:
        raise CacheUnsafe(f"Everybody can write to {path.parent}: run `chmod o-w {path.parent}` or choose another.")
    if file_system := network_file_system(path.parent):
        raise CacheUnsafe(
            f"{path.parent} lies on a network file system ({file_system}), where locks do not hold: choose a local "
            "folder (--data-dir)."
        )
    try:
        file = path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _shut(path, error) from error
    if not stat.S_ISREG(file.st_mode):
        raise CacheUnsafe(f"{path} is not a plain file but a link or a folder: name the file itself or move it away.")
    if file.st_uid != os.geteuid():
        raise CacheUnsafe(
            f"{path} belongs to another user (id {file.st_uid}): start Dryport as that one, or use a data folder of "
            "your own (--data-dir), or share a database."
        )
    if file.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CacheUnsafe(f"Others can write to {path}: run `chmod 600 {path}`.")


def _shut(place: Path, error: OSError) -> CacheUnsafe:
    return CacheUnsafe(
        f"Cannot look at {place}: {error.strerror or error}; start Dryport as its owner, choose another data folder "
        "(--data-dir), or share a database."
    )


def network_file_system(folder: Path, mounts: str | None = None) -> str | None:
    """The type of the network file system `folder` lies on, or None; `mounts` is Linux's mountinfo, for tests."""
    if mounts is None:
        mounts = _mounts()
    place, found = folder.resolve(), ("", "")
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), fields[4])
        if place.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, after.split(" ")[0])
    return found[1] if found[1] in NETWORK_FILE_SYSTEMS else None


def _mounts() -> str:
    try:
        return MOUNTS.read_text("utf-8", "replace")
    except FileNotFoundError:
        return ""  # no Linux
    except OSError as error:
        raise CacheUnsafe(
            f"Cannot tell what the data folder lies on ({MOUNTS}: {error.strerror or error}): check the limit of open "
            "files."
        ) from error
