"""A process that syncs once and is killed at a statement of its choice; run by the crash tests."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from storage.sync.service import sync_once
from storage.upstreams.base import UpstreamSettings


def sync_and_die(path: str, url: str, nth: int) -> None:
    """Sync once; `kill -9` ourselves when SQLite begins its `nth` statement. Exits with 0 when it got to the end."""
    left = nth

    def count(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Pool, "connect")
    def watch(connection: Any, _record: object) -> None:
        connection.set_trace_callback(count)

    asyncio.run(sync_once(Path(path), [UpstreamSettings(name="gateway", url=url)]))
    sys.exit(0)
