"""What is figured of a feed as such: how old it is, and how much of it moves."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlmodel import Session

from storage.figures.registry import declare
from storage.models import FEEDS, HISTORY, SyncRun, table_of, to_ms

declare(
    "feed age", "Age of a feed", "h:mm",
    """Now less the older of two: our last good answer from its source, and the source's own as-of. A figure is as old
    as the oldest of the feeds it is made of.""",
    "definition 18",
)  # fmt: skip
declare(
    "changes", "Changes an hour", "changes",
    """How often a record of the feed came, changed or went here in the last hour. What a first load brought is no
    change; unknown before the feed was loaded, and in a past state.""",
    "definition 18",
)  # fmt: skip

HOUR = timedelta(hours=1)

_GONE = (
    "SELECT '{feed}', source, count(DISTINCT id) FROM \"{history}\" AS ended WHERE until > :since_{feed} "
    'AND NOT EXISTS (SELECT 1 FROM "{feed}" AS here WHERE here.id = ended.id) GROUP BY source'
)
_PARTS = (
    "SELECT '{feed}' AS feed, source, count(*) FROM \"{feed}\" WHERE observed > :since_{feed} GROUP BY source",
    "SELECT '{feed}', source, count(*) FROM \"{history}\" WHERE observed > :since_{feed} GROUP BY source",
    _GONE,
)
# One statement for all feeds: put together once, and every part of it looks into one index only.
_MOVED = text(
    " UNION ALL ".join(part.format(feed=feed, history=HISTORY[feed].name) for feed in FEEDS for part in _PARTS)
)


def changes_an_hour(session: Session, now: datetime) -> Mapping[tuple[str, str], int]:
    """Changes in the hour up to `now`, by this machine's clock, of each feed that is loaded; by (source, feed)."""
    runs = table_of(SyncRun).c
    loaded = (
        select(runs.source, runs.feed, func.min(runs.started, type_=runs.started.type).label("first"))
        .where(runs.loaded)
        .group_by(runs.source, runs.feed)
    )
    since = {(run.source, run.feed): max(run.first, now - HOUR) for run in session.connection().execute(loaded)}
    if not since:
        return {}
    moments = {f"since_{feed}": to_ms(now) for feed in FEEDS}
    for (_, feed), moment in since.items():
        moments[f"since_{feed}"] = to_ms(moment)
    moved = dict.fromkeys(since, 0)
    for feed, source, count in session.connection().execute(_MOVED, moments):
        if (source, feed) in moved:
            moved[source, feed] += count
    return moved
