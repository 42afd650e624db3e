"""What a list is filled from, and what is copied of it."""

import pytest

from console.panes.message import rows_message
from console.panes.source import Asked, TableSource
from console.panes.trains import rows as train_rows
from console.view import View
from storage.errors import UsageError
from storage.queries.trains import TRAINS


def test_a_source_pages_counts_and_finds_rows_under_filter_and_preset(view: View) -> None:
    source = TableSource(view, TRAINS, Asked("qinzhou", "number", "next 12 h"), train_rows.train_row)
    page = source.page(0, 1)
    assert (page.total, source.everything, len(page.rows)) == (2, 31, 1)
    second = source.page(1, 1).rows[0]
    found = source.around(second.key, 1, 5)
    assert found == (1, 0, source.page(0, 5))
    assert source.around("nobody", 1, 5) is None


def test_a_filter_that_cannot_be_understood_is_told_when_rows_are_asked_for(view: View) -> None:
    with pytest.raises(UsageError, match="did you mean 'late'"):
        TableSource(view, TRAINS, Asked("lat>3"), train_rows.train_row).page(0, 10)


def test_a_message_has_a_heading_columns_and_says_which_marks_are_gone(view: View) -> None:
    [train] = TableSource(view, TRAINS, Asked("number=X9582"), train_rows.train_row).page(0, 10).rows
    text = rows_message("Tuanjiecun, trains", train_rows.COLUMNS, [train], missing=2)
    lines = text.splitlines()
    assert lines[0] == "Tuanjiecun, trains"
    assert "Next cut-off" in lines[1]
    assert "X9582" in lines[2]
    assert lines[3] == "(2 marked rows are no longer in the list)"
