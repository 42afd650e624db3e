"""Columns of many rows in one answer."""

from sqlalchemy import select

from storage.cache import Cache
from storage.models import Declaration, table_of
from storage.queries.gathered import gathered, unpacked
from tests.scenery.rows import Rows

_decl = table_of(Declaration).c
GOODS = ['a "quoted" one', "back\\slash, [list] {}", "面粉 ✓", None, "12", ""]


def test_values_come_as_they_are_and_columns_keep_together(cache: Cache) -> None:
    rows = Rows()
    for number, goods in enumerate(GOODS):
        rows.add(Declaration, id=f"d{number}", number="1", state="accepted", goods=goods, priority=number)
    with cache.write() as session:
        rows.insert(session)
    with cache.read() as session:
        statement = select(gathered(_decl.priority), gathered(_decl.goods), gathered(_decl.id))
        columns = [unpacked(text) for text in session.connection().execute(statement).one()]
    assert sorted(zip(*columns, strict=True)) == [(number, goods, f"d{number}") for number, goods in enumerate(GOODS)]


def test_nothing_is_an_empty_list(cache: Cache) -> None:
    with cache.read() as session:
        assert unpacked(session.connection().execute(select(gathered(_decl.id))).scalar_one()) == []
