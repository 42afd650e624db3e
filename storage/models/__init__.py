"""SQLModel tables, one file an area; `FEEDS` is every feed of the native contract, in the order to load them."""

from storage.models.base import LOCAL_COLUMNS, EpochMs, Feed, feed_name, from_ms, known_words, table_of, to_ms
from storage.models.customs import CustomsOffice, Declaration, DeclarationBox, DesignatedSite, Inspection, Seal
from storage.models.flow import Booking, GateVisit, Voyage
from storage.models.history import Memory, SyncRun, closing, history_of
from storage.models.local import FeedState, Leader, Quarantine, SourceState
from storage.models.notes import Note
from storage.models.trains import Track, TrackClosure, Train, TrainCutoff, TrainStop, Wagon
from storage.models.yard import Block, Container, Crane, WorkInstruction, YardTally

FEEDS: dict[str, type[Feed]] = {
    feed_name(model): model
    for model in (
        Track, TrackClosure, Train, TrainStop, TrainCutoff, Wagon,
        Block, Crane, Container, WorkInstruction,
        CustomsOffice, Declaration, DeclarationBox, Inspection, Seal, DesignatedSite,
        Booking, GateVisit, Voyage,
    )
}  # fmt: skip
"""Feed name to its model."""

HISTORY = {name: history_of(model) for name, model in FEEDS.items()}
"""Feed name to the table of its closed versions."""

__all__ = [
    "FEEDS", "HISTORY", "LOCAL_COLUMNS", "Block", "Booking", "Container", "Crane", "CustomsOffice", "Declaration",
    "DeclarationBox", "DesignatedSite", "EpochMs", "Feed", "FeedState", "GateVisit", "Inspection", "Leader", "Memory",
    "Note", "Quarantine", "Seal", "SourceState", "SyncRun", "Track", "TrackClosure", "Train", "TrainCutoff",
    "TrainStop", "Voyage", "Wagon", "WorkInstruction", "YardTally", "closing", "feed_name", "from_ms", "history_of",
    "known_words", "table_of", "to_ms",
]  # fmt: skip
