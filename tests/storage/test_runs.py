"""How the sources stood over time, and that a past state says how fresh it was then."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select as select_rows
from sqlmodel import Session, select

from storage import history
from storage.cache import Cache
from storage.models import FeedState, Leader, Quarantine, SourceState, SyncRun, Track, table_of
from storage.runs import log_runs
from storage.sync.freshness import Freshness, judge

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
POLL = 5


def second(number: float) -> datetime:
    return NOON + timedelta(seconds=number)


class Syncer:
    """Writes the states as the syncer does, one poll after the other, and what they were judged to be."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self.now = 0.0
        self.seen: list[tuple[datetime, Freshness]] = []
        self.as_of = 0.0

    def poll(self, seconds: float, *, answers: bool = True, frozen: bool = False, **feed: object) -> None:
        """Poll every few seconds for so long; `frozen`: the source's own data stands still."""
        end = self.now + seconds
        while self.now < end:
            self.now += POLL
            with self.cache.write() as session:
                self._write(session, answers, frozen, feed)
            with self.cache.read() as session:
                self.seen.append((second(self.now), _judged(session, second(self.now))))

    def _write(self, session: Session, answers: bool, frozen: bool, feed: dict[str, object]) -> None:
        now = second(self.now)
        leader = session.get(Leader, 1) or Leader(id=1, started_at=now)
        leader.heartbeat_at, leader.stopped_at = now, None
        source = session.get(SourceState, "site") or SourceState(source="site")
        state = session.get(FeedState, ("site", "tracks")) or FeedState(source="site", feed="tracks", loaded=True)
        source.tried_at = now
        if answers:
            self.as_of = self.as_of if frozen else self.now
            source.asked_at, source.failures, source.error_code, source.error = now, 0, None, None
            state.as_of, state.lag_ms = second(self.as_of), int((self.now - self.as_of) * 1000)
        else:
            source.failures += 1
            source.error_code, source.error = "timeout", "The source cannot be reached."
        for field, value in feed.items():
            setattr(state, field, value)
        session.add_all([leader, source, state])
        log_runs(session, now)

    def stop(self) -> None:
        with self.cache.write() as session:
            leader = session.get(Leader, 1)
            assert leader is not None
            leader.stopped_at = second(self.now)
            log_runs(session, second(self.now))


def _judged(session: Session, now: datetime) -> Freshness:
    state = session.get(FeedState, ("site", "tracks"))
    return judge(
        state or FeedState(source="site", feed="tracks"),
        session.get(SourceState, "site"),
        session.get(Leader, 1),
        now,
    )


def judged_at(cache: Cache, moment: datetime) -> Freshness:
    scratch = history.at(cache, moment)
    try:
        with scratch.read() as session:
            return _judged(session, moment)
    finally:
        scratch.close()


def outcomes(cache: Cache, source: str, feed: str) -> list[str]:
    runs = table_of(SyncRun)
    with cache.read() as session:
        found = select_rows(runs.c.outcome).where(runs.c.source == source, runs.c.feed == feed).order_by(runs.c.started)
        return list(session.connection().execute(found).scalars())


@pytest.fixture
def syncer(cache: Cache) -> Syncer:
    return Syncer(cache)


def test_months_of_good_polls_are_one_run(syncer: Syncer) -> None:
    syncer.poll(300)
    assert outcomes(syncer.cache, "site", "") == ["ok"]
    assert outcomes(syncer.cache, "site", "tracks") == ["ok"]
    assert outcomes(syncer.cache, "", "") == ["ok"]


def test_every_turn_of_a_source_and_a_feed_is_a_run(syncer: Syncer) -> None:
    syncer.poll(30)
    syncer.poll(60, answers=False)
    syncer.poll(30)
    syncer.poll(30, held="lost half of its rows")
    syncer.poll(30, held=None, set_aside=2)
    # The fifth failure, from which on the source counts as offline, is a turn, too.
    assert outcomes(syncer.cache, "site", "") == ["ok", "timeout", "timeout", "ok"]
    assert outcomes(syncer.cache, "site", "tracks") == ["ok", "held", "degraded"]


