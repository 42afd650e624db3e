"""Whenever the power goes, the cache that is found holds what its cursor says, and what people wrote."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from storage import damage
from storage.cache import Cache
from storage.databases import sqlite as sqlite_module
from storage.models import Note
from tests.storage.sync.conftest import Harness
from tests.storage.sync.power import Tape, recorded
from tests.storage.sync.test_crash import check

NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)


@pytest.fixture
def cache(file_cache: Cache) -> Cache:
    """A server has its own way of surviving power cuts."""
    return file_cache


def write_note(cache: Cache, words: str, *, durable: bool = True) -> None:
    with cache.write(durable=durable) as session:
        session.add(Note(kind="box", object_id="b1", author="dispatch", written_at=NOW, text=words))


def notes(cache: Cache) -> set[str]:
    with cache.read() as session:
        return {note.text for note in session.exec(select(Note))}


@contextmanager
def found_after(tape: Tape, base: bytes, place: int, seed: int, folder: Path) -> Iterator[Cache]:
    """The cache as it is found when the power went before the event at `place`."""
    disk = {"cache.db": bytearray(base)}
    tape.after_power_cut(place, random.Random(seed), disk)
    folder.mkdir(mode=0o700)
    for name, content in disk.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    found = Cache.open(folder / "cache.db", role="writer")
    damage.check(found)
    yield found
    found.close()


async def a_day_recorded(harness: Harness, turns: int) -> tuple[Tape, bytes]:
    """Loads, changes and notes, with the log carried over again and again; what was done, and the file before it."""
    path = harness.cache.path
    harness.cache.close()
    base = path.read_bytes()
    for number in range(12):
        harness.gateway.box(f"b{number}", remark="x" * 200)
    with recorded(path.parent) as tape:
        at_work = Cache.open(path, role="writer")
        for turn in range(turns):
            await harness.sync()
            write_note(at_work, f"note {turn}")
            tape.mark(f"note {turn}")
            harness.gateway.box("b1", remark=f"turn {turn}")
            harness.gateway.box(f"new{turn}")
            if turn:
                harness.gateway.remove("containers", f"new{turn - 1}")
        at_work.close()
    return tape, base


async def cut(harness: Harness, folder: Path, turns: int, seeds: range) -> None:
    tape, base = await a_day_recorded(harness, turns)
    assert {event.file for event in tape.events if not isinstance(event, str)} == {"cache.db", "cache.db-wal"}
    for seed in seeds:
        place = random.Random(seed).randrange(len(tape.events))
        with found_after(tape, base, place, seed, folder / str(seed)) as found:
            after = replace(harness, cache=found)
            check(after, first_load=False)
            assert tape.before(place) <= notes(found)
            await after.sync()
            assert after.rows() == after.served()
            check(after, first_load=False)


@pytest.fixture
def _carried_over_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "CHECKPOINT_PAGES", 30)


@pytest.mark.usefixtures("_carried_over_often")
async def test_a_power_cut_leaves_rows_as_the_cursor_says_and_every_note(harness: Harness, tmp_path: Path) -> None:
    await cut(harness, tmp_path, 4, range(16))


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("_carried_over_often")
async def test_five_hundred_power_cuts(harness: Harness, tmp_path: Path) -> None:
    await cut(harness, tmp_path, 12, range(500))


def test_what_needs_not_be_durable_may_go_with_the_power_and_goes_whole(file_cache: Cache, tmp_path: Path) -> None:
    file_cache.close()
    base = file_cache.path.read_bytes()
    with recorded(file_cache.path.parent) as tape:
        at_work = Cache.open(file_cache.path, role="writer")
        write_note(at_work, "kept")
        for number in range(5):
            write_note(at_work, f"lost {number}", durable=False)
        last = len(tape.events)  # closing syncs all there is
        at_work.close()
    left = []
    for seed in range(8):
        with found_after(tape, base, last, seed, tmp_path / str(seed)) as found:
            left.append(notes(found))
    assert all("kept" in each for each in left)
    assert min(map(len, left)) < 6, "the cuts are real: some take what was not synced"
    assert all({f"lost {number}" for number in range(len(each) - 1)} <= each for each in left), "the newest go first"
