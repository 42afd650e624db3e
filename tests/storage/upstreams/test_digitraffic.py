"""The trains of chosen stations, from a replay of Digitraffic rail into the cache."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.cache import Cache
from storage.errors import BadData, Refused, Resync, SettingsError, Throttled
from storage.models import FeedState, Quarantine, SourceState, Train, TrainStop
from storage.sync.client import Answer, Client
from storage.sync.service import sync_once
from storage.upstreams import digitraffic as adapter
from storage.upstreams import open_upstream
from storage.upstreams.base import Batch, Changes, Cut, Greeting, Place, SnapshotPage, Upstream, UpstreamSettings
from storage.upstreams.digitraffic import DigitrafficUpstream
from tests.storage.upstreams.digitraffic_server import (
    Digitraffic,
    captured_train,
    digitraffic,
    not_yet_from,
    rows_at,
)

VERSION = 263600307480
DAY = "2019-11-01"

Row = TypeVar("Row")


@pytest.fixture
def replay() -> Iterator[Digitraffic]:
    with digitraffic() as server:
        server.trains = [captured_train()]
        yield server


def settings(replay: Digitraffic, *stations: str, **options: Any) -> UpstreamSettings:
    return UpstreamSettings(
        name="fin", url=replay.url, kind="digitraffic", options={"stations": stations or ("PSL",), **options}
    )


class Site:
    """A cache that is synced from the replay when it is told to."""

    def __init__(self, replay: Digitraffic, path: Path, *stations: str) -> None:
        self._settings = settings(replay, *stations)
        self._path = path

    def sync(self) -> None:
        asyncio.run(sync_once(self._path, [self._settings]))

    def rows(self, statement: SelectOfScalar[Row]) -> list[Row]:
        cache = Cache.open(self._path)
        try:
            with cache.read() as session:
                return list(session.exec(statement).all())
        finally:
            cache.close()

    def trains(self) -> dict[str, Train]:
        return {train.id: train for train in self.rows(select(Train))}

    def stops(self) -> list[str]:
        return [stop.place_code or "" for stop in self.rows(select(TrainStop).order_by(col(TrainStop.sequence)))]


@pytest.fixture
def site(replay: Digitraffic, tmp_path: Path) -> Site:
    return Site(replay, tmp_path / "site" / "cache.db")


def test_a_stations_trains_come_into_the_cache_with_their_stops(site: Site) -> None:
    site.sync()
    (train,) = site.trains().values()
    assert (train.id, train.source, train.rev) == (f"fin:{DAY}:8533:PSL", "fin", VERSION)
    assert (train.origin, train.phase, train.track) == ("Helsinki asema", "departed", "9")
    assert site.stops()[:3] == ["HKI", "PSL", "ILA"]
    assert len(site.stops()) == 22


def test_whose_data_it_is_and_in_which_zone_it_is_told_is_kept_to_be_shown(site: Site) -> None:
    site.sync()
    (source,) = site.rows(select(SourceState))
    assert source.attribution == "Source: Fintraffic / digitraffic.fi, licence CC BY 4.0"
    assert source.timezone == "Europe/Helsinki"
    assert all(state.loaded and not state.loading for state in site.rows(select(FeedState)))


def test_a_newer_version_replaces_the_train_and_its_stops(replay: Digitraffic, site: Site) -> None:
    replay.trains = [not_yet_from(captured_train(), "PSL")]
    site.sync()
    assert [train.phase for train in site.trains().values()] == ["inbound"]
    replay.trains = [captured_train(version=VERSION + 5)]
    site.sync()
    (train,) = site.trains().values()
    assert (train.phase, train.rev) == ("departed", VERSION + 5)
    assert {stop.rev for stop in site.rows(select(TrainStop))} == {VERSION + 5}
    loads = [request for request in replay.requests if "live-trains" in request]
    assert len(loads) == 1
    assert f"/api/v1/trains?version={VERSION}&include_deleted=true" in replay.requests


def test_versions_are_asked_for_until_there_are_none(replay: Digitraffic, site: Site) -> None:
    site.sync()
    replay.cap = 2
    replay.trains = [captured_train(trainNumber=number, version=VERSION + number // 2) for number in range(2, 13)]
    site.sync()
    assert {train.number for train in site.trains().values()} == {"8533", *map(str, range(2, 13))}
    asked = [request for request in replay.requests if request.startswith("/api/v1/trains?version")]
    assert asked[-1] == f"/api/v1/trains?version={VERSION + 6}&include_deleted=true"


def test_what_changed_while_the_stations_were_loaded_is_not_missed(replay: Digitraffic, site: Site) -> None:
    answer = replay.answer

    def answer_and_change(target: str, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        found = answer(target, headers)
        if "live-trains" in target:  # just after that answer was made
            replay.trains.append(captured_train(trainNumber=77, version=VERSION + 1))
        return found

    replay.answer = answer_and_change  # type: ignore[method-assign]
    site.sync()
    assert {train.number for train in site.trains().values()} == {"8533", "77"}


def test_trains_of_other_stations_are_left_out(replay: Digitraffic, site: Site) -> None:
    elsewhere = captured_train(trainNumber=9, version=VERSION + 1)
    elsewhere["timeTableRows"] = rows_at(elsewhere, "HKI") + rows_at(elsewhere, "KKN")
    site.sync()
    replay.trains.append(elsewhere)
    site.sync()
    assert {train.number for train in site.trains().values()} == {"8533"}


def test_a_train_is_a_visit_at_each_chosen_station(replay: Digitraffic, tmp_path: Path) -> None:
    site = Site(replay, tmp_path / "site" / "cache.db", "HKI", "MÄK")
    site.sync()
    assert set(site.trains()) == {f"fin:{DAY}:8533:HKI", f"fin:{DAY}:8533:MÄK"}
    assert len(site.stops()) == 44


def test_a_cancelled_train_stays_and_says_so(replay: Digitraffic, site: Site) -> None:
    site.sync()
    replay.trains = [captured_train(cancelled=True, version=VERSION + 1)]
    site.sync()
    assert [train.phase for train in site.trains().values()] == ["canceled"]


def test_a_deleted_train_goes_and_takes_its_stops_along(replay: Digitraffic, site: Site) -> None:
    site.sync()
    replay.trains = [captured_train(deleted=True, version=VERSION + 1)]
    site.sync()
    assert (site.trains(), site.stops()) == ({}, [])


async def pulled(upstream: Upstream, place: Place) -> list[Batch]:
    """What one pull hands over."""
    batches: list[Batch] = []

    async def take(batch: Batch) -> None:
        batches.append(batch)

    await upstream.pull(place, take)
    return batches


def place_after(batches: list[Batch]) -> Place:
    """Where a cache stands that has taken all of them in."""
    last = batches[-1]
    assert isinstance(last, Changes)
    return Place(epoch=last.stamp.epoch, cursor=last.cursor, whole=frozenset(adapter.FEEDS))


@pytest.fixture
async def upstream(replay: Digitraffic) -> AsyncIterator[Upstream]:
    made = open_upstream(settings(replay))
    yield made
    await made.close()


def kinds(batches: list[Batch]) -> list[type]:
    return [type(batch) for batch in batches]


async def test_a_quiet_poll_is_one_request_and_still_news_of_freshness(replay: Digitraffic, upstream: Upstream) -> None:
    place = place_after(await pulled(upstream, Place()))
    replay.requests.clear()
    (quiet,) = await pulled(upstream, place)
    assert isinstance(quiet, Changes)
    assert (quiet.cursor, quiet.parts) == (str(VERSION), ())
    assert replay.requests == [f"/api/v1/trains?version={VERSION}&include_deleted=true"]


async def test_the_stations_are_loaded_again_after_an_hour(
    replay: Digitraffic, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(adapter, "elapsed", lambda: now)
    place = place_after(await pulled(upstream, Place()))
    now += adapter.RELOAD_S
    assert kinds(await pulled(upstream, place)) == [Changes]
    now += 1
    assert kinds(await pulled(upstream, place)) == [Cut, SnapshotPage, SnapshotPage, Changes]


async def test_a_new_process_goes_on_from_the_cursor_without_loading(replay: Digitraffic, upstream: Upstream) -> None:
    place = place_after(await pulled(upstream, Place()))
    restarted = open_upstream(settings(replay))
    assert kinds(await pulled(restarted, place)) == [Greeting, Changes]
    await restarted.close()


async def test_a_feed_that_is_not_whole_is_loaded_though_there_is_a_cursor(upstream: Upstream) -> None:
    place = place_after(await pulled(upstream, Place()))
    batches = await pulled(upstream, replace(place, whole=frozenset({"trains"})))
    assert kinds(batches) == [Cut, SnapshotPage, SnapshotPage, Changes]


async def test_other_stations_are_another_selection_and_need_a_load(replay: Digitraffic, upstream: Upstream) -> None:
    place = place_after(await pulled(upstream, Place()))
    moved = open_upstream(settings(replay, "KKN"))
    with pytest.raises(Resync, match="stations of fin have changed"):
        await pulled(moved, place)
    await moved.close()


async def test_stops_that_a_train_lost_are_gone(replay: Digitraffic, upstream: Upstream) -> None:
    place = place_after(await pulled(upstream, Place()))
    shorter = captured_train(version=VERSION + 1)
    shorter["timeTableRows"] = shorter["timeTableRows"][:-3]
    replay.trains = [shorter]
    changes = (await pulled(upstream, place))[0]
    assert isinstance(changes, Changes)
    gone = [gone.id for part in changes.parts if part.feed == "train_stops" for gone in part.gone]
    assert gone == [f"fin:{DAY}:8533:PSL:20", f"fin:{DAY}:8533:PSL:21"]


async def test_a_train_that_does_not_come_here_any_more_is_gone(replay: Digitraffic, upstream: Upstream) -> None:
    place = place_after(await pulled(upstream, Place()))
    elsewhere = captured_train(version=VERSION + 1)
    elsewhere["timeTableRows"] = rows_at(elsewhere, "HKI") + rows_at(elsewhere, "KKN")
    replay.trains = [elsewhere]
    changes = (await pulled(upstream, place))[0]
    assert isinstance(changes, Changes)
    visits, stops = changes.parts
    assert [gone.id for gone in visits.gone] == [f"fin:{DAY}:8533:PSL"]
    assert len(stops.gone) == 22


async def test_a_load_of_many_stops_comes_in_pages(replay: Digitraffic, upstream: Upstream) -> None:
    replay.trains = [captured_train(trainNumber=number) for number in range(1, 101)]
    batches = await pulled(upstream, Place())
    pages = [batch for batch in batches if isinstance(batch, SnapshotPage)]
    assert [(page.part.feed, len(page.part.records), page.pages, page.count) for page in pages] == [
        ("trains", 100, 1, 100),
        ("train_stops", 1000, 3, 2200),
        ("train_stops", 1000, 3, 2200),
        ("train_stops", 200, 3, 2200),
    ]


def test_one_unreadable_train_is_set_aside_and_the_others_come_in(replay: Digitraffic, site: Site) -> None:
    replay.trains.append(captured_train(trainNumber=13, departureDate="yesterday"))
    site.sync()
    assert {train.number for train in site.trains().values()} == {"8533"}
    (visit, _) = site.rows(select(Quarantine).order_by(col(Quarantine.feed).desc()))
    assert visit.feed == "trains"
    assert visit.reason.startswith("train 13 of yesterday")


def test_a_train_that_cannot_be_read_any_more_keeps_its_last_good_version(replay: Digitraffic, site: Site) -> None:
    site.sync()
    broken = captured_train(version=VERSION + 1)
    rows_at(broken, "PSL")[0]["scheduledTime"] = "soon"
    replay.trains = [broken]
    site.sync()
    assert [train.rev for train in site.trains().values()] == [VERSION]
    assert {row.feed for row in site.rows(select(Quarantine))} == {"trains", "train_stops"}
    (cursor,) = {source.cursor for source in site.rows(select(SourceState))}
    assert cursor == str(VERSION + 1)


async def test_unreadable_trains_of_other_stations_are_none_of_our_business(
    replay: Digitraffic, upstream: Upstream
) -> None:
    place = place_after(await pulled(upstream, Place()))
    elsewhere = captured_train(version=VERSION + 1, departureDate="yesterday")
    elsewhere["timeTableRows"] = rows_at(elsewhere, "HKI")
    replay.trains = [elsewhere]
    changes = (await pulled(upstream, place))[0]
    assert isinstance(changes, Changes)
    assert [part.bad for part in changes.parts] == [[], []]


async def test_a_source_that_gives_the_same_version_for_ever_is_not_asked_for_ever(
    replay: Digitraffic, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_after(await pulled(upstream, Place()))
    monkeypatch.setattr(replay, "_newer", lambda _query: replay.trains)
    with pytest.raises(BadData, match=f"no newer than version {VERSION}"):
        await pulled(upstream, place)


async def test_an_answer_that_is_no_list_of_trains_changes_nothing(
    replay: Digitraffic, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_after(await pulled(upstream, Place()))
    monkeypatch.setattr(replay, "_newer", lambda _query: {"code": "ERROR"})
    with pytest.raises(BadData, match="fin sent no list of trains"):
        await pulled(upstream, place)


@pytest.mark.parametrize(
    "broken", [42, {"trainNumber": "?"}, captured_train(operatorShortCode="x" * 500)], ids=["number", "junk", "bounds"]
)
async def test_a_train_of_the_station_that_is_out_of_shape_or_bounds_is_set_aside(
    replay: Digitraffic, upstream: Upstream, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    monkeypatch.setattr(replay, "_at", lambda _station: [captured_train(trainNumber=1), broken])
    pages = [batch for batch in await pulled(upstream, Place()) if isinstance(batch, SnapshotPage)]
    assert [(page.part.feed, len(page.part.records), len(page.part.bad)) for page in pages] == [
        ("trains", 1, 1),
        ("train_stops", 22, 1),
    ]
    assert [page.count for page in pages] == [2, 23]


async def test_a_list_of_stations_that_cannot_be_read_is_bad_data(
    replay: Digitraffic, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "answer", lambda *_: (200, {}, [{"stationName": "without a code"}]))
    with pytest.raises(BadData, match="list of stations that cannot be read"):
        await pulled(upstream, Place())


class WithoutDate(Client):
    """A client whose answers do not say what time it is at the source."""

    async def get(self, *asked: Any, **more: Any) -> Answer:
        return replace(await super().get(*asked, **more), headers=httpx.Headers())


async def test_a_source_that_does_not_tell_its_time_is_taken_to_have_ours(replay: Digitraffic) -> None:
    async with WithoutDate(settings(replay)) as client:
        last = (await pulled(DigitrafficUpstream(settings(replay), client), Place()))[-1]
    assert isinstance(last, Changes)
    assert (last.stamp.skew_ms, last.stamp.lag_ms) == (0, 0)


async def test_a_station_that_does_not_exist_is_named(replay: Digitraffic) -> None:
    upstream = open_upstream(settings(replay, "XYZ"))
    with pytest.raises(Refused, match="knows no station 'XYZ'"):
        await pulled(upstream, Place())
    await upstream.close()


def test_without_stations_there_is_nothing_to_read(replay: Digitraffic) -> None:
    with pytest.raises(SettingsError, match=r'add stations = \["KV"\]'):
        open_upstream(UpstreamSettings(name="fin", url=replay.url, kind="digitraffic"))


async def test_it_says_who_asks_so_that_it_is_not_limited_like_a_stranger(replay: Digitraffic) -> None:
    replay.anonymous_limit = 0
    upstream = open_upstream(settings(replay, user="acme/board"))
    assert kinds(await pulled(upstream, Place()))[0] is Greeting
    assert replay.anonymous == 0
    await upstream.close()


async def test_a_limit_is_heard_with_the_time_to_wait(replay: Digitraffic) -> None:
    replay.anonymous_limit = 0
    stranger = settings(replay)
    async with Client(stranger) as client:
        with pytest.raises(Throttled) as limited:
            await DigitrafficUpstream(stranger, client).pull(Place(), _refuse)
    assert limited.value.after == 60


async def _refuse(batch: Batch) -> None:
    pytest.fail(f"{batch} was handed over")


def test_the_replay_refuses_who_does_not_take_gzip_as_the_real_one_does(replay: Digitraffic) -> None:
    answer = httpx.get(f"{replay.url}/api/v1/trains", headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 406


async def test_a_copy_from_a_cache_on_the_way_is_as_old_as_it_says(replay: Digitraffic, upstream: Upstream) -> None:
    place = place_after(await pulled(upstream, Place()))
    answer = replay.answer
    replay.answer = lambda *asked: (200, {"Age": "40"}, answer(*asked)[2])  # type: ignore[method-assign]
    (quiet,) = await pulled(upstream, place)
    assert isinstance(quiet, Changes)
    assert quiet.stamp.lag_ms == 40_000
