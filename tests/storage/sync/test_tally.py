"""The tally of the yard: whatever is synced, and however it is kept, it says what counting every box says."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from storage import history
from storage.cache import Cache
from storage.figures.tally import ALL, by_bay, by_block, is_kept
from storage.models import Container, YardTally
from storage.sync import service, tally
from storage.sync.intake import Intake
from storage.sync.leader import Lead, take_lock
from storage.sync.schedule import attempt
from storage.sync.service import sync_follow, sync_once
from storage.sync.tally import bring_up
from tests.storage.gateway import Gateway
from tests.storage.sync.conftest import Harness
from tests.storage.sync.test_convergence import SETTINGS, upstream_of

Counted = Counter[tuple[str, str, int | None, str | None]]

BOXES = st.fixed_dictionaries(
    {
        "block_id": st.sampled_from(["A", "B", None]),
        "bay": st.sampled_from([1, 2, None]),
        "place": st.sampled_from(["yard", "yard", "wagon", None]),
        "size_type": st.sampled_from(["22G1", "45G1", "", None]),
        "plugged": st.sampled_from([True, False, None]),
        "full": st.sampled_from([True, False, None]),
        "customs": st.sampled_from(["released", "pondering", None]),
        "owner": st.sampled_from(["Land-Sea", None]),
        "departed_at": st.sampled_from(["2026-11-20T01:00:00Z", None, None]),
    }
)
STEPS = st.one_of(
    st.tuples(st.just("put"), st.sampled_from("abcdef"), BOXES),
    st.tuples(st.just("remove"), st.sampled_from("abcdef"), st.none()),
    st.tuples(st.sampled_from(["sync", "sync", "forget", "begin anew", "count"]), st.none(), st.none()),
)


def one_by_one(session: Session) -> Counted:
    """What stands, counted as a person would."""
    found: Counted = Counter()
    for box in session.exec(select(Container)):
        if box.block_id is None or box.place not in ("yard", None) or box.departed_at is not None:
            continue
        load = {True: "full", False: "empty", None: None}[box.full]
        keys = {"size": box.size_type or None, "load": load, "owner": box.owner}
        keys["customs"] = "needless" if box.customs is None and box.full is False else box.customs
        if box.plugged:
            keys["plugs"] = "used"
        for by, key in keys.items():
            found[by, box.block_id, box.bay, key] += 1
    return found


def told(session: Session) -> Counted:
    """What the tally says bay by bay, and by whole blocks the same."""
    bays: Counted = Counter()
    for by in ALL:
        blocks: Counter[tuple[str, str | None]] = Counter()
        for block, bay, key, boxes in by_bay(session, by):
            bays[by, block, bay, key] += boxes
            blocks[block, key] += boxes
        whole: Counter[tuple[str, str | None]] = Counter()
        for block, key, boxes in by_block(session, by):
            whole[block, key] += boxes
        assert whole == blocks
        alone = [(key, boxes) for block, key, boxes in by_block(session, by, "A")]
        assert sum(boxes for _, boxes in alone) == sum(boxes for (block, _), boxes in blocks.items() if block == "A")
    return bays


class Yard:
    """A gateway, and a leader that follows it."""

    def __init__(self, cache: Cache) -> None:
        lock = take_lock(cache.place)
        assert lock is not None
        self.cache, self.lock, self.lead = cache, lock, Lead(cache, lock)
        self.gateway = Gateway(page_size=2)
        self.upstream, self.intake = upstream_of(self.gateway), Intake(self.lead, SETTINGS, 5.0)
        self.runner = asyncio.Runner()

    def do(self, step: str, key: str | None, values: dict[str, Any] | None) -> None:
        """One thing that happens."""
        if step == "put":
            self.gateway.box(str(key), **(values or {}))
        elif step == "remove":
            if key in self.gateway.feeds["containers"]:
                self.gateway.remove("containers", str(key))
        elif step == "sync":
            self.sync()
        elif step == "forget":
            self.gateway.forget_log()
        elif step == "begin anew":
            records = dict(self.gateway.feeds["containers"])
            self.gateway.begin_anew(f"{self.gateway.epoch}+")
            for name, record in records.items():
                self.gateway.box(name, **{field: record[field] for field in record if field not in ("id", "rev")})
        else:
            self.count()

    def sync(self) -> None:
        self.runner.run(attempt(self.upstream, self.intake))

    def count(self) -> None:
        self.runner.run(self.lead.aside(lambda write: bring_up(self.cache, write)))

    def close(self) -> None:
        self.lead.close()
        self.lock.close()
        self.runner.close()


@pytest.fixture
def anew(cache: Cache, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Cache]:
    """Gives each example a cache without a row."""
    if not isinstance(cache.place, Path):
        server, place = request.getfixturevalue("server"), cache.place

        def on_a_server() -> Cache:
            server.empty(place)
            return Cache.open(place, role="writer")

        return on_a_server
    empty: Path = request.getfixturevalue("empty_cache_file")

    def in_a_file() -> Cache:
        folder = tmp_path / "example"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        return Cache.open(shutil.copy(empty, folder / "cache.db"), role="writer")

    return in_a_file


def test_the_tally_says_what_counting_every_box_says(anew: Callable[[], Cache]) -> None:
    @settings(max_examples=10)
    @given(st.lists(STEPS, max_size=20))
    def holds(steps: list[tuple[str, str | None, dict[str, Any] | None]]) -> None:
        yard = Yard(anew())
        try:
            for step in [*steps, ("sync", None, None), ("count", None, None), *steps[:5], ("sync", None, None)]:
                yard.do(*step)
                if step[0] not in ("sync", "count"):
                    continue  # nothing in the cache has changed
                with yard.cache.read() as session:
                    assert told(session) == one_by_one(session)
                    assert all(group.boxes > 0 for group in session.exec(select(YardTally)))
        finally:
            yard.close()
            yard.cache.close()

    holds()


def test_a_tally_is_kept_through_changes_and_not_through_a_load_or_very_many(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = Yard(cache)

    def kept() -> bool:
        with cache.read() as session:
            return is_kept(session)

    yard.gateway.box("b1", block_id="A", place="yard", bay=1, size_type="22G1")
    yard.sync()
    assert not kept()
    yard.count()
    assert kept()
    yard.gateway.box("b1", bay=3)
    yard.gateway.box("b2", block_id="A", place="yard", bay=3, size_type="45G1")
    yard.sync()
    assert kept()
    monkeypatch.setattr(tally, "MOST_FOLLOWED", 1)
    yard.gateway.box("b1", bay=5)
    yard.gateway.box("b2", bay=5)
    yard.sync()
    assert not kept()
    yard.count()
    assert kept()
    yard.gateway.box("b3", block_id="A", place="yard", bay=5)
    yard.gateway.forget_log()
    yard.sync()
    assert not kept()
    yard.close()


def test_a_past_state_counts_its_own_boxes_and_not_those_of_the_tally(cache: Cache) -> None:
    yard = Yard(cache)
    yard.gateway.box("b1", block_id="A", place="yard", bay=1, size_type="22G1")
    yard.sync()
    yard.count()
    before = yard.lead.clock.now()
    yard.gateway.box("b1", bay=3)
    yard.sync()
    yard.close()
    past = history.at(cache, before)
    with past.read() as session:
        assert list(by_bay(session, "size")) == [("A", 1, "22G1", 1)]
    past.close()
    with cache.read() as session:
        assert list(by_bay(session, "size")) == [("A", 3, "22G1", 1)]


async def test_what_a_source_brought_leaves_the_tally_with_it(harness: Harness) -> None:
    harness.gateway.box("b1", block_id="A", place="yard", bay=1)
    other = replace(harness.settings, name="other")
    await sync_once(harness.cache.place, [harness.settings, other])
    bring_up(harness.cache, harness.cache.write)
    await sync_once(harness.cache.place, [other])
    with harness.cache.read() as session:
        assert told(session) == one_by_one(session)


async def test_a_sync_counts_what_the_one_before_loaded_and_follows_what_it_brings(harness: Harness) -> None:
    harness.gateway.box("b1", block_id="A", place="yard", bay=1)
    await harness.sync()
    with harness.cache.read() as session:
        assert not is_kept(session)
    harness.gateway.box("b2", block_id="A", place="yard", bay=1)
    await harness.sync()
    with harness.cache.read() as session:
        assert is_kept(session)
        assert list(by_block(session, "size")) == [("A", None, 2)]


async def test_a_syncer_that_follows_counts_a_moment_after_the_load(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "TALLY_S", 0.01)
    harness.gateway.box("b1", block_id="A", place="yard", bay=1)
    stop = asyncio.Event()
    following = asyncio.create_task(sync_follow(harness.cache.place, [harness.settings], stop=stop, say=print))

    def kept() -> bool:
        with harness.cache.read() as session:
            return is_kept(session)

    while not kept():
        await asyncio.sleep(0.02)
    stop.set()
    await following
