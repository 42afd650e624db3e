"""When a source is asked: every few seconds while it answers, later and later while it does not, at once on request.

Each source has a loop of its own, so that one that fails never keeps the others waiting.
"""

import asyncio
import random
import traceback

from sqlmodel import select

from storage.cache import Cache
from storage.clock import Clock, SystemClock, elapsed
from storage.damage import passing
from storage.errors import AuthFailed, CacheDamaged, CacheError, LeaderError, Refused, Resync, Throttled, UpstreamError
from storage.models.local import SourceState
from storage.sync.backoff import Backoff
from storage.sync.intake import Intake
from storage.sync.review import Review, Say
from storage.upstreams.base import Upstream

LOOK_S = 0.5
"""How often a waiting loop looks whether somebody asked for an attempt."""
ASKED_AGAIN_S = 5.0
"""A person's request is followed at most this often."""
REFUSED_FIRST_S = 10.0
"""A refusal seldom goes away within seconds."""


def retry_now(cache: Cache, clock: Clock | None = None) -> None:
    """Ask the syncer of this cache, whatever process it is, to try every source at once."""
    now = (clock or SystemClock()).now()
    with cache.write() as session:
        for state in session.exec(select(SourceState)):
            state.wanted_at = now


async def attempt(upstream: Upstream, intake: Intake) -> None:
    """Bring the cache up to date with one source once; a lost place is followed by one resync, never by two."""
    try:
        await upstream.pull(await intake.place(), intake.take)
    except Resync:
        await intake.lost()
        await upstream.pull(await intake.place(), intake.take)
    await intake.settle()


class Schedule:
    """The loop of one source."""

    def __init__(self, upstream: Upstream, intake: Intake, cache: Cache, say: Say) -> None:
        """`say` gets one sentence when the source fails in a new way, and when it is back."""
        self._upstream = upstream
        self._intake = intake
        self._cache = cache
        self._say = say
        self._review = Review(upstream, intake, say)
        self._quick = Backoff()
        self._slow = Backoff(first_s=REFUSED_FIRST_S)
        self._said: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until `stop`; only a lost lead or a damaged cache ends it otherwise.

        Raises:
            LeaderError: another syncer leads now.
            CacheDamaged: nothing more can be written into this cache.
        """
        while not stop.is_set():
            await self._wait(await self.ask(), stop)

    async def ask(self) -> float:
        """One attempt; gives the seconds until the next."""
        try:
            return await self._attempt()
        except CacheDamaged:
            raise
        except CacheError as error:  # no room, or another process in the way: the source is not to blame
            self._tell(str(error))
            return self._quick.failed()
        except MemoryError as error:  # not even to write down that the source failed
            self._tell(f"No memory to keep {self._intake.source} up to date ({error!r}): it is tried again.")
            return self._quick.failed()

    async def _attempt(self) -> float:
        try:
            await attempt(self._upstream, self._intake)
            await self._review.go_on()
        except UpstreamError as error:
            return await self._failed(error)
        except (LeaderError, CacheError):
            raise
        except Exception as error:  # noqa: BLE001  # a bug in one adapter must not stop the other sources
            self._say(traceback.format_exc())
            return await self._failed(UpstreamError(f"Reading {self._intake.source} failed by a bug: {error!r}."))
        self._tell(None)
        self._quick.worked()
        self._slow.worked()
        return self._upstream.interval_s * random.uniform(0.8, 1.2)

    async def _failed(self, error: UpstreamError) -> float:
        least = error.after if isinstance(error, Throttled) else 0.0
        backoff = self._slow if isinstance(error, AuthFailed | Refused) else self._quick
        wait = backoff.failed(least)
        await self._intake.failed(error, wait)
        self._tell(str(error))
        return wait

    def _tell(self, words: str | None) -> None:
        """Say what is new only: a source that is down for a night must not fill a log."""
        if words != self._said:
            self._say(words or f"{self._intake.source} answers again.")
        self._said = words

    async def _wait(self, seconds: float, stop: asyncio.Event) -> None:
        began, version = elapsed(), self._version()
        while (left := began + seconds - elapsed()) > 0:
            try:
                async with asyncio.timeout(min(left, LOOK_S)):
                    await stop.wait()
            except TimeoutError:
                pass
            else:
                return
            if (found := self._version()) != version:
                version = found
                with passing():
                    if self._intake.wanted() and elapsed() - began >= min(seconds, ASKED_AGAIN_S):
                        return

    def _version(self) -> int | None:
        """The cache's data version; None while it cannot be asked, which the next attempt will say."""
        found = None
        with passing():
            found = self._cache.data_version()
        return found
