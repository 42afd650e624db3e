"""A process that syncs once and is killed at a statement of its choice; run by the crash tests."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.pool import Pool

from storage.place import Place
from storage.sync.service import sync_once
from storage.upstreams.base import UpstreamSettings


def sync_and_die(place: Place, url: str, nth: int) -> None:
    """Sync once; `kill -9` ourselves when the driver begins its `nth` statement, or exit with 0."""
    left = nth

    def count(_statement: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Counted(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **options: Any) -> Any:
            count(query)
            return super().execute(query, *args, **options)

        def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
            def counted() -> Iterator[Any]:  # it may end between two rows
                for params in params_seq:
                    count(query)
                    yield params

            super().executemany(query, counted(), **options)

    @event.listens_for(Pool, "connect")
    def watch(connection: Any, _record: object) -> None:
        if isinstance(connection, psycopg.Connection):
            connection.cursor_factory = Counted
        else:
            connection.set_trace_callback(count)

    asyncio.run(sync_once(place, [UpstreamSettings(name="gateway", url=url)]))
    sys.exit(0)
