"""What is written down of a source and its feeds beside their rows: each in the transaction of whoever calls."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.models.base import CODE_LENGTH, NAME_LENGTH, REMARK_LENGTH
from storage.models.local import FeedState, SourceState
from storage.sync.freshness import passed
from storage.text import clean
from storage.upstreams.base import Cut, Greeting, Stamp, Unchanged, UpstreamSettings

MOMENT = timedelta(seconds=1)
"""Answers that come closer one after the other are one, as to how old they let a feed become."""


def epoch_of(stamp: Stamp) -> str:
    """The epoch as it is kept."""
    return clean(stamp.epoch, limit=NAME_LENGTH)


def open_source(session: Session, settings: UpstreamSettings, interval_s: float) -> tuple[str | None, str | None]:
    """Have a row for the source; gives its cursor and its epoch."""
    state = session.get(SourceState, settings.name) or SourceState(source=settings.name)
    state.kind, state.address, state.interval_s = settings.kind, clean(settings.url, limit=REMARK_LENGTH), interval_s
    session.add(state)
    return state.cursor, state.epoch


def feed_state(session: Session, source: str, feed: str) -> FeedState:
    """The row of a feed, made when it is the first time."""
    state = session.get(FeedState, (source, feed))
    if state is None:
        state = FeedState(source=source, feed=feed)
        session.add(state)
    return state


def news_in(session: Session, source: str, greeting: Greeting) -> dict[str, Any]:
    """What the greeting says that is not written down."""
    state = session.get_one(SourceState, source)
    said = {
        "interval_s": greeting.interval_s or state.interval_s,
        "site": clean(greeting.site, limit=NAME_LENGTH) if greeting.site else None,
        "timezone": clean(greeting.timezone, limit=CODE_LENGTH) if greeting.timezone else None,
        "attribution": clean(greeting.attribution, limit=REMARK_LENGTH) if greeting.attribution else None,
    }
    return {name: value for name, value in said.items() if getattr(state, name) != value}


def note_answer(session: Session, source: str, now: datetime, stamp: Stamp) -> None:
    """The source answered well at `now`; call it before what the answer says of its feeds is written down."""
    state = session.get_one(SourceState, source)
    if state.asked_at is None or abs(now - state.asked_at) >= MOMENT:
        for feed in session.exec(select(FeedState).where(FeedState.source == source)):
            feed.past = passed(feed, state, now)
    state.asked_at = state.tried_at = now
    state.failures = 0
    state.retry_at = state.error_code = state.error = None
    if stamp.skew_ms is not None:
        state.skew_ms = stamp.skew_ms


def note_place(session: Session, source: str, now: datetime, cursor: str | None, stamp: Stamp) -> None:
    """All that the log has up to `cursor` is in the cache, and every whole feed is as young as the answer says."""
    note_answer(session, source, now, stamp)
    state = session.get_one(SourceState, source)
    state.cursor, state.epoch = cursor, epoch_of(stamp)
    session.flush()
    session.execute(
        update(FeedState)
        .where(col(FeedState.source) == source, col(FeedState.loaded), ~col(FeedState.loading))
        .where(col(FeedState.error_code).is_(None))
        .values(as_of=stamp.as_of, lag_ms=stamp.lag_ms)
    )


def now_whole(state: FeedState, stamp: Stamp) -> None:
    """A complete snapshot of the feed is in, or was confirmed."""
    state.loaded, state.loading = True, False
    state.held = state.held_rows = state.error_code = state.error = None
    state.epoch = epoch_of(stamp)
    state.as_of, state.lag_ms = stamp.as_of, stamp.lag_ms


def is_as_it_was(session: Session, source: str, cut: Cut, confirmed: Sequence[Unchanged]) -> bool:
    """Whether the cut brings nothing that is not written down: all its feeds are confirmed, and stood well."""
    if {unchanged.feed for unchanged in confirmed} != set(cut.feeds):
        return False
    epoch = epoch_of(cut.stamp)
    states = [session.get(FeedState, (source, feed)) for feed in cut.feeds]
    return session.get_one(SourceState, source).epoch == epoch and all(
        state is not None
        and (state.loaded, state.loading, state.epoch) == (True, False, epoch)
        and state.held is None
        and state.error_code is None
        for state in states
    )
