"""How the sources, their feeds and the syncer stood over time: written down by the syncer, restored for a past state.

A `SyncRun` is a stretch in which one of them stood the same way. Its times are those at its end; what they were in the
middle follows: within a run of good answers the last one is never older than a few polls, and a lag grows with time.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_models

from storage.models import (
    FEEDS,
    HISTORY,
    FeedState,
    Leader,
    Quarantine,
    SourceState,
    SyncRun,
    from_ms,
    table_of,
    to_ms,
)
from storage.models.base import EPOCH
from storage.sync.freshness import FAILURES_OFFLINE, LEADER_SILENT, STALE

LIVE = {"schema_translate_map": {None: "live"}}
"""Execution options with which a statement on a scratch cache means the tables of the live one."""
# One look into each index; a statement built of so many parts would cost more to put together than to run.
_LAST_CHANGES = " UNION ALL ".join(
    f"SELECT '{feed}', max({end}) FROM live.\"{table}\" WHERE {end} <= :moment"  # noqa: S608  # our own names
    for feed in FEEDS
    for table, end in ((feed, "observed"), (HISTORY[feed].name, "observed"), (HISTORY[feed].name, "until"))
)
MISSED_POLLS = 5
"""A silence of more polls ends a source's run: how it stood meanwhile, nobody knows."""
MOVING = ("asked_at", "as_of", "lag_ms", "failures", "rows", "expected_rows", "gen", "set_aside", "error_code", "error")
"""What moves on within a run."""


# --------------------------------------------------------------------------------------------------- writing them down
def log_runs(session: Session, now: datetime) -> None:
    """Write down how sources, feeds and syncer stand; call it after their states were written, in that transaction.

    While nothing turns for better or worse it only moves the ends of the open runs on.
    """
    still_open = select_models(SyncRun).where(col(SyncRun.ended).is_(None))
    before = {(run.source, run.feed): run for run in session.exec(still_open)}
    for run, silence in _standing(session, now):
        last = before.pop((run.source, run.feed), None)
        if last is not None and _goes_on(last, run, silence):
            for field in MOVING:
                setattr(last, field, getattr(run, field))
        else:
            session.add(run)
            if last is not None:
                last.ended = now
    for gone in before.values():
        gone.ended = now


def _standing(session: Session, now: datetime) -> Iterator[tuple[SyncRun, timedelta]]:
    """How each stands now, with the longest silence that does not end its run."""
    leader = session.get(Leader, 1)
    if leader is not None:
        outcome = "ok" if leader.stopped_at is None else "stopped"
        yield SyncRun(source="", feed="", started=now, outcome=outcome, asked_at=leader.heartbeat_at), LEADER_SILENT
    asked = {}
    for source in session.exec(select_models(SourceState)):
        asked[source.source] = source.asked_at
        run = SyncRun(
            source=source.source, feed="", started=now, outcome=source.error_code or "ok", asked_at=source.asked_at
        )
        run.failures, run.error_code, run.error = source.failures, source.error_code, source.error
        yield run, max(LEADER_SILENT, MISSED_POLLS * timedelta(seconds=source.interval_s))
    for feed in session.exec(select_models(FeedState)):
        run = SyncRun(source=feed.source, feed=feed.feed, started=now, outcome=_outcome(feed))
        run.asked_at, run.as_of, run.lag_ms = asked.get(feed.source), feed.as_of, feed.lag_ms
        run.loaded, run.loading, run.gen = feed.loaded, feed.loading, feed.gen
        run.rows, run.expected_rows = feed.rows, feed.expected_rows
        run.set_aside, run.error_code, run.error = feed.set_aside, feed.error_code, feed.held or feed.error
        yield run, timedelta.max


def _outcome(feed: FeedState) -> str:
    if feed.held:
        return "held"
    if feed.error_code:
        return feed.error_code
    if feed.loading:
        return "loading"
    if not feed.loaded:
        return "never"
    # Written down as a turn, so that the lag of a run either stays small or grows from its start to its end.
    if timedelta(milliseconds=feed.lag_ms) > STALE:
        return "frozen"
    return "degraded" if feed.set_aside else "ok"


def _goes_on(last: SyncRun, run: SyncRun, silence: timedelta) -> bool:
    silent = run.asked_at - last.asked_at if run.asked_at and last.asked_at else timedelta(0)
    return _turn(last) == _turn(run) and silent <= silence


def _turn(run: SyncRun) -> tuple[str, bool, bool, bool]:
    """What does not change within a run."""
    return run.outcome, run.loaded, run.loading, run.failures >= FAILURES_OFFLINE


