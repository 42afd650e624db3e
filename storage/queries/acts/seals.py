"""Smart locks that somebody opened, that were tampered with, or that are silent."""

from collections.abc import Iterator

from storage.figures.seals import ALARMS
from storage.identifiers import display_number
from storage.queries.acts.act import Act, Facts, Phrase
from storage.queries.seals import FEEDS, alarmed

__all__ = ["ALARMS", "FEEDS", "acts"]

_HELPS: dict[str, Phrase] = {
    "opened unauthorised": ("hold the box, tell customs",),
    "tampered": ("hold the box, tell customs",),
    "silent": ("look at the box",),
    "battery low": ("change the lock",),
}


def acts(facts: Facts) -> Iterator[Act]:
    """One a lock."""
    for row in alarmed(facts.session, facts.moment):
        alarm = row.alarm or ""
        on = f" on {display_number(row.box)}" if row.box else ""
        at = f", at {row.where}" if row.where else ""
        yield Act(
            level=row.risk, by=facts.moment.now if row.risk == "act" else None, subject=f"seal {row.number}",
            words=(f"{alarm}{on}{at}",), helps=_HELPS[alarm], short=(f"{alarm}{on}",), kind="seal", id=row.id,
        )  # fmt: skip
