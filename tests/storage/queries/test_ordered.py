"""However the rows about a row are come to, they are those that sorting all of them puts there."""

from itertools import product

import pytest
from sqlmodel import Session

from storage.clock import ManualClock
from storage.queries.containers import CONTAINERS
from storage.queries.criteria import Criteria, Sort

COLUMNS = ("number", "id", "full", "gross_kg", "holds", "expected_at", "teu", "age", "wagon", "destination,-number")
FILTERS = ("", "place:yard", "full:yes", "qinzhou")
PAGE, ABOVE = 25, 10


@pytest.mark.parametrize("words", FILTERS)
def test_rows_about_a_row_are_those_of_the_whole_order(session: Session, clock: ManualClock, words: str) -> None:
    criteria = CONTAINERS.filter(words)
    for sign, column in product(("", "-"), COLUMNS):
        _about_each(session, clock, criteria, CONTAINERS.sort(sign + column))


def _about_each(session: Session, clock: ManualClock, criteria: Criteria, sort: Sort) -> None:
    order = [row.id for row in CONTAINERS.page(session, clock, criteria, sort).rows]
    assert len(order) > PAGE
    for place in (0, len(order) // 3, len(order) // 2, len(order) - 1):
        first = max(0, place - ABOVE)
        found = CONTAINERS.around(session, clock, order[place], criteria, sort, above=ABOVE, limit=PAGE)
        assert found is not None
        assert (found.place, found.page.offset, found.page.total) == (place, first, len(order)), sort
        assert [row.id for row in found.page.rows] == order[first : first + PAGE], sort


def test_a_row_that_is_not_among_the_others_has_nothing_about_it(session: Session, clock: ManualClock) -> None:
    assert CONTAINERS.around(session, clock, "gone", above=ABOVE, limit=PAGE) is None
