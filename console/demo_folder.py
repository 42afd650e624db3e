"""The folder of a demo: the cache of one simulated terminal, which goes on when the demo is started again.

A simulated terminal is the same for the same seed, size and beginning. One that is remembered by these is made again as
it is by now, so that its cache, the history in it and the notes stay true. One that cannot go on gives way to another,
which begins with an empty cache: the same id is another thing in another world.
"""

import os
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from storage.errors import UsageError
from storage.locks import try_lock

GOES_ON = timedelta(hours=36)
"""A terminal that began longer ago gives way: to catch up with it would take longer than to make another."""
SIMULATOR_LOG = "simulator.log"
"""The simulator's words; where a cache lies without them, it is none of a demo."""
BEGINNING = "world.json"
LOCK = "demo.lock"
PARTS = ("", "-wal", "-shm", ".suspect")
"""What makes up a cache file, by what follows its name. Not its lock files: a lock that is taken away is two locks."""


class Beginning(msgspec.Struct, frozen=True):
    """What makes a simulated terminal the one it is."""

    seed: int
    containers: int
    speed: float
    program: str
    began: datetime

    def goes_on_as(self, wanted: "Beginning") -> bool:
        """Whether it can stand where it would had it never stopped, and is the one that is wanted now.

        Of one that is faster or slower than life nobody knows where that is.
        """
        like_it = msgspec.structs.replace(self, began=wanted.began) == wanted
        return like_it and self.speed == 1 and timedelta(0) <= wanted.began - self.began <= GOES_ON


@dataclass(slots=True)
class DemoFolder:
    """A folder that is this demo's until `close`."""

    began: datetime
    """When its terminal began."""
    gave_way: bool
    """Whether there was another terminal in it, now gone with all that was known of it."""
    _lock: int

    def close(self) -> None:
        """Leave it to the next demo."""
        os.close(self._lock)


def take(cache: Path, seed: int, containers: int, speed: float, now: datetime) -> DemoFolder | None:
    """The folder of `cache` for a terminal like this; None where another demo, a syncer or a site uses it.

    Raises:
        UsageError: it cannot be made, read or written.
    """
    folder = cache.parent
    wanted = Beginning(seed, containers, speed, _program(), now)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = try_lock(folder / LOCK)
        taken = lock and _begin(cache, wanted, lock)
        if lock and not taken:
            os.close(lock)
    except OSError as error:
        remedy = "choose another one with --data-dir"
        raise UsageError(f"The demo cannot use {folder}: {error.strerror or error}; {remedy}.") from error
    return taken or None


def _begin(cache: Path, wanted: Beginning, lock: int) -> DemoFolder | None:
    """Go on with the terminal that is there, or begin another one with an empty cache."""
    known = _known(cache.with_name(BEGINNING))
    if known and known.goes_on_as(wanted):
        return DemoFolder(known.began, gave_way=False, _lock=lock)
    gave_way = cache.exists()
    if gave_way and not (cache.with_name(SIMULATOR_LOG).exists() and _removed(cache)):
        return None
    _write(cache.with_name(BEGINNING), wanted)
    return DemoFolder(wanted.began, gave_way, lock)


def _known(path: Path) -> Beginning | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Beginning)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _write(path: Path, beginning: Beginning) -> None:
    """Whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.touch(mode=0o600)
    new.write_bytes(msgspec.json.encode(beginning))
    new.replace(path)


def _removed(cache: Path) -> bool:
    """Take the cache away, unless a syncer leads it; whether it is gone."""
    lead = try_lock(cache.with_name(cache.name + ".leader"))
    if lead is None:
        return False
    for part in PARTS:
        cache.with_name(cache.name + part).unlink(missing_ok=True)
    os.close(lead)
    return True


def _program() -> str:
    """What tells this simulator from an older one, of which the same seed makes another world."""
    checksum = 0
    for source in sorted((Path(__file__).parent / "simulator").glob("*.py")):
        checksum = zlib.crc32(source.read_bytes(), checksum)
    return f"{checksum:08x}"