def test_a_past_state_is_as_fresh_as_it_was_then(syncer: Syncer) -> None:
    syncer.poll(60)
    syncer.poll(120, answers=False)
    syncer.poll(60)
    syncer.poll(420, frozen=True)
    syncer.poll(60)
    syncer.poll(60, held="lost half of its rows")
    syncer.poll(60, held=None, error_code="bad data", error="Its page cannot be read.")
    syncer.poll(60, error_code=None, error=None)
    states = {freshness.state for _, freshness in syncer.seen}
    assert {"fresh", "late", "offline", "frozen", "held", "degraded"} <= states
    scratch = history.at(syncer.cache, NOON)
    several = slice(None) if isinstance(syncer.cache.place, Path) else slice(None, None, 9)  # each costs more there
    for moment, then in syncer.seen[several]:
        scratch.move_to(moment)
        with scratch.read() as session:
            assert _judged(session, moment) == then, moment
    scratch.close()


def test_while_no_syncer_ran_a_past_state_says_offline(syncer: Syncer) -> None:
    syncer.poll(60)
    syncer.stop()
    syncer.now += 3600
    syncer.poll(30)
    then = judged_at(syncer.cache, second(60 + 1800))
    assert (then.state, then.age) == ("offline", timedelta(seconds=1800))
    assert judged_at(syncer.cache, second(3600 + 60 + 30)).state == "fresh"


def test_a_syncer_that_was_killed_is_offline_from_then_on(syncer: Syncer) -> None:
    syncer.poll(60)
    syncer.now += 3600
    syncer.poll(30)
    then = judged_at(syncer.cache, second(60 + 1800))
    assert (then.state, then.age) == ("offline", timedelta(seconds=1800))


def test_before_the_first_sync_no_feed_was_ever_loaded(syncer: Syncer) -> None:
    syncer.poll(30)
    scratch = history.at(syncer.cache, second(-60))
    with scratch.read() as session:
        assert session.exec(select(SourceState)).all() == []
        assert _judged(session, second(-60)).state == "never"
    scratch.close()


def test_rows_and_their_last_change_are_those_of_the_moment(syncer: Syncer) -> None:
    syncer.poll(30)
    with syncer.cache.write() as session:
        for number in (5, 20):
            session.add(
                Track(id=f"T{number}", rev=1, changed_at=NOON, observed=second(number), source="site", name="1")
            )
    scratch = history.at(syncer.cache, second(10))
    with scratch.read() as session:
        state = session.exec(select(FeedState)).one()
        assert (state.rows, state.changed_at, state.cursor if hasattr(state, "cursor") else None) == (
            1,
            second(5),
            None,
        )
    scratch.close()


def test_records_set_aside_later_are_not_in_a_past_state(syncer: Syncer) -> None:
    syncer.poll(30)
    with syncer.cache.write() as session:
        for number in (5, 20):
            record = Quarantine(source="site", feed="tracks", record=f"T{number}", reason="bad", raw="{}")
            record.first_at, record.last_at = second(number), second(number + 10)
            session.add(record)
    scratch = history.at(syncer.cache, second(10))
    with scratch.read() as session:
        assert [(row.record, row.last_at) for row in session.exec(select(Quarantine))] == [("T5", second(10))]
    scratch.close()


def test_a_feed_that_is_no_more_ends_its_run(syncer: Syncer) -> None:
    syncer.poll(30)
    with syncer.cache.write() as session:
        session.delete(session.get(FeedState, ("site", "tracks")))
        session.flush()
        log_runs(session, second(40))
    with syncer.cache.read() as session:
        run = session.exec(select(SyncRun).where(SyncRun.feed == "tracks")).one()
        assert run.ended == second(40)
