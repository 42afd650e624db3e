"""Forgetting: what is too old or too much goes, oldest first, a little at a time, and the space comes back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlmodel import Session

from storage import retention
from storage.cache import Cache
from storage.clock import ManualClock, PinnedClock
from storage.models import HISTORY, SyncRun, table_of
from storage.retention import Keep, Retention, forgotten_before

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def close(cache: Cache, feed: str, ages_days: list[float], *, remark: str = "") -> None:
    """Write closed versions that ended so many days ago, each a day long."""
    row = {"rev": 1, "changed_at": NOW, "source": "site", ("remark" if remark else "name"): remark or "T"}
    with cache.write() as session:
        session.connection().execute(
            insert(HISTORY[feed]),
            [
                row | {"id": f"id {age}", "observed": NOW - timedelta(days=age + 1), "until": NOW - timedelta(days=age)}
                for age in ages_days
            ],
        )


def ages(cache: Cache, feed: str) -> list[float]:
    history = HISTORY[feed]
    with cache.read() as session:
        ends = session.connection().execute(select(history.c.until).order_by(history.c.until.desc())).scalars()
        return [(NOW - end) / timedelta(days=1) for end in ends]


def forget_all(cache: Cache, keep: Keep) -> int:
    steps, work = 0, Retention(keep)
    while work.step(cache, PinnedClock(NOW)):
        steps += 1
    return steps


def forgotten(cache: Cache) -> datetime | None:
    with cache.read() as session:
        return forgotten_before(session.connection())


def test_versions_past_the_age_go_in_every_feed_and_younger_ones_stay(cache: Cache) -> None:
    close(cache, "containers", [1, 13.9, 14.1, 20], remark="x")
    close(cache, "tracks", [2, 30])
    forget_all(cache, Keep(days=14))
    assert ages(cache, "containers") == [1, 13.9]
    assert ages(cache, "tracks") == [2]


def test_what_is_forgotten_is_written_down(cache: Cache) -> None:
    close(cache, "containers", [1, 14.5, 20], remark="x")
    assert forgotten(cache) is None
    forget_all(cache, Keep(days=14))
    assert forgotten(cache) == NOW - timedelta(days=14.5), "the state is complete from the end of the last lost version"


def test_a_step_forgets_only_so_much_and_the_oldest_first(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "FIRST_ROWS", 2)
    close(cache, "containers", [15, 18, 16, 17], remark="x")
    assert Retention(Keep(days=14)).step(cache, PinnedClock(NOW))
    assert ages(cache, "containers") == [15, 16]


def test_nothing_due_is_no_write(cache: Cache) -> None:
    close(cache, "containers", [1, 2], remark="x")
    watcher = Cache.open(cache.place)
    before = watcher.data_version()
    assert not Retention().step(cache, PinnedClock(NOW))
    assert watcher.data_version() == before
    watcher.close()


def test_while_the_file_holds_too_much_the_oldest_of_all_feeds_goes_whatever_its_age(file_cache: Cache) -> None:
    close(file_cache, "tracks", [9])
    close(file_cache, "containers", [number / 1000 for number in range(6000)], remark="r" * 400)
    with file_cache.read() as session:
        before = retention._space(session.connection())
    keep = Keep(days=14, size_bytes=before.used - 1_500_000)
    forget_all(file_cache, keep)
    with file_cache.read() as session:
        after = retention._space(session.connection())
    assert after.used <= keep.size_bytes
    assert ages(file_cache, "tracks") == []
    left = ages(file_cache, "containers")
    assert 1000 < len(left) < 6000, "no more than needed"
    assert left == [number / 1000 for number in range(len(left))], "the youngest stay"


def test_feeds_forget_side_by_side_however_few_versions_one_has(file_cache: Cache) -> None:
    close(file_cache, "tracks", [5.9, 3, 0.5])
    close(file_cache, "containers", [number / 1000 for number in range(6000)], remark="r" * 400)
    with file_cache.read() as session:
        before = retention._space(session.connection())
    forget_all(file_cache, Keep(days=14, size_bytes=before.used - 500_000))
    assert ages(file_cache, "tracks") == [0.5, 3]
    moment = forgotten(file_cache)
    assert moment is not None
    oldest = NOW - timedelta(days=max(ages(file_cache, "containers")))
    assert moment <= oldest + retention.ABREAST


def test_space_is_given_back_to_the_disk(file_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "SPARE_BYTES", 100_000)
    close(file_cache, "containers", [15 + number / 1000 for number in range(4000)], remark="r" * 400)
    with file_cache.read() as session:
        before = retention._space(session.connection())
    forget_all(file_cache, Keep(days=14))
    with file_cache.read() as session:
        after = retention._space(session.connection())
    assert after.used + after.free < (before.used + before.free) / 2
    assert after.free <= 100_000


def test_a_slow_disk_makes_the_next_step_smaller_and_a_quick_one_a_little_larger() -> None:
    assert retention._fitted(200, 0.030, 10, 5000) == 100
    assert retention._fitted(200, 0.400, 10, 5000) == 10
    assert retention._fitted(200, 0.001, 10, 5000) == 250
    assert retention._fitted(5000, 0.001, 10, 5000) == 5000


def test_runs_that_ended_before_all_that_is_remembered_go_too(cache: Cache) -> None:
    close(cache, "containers", [15, 20], remark="x")
    with cache.write() as session:
        for days in (25, 14.9, 1):
            _run(session, ended=NOW - timedelta(days=days))
        _run(session, ended=None)
    forget_all(cache, Keep(days=14))
    with cache.read() as session:
        runs = table_of(SyncRun)
        assert session.connection().execute(select(func.count()).select_from(runs)).scalar() == 3


def _run(session: Session, *, ended: datetime | None) -> None:
    started = (ended or NOW) - timedelta(hours=1)
    session.add(SyncRun(source="site", feed="", started=started, ended=ended, outcome="ok"))


def test_time_that_passes_makes_more_due(cache: Cache) -> None:
    close(cache, "containers", [13.5], remark="x")
    clock, work = ManualClock(NOW), Retention(Keep(days=14))
    assert not work.step(cache, clock)
    clock.advance(days=1)
    assert work.step(cache, clock)
    assert ages(cache, "containers") == []
