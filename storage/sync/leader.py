"""One leader per cache: only it asks the upstreams and writes what they say.

The lock is the database's (a lock file beside it, or a session of its server); it ends with the process, however that
ends. The lock says who may begin; the `leader` row says who may write: each leader takes the next epoch, and every
transaction of a sync asserts its own, so that one that was stopped and wakes up after another took over writes nothing.
That same statement is the heartbeat by which readers know that somebody fetches.
"""

import asyncio
import getpass
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TypeVar

from sqlalchemy import update
from sqlmodel import Session, col

from storage.cache import Cache
from storage.clock import Clock, SystemClock, elapsed
from storage.damage import passing
from storage.databases import LeadLock, database_of
from storage.errors import CacheError, CacheInterrupted, LeaderError
from storage.models.base import NAME_LENGTH
from storage.models.local import Leader
from storage.place import Place
from storage.retention import Write
from storage.runs import log_runs
from storage.sync.heart import HEARTBEAT_S, Heart
from storage.text import clean

STANDBY_S = 1.0
PAUSES_S = (0.1, 0.5, 2.0)
"""Rests before a transaction that the server broke off is tried again: a server starts again in about a second."""
LOST = (
    "Another syncer took the lead of this cache, or the cache was moved, replaced or set back to an older state; this "
    "one stops."
)
MOST_BEATS = 8

T = TypeVar("T")


def take_lock(cache: Place) -> LeadLock | None:
    """The lead of the cache at `cache`, or None while another holds it."""
    return database_of(cache).try_lead()


async def wait_for_lock(cache: Place, stop: asyncio.Event, say: Callable[[str], None] | None = None) -> LeadLock | None:
    """Stand by until the lead is free (tried about every second) or `stop` is set, which gives None.

    A leader that was stopped, and so holds the lock without a heartbeat, is taken over. `say` hears once what keeps it
    from being taken over.
    """
    heart, said = Heart(cache), ""
    while (lock := _take_if_there(cache)) is None:
        took_over, words = await asyncio.to_thread(_took_over, heart)
        if took_over:
            continue
        if say is not None and words not in ("", said):
            say(words)
        said = words or said
        try:
            async with asyncio.timeout(STANDBY_S * random.uniform(0.75, 1.25)):
                await stop.wait()
        except TimeoutError:
            continue
        return None
    return lock


def _take_if_there(cache: Place) -> LeadLock | None:
    try:
        return take_lock(cache)
    except CacheInterrupted:
        return None  # the server is away: whoever led leads no more, and the lead is free when it is back


def _took_over(heart: Heart) -> tuple[bool, str]:
    """Whether the lead was taken from one that stands still, and if not, what is in the way."""
    try:
        return heart.is_silent() and heart.take_over(), ""
    except CacheError as error:
        return False, str(error)  # stopped within a transaction, or no room: tried again, and the lock freed by its end


def led_by(cache: Place) -> str:
    """Who leads the cache, for a sentence: `pid 4121 of dispatch on yard-2`."""
    try:
        opened = Cache.open(cache)
    except CacheError:
        return "another process"
    try:
        with opened.read() as session:
            leader = session.get(Leader, 1)
            return f"pid {leader.pid} of {leader.user} on {leader.host}" if leader else "another process"
    finally:
        opened.close()


def ended_in_order(cache: Cache) -> bool:
    """Whether the last leader, if there was one, closed the cache itself and was not cut off."""
    with cache.read() as session:
        leader = session.get(Leader, 1)
        return leader is None or leader.stopped_at is not None


