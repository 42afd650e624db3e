"""Digitraffic rail, the open interface of Fintraffic: the trains of chosen stations of Finland.

Each train is a visit for each chosen station where it stops, with all its stops; a visit's `rev` is the train's
version. The way to read it, by its own rule: remember the newest version there is, load the stations once
(`live-trains`), and from then on ask for what is newer than the last version seen, until there is nothing (an answer
holds only whole versions, at most some 2500 rows of them). The answers are of all Finland; ours are picked out here.

What the fields mean, and how a visit's phase follows from the timetable, is in `storage.upstreams.digitraffic_trains`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from urllib.parse import quote

import msgspec

from storage.clock import elapsed
from storage.errors import BadData, Refused, Resync, SettingsError
from storage.models.wire import Record
from storage.sync.client import Answer, Client, Limits
from storage.upstreams.base import (
    BadRecord,
    Changes,
    Cut,
    Gone,
    Greeting,
    Part,
    Place,
    SnapshotPage,
    Stamp,
    Take,
    UpstreamSettings,
)
from storage.upstreams.digitraffic_trains import RailTrain, calls_at, stop_id, stops_of, visit_id, visit_of

ATTRIBUTION = "Source: Fintraffic / digitraffic.fi, licence CC BY 4.0"
TIMEZONE = "Europe/Helsinki"
FEEDS = ("trains", "train_stops")
POLL_S = 15.0
RELOAD_S = 3600.0
"""Seconds after which the stations are loaded again: for trains that only now come near, and to forget old ones."""
LIMITS = Limits(total_s=60.0, body_bytes=64 * 1024 * 1024)
"""A full version answer is 2500 trains of some 15 kB."""
NEARBY = {"arrived_trains": 25, "arriving_trains": 75, "departed_trains": 25, "departing_trains": 75}
"""How many trains of a station to load, of each kind."""
MOST_ROUNDS = 200
"""More answers than this, each with a newer version, do not end."""
PAGE = 1000


class _Station(msgspec.Struct, rename="camel"):
    station_short_code: str
    station_name: str


class _Key(msgspec.Struct, rename="camel"):
    """What can still be told of a train that cannot be read."""

    train_number: int | None = None
    departure_date: str | None = None
    version: int = 0


_TRAINS = msgspec.json.Decoder(list[RailTrain])
_ONE = msgspec.json.Decoder(RailTrain)
_EACH = msgspec.json.Decoder(list[msgspec.Raw])
_STATIONS = msgspec.json.Decoder(list[_Station])
_KEY = msgspec.json.Decoder(_Key)
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class DigitrafficUpstream:
    """Reads the trains of the stations in `options["stations"]`; `options["user"]` is sent as Digitraffic-User."""

    def __init__(self, settings: UpstreamSettings, client: Client | None = None) -> None:
        """`SettingsError` without stations; `client`: one with other limits, for tests."""
        self.settings = settings
        self.interval_s = settings.interval_s or POLL_S
        self._name = settings.name
        self._stations: tuple[str, ...] = tuple(settings.options.get("stations", ()))
        if not self._stations:
            raise SettingsError(f'Upstream {self._name} names no stations: add stations = ["KV"] to its settings.')
        user = settings.options.get("user") or f"dryport/{version('dryport')}"
        self._client = client or Client(settings, headers={"Digitraffic-User": user}, limits=LIMITS)
        # Other stations are another selection: what came before does not go on in it.
        self._epoch = hashlib.blake2b(" ".join(sorted(self._stations)).encode(), digest_size=8).hexdigest()
        self._places: dict[str, str] | None = None
        self._stops: dict[str, int] = {}
        self._loaded_at: float | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def pull(self, place: Place, take: Take) -> None:
        """The stations when they were not loaded yet or long ago, then every train that changed since."""
        if self._places is None:
            self._places = await self._read_places()
            await take(Greeting(timezone=TIMEZONE, attribution=ATTRIBUTION))
        if place.cursor is not None and place.epoch != self._epoch:
            raise Resync(f"The stations of {self._name} have changed.", "epoch_changed")
        newest = _version_in(place.cursor)
        if newest is None or self._must_load(place):
            pinned = await self._load(take, newest)
            newest = pinned if newest is None else newest
        await self._follow(newest, take)

    def whole(self, feed: str, epoch: str) -> None:
        """It has no cuts; what it has is loaded anew every hour, and a visit is gone after a few days."""
        return

    def _must_load(self, place: Place) -> bool:
        if any(feed not in place.whole and feed not in place.resting for feed in FEEDS):
            return True
        if self._loaded_at is None:  # loaded by an earlier process: that was its beginning for us
            self._loaded_at = elapsed()
        return elapsed() - self._loaded_at > RELOAD_S

    async def _read_places(self) -> dict[str, str]:
        """Names of all stations by code; `Refused` when a chosen one is not among them."""
        answer = await self._client.get("/api/v1/metadata/stations")
        try:
            stations = _STATIONS.decode(answer.body)
        except _UNREADABLE as error:
            raise BadData(f"{self._name} sent a list of stations that cannot be read: {error}") from error
        places = {station.station_short_code: station.station_name for station in stations}
        for code in self._stations:
            if code not in places:
                raise Refused(
                    f"{self._name} knows no station {code!r}: use the short code of the timetable, such as KV."
                )
        return places

    async def _load(self, take: Take, newest: int | None) -> int:
        """Load the stations' trains; gives the version to go on from, which is no newer than what was loaded."""
        if newest is None:
            newest = self._read(await self._client.get("/api/v1/trains")).newest
        found: dict[tuple[date, int], RailTrain] = {}
        bad: list[BadRecord] = []
        for station in self._stations:
            near = self._read(await self._client.get(f"/api/v1/live-trains/station/{quote(station)}", NEARBY))
            bad += near.bad
            for train in near.trains:
                if train.key not in found or found[train.key].version < train.version:
                    found[train.key] = train
        self._stops.clear()
        parts = self._parts(found.values(), bad, near.stamp.server_time)
        await take(Cut(stamp=near.stamp, cursor=str(newest), feeds=FEEDS))
        for part in parts:
            count = len(part.records) + len(part.bad)
            starts = range(0, max(1, len(part.records)), PAGE)
            for start in starts:
                page = replace(part, records=part.records[start : start + PAGE], bad=part.bad if start == 0 else ())
                await take(SnapshotPage(stamp=near.stamp, part=page, pages=len(starts), count=count))
        self._loaded_at = elapsed()
        return newest

    async def _follow(self, newest: int, take: Take) -> None:
        """Take in what is newer than version `newest`, until there is nothing."""
        for _ in range(MOST_ROUNDS):
            answer = await self._client.get("/api/v1/trains", {"version": newest, "include_deleted": "true"})
            news = self._read(answer)
            if news.empty:
                await take(Changes(stamp=news.stamp, cursor=str(newest)))
                return
            if news.newest <= newest:
                raise BadData(f"{self._name} sent trains no newer than version {newest}, after which it was asked.")
            newest = news.newest
            # Whose record cannot be read may still be seen to be of ours by the station's code.
            bad = [each for each in news.bad if any(f'"{code}"'.encode() in each.raw for code in self._stations)]
            parts = self._parts(news.trains, bad, news.stamp.server_time)
            await take(Changes(stamp=news.stamp, cursor=str(newest), parts=parts))
        raise BadData(f"{self._name} has more news than {MOST_ROUNDS} answers hold.")

    def _read(self, answer: Answer) -> "_News":
        """What an answer with trains holds; `BadData` when it is no list."""
        try:
            trains = _TRAINS.decode(answer.body)
        except _UNREADABLE:
            trains, bad = self._read_each(answer.body)
        else:
            bad = []
        versions = [train.version for train in trains] + [_key_of(each.raw).version for each in bad]
        return _News(trains, bad, max(versions, default=0), self._stamp(answer))

    def _read_each(self, body: bytes) -> tuple[list[RailTrain], list[BadRecord]]:
        """The trains that can be read, and those that cannot."""
        try:
            raws = _EACH.decode(body)
        except _UNREADABLE as error:
            raise BadData(f"{self._name} sent no list of trains: {error}") from error
        trains: list[RailTrain] = []
        bad: list[BadRecord] = []
        for raw in raws:
            try:
                trains.append(_ONE.decode(raw))
            except _UNREADABLE as error:
                bad.append(_bad(bytes(raw), error))
        return trains, bad

    def _parts(self, trains: Iterable[RailTrain], bad: Sequence[BadRecord], moment: datetime) -> list[Part]:
        """What the trains say of the visits to our stations, and of their stops."""
        gathered = _Gathered(list(bad))
        for train in trains:
            for station in self._stations:
                visit = visit_id(self._name, train, station)
                if train.deleted:
                    gathered.drop(visit, train, max(self._stops.pop(visit, 0), len(stops_of(train))))
                elif calls_at(train, station):
                    try:
                        record, stops = visit_of(train, station, self._name, self._places or {}, moment)
                    except msgspec.ValidationError as error:
                        gathered.bad.append(_bad(msgspec.json.encode(train), error))
                        continue
                    gathered.keep(record, stops, train, self._stops.get(visit, 0))
                    self._stops[visit] = len(stops)
                elif visit in self._stops:  # it does not come here any more
                    gathered.drop(visit, train, self._stops.pop(visit))
        return gathered.parts()

    def _stamp(self, answer: Answer) -> Stamp:
        """Its times: the source gives none but those of HTTP, and a cache on the way says how old its copy is."""
        now = _http_date(answer.headers.get("date", "")) or answer.midpoint
        age = answer.headers.get("age", "")
        as_of = now - timedelta(seconds=int(age[:6]) if age.isdecimal() else 0)
        return Stamp(epoch=self._epoch, as_of=as_of, server_time=now, skew_ms=answer.skew_ms(now))


