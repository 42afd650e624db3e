"""What in the yard needs care: lists of boxes, pairs, cranes and data, each a view; and how many there are of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from storage.clock import Clock
from storage.figures.policy import DEFAULT, Policy
from storage.figures.risk import Level
from storage.queries.exceptions.boxes import HOLDS, LONG_STAYS, OVERWEIGHT, WRONG_PLACES
from storage.queries.exceptions.common import LEVELS
from storage.queries.exceptions.dangerous import CONFLICTS
from storage.queries.exceptions.dwell import DWELL
from storage.queries.exceptions.empties import EMPTIES
from storage.queries.exceptions.quality import QUALITY
from storage.queries.exceptions.reefers import REEFERS
from storage.queries.exceptions.work import CRANES, WORK
from storage.queries.feeds import not_come, uncounted
from storage.queries.views import NO_SQL, View

__all__ = [
    "CONFLICTS", "CRANES", "DWELL", "EMPTIES", "EXCEPTIONS", "FEEDS", "HOLDS", "LONG_STAYS", "OVERWEIGHT", "QUALITY",
    "REEFERS", "WORK", "WRONG_PLACES", "Count", "counts",
]  # fmt: skip

_VIEWS: tuple[View[Any], ...] = (
    REEFERS, CONFLICTS, LONG_STAYS, WRONG_PLACES, OVERWEIGHT, HOLDS, EMPTIES, CRANES, WORK, QUALITY, DWELL,
)  # fmt: skip
EXCEPTIONS: Mapping[str, View[Any]] = MappingProxyType({view.name: view for view in _VIEWS})
"""Name to list, in the order in which they are offered."""
JUDGED_BY: Mapping[str, Sequence[str]] = MappingProxyType({EMPTIES.name: ("bookings",)})
"""Name of a list to the feeds without which nobody knows which of its rows want somebody."""
FEEDS = tuple(dict.fromkeys(feed for view in EXCEPTIONS.values() for feed in view.feeds))


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows of a list want somebody, of how many; `level` is that of the worst of them.

    None: the feed has not come whose records they are, or that they are `JUDGED_BY`.
    """

    name: str
    title: str
    wanting: int | None
    rows: int | None
    level: Level


def counts(session: Session, clock: Clock, *, policy: Policy = DEFAULT, names: Sequence[str] = ()) -> tuple[Count, ...]:
    """One a list, in their order; of these names only, when any are given."""
    chosen = [EXCEPTIONS[name] for name in names or EXCEPTIONS]
    return tuple(_count(view, session, clock, policy) for view in chosen)


def _count(view: View[Any], session: Session, clock: Clock, policy: Policy) -> Count:
    if uncounted(session, view):
        return Count(view.name, view.title, None, None, "unknown")
    if view.statement is not NO_SQL:  # long stays: any number of them, all alike
        total = view.page(session, clock, limit=0, policy=policy).total
        return Count(view.name, view.title, total, total, "watch" if total else "calm")
    rows = view.page(session, clock, policy=policy).rows
    if not_come(session, JUDGED_BY.get(view.name, ())):
        return Count(view.name, view.title, None, len(rows), "unknown")
    levels: list[Level] = [row.risk for row in rows]
    worst: Level = min(levels, key=LEVELS.index, default="calm")
    return Count(view.name, view.title, sum(level != "calm" for level in levels), len(rows), worst)
