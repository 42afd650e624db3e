"""Cranes, the moves that are to be made, and the backlog of boxes to be dug out."""

from datetime import timedelta

import pytest

from storage.cache import Cache
from storage.clock import ManualClock
from storage.models import Crane, Track, Train, WorkInstruction
from storage.queries.exceptions.work import WORK, rehandle_backlog, work_by
from tests.scene import at, hold_back
from tests.scenery.rows import Rows
from tests.storage.queries.small_yard import found, put, small_yard


@pytest.fixture
def rows() -> Rows:
    return small_yard()


def test_cranes_with_a_fault_come_first_with_what_it_is(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    rows.add(Track, id="T4", name="4")
    rows.add(Crane, id="1", name="RMG-1", mode="auto", block_id="A", job="load CQIU1", moves_per_hour=22.0, queued=3)
    rows.add(Crane, id="2", name="RMG-2", mode="fault", track_id="T4", fault="spreader", job="load", interventions=2)
    rows.add(Crane, id="3", name="RS-1")
    listed = found(cache, clock, rows, "cranes")
    assert [(row.name, row.risk, row.place, row.job) for row in listed] == [
        ("RMG-2", "act", "track 4", "spreader"),
        ("RS-1", "unknown", None, None),
        ("RMG-1", "calm", "A1", "load CQIU1"),
    ]


def test_moves_to_be_made_are_told_by_train_and_block(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    rows.add(Train, id="T", number="X9582", direction="departure", phase="working", planned_departure=at("10:00"))
    put(rows, "box", number="CQIU3907746")
    more = {"block_id": "A", "train_id": "T"}
    rows.add(WorkInstruction, id="w1", kind="load", state="planned", container_id="box", planned_at=at("10:11"), **more)
    rows.add(WorkInstruction, id="w2", kind="gate-out", state="active", block_id="G")
    rows.add(WorkInstruction, id="w3", kind="load", state="done", **more)
    listed = found(cache, clock, rows, "work")
    assert {row.id: (row.number, row.place, row.train, row.waits, row.risk) for row in listed} == {
        "w2": (None, "G1", None, None, "calm"),
        "w1": ("CQIU3907746", "A1", "X9582", timedelta(minutes=30), "watch"),
    }
    assert work_by(listed, "place") == {"A1": 1, "G1": 1}
    assert WORK.columns[0].key == "risk"


def test_the_backlog_counts_each_box_to_be_dug_out_once(cache: Cache, clock: ManualClock, rows: Rows) -> None:
    for key, departs in (("soon", at("15:00")), ("next", at("16:00")), ("later", at("23:00"))):
        rows.add(Train, id=key, number=key, direction="departure", phase="created", planned_departure=departs)
    ready = {"customs": "released", "vgm_kg": 1, "documents_complete": True}
    put(rows, "a", 2, 1, 1, train_id="soon", **ready)
    put(rows, "b", 2, 1, 2, train_id="next", **ready)
    put(rows, "top", 2, 1, 3)
    put(rows, "c", 6, 1, 1, train_id="later", **ready)
    put(rows, "over c", 6, 1, 2)
    for kind in ("load", "load", "load", "rehandle"):
        rows.add(WorkInstruction, kind=kind, state="done", done_at=at("10:00"))
    rows.add(WorkInstruction, kind="rehandle", state="done", done_at=at("20:00", day=-1))
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        backlog = rehandle_backlog(session, clock)
    assert (backlog.boxes, dict(backlog.by_train), dict(backlog.by_block)) == (2, {"soon": 2, "next": 1}, {"A": 2})
    assert backlog.ratio == 0.25


@pytest.mark.parametrize("feed", ["containers", "trains"])
def test_before_boxes_and_trains_have_come_nobody_knows_what_is_to_be_dug(
    cache: Cache, clock: ManualClock, rows: Rows, feed: str
) -> None:
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        assert rehandle_backlog(session, clock).boxes == 0
    hold_back(cache, feed)
    with cache.read() as session:
        assert rehandle_backlog(session, clock).boxes is None


def test_without_moves_there_is_no_ratio(cache: Cache, clock: ManualClock) -> None:
    with cache.read() as session:
        assert rehandle_backlog(session, clock).ratio is None
