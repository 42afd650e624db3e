"""From a train of Digitraffic rail to the visits and stops of the cache.

A train (number and departure date, which is the Finnish local date) has timetable rows in the order of its way, an
ARRIVAL and a DEPARTURE row for each place between the first and the last. A visit is the train at one chosen station:

- direction: `arrival` where its way ends, else `departure`;
- phase: `canceled` when the train, or all it had to do here, is cancelled; `departed` once it has left; `arrived`
  once it is here; `inbound` while it is on its way; where its way begins, `complete` when it was declared ready; else
  `created`;
- `unknownDelay` means late without an estimate: the estimate is left out then, and the visit says so;
- the cause of a delay is the last one given up to here, in the source's most detailed code.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from storage.models.trains import Train, TrainStop
from storage.models.wire import Record, record_type

Time = Annotated[datetime, msgspec.Meta(tz=True)]

_TRAIN: Any = record_type(Train)
_STOP: Any = record_type(TrainStop)


class Cause(msgspec.Struct, rename="camel", frozen=True):
    """Why a train is late, in codes from coarse to fine."""

    category_code: str | None = None
    detailed_category_code: str | None = None
    third_category_code: str | None = None

    @property
    def code(self) -> str | None:
        """The finest code given."""
        return self.third_category_code or self.detailed_category_code or self.category_code


class Ready(msgspec.Struct, frozen=True):
    """The operator's word that the train is ready to leave."""

    accepted: bool = False


class TimetableRow(msgspec.Struct, rename="camel", frozen=True):
    """An arrival or a departure."""

    station_short_code: str
    type: str
    scheduled_time: Time
    train_stopping: bool = True
    cancelled: bool = False
    commercial_track: str | None = None
    live_estimate_time: Time | None = None
    actual_time: Time | None = None
    unknown_delay: bool | None = None
    causes: tuple[Cause, ...] = ()
    train_ready: Ready | None = None

    @property
    def late_without_estimate(self) -> bool:
        """It has not happened, and nobody says when it will."""
        return bool(self.unknown_delay) and self.actual_time is None

    @property
    def estimate(self) -> datetime | None:
        """When it will happen, as far as that is known."""
        return None if self.unknown_delay else self.live_estimate_time


class RailTrain(msgspec.Struct, rename="camel", frozen=True):
    """A train as Digitraffic gives it, as far as it is used."""

    train_number: int
    departure_date: date
    version: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    train_type: str | None = None
    train_category: str | None = None
    commuter_line_id: str | None = msgspec.field(name="commuterLineID", default=None)
    operator_short_code: str | None = None
    timetable_type: str | None = None
    running_currently: bool = False
    cancelled: bool = False
    deleted: bool | None = None
    time_table_rows: tuple[TimetableRow, ...] = ()

    @property
    def key(self) -> tuple[date, int]:
        """What tells it from every other train."""
        return self.departure_date, self.train_number


class Stop(msgspec.Struct, frozen=True):
    """A place on the way, with the rows that belong to it."""

    station: str
    arrival: TimetableRow | None
    departure: TimetableRow | None

    @property
    def rows(self) -> tuple[TimetableRow, ...]:
        """Arrival and departure, as far as there are any."""
        return tuple(row for row in (self.arrival, self.departure) if row is not None)


def visit_id(source: str, train: RailTrain, station: str) -> str:
    """The id of the train's visit to a station."""
    return f"{source}:{train.departure_date}:{train.train_number}:{station}"


def stop_id(visit: str, sequence: int) -> str:
    """The id of a stop of a visit."""
    return f"{visit}:{sequence}"


def stops_of(train: RailTrain) -> list[Stop]:
    """The places on its way: an arrival and the departure after it at the same station are one stop."""
    stops: list[Stop] = []
    for row in train.time_table_rows:
        if row.type == "ARRIVAL":
            stops.append(Stop(row.station_short_code, row, None))
        elif stops and stops[-1].station == row.station_short_code and stops[-1].departure is None:
            stops[-1] = Stop(row.station_short_code, stops[-1].arrival, row)
        else:
            stops.append(Stop(row.station_short_code, None, row))
    return stops


