"""The syncer as the command line runs it: once, or until told to stop."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlmodel import Session, col, delete, select

from storage.backlog import Backlog
from storage.cache import Cache
from storage.damage import check, check_tables, examine, is_suspected, passing, renew
from storage.databases import LeadLock
from storage.errors import CacheDamaged, LeaderError, UpstreamError
from storage.models import FEEDS, FeedState, Quarantine, SourceState, closing, table_of, to_ms
from storage.place import Place
from storage.retention import Keep, Retention
from storage.sync.intake import Intake, Report
from storage.sync.leader import LOST, Lead, ended_in_order, led_by, take_lock, wait_for_lock
from storage.sync.review import Review, Say
from storage.sync.schedule import Schedule, attempt
from storage.sync.tally import bring_up, forget
from storage.upstreams import open_upstream
from storage.upstreams.base import Upstream, UpstreamSettings

HAND_OVER_S = 0.0002
"""How long the thread that decodes goes on while the one that writes waits for Python's lock, seconds."""
QUIET_GC = (100_000, 50, 100)
"""Thresholds of the cyclic collector: records and rows hold no cycles, and looking for some is a third of decoding."""
FORGET_S = 0.25
"""Rest between two steps of forgetting, seconds."""
IDLE_S = 60.0
"""Rest while nothing is to be forgotten, seconds."""
TALLY_S = 2.0
"""Between two looks whether the tally of the yard holds, seconds."""
LOOK_AFTER_S = 10.0
"""Between two looks at the file of the cache and its log, seconds."""


def _unheard(_sentence: str) -> None:
    """Nobody listens."""


async def sync_once(
    path: Place, upstreams: Sequence[UpstreamSettings], *, report: Report | None = None, say: Say = _unheard
) -> None:
    """Bring the cache at `path` up to date with every upstream, once; `report` hears of each page of a load.

    Every upstream is tried, whatever happens to the others; then the first error is raised. A damaged cache is set
    aside, which `say` gets to hear, and a new one filled.

    Raises:
        LeaderError: another syncer leads this cache, and does the same all the time.
        UpstreamError, CacheError, SettingsError: see `storage.errors`.
    """
    lock = take_lock(path)
    if lock is None:
        raise LeaderError(f"A syncer leads the cache {path} already ({led_by(path)}): it keeps it up to date.")
    with contextlib.closing(lock):
        try:
            await _once(path, upstreams, lock, report, say)
        except CacheDamaged as damage:
            say(_renew(path, damage, lock))
            await _once(path, upstreams, lock, report, say)


async def sync_follow(
    path: Place,
    upstreams: Sequence[UpstreamSettings],
    *,
    stop: asyncio.Event,
    say: Say,
    report: Report | None = None,
    keep: Keep | None = None,
) -> None:
    """Keep the cache at `path` up to date until `stop`; stands by while another syncer leads it.

    `say` gets one sentence for each thing a person should know: a source that fails, and one that is back; a cache that
    was damaged and begun anew. `keep` says how much history is remembered (14 days or 2 GB).

    Raises:
        LeaderError: another syncer took the lead.
        CacheError, SettingsError: see `storage.errors`.
    """
    lock = take_lock(path)
    if lock is None:
        say(f"A syncer leads the cache {path} already ({led_by(path)}): standing by.")
        lock = await wait_for_lock(path, stop, say)
    if lock is None:
        return
    with contextlib.closing(lock):
        while not stop.is_set():
            try:
                async with _Syncer(path, upstreams, lock, report) as syncer:
                    await syncer.follow(stop, say, keep or Keep())
            except CacheDamaged as damage:
                say(await asyncio.to_thread(_renew, path, damage, lock))


def _renew(path: Place, damage: CacheDamaged, lock: LeadLock) -> str:
    """Begin anew, unless the lead was lost meanwhile: then the file is another's, and may be sound by now."""
    if isinstance(path, Path) and not lock.held():
        raise LeaderError(LOST) from damage
    return renew(path, damage)


async def _once(
    path: Place, upstreams: Sequence[UpstreamSettings], lock: LeadLock, report: Report | None, say: Say
) -> None:
    async with _Syncer(path, upstreams, lock, report) as syncer:
        await syncer.bring_up_tally()  # that of a load is left to the next time: a first sync is waited for
        errors = await asyncio.gather(*(syncer.once(each, say) for each in syncer.sources), return_exceptions=True)
    for error in sorted(filter(None, errors), key=lambda error: not isinstance(error, CacheDamaged)):
        raise error


