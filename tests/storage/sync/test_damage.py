"""A damaged cache is set aside and begun anew; what is not ours is left; nothing is ever overwritten."""

import asyncio
import errno
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from console.view import View
from console.watch import Watch
from storage import damage
from storage.cache import Cache
from storage.clock import ManualClock
from storage.damage import check, is_suspected, passing, renew, set_aside, suspect
from storage.databases import sqlite as sqlite_module
from storage.databases.sqlite import anew_path
from storage.errors import CacheDamaged, CacheError, CacheForeign, CacheFull
from storage.models import Container, Leader, Note
from storage.sync import service
from storage.sync.service import sync_follow, sync_once
from tests.storage.sync.conftest import Harness

NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)


@pytest.fixture
def cache(file_cache: Cache) -> Cache:
    """Files are what gets damaged here."""
    return file_cache


async def filled(harness: Harness) -> Path:
    """The harness's cache with boxes and a note in it, closed by a leader that was cut off."""
    for number in range(60):
        harness.gateway.box(f"b{number}", remark="x" * 400)
    await harness.sync()
    with harness.cache.write() as session:
        session.get_one(Leader, 1).stopped_at = None
        session.add(Note(kind="box", object_id="b1", author="dispatch", written_at=NOW, text="wet floor"))
    harness.cache.close()
    return harness.cache.path


def rows_now(path: Path) -> dict[str, int]:
    """Key to revision of the boxes, as who opens the cache now reads them; none while there is no cache."""
    try:
        cache = Cache.open(path)
    except CacheError:
        return {}
    with cache.read() as session:
        rows = {box.id: box.rev for box in session.exec(select(Container))}
    cache.close()
    return rows


