"""The order of urgency out of the database is the plain one, whatever waits in it."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from storage.cache import Cache
from storage.figures.expected_release import Slot
from storage.figures.hours import read_hours
from storage.figures.policy import Moment, Policy
from storage.models import Container, Declaration, DeclarationBox, Inspection, Train, TrainCutoff
from storage.models.base import to_ms
from storage.queries.customs_lanes import lanes_of
from storage.queries.customs_queue import Queue
from tests.scene import NOW
from tests.scenery.rows import ZONE, Rows
from tests.storage.plain_customs import Stay, Waiting, expected, in_order, plain_lane, rates_of

OFFICE = "08:30-12:00,13:30-19:00"


class Port(NamedTuple):
    """What is known of it, row by row."""

    waiting: list[Waiting]
    stays: list[Stay]
    slots: dict[str, Slot]
    boxes: dict[str, list[tuple[str, str | None]]]
    """Declaration to its boxes with the train each could catch."""
    cutoffs: dict[str, int | None]


def ago(minutes: int | None) -> datetime | None:
    return None if minutes is None else NOW - timedelta(minutes=minutes)


def filled(chance: random.Random, rows: Rows) -> Port:
    """Some sixty declarations that wait, and as many that do not."""
    cutoffs = dict(_trains(chance, rows))
    port = Port([], [], {}, {}, cutoffs)
    for number in range(120):
        identity, lane = f"D{chance.randrange(10**6)}-{number}", chance.choice((None, "green", "red", "purple"))
        submitted, laned = chance.choice((None, 400, 400, 90)), chance.choice((None, 60, 60, 300)) if lane else None
        released = None if number % 2 else chance.choice((1, 20, 20, 50, 1500))
        laned = 1600 if released == 1500 and lane else laned
        state = chance.choice(("accepted", "inspection", "detained")) if released is None else "released"
        turn, priority = chance.choice((None, "customs", "broker")), chance.choice((None, 0, 0, 2))
        rows.add(
            Declaration, id=identity, number=identity, lane=lane, state=state, turn=turn, priority=priority,
            submitted_at=ago(submitted), laned_at=ago(laned), released_at=ago(released),
        )  # fmt: skip
        port.boxes[identity] = list(_boxes(chance, rows, identity, cutoffs))
        since = ago(laned) or ago(submitted)
        if released is None:
            waits = None if since is None else to_ms(since)
            port.waiting.append(Waiting(identity, lane, waits, turn, state, priority or 0))
        elif lane and laned is not None:
            left = NOW - timedelta(minutes=released)
            port.stays.append(Stay(identity, lane, to_ms(NOW) - laned * 60_000, to_ms(left)))
        if released is None and chance.random() < 0.2:
            starts = NOW + timedelta(minutes=chance.randrange(-60, 600))
            ends = chance.choice((None, starts + timedelta(minutes=30)))
            rows.add(
                Inspection, declaration_id=identity, bay=1, state="called", slot_starts=starts, slot_ends=ends
            )  # fmt: skip
            port.slots[identity] = Slot(to_ms(starts), None if ends is None else to_ms(ends))
    rows.add(Declaration, number="no more", state="closed", lane="red", laned_at=ago(60))
    rows.add(Declaration, number="not yet", state="draft", lane="red", laned_at=ago(60))
    return port


def _trains(chance: random.Random, rows: Rows) -> Iterator[tuple[str, int | None]]:
    """Trains that can be caught, with the customs cut-off, else the end of loading; the last has left."""
    for number in range(7):
        leaves = NOW + timedelta(minutes=chance.randrange(0, 600))
        identity, gone = f"T{number}", number == 6
        planned = None if number == 5 else leaves
        rows.add(
            Train, id=identity, number=identity, direction="departure", phase="departed" if gone else "created",
            planned_departure=planned,
        )  # fmt: skip
        if number < 3:
            for earlier in (20, 50):
                at = leaves - timedelta(minutes=earlier)
                rows.add(TrainCutoff, train_id=identity, name="customs", at=at)
        if not gone:
            closes = None if planned is None else planned - timedelta(minutes=50 if number < 3 else 30)
            yield identity, None if closes is None else to_ms(closes)


def _boxes(chance: random.Random, rows: Rows, declaration: str, cutoffs: Any) -> Iterator[tuple[str, str | None]]:
    for _ in range(chance.choice((0, 1, 1, 3))):
        train, rolled = chance.choice((None, *cutoffs, "T6", "nowhere")), chance.choice((None, False, True))
        box = str(rows.add(Container, number="CSQU3054383", train_id=train, rolled=rolled)["id"])
        rows.add(DeclarationBox, declaration_id=declaration, container_id=box)
        yield box, None if rolled else train


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_urgency_is_the_plain_one(cache: Cache, seed: int) -> None:
    rows, hours = Rows(), read_hours(OFFICE, ZONE)
    port, policy = filled(random.Random(seed), rows), Policy(zone=ZONE, office_hours=OFFICE)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        queue = Queue(session, Moment(NOW, policy))
        lanes = {lane.name: lane for lane in lanes_of(session, queue).lanes}
    at = expected(port.waiting, port.slots, rates_of(port.stays, hours, NOW), hours, NOW)
    never, keys = 2**62, {}
    for one in port.waiting:
        booked = [(port.cutoffs.get(train), box) for box, train in port.boxes[one.id] if train is not None]
        until, box = min(
            ((cutoff if cutoff is not None else never, box) for cutoff, box in booked), default=(never, "")
        )
        margin = until - at[one.id] if until != never and one.id in at else None
        found = queue.tightest(one.id)
        assert (found and (found.until, found.container_id)) == ((until, box) if booked else None)
        assert queue.margin(one.id) == margin
        waits = never if one.since is None else one.since
        place = (2, 0, 0) if until == never else (1, until, 0) if margin is None else (0, margin, until)
        keys[one.id] = (*place, waits, one.id)
    assert queue.urgent == sorted(keys, key=lambda identity: keys[identity])
    assert queue.forecast.at == at
    for name, lane in lanes.items():
        own = None if name == "no lane" else name
        line = [one.id for one in in_order(port.waiting) if one.lane == own]
        assert list(queue.lines[own].ids if own in queue.lines else ()) == line
        plain = plain_lane(own, port.waiting, port.stays, at, hours, policy, NOW)
        assert {name: getattr(lane, name) for name in plain._fields} == plain._asdict()
        assert lane.boxes == sum(len(port.boxes[identity]) for identity in line)
    assert sum(lane.declarations or 0 for lane in lanes.values()) == len(port.waiting)