# ------------------------------------------------------------------------------------------------------ restoring them
def restore_states(connection: Connection, moment: datetime) -> None:
    """Fill the state tables of a scratch cache, whose feeds are filled already, as they were at `moment`.

    What was not in force yet has no row: a feed without one has never been loaded.
    """
    runs = _runs_at(connection, moment)
    leader = _live(connection, Leader)
    _replace(connection, Leader, [_leader_then(now, runs["", ""], moment) for now in leader if ("", "") in runs])

    # A source that has been taken out since has left nothing here but its runs.
    now = {state["source"]: state for state in _live(connection, SourceState)}
    sources = {
        name: _source_then(now.get(name) or SourceState(source=name).model_dump(), run, moment)
        for (name, feed), run in runs.items()
        if name and not feed
    }
    _replace(connection, SourceState, list(sources.values()))

    standing = {key: run for key, run in runs.items() if key[1] and key[0] in sources}
    shared = Counter(feed for _, feed in standing)
    changed = _last_changes(connection, moment)
    _replace(
        connection,
        FeedState,
        [
            FeedState(source=name, feed=feed).model_dump()
            | _feed_then(run, sources[name])
            | {"rows": count, "loaded_rows": count, "changed_at": changed.get(feed)}
            for (name, feed), run in standing.items()
            for count in [_rows(connection, feed, name if shared[feed] > 1 else None)]
        ],
    )
    quarantine = [row for row in _live(connection, Quarantine) if row["first_at"] <= moment]
    _replace(connection, Quarantine, [row | {"last_at": min(row["last_at"], moment)} for row in quarantine])


def _runs_at(connection: Connection, moment: datetime) -> dict[tuple[str, str], dict[str, Any]]:
    runs = table_of(SyncRun)
    stood = select(runs).where(runs.c.started <= moment, or_(runs.c.ended.is_(None), runs.c.ended > moment))
    return {(run["source"], run["feed"]): dict(run) for run in connection.execute(stood).mappings()}


def _leader_then(now: dict[str, Any], run: dict[str, Any], moment: datetime) -> dict[str, Any]:
    stopped = run["started"] if run["outcome"] == "stopped" else None
    return now | {"heartbeat_at": _by(moment, run["asked_at"]), "stopped_at": stopped}


def _source_then(now: dict[str, Any], run: dict[str, Any], moment: datetime) -> dict[str, Any]:
    told = {name: run[name] for name in ("failures", "error_code", "error")}
    return (
        now
        | told
        | {
            "asked_at": _by(moment, run["asked_at"]),
            "tried_at": _by(moment, now["tried_at"]),
            "cursor": None,
            "retry_at": None,
            "wanted_at": None,
        }
    )


def _feed_then(run: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    told = {name: run[name] for name in ("loaded", "loading", "expected_rows", "set_aside", "error_code")}
    held = run["outcome"] == "held"
    # The run's end lay this much after the last answer of the moment, and by as much its lag was less.
    ahead = run["asked_at"] - source["asked_at"] if run["asked_at"] and source["asked_at"] else timedelta(0)
    as_of = run["as_of"]
    if as_of is not None and source["asked_at"] is not None:
        as_of = min(as_of, source["asked_at"] + timedelta(milliseconds=source["skew_ms"]))
    return told | {
        "as_of": as_of,
        "lag_ms": max(0, run["lag_ms"] - max(0, ahead // timedelta(milliseconds=1))),
        "held": run["error"] if held else None,
        "error": None if held else run["error"],
    }


def _rows(connection: Connection, feed: str, source: str | None) -> int:
    """How many rows a scratch cache's feed has; of `source`, when it is not the only one."""
    rows = table_of(FEEDS[feed])
    counted = select(func.count()).select_from(rows)
    return connection.execute(counted if source is None else counted.where(rows.c.source == source)).scalar_one()


def _last_changes(connection: Connection, moment: datetime) -> dict[str, datetime]:
    """When each feed last changed by `moment`: a record came or changed, or one went."""
    last: dict[str, datetime] = {}
    for feed, time in connection.exec_driver_sql(_LAST_CHANGES, {"moment": to_ms(moment)}):
        if time is not None:
            last[feed] = max(from_ms(time), last.get(feed, EPOCH))
    return last


def _by(moment: datetime, last: datetime | None) -> datetime | None:
    """The last answer there had been by `moment`, in a run whose last one was at `last`."""
    return None if last is None else min(last, moment)


def _live(connection: Connection, model: type[SQLModel]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table_of(model)), execution_options=LIVE).mappings()]


def _replace(connection: Connection, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    connection.execute(delete(table_of(model)))
    if rows:
        connection.execute(insert(table_of(model)), rows)