def overwritten(content: bytes, start: int, length: int) -> bytes:
    return content[:start] + bytes(length) + content[start + length :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "garbage": lambda content: b"\xff not a database at all" * 500,
    "zero-byte": lambda content: b"",
    "shorter than a header": lambda content: content[:60],
    "cut in half": lambda content: content[: len(content) // 2],
    "no header": lambda content: overwritten(content, 0, 100),
    "no schema": lambda content: overwritten(content, 100, 3000),
    "a table renamed": lambda content: content.replace(b"tablebookingsbookings", b"tablecookingsbookings"),
    "a column renamed": lambda content: content.replace(b"\tgross_kg ", b"\tgrosz_kg "),
    "a column without letters": lambda content: content.replace(b"\tgross_kg ", b"\tgross\xd2kg "),
    "a page lost": lambda content: overwritten(content, len(content) - 4096, 4096),
}


@pytest.mark.parametrize("kind", DAMAGES)
async def test_a_damaged_cache_is_set_aside_whole_and_filled_anew(harness: Harness, kind: str) -> None:
    path = await filled(harness)
    broken = DAMAGES[kind](path.read_bytes())
    path.write_bytes(broken)
    said: list[str] = []
    await sync_once(path, [harness.settings], say=said.append)
    [(_, aside)] = set_aside(path)
    assert aside.read_bytes() == broken
    assert aside.name.startswith("cache.db.corrupt.2")
    assert [aside.name in sentence for sentence in said] == [True]
    assert harness.rows() == harness.served()
    check(harness.cache)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_what_people_wrote_comes_along(harness: Harness) -> None:
    path = await filled(harness)
    path.write_bytes(DAMAGES["a page lost"](path.read_bytes()))
    said: list[str] = []
    await sync_once(path, [harness.settings], say=said.append)
    assert said[0].endswith("; 1 notes were saved.")
    with harness.cache.read() as session:
        assert [(note.text, note.written_at) for note in session.exec(select(Note))] == [("wet floor", NOW)]


@pytest.mark.parametrize("step", ["_move", "_salvage"])
async def test_what_people_wrote_is_there_whatever_ends_the_syncer_meanwhile(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = await filled(harness)
    path.write_bytes(DAMAGES["a page lost"](path.read_bytes()))
    done = getattr(damage, step)

    def ended_after(*given: Any) -> None:
        done(*given)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(damage, step, ended_after)
        with pytest.raises(SystemExit):
            renew(path, CacheDamaged("a page is lost"))
    await harness.sync()
    with harness.cache.read() as session:
        assert [(note.text, note.written_at) for note in session.exec(select(Note))] == [("wet floor", NOW)]
    assert harness.rows() == harness.served()
    assert not anew_path(path).exists()


async def test_notes_that_cannot_be_read_are_not_passed_over_in_silence(harness: Harness) -> None:
    path = await filled(harness)
    path.write_bytes(DAMAGES["no schema"](path.read_bytes()))
    assert renew(path, CacheDamaged("by hand")).endswith(
        "all is read anew; there may be notes in it that cannot be read."
    )


async def test_a_note_written_into_the_damaged_file_at_the_last_moment_comes_along(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await filled(harness)
    move = damage._move

    def written_before(*given: Any) -> Path:
        with harness.cache.write() as session:
            session.add(Note(kind="box", object_id="b2", author="dispatch", written_at=NOW, text="just now"))
        harness.cache.close()
        return move(*given)

    monkeypatch.setattr(damage, "_move", written_before)
    assert "2 notes were saved" in renew(path, CacheDamaged("by hand"))


async def test_without_room_for_a_new_one_the_damaged_one_stays_where_it_is(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await filled(harness)
    before = path.read_bytes()

    def refused(**_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", refused)
        with pytest.raises(CacheError, match="No space left"):
            renew(path, CacheDamaged("by hand"))
    assert path.read_bytes() == before
    assert set_aside(path) == []
    assert "1 notes were saved" in renew(path, CacheDamaged("by hand"))


async def test_a_sound_cache_whose_leader_was_cut_off_stays(harness: Harness) -> None:
    path = await filled(harness)
    await harness.sync()
    assert set_aside(path) == []


async def test_what_is_not_ours_is_left_as_it_is(harness: Harness) -> None:
    path = harness.cache.path.with_name("other.db")
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE recipes (name TEXT); PRAGMA user_version = 1; PRAGMA application_id = 7;")
    connection.close()
    path.chmod(0o600)
    before = path.read_bytes()
    with pytest.raises(CacheForeign, match="not a cache of Dryport"):
        await sync_once(path, [harness.settings])
    assert path.read_bytes() == before
    assert set_aside(path) == []


async def test_damage_met_while_following_begins_anew_and_who_reads_moves_over(harness: Harness) -> None:
    harness.gateway.box("b1")
    path = harness.cache.path
    view = View(lambda: Cache.open(path), ManualClock(NOW))
    watch = Watch(view, lambda _pulse: None)
    armed = [False]

    def malformed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if armed[0] and statement.startswith("UPDATE leader"):
            armed[0] = False
            raise sqlite_module.DRIVER.DatabaseError("database disk image is malformed")

    event.listen(Engine, "before_cursor_execute", malformed)
    stop, said = asyncio.Event(), list[str]()
    following = asyncio.create_task(sync_follow(path, [harness.settings], stop=stop, say=said.append))
    try:
        async with asyncio.timeout(60):
            while "containers" not in (await asyncio.to_thread(watch.look)).gens:
                await asyncio.sleep(0.01)
            old = view.cache
            armed[0] = True
            harness.gateway.box("b2")
            while not said or rows_now(path) != harness.served():
                await asyncio.sleep(0.01)
            pulse = await asyncio.to_thread(watch.look)
    finally:
        event.remove(Engine, "before_cursor_execute", malformed)
        stop.set()
        await following
    assert len(said) == 1
    assert "all is read anew" in said[0]
    [(_, aside)] = set_aside(path)
    assert aside.exists()
    assert view.cache is not old
    assert pulse.problem == ""
    assert aside.name in pulse.words
    watch.stop()
    view.close()


async def test_damage_that_only_a_reader_meets_is_looked_into_by_the_syncer(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_AFTER_S", 0.01)
    path = await filled(harness)
    content = path.read_bytes()
    place = content.rindex(b"x" * 400) + 7
    path.write_bytes(content[:place] + b"\xf8" + content[place + 1 :])  # no letter of any kind
    view = View(lambda: Cache.open(path), ManualClock(NOW))
    stop, said = asyncio.Event(), list[str]()
    following = asyncio.create_task(sync_follow(path, [harness.settings], stop=stop, say=said.append))
    async with asyncio.timeout(60):
        while not harness.asked("/v1/changes"):
            await asyncio.sleep(0.01)
        assert said == [], "the file holds together, and the syncer never reads a remark"
        with pytest.raises(CacheDamaged, match="decode"):
            await asyncio.to_thread(view.ask, lambda session, _clock: session.exec(select(Container)).all())
        while not said or rows_now(path) != harness.served():
            await asyncio.sleep(0.01)
    stop.set()
    await following
    assert "all is read anew" in said[0]
    assert not is_suspected(path)
    view.close()


async def test_a_suspicion_without_cause_is_looked_into_once(harness: Harness) -> None:
    path = await filled(harness)
    suspect(path)
    await harness.sync()
    assert set_aside(path) == []
    assert not is_suspected(path)


async def test_a_cache_that_is_damaged_again_at_once_points_to_the_disk(harness: Harness) -> None:
    path = await filled(harness)
    path.write_bytes(b"")
    await harness.sync()
    harness.cache.close()
    path.write_bytes(b"")
    with pytest.raises(CacheDamaged, match="check the disk"):
        await harness.sync()
    assert path.read_bytes() == b""


def test_the_last_two_damaged_files_stay_with_their_logs(tmp_path: Path) -> None:
    path, clock = tmp_path / "cache.db", ManualClock(NOW)
    for number in range(4):
        path.write_bytes(b"%d" % number)
        path.with_name("cache.db-wal").write_bytes(b"log %d" % number)
        renew(path, CacheDamaged("damaged"), clock)
        clock.advance(minutes=2)
    kept = [aside for _, aside in set_aside(path)]
    assert [aside.read_bytes() for aside in kept] == [b"2", b"3"]
    logs = sorted(tmp_path.glob("*.corrupt.*-wal"))
    assert {log.name.removesuffix("-wal") for log in logs} <= {aside.name for aside in kept}


def test_a_log_left_by_a_file_that_was_moved_away_is_not_played_into_the_new_one(
    file_cache: Cache, tmp_path: Path
) -> None:
    path = file_cache.path
    with file_cache.write() as session:
        session.add(Leader(epoch=41))
    path.rename(tmp_path / "moved.db")  # its log stays, as when a person moves the file alone
    assert path.with_name("cache.db-wal").stat().st_size > 0
    anew = Cache.open(path, role="writer")
    check(anew)
    with anew.read() as session:
        assert session.get(Leader, 1) is None
    anew.close()


def test_only_what_ends_by_itself_is_passed_over() -> None:
    def met(error: CacheError) -> None:
        raise error

    with passing():
        met(CacheFull("no room"))
    with pytest.raises(CacheDamaged), passing():
        met(CacheDamaged("broken"))


def test_a_damaged_server_is_left_to_who_looks_after_it() -> None:
    from storage.place import place_of

    with pytest.raises(CacheDamaged, match="restore it"):
        renew(place_of("postgresql+psycopg://yard/dryport"), CacheDamaged("restore it"))


def test_an_old_accident_is_told_no_more(file_cache: Cache) -> None:
    view = View(lambda: Cache.open(file_cache.path), ManualClock(NOW))
    stamp = f"{NOW - timedelta(hours=2):{damage.STAMP}}"
    file_cache.path.with_name(f"cache.db.corrupt.{stamp}").touch()
    assert Watch(view, lambda _pulse: None).look().words == ""
    view.close()
