"""What cannot be right in the data of a train: said beside it, never hidden, and never a crash."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from storage.models import Train, TrainStop

FAR = timedelta(days=60)
"""Times further from now than this are said to be far off."""
_EVENTS = ("planned", "estimated", "actual")


def implausible(train: Train, stops: Sequence[TrainStop], now: datetime) -> tuple[str, ...]:
    """Everything odd about a visit and its stops in their order, in words."""
    return (*_of_train(train, now), *_of_stops(stops))


def _of_train(train: Train, now: datetime) -> Iterator[str]:
    for event in _EVENTS:
        arrival, departure = getattr(train, f"{event}_arrival"), getattr(train, f"{event}_departure")
        if arrival is not None and departure is not None and departure < arrival:
            yield f"{event} departure is before its arrival"
        for what, moment in (("arrival", arrival), ("departure", departure)):
            if moment is not None and abs(moment - now) > FAR:
                yield f"{event} {what} is over {FAR.days} days off"
    if train.actual_arrival is not None and train.actual_arrival > now:
        yield "arrived in the future"
    if train.actual_departure is not None and train.actual_departure > now:
        yield "departed in the future"
    if train.capacity_teu == 0:
        yield "capacity is 0 TEU"
    elif train.capacity_teu is not None and train.booked_teu is not None and train.booked_teu > train.capacity_teu:
        yield f"{train.booked_teu:g} TEU booked on {train.capacity_teu:g}"


def _of_stops(stops: Sequence[TrainStop]) -> Iterator[str]:
    if not stops:
        yield "no stops known"
    timed = [(stop, at) for stop in stops if not stop.cancelled and (at := _planned(stop)) is not None]
    for (before, earlier), (after, later) in pairwise(timed):
        if later < earlier:
            yield f"stops out of order: {_name(after)} is planned before {_name(before)}"
    for stop in stops:
        if stop.planned_arrival and stop.planned_departure and stop.planned_departure < stop.planned_arrival:
            yield f"{_name(stop)}: departure is before arrival"


def _planned(stop: TrainStop) -> datetime | None:
    return stop.planned_arrival or stop.planned_departure


def _name(stop: TrainStop) -> str:
    return stop.place or stop.place_code or f"stop {stop.sequence}"