def calls_at(train: RailTrain, station: str) -> bool:
    """Whether the train stops at the station (else it passes, or never comes there)."""
    return any(row.station_short_code == station and row.train_stopping for row in train.time_table_rows)


def visit_of(
    train: RailTrain, station: str, source: str, places: Mapping[str, str], changed_at: datetime
) -> tuple[Record, list[Record]]:
    """The visit of `train` to `station`, where it calls, and all its stops; `places` names stations by their codes.

    `msgspec.ValidationError` when a value is out of the bounds of the feed.
    """
    stops = stops_of(train)
    here = next(
        place
        for place, stop in enumerate(stops)
        if stop.station == station and any(row.train_stopping for row in stop.rows)
    )
    visit = visit_id(source, train, station)
    stamp = {"rev": train.version, "changed_at": changed_at}
    first, last = stops[0].station, stops[-1].station
    record: Record = msgspec.convert(
        {
            "id": visit,
            **stamp,
            **_times(stops[here]),
            "number": str(train.train_number),
            "direction": "arrival" if here == len(stops) - 1 else "departure",
            "phase": _phase(train, stops, here),
            "service": train.commuter_line_id or train.train_type,
            "train_class": train.train_category,
            "operator": train.operator_short_code,
            "origin_code": first,
            "origin": places.get(first),
            "destination_code": last,
            "destination": places.get(last),
            "track": _track(stops[here]),
            "delay_cause": _cause(stops[: here + 1]),
            "ready": True if _declared_ready(stops[here]) else None,
            "remark": "timetable made ad hoc" if train.timetable_type == "ADHOC" else None,
        },
        _TRAIN,
    )
    return record, [_stop_record(stop, visit, sequence, places, stamp) for sequence, stop in enumerate(stops)]


def _stop_record(stop: Stop, visit: str, sequence: int, places: Mapping[str, str], stamp: Mapping[str, Any]) -> Record:
    record: Record = msgspec.convert(
        {
            "id": stop_id(visit, sequence),
            **stamp,
            **_times(stop),
            "train_id": visit,
            "sequence": sequence,
            "place_code": stop.station,
            "place": places.get(stop.station),
            "track": _track(stop),
            "stops": any(row.train_stopping for row in stop.rows),
            "cancelled": all(row.cancelled for row in stop.rows),
            "delay_cause": _cause([stop]),
        },
        _STOP,
    )
    return record


def _times(stop: Stop) -> dict[str, Any]:
    """The times that visits and stops have in common."""
    times: dict[str, Any] = {"unknown_delay": any(row.late_without_estimate for row in stop.rows)}
    for name, row in (("arrival", stop.arrival), ("departure", stop.departure)):
        if row is not None:
            times[f"planned_{name}"] = row.scheduled_time
            times[f"estimated_{name}"] = row.estimate
            times[f"actual_{name}"] = row.actual_time
    return times


def _phase(train: RailTrain, stops: Sequence[Stop], here: int) -> str:
    stop = stops[here]
    if train.cancelled or all(row.cancelled for row in stop.rows):
        return "canceled"
    # Times are missed now and then: a train that was seen further on has left.
    if (stop.departure and stop.departure.actual_time) or _seen_at(stops[here + 1 :]):
        return "departed"
    if stop.arrival and stop.arrival.actual_time:
        return "arrived"
    if here == 0:
        return "complete" if _declared_ready(stop) else "created"
    return "inbound" if train.running_currently or _seen_at(stops[:here]) else "created"


def _seen_at(stops: Sequence[Stop]) -> bool:
    return any(row.actual_time is not None for stop in stops for row in stop.rows)


def _track(stop: Stop) -> str | None:
    """The departure's track, which is the later word; an empty one is none."""
    return next((row.commercial_track for row in reversed(stop.rows) if row.commercial_track), None)


def _cause(stops: Sequence[Stop]) -> str | None:
    """The codes of the last row that has any."""
    for row in reversed([row for stop in stops for row in stop.rows]):
        if codes := [cause.code for cause in row.causes if cause.code]:
            return " ".join(codes)
    return None


def _declared_ready(stop: Stop) -> bool:
    return stop.departure is not None and stop.departure.train_ready is not None and stop.departure.train_ready.accepted
