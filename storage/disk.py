"""What keeps a cache file from being written, as anybody beside can see without opening it."""

import os
from pathlib import Path

from storage.holders import stopped_writer

LEAST_ROOM = 4 * 2**20
"""With less than this free a disk counts as full, bytes: a page of a feed and its log may take as much."""


def is_read_only(folder: Path) -> bool:
    """Whether nobody at all can write to the disk that `folder` lies on."""
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False  # a folder that is not there is told of by whoever opens it


def why_unwritable(cache: Path) -> str:
    """The reason with its remedy, in one sentence; empty while there is none."""
    return stopped_writer(cache) or _no_room(cache)


def _no_room(cache: Path) -> str:
    try:
        disk = os.statvfs(cache.parent)
    except OSError:
        return ""
    if disk.f_flag & os.ST_RDONLY:
        return f"The disk of {cache.parent} is read-only: nothing new comes in until it can be written."
    if disk.f_bavail * disk.f_frsize < LEAST_ROOM:
        return f"The disk of {cache.parent} is full: nothing new comes in until there is room."
    return ""
