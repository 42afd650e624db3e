"""What the cache knows of itself: who leads, how each source and feed stands, what was set aside. Never on the wire.

Freshness is judged from these rows by `storage.sync.freshness`; the screens and the headless commands read them through
`storage.queries.feeds`.
"""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field

from storage.models.base import CODE_LENGTH, EPOCH, ID_LENGTH, NAME_LENGTH, REMARK_LENGTH, EpochMs, Kept

RAW_LENGTH = 16_384
"""A record set aside keeps at most this many characters of what came."""


class SourceState(Kept, table=True):
    """One upstream as the syncer last met it; times by this machine's clock."""

    __tablename__ = "source_states"

    source: str = Field(primary_key=True, max_length=CODE_LENGTH, description="Name of the upstream.")
    kind: str = Field(default="native", max_length=CODE_LENGTH, description="Adapter: native, digitraffic, ...")
    address: str = Field(default="", max_length=REMARK_LENGTH, description="Address without user-info or query.")
    site: str | None = Field(default=None, max_length=NAME_LENGTH, description="Name of the terminal, as it says.")
    timezone: str | None = Field(default=None, max_length=CODE_LENGTH, description="IANA zone of the terminal.")
    attribution: str | None = Field(default=None, max_length=REMARK_LENGTH, description="To be shown with its data.")
    interval_s: float = Field(default=5.0, description="Seconds between two polls.")
    epoch: str | None = Field(default=None, max_length=NAME_LENGTH, description="Epoch its cursor belongs to.")
    cursor: str | None = Field(default=None, max_length=256, description="Opaque place in its change log.")
    asked_at: datetime | None = Field(default=None, sa_type=EpochMs, description="Last good answer.")
    tried_at: datetime | None = Field(default=None, sa_type=EpochMs, description="Last attempt.")
    skew_ms: int = Field(default=0, sa_type=BigInteger, description="The source's clock minus ours, milliseconds.")
    failures: int = Field(default=0, description="Failed attempts in a row.")
    retry_at: datetime | None = Field(default=None, sa_type=EpochMs, description="Next attempt after a failure.")
    wanted_at: datetime | None = Field(default=None, sa_type=EpochMs, description="When a person asked to try now.")
    error_code: str | None = Field(default=None, max_length=CODE_LENGTH, description="refused, offline, throttled, ...")
    error: str | None = Field(default=None, max_length=REMARK_LENGTH, description="Last error in one sentence.")


class FeedState(Kept, table=True):
    """One feed of one source in this cache."""

    __tablename__ = "feed_states"

    source: str = Field(primary_key=True, max_length=CODE_LENGTH)
    feed: str = Field(primary_key=True, max_length=CODE_LENGTH)
    epoch: str | None = Field(
        default=None, max_length=NAME_LENGTH, description="Epoch of the snapshot the rows grew from."
    )
    gen: int = Field(default=0, sa_type=BigInteger, description="Grows with each transaction that changed the feed.")
    tallied: int | None = Field(
        default=None, sa_type=BigInteger, description="The `gen` that the tally of this feed was counted at."
    )
    loaded: bool = Field(default=False, description="A complete snapshot has been taken in.")
    loading: bool = Field(default=False, description="A snapshot is being taken in now.")
    loaded_rows: int = Field(default=0, description="Rows taken in so far by the snapshot being loaded.")
    expected_rows: int | None = Field(default=None, description="Rows that snapshot says it has.")
    digest: str | None = Field(default=None, max_length=NAME_LENGTH, description="Digest (ETag) of the last snapshot.")
    rows: int = Field(default=0, description="Rows in the cache.")
    as_of: datetime | None = Field(default=None, sa_type=EpochMs, description="The source's own as-of, its clock.")
    lag_ms: int = Field(
        default=0,
        sa_type=BigInteger,
        description="Source's server time minus its as-of at the last answer, milliseconds.",
    )
    past: str | None = Field(
        default=None,
        max_length=CODE_LENGTH,
        description="Limit its age had passed just before its source last answered: live or stale.",
    )
    changed_at: datetime | None = Field(default=None, sa_type=EpochMs, description="When rows last changed here.")
    reviewed_at: datetime | None = Field(
        default=None, sa_type=EpochMs, description="When every record was last compared with the source, or came new."
    )
    mended_at: datetime | None = Field(default=None, sa_type=EpochMs, description="When that last found a difference.")
    mended: str | None = Field(
        default=None, max_length=REMARK_LENGTH, description="What was found then and put right, in one sentence."
    )
    set_aside: int = Field(default=0, description="Records of this feed in quarantine.")
    held: str | None = Field(default=None, max_length=REMARK_LENGTH, description="Why a snapshot is held back.")
    held_rows: int | None = Field(default=None, description="Rows of the snapshot that is held back.")
    error_code: str | None = Field(default=None, max_length=CODE_LENGTH, description="Of this feed alone.")
    error: str | None = Field(
        default=None, max_length=REMARK_LENGTH, description="Of this feed alone, in one sentence."
    )


class Quarantine(Kept, table=True):
    """A record that could not be taken in, with its reason; its last good version stays in the feed."""

    __tablename__ = "quarantine"

    source: str = Field(primary_key=True, max_length=CODE_LENGTH)
    feed: str = Field(primary_key=True, max_length=CODE_LENGTH)
    record: str = Field(primary_key=True, max_length=ID_LENGTH, description="Its id, or a digest when it has none.")
    reason: str = Field(max_length=REMARK_LENGTH)
    raw: str = Field(max_length=RAW_LENGTH, description="What came, cleaned and cut.")
    seen: int = Field(default=1, description="How often it came.")
    first_at: datetime = Field(default=EPOCH, sa_type=EpochMs)
    last_at: datetime = Field(default=EPOCH, sa_type=EpochMs)


class Leader(Kept, table=True):
    """The one syncer of this cache; a single row. `epoch` fences a leader that woke up too late."""

    __tablename__ = "leader"

    id: int = Field(default=1, primary_key=True)
    epoch: int = Field(default=0, sa_type=BigInteger)
    host: str = Field(default="", max_length=NAME_LENGTH)
    pid: int = Field(default=0)
    user: str = Field(default="", max_length=NAME_LENGTH)
    started_at: datetime | None = Field(default=None, sa_type=EpochMs)
    heartbeat_at: datetime | None = Field(default=None, sa_type=EpochMs)
    stopped_at: datetime | None = Field(default=None, sa_type=EpochMs, description="Set by an orderly end.")


class Terms(Kept, table=True):
    """On what terms programs of other schemas may use this cache; a single row, written by whoever migrates it.

    Its columns never change: every later program has to read them.
    """

    __tablename__ = "terms"

    id: int = Field(default=1, primary_key=True)
    min_reader: int = Field(description="Oldest schema a program must know to read this cache.")
    min_writer: int = Field(description="Oldest schema a program must know to write into it.")


class Pulse(Kept, table=True):
    """Moves with every write transaction, where the database cannot tell by itself that something was committed.

    A single row of a cache on a server, by which its writers take turns as well; SQLite has no need of it.
    """

    __tablename__ = "pulse"

    id: int = Field(default=1, primary_key=True)
    beat: int = Field(default=0, sa_type=BigInteger)
