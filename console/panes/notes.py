"""Notes where the things are that they are on: a sign in lists; in pages who, what, and when it was withdrawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.format import Wall
from console.view import View
from widgets.rows import ListSource, Page, Row

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.clock import Clock
    from storage.models import Note


class NotedRows(ListSource):
    """Rows at hand, the keys of which name what they are, `box:B1`; those with a note have the sign of it."""

    def __init__(self, view: View, rows: Sequence[Row]) -> None:
        super().__init__(rows)
        self._view = view

    def page(self, offset: int, limit: int) -> Page:
        """At most `limit` rows from the `offset`-th on."""
        total, rows, _ = super().page(offset, limit)
        noted = self._view.ask(lambda session, clock: _noted(session, clock, rows)) if rows else frozenset()
        return Page(total, [row._replace(noted=row.key in noted) for row in rows])


def _noted(session: Session, clock: Clock, rows: Sequence[Row]) -> frozenset[str]:
    """The keys of those with a note."""
    from storage import notes

    ids: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        kind, _, identity = row.key.partition(":")
        ids[kind].append(identity)
    found = ((kind, notes.counts(session, clock, kind, some)) for kind, some in ids.items())
    return frozenset(f"{kind}:{identity}" for kind, counted in found for identity in counted)


def notes_title(notes: Sequence[Note]) -> str:
    """`Notes 2, 1 withdrawn`: those that stand are counted."""
    withdrawn = sum(not note.stands for note in notes)
    return f"Notes {len(notes) - withdrawn}{f', {withdrawn} withdrawn' if withdrawn else ''}"


def note_words(note: Note, wall: Wall) -> str:
    """`Chen: crew is late`, and who withdrew it when: legible where nothing can be struck."""
    said = f"{note.author}: {note.text}"
    return said if note.stands else f"{said} (withdrawn {wall.time(note.withdrawn_at)} by {note.withdrawn_by})"


def note_style(note: Note, style: str = "") -> str:
    """How it is written: in this style, or struck."""
    return style if note.stands else "struck"
