"""Readings that last too long: who keeps seeing one state of a SQLite cache keeps its log from ever being reset."""

import threading
import time
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, event

from storage.errors import CacheInterrupted
from storage.place import Place

LONGEST_S = 60.0
"""A reading that has lasted for longer is ended, seconds."""
GRACE_S = 1.0
"""First what is being asked is interrupted. Only after this time is the transaction of whoever asks nothing taken away:
while a question fails, its connection keeps one error for all threads."""


class Readings:
    """The read transactions of one process in one cache; whoever looks at the cache regularly calls `end_overdue`."""

    def __init__(self, place: Place, driver_error: type[Exception]) -> None:
        """`driver_error`: what the driver raises."""
        self._place, self._driver_error = place, driver_error
        self._began: dict[Connection, tuple[Any, float]] = {}
        self._lock = threading.Lock()

    def watch(self, engine: Engine) -> None:
        """Take note of the transactions of `engine`, once it has begun them."""

        @event.listens_for(engine, "begin")
        def began(connection: Connection) -> None:
            with self._lock:
                self._began[connection] = (connection.connection.driver_connection, time.monotonic())

        @event.listens_for(engine, "commit")
        @event.listens_for(engine, "rollback")
        def ended(connection: Connection) -> None:
            with self._lock:
                self._began.pop(connection, None)

        @event.listens_for(engine, "before_cursor_execute")
        def refuse(connection: Connection, *_: object) -> None:
            # What is asked next would see another state than what was asked before.
            found = self._began.get(connection)
            if found is not None and _is_overdue(found[1]):
                raise self.ended()

    def end_overdue(self) -> None:
        """End what has lasted too long: what is being asked fails, and so does whatever is asked next."""
        if not any(_is_overdue(began) for _, began in list(self._began.values())):
            return
        with self._lock:  # whoever ends by itself meanwhile waits: its connection may be another's a moment later
            for connection, began in self._began.values():
                if _is_overdue(began, GRACE_S):
                    with suppress(self._driver_error):
                        connection.execute("ROLLBACK")
                elif _is_overdue(began):
                    connection.interrupt()

    def ended(self) -> CacheInterrupted:
        """What who reads gets to hear."""
        return CacheInterrupted(
            f"Reading the cache {self._place} took over {LONGEST_S:.0f} s and was ended, since its log cannot be reset "
            "meanwhile: ask again, or for less."
        )


def _is_overdue(began: float, grace: float = 0.0) -> bool:
    return time.monotonic() - began > LONGEST_S + grace
