"""The cache's memory: what each record was before it changed, and how each source and feed stood.

A version of a record holds from `observed`, when this cache took it in, until `until`, when a later version or a
deletion took its place. The version in force is the feed's own row, so `<feed>_history` holds closed versions only. No
version is of length zero, and the versions of one record never overlap. How far back all this reaches is `Memory`.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ColumnElement, Index, Insert, Integer, Table, bindparam, insert, select
from sqlmodel import Field

from storage.models.base import CODE_LENGTH, REMARK_LENGTH, TIME, Feed, Kept, table_of


def history_of(model: type[Feed]) -> Table:
    """The table of the closed versions of `model`'s records: its columns, `until` and a number of its own, `vid`.

    Indexes: `_until` (until, observed) finds what held at a moment and what ended between two; `_observed` (observed,
    until) the same from the other end of time; `_record` (id, observed) one record's versions.
    """
    live = table_of(model)
    name = f"{live.name}_history"
    if name in live.metadata.tables:
        return live.metadata.tables[name]
    return Table(
        name,
        live.metadata,
        Column("vid", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        *(Column(column.name, column.type, nullable=column.nullable) for column in live.columns),
        Column("until", TIME, nullable=False),
        Index(f"{name}_until", "until", "observed"),
        Index(f"{name}_observed", "observed", "until"),
        Index(f"{name}_record", "id", "observed"),
    )


def closing(model: type[Feed], *where: ColumnElement[bool]) -> Insert:
    """Keep, as closed, the versions in force of the records that `where` means; their change or deletion comes next.

    The bound `until` (epoch milliseconds) stands first and last among the statement's parameters; it is what the next
    versions have as `observed`, and none that would be of length zero is kept.
    """
    live, history = table_of(model), history_of(model)
    until = bindparam("until", type_=BigInteger)
    in_force = select(*live.columns, until).where(*where, live.c.observed < until)
    return insert(history).from_select([*(column.name for column in live.columns), "until"], in_force)


class SyncRun(Kept, table=True):
    """A stretch of time in which a source, one of its feeds, or the syncer stood the same way; times by our clock.

    A run of good polls is one row, so that months of quiet cost nothing. An empty `feed` is the source as a whole; an
    empty `source` is the syncer itself, whose `asked_at` is its heartbeat.
    """

    __tablename__ = "sync_runs"
    __table_args__ = (Index("sync_runs_ended", "ended"), Index("sync_runs_started", "started"))

    run: int | None = Field(default=None, primary_key=True)
    source: str = Field(max_length=CODE_LENGTH)
    feed: str = Field(max_length=CODE_LENGTH)
    started: datetime = Field(sa_type=TIME)
    ended: datetime | None = Field(default=None, sa_type=TIME, description="None: it still stands so.")
    outcome: str = Field(max_length=CODE_LENGTH, description="ok, never, loading, held, stopped, or the error's code.")
    asked_at: datetime | None = Field(default=None, sa_type=TIME, description="Last good answer of the run.")
    as_of: datetime | None = Field(default=None, sa_type=TIME, description="The source's own as-of at that answer.")
    lag_ms: int = Field(default=0, sa_type=BigInteger, description="Its server time minus its as-of then.")
    failures: int = Field(default=0, description="Failed attempts in a row, at the end of the run.")
    loaded: bool = Field(default=False, description="A complete snapshot of the feed had been taken in.")
    loading: bool = Field(default=False, description="A snapshot was being taken in, or waited for.")
    rows: int = Field(default=0, description="Rows in the cache, at the end of the run.")
    expected_rows: int | None = Field(default=None, description="Rows the snapshot being loaded says it has.")
    gen: int = Field(default=0, sa_type=BigInteger, description="The feed's `gen` at the end: changes so far.")
    set_aside: int = Field(default=0, description="Records in quarantine, at the end of the run.")
    error_code: str | None = Field(default=None, max_length=CODE_LENGTH)
    error: str | None = Field(default=None, max_length=REMARK_LENGTH)


class Memory(Kept, table=True):
    """From when on a feed's history is complete; a feed without a row has forgotten nothing."""

    __tablename__ = "memory"

    feed: str = Field(primary_key=True, max_length=CODE_LENGTH)
    complete_from: datetime = Field(sa_type=TIME)
