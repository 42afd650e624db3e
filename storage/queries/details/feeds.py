"""The page of a feed: how fresh it is, and what was set aside."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from storage.clock import Clock
from storage.figures.policy import Policy
from storage.models import Quarantine, SourceState
from storage.queries.details.parts import Detail, Level, Line, Section, page, values
from storage.queries.feeds import COLUMNS, FEEDS, FeedRow
from storage.sync.freshness import MEANINGS

MOST_RECORDS = 200


def feed_page(session: Session, clock: Clock, identity: str, policy: Policy) -> Detail | None:
    """A feed of a source; `identity` is source/feed."""
    row = FEEDS.one(session, clock, identity, policy=policy)
    if row is None:
        return None
    level: Level | None = "act" if row.level == "act" else "watch" if row.level == "watch" else None
    meaning = MEANINGS.get(row.state)  # type: ignore[call-overload]  # any word of a state, known or not
    sections = [
        Section("Freshness", (Line("State", row.word, level=level), Line("Meaning", meaning),
                              *values(row, COLUMNS, "asked_at as_of lag changed_at retry_at reviewed_at mended_at"),
                              Line("What differed", row.mended, level="watch" if row.mended else None))),
        Section("Rows", (*values(row, COLUMNS, "rows changes set_aside"), Line("Held back", row.held),
                         Line("Loaded so far", row.loaded_rows if row.loading else None, "number", "rows"),
                         Line("Expected", row.expected_rows if row.loading else None, "number", "rows"))),
        Section("Source", tuple(_source(session, row))),
        Section("Set aside", tuple(_set_aside(session, row))),
    ]  # fmt: skip
    return page("feed", identity, f"feed {row.feed} of {row.source}", sections, (row.feed,))


def _source(session: Session, row: FeedRow) -> Iterator[Line]:
    source = session.get(SourceState, row.source)
    if source is None:
        return
    yield Line("Kind", source.kind)
    yield Line("Address", source.address)
    yield Line("Terminal", source.site)
    yield Line("Polled every", source.interval_s, "number", "s")
    yield Line("Failures in a row", source.failures, "number", level="watch" if source.failures else None)
    yield Line("Last error", row.error, level="watch" if row.error else None)
    if source.attribution:
        yield Line("Attribution", source.attribution)


def _set_aside(session: Session, row: FeedRow) -> Iterator[Line]:
    found = (
        select(Quarantine)
        .where(Quarantine.source == row.source, Quarantine.feed == row.feed)
        .order_by(col(Quarantine.last_at).desc(), col(Quarantine.record))
        .limit(MOST_RECORDS)
    )
    for record in session.exec(found):
        yield Line(record.record, record.reason, level="watch")
