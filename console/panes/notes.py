"""Notes as they stand in a page: who, what, and when it was withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.format import Wall

if TYPE_CHECKING:
    from storage.models import Note


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
