"""What every view promises."""

from typing import Any

import pytest
from sqlmodel import Session

from storage.cache import Cache
from storage.clock import ManualClock
from storage.figures.policy import Policy
from storage.models import FEEDS as MODELS
from storage.models import Container
from storage.queries.acts.listed import ACTS
from storage.queries.columns import Column
from storage.queries.containers import CONTAINERS
from storage.queries.customs import DECLARATIONS
from storage.queries.customs_lanes import LANES
from storage.queries.designated_sites import SITES
from storage.queries.feeds import FEEDS
from storage.queries.inspections import INSPECTIONS
from storage.queries.seals import SEALS
from storage.queries.stays import STAYS
from storage.queries.trains import TRAINS
from storage.queries.views import View
from storage.queries.yard import BLOCKS
from tests.scenery.rows import Rows
from tests.storage.queries.places import place_of

VIEWS: list[View[Any]] = [
    TRAINS, BLOCKS, CONTAINERS, DECLARATIONS, LANES, INSPECTIONS, SEALS, SITES, STAYS, ACTS, FEEDS,
]  # fmt: skip
each_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)


@each_view
def test_every_column_is_named_described_and_on_every_row(
    view: View[Any], session: Session, clock: ManualClock
) -> None:
    row = view.page(session, clock, limit=1).rows[0]
    for column in view.columns:
        assert column.title
        assert column.doc.endswith(".")
        getattr(row, column.key)
    assert len({column.key for column in view.columns}) == len(view.columns)
    assert set(view.feeds) <= set(MODELS)


KINDS: dict[str, tuple[str, ...]] = {
    "text": ("str", "tuple"),
    "number": ("int", "float"),
    "time": ("datetime",),
    "duration": ("timedelta",),
    "yes_no": ("bool",),
}


@each_view
def test_values_have_the_type_their_column_names(view: View[Any], session: Session, clock: ManualClock) -> None:
    for row in view.page(session, clock, limit=200).rows:
        for column in view.columns:
            value = getattr(row, column.key)
            assert value is None or type(value).__name__ in KINDS[column.kind], column.key


@each_view
def test_every_column_sorts_both_ways_with_the_unknown_last(
    view: View[Any], session: Session, clock: ManualClock
) -> None:
    for column in view.columns:
        for sign in ("", "-"):
            rows = view.page(session, clock, sort=view.sort(sign + column.key), limit=120).rows
            ranks = [column.rank(row) for row in rows]
            known = [rank for rank in ranks if rank is not None]
            assert ranks == known + [None] * (len(ranks) - len(known)), column.key
            assert known == sorted(known, reverse=sign == "-"), column.key


@each_view
def test_every_preset_is_a_filter_and_a_sort(view: View[Any], session: Session, clock: ManualClock) -> None:
    for preset in view.presets:
        page = view.page(session, clock, view.filter(preset.filter), view.sort(preset.sort), limit=3)
        assert page.total >= len(page.rows)


@each_view
@pytest.mark.parametrize("sort", ["", "id", "-id"])
def test_pages_put_together_are_the_whole(view: View[Any], sort: str, session: Session, clock: ManualClock) -> None:
    order = view.sort(sort)
    whole = view.page(session, clock, sort=order)
    step = max(1, whole.total // 3)
    parts = [
        row.id for start in range(0, whole.total, step)
        for row in view.page(session, clock, sort=order, offset=start, limit=step).rows
    ]  # fmt: skip
    assert parts == [row.id for row in whole.rows]
    assert whole.total == len(whole.rows) == len(set(parts))


@each_view
def test_a_row_knows_its_place(view: View[Any], session: Session, clock: ManualClock) -> None:
    rows = view.page(session, clock, limit=40).rows
    assert place_of(view, session, clock, rows[-1].id) == len(rows) - 1
    assert place_of(view, session, clock, "nobody") is None
    alone = view.filter([f"id={rows[-1].id}"])
    assert place_of(view, session, clock, rows[-1].id, alone) == 0
    assert place_of(view, session, clock, rows[0].id, alone) is None


@pytest.mark.parametrize("view", [CONTAINERS, TRAINS], ids=lambda view: view.name)
def test_a_row_knows_its_place_by_every_column_that_sql_sorts_by(
    view: View[Any], session: Session, clock: ManualClock
) -> None:
    for sort in (view.sort(sign + column.key) for column in view.columns for sign in ("", "-")):
        if sort.in_sql():
            rows = view.page(session, clock, sort=sort, limit=40).rows
            assert place_of(view, session, clock, rows[20].id, sort=sort) == 20, sort


@each_view
def test_one_row_is_the_same_as_in_the_list(
    view: View[Any], session: Session, clock: ManualClock, policy: Policy
) -> None:
    row = view.page(session, clock, limit=7, policy=policy).rows[-1]
    assert view.one(session, clock, row.id, policy=policy) == row
    assert view.one(session, clock, "nobody", policy=policy) is None


def test_a_page_beyond_the_end_is_empty(session: Session, clock: ManualClock) -> None:
    page = CONTAINERS.page(session, clock, offset=100_000, limit=10)
    assert page.rows == ()
    assert page.total > 1000


def test_a_code_sorts_by_the_order_it_has() -> None:
    column = Column("risk", "Risk", "text", "Risk.", order=("act", "watch"))

    class Row:
        risk: str | None = "watch"

    row = Row()
    assert column.rank(row) == 1
    row.risk = "new word"
    assert column.rank(row) == 2
    row.risk = None
    assert column.rank(row) is None


@pytest.mark.parametrize("words", ["", "45G1", "place:yard", "nowhere"])
@pytest.mark.parametrize("sort", ["number", "-train", "where", "-age,gross_kg", "full"])
def test_a_page_from_anywhere_is_the_same_stretch_of_the_whole_list(
    session: Session, clock: ManualClock, sort: str, words: str
) -> None:
    criteria, order = CONTAINERS.filter(words), CONTAINERS.sort(sort)
    whole = CONTAINERS.page(session, clock, criteria, order)
    assert whole.total == len(whole.rows)
    for offset in {0, 7, whole.total // 2, max(0, whole.total - 30), max(0, whole.total - 3), whole.total + 5}:
        page = CONTAINERS.page(session, clock, criteria, order, offset=offset, limit=12)
        assert (page.total, page.rows) == (whole.total, whole.rows[offset : offset + 12])


def test_dangerous_goods_are_listed_by_their_class_or_by_their_number(cache: Cache, clock: ManualClock) -> None:
    rows = Rows()
    rows.add(Container, id="by class", imdg_class="3")
    rows.add(Container, id="by number", un_number="1263")
    rows.add(Container, id="plain")
    with cache.write() as session:
        rows.insert(session)
    (preset,) = (preset for preset in CONTAINERS.presets if preset.name == "dangerous goods")
    with cache.read() as session:
        found = CONTAINERS.page(session, clock, CONTAINERS.filter(preset.filter)).rows
        others = CONTAINERS.page(session, clock, CONTAINERS.filter("dangerous:no")).rows
    assert {row.id for row in found} == {"by class", "by number"}
    assert [row.id for row in others] == ["plain"]
