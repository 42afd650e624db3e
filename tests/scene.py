"""The hand-made terminal: Chongqing Tuanjiecun, Friday 20 November 2026, 10:41 (UTC+8), as the wireframes draw it.

One place for panes, queries, snapshots and screenshots to look at. Its figures are counted by hand in the parts under
`tests/scenery`: X9582 has 40 of 54 boxes ready, the yard 2 551 of 4 088 TEU, customs 67 open declarations.
"""

from datetime import datetime, timedelta

from storage.cache import Cache
from storage.clock import ManualClock
from storage.models import FEEDS, FeedState, Leader, SourceState, table_of
from tests.scenery.customs import fill_customs
from tests.scenery.rail import lay_rails
from tests.scenery.rows import NOW, SOURCE, Rows, at
from tests.scenery.yard import Yard, load_trains

__all__ = ["LAST_ANSWER", "NOW", "SOURCE", "answer_at", "at", "build_scene", "hold_back"]

LAST_ANSWER = NOW - timedelta(seconds=5)
"""Of when the data is that the source answered with last."""


def build_scene(cache: Cache) -> ManualClock:
    """Write the terminal into an empty cache opened to write; the clock stands at 10:41 and every feed is fresh."""
    rows = Rows()
    lay_rails(rows)
    yard = Yard(rows)
    load_trains(rows, yard)
    fill_customs(rows, yard)
    _synced(rows)
    with cache.write() as session:
        rows.insert(session)
    return ManualClock(NOW)


def answer_at(cache: Cache, when: datetime) -> None:
    """Have the source answer at that time, with nothing new: without it all is old five minutes after 10:41."""
    with cache.write() as session:
        session.get_one(SourceState, SOURCE).asked_at = when
        session.get_one(Leader, 1).heartbeat_at = when


def hold_back(cache: Cache, *feeds: str) -> None:
    """Have these feeds, none stands for all, not come yet: no row of theirs is here, nor was a snapshot ever whole."""
    with cache.write() as session:
        for feed in feeds or FEEDS:
            session.execute(table_of(FEEDS[feed]).delete())
            state = session.get_one(FeedState, (SOURCE, feed))
            state.loaded, state.rows, state.as_of, state.changed_at = False, 0, None, None


def _synced(rows: Rows) -> None:
    asked = LAST_ANSWER + timedelta(seconds=1)
    rows.add(
        SourceState, source=SOURCE, kind="native", address="http://gateway.example:8731", site="Chongqing Tuanjiecun",
        timezone="Asia/Shanghai", epoch="1", cursor="4711", asked_at=asked, tried_at=asked,
    )  # fmt: skip
    rows.add(Leader, epoch=1, host="yard-2", pid=4121, user="dryport", started_at=at("06:00"), heartbeat_at=asked)
    for feed, model in FEEDS.items():
        rows.add(
            FeedState, source=SOURCE, feed=feed, gen=7, loaded=True, rows=len(rows.of(model)),
            as_of=LAST_ANSWER, lag_ms=1000, changed_at=asked,
        )  # fmt: skip
