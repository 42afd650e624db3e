"""Everything about one thing: `detail(session, clock, kind, id)` is its page, as sections of typed values."""

from collections.abc import Callable, Iterator

import msgspec
from sqlmodel import Session

from storage import notes
from storage.clock import Clock
from storage.figures.policy import DEFAULT, Policy
from storage.models import Note
from storage.queries.details.customs import declaration_page, seal_page
from storage.queries.details.feeds import feed_page
from storage.queries.details.parts import Detail, Kind, Line, Link, Section
from storage.queries.details.rail import train_page, wagon_page
from storage.queries.details.yard import block_page, booking_page

__all__ = ["KINDS", "Detail", "Kind", "Line", "Link", "Section", "detail"]

KINDS: dict[str, Callable[[Session, Clock, str, Policy], Detail | None]] = {
    "train": train_page,
    "declaration": declaration_page,
    "block": block_page,
    "feed": feed_page,
    "wagon": wagon_page,
    "booking": booking_page,
    "seal": seal_page,
}
"""What has a page, to the function that makes it."""


def _noted(note: Note) -> Iterator[Line]:
    yield Line(note.author, note.written_at, "time")
    yield Line("", note.text)
    if not note.stands:
        yield Line(f"withdrawn by {note.withdrawn_by}", note.withdrawn_at, "time")


def detail(session: Session, clock: Clock, kind: str, identity: str, *, policy: Policy = DEFAULT) -> Detail | None:
    """The page of the thing of that kind and id, with what people noted on it; None when it is not in the cache."""
    maker = KINDS.get(kind)
    page = None if maker is None else maker(session, clock, identity, policy)
    found = notes.on(session, clock, kind, identity) if page is not None else []
    if page is None or not found:
        return page
    noted = tuple(line for note in found for line in _noted(note))
    return msgspec.structs.replace(page, sections=(*page.sections, Section("Notes, newest first", noted)))
