"""The alarm for a cache's log that only grows, because somebody keeps reading one state of it.

SQLite resets its write-ahead log when all of it is carried over and nobody reads what it held. Readers here are short,
and end themselves when they are not (`storage.databases.readings`); what is left is a reader that was stopped, or
another program. It is named, as far as the system tells.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path

from storage.holders import readers_of
from storage.place import Place

ALARM_BYTES = 128 * 2**20
"""Eight times what the log is carried over at."""


class Backlog:
    """The log of the cache at `place`, looked at now and then."""

    def __init__(self, place: Place) -> None:
        """Nothing is looked at."""
        self._place = place
        self._readers: set[int] = set()

    def look(self) -> str:
        """What is wrong with it, in one sentence; empty while nothing is. Who read at the last look too is named."""
        if not isinstance(self._place, Path):
            return ""  # a server looks after its own log
        size = 0
        with suppress(FileNotFoundError):
            size = Path(f"{self._place}-wal").stat().st_size
        readers = readers_of(self._place) - {os.getpid()}
        held, self._readers = sorted(readers & self._readers), readers
        if size <= ALARM_BYTES:
            return ""
        who = f", because {_named(held)} on {socket.gethostname()} keeps reading" if held else ""
        end = "end that program" if held else "end the program that keeps reading it"
        return f"The log of the cache {self._place} has grown to {size // 2**20} MB and cannot be reset{who}: {end}."


def _named(readers: list[int]) -> str:
    return " and ".join(f"pid {pid}" for pid in readers)
