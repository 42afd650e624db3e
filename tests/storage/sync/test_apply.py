"""Rows on their way into the cache: how many statements they take, and how many of them count as changed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import col, func, select

from storage.cache import Cache
from storage.models import FEEDS, Container, table_of, to_ms
from storage.models.wire import wire
from storage.sync import apply
from storage.upstreams.base import Part

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
FEWEST_PARAMETERS = 32_766
"""What a SQLite built without a wish of its own takes in one statement."""


def page(count: int, rev: int = 1) -> list[Any]:
    return [wire(Container).record(id=f"c{number}", rev=rev, changed_at=NOON) for number in range(count)]


def write(cache: Cache, records: Sequence[Any]) -> int:
    """The rows that writing the records changed."""
    rows = apply.to_rows(Part(feed="containers", records=records), "site", to_ms(NOON))
    with cache.write() as session:
        return apply.write_rows(session, "site", rows)


@pytest.mark.parametrize("count", [1, 499, 500, 1000, 1203])
def test_a_page_of_any_size_is_written_whole_and_counts_what_it_changed(cache: Cache, count: int) -> None:
    assert write(cache, page(count)) == count
    assert write(cache, page(count)) == 0
    assert write(cache, [*page(count // 2, rev=2), *page(count)[count // 2 :]]) == count // 2
    with cache.read() as session:
        assert apply.count_of(session, "containers", "site") == count


def test_a_record_twice_on_a_page_ends_as_the_newer_of_both(cache: Cache) -> None:
    newer, *rest = page(500, rev=2)
    write(cache, [newer, *page(1), *rest])
    with cache.read() as session:
        assert session.get_one(Container, "c0").rev == 2


def test_what_a_record_leaves_out_is_null_however_many_rows_a_statement_has(cache: Cache) -> None:
    write(cache, page(1203))
    with cache.read() as session:
        empty = select(func.count()).where(col(Container.remark).is_(None), col(Container.gross_kg).is_(None))
        assert session.exec(empty).one() == 1203


def test_a_page_of_a_thousand_is_ten_statements(file_cache: Cache) -> None:
    said: list[str] = []
    rows = apply.to_rows(Part(feed="containers", records=page(1000)), "site", to_ms(NOON))
    with file_cache.write() as session:
        driver: Any = session.connection().connection.driver_connection
        driver.set_trace_callback(said.append)
        apply.write_rows(session, "site", rows, first=True)
        driver.set_trace_callback(None)
    assert sum(statement.startswith("INSERT INTO containers ") for statement in said) == 10


@pytest.mark.parametrize("feed", FEEDS)
def test_the_rows_of_one_statement_fit_into_any_sqlite(feed: str) -> None:
    assert len(table_of(FEEDS[feed]).columns) * max(apply.ROWS_AT_ONCE) <= FEWEST_PARAMETERS
