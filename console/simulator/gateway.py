"""The contract's questions answered from a world's change log: cuts, cursors and pages, and nothing of HTTP servers."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from console.simulator import packing, places, tokens
from console.simulator.log import ChangeLog, Cut, PositionExpired
from console.simulator.shapes import (
    API_VERSION,
    CUT_LIFE_S,
    MAX_PAGE,
    MIN_POLL_S,
    ChangesHead,
    FeedSummary,
    Meta,
    ProblemFound,
    SnapshotHead,
)
from storage.clock import Clock, elapsed

MANY_CUTS = 64
"""While fewer cuts than this are held, everyone who asks gets a new one."""
CUT_SPACING_S = 10.0
"""Seconds between new cuts when many are held; in between the newest serves, which is as good a beginning."""

_EXPIRED: dict[tokens.Kind, str] = {"cursor": "cursor_expired", "cut": "cut_expired"}
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


@dataclass(slots=True)
class _Pin:
    """A cut that clients may be reading."""

    number: int
    cut: Cut
    made: float


@dataclass
class Gateway:
    """Answers from a world's change log; `clock` gives the gateway's own time, `epoch` names this run of the log."""

    log: ChangeLog
    clock: Clock
    epoch: str
    _pins: dict[int, _Pin] = field(default_factory=dict, repr=False)
    _pinned: int = field(default=0, repr=False)
    _shelf: packing.Shelf = field(default_factory=packing.Shelf, repr=False)

    def meta(self) -> Answer:
        """What is served, and where the log ends now."""
        log = self.log
        meta = Meta(
            api_version=API_VERSION,
            epoch=self.epoch,
            site=places.SITE.name,
            timezone=places.TIMEZONE,
            server_time=self.clock.now(),
            as_of=log.as_of,
            cursor=tokens.write("cursor", self.epoch, log.position),
            min_poll_s=MIN_POLL_S,
            retention_s=log.retention.total_seconds(),
            max_page=MAX_PAGE,
            feeds=[FeedSummary(feed, 1, log.count(feed), log.digest(feed)) for feed in log.records],
        )
        return Answer(200, {}, _encode(meta))

    def changes(self, since: str, limit: int, feeds: Collection[str], *, gzip: bool) -> Answer:
        """The page of the log after the cursor `since`, of the named `feeds` or, with none named, of all.

        Raises:
            ProblemFound: `unknown_feed`, `cursor_expired` or `epoch_changed`.
        """
        for feed in feeds:
            self._check_feed(feed)
        try:
            page = self.log.since(self._number("cursor", since), limit, feeds or None)
        except PositionExpired as error:
            raise ProblemFound("cursor_expired", "The change log does not reach back to this cursor.") from error
        head = ChangesHead(
            epoch=self.epoch,
            as_of=page.changes[-1].changed_at if page.more else self.log.as_of,
            server_time=self.clock.now(),
            next=tokens.write("cursor", self.epoch, page.next),
            more=page.more,
            checkpoint=page.checkpoint,
        )
        opening = b'{"items":' + _encode(page.changes) + b","
        if gzip:
            return Answer(200, {"Content-Encoding": "gzip"}, packing.gzipped(packing.pack(opening), _encode(head)))
        return Answer(200, {}, packing.plain(opening, _encode(head)))

    def snapshot(self, feed: str, cut: str | None, page: int, known_digests: Collection[str], *, gzip: bool) -> Answer:
        """A page of `feed` at `cut`, or at a new cut; 304 when the client already has one of the `known_digests`.

        Raises:
            ProblemFound: `unknown_feed`, `cut_expired`, `epoch_changed`, `unknown_page` or `bad_request`.
        """
        self._check_feed(feed)
        if cut is None and page > 1:
            raise ProblemFound("bad_request", f"Page {page} of which cut? Begin with page 1, and name its cut then.")
        pin = self._pin() if cut is None else self._pinned_as(cut)
        digest, records = pin.cut.feeds[feed].digest, pin.cut.feeds[feed].records
        pages = max(1, -(-len(records) // MAX_PAGE))
        if page > pages:
            raise ProblemFound("unknown_page", f"Feed {feed} has {pages} page{'s'[: pages > 1]} at this cut.")
        head = SnapshotHead(
            epoch=self.epoch,
            feed=feed,
            cut=tokens.write("cut", self.epoch, pin.number),
            cursor=tokens.write("cursor", self.epoch, pin.cut.position),
            page=page,
            pages=pages,
            count=len(records),
            complete=page == pages,
            as_of=pin.cut.as_of,
            server_time=self.clock.now(),
        )
        headers = {
            "ETag": f'"{digest}"',
            "Dryport-Cut": head.cut,
            "Dryport-Cursor": head.cursor,
            "Dryport-As-Of": _text(head.as_of),
            "Dryport-Server-Time": _text(head.server_time),
        }
        if digest in known_digests:
            return Answer(304, headers)
        items = records[(page - 1) * MAX_PAGE : page * MAX_PAGE]
        if gzip:
            body = packing.gzipped(self._shelf.page(feed, page, items), _encode(head))
            return Answer(200, headers | {"Content-Encoding": "gzip"}, body)
        return Answer(200, headers, packing.plain(packing.opening(items), _encode(head)))

    def _pin(self) -> _Pin:
        """A new cut, or the newest while nothing has happened since, or while many are held."""
        now = elapsed()
        held = CUT_LIFE_S + CUT_SPACING_S
        self._pins = {number: pin for number, pin in self._pins.items() if now - pin.made < held}
        newest = self._pins.get(self._pinned)
        recent = newest is not None and now - newest.made < CUT_SPACING_S
        if newest and recent and (len(self._pins) >= MANY_CUTS or newest.cut is self.log.cut()):
            return newest
        self._pinned += 1
        pin = self._pins[self._pinned] = _Pin(self._pinned, self.log.cut(), now)
        return pin

    def _pinned_as(self, cut: str) -> _Pin:
        pin = self._pins.get(self._number("cut", cut))
        if pin is None:
            raise ProblemFound("cut_expired", "This cut is no longer held: take page 1 again without a cut.")
        return pin

    def _number(self, kind: tokens.Kind, token: str) -> int:
        """The number in a token of this run of the log."""
        try:
            epoch, number = tokens.read(kind, token)
        except ValueError as error:
            raise ProblemFound(_EXPIRED[kind], f"This is no {kind} of this gateway: take a snapshot.") from error
        if epoch != self.epoch:
            raise ProblemFound("epoch_changed", f"This {kind} is of an earlier run of the change log.")
        return number

    def _check_feed(self, feed: str) -> None:
        if feed not in self.log.records:
            raise ProblemFound("unknown_feed", f"There is no feed {feed[:40]!a}; /v1/meta lists them.")


def _text(moment: datetime) -> str:
    return str(msgspec.to_builtins(moment))
