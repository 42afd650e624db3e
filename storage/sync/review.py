"""The daily look: what a source has is compared with what is here, so that nothing stays wrong which no change mends.

The change log brings what changes. It never brings back a bit that turned over on the disk, nor a change that the
source lost. So each feed is read whole once a day as it was at one cut, a few pages after each poll, and compared:
records that the log has named since the cut are left to the log, all others have to be as the cut has them, whatever
their revision. It is no load: polling goes on beside it, and how fresh a feed is does not change by it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, select

from storage import damage
from storage.clock import elapsed
from storage.errors import BadData, Throttled, UpstreamError
from storage.figures.tally import FEED as COUNTED
from storage.models.base import EPOCH, to_ms
from storage.models.local import FeedState
from storage.models.wire import Row
from storage.sync import apply, records, tally
from storage.sync.backoff import Backoff
from storage.sync.intake import Intake, Moved
from storage.sync.load import Load
from storage.sync.renewal import differing
from storage.sync.states import feed_state
from storage.text import clean
from storage.upstreams.base import Batch, Changes, Part, SnapshotPage, Upstream

EVERY = timedelta(days=1)
"""A wrong value is right again by the same shift of the next day; to read all that often costs what one start does."""
AT_ONCE_S = 3.0
"""How long pages are compared between two polls, seconds: long enough to be through within the life of a cut, which is
ten minutes, where a page takes a second; short enough that no feed becomes late by it."""
AGAIN_S = 60.0
"""Longest rest after the first failure, seconds; the usual poll has just worked, so it is of these pages alone."""

REV = 1
"""Where a row has its revision."""
Say = Callable[[str], None]


@dataclass(slots=True)
class _Look:
    """A feed that is being gone over; `page` is compared next."""

    feed: str
    began: datetime
    moved: Moved
    pages: AsyncIterator[Batch]
    page: SnapshotPage | None = None
    load: Load | None = None
    altered: int = 0
    """Records that had changed here, though the source did not change them."""
    missed: int = 0
    """Records of which a change had never come."""

    @property
    def found(self) -> str | None:
        """What was found and put right, in one sentence."""
        told = []
        if self.altered:
            told.append(f"{_records(self.altered)} that had changed on the disk (have it looked at)")
        if self.missed:
            told.append(f"{_records(self.missed)} that had missed a change (have the source's change log looked at)")
        return f"Put right: {' and '.join(told)}." if told else None


class Review:
    """Goes over the feeds of one source, one after the other."""

    def __init__(self, upstream: Upstream, intake: Intake, say: Say) -> None:
        """`say` gets one sentence for each feed in which something was put right, or that cannot be read whole."""
        self._upstream = upstream
        self._intake = intake
        self._source = intake.source
        self._lead = intake.lead
        self._say = say
        self._look: _Look | None = None
        self._rest = Backoff(first_s=AGAIN_S)
        self._failed: dict[str, str] = {}
        """Feeds that could not be compared, and why."""

    async def go_on(self) -> bool:
        """Go on for a moment, after a poll that went well; gives whether there was anything to do.

        Raises:
            Throttled: the source wants to be left alone.
            CacheDamaged: the database contradicts itself.
            CacheError, LeaderError: see `Lead.write`.
        """
        look, self._look = self._look, None  # whatever goes wrong, it is begun again
        try:
            if look is None:
                self._look = look = await self._begin()
            elif look.moved is self._intake.moved and not look.moved.unsure and not await self._compare(look):
                self._look = look
        except Throttled:
            self._rest.failed()
            raise
        except UpstreamError as error:
            self._put_off(str(error))
            return False
        finally:
            if self._look is None:
                self._intake.moved = None
        return look is not None

    def _put_off(self, why: str) -> None:
        self._rest.failed()
        feed = self._intake.moved.feed if self._intake.moved else ""
        if self._failed.get(feed) != why:  # one that fails for a night must not fill a log
            self._say(f"{feed} could not be compared with {self._source}, and will be later: {why}")
        self._failed[feed] = why

    async def _begin(self) -> _Look | None:
        """Pin a cut of the feed that waits longest. The poll after this brings all that was changed before the cut."""
        for state in self._due():
            pages = self._upstream.whole(state.feed, state.epoch or "")
            if pages is not None:
                break
        else:
            return None
        self._intake.moved = Moved(state.feed)
        look = _Look(state.feed, self._lead.clock.now(), self._intake.moved, pages)
        await self._prepare(look)
        async for batch in pages:
            if isinstance(batch, SnapshotPage):
                look.page = batch
                return look
            if isinstance(batch, Changes):
                for part in batch.parts:
                    if part.feed == look.feed:
                        look.moved.note(self._rows(part))
        raise BadData(f"{self._source} sent no page of {look.feed}.")

    def _due(self) -> Sequence[FeedState]:
        """The feeds whose last look is a day ago, the longest first, but those that failed after all others.

        None while the source has something else to do.
        """
        if not self._rest.over:
            return []
        now = self._lead.clock.now()
        with self._lead.cache.read() as session:
            states = session.exec(select(FeedState).where(FeedState.source == self._source)).all()
        if any(not state.loaded or state.loading or state.held or state.error_code for state in states):
            return []
        # Both ways: a clock that was set back must not put it off.
        due = [state for state in states if abs(now - (state.reviewed_at or EPOCH)) >= EVERY]
        return sorted(due, key=lambda state: (state.feed in self._failed, state.reviewed_at or EPOCH))

    async def _prepare(self, look: _Look) -> None:
        """Have every row found by whom it belongs to: indexes that hold, and no source that nobody is."""

        def strays() -> list[str]:
            damage.check_table(self._lead.cache, look.feed)
            with self._lead.cache.read() as session:
                return apply.strays_of(session, look.feed)

        def adopt(session: Session, now: datetime) -> None:
            apply.adopt(session, look.feed, self._source, found)
            state = feed_state(session, self._source, look.feed)
            records.moved(state, now)
            _note(state, look, now)

        if found := await asyncio.to_thread(strays):
            look.altered += len(found)
            await self._lead.write(adopt)

    async def _compare(self, look: _Look) -> bool:
        """Compare pages for a moment; gives whether those were all."""
        until = elapsed() + AT_ONCE_S
        while look.page is not None:
            await self._take(look, look.page)
            batch = await anext(look.pages, None)
            look.page = batch if isinstance(batch, SnapshotPage) else None
            if look.page is not None and elapsed() >= until:
                return False
        await self._finish(look)
        return True

    async def _take(self, look: _Look, page: SnapshotPage) -> None:
        """Compare one page, and put right what differs."""
        load = look.load = look.load or Load(
            look.began, page.pages, page.count, page.digest, page.stamp, any_rev=True, first=False
        )
        whole = self._rows(page.part)
        moved = look.moved.ids
        rows = replace(
            whole,
            rows=[row for row in whole.rows if moved.get(row[0], row[REV]) <= row[REV]],
            bad=[bad for bad in whole.bad if clean(bad.id or "") not in moved],
        )
        wrong = await asyncio.to_thread(self._differing, rows)
        missed = sum(known is None or known[REV] < row[REV] for row, known in wrong)
        look.missed, look.altered = look.missed + missed, look.altered + len(wrong) - missed
        new = replace(rows, rows=[row for row, _ in wrong])

        def put_right(session: Session, now: datetime) -> None:
            state = feed_state(session, self._source, look.feed)
            records.write(session, now, state, rows, new=new, any_rev=True)
            state.rows = apply.count_of(session, look.feed, self._source)
            _note(state, look, now)

        if wrong or rows.bad:
            await self._lead.write(put_right)
        load.count_in(page, whole)

    async def _finish(self, look: _Look) -> None:
        """All pages are compared: delete what the source no longer has, unless the snapshot cannot be believed."""
        load = look.load
        if load is None or load.taken != load.count:
            raise BadData(f"{look.feed} came with fewer or more records than it announced.")
        rows, gone = await asyncio.to_thread(self._left_over, look, load)
        if records.shrinks(len(gone), rows):
            await self._intake.hold(look.feed, load, len(gone))
            return
        look.missed += len(gone)

        def note(session: Session, now: datetime) -> None:
            _note(feed_state(session, self._source, look.feed), look, now)

        def done(session: Session, now: datetime) -> None:
            state = feed_state(session, self._source, look.feed)
            records.settle(session, state, look.began, look.moved.ids)
            state.reviewed_at = now
            if look.feed == COUNTED:
                tally.forget(session)  # what was counted may have been altered too

        if gone:
            await self._lead.write(note)  # before they are deleted: a kill in between must not leave it untold
            await records.delete(self._lead, self._source, look.feed, gone)
        await self._lead.write(done)
        self._rest.worked()
        self._failed.pop(look.feed, None)
        if look.found:
            self._say(f"{look.feed} of {self._source}: {look.found}")

    # ----------------------------------------------------------------------------------- reading, beside the event loop

    def _differing(self, rows: apply.Rows) -> list[tuple[Row, Row | None]]:
        with self._lead.cache.read() as session:
            return list(differing(session, self._source, rows))

    def _left_over(self, look: _Look, load: Load) -> tuple[int, list[str]]:
        """How many rows there are, and those that the source does not have."""
        with self._lead.cache.read() as session:
            rows = apply.count_of(session, look.feed, self._source)
            return rows, records.unseen(session, look.feed, self._source, load, look.moved.ids)

    def _rows(self, part: Part) -> apply.Rows:
        return apply.to_rows(part, self._source, to_ms(self._lead.clock.now()))


def _note(state: FeedState, look: _Look, now: datetime) -> None:
    if look.found:
        state.mended, state.mended_at = look.found, now


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
