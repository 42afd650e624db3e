"""What the syncer does with each batch of a source: rows, cursor and the state of the feed, in one transaction.

A feed is loaded from a snapshot whose pages come in any order. While it loads, its old rows stay; once all pages are in
and their number agrees, the rows that the snapshot did not hold are deleted, and only then. The cursor is that of the
first cut, so that a load that was broken off goes on with the feeds that are missing, and the changes since the cut
bring the others up to date.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.clock import elapsed
from storage.errors import BadData, UpstreamError
from storage.models import FEEDS
from storage.models.base import NAME_LENGTH, REMARK_LENGTH, to_ms
from storage.models.local import FeedState, SourceState
from storage.sync import apply, records, tally
from storage.sync.backoff import Backoff
from storage.sync.leader import Lead
from storage.sync.load import Load
from storage.sync.renewal import only_changed
from storage.sync.states import (
    epoch_of,
    feed_state,
    is_as_it_was,
    news_in,
    note_answer,
    note_place,
    now_whole,
    open_source,
)
from storage.sync.waiting import Waiting
from storage.text import clean
from storage.upstreams.base import (
    Batch,
    Changes,
    Cut,
    FeedFailed,
    Greeting,
    Place,
    SnapshotPage,
    Stamp,
    Unchanged,
    UpstreamSettings,
)

SAME_SIZE = 0.02


@dataclass(slots=True)
class Moved:
    """What the log has named of a feed since some moment, by its newest revision; `unsure` once a record may be any.

    A log that repeats itself names what did not move: by the revision that is told.
    """

    feed: str
    ids: dict[str, float] = field(default_factory=dict)
    unsure: bool = False

    def note(self, rows: apply.Rows) -> None:
        """Take note of what an answer of the log holds."""
        if rows.feed == self.feed:
            named = [(row[0], row[1]) for row in rows.rows] + [(gone.id, gone.rev) for gone in rows.gone]
            for key, rev in named:
                self.ids[key] = max(rev, self.ids.get(key, rev))
            self.ids.update(dict.fromkeys(rows.known_ids.difference(rows.good_ids), inf))
            self.unsure = self.unsure or rows.nameless > 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the load of a feed is."""

    feed: str
    rows: int
    expected: int


Report = Callable[[Progress], None]


