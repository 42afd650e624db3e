"""How old a feed is, and how far it can be trusted: one pure function of what the syncer wrote down and the time.

The age is the older of two: how long ago the source last answered us, and how far its data was behind its own clock
when it did. Both clocks are only ever compared with themselves, so a wrong clock at the source does not make data look
younger or older than it is.

An age that hovers at a limit makes no state flicker: an age only falls when an answer comes, and by then the row holds
which limit it had passed (`passed`); such a limit counts as passed until an answer comes that keeps clear of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from storage.models.local import FeedState, Leader, SourceState

State = Literal["fresh", "degraded", "loading", "late", "held", "frozen", "stale", "offline", "refused", "never"]
Level = Literal["ok", "watch", "act"]

STATES: tuple[State, ...] = get_args(State)
"""From best to worst: a figure made of several feeds is as good as the worst of them."""
LEVELS: dict[State, Level] = {
    "fresh": "ok",
    "degraded": "ok",
    "loading": "watch",
    "late": "watch",
    "held": "watch",
    "frozen": "act",
    "stale": "act",
    "offline": "act",
    "refused": "act",
    "never": "act",
}
MEANINGS: dict[State, str] = {
    "fresh": "The source answered within two polls, and its own data is as young.",
    "degraded": "As fresh, but some records could not be read and were set aside.",
    "loading": "A whole snapshot is being taken in; until it is complete, old and new rows stand side by side.",
    "late": "No good answer for more than two polls.",
    "held": "A snapshot lost more than 30 % of its rows; the old ones stay until the source says the same again.",
    "frozen": "The source answers, but its data stands still.",
    "stale": "No good answer for more than five minutes, or five polls.",
    "offline": "Nobody fetches: no syncer runs, or the source failed five times in a row.",
    "refused": "The source refuses us, or is something we must not follow: see the error.",
    "never": "No complete snapshot has come yet.",
}

LIVE = timedelta(seconds=15)
STALE = timedelta(minutes=5)
LEADER_SILENT = timedelta(seconds=15)
FAILURES_OFFLINE = 5
CALM = 0.9
"""A limit that was passed is so until an answer comes whose age will not pass this share of it before the next."""
Limit = Literal["live", "stale"]
"""A feed that has passed the second has passed the first."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """A feed's state, its age (None when there is none yet), the words for it, and how much it matters.

    `share`: how much of a load is in.
    """

    state: State
    age: timedelta | None
    word: str
    level: Level
    share: float = 1.0


def judge(feed: FeedState, source: SourceState | None, leader: Leader | None, now: datetime) -> Freshness:
    """The freshness of `feed` at `now`, by this machine's clock."""
    if source is None or not feed.loaded:
        return _before_first_load(feed, source, leader, now)
    age, limit = _age(feed, source, now), passed(feed, source, now)
    state = _state(feed, source, age, late=limit is not None, old=limit == "stale", led=leads(leader, now))
    share = _share(feed) if state == "loading" else 1.0
    return Freshness(state, age, _word(state, feed, age, _live(source)), LEVELS[state], share)


def passed(feed: FeedState, source: SourceState, now: datetime) -> Limit | None:
    """Which limit the age of `feed` has passed; the syncer notes it in its row (`past`) when the next answer comes."""
    age, interval = _age(feed, source, now), timedelta(seconds=source.interval_s)
    # It will have grown by a poll when the next answer is due: below that no limit is passed again at once.
    grown = (age if _ages_alone(feed) else timedelta(milliseconds=feed.lag_ms)) + interval
    stale, live = max(STALE, 5 * interval), _live(source)
    if age > stale or (feed.past == "stale" and grown > CALM * stale):
        return "stale"
    return "live" if age > live or (feed.past is not None and grown > CALM * live) else None


def _live(source: SourceState) -> timedelta:
    return max(LIVE, 2 * timedelta(seconds=source.interval_s))


def worst(of: Iterable[Freshness]) -> Freshness:
    """The least trustworthy of several; of equals the oldest, of loads the one with most to come. Of none: never."""
    return max(of, key=_badness, default=NEVER)


def age_words(age: timedelta) -> str:
    """An age for the eye, in steps that do not tick: <1 min, 14 min, 3 h, 2 d."""
    minutes = age // timedelta(minutes=1)
    if minutes < 1:
        return "<1 min"
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


NEVER = Freshness("never", None, "NEVER", "act")


def _badness(one: Freshness) -> tuple[int, timedelta, float]:
    return STATES.index(one.state), one.age or timedelta(0), -one.share


def _before_first_load(feed: FeedState, source: SourceState | None, leader: Leader | None, now: datetime) -> Freshness:
    if source is not None and source.error_code == "refused":
        return Freshness("refused", None, "REFUSED", "act")
    if feed.loading and source is not None and source.failures < FAILURES_OFFLINE and leads(leader, now):
        return Freshness("loading", None, _loading(feed), "watch", _share(feed))
    return NEVER


def _age(feed: FeedState, source: SourceState, now: datetime) -> timedelta:
    """The older of our last good answer and the source's own as-of.

    An answer from the future says that our clock was set back since: how old it is nobody knows, so it counts as old as
    it is far, until the next answer sets it right.
    """
    if _ages_alone(feed) and feed.as_of is not None:
        age = now + timedelta(milliseconds=source.skew_ms) - feed.as_of
    else:
        heard = abs(now - source.asked_at) if source.asked_at else timedelta.max / 2
        age = heard + timedelta(milliseconds=feed.lag_ms)
    return max(age, timedelta(0))


def _ages_alone(feed: FeedState) -> bool:
    """The source answers, this feed does not."""
    return feed.error_code is not None and feed.as_of is not None


def _state(feed: FeedState, source: SourceState, age: timedelta, *, late: bool, old: bool, led: bool) -> State:
    if source.error_code == "refused" or feed.error_code == "refused":
        return "refused"
    if late and (source.failures >= FAILURES_OFFLINE or not led):
        return "offline"
    if feed.held:
        return "held"
    if old and timedelta(milliseconds=feed.lag_ms) > age / 2:
        return "frozen"
    if old:
        return "stale"
    if feed.loading:
        return "loading"
    if late:
        return "late"
    return "degraded" if feed.set_aside or feed.error_code else "fresh"


def leads(leader: Leader | None, now: datetime) -> bool:
    """Whether a syncer was alive a moment ago."""
    if leader is None or leader.stopped_at is not None or leader.heartbeat_at is None:
        return False
    return abs(now - leader.heartbeat_at) <= LEADER_SILENT


def _word(state: State, feed: FeedState, age: timedelta, live: timedelta) -> str:
    if state == "loading":
        return _loading(feed)
    if age <= live and state in ("fresh", "degraded"):
        return f"LIVE <{live.seconds} s" if live < timedelta(minutes=1) else f"LIVE <{live // timedelta(minutes=1)} min"
    return f"{state.upper()} {age_words(age)}"


def _loading(feed: FeedState) -> str:
    if not feed.expected_rows:
        return "LOADING"
    return f"LOADING {min(99, 100 * feed.loaded_rows // feed.expected_rows)} %"


def _share(feed: FeedState) -> float:
    return feed.loaded_rows / feed.expected_rows if feed.expected_rows else 0.0
