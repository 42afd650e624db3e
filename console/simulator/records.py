"""The records of the world: one light struct a feed, derived from the feed's SQLModel class.

A world of 100 000 boxes changes records all the time; a msgspec struct is a tenth of the size of a table model and is
encoded at once. Fields, types and defaults are the model's own, less the columns that the cache adds, so that a field
is declared in one place. For the type checker a record *is* the model.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from storage.models import FEEDS, LOCAL_COLUMNS, Feed

UNWRITTEN: dict[str, Any] = {"rev": 0, "changed_at": datetime(1970, 1, 1, tzinfo=UTC)}
"""Revision and time of a record that no commit has taken in yet; the change log sets both."""


def record_struct(model: type[Feed]) -> type[msgspec.Struct]:
    """The struct of a feed's records: required fields first, None left out when encoded."""
    fields = [(name, field) for name, field in model.model_fields.items() if name not in LOCAL_COLUMNS]
    return msgspec.defstruct(
        model.__name__,
        [
            (name, field.annotation) if field.is_required() else (name, field.annotation, field.default)
            for name, field in sorted(fields, key=lambda item: not item[1].is_required())
        ],
        omit_defaults=True,
        kw_only=True,
        gc=False,  # scalars only: nothing to find for the garbage collector, 100 000 times
        module=__name__,
    )


if TYPE_CHECKING:
    from storage.models import (
        Block,
        Booking,
        Container,
        Crane,
        CustomsOffice,
        Declaration,
        DeclarationBox,
        DesignatedSite,
        GateVisit,
        Inspection,
        Seal,
        Track,
        TrackClosure,
        Train,
        TrainCutoff,
        TrainStop,
        Voyage,
        Wagon,
        WorkInstruction,
    )

    FEED_OF: dict[type[Feed], str]
else:
    _STRUCTS = {feed: record_struct(model) for feed, model in FEEDS.items()}
    globals().update({struct.__name__: struct for struct in _STRUCTS.values()})
    FEED_OF = {struct: feed for feed, struct in _STRUCTS.items()}

__all__ = [
    "FEED_OF", "UNWRITTEN", "Block", "Booking", "Container", "Crane", "CustomsOffice", "Declaration", "DeclarationBox",
    "DesignatedSite", "GateVisit", "Inspection", "Seal", "Track", "TrackClosure", "Train", "TrainCutoff", "TrainStop",
    "Voyage", "Wagon", "WorkInstruction", "record_struct",
]  # fmt: skip
