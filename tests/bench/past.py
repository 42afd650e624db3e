"""A cache with a long past for the benchmarks, written by SQL: every record's life over two weeks."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.schema import CreateIndex, DropIndex

from storage.cache import Cache
from storage.databases.sqlite import DRIVER
from storage.models import FEEDS, HISTORY, EpochMs, FeedState, SourceState, SyncRun, table_of, to_ms

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DAYS = 14
SHARE = {
    "trains": 0.05, "train_stops": 0.1, "train_cutoffs": 0.1, "wagons": 0.2, "blocks": 0.001, "tracks": 0.0002,
    "track_closures": 0.0001, "cranes": 0.0005, "work_instructions": 0.2, "containers": 1, "declarations": 0.2,
    "declaration_boxes": 0.3, "inspections": 0.005, "seals": 0.05, "customs_offices": 0.0001,
    "designated_sites": 0.0001, "bookings": 0.02, "gate_visits": 0.1, "voyages": 0.002,
}  # fmt: skip
"""Records of each feed to one container."""
OTHER_VERSIONS = 4
"""Closed versions of each record that is no container."""
FILLED, RARELY = 0.6, 0.05
"""Share of a record's optional fields that have a value, and of those that are only told of few records."""
RARE = {"flags", "holds", "imdg_class", "un_number", "setpoint_c", "planned_block_id", "wagon_id"}


def build(path: Path, containers: int, versions: int, *, skewed: bool) -> Cache:
    """A cache of that many containers and closed versions of them over the last `DAYS`; `skewed`: a tenth of the boxes
    make nine tenths of the versions. One record in twenty is gone by now."""
    cache = Cache.open(path, role="writer")
    start = NOW - timedelta(days=DAYS)
    with cache.write() as session:
        connection = session.connection()
        for table in ("lives (number, versions)", "planned (number, began)", "ended (number, began, until)"):
            connection.exec_driver_sql(f"CREATE TEMP TABLE {table}")
        for feed in FEEDS:
            rows = max(10, int(containers * SHARE[feed]))
            _fill_live(connection, feed, rows)
            if feed == "containers":
                _plan_lives(connection, feed, versions // rows, skewed=skewed)
            else:
                _plan_lives(connection, feed, OTHER_VERSIONS, skewed=False)
            _fill_history(connection, feed)
            session.add(FeedState(source="site", feed=feed, rows=rows, loaded=True, as_of=NOW, changed_at=NOW))
            session.add(SyncRun(source="site", feed=feed, started=start, outcome="ok", loaded=True, asked_at=NOW))
        session.add(SourceState(source="site", asked_at=NOW))
        session.add(SyncRun(source="site", feed="", started=start, outcome="ok", asked_at=NOW))
    raw = DRIVER.connect(str(path))  # the log becomes part of the file, as it is after a checkpoint
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return cache


def _fill_live(connection: Connection, feed: str, rows: int) -> None:
    chance, words = random.Random(feed), [f"word {number}" for number in range(97)]
    always = {"rev": 1, "source": "site", "observed": to_ms(NOW), "changed_at": to_ms(NOW)}

    def value(column: Any, number: int) -> Any:
        if column.name == "id":
            return record_id(feed, number)
        if column.name in always:
            return always[column.name]
        if column.nullable and chance.random() > (RARELY if column.name in RARE else FILLED):
            return None
        kind = int if isinstance(column.type, EpochMs) else column.type.python_type
        return chance.choice(words) if kind is str else chance.randrange(2 if kind is bool else 2000)

    columns = list(table_of(FEEDS[feed]).columns)
    made = [tuple(value(column, number) for column in columns) for number in range(rows)]
    marks = ", ".join("?" for _ in columns)
    connection.connection.cursor().executemany(f'INSERT INTO "{feed}" VALUES ({marks})', made)


def record_id(feed: str, number: int) -> str:
    """The id of a feed's record; every tenth, from 0 on, has the most versions of a skewed past."""
    return f"{feed[:4]}-{number:07}"


def _plan_lives(connection: Connection, feed: str, each: int, *, skewed: bool) -> None:
    connection.exec_driver_sql("DELETE FROM lives")
    # Nine boxes at a ninth of a tenth of the versions, and one at nine tenths.
    many, few = (9 * each, max(1, each // 9)) if skewed else (each, each)
    plan = f"CASE WHEN rowid % 10 = 1 THEN {many} ELSE {few} END"
    connection.exec_driver_sql(f'INSERT INTO lives SELECT rowid, {plan} FROM "{feed}"')


def _fill_history(connection: Connection, feed: str) -> None:
    """Each life's versions one after the other, changes at random moments, in the order in which they ended."""
    run, closed = connection.exec_driver_sql, HISTORY[feed]
    for index in closed.indexes:
        connection.execute(DropIndex(index))
    run("DELETE FROM planned")
    run("DELETE FROM ended")
    start, span = to_ms(NOW - timedelta(days=DAYS)), DAYS * 86_400_000
    began = f"{start} + CAST((k + abs(random() % 1000) / 1000.0) * {span} / (versions + 1) AS INTEGER)"
    run(
        "WITH RECURSIVE counted(k) AS "
        "(SELECT 0 UNION ALL SELECT k + 1 FROM counted WHERE k < (SELECT max(versions) FROM lives)) "
        f"INSERT INTO planned SELECT number, {began} FROM counted CROSS JOIN lives WHERE k <= versions"
    )
    run(
        "INSERT INTO ended SELECT number, began, lead(began) OVER (PARTITION BY number ORDER BY began) AS until "
        "FROM planned ORDER BY until"
    )
    columns = [column.name for column in table_of(FEEDS[feed]).columns]
    names = ", ".join(f'"{name}"' for name in columns)
    kept = ", ".join("ended.began" if name == "observed" else f'live."{name}"' for name in columns)
    run(
        f'INSERT INTO "{closed.name}" ({names}, until) SELECT {kept}, ended.until FROM ended '
        f'CROSS JOIN "{feed}" live ON live.rowid = ended.number WHERE ended.until > ended.began ORDER BY ended.rowid'
    )
    # The last planned version of a life is the row in force; NULLs sort first, so they are the first rows.
    run(f'UPDATE "{feed}" SET observed = ended.began FROM ended WHERE ended.number = "{feed}".rowid AND until IS NULL')
    run(f'DELETE FROM "{feed}" WHERE rowid % 20 = 0')
    for index in closed.indexes:
        connection.execute(CreateIndex(index))
