"""Of the declarations of a simulated week, eight of ten are released within the interval that was told beforehand."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import delete, insert
from sqlmodel import Session

from console.simulator.records import Declaration
from console.simulator.world import World
from storage.cache import Cache
from storage.figures.policy import Moment, Policy
from storage.models import FEEDS, HISTORY, table_of
from storage.queries.customs_queue import Waits
from tests.scenery.rows import ZONE

START = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)
STEP, DAYS = timedelta(minutes=20), 5
READ = ("declarations", "inspections", "customs_offices")


class Told(NamedTuple):
    """What was told of a declaration that waited."""

    id: str
    low: datetime
    high: datetime


def row(record: Any, observed: datetime) -> dict[str, Any]:
    """A record of the world as a row of the cache that took it in then."""
    return msgspec.structs.asdict(record) | {"source": "site", "observed": observed}


class Watched:
    """A world that is looked at every few minutes, as a syncer does: its declarations with all their versions."""

    def __init__(self) -> None:
        self.world = World(3, 2_000, START)
        self.released: dict[str, datetime] = {}
        self._versions: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    def look(self) -> None:
        now = self.world.now
        for declaration in self.world.terminal.table(Declaration).values():
            if declaration.released_at is not None:
                self.released[declaration.id] = declaration.released_at
            versions = self._versions[declaration.id]
            if not versions or versions[-1]["rev"] != declaration.rev:
                if versions:
                    versions[-1]["until"] = now
                versions.append(row(declaration, now))

    def write(self, session: Session) -> None:
        """The records as they are now, and the closed versions of the declarations."""
        connection = session.connection()
        connection.execute(delete(HISTORY["declarations"]))
        for feed in READ:
            connection.execute(delete(table_of(FEEDS[feed])))
            if records := self.world.log.records[feed].values():
                connection.execute(insert(table_of(FEEDS[feed])), [row(each, START) for each in records])
        closed = [each for versions in self._versions.values() for each in versions if "until" in each]
        connection.execute(insert(HISTORY["declarations"]), closed)


def told_over_days(watched: Watched, cache: Cache) -> Iterator[Told]:
    """Every second hour of the days in between, what is told of all that waits."""
    until = START + timedelta(days=DAYS)
    steps = 0
    while watched.world.now < until:
        watched.world.run_until(watched.world.now + STEP)
        watched.look()
        steps += 1
        day = (watched.world.now - START) / timedelta(days=1)
        if 2 <= day < DAYS - 1.5 and steps % 6 == 0:
            with cache.write() as session:
                watched.write(session)
            with cache.read() as session:
                waits = Waits(session, Moment(watched.world.now, Policy(zone=ZONE)))
                waits.look_back(session)
            for each in (identity for line in waits.lines.values() for identity in line.ids):
                interval = waits.forecast.interval(each)
                if interval is not None:
                    yield Told(each, *(datetime.fromtimestamp(at / 1000, UTC) for at in interval))


def test_eight_of_ten_declarations_are_released_within_their_interval(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    watched, cache = Watched(), Cache.open(tmp_path / "cache.db", role="writer")
    told = list(told_over_days(watched, cache))
    cache.close()
    never = datetime.max.replace(tzinfo=UTC)
    held = sum(each.low <= watched.released.get(each.id, never) <= each.high for each in told)
    assert len(told) > 80
    assert 0.7 <= held / len(told) <= 0.9
