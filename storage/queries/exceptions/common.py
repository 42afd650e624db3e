"""What the lists of exceptions share: the boxes they look at, how much each matters, and since when it is so."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session

from storage.figures.policy import Moment
from storage.models import HISTORY, Container, table_of
from storage.queries.columns import Column
from storage.queries.containers import CONTAINERS, ContainerRow

LEVELS = ("act", "watch", "unknown", "calm")
"""The order in which lists begin with what matters most."""
MOST_VERSIONS = 500
"""So many versions of a box are gone back over to find since when something is so."""

RISK = Column("risk", "Risk", "text", "act, watch, unknown or calm.", order=LEVELS)
NUMBER = Column("number", "Box", "text", "Container number.", words=True, compact=True)
WHERE = Column("where", "Where", "text", "Block-bay-row-tier, wagon, truck or train.", words=True)
TRAIN = Column("train", "Train", "text", "Outbound train it is booked on.", words=True)
BOX_ID = Column("box_id", "Box id", "text", "Identity of the box.")
IDENTITY = Column("id", "Id", "text", "Identity of the row.")

_box = table_of(Container).c


def boxes(session: Session, moment: Moment, *where: ColumnElement[bool]) -> Sequence[ContainerRow]:
    """The boxes under the conditions on `containers`."""
    return CONTAINERS.read(session, CONTAINERS.statement.where(*where), moment)


def since(
    session: Session, moment: Moment, ids: Iterable[str], fields: Sequence[str], bad: Callable[[Any], bool]
) -> dict[str, datetime]:
    """Box id to the time from which on it has been bad without a break, as this cache saw it.

    `bad` judges a version by the named fields. What this cache never saw otherwise is bad since it first saw it.
    """
    connection, past = session.connection(), HISTORY["containers"].c
    found: dict[str, datetime] = {}
    for key in ids:
        start = connection.execute(select(_box.observed).where(_box.id == key)).scalar_one()
        versions = (
            select(past.observed, *(past[name] for name in fields))
            .where(past.id == key, past.until <= moment.machine_now)
            .order_by(past.observed.desc())
            .limit(MOST_VERSIONS)
        )
        for version in connection.execute(versions):
            if not bad(version):
                break
            start = version.observed
        found[key] = start + moment.offset
    return found
