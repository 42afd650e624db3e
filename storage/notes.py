"""Notes that people write on a box, a train, a declaration, a track: kept in this cache, whatever the feeds do.

No sync reads or writes them. A note is on the disk before `add` returns, unlike what the sync writes, which a source
can give again. Nothing deletes one: its writer can withdraw it, and it stays to be read, with who did and when.
"""

import getpass
import os
from collections.abc import Collection

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from storage.cache import Cache
from storage.clock import Clock
from storage.errors import UsageError
from storage.figures.policy import Moment
from storage.models import Note
from storage.models.base import NAME_LENGTH
from storage.models.notes import NOTE_LENGTH
from storage.text import clean

KINDS = ("train", "box", "declaration", "track", "wagon", "block", "booking", "seal", "feed")
"""What a note can be on."""


def add(cache: Cache, clock: Clock, kind: str, object_id: str, text: str, *, author: str | None = None) -> Note:
    """Write a note; it is signed by the user of this process unless `author` is given.

    Raises:
        UsageError: nothing is written, it is too long, or nothing of that kind has notes.
        CacheError: it could not be kept.
    """
    words = " ".join(text.split())
    if kind not in KINDS:
        raise UsageError(f"There are no notes on a {kind}: choose one of {', '.join(KINDS)}.")
    if not words:
        raise UsageError("The note is empty: write what others should know.")
    if len(words) > NOTE_LENGTH:
        raise UsageError(f"The note has {len(words)} characters: shorten it to {NOTE_LENGTH}.")
    signed = clean(author if author is not None else _user(), limit=NAME_LENGTH)
    note = Note(
        kind=kind, object_id=object_id, author=signed, written_at=Moment.of(clock).machine_now, text=clean(words)
    )
    with cache.write(durable=True) as session:
        session.add(note)
    return note


def withdraw(cache: Cache, clock: Clock, number: int, *, author: str | None = None) -> Note:
    """Take a note back; its number is its `note`. Done twice, it is as it was after the first time.

    Raises:
        UsageError: somebody else wrote it, or there is none.
        CacheError: it could not be kept.
    """
    by = clean(author if author is not None else _user(), limit=NAME_LENGTH)
    with cache.write(durable=True) as session:
        note = session.get(Note, number)
        if note is None:
            raise UsageError("There is no such note: look at the page again.")
        if note.author != by:
            raise UsageError(f"{note.author} wrote that note: ask them to withdraw it, or write what is so.")
        if note.stands:
            note.withdrawn_at, note.withdrawn_by = Moment.of(clock).machine_now, by
        session.flush()
        session.expunge(note)
    return note


def on(session: Session, clock: Clock, kind: str, object_id: str) -> list[Note]:
    """The notes on an object that there were at the view's time, newest first; those withdrawn since stand."""
    then = Moment.of(clock).machine_now
    chosen = select(Note).where(Note.kind == kind, Note.object_id == object_id, Note.written_at <= then)
    found = list(session.exec(chosen.order_by(col(Note.written_at).desc(), col(Note.note).desc())))
    for note in found:
        session.expunge(note)
        if note.withdrawn_at is not None and note.withdrawn_at > then:
            note.withdrawn_at = note.withdrawn_by = None
    return found


def own(session: Session, clock: Clock, kind: str, object_id: str) -> list[Note]:
    """Those of them that the user of this process can withdraw."""
    writer = clean(_user(), limit=NAME_LENGTH)
    return [note for note in on(session, clock, kind, object_id) if note.stands and note.author == writer]


def counts(session: Session, clock: Clock, kind: str, object_ids: Collection[str]) -> dict[str, int]:
    """Object id to how many notes on it stand; objects without one are left out."""
    then = Moment.of(clock).machine_now
    chosen = select(Note.object_id, func.count()).where(
        Note.kind == kind, col(Note.object_id).in_(object_ids), Note.written_at <= then,
        or_(col(Note.withdrawn_at).is_(None), col(Note.withdrawn_at) > then),
    )  # fmt: skip
    return dict(session.exec(chosen.group_by(col(Note.object_id))).all())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # a user without a name, as in a bare container
