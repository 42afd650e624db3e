"""The change log: every change of the world, in commit order, encoded once.

What a server needs is here: the current records as JSON bytes, the log of changes since a position, one digest a
feed, and cuts (a state pinned for as long as somebody holds it). Positions count changes from 0 and never fall; the
changes of one simulated instant are one commit, and only the end of a commit is a checkpoint: a state in which all
feeds agree. Nothing here knows about HTTP, and nothing is locked: write and read from one thread.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec

from console.simulator.records import FEED_OF
from storage.models import FEEDS, Feed

_encode = msgspec.json.Encoder().encode
_DIGEST_BYTES = 16
_DIGEST_MASK = 2 ** (8 * _DIGEST_BYTES) - 1


class Change(msgspec.Struct, gc=False):
    """One entry of the log, as the contract's `items` have it; `data` is the encoded record, None for a delete."""

    feed: str
    op: str
    id: str
    rev: int
    changed_at: datetime
    data: msgspec.Raw | None


@dataclass(frozen=True)
class ChangePage:
    """Changes after a position: `next` is where to go on, `checkpoint` tells that all feeds agree at `next`."""

    changes: list[Change]
    next: int
    more: bool
    checkpoint: bool


@dataclass(frozen=True)
class FeedCut:
    """One feed of a cut: its encoded records and the digest over them."""

    records: list[bytes]
    digest: str


@dataclass(frozen=True)
class Cut:
    """The state of all feeds at one position; it stays what it is while the world goes on."""

    position: int
    as_of: datetime
    feeds: dict[str, FeedCut]


class PositionExpired(Exception):
    """The position is older than the log reaches, or was never given out: read a new cut."""


@dataclass
class ChangeLog:
    """Records, log and digests of all feeds.

    Until `open()` the world is being made: records are kept and revised, and nothing is logged or encoded.
    `retention` (simulated time) and `most_changes` bound the log; the older half gives way when either is passed.
    """

    retention: timedelta = timedelta(days=7)
    most_changes: int = 200_000
    as_of: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    records: dict[str, dict[str, Feed]] = field(default_factory=lambda: {feed: {} for feed in FEEDS})
    _encoded: dict[str, dict[str, bytes]] = field(default_factory=lambda: {feed: {} for feed in FEEDS})
    _digests: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FEEDS, 0))
    _pending: dict[tuple[str, str], Feed] = field(default_factory=dict)
    _changes: list[Change] = field(default_factory=list)
    _ends: bytearray = field(default_factory=bytearray)
    _first: int = 0
    _open: bool = False
    _last_cut: Cut | None = None

    @property
    def position(self) -> int:
        """The position after the last commit."""
        return self._first + len(self._changes)

    @property
    def first_position(self) -> int:
        """The oldest position that `since` still answers."""
        return self._first

    def upsert(self, record: Feed) -> None:
        """Add a record, or note that its fields have changed; it is encoded once, at the commit."""
        feed = FEED_OF[type(record)]
        self.records[feed][record.id] = record
        self._pending[feed, record.id] = record

    def delete(self, record: Feed) -> None:
        """Take a record away."""
        feed = FEED_OF[type(record)]
        del self.records[feed][record.id]
        self._pending[feed, record.id] = record

    def commit(self, moment: datetime) -> None:
        """Everything noted since the last commit becomes one commit, changed at `moment`."""
        self.as_of = moment
        if not self._pending:
            return
        for (feed, record_id), record in self._pending.items():
            record.rev += 1
            record.changed_at = moment
            if self._open:
                self._write(feed, record_id, record)
        if self._open:
            self._end_commit()
        self._pending.clear()

    def advance(self, moment: datetime) -> None:
        """Nothing happened until `moment`: the state is that of `moment` all the same."""
        self.as_of = max(self.as_of, moment)

    def open(self) -> None:
        """The world is made: encode all records; from here on every commit is logged."""
        self._open = True
        for feed, records in self.records.items():
            self._encoded[feed] = {record_id: _encode(record) for record_id, record in records.items()}
            self._digests[feed] = sum(map(_digest, self._encoded[feed].values())) & _DIGEST_MASK

    def digest(self, feed: str) -> str:
        """Digest of a feed's current records, whatever their order: equal states have equal digests."""
        return f"{self._digests[feed]:0{2 * _DIGEST_BYTES}x}"

    def count(self, feed: str) -> int:
        """Number of current records of a feed."""
        return len(self._encoded[feed])

    def cut(self) -> Cut:
        """The current state, pinned: lists of references, so a cut costs a millisecond even for a large world."""
        if self._last_cut is None or self._last_cut.position != self.position:
            feeds = {
                feed: FeedCut(list(encoded.values()), self.digest(feed)) for feed, encoded in self._encoded.items()
            }
            self._last_cut = Cut(self.position, self.as_of, feeds)
        elif self._last_cut.as_of != self.as_of:
            self._last_cut = Cut(self.position, self.as_of, self._last_cut.feeds)
        return self._last_cut

    def since(self, position: int, limit: int, feeds: Collection[str] | None = None) -> ChangePage:
        """At most `limit` changes after `position`, of `feeds` or of all; `PositionExpired` outside the log."""
        if not self._first <= position <= self.position:
            raise PositionExpired
        start = position - self._first
        if feeds is None:
            changes = self._changes[start : start + limit]
            end = start + len(changes)
        else:
            changes, end = [], start
            while end < len(self._changes) and len(changes) < limit:
                if self._changes[end].feed in feeds:
                    changes.append(self._changes[end])
                end += 1
        # Where the log was cut off there is a checkpoint: only whole commits are dropped.
        checkpoint = end == 0 or bool(self._ends[end - 1])
        return ChangePage(changes, self._first + end, end < len(self._changes), checkpoint)

    def _write(self, feed: str, record_id: str, record: Feed) -> None:
        encoded = self._encoded[feed]
        old = encoded.get(record_id)
        if self.records[feed].get(record_id) is record:
            data = _encode(record)
            encoded[record_id] = data
            self._digests[feed] = self._digests[feed] + _digest(data) - (_digest(old) if old else 0) & _DIGEST_MASK
            change = Change(feed, "upsert", record_id, record.rev, record.changed_at, msgspec.Raw(data))
        elif old is not None:
            del encoded[record_id]
            self._digests[feed] = self._digests[feed] - _digest(old) & _DIGEST_MASK
            change = Change(feed, "delete", record_id, record.rev, record.changed_at, None)
        else:
            return  # came and went within one commit: nobody saw it
        self._changes.append(change)
        self._ends.append(0)

    def _end_commit(self) -> None:
        if self._ends:
            self._ends[-1] = 1
        too_many = len(self._changes) > self.most_changes
        too_old = bool(self._changes) and self.as_of - self._changes[0].changed_at > 2 * self.retention
        if too_many or too_old:
            self._drop_older_half()

    def _drop_older_half(self) -> None:
        """Half at once, so that dropping costs nothing a change; the cut falls between two commits."""
        dropped = self._ends.index(1, len(self._ends) // 2) + 1
        del self._changes[:dropped], self._ends[:dropped]
        self._first += dropped


def _digest(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=_DIGEST_BYTES).digest())