class Lead:
    """The lead of one cache: the lock, the epoch, and the one thread that writes."""

    def __init__(self, cache: Cache, lock: LeadLock, clock: Clock | None = None) -> None:
        """Take the next epoch; `lock` is what `take_lock` gave, for its giver to close after this."""
        self.cache = cache
        self.clock = clock or SystemClock()
        self._lock = lock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._written = elapsed()
        self._logged = float("-inf")
        self._notes: dict[str, Callable[[Session], None]] = {}
        self._beats: tuple[datetime, ...] = ()
        """What the row's heartbeat may be: the last one written, and those of which nobody knows if they were."""
        self.epoch = self._begin()

    async def write(self, work: Callable[[Session, datetime], T]) -> T:
        """Run `work(session, now)` in one write transaction, off the event loop, one after the other.

        Raises:
            LeaderError: another syncer leads now; nothing was written.
            CacheError: see `Cache.write`.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.write_now, work)

    def write_now(self, work: Callable[[Session, datetime], T]) -> T:
        """As `write`, on this thread. What a server breaks off is done again as a whole, a few times.

        So `work` must not count on being called once: what it changes besides the session, it sets.
        """
        for pause in PAUSES_S:
            try:
                return self._write_once(work)
            except CacheInterrupted:
                time.sleep(pause)
        return self._write_once(work)

    def _write_once(self, work: Callable[[Session, datetime], T]) -> T:
        notes = dict(self._notes)
        with self._transaction() as (session, now):
            for note in notes.values():
                note(session)
            result = work(session, now)
            if elapsed() - self._logged >= HEARTBEAT_S:
                log_runs(session, now)
                self._logged = elapsed()
        for about, note in notes.items():
            if self._notes.get(about) is note:
                del self._notes[about]
        return result

    @contextmanager
    def _transaction(self) -> Iterator[tuple[Session, datetime]]:
        """A write transaction that begins by asserting the lead; that is a heartbeat."""
        with self.cache.write() as session:
            now = self.clock.now()
            self._assert_lead(session, now)
            self._beats = (*self._beats[:1], *self._beats[1:][-MOST_BEATS:], now)
            yield session, now
        self._written, self._beats = elapsed(), (now,)

    def note(self, about: str, work: Callable[[Session], None]) -> None:
        """Have `work` done by the next `write`, at the latest by that of the next heartbeat.

        For what is no news and only has to be written down in time; a newer note about the same replaces an older one.
        """
        self._notes[about] = work

    async def aside(self, work: Callable[[Write], T]) -> T:
        """Run `work`, which makes its own transactions, in the thread that writes: so nobody here waits for another.

        It is given what begins them: each asserts the lead, as in `write`.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, self._fenced)

    @contextmanager
    def _fenced(self) -> Iterator[Session]:
        with self._transaction() as (session, _now):
            yield session

    async def keep_heart_beating(self) -> None:
        """Write a heartbeat whenever nothing else was written for a while, until cancelled or the lead is lost."""
        while True:
            await asyncio.sleep(HEARTBEAT_S / 2)
            if elapsed() - self._written >= HEARTBEAT_S:
                with passing():  # the sources' loops say so
                    await self.write(lambda _session, _now: None)

    def close(self) -> None:
        """Let the running transaction end, and say that the lead ended in order."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._logged = float("-inf")  # how all stands at the end is written down, however short the lead was
        # Else whoever leads now has written the row, or nobody can: readers see the heartbeat stop.
        with suppress(LeaderError, CacheError):
            self.write_now(_end)

    def _begin(self) -> int:
        with self.cache.write() as session:
            if not self._lock.held():  # this process stood still since it took the lock, and was taken over
                raise LeaderError(LOST)
            leader = session.get(Leader, 1) or Leader()
            leader.epoch += 1
            leader.host = clean(socket.gethostname(), limit=NAME_LENGTH)
            leader.pid = os.getpid()
            leader.user = clean(_user(), limit=NAME_LENGTH)
            leader.started_at = leader.heartbeat_at = self.clock.now()
            leader.stopped_at = None
            session.add(leader)
            self._beats = (leader.started_at,)
            return leader.epoch

    def _assert_lead(self, session: Session, now: datetime) -> None:
        if not self._lock.held() or self.cache.moved():
            raise LeaderError(LOST)
        # A database that was set back to an older state lacks what we believe to be there, and our last heartbeat.
        as_left = col(Leader.epoch) == self.epoch, col(Leader.heartbeat_at).in_(self._beats)
        mine = update(Leader).where(col(Leader.id) == 1, *as_left).values(heartbeat_at=now)
        if session.connection().execute(mine).rowcount != 1:
            raise LeaderError(LOST)


def _end(session: Session, now: datetime) -> None:
    session.get_one(Leader, 1).stopped_at = now


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # a user without a name, as in a bare container
