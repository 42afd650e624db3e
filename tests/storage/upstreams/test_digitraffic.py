"""The trains of chosen stations, from a replay of Digitraffic rail into the cache."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from storage.errors import Resync
from storage.models import FeedState, SourceState, TrainStop
from storage.upstreams import digitraffic as adapter
from storage.upstreams import open_upstream
from storage.upstreams.base import Changes, Cut, Greeting, Place, SnapshotPage, Upstream
from tests.storage.upstreams.conftest import DAY, VERSION, Site, kinds, place_after, pulled, settings
from tests.storage.upstreams.digitraffic_server import (
    Digitraffic,
    captured_train,
    not_yet_from,
    rows_at,
)


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
