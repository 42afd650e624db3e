"""How old a feed is, in words: one function of what the syncer wrote down and the time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.models import FeedState, Leader, SourceState
from storage.sync.freshness import CALM, LEVELS, MEANINGS, STATES, Freshness, age_words, judge, passed, worst

NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


def feed(**values: Any) -> FeedState:
    return FeedState(**{"source": "gateway", "feed": "containers", "loaded": True, "rows": 3, **values})


def source(**values: Any) -> SourceState:
    return SourceState(**{"source": "gateway", "asked_at": ago(seconds=4), **values})


def leader(**values: Any) -> Leader:
    return Leader(**{"epoch": 1, "heartbeat_at": ago(seconds=2), **values})


def judged(
    feed_state: FeedState | None = None, source_state: SourceState | None = None, led_by: Leader | None = None
) -> Freshness:
    return judge(feed_state or feed(), source_state or source(), led_by or leader(), NOW)


@pytest.mark.parametrize(
    ("heard", "word", "state"),
    [
        ({"seconds": 0}, "LIVE <15 s", "fresh"),
        ({"seconds": 15}, "LIVE <15 s", "fresh"),
        ({"seconds": 16}, "LATE <1 min", "late"),
        ({"minutes": 3}, "LATE 3 min", "late"),
        ({"minutes": 14}, "STALE 14 min", "stale"),
        ({"hours": 3}, "STALE 3 h", "stale"),
    ],
)
def test_a_feed_is_live_then_late_then_stale(heard: dict[str, float], word: str, state: str) -> None:
    fresh = judged(source_state=source(asked_at=ago(**heard)))
    assert (fresh.word, fresh.state) == (word, state)
    assert fresh.age == timedelta(**heard)


def test_a_source_that_is_asked_seldom_is_live_for_two_polls() -> None:
    assert judged(source_state=source(interval_s=60, asked_at=ago(seconds=110))).word == "LIVE <2 min"
    assert judged(source_state=source(interval_s=60, asked_at=ago(seconds=130))).word == "LATE 2 min"


def test_the_sources_own_age_counts_as_much_as_ours() -> None:
    fresh = judged(feed(lag_ms=43 * 60_000))
    assert (fresh.state, fresh.word, fresh.level) == ("frozen", "FROZEN 43 min", "act")
    assert judged(feed(lag_ms=60_000)).word == "LATE 1 min"


def test_without_a_syncer_old_data_is_offline_and_young_data_is_not() -> None:
    for nobody in (leader(stopped_at=NOW), leader(heartbeat_at=ago(minutes=1)), leader(heartbeat_at=None)):
        assert judged(source_state=source(asked_at=ago(hours=3)), led_by=nobody).word == "OFFLINE 3 h"
        assert judged(led_by=nobody).state == "fresh"


def test_five_failures_in_a_row_are_offline() -> None:
    assert judged(source_state=source(failures=4, asked_at=ago(minutes=1))).state == "late"
    assert judged(source_state=source(failures=5, asked_at=ago(minutes=1))).word == "OFFLINE 1 min"


def test_a_refusal_is_named_and_keeps_its_age() -> None:
    assert judged(source_state=source(error_code="refused", asked_at=ago(minutes=12))).word == "REFUSED 12 min"


def test_a_feed_that_never_came_is_never_and_has_no_age() -> None:
    for state in (feed(loaded=False), feed(loaded=False, loading=True)):
        fresh = judge(state, source(failures=5), leader(), NOW)
        assert (fresh.state, fresh.word, fresh.age, fresh.level) == ("never", "NEVER", None, "act")
    assert judge(feed(), None, leader(), NOW).state == "never"
    assert judge(feed(loaded=False), source(error_code="refused"), leader(), NOW).word == "REFUSED"


def test_a_load_says_how_far_it_is() -> None:
    assert judged(feed(loaded=False, loading=True, loaded_rows=42, expected_rows=100)).word == "LOADING 42 %"
    assert judged(feed(loading=True, loaded_rows=100, expected_rows=100)).word == "LOADING 99 %"
    assert judged(feed(loading=True)).word == "LOADING"


def test_a_held_snapshot_and_set_aside_records_are_told() -> None:
    assert judged(feed(held="The snapshot lacks 50 rows.")).state == "held"
    degraded = judged(feed(set_aside=2))
    assert (degraded.state, degraded.word, degraded.level) == ("degraded", "LIVE <15 s", "ok")


def test_a_feed_that_fails_alone_ages_alone() -> None:
    alone = feed(error_code="bad data", as_of=ago(minutes=14), loading=True)
    assert judged(alone).word == "STALE 14 min"
    fast_clock = source(skew_ms=600_000)
    assert judged(feed(error_code="bad data", as_of=ago(minutes=4)), fast_clock).word == "STALE 14 min"


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_a_clock_that_was_set_by_a_day_makes_no_data_live_before_the_next_answer(jump: timedelta) -> None:
    then = NOW + jump
    before = judge(feed(), source(), leader(), then)
    assert (before.state, before.word) == ("offline", "OFFLINE 24 h" if jump > timedelta(0) else "OFFLINE 23 h")
    again = judge(feed(past="stale"), source(asked_at=then), leader(heartbeat_at=then), then)
    assert (again.state, again.age) == ("fresh", timedelta(0))


def test_a_step_of_the_clock_by_seconds_changes_nothing() -> None:
    for step in (timedelta(seconds=-2), timedelta(seconds=2)):
        assert judge(feed(), source(), leader(), NOW + step).word == "LIVE <15 s"


def test_a_night_asleep_counts_and_one_answer_ends_it() -> None:
    woken = NOW + timedelta(hours=8)
    assert judge(feed(), source(), leader(), woken).word == "OFFLINE 8 h"
    assert judge(feed(past="stale"), source(asked_at=woken), leader(heartbeat_at=woken), woken).word == "LIVE <15 s"


def answer(state: FeedState, by: SourceState, at: datetime, lag: float) -> None:
    """What the syncer writes when an answer comes whose data is `lag` seconds behind."""
    state.past = passed(state, by, at)
    by.asked_at, state.lag_ms = at, round(lag * 1000)


def states(lags: Sequence[float], every: float = 5, interval: float = 5) -> str:
    """The state at each second of a source that answers so often, a letter each: fresh, late, stale or frozen as z."""
    state, by = feed(), source(interval_s=interval)
    told = ""
    for nth, lag in enumerate(lags):
        at = NOW + timedelta(seconds=every * nth)
        answer(state, by, at, lag)
        for second in range(int(every)):
            now = at + timedelta(seconds=second)
            word = judge(state, by, leader(heartbeat_at=now), now).state
            told += "z" if word == "frozen" else word[0]
    return told


def test_a_state_is_left_when_its_limit_is_passed_and_not_before() -> None:
    assert states([10, 10]) == "fffff" + "fffff"
    assert states([11.1, 8.5]) == "ffffl" + "fffff", "8.5 grows to 13.5, which is clearly below 15"
    assert states([11.1, 8.6]) == "ffffl" + "lllll"


def test_a_state_does_not_flicker_when_an_age_hovers_at_its_limit() -> None:
    assert states([13, 12.5, 9, 14, 10, 8.6]) == "fffll" + 25 * "l"
    assert states([297, 296, 270, 290, 266]) == "llllz" + 20 * "z"
    assert states([297, 265]) == "llllz" + "lllll"


@given(lags=st.lists(st.floats(0, 400), min_size=1, max_size=12), interval=st.sampled_from([1.0, 5.0, 30.0, 60.0]))
def test_a_feed_comes_back_only_by_an_answer_that_stays_clear_of_the_limit(lags: list[float], interval: float) -> None:
    limits = {"l": max(15.0, 2 * interval), "z": max(300.0, 5 * interval), "s": max(300.0, 5 * interval)}
    told = states(lags, every=5, interval=interval)
    for second, (then, now) in enumerate(pairwise(told), 1):
        if "flsz".index(now) < "flsz".index(then) and then in "lsz" and not {then, now} <= {"s", "z"}:
            assert second % 5 == 0, "an age only falls when an answer comes"
            assert round(lags[second // 5], 3) + interval <= CALM * limits[then]


def test_a_figure_is_as_good_as_its_worst_input() -> None:
    fresh, late = judged(), judged(source_state=source(asked_at=ago(minutes=1)))
    stale, older = (judged(source_state=source(asked_at=ago(minutes=minutes))) for minutes in (6, 20))
    assert worst([fresh, late]) is late
    assert worst([older, stale, fresh]) is older
    assert worst([]).state == "never"


def test_of_several_loads_the_one_with_most_to_come_is_told() -> None:
    def load(rows: int, of: int | None) -> Freshness:
        return judged(feed(loaded=False, loading=True, loaded_rows=rows, expected_rows=of))

    assert worst([load(7, 7), load(42, 100), load(60, 100)]).word == "LOADING 42 %"
    assert worst([load(99, 100), load(0, None), load(1, 100)]).word == "LOADING"


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (0, "<1 min"),
        (59, "<1 min"),
        (60, "1 min"),
        (5_999, "99 min"),
        (6_000, "1 h"),
        (172_799, "47 h"),
        (172_800, "2 d"),
    ],
)
def test_ages_are_told_in_steps_that_do_not_tick(age: int, words: str) -> None:
    assert age_words(timedelta(seconds=age)) == words


def test_every_state_has_a_level_and_a_meaning() -> None:
    assert set(STATES) == set(LEVELS) == set(MEANINGS)


@given(
    heard=st.integers(0, 10**6),
    lag=st.integers(0, 10**9),
    failures=st.integers(0, 9),
    loading=st.booleans(),
    held=st.sampled_from([None, "held"]),
    stopped=st.booleans(),
)
def test_the_age_shown_is_never_younger_than_the_data(
    heard: int, lag: int, failures: int, loading: bool, held: str | None, stopped: bool
) -> None:
    state = feed(lag_ms=lag, loading=loading, held=held)
    fresh = judge(
        state,
        source(asked_at=ago(seconds=heard), failures=failures),
        leader(stopped_at=NOW if stopped else None),
        NOW,
    )
    assert fresh.age is not None
    assert fresh.age >= timedelta(seconds=heard, milliseconds=lag)
    if "LIVE" in fresh.word:
        assert fresh.age <= timedelta(seconds=15)
