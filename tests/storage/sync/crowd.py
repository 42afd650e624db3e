"""One session of many on one cache: reads it, and keeps a syncer of its own ready; a process that the tests start."""

import asyncio
import os
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from sqlmodel import func, select

from storage import cache as cache_module
from storage.cache import Cache
from storage.databases import Database
from storage.errors import CacheMissing
from storage.models import Container
from storage.place import Place
from storage.sync import heart, leader
from storage.sync.service import sync_follow
from storage.upstreams.base import UpstreamSettings


@dataclass
class Seen:
    """What a session tells when it is asked."""

    name: str
    pid: int
    rows: int = 0
    migrations: int = 0
    said: list[str] = field(default_factory=list)
    error: str = ""


def take_part(place: Place, url: str, name: str, start: Barrier, pipe: Connection, silent_s: float) -> None:
    """Begin with all others and follow; tell over `pipe`, when asked for so many boxes; end when it closes."""
    heart.SILENT_S, heart.LOOK_S = silent_s, silent_s / 4.5
    vars(leader).update(HEARTBEAT_S=silent_s / 3, STANDBY_S=silent_s / 9)
    seen = Seen(name, os.getpid())
    migrate = cache_module._migrate

    def counted(database: Database, found: int = 0) -> None:
        seen.migrations += 1
        migrate(database, found)

    cache_module._migrate = counted
    start.wait()
    asyncio.run(_take_part(place, UpstreamSettings(name="gateway", url=url, token=lambda: name), pipe, seen))


async def _take_part(place: Place, settings: UpstreamSettings, pipe: Connection, seen: Seen) -> None:
    stop = asyncio.Event()
    following = asyncio.create_task(sync_follow(place, [settings], stop=stop, say=seen.said.append))
    reading = asyncio.create_task(asyncio.to_thread(_read_for_others, place, pipe, seen))
    done, _ = await asyncio.wait([following, reading], return_when=asyncio.FIRST_COMPLETED)
    if following in done:  # the others hear of it with the next question
        seen.error = repr(following.exception())
        await reading
    stop.set()
    await asyncio.gather(following, return_exceptions=True)


def _read_for_others(place: Place, pipe: Connection, seen: Seen) -> None:
    cache: Cache | None = None
    while True:
        try:
            wanted = pipe.recv()
        except EOFError:
            break
        while seen.rows < wanted and not seen.error:
            try:
                cache = cache or Cache.open(place)
                with cache.read() as session:
                    seen.rows = session.exec(select(func.count()).select_from(Container)).one()
            except CacheMissing:
                pass
            except Exception as error:  # noqa: BLE001  # whatever it is, the test shall see it
                seen.error = repr(error)
            time.sleep(0.02)  # as a screen, which looks now and then
        pipe.send(seen)
    if cache is not None:
        cache.close()
