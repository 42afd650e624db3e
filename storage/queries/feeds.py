"""Feeds: how fresh each is, how many rows it has, what was set aside, and what went wrong last."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Select
from sqlmodel import Session, col, select

from storage.figures.feeds import changes_an_hour
from storage.figures.policy import Moment
from storage.models import FEEDS as MODELS
from storage.models import FeedState, Leader, Quarantine, SourceState
from storage.queries.aside import told
from storage.queries.columns import Column
from storage.queries.views import View
from storage.scratch import REMEMBERS
from storage.sync.freshness import STATES, judge, worst

COLUMNS = (
    Column("feed", "Feed", "text", "Name of the feed.", words=True),
    Column("source", "Source", "text", "Upstream it comes from.", words=True),
    Column("state", "State", "text", "How far it can be trusted.", words=True, order=STATES),
    Column("age", "Age", "duration", "Time since our last good answer, or the source's own as-of if that is older."),
    Column("asked_at", "Asked", "time", "Our last good answer."),
    Column("as_of", "Data as of", "time", "The source's own as-of."),
    Column("lag", "Lag", "duration", "How far the source's data was behind its clock at its last answer."),
    Column("rows", "Rows", "number", "Rows in the cache; unknown before the feed has come whole.", "rows"),
    Column("changes", "Changes/h", "number", "Records that came, changed or went in the last hour.", "changes"),
    Column("changed_at", "Changed", "time", "When rows last changed here."),
    Column("set_aside", "Set aside", "number", "Records that could not be read.", "records"),
    Column("reviewed_at", "Compared", "time", "When every record was last compared with the source, or came new."),
    Column("mended_at", "Put right", "time", "When that last found a difference; for a week."),
    Column("mended", "What differed", "text", "What was found then and put right.", words=True),
    Column("retry_at", "Retry", "time", "Next attempt after a failure."),
    Column("error", "Last error", "text", "Last error in one sentence.", words=True),
    Column("id", "Id", "text", "Source and feed."),
)
TOLD_FOR = timedelta(days=7)
"""For so long it is told that something had to be put right: whoever looks after the disk may be away for some days."""


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A feed of a source; see `COLUMNS`. `word` is its freshness as it is shown, `level` ok, watch or act.

    `aside`: why the latest of the records set aside could not be taken in.
    """

    id: str
    feed: str
    source: str
    state: str
    word: str
    level: str
    age: timedelta | None
    asked_at: datetime | None
    as_of: datetime | None
    lag: timedelta
    rows: int | None
    changes: int | None
    changed_at: datetime | None
    set_aside: int
    held: str | None
    loading: bool
    loaded_rows: int
    expected_rows: int | None
    retry_at: datetime | None
    error_code: str | None
    error: str | None
    aside: str | None
    reviewed_at: datetime | None
    mended_at: datetime | None
    mended: str | None
    gen: int


Standing = tuple[list[FeedState], dict[str, SourceState], Leader | None]
_STANDING = "how the feeds stand"


def _states(session: Session) -> Standing:
    """Read once in a session, which sees one state of the cache: every figure of it asks how its feeds stand."""
    known: Standing | None = session.info.get(_STANDING)
    if known is None:
        sources = {source.source: source for source in session.exec(select(SourceState))}
        known = list(session.exec(select(FeedState))), sources, session.get(Leader, 1)
        session.info[_STANDING] = known
    return known


def generations(session: Session, feeds: Iterable[str]) -> frozenset[tuple[str, str, int]]:
    """Each of these feeds of each source, with the count of its changes: what was read of them stands while it does."""
    wanted = set(feeds)
    return frozenset((state.source, state.feed, state.gen) for state in _states(session)[0] if state.feed in wanted)


def not_come(session: Session, feeds: Iterable[str]) -> tuple[str, ...]:
    """Those of `feeds` that never came whole, or that no source has, in the order asked for: unknown, not empty."""
    states = _states(session)[0]
    came = {state.feed for state in states if state.loaded} - {state.feed for state in states if not state.loaded}
    return tuple(feed for feed in feeds if feed not in came)


def begun(session: Session) -> dict[str, tuple[int, int | None]]:
    """The feeds that never came whole and of which rows are here: how many, and how many there will be, if known.

    Of a feed of several sources the rows of all of them count.
    """
    found: dict[str, tuple[int, int | None]] = {}
    for feed in not_come(session, [state.feed for state in _states(session)[0]]):
        states = [state for state in _states(session)[0] if state.feed == feed]
        rows = sum(state.rows if state.loaded else state.loaded_rows for state in states)
        everything = [state.rows if state.loaded else state.expected_rows for state in states]
        if rows:
            found[feed] = rows, sum(each or 0 for each in everything) if all(everything) else None
    return found


