import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from console import watch as watching
from console.view import View
from console.watch import Fresh, Pulse, Watch
from storage.cache import Cache, schema_version
from storage.clock import ManualClock, SystemClock
from storage.models import FeedState, Leader, SourceState
from storage.models.local import Terms

NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)
RAIL = frozenset({"trains", "tracks"})


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    cache = Cache.open(tmp_path / "data" / "cache.db", role="writer")
    with cache.write() as session:
        session.add(Leader(epoch=1, heartbeat_at=NOW))
        session.add(SourceState(source="gateway", site="Chongqing Tuanjiecun", timezone="Asia/Shanghai", asked_at=NOW))
        session.add(FeedState(source="gateway", feed="trains", gen=1, loaded=True, as_of=NOW))
        session.add(FeedState(source="gateway", feed="tracks", gen=1, loaded=True, as_of=NOW))
        session.add(FeedState(source="gateway", feed="seals", gen=1))
    yield cache
    cache.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def told() -> list[Pulse]:
    return []


@pytest.fixture
def watch(cache: Cache, clock: ManualClock, told: list[Pulse], monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.setattr(watching, "_count_risks", lambda *_: (4, 5))
    watch = Watch(View(lambda: Cache.open(cache.path), clock), told.append)
    watch.follow(RAIL)
    return watch


def change(cache: Cache, feed: str) -> None:
    with cache.write() as session:
        state = session.exec(select(FeedState).where(FeedState.feed == feed)).one()
        state.gen += 1
        session.add(state)


def test_a_look_says_how_fresh_each_feed_and_each_pane_is(watch: Watch) -> None:
    pulse = watch.look()
    assert pulse.freshness["trains"] == Fresh("LIVE <15 s", "ok")
    assert pulse.freshness["seals"] == Fresh("NEVER", "act")
    assert pulse.worst(RAIL) == Fresh("LIVE <15 s", "ok")
    assert pulse.overall.word == "NEVER"
    assert pulse.title == "Chongqing Tuanjiecun"
    assert pulse.risks == (4, 5)


def test_while_all_is_fresh_and_nothing_changes_every_look_is_equal(watch: Watch, clock: ManualClock) -> None:
    first = watch.look()
    clock.advance(seconds=10)
    assert all(watch.look() == first for _ in range(watching.JUDGE_EVERY + 1))


def test_only_what_draws_on_a_changed_feed_has_moved(watch: Watch, cache: Cache) -> None:
    before = watch.look()
    change(cache, "trains")
    after = watch.look()
    assert after.moved(before, RAIL)
    assert not after.moved(before, {"seals"})


def test_relative_times_move_with_the_minute_of_the_view(watch: Watch, clock: ManualClock) -> None:
    before = watch.look()
    clock.advance(minutes=1)
    assert watch.look().moved(before, ())


def test_ages_grow_without_any_change_in_the_cache(watch: Watch, clock: ManualClock) -> None:
    watch.look()
    clock.advance(minutes=3, seconds=1)
    assert {watch.look().worst(RAIL).word for _ in range(watching.JUDGE_EVERY)} == {"OFFLINE 3 min"}


def test_a_missing_cache_is_never_and_is_taken_up_when_it_comes(
    tmp_path: Path, cache: Cache, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_count_risks", lambda *_: (0, 0))
    place = {"path": tmp_path / "nothing.db"}
    watch = Watch(View(lambda: Cache.open(place["path"]), clock), lambda _: None, lambda: "The syncer starts.")
    pulse = watch.look()
    assert (pulse.overall.word, pulse.problem, pulse.words) == ("NEVER", watching.NOTHING_YET, "The syncer starts.")
    place["path"] = cache.path
    assert watch.look().gens["trains"] == 1


def test_a_damaged_cache_is_told_in_its_own_sentence(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "bad.db").write_bytes(b"not a database" * 100)
    (tmp_path / "bad.db").chmod(0o600)
    watch = Watch(View(lambda: Cache.open(tmp_path / "bad.db"), clock), lambda _: None)
    assert "sets it aside" in watch.look().problem


def test_the_thread_tells_each_new_pulse_once_and_stops(watch: Watch, told: list[Pulse]) -> None:
    watch.start()
    while not told:
        watch.join(0.01)
    watch.stop()
    watch.join(10)
    assert not watch.is_alive()
    assert len(told) == 1


def test_the_view_takes_name_and_zone_from_the_gateway_unless_they_are_configured(cache: Cache) -> None:
    told = View(lambda: cache, ManualClock(NOW))
    told.told(["Tuanjiecun"], ["Asia/Shanghai"], [])
    assert (told.title, told.wall.face()) == ("Tuanjiecun", "Fri 20 Nov 10:41 UTC+8")
    fixed = View(lambda: cache, ManualClock(NOW), zone=UTC, title="My port")
    fixed.told(["Tuanjiecun"], ["Asia/Shanghai"], [])
    assert (fixed.title, fixed.zone) == ("My port", UTC)


def test_an_unknown_zone_is_no_zone(cache: Cache) -> None:
    view = View(lambda: cache, ManualClock(NOW), zone=ZoneInfo("Asia/Shanghai"))
    view.told([None], ["Nowhere/Land", "../etc"], [])
    assert str(view.zone) == "Asia/Shanghai"


def test_a_source_whose_clock_is_far_off_sets_the_views_clock_and_not_the_machines(cache: Cache) -> None:
    clock = SystemClock()
    view = View(lambda: cache, clock)
    view.told([], [], [timedelta(seconds=20)])
    assert clock.offset == timedelta(0)
    view.told([], [], [timedelta(hours=2)])
    assert abs(view.wall.now - view.machine_now - timedelta(hours=2)) < timedelta(minutes=1)


def test_what_was_read_before_the_cache_could_not_be_read_ages_and_goes_offline(
    watch: Watch, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = watch.look()
    with monkeypatch.context() as patch:
        patch.setattr(Cache, "data_version", lambda _: 1 / 0)
        away = watch.look()
        assert (away.freshness["trains"], away.gens) == (before.freshness["trains"], before.gens)
        assert away.problem
        clock.advance(minutes=3)
        assert watch.look().freshness["trains"] == Fresh("OFFLINE 3 min", "act")
    assert watch.look().problem == ""


def test_a_fault_of_our_own_is_told_and_the_watch_goes_on(
    watch: Watch, cache: Cache, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(watching, "_read_states", lambda *_: 1 / 0)
        assert "ZeroDivisionError" in watch.look().problem
    assert watch.look().problem == ""


def test_a_cache_that_a_newer_syncer_migrates_is_read_on_and_the_person_is_told(watch: Watch, cache: Cache) -> None:
    assert watch.look().words == ""
    migrate_to(cache, schema_version() + 1, min_reader=1)
    pulse = watch.look()
    assert (pulse.problem, pulse.gens["trains"]) == ("", 1)
    assert "Upgrade this one" in pulse.words


def test_a_cache_that_only_a_newer_console_can_read_says_so(watch: Watch, cache: Cache) -> None:
    watch.look()
    migrate_to(cache, schema_version() + 1, min_reader=schema_version() + 1)
    pulse = watch.look()
    assert "upgrade this one" in pulse.problem


def migrate_to(cache: Cache, schema: int, *, min_reader: int) -> None:
    with cache.write() as session:
        session.connection().exec_driver_sql(f"PRAGMA user_version = {schema}")
        terms = session.get_one(Terms, 1)
        terms.min_reader, terms.min_writer = min_reader, schema


def test_a_state_that_turns_counts_the_risks_anew_and_moves_the_rows_drawn_from_it(
    watch: Watch, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step of a load changes no row, and yet what can be judged from the rows changes with it."""
    first = watch.look()
    monkeypatch.setattr(watching, "_count_risks", lambda *_: None)
    with cache.write() as session:
        session.get_one(FeedState, ("gateway", "trains")).loading = True
    second = watch.look()
    assert second.gens == first.gens
    assert second.moved(first, RAIL)
    assert not second.moved(first, {"seals"})
    assert second.risks is None


def test_risks_that_take_long_to_count_follow_the_change_and_are_counted_a_tenth_of_the_time(
    cache: Cache, clock: ManualClock, told: list[Pulse], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = [0.0]
    counted = []

    def count(*_: object) -> tuple[int, int]:
        ticks[0] += 2
        counted.append(ticks[0])
        return len(counted), 0

    monkeypatch.setattr(watching, "_count_risks", count)
    watch = Watch(View(lambda: Cache.open(cache.path), clock), told.append, ticks=lambda: ticks[0])
    watch.turn()
    assert told[-1].risks == (1, 0), "nobody knew yet that it takes long"
    change(cache, "trains")
    watch.turn()
    assert (told[-1].gens["trains"], told[-1].risks) == (2, (1, 0)), "the change itself is told at once"
    ticks[0] = 22
    watch.turn()
    assert [pulse.risks for pulse in told] == [(1, 0), (1, 0), (2, 0)]
    watch.turn()
    assert len(told) == 3


# ------------------------------------------------------------------------------------------------- another cache
def remove(cache: Cache) -> None:
    """The data folder goes, with all that is in it."""
    cache.close()
    shutil.rmtree(cache.path.parent)


def begin_anew(cache: Cache, *, loaded: bool) -> None:
    """A syncer makes a cache in the same place, and begins to load it."""
    anew = Cache.open(cache.path, role="writer")
    with anew.write() as session:
        session.add(FeedState(source="gateway", feed="trains", loaded=loaded, loading=not loaded))
    anew.close()


def test_a_cache_that_was_removed_is_told_with_the_time_while_it_is_loaded_anew(
    watch: Watch, cache: Cache, clock: ManualClock
) -> None:
    watch.look()
    remove(cache)
    assert watch.look().problem == watching.GONE
    clock.advance(minutes=3)
    begin_anew(cache, loaded=False)
    pulse = watch.look()
    assert (pulse.problem, pulse.overall.word) == ("", "NEVER")
    assert pulse.words == "The cache was removed at 10:41: loaded anew since, without notes or history."
    clock.advance(minutes=70)
    assert watch.look().words == ""


def test_another_cache_in_the_place_of_this_one_is_told(watch: Watch, cache: Cache) -> None:
    watch.look()
    remove(cache)
    begin_anew(cache, loaded=True)
    assert "Another cache took this one's place at 10:41" in watch.look().words


def test_a_cache_that_was_moved_away_and_back_is_the_same(watch: Watch, cache: Cache) -> None:
    watch.look()
    cache.close()
    away = cache.path.parent.rename(cache.path.parent.with_name("away"))
    assert watch.look().problem == watching.GONE
    away.rename(cache.path.parent)
    pulse = watch.look()
    assert (pulse.problem, pulse.words, pulse.freshness["trains"].word) == ("", "", "LIVE <15 s")


def test_the_first_cache_of_a_console_takes_no_ones_place(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "data" / "cache.db"
    watch = Watch(View(lambda: Cache.open(path), clock), lambda _pulse: None)
    assert watch.look().problem == watching.NOTHING_YET
    Cache.open(path, role="writer").close()
    assert watch.look().words == ""