class Intake:
    """Takes in what one upstream hands over; made once per source and run."""

    def __init__(self, lead: Lead, settings: UpstreamSettings, interval_s: float, report: Report | None = None) -> None:
        """`interval_s`: seconds between two polls, for whoever judges how fresh it is."""
        self.source = settings.name
        self.lead = lead
        self.moved: Moved | None = None
        """For whoever goes over a feed beside the polling; None ends that."""
        self._report = report
        self._waiting = Waiting()
        self._confirmed: list[Unchanged] = []
        self._loads: dict[str, Load] = {}
        self._rests: dict[str, Backoff] = {}
        self._cut: Cut | None = None
        """A cut of which nothing has been written down yet."""
        self._lost = False
        """The place was lost, and nothing has been written down of it yet."""
        self._well = False
        """It is written down that the source answers."""
        self._cursor, self._epoch = lead.write_now(lambda session, _now: open_source(session, settings, interval_s))

    async def place(self) -> Place:
        """How far the cache has come, with feeds that rest after a failure."""
        with self.lead.cache.read() as session:
            states = session.exec(select(FeedState).where(FeedState.source == self.source)).all()
        whole = frozenset(state.feed for state in states if state.loaded and not state.loading and not state.held)
        return Place(
            epoch=self._epoch,
            cursor=self._cursor,
            whole=frozenset() if self._lost else whole,
            resting=frozenset(feed for feed, rest in self._rests.items() if not rest.over),
            digests={state.feed: state.digest for state in states if state.digest and state.loaded},
        )

    async def take(self, batch: Batch) -> None:
        """Write one batch; returns when it is in the cache, or when it waits with a few others: see `settle`."""
        if isinstance(batch, SnapshotPage):
            await self._take_page(batch)
            return
        if isinstance(batch, Unchanged):
            self._confirmed.append(batch)
            return
        await self._write_waiting()
        match batch:
            case Changes():
                await self._take_changes(batch)
            case Cut():
                self._take_cut(batch)
            case Greeting():
                await self._take_greeting(batch)
            case FeedFailed():
                await self._begin_load()
                await self.lead.write(lambda session, _now: self._feed_failed(session, batch))

    async def settle(self) -> None:
        """Write what still waits: pages for each other, unchanged feeds for all to be confirmed by one transaction."""
        await self._write_waiting()

    async def lost(self) -> None:
        """The place in the change log is gone: every feed needs a snapshot; until it has one, its rows stay.

        Nothing is written down of it before the snapshot has news: asked from the old place, the source says the same.
        """
        await self._write_waiting()  # what came before the place was lost must not count as come after it
        self._cursor = self._epoch = self._cut = None
        self._lost = True
        self.moved = None
        self._loads.clear()

    async def failed(self, error: UpstreamError, retry_in_s: float) -> None:
        """Write down why the source could not be read, and when it is tried again; what came before it stays."""
        await self._write_waiting()
        await self._begin_load()
        self._loads.clear()
        self._well = False

        def note(session: Session, now: datetime) -> None:
            state = session.get_one(SourceState, self.source)
            state.tried_at = now
            state.failures += 1
            state.retry_at = now + timedelta(seconds=retry_in_s)
            state.error_code, state.error = error.code, clean(str(error), limit=REMARK_LENGTH)

        await self.lead.write(note)

    def wanted(self) -> bool:
        """Whether a person asked for an attempt since the last one."""
        with self.lead.cache.read() as session:
            state = session.get_one(SourceState, self.source)
            return state.wanted_at is not None and (state.tried_at is None or state.wanted_at > state.tried_at)

    # ------------------------------------------------------------------------------------------------- snapshots

    def _take_cut(self, cut: Cut) -> None:
        if self._cursor is None:
            self._cursor, self._epoch = cut.cursor, epoch_of(cut.stamp)
        self._cut = cut
        self.moved = None
        self._loads.clear()

    async def _begin_load(self) -> None:
        """Write down that the feeds of the last cut are loaded now, unless that was done or there is none."""
        cut = self._cut
        if cut is None:
            return

        def write(session: Session, now: datetime) -> None:
            note_answer(session, self.source, now, cut.stamp)
            source = session.get_one(SourceState, self.source)
            source.cursor, source.epoch = self._cursor, self._epoch
            if self._lost:
                session.execute(update(FeedState).where(col(FeedState.source) == self.source).values(loading=True))
            for feed in cut.feeds:
                state = feed_state(session, self.source, feed)
                state.loading, state.loaded_rows, state.expected_rows = True, 0, None

        await self.lead.write(write)
        self._cut, self._lost, self._well = None, False, True

    async def _take_page(self, page: SnapshotPage) -> None:
        try:
            rows = apply.to_rows(page.part, self.source, to_ms(self.lead.clock.now()))
        except BadData as error:
            await self.take(FeedFailed(feed=page.part.feed, code=error.code, reason=str(error)))
            return
        if self._waiting.add(page, rows):
            await self._write_waiting()

    async def _write_waiting(self) -> None:
        pages = self._waiting.taken()
        confirmed, self._confirmed = self._confirmed, []
        if not pages and not confirmed:
            return
        if not pages and self._cut is not None and self._well:
            with self.lead.cache.read() as session:
                nothing_new = is_as_it_was(session, self.source, self._cut, confirmed)
            if nothing_new:
                self._note_place(self._cut.stamp)
                self._cut, self._lost = None, False
                return
        await self._begin_load()

        def write(session: Session, now: datetime) -> float:
            began = elapsed()
            for unchanged in confirmed:
                self._confirm(session, now, unchanged)
            taken: Counter[str] = Counter()
            for page, rows in pages:
                taken[rows.feed] += len(rows.rows) + len(rows.bad)
                self._write_page(session, now, page, rows, taken[rows.feed])
            return began

        began = await self.lead.write(write)
        self._waiting.took(sum(len(rows.rows) for _, rows in pages), elapsed() - began)
        for page, rows in pages:  # counted once, however often the transaction had to be tried
            if load := self._loads.get(rows.feed):
                load.count_in(page, rows)
        for feed in {page.part.feed: None for page, _ in pages}:
            load = self._loads.get(feed)
            if load and self._report:
                self._report(Progress(feed, load.taken, load.count))
            if load and load.complete:
                await self._finish(feed, self._loads.pop(feed))

    def _write_page(self, session: Session, now: datetime, page: SnapshotPage, rows: apply.Rows, taken: int) -> None:
        """`taken`: records of the feed in this transaction, up to and with this page."""
        feed = page.part.feed
        state = feed_state(session, self.source, feed)
        if state.error_code and self._resting(feed):
            return  # an earlier page of this snapshot could not be trusted
        load = self._loads.get(feed)
        if load is None:
            load = self._loads[feed] = Load(
                now,
                page.pages,
                page.count,
                page.digest,
                page.stamp,
                any_rev=state.epoch != epoch_of(page.stamp),
                first=not apply.has_rows(session, feed, self.source),
            )
        new = only_changed(session, self.source, rows) if load.any_rev and not load.first else rows
        records.write(session, now, state, rows, new=new, any_rev=load.any_rev, first=load.first)
        state.loaded_rows, state.expected_rows = load.taken + taken, load.count
        note_answer(session, self.source, now, page.stamp)

    async def _finish(self, feed: str, load: Load) -> None:
        """All pages are in: delete what the source no longer has, unless the snapshot cannot be believed."""
        if load.taken != load.count:
            reason = f"{feed} announced {load.count} records and sent {load.taken}; nothing was deleted."
            await self.take(FeedFailed(feed=feed, code=BadData.code, reason=reason))
            return
        with self.lead.cache.read() as session:
            rows = apply.count_of(session, feed, self.source)
            same = rows == len(load.seen) and not load.bad
            unseen = [] if same else records.unseen(session, feed, self.source, load)
        if records.shrinks(len(unseen), rows) and not self._said_before(feed, load.count):
            await self.hold(feed, load, len(unseen))
            return
        await records.delete(self.lead, self.source, feed, unseen)
        await self.lead.write(lambda session, now: self._loaded(session, now, feed, load))

    def _said_before(self, feed: str, count: int) -> bool:
        with self.lead.cache.read() as session:
            before = session.get_one(FeedState, (self.source, feed)).held_rows
        return before is not None and abs(before - count) <= max(1.0, SAME_SIZE * before)

    async def hold(self, feed: str, load: Load, lost: int) -> None:
        """Keep the rows that a snapshot lacks, until the source says the same again."""

        def write(session: Session, now: datetime) -> None:
            note_answer(session, self.source, now, load.stamp)
            state = feed_state(session, self.source, feed)
            state.loading, state.held_rows, state.digest = False, load.count, None
            state.held = f"The snapshot has {load.count} rows and lacks {lost} that are here; asking once more."
            state.rows = apply.count_of(session, feed, self.source)

        await self.lead.write(write)
        self._rests.setdefault(feed, Backoff()).failed()

    def _loaded(self, session: Session, now: datetime, feed: str, load: Load) -> None:
        note_answer(session, self.source, now, load.stamp)
        state = feed_state(session, self.source, feed)
        records.settle(session, state, load.began)
        if load.first or load.any_rev or state.reviewed_at is None:  # else what was here was not looked at
            state.reviewed_at = now
        state.digest = clean(load.digest, limit=NAME_LENGTH) if load.digest and not load.nameless else None
        now_whole(state, load.stamp)
        self._rests.pop(feed, None)

    def _confirm(self, session: Session, now: datetime, batch: Unchanged) -> None:
        note_answer(session, self.source, now, batch.stamp)
        now_whole(feed_state(session, self.source, batch.feed), batch.stamp)
        self._rests.pop(batch.feed, None)

    # --------------------------------------------------------------------------------------------------- changes

    async def _take_changes(self, changes: Changes) -> None:
        observed = to_ms(self.lead.clock.now())
        ready: list[apply.Rows] = []
        for part in changes.parts:
            if part.feed not in FEEDS:
                continue
            try:
                rows = apply.to_rows(part, self.source, observed)
            except BadData as error:  # that feed needs a snapshot; the others go on
                await self.take(FeedFailed(feed=part.feed, code=error.code, reason=str(error)))
            else:
                ready.append(rows)
                if self.moved:
                    self.moved.note(rows)
        await self._begin_load()
        if ready or not self._well or self._epoch != epoch_of(changes.stamp):
            await self.lead.write(lambda session, now: self._write_changes(session, now, changes, ready))
            self._cursor, self._epoch, self._well = changes.cursor, epoch_of(changes.stamp), True
        else:
            self._cursor = changes.cursor
            self._note_place(changes.stamp)

    def _note_place(self, stamp: Stamp) -> None:
        """No news: that it was heard is written with whatever comes next; after a crash the same is asked again."""
        now, cursor = self.lead.clock.now(), self._cursor
        self.lead.note(self.source, lambda session: note_place(session, self.source, now, cursor, stamp))

    def _write_changes(self, session: Session, now: datetime, changes: Changes, ready: Sequence[apply.Rows]) -> None:
        for rows in ready:
            state = feed_state(session, self.source, rows.feed)
            touched = list({*rows.good_ids})
            before = apply.count_of(session, rows.feed, self.source, touched)
            with tally.kept(session, rows.feed, touched):
                changed = records.write(session, now, state, rows)
            if changed:
                state.rows += apply.count_of(session, rows.feed, self.source, touched) - before
        note_place(session, self.source, now, changes.cursor, changes.stamp)

    # ----------------------------------------------------------------------------------------------------- state

    async def _take_greeting(self, greeting: Greeting) -> None:
        with self.lead.cache.read() as session:
            news = news_in(session, self.source, greeting)

        def write(session: Session, _now: datetime) -> None:
            session.get_one(SourceState, self.source).sqlmodel_update(news)

        if news:
            await self.lead.write(write)

    def _feed_failed(self, session: Session, batch: FeedFailed) -> None:
        state = feed_state(session, self.source, batch.feed)
        state.loading = True  # it needs a snapshot, after a rest
        state.error_code, state.error = batch.code, clean(batch.reason, limit=REMARK_LENGTH)
        self._loads.pop(batch.feed, None)
        self.moved = None
        self._rests.setdefault(batch.feed, Backoff()).failed()

    def _resting(self, feed: str) -> bool:
        rest = self._rests.get(feed)
        return rest is not None and not rest.over
