"""Whether the leader of a cache still lives: a process that was stopped keeps its lock and writes nothing.

Judged by this process's own time between its own looks, never by comparing clocks: a clock that was set, a machine that
slept or a standby that was itself stopped make nobody look dead.
"""

import time
from datetime import datetime

from storage.cache import Cache
from storage.databases import database_of
from storage.errors import CacheError
from storage.models.local import Leader
from storage.place import Place

HEARTBEAT_S = 3.0
SILENT_S = 3 * HEARTBEAT_S
"""A leader whose heartbeat stood still for longer than this is taken over, seconds."""
LOOK_S = 2.0

Beat = tuple[int, datetime | None]


class Heart:
    """The heartbeat of whoever leads the cache at `place`, as seen from beside."""

    def __init__(self, place: Place) -> None:
        """Nothing is opened."""
        self._place = place
        self._last: Beat | None = None
        self._since = self._looked = time.monotonic()

    def is_silent(self) -> bool:
        """Look, unless that was just done; whether the heart stood still for `SILENT_S` over many looks."""
        now = time.monotonic()
        if now - self._looked >= LOOK_S:
            beat = self._beat()
            if beat != self._last or now - self._looked > SILENT_S / 2:
                self._last, self._since = beat, now
            self._looked = now
        return self._last is not None and self._looked - self._since > SILENT_S

    def take_over(self) -> bool:
        """Fence the silent leader by a new epoch and break its lock; False when its heart beat after all.

        Of many who stand by, one succeeds: the others find another epoch than the one they saw.

        Raises:
            CacheBusy: it was stopped in the middle of a transaction, which only its end can undo.
        """
        cache = Cache.open(self._place)
        try:
            with cache.write() as session:
                leader = session.get(Leader, 1)
                if leader is None or (leader.epoch, leader.heartbeat_at) != self._last:
                    return False
                leader.epoch += 1
        finally:
            cache.close()
        database_of(self._place).break_lead()
        return True

    def _beat(self) -> Beat | None:
        try:
            cache = Cache.open(self._place)
        except CacheError:
            return None  # nothing to judge by: made, migrated or replaced just now
        try:
            with cache.read() as session:
                leader = session.get(Leader, 1)
                return (leader.epoch, leader.heartbeat_at) if leader else None
        except CacheError:
            return None
        finally:
            cache.close()