@dataclass(frozen=True)
class _News:
    """One answer with trains; `newest` is the newest version in it, 0 when it has none."""

    trains: Sequence[RailTrain]
    bad: Sequence[BadRecord]
    newest: int
    stamp: Stamp

    @property
    def empty(self) -> bool:
        return not self.trains and not self.bad


@dataclass
class _Gathered:
    """Visits and stops of one answer, kept and gone; stops have no life and no version of their own."""

    bad: list[BadRecord]
    visits: list[Record] = field(default_factory=list)
    stops: list[Record] = field(default_factory=list)
    gone_visits: list[Gone] = field(default_factory=list)
    gone_stops: list[Gone] = field(default_factory=list)

    def keep(self, visit: Record, stops: Sequence[Record], train: RailTrain, stops_before: int) -> None:
        """A visit as it is now, where it had `stops_before` stops."""
        self.visits.append(visit)
        self.stops += stops
        self._drop_stops(visit.id, train, range(len(stops), stops_before))

    def drop(self, visit: str, train: RailTrain, stops_before: int) -> None:
        """A visit that is not, or no longer, to be."""
        self.gone_visits.append(Gone(visit, train.version))
        self._drop_stops(visit, train, range(stops_before))

    def _drop_stops(self, visit: str, train: RailTrain, sequences: range) -> None:
        self.gone_stops += [Gone(stop_id(visit, sequence), train.version) for sequence in sequences]

    def parts(self) -> list[Part]:
        """One part a feed; who cannot be read is missing in both."""
        return [
            Part(feed="trains", records=self.visits, gone=self.gone_visits, bad=self.bad),
            Part(feed="train_stops", records=self.stops, gone=self.gone_stops, bad=self.bad),
        ]


def _bad(raw: bytes, error: Exception) -> BadRecord:
    """A train that cannot be read. It has no id: which visits and stops would be its, nobody can tell."""
    key = _key_of(raw)
    return BadRecord(None, f"train {key.train_number} of {key.departure_date}: {error}", raw)


def _key_of(raw: bytes) -> _Key:
    try:
        return _KEY.decode(raw)
    except _UNREADABLE:
        return _Key()


def _version_in(cursor: str | None) -> int | None:
    return int(cursor) if cursor is not None and cursor.isdecimal() else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
