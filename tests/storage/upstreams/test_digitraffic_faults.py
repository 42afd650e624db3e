"""What becomes of trains that cannot be read, of answers that are none, and of limits."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from storage.errors import BadData, Refused, SettingsError, Throttled
from storage.models import Quarantine, SourceState
from storage.sync.client import Answer, Client
from storage.upstreams import open_upstream
from storage.upstreams.base import Batch, Changes, Greeting, Place, SnapshotPage, Upstream, UpstreamSettings
from storage.upstreams.digitraffic import DigitrafficUpstream
from tests.storage.upstreams.conftest import VERSION, Site, kinds, place_after, pulled, settings
from tests.storage.upstreams.digitraffic_server import (
    Digitraffic,
    captured_train,
    rows_at,
)


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
