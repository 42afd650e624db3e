"""A site gateway that speaks the native contract: pinned snapshots by numbered pages, then one change log.

The first page asked for pins a cut over all feeds; the other pages and feeds of that cut are fetched several at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from storage.errors import BadData, Refused, Resync, Transient, UpstreamError
from storage.models import FEEDS
from storage.models.wire import Record
from storage.sync.client import Client
from storage.text import is_plain
from storage.upstreams.base import (
    BadRecord,
    Batch,
    Changes,
    Cut,
    FeedFailed,
    Gone,
    Greeting,
    Part,
    Place,
    SnapshotPage,
    Stamp,
    Take,
    Unchanged,
    UpstreamSettings,
)
from storage.upstreams.contract import (
    API_VERSION,
    POLL_S,
    UNREADABLE,
    Change,
    Meta,
    Snapshot,
    decode_log,
    decode_meta,
    decode_snapshot,
    decode_unchanged,
    stamp_of,
)

PAGES_IN_FLIGHT = 6
CHANGES_AT_ONCE = 1000
MOST_CHANGE_PAGES = 1000
"""A change log that has more than this many pages for us at once does not end."""
PAGES_WITHOUT_CHECKPOINT = 20


class NativeUpstream:
    """Reads one site gateway."""

    def __init__(self, settings: UpstreamSettings, client: Client | None = None) -> None:
        """`client`: one with other limits, for tests."""
        self.settings = settings
        self.interval_s = settings.interval_s or POLL_S
        self._client = client or Client(settings)
        self._name = settings.name
        self._served: list[str] = []

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def pull(self, place: Place, take: Take) -> None:
        """The changes since the cursor; where feeds need a snapshot, those after it, and then the changes since.

        The changes come first, so that what they say is never older than a snapshot they follow.
        """
        epoch, cursor = place.epoch, place.cursor
        if cursor is not None:
            cursor = await self._changes(epoch, cursor, take)
        if cursor is None or not self._served or self._wanted(place):
            meta = await self._meta(take)
            if wanted := self._wanted(place):
                pinned = await self._snapshots(wanted, meta.epoch, place, take)
                if cursor is None:
                    epoch, cursor = meta.epoch, pinned
                await self._changes(epoch, cursor, take)

    def whole(self, feed: str, epoch: str) -> AsyncIterator[Batch] | None:
        """As of `Upstream`; one page after the other, for nobody waits for it."""
        return self._whole(feed, epoch) if feed in self._served else None

    async def _whole(self, feed: str, epoch: str) -> AsyncIterator[Batch]:
        pages: list[Batch] = []
        since: list[Batch] = []

        async def take(batch: Batch) -> None:
            (since if isinstance(batch, Changes) else pages).append(batch)

        run = _Run(self._client, self._name, epoch, {}, take)
        await run.pin([feed])
        await self._changes(epoch, run.cursor, take)
        for batch in since:
            yield batch
        while True:
            for batch in pages:
                if isinstance(batch, SnapshotPage):
                    yield batch
            pages.clear()
            if run.jobs.empty():
                return
            await run.fetch(*run.jobs.get_nowait())

    def _wanted(self, place: Place) -> list[str]:
        """The feeds to fetch whole; without a cursor a feed that failed cannot rest, for all start at one cut."""
        if place.cursor is None:
            return [feed for feed in self._served if feed not in place.whole] or self._served
        return [feed for feed in self._served if feed not in place.whole | place.resting]

    async def _meta(self, take: Take) -> Meta:
        meta = decode_meta(await self._client.get("/v1/meta"), self._name)
        if meta.api_version != API_VERSION:
            raise Refused(
                f"{self._name} speaks version {meta.api_version[:20]!a} of the contract, this Dryport version "
                f"{API_VERSION}: upgrade the older one."
            )
        served = {each.feed for each in meta.feeds}
        self._served = [feed for feed in FEEDS if feed in served]
        self.interval_s = max(self.settings.interval_s or POLL_S, meta.min_poll_s)
        await take(
            Greeting(site=meta.site, timezone=meta.timezone, attribution=meta.attribution, interval_s=self.interval_s)
        )
        return meta

    async def _snapshots(self, feeds: Sequence[str], epoch: str, place: Place, take: Take) -> str:
        """Fetch whole feeds at one cut, several pages at a time; gives the cursor of the cut."""
        run = _Run(self._client, self._name, epoch, place.digests, take)
        await run.pin(feeds)
        try:
            async with asyncio.TaskGroup() as group:
                workers = [group.create_task(run.work()) for _ in range(PAGES_IN_FLIGHT)]
                await run.jobs.join()
                for worker in workers:
                    worker.cancel()
        except BaseExceptionGroup as several:
            raise _cause(several) from None
        return run.cursor

    async def _changes(self, epoch: str | None, cursor: str, take: Take) -> str:
        """Follow the log to its end, which it gives; hands over at checkpoints, where all feeds agree."""
        seen = {cursor}
        gathered = _Gathered()
        while True:
            answer = await self._client.get("/v1/changes", {"since": cursor, "limit": CHANGES_AT_ONCE})
            log, bad = decode_log(answer, self._name)
            if log.epoch != epoch:
                raise Resync(f"{self._name} began anew (another epoch).", "epoch_changed")
            if any(feed not in FEEDS for feed, _ in bad):
                raise Resync(f"{self._name} sent a change that does not even name its feed.", "unreadable_change")
            gathered.add(log.items, bad, plain=is_plain(answer.body))
            cursor = log.next
            if log.checkpoint or not log.more or gathered.pages >= PAGES_WITHOUT_CHECKPOINT:
                await take(Changes(stamp=stamp_of(answer, log), cursor=cursor, parts=gathered.parts()))
                gathered = _Gathered()
            if not log.more:
                return cursor
            if cursor in seen or len(seen) > MOST_CHANGE_PAGES:
                raise BadData(f"{self._name} has a change log without an end; its operator has to look at it.")
            seen.add(cursor)


class _Run:
    """One fetch of whole feeds at one cut."""

    def __init__(self, client: Client, name: str, epoch: str, digests: Mapping[str, str], take: Take) -> None:
        self.jobs: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        self.cut = self.cursor = ""
        self._client, self._name, self._epoch = client, name, epoch
        self._digests, self._take = digests, take
        self._pages: dict[str, int] = {}
        """How many pages each feed has, as its first said; a feed that failed has none."""

    async def pin(self, feeds: Sequence[str]) -> None:
        """Pin the cut by the first page of the first feed, and line up the rest."""
        await self.fetch(feeds[0], 1, pins=feeds)
        for feed in feeds[1:]:
            self.jobs.put_nowait((feed, 1))

    async def work(self) -> None:
        """Fetch pages until cancelled."""
        while True:
            feed, page = await self.jobs.get()
            try:
                if page == 1 or feed in self._pages:
                    await self.fetch(feed, page)
            except (BadData, Refused) as error:  # this feed fails; the others go on
                self._pages.pop(feed, None)
                await self._take(FeedFailed(feed=feed, code=error.code, reason=str(error)))
            except Resync as error:
                if error.reason == "cut_expired":
                    raise Transient(f"{self._name} gave up its snapshot before all of it was fetched.") from error
                raise
            finally:
                self.jobs.task_done()

    async def fetch(self, feed: str, page: int, *, pins: Sequence[str] = ()) -> None:
        """Fetch a page; the first of a feed lines up the others."""
        digest = self._digests.get(feed) if page == 1 else None
        answer = await self._client.get(
            f"/v1/feeds/{feed}/snapshot",
            {"page": page, **({"cut": self.cut} if self.cut else {})},
            headers={"If-None-Match": digest} if digest else None,
        )
        if answer.not_modified:
            head = decode_unchanged(answer, self._epoch, self._name)
            await self._pinned(head, pins)
            await self._take(Unchanged(stamp=stamp_of(answer, head), feed=feed))
            return
        body, bad = decode_snapshot(answer, feed, self._name)
        if body.epoch != self._epoch:
            raise Resync(f"{self._name} began anew (another epoch).", "epoch_changed")
        await self._pinned(body, pins)
        self._check(body, feed, page)
        if page == 1:
            self._pages[feed] = body.pages
            for further in range(2, body.pages + 1):
                self.jobs.put_nowait((feed, further))
        await self._take(
            SnapshotPage(
                stamp=stamp_of(answer, body),
                part=Part(feed=feed, records=body.items, bad=bad, plain=is_plain(answer.body)),
                pages=body.pages,
                count=body.count,
                digest=answer.headers.get("etag") if page == 1 else None,
            )
        )

    async def _pinned(self, head: Snapshot[Any], feeds: Sequence[str]) -> None:
        if feeds:
            self.cut, self.cursor = head.cut, head.cursor
            stamp = Stamp(epoch=head.epoch, as_of=head.as_of, server_time=head.server_time)
            await self._take(Cut(stamp=stamp, cursor=head.cursor, feeds=feeds))

    def _check(self, body: Snapshot[Any], feed: str, page: int) -> None:
        """A page must be the one asked for, of the same snapshot as the others."""
        said = (body.feed, body.cut, body.page, body.complete)
        pages = self._pages.get(feed, body.pages)
        if said != (feed, self.cut, page, page == pages) or body.pages != pages or pages > max(1, body.count):
            raise BadData(f"{self._name} sent a page of {feed} that does not belong to the snapshot asked for.")


class _Gathered:
    """Changes up to a checkpoint, the newest of each record only."""

    def __init__(self) -> None:
        self.pages = 0
        self._changes: dict[str, dict[str, Record | Gone]] = {}
        self._bad: dict[str, list[BadRecord]] = {}
        self._plain = True

    def add(self, items: Sequence[Change], bad: Sequence[tuple[str, BadRecord]], *, plain: bool) -> None:
        """Take in one page."""
        self.pages += 1
        self._plain = self._plain and plain
        for feed, record in bad:
            self._bad.setdefault(feed, []).append(record)
        for change in items:
            if change.feed not in FEEDS:
                continue  # a feed of a newer contract
            try:
                read = change.read()
            except UNREADABLE as error:
                bad_record = BadRecord(change.id, str(error), bytes(change.data))
                self._bad.setdefault(change.feed, []).append(bad_record)
                continue
            of_feed = self._changes.setdefault(change.feed, {})
            if (known := of_feed.get(read.id)) is None or read.rev >= known.rev:
                of_feed[read.id] = read

    def parts(self) -> list[Part]:
        """One part for each feed that has news."""
        parts = []
        for feed in {**self._changes, **self._bad}:
            newest = self._changes.get(feed, {}).values()
            records = [each for each in newest if not isinstance(each, Gone)]
            gone = [each for each in newest if isinstance(each, Gone)]
            parts.append(Part(feed=feed, records=records, gone=gone, bad=self._bad.get(feed, ()), plain=self._plain))
        return parts


def _cause(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """One error out of a group: that of the source, when there is one."""
    leaves = list(_leaves(several))
    return next((leaf for leaf in leaves if isinstance(leaf, UpstreamError)), leaves[0])


def _leaves(several: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in several.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