class _Syncer:
    """The lead of a cache and an open adapter for each of its sources."""

    def __init__(
        self, path: Place, upstreams: Sequence[UpstreamSettings], lock: LeadLock, report: Report | None
    ) -> None:
        self._path, self._settings, self._lock, self._report = path, upstreams, lock, report
        self.sources: list[tuple[Upstream, Intake]] = []

    async def __aenter__(self) -> "_Syncer":
        async with contextlib.AsyncExitStack() as stack:
            self._cache = Cache.open(self._path, role="writer")
            stack.callback(self._cache.close)
            check_tables(self._cache)
            if is_suspected(self._path):
                examine(self._cache)
            elif not ended_in_order(self._cache):
                check(self._cache)
            stack.callback(sys.setswitchinterval, sys.getswitchinterval())
            sys.setswitchinterval(HAND_OVER_S)
            stack.callback(gc.set_threshold, *gc.get_threshold())
            gc.set_threshold(*QUIET_GC)
            self._lead = Lead(self._cache, self._lock)
            stack.callback(self._lead.close)
            self._lead.write_now(lambda session, now: _retire(session, now, [each.name for each in self._settings]))
            for settings in self._settings:
                upstream = open_upstream(settings)
                stack.push_async_callback(upstream.close)
                self.sources.append((upstream, Intake(self._lead, settings, upstream.interval_s, self._report)))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def bring_up_tally(self) -> None:
        """Have the tally of the yard hold again, if it does not."""
        await self._lead.aside(partial(bring_up, self._cache))

    async def once(self, source: tuple[Upstream, Intake], say: Say) -> None:
        upstream, intake = source
        review = Review(upstream, intake, say)
        try:
            await attempt(upstream, intake)
            while await review.go_on():
                await attempt(upstream, intake)
        except UpstreamError as error:
            await intake.failed(error, retry_in_s=0)
            raise

    async def follow(self, stop: asyncio.Event, say: Say, keep: Keep) -> None:
        """All loops and the heartbeat; the first thing that ends, by `stop` or by an error, ends all."""
        schedules = [Schedule(upstream, intake, self._cache, say) for upstream, intake in self.sources]
        tasks = [
            asyncio.create_task(stop.wait()),
            asyncio.create_task(self._lead.keep_heart_beating()),
            asyncio.create_task(_forget(self._lead, keep)),
            asyncio.create_task(self._keep_tally(say)),
            asyncio.create_task(_look_after(self._cache, say)),
            *(asyncio.create_task(schedule.run(stop)) for schedule in schedules),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_tally(self, say: Say) -> None:
        """Have it hold again a moment after each load, for ever; say once when there is no memory to count."""
        said = False
        while True:
            short = False
            with passing():  # the source's loop says so
                try:
                    await self.bring_up_tally()
                except MemoryError as error:  # a whole yard takes more than a source's batch, which may go on well
                    short = True
                    if not said:
                        say(f"No memory to count the yard ({error!r}): it is tried again, and read slower till then.")
            said = short
            await asyncio.sleep(TALLY_S)


async def _forget(lead: Lead, keep: Keep) -> None:
    """Forget what is past its time, for ever: a little, a rest, and a longer one when nothing is due."""
    step = partial(Retention(keep).step, lead.cache, lead.clock)
    while True:
        rest = IDLE_S
        with passing():  # the source's loop says so
            rest = FORGET_S if await lead.aside(step) else IDLE_S
        await asyncio.sleep(rest)


async def _look_after(cache: Cache, say: Say) -> None:
    """Say once when the log of the cache grows and grows, and look where a reader met damage; for ever.

    Raises:
        CacheDamaged: the reader was right.
    """
    backlog, said = Backlog(cache.place), False
    while True:
        with passing():
            words = await asyncio.to_thread(backlog.look)
            if words and not said:
                say(words)
            said = bool(words)
            if is_suspected(cache.place):
                await asyncio.to_thread(examine, cache)
        await asyncio.sleep(LOOK_AFTER_S)


def _retire(session: Session, now: datetime, configured: Sequence[str]) -> None:
    """Take out what came from sources that are configured no more: nobody would ever bring it up to date."""
    for state in session.exec(select(SourceState).where(col(SourceState.source).not_in(configured))).all():
        for model in FEEDS.values():
            theirs = table_of(model).c.source == state.source
            session.execute(closing(model, theirs), {"until": to_ms(now)})
            session.execute(table_of(model).delete().where(theirs))
        forget(session)
        for kept in (FeedState, Quarantine):
            session.exec(delete(kept).where(col(kept.source) == state.source))
        session.delete(state)
