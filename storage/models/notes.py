"""What people write beside the data. Local to this cache: no sync reads or writes it, and it is never on the wire."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from storage.models.base import ID_LENGTH, NAME_LENGTH, EpochMs, Kept

NOTE_LENGTH = 2_000
"""Longest text of a note, characters."""
KIND_LENGTH = 40


class Note(Kept, table=True):
    """A note on an object of the terminal. The object may be gone from its feed; the note stays, also withdrawn."""

    __tablename__ = "notes"
    __table_args__ = (Index("notes_object", "kind", "object_id", "written_at"),)

    note: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=KIND_LENGTH, description="What it is on: train, box, declaration, track, ...")
    object_id: str = Field(max_length=ID_LENGTH, description="Its id in its feed.")
    author: str = Field(max_length=NAME_LENGTH, description="Who wrote it, as the system knows them.")
    written_at: datetime = Field(sa_type=EpochMs, description="When, by this machine's clock.")
    text: str = Field(max_length=NOTE_LENGTH, description="The note, cleaned.")
    withdrawn_at: datetime | None = Field(default=None, sa_type=EpochMs, description="When it was taken back.")
    withdrawn_by: str | None = Field(default=None, max_length=NAME_LENGTH, description="Who took it back.")

    @property
    def stands(self) -> bool:
        """Nobody has taken it back."""
        return self.withdrawn_at is None
