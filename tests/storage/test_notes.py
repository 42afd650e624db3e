"""Notes: written by people, kept whatever the feeds do."""

import getpass
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import Session, select

from storage import notes
from storage.cache import Cache
from storage.clock import ManualClock, PinnedClock, SystemClock
from storage.errors import UsageError
from storage.models import FEEDS, Note, table_of
from tests.scene import NOW
from tests.scenery.rows import Rows

CLOCK = ManualClock(NOW)


def texts(cache: Cache, kind: str = "box", clock: ManualClock | PinnedClock = CLOCK) -> list[str]:
    with cache.read() as session:
        return [note.text for note in notes.on(session, clock, kind, "B1")]


def test_a_note_is_kept_with_its_author_and_time(cache: Cache) -> None:
    notes.add(cache, CLOCK, "box", "B1", "called the broker", author="Chen")
    with cache.read() as session:
        (note,) = notes.on(session, CLOCK, "box", "B1")
    assert (note.author, note.written_at, note.text) == ("Chen", NOW, "called the broker")


def test_the_newest_note_comes_first_and_each_object_has_its_own(cache: Cache) -> None:
    clock = ManualClock(NOW)
    for text in ("first", "second"):
        notes.add(cache, clock, "box", "B1", text)
        clock.advance(minutes=1)
    notes.add(cache, clock, "train", "B1", "of the train")
    notes.add(cache, clock, "box", "B2", "of another box")
    assert texts(cache, clock=clock) == ["second", "first"]
    with cache.read() as session:
        assert notes.counts(session, clock, "box", ["B1", "B2", "B3"]) == {"B1": 2, "B2": 1}


def test_a_review_shows_the_notes_there_were_then(cache: Cache) -> None:
    notes.add(cache, CLOCK, "box", "B1", "now")
    assert texts(cache, clock=PinnedClock(NOW - timedelta(minutes=1))) == []


def test_a_clock_that_follows_its_source_does_not_hide_a_note_just_written(cache: Cache) -> None:
    ahead, behind = SystemClock(timedelta(hours=1)), SystemClock(timedelta(hours=-1))
    notes.add(cache, ahead, "box", "B1", "seen")
    with cache.read() as session:
        assert len(notes.on(session, behind, "box", "B1")) == 1


def test_a_note_is_one_clean_line(cache: Cache) -> None:
    notes.add(cache, CLOCK, "box", "B1", "  two\n lines \x1b[31m[bold]", author="a\x07b")
    assert texts(cache) == ["two lines ␛[31m[bold]"]
    with cache.read() as session:
        assert session.exec(select(Note.author)).one() == "a␇b"


def test_its_writer_withdraws_a_note_and_it_stays_with_who_and_when(cache: Cache) -> None:
    clock = ManualClock(NOW)
    wrong, right = (notes.add(cache, clock, "box", "B1", text, author="Chen").note for text in ("wrong", "right"))
    clock.advance(minutes=5)
    assert wrong is not None
    notes.withdraw(cache, clock, wrong, author="Chen")
    clock.advance(minutes=5)
    notes.withdraw(cache, clock, wrong, author="Chen")
    with cache.read() as session:
        found = {note.note: note for note in notes.on(session, clock, "box", "B1")}
        assert notes.counts(session, clock, "box", ["B1"]) == {"B1": 1}
    assert (found[wrong].text, found[wrong].withdrawn_at) == ("wrong", NOW + timedelta(minutes=5))
    assert (found[wrong].withdrawn_by, found[right].stands) == ("Chen", True)


def test_nobody_withdraws_the_note_of_another(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    note = notes.add(cache, CLOCK, "box", "B1", "hers", author="Chen")
    with pytest.raises(UsageError, match="Chen wrote that note"):
        notes.withdraw(cache, CLOCK, note.note or 0, author="Li")
    with pytest.raises(UsageError, match="no such note"):
        notes.withdraw(cache, CLOCK, 99, author="Li")
    monkeypatch.setattr(getpass, "getuser", lambda: "Li")
    mine = notes.add(cache, CLOCK, "box", "B1", "his")
    with cache.read() as session:
        assert [each.note for each in notes.own(session, CLOCK, "box", "B1")] == [mine.note]
        assert all(each.stands for each in notes.on(session, CLOCK, "box", "B1"))


def test_a_review_shows_a_note_as_standing_that_was_withdrawn_later(cache: Cache) -> None:
    clock = ManualClock(NOW)
    note = notes.add(cache, clock, "box", "B1", "then", author="Chen")
    clock.advance(minutes=5)
    notes.withdraw(cache, clock, note.note or 0, author="Chen")
    with cache.read() as session:
        then, now = PinnedClock(NOW), clock
        assert [each.stands for each in notes.on(session, then, "box", "B1")] == [True]
        assert [each.stands for each in notes.on(session, now, "box", "B1")] == [False]
        assert notes.counts(session, then, "box", ["B1"]) == {"B1": 1}
        assert notes.counts(session, now, "box", ["B1"]) == {}


@pytest.mark.parametrize(("kind", "text"), [("box", " \n"), ("box", "x" * 2_001), ("unicorn", "hello")])
def test_what_is_no_note_is_refused_in_words(cache: Cache, kind: str, text: str) -> None:
    with pytest.raises(UsageError, match=r"note"):
        notes.add(cache, CLOCK, kind, "B1", text)
    assert texts(cache) == []


def test_a_console_may_write_notes_while_the_syncer_holds_the_cache(cache: Cache) -> None:
    reader = Cache.open(cache.place)
    notes.add(reader, CLOCK, "box", "B1", "from a console")
    reader.close()
    assert texts(cache) == ["from a console"]


def test_notes_outlive_every_record_of_every_feed(cache: Cache) -> None:
    rows = Rows()
    rows.add(FEEDS["tracks"], id="B1", name="1")
    with cache.write() as session:
        rows.insert(session)
    notes.add(cache, CLOCK, "track", "B1", "stays")
    with cache.write() as session:
        for model in FEEDS.values():
            session.connection().execute(delete(table_of(model)))
    assert texts(cache, "track") == ["stays"]


def test_a_note_is_on_the_disk_before_add_returns_and_the_sync_stays_quick(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    if cache.database.address()[1].get("module") is None:
        pytest.skip("a database server waits for its disk by itself")

    def level(*, durable: bool) -> int:
        with cache.write(durable=durable) as session:
            return int(session.connection().exec_driver_sql("PRAGMA synchronous").scalar_one())

    levels = [level(durable=durable) for durable in (False, True, True, False)]
    assert levels == [1, 2, 2, 1]
    asked, write = [], cache.write

    def watched(*, durable: bool = False) -> AbstractContextManager[Session]:
        asked.append(durable)
        return write(durable=durable)

    monkeypatch.setattr(cache, "write", watched)
    notes.add(cache, CLOCK, "box", "B1", "kept")
    assert asked == [True]
