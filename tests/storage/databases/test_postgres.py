"""A cache in PostgreSQL: refused where it is not ours, and going on when server or session break off."""

import threading
from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session

from storage import cache as cache_module
from storage.cache import Cache, schema_version
from storage.databases import postgres
from storage.databases.postgres import PostgresDatabase, SessionLock
from storage.errors import (
    CacheBusy,
    CacheDamaged,
    CacheError,
    CacheForeign,
    CacheFull,
    CacheInterrupted,
    CacheMissing,
    CacheNewer,
    CacheOlder,
    LeaderError,
)
from storage.models import SourceState
from storage.place import DatabaseUrl
from storage.sync import leader
from storage.sync.leader import Lead, take_lock
from tests.storage.server import Server, wait_until_gone, wait_until_waiting


@pytest.fixture
def bare(server: Server) -> Iterator[DatabaseUrl]:
    """A database with nothing in it."""
    place = server.bare("bare")
    yield place
    server.drop(place)


@pytest.fixture
def place(server_cache: Cache) -> DatabaseUrl:
    assert isinstance(server_cache.place, DatabaseUrl)
    return server_cache.place


@pytest.fixture
def lead(server_cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lead]:
    lock = take_lock(server_cache.place)
    assert isinstance(lock, SessionLock)
    lead = Lead(server_cache, lock)
    yield lead
    lead.close()
    lock.close()


def add(name: str) -> SourceState:
    return SourceState(source=name)


def sources(cache: Cache) -> list[str]:
    with cache.read() as session:
        return list(session.execute(text("SELECT source FROM source_states ORDER BY source")).scalars())


# ------------------------------------------------------------------------------------------------------- what it opens
def test_a_reader_of_an_empty_database_is_told_to_sync(bare: DatabaseUrl) -> None:
    with pytest.raises(CacheMissing, match="dryport sync"):
        Cache.open(bare)
    Cache.open(bare, role="writer").close()
    Cache.open(bare).close()


def test_who_looks_while_another_makes_the_tables_finds_an_empty_database_or_a_cache(bare: DatabaseUrl) -> None:
    database = PostgresDatabase(bare)
    url, _ = database.address()
    engine = create_engine(url, isolation_level="REPEATABLE READ")  # as readers are: they see one state
    with engine.connect() as looking:
        looking.execute(text("SELECT 1"))
        Cache.open(bare, role="writer").close()
        assert database.schema_of(looking) == 0
    with engine.connect() as looking:
        assert database.schema_of(looking) == schema_version()
    engine.dispose()


@pytest.mark.parametrize("table", ["invoices", "alembic_version"])
def test_a_database_of_something_else_is_refused_and_left_as_it_is(
    server: Server, bare: DatabaseUrl, table: str
) -> None:
    with server.connect(bare) as connection:
        connection.execute(f"CREATE TABLE {table} (version_num text)")
    with pytest.raises(CacheForeign, match="a database of its own"):
        Cache.open(bare, role="writer")
    with server.connect(bare) as connection:
        assert connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall() == [
            (table,)
        ]


def test_a_database_of_another_encoding_is_refused_with_the_remedy(server: Server) -> None:
    place = server.bare("latin", encoding="LATIN1")
    with pytest.raises(CacheError, match="ENCODING 'UTF8'"):
        Cache.open(place, role="writer")
    server.drop(place)


def test_a_newer_cache_is_refused_and_an_older_one_waits_for_the_writer(
    place: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = schema_version()
    monkeypatch.setattr(cache_module, "schema_version", lambda: known - 1)
    with pytest.raises(CacheNewer, match="upgrade"):
        Cache.open(place, role="writer")
    monkeypatch.setattr(cache_module, "schema_version", lambda: known + 1)
    with pytest.raises(CacheOlder, match="dryport sync"):
        Cache.open(place)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql+psycopg://postgres@/nowhere?host={host}", "no such database"),
        ("postgresql+psycopg://nobody@/postgres?host={host}", "Cannot use the cache"),
        ("postgresql+psycopg://postgres@/postgres?host={host}/elsewhere", "cannot be reached"),
        ("postgresql+psycopg://postgres@127.0.0.1:1/postgres", "cannot be reached"),
    ],
    ids=["database", "user", "socket", "port"],
)
def test_what_cannot_be_connected_to_is_one_sentence(place: DatabaseUrl, address: str, said: str) -> None:
    host = place.text.partition("host=")[2]
    with pytest.raises(CacheError, match=said):
        Cache.open(address.format(host=host))
    with pytest.raises(CacheError, match=said):
        take_lock(DatabaseUrl(address.format(host=host)))


# ----------------------------------------------------------------------------------------------- reading and writing
def test_a_reader_sees_one_state_whatever_is_committed_meanwhile(server_cache: Cache) -> None:
    count = text("SELECT count(*) FROM source_states")
    with server_cache.read() as session:
        before = session.execute(count).scalar_one()
        with server_cache.write() as other:
            other.add(add("gateway"))
        assert session.execute(count).scalar_one() == before
    with server_cache.read() as session:
        assert session.execute(count).scalar_one() == before + 1


