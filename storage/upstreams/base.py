"""What an upstream is to the syncer: one `pull` that brings the cache nearer to the source, batch by batch.

An adapter asks its source by the guarded client, decodes, and hands each batch to `take`, which returns when the batch
is in the cache; so an adapter never runs far ahead of the disk. It raises the errors of `storage.errors.UpstreamError`
and nothing else on purpose; what it handed over before stays.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from storage.models.wire import Record


def no_token() -> str | None:
    """The token of a source that wants none."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSettings:
    """One source of data, as configured."""

    name: str
    url: str
    kind: str = "native"
    token: Callable[[], str | None] = field(default=no_token, repr=False)
    """Reads the bearer token anew, so that a rotated one is found; the token itself is nowhere in these settings."""
    interval_s: float | None = None
    """Seconds between two polls; None leaves it to the adapter."""
    insecure_http: bool = False
    ca_file: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """What only one kind of adapter knows, such as stations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What an answer says of its time; both times by the source's clock."""

    epoch: str
    as_of: datetime
    server_time: datetime
    skew_ms: int | None = None
    """The source's clock minus ours; None when the answer took too long to tell."""

    @property
    def lag_ms(self) -> int:
        """How far the source's data is behind its own clock."""
        return max(0, round((self.server_time - self.as_of).total_seconds() * 1000))


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that failed validation."""

    id: str | None
    """Its id when it could be told."""
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Gone:
    """A tombstone: the source deleted this record."""

    id: str
    rev: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one answer holds of one feed."""

    feed: str
    records: Sequence[Record] = ()
    gone: Sequence[Gone] = ()
    bad: Sequence[BadRecord] = ()
    plain: bool = False
    """The whole body is known to hold no character that must be cleaned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What a source says of itself, when asked anew."""

    site: str | None = None
    timezone: str | None = None
    attribution: str | None = None
    interval_s: float | None = None
    """Seconds between two polls, when the source has a wish of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A snapshot begins: the state of these feeds at one place in the change log."""

    stamp: Stamp
    cursor: str
    feeds: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotPage:
    """One page of one feed at a cut; the pages of a feed may come in any order."""

    stamp: Stamp
    part: Part
    pages: int
    count: int
    """Records of the whole snapshot of this feed, over all pages."""
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The feed at the cut is what the cache had loaded (304)."""

    stamp: Stamp
    feed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Changes up to a place where all feeds agree; without parts it says that nothing changed."""

    stamp: Stamp
    cursor: str
    parts: Sequence[Part] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFailed:
    """One feed could not be fetched; the others go on."""

    feed: str
    code: str
    reason: str


Batch = Greeting | Cut | SnapshotPage | Unchanged | Changes | FeedFailed
Take = Callable[[Batch], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far the cache has come with a source."""

    epoch: str | None = None
    cursor: str | None = None
    whole: frozenset[str] = frozenset()
    """Feeds that need no snapshot."""
    resting: frozenset[str] = frozenset()
    """Feeds that failed a moment ago: not to be asked for a snapshot now."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Digest of the last snapshot of each feed that has not changed since."""


class Upstream(Protocol):
    """A source of data."""

    settings: UpstreamSettings
    interval_s: float
    """Seconds between two polls that this source wants at least."""

    async def pull(self, place: Place, take: Take) -> None:
        """Fetch what is new since `place`: snapshots of the feeds that need one, then changes until there are no more.

        Raises:
            Resync: the cursor is lost; a pull from an empty place has to follow.
            Transient, Throttled, AuthFailed, BadData, Refused: see `storage.errors`.
        """
        ...

    def whole(self, feed: str, epoch: str) -> AsyncIterator[Batch] | None:
        """All of `feed` at one cut of `epoch`, whatever digest we have of it, page by page as it is asked for.

        Before the pages come the changes since the cut, and nothing else; so who reads may leave what moves to the log.
        None from a source that cannot give it so.

        Raises:
            Resync: the cut or the epoch is over. The others as in `pull`, at each step.
        """
        ...

    async def close(self) -> None:
        """Give up its connections."""
        ...
