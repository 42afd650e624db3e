"""The syncer of a console: a child process that exists while no other syncer leads this cache.

A console only reads the cache. When nobody writes it, the console starts `dryport sync --follow` below itself and
starts another when that one dies, later each time; when a service or another console leads, it only looks again. A
leader that was stopped and keeps its lock without a heartbeat is none: the syncer started then takes over from it.

Of the consoles of one machine one has the turn, a lock, to start the syncer: else twenty that begin together would each
keep one that only stands by.
"""

import functools
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from console.children import Child
from console.settings import Choice
from console.site import Site
from storage.clock import elapsed
from storage.disk import why_unwritable
from storage.errors import CacheError
from storage.locks import try_lock
from storage.place import DatabaseUrl, Place

if TYPE_CHECKING:
    from storage.databases.postgres import PostgresDatabase
    from storage.sync.heart import Heart

LOOK_EVERY_S = 1.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
SOUND_AFTER_S = 60.0
"""A syncer that ran this long was no failed start: the next one may come at once."""
PATIENCE_S = 30.0
"""So long a console waits for whoever has the turn, which may have been stopped."""


def is_led(cache: Place) -> bool:
    """Whether some process holds the lead of the cache at `cache`."""
    if isinstance(cache, DatabaseUrl):
        return _database(cache).is_led()
    lock = cache.with_name(cache.name + ".leader")
    if not lock.exists():
        return False
    handle = try_lock(lock)
    if handle is None:
        return True
    os.close(handle)
    return False


@functools.cache
def _database(place: DatabaseUrl) -> "PostgresDatabase":
    """The database, with the one connection by which it is asked every second."""
    from storage.databases import server_at

    return server_at(place)


def follow_arguments(site: Site, choice: Choice) -> list[str]:
    """The command line of a syncer for exactly this site, whatever the folder or the defaults it is started with."""
    arguments = ["sync", "--follow", "--site", site.name, "--data-dir", str(site.data_dir)]
    return [*arguments, "--upstream", choice.upstream] if choice.upstream else arguments


class Syncer:
    """Keeps the cache of a site led while the console runs; a context manager that leaves no process behind."""

    def __init__(self, site: Site, choice: Choice, environ: Mapping[str, str] | None = None) -> None:
        """Nothing starts before `start`; `environ` is the child's environment (default: this one)."""
        self._cache = site.cache
        self._log = site.folder / "syncer.log"
        self._arguments: Sequence[str] = follow_arguments(site, choice)
        self._environ = environ
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="syncer", daemon=True)
        self._words: str | None = None
        self._heart: Heart | None = None
        self._folder = site.folder
        self._looked_after_at = elapsed()
        self.child: Child | None = None

    def start(self) -> None:
        """Begin to look after the cache."""
        self._thread.start()

    def __enter__(self) -> "Syncer":
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def words(self) -> str | None:
        """What went wrong with the syncer, in one sentence; None while all is well."""
        return self._words

    def stop(self) -> None:
        """End the child, if there is one, and wait until it has gone."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._end.is_set():
            if self._is_looked_after():
                self._looked_after_at = elapsed()
                self._end.wait(LOOK_EVERY_S)
                continue
            started = elapsed()
            with self._turn() as ours:
                reason = self._run_one() if ours else None
            if reason is None:
                self._end.wait(LOOK_EVERY_S)
                continue
            if elapsed() - started > SOUND_AFTER_S:
                pause = FIRST_PAUSE_S
                continue
            if not self._end.is_set():
                self._words = self._trouble() or f"The syncer ended, another one starts in {pause:.0f} s ({reason})."
                self._end.wait(pause)
                pause = min(LONGEST_PAUSE_S, pause * 2)

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Whether a syncer is ours to start; held while it runs. To take over from one that is stopped is another turn.

        Where no lock can be had the syncer is started, and says what is wrong.
        """
        try:
            handle = try_lock(self._folder / ("syncer.turn" if self._heart is None else "syncer.takeover"))
        except OSError:
            yield True
            return
        if handle is None:
            yield elapsed() - self._looked_after_at > PATIENCE_S
            return
        try:
            yield True
        finally:
            os.close(handle)

    def _is_looked_after(self) -> bool:
        """Whether a syncer that lives leads the cache. Ours takes over from one that only holds the lock."""
        try:
            led = is_led(self._cache)
        except OSError as error:
            self._words = (
                f"Cannot look for a syncer by {self._cache}.leader: {error.strerror or error}; check it and its folder."
            )
            return True  # nor could a syncer of ours
        except CacheError as error:
            self._words = str(error)
            return True
        if not led:
            if self._heart is not None:  # one that was stopped has just been taken over from, or has ended
                self._heart, self._looked_after_at = None, elapsed()
            return False
        self._words = self._trouble()
        if self._heart is None:
            # Its imports are heavy; by now they are those of whoever draws, or not needed for a second yet.
            self._end.wait(LOOK_EVERY_S)
            from storage.sync.heart import Heart

            self._heart = Heart(self._cache)
        return not self._heart.is_silent()

    def _trouble(self) -> str | None:
        """What keeps whoever leads, or would lead, from writing."""
        return why_unwritable(self._cache) or None if isinstance(self._cache, Path) else None

    def _run_one(self) -> str:
        """Start a syncer and stay with it until it, or we, end; why it ended."""
        try:
            self.child = Child(self._arguments, self._log, self._environ)
        except OSError as error:
            return error.strerror or str(error)
        try:
            started = elapsed()
            while not self._end.is_set() and not self.child.wait(0.2):
                if elapsed() - started > 2 * FIRST_PAUSE_S:
                    self._words = self._trouble()
            return self.child.reason()
        finally:
            self.child.close()
            self.child = None
