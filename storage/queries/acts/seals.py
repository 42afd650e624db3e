"""Smart locks that somebody opened, that were tampered with, or that are silent."""

from collections.abc import Iterator

from sqlalchemy import select

from storage.figures.risk import Level
from storage.identifiers import display_number
from storage.models import Container, Seal, table_of
from storage.queries.acts.act import Act, Facts

FEEDS = ("seals", "containers")
ALARMS: dict[str, Level] = {
    "opened unauthorised": "act", "tampered": "act", "silent": "watch", "battery low": "watch",
}  # fmt: skip
"""State of a smart lock to how much it matters."""

_seal, _box = table_of(Seal).c, table_of(Container).c
_ALARMS = (
    select(_seal.id, _seal.number, _seal.state, _seal.place, _box.number.label("box"))
    .select_from(table_of(Seal).outerjoin(table_of(Container), _box.id == _seal.container_id))
    .where(_seal.state.in_(ALARMS))
)


def acts(facts: Facts) -> Iterator[Act]:
    """One a lock."""
    for row in facts.session.connection().execute(_ALARMS):
        on = f" on {display_number(row.box)}" if row.box else ""
        at = f", at {row.place}" if row.place else ""
        level = ALARMS[row.state]
        yield Act(
            level=level, by=facts.moment.now if level == "act" else None, subject=f"seal {row.number}",
            words=(f"{row.state}{on}{at}",), short=(f"{row.state}{on}",), kind="seal", id=row.id,
        )  # fmt: skip
