"""Pages of a snapshot that wait to be written together."""

from datetime import UTC, datetime

import pytest

from storage.sync import waiting
from storage.sync.apply import Rows
from storage.sync.waiting import HOLD_S, MOST_AT_ONCE, ROWS_AT_ONCE, WAIT_S, Waiting
from storage.upstreams.base import Part, SnapshotPage, Stamp

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class Pages:
    """Hands pages of a thousand rows to those that wait."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        self.waiting = Waiting()
        monkeypatch.setattr(waiting, "elapsed", lambda: self.seconds)

    def add(self, rows: int = 1000) -> bool:
        page = SnapshotPage(
            stamp=Stamp(epoch="e1", as_of=NOON, server_time=NOON), part=Part(feed="containers"), pages=9, count=9000
        )
        return self.waiting.add(page, Rows("containers", [("c1", 1)] * rows, [], [], 0))

    def until_due(self) -> int:
        """Rows that are written together."""
        while not self.add():
            pass
        return sum(len(rows.rows) for _, rows in self.waiting.taken())


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    return Pages(monkeypatch)


def test_pages_wait_until_they_are_enough_for_one_transaction(pages: Pages) -> None:
    assert pages.until_due() == ROWS_AT_ONCE
    assert pages.until_due() == ROWS_AT_ONCE
    assert pages.waiting.taken() == []


def test_a_page_that_no_other_joins_is_written_after_a_moment(pages: Pages) -> None:
    assert not pages.add()
    pages.seconds = WAIT_S
    assert pages.add(0)
    pages.waiting.taken()
    assert not pages.add()


def test_where_writing_is_quick_more_is_written_at_once(pages: Pages) -> None:
    pages.waiting.took(4000, HOLD_S / 2)
    assert pages.until_due() == 8000
    pages.waiting.took(8000, HOLD_S / 100)
    assert pages.until_due() == MOST_AT_ONCE


def test_nobody_who_writes_waits_longer_than_needed_where_writing_is_slow(pages: Pages) -> None:
    pages.waiting.took(4000, HOLD_S / 2)
    pages.waiting.took(8000, HOLD_S * 4)
    assert pages.until_due() == ROWS_AT_ONCE
