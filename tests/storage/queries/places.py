"""Where the rows of a view stand."""

from typing import Any

from sqlmodel import Session

from storage.clock import Clock
from storage.queries.criteria import EVERYTHING, Criteria, Sort
from storage.queries.views import View


def place_of(
    view: View[Any], session: Session, clock: Clock, key: str, criteria: Criteria = EVERYTHING, sort: Sort | None = None
) -> int | None:
    """The place of the row of this id; None when it is not among the rows."""
    found = view.around(session, clock, key, criteria, sort)
    if found is None:
        return None
    assert [row.id for row in found.page.rows] == [key]
    assert found.page.offset == found.place < found.page.total
    return found.place