def awaited(session: Session, feeds: Sequence[str]) -> tuple[str, ...]:
    """Those of `feeds` that have not come and are still to come; once any feed is here, not those that no source has.

    For what is judged from several feeds, some of which a site may do without.
    """
    states = _states(session)[0]
    having = {state.feed for state in states} if any(state.loaded for state in states) else set(feeds)
    return tuple(feed for feed in not_come(session, feeds) if feed in having)


def uncounted(session: Session, view: View[Any]) -> tuple[str, ...]:
    """The feeds for want of which nobody knows how many rows a view has."""
    return awaited(session, view.feeds) if view.found else not_come(session, view.feeds[:1])


class LastKnown(NamedTuple):
    """When some feeds were last all known. `unsure`: not now, or one of them is being loaded.

    `missing`: those that are `awaited`; nothing can be judged from them.
    """

    at: datetime
    unsure: bool
    missing: tuple[str, ...] = ()


def as_last_known(session: Session, feeds: Sequence[str], moment: Moment) -> LastKnown:
    """When these feeds were last all known, and whether anything can be judged anew from them.

    While they are fresh enough that is `now`. Else it is the time of the oldest answer, never after `now`: whoever
    judges as of then finds what was last judged, up or down. While one is loaded, old and new rows stand side by side.
    """
    states, sources, leader = _states(session)
    now = moment.machine_now
    judged = {
        feed: worst(judge(state, sources.get(state.source), leader, now) for state in states if state.feed == feed)
        for feed in feeds
        if any(state.feed == feed for state in states)
    }
    missing = awaited(session, feeds)
    old = worst(judged.values())
    if old.level == "act":
        return LastKnown(moment.now if old.age is None else moment.now - old.age, True, missing)
    return LastKnown(moment.now, any(fresh.state == "loading" for fresh in judged.values()), missing)


def mended(session: Session, now: datetime) -> list[FeedState]:
    """The feeds in which something had to be put right lately."""
    return [state for state in _states(session)[0] if _is_told(state, now)]


def _is_told(state: FeedState, now: datetime) -> bool:
    return state.mended_at is not None and abs(now - state.mended_at) < TOLD_FOR


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[FeedRow]:
    found, sources, leader = _states(session)
    order = {name: index for index, name in enumerate(MODELS)}
    states = sorted(found, key=lambda state: (state.source, order.get(state.feed, len(order)), state.feed))
    now = moment.machine_now
    # A past state knows what was, not how often it had changed by then.
    moved = {} if REMEMBERS in session.info else changes_an_hour(session, now)
    reasons = _reasons(session) if any(state.set_aside for state in states) else {}
    return [
        _row(state, sources.get(state.source), leader, now, moved.get(key), reasons.get(key))
        for state in states
        for key in [(state.source, state.feed)]
    ]


def _reasons(session: Session) -> dict[tuple[str, str], str]:
    """Why the latest record of each feed was set aside."""
    chosen = select(Quarantine.source, Quarantine.feed, Quarantine.reason).order_by(col(Quarantine.last_at))
    return {(source, feed): told(reason) for source, feed, reason in session.exec(chosen)}


def _row(
    state: FeedState,
    source: SourceState | None,
    leader: Leader | None,
    now: datetime,
    changes: int | None,
    aside: str | None,
) -> FeedRow:
    fresh = judge(state, source, leader, now)
    told = _is_told(state, now)
    source = source or SourceState(source=state.source)
    return FeedRow(
        id=f"{state.source}/{state.feed}", feed=state.feed, source=state.source, state=fresh.state, word=fresh.word,
        level=fresh.level, age=fresh.age, asked_at=source.asked_at, as_of=state.as_of,
        lag=timedelta(milliseconds=state.lag_ms), rows=state.rows if state.loaded else None, changes=changes,
        changed_at=state.changed_at, set_aside=state.set_aside, held=state.held, loading=state.loading,
        loaded_rows=state.loaded_rows, expected_rows=state.expected_rows, retry_at=source.retry_at,
        error_code=state.error_code or source.error_code,
        error=state.error or state.held or source.error, aside=aside, gen=state.gen,
        reviewed_at=state.reviewed_at, mended_at=state.mended_at if told else None,
        mended=state.mended if told else None,
    )  # fmt: skip


FEEDS: View[FeedRow] = View(
    name="feeds",
    title="Feeds",
    columns=COLUMNS,
    feeds=(),
    read=_read,
    default_sort="",
)
"""Every feed of every source, in the order of the contract."""