def test_nothing_is_left_open_between_two_questions(server: Server, server_cache: Cache, place: DatabaseUrl) -> None:
    server_cache.data_version()
    sources(server_cache)
    with server.connect(place) as connection:
        states = connection.execute(
            "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert set(states) == {("idle",)}


def test_a_writer_that_waits_too_long_is_told_who_is_to_blame(
    place: DatabaseUrl, server_cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "BUSY_S", 0.05)
    impatient = Cache.open(place, role="writer")
    with server_cache.write(), pytest.raises(CacheBusy, match="Another process"), impatient.write():
        raise AssertionError("two writers at once")
    impatient.close()


def test_a_writer_that_stands_still_keeps_nobody_waiting_for_ever(
    server: Server, server_cache: Cache, place: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "WRITING_S", 0.05)
    still = Cache.open(place, role="writer")

    def stand_still() -> None:
        with server.connect(place) as watching, still.write() as session:
            session.add(add("never"))
            session.flush()
            wait_until_gone(watching, session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

    with pytest.raises(CacheInterrupted):
        stand_still()
    with server_cache.write() as session:
        session.add(add("next"))
    assert sources(server_cache) == ["next"]
    still.close()


def test_a_database_that_became_read_only_keeps_what_it_has_and_says_so(
    server: Server, server_cache: Cache, place: DatabaseUrl
) -> None:
    server.alter(place, "SET default_transaction_read_only = on")
    server.end_sessions(place)
    try:
        with pytest.raises(CacheFull, match="read-only"), server_cache.write() as session:
            session.add(add("lost"))
        assert sources(server_cache) == []
    finally:
        server.alter(place, "RESET default_transaction_read_only")


# ------------------------------------------------------------------------------------------- broken off, and going on
def test_ended_sessions_are_replaced_without_a_word(server: Server, server_cache: Cache, place: DatabaseUrl) -> None:
    with server_cache.write() as session:
        session.add(add("gateway"))
    assert sources(server_cache) == ["gateway"]
    server.end_sessions(place)
    assert sources(server_cache) == ["gateway"]


def test_a_watch_whose_session_ended_looks_again(server: Server, server_cache: Cache, place: DatabaseUrl) -> None:
    version = server_cache.data_version()
    server.end_sessions(place)
    with pytest.raises(CacheInterrupted):
        server_cache.data_version()
    assert server_cache.data_version() == version


def test_a_server_that_is_started_again_is_written_to_by_the_same_leader(
    server: Server, server_cache: Cache, lead: Lead
) -> None:
    lead.write_now(lambda session, _now: session.add(add("before")))
    server.restart()
    lead.write_now(lambda session, _now: session.add(add("after")))
    assert sources(server_cache) == ["after", "before"]
    assert take_lock(server_cache.place) is None, "it leads as before"


def test_a_leader_whose_lock_went_to_another_writes_nothing_more(
    server: Server, server_cache: Cache, lead: Lead, place: DatabaseUrl
) -> None:
    server.end_sessions(place)
    other = take_lock(place)
    assert other is not None
    with pytest.raises(LeaderError):
        lead.write_now(lambda session, _now: session.add(add("late")))
    assert sources(server_cache) == []
    other.close()


def test_of_two_transactions_in_each_others_way_ours_is_done_again_as_a_whole(
    server: Server, server_cache: Cache, lead: Lead, place: DatabaseUrl
) -> None:
    with server_cache.write() as session:
        session.add_all([add("a"), add("b")])
    server.alter(place, "SET deadlock_timeout = '20ms'")
    server.end_sessions(place)
    touch = "UPDATE source_states SET failures = failures + 1 WHERE source = '{}'"
    calls = []
    with server.connect(place) as watching, psycopg.connect(place.text.replace("+psycopg", "")) as other:
        other.execute("SET deadlock_timeout = '1min'")  # so that it is ours that is broken off
        other.execute(touch.format("b"))

        def go_on() -> None:
            other.execute(touch.format("a"))
            other.commit()

        theirs = threading.Thread(target=go_on)

        def ours(session: Session, _now: datetime) -> None:
            calls.append(1)
            session.execute(text(touch.format("a")))
            if not theirs.ident:
                theirs.start()
                wait_until_waiting(watching, other.info.backend_pid)
            session.execute(text(touch.format("b")))

        lead.write_now(ours)
        theirs.join()
    server.alter(place, "RESET deadlock_timeout")
    assert len(calls) == 2
    with server_cache.read() as session:
        assert session.execute(text("SELECT sum(failures) FROM source_states")).scalar_one() == 4


def test_what_is_broken_off_again_and_again_is_said(
    server_cache: Cache, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "PAUSES_S", (0.0, 0.0))
    calls = []

    def fail(session: Session, _now: datetime) -> None:
        calls.append(session)
        raise psycopg.errors.SerializationFailure("could not serialize access")

    with pytest.raises(CacheInterrupted, match="broke off a transaction"):
        lead.write_now(fail)
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DiskFull, CacheFull),
        (psycopg.errors.TooManyConnections, CacheError),
        (psycopg.errors.AdminShutdown, CacheInterrupted),
        (psycopg.errors.DataCorrupted, CacheDamaged),
        (psycopg.OperationalError, CacheInterrupted),
    ],
)
def test_the_servers_codes_become_our_errors(
    place: DatabaseUrl, error: type[psycopg.Error], kind: type[CacheError]
) -> None:
    assert isinstance(PostgresDatabase(place).translated(error("it says")), kind)
    assert PostgresDatabase(place).translated(psycopg.errors.UndefinedTable("a bug")) is None


def test_whether_somebody_leads_can_be_asked_again_and_again(
    server: Server, server_cache: Cache, place: DatabaseUrl
) -> None:
    looking = PostgresDatabase(place)
    assert not looking.is_led()
    lock = take_lock(place)
    assert lock is not None
    assert looking.is_led()
    lock.close()
    server.end_sessions(place)
    assert not looking.is_led()
    looking.close()
