"""Where a reader is in a long list, without a screen."""

from __future__ import annotations

import pytest

from widgets.browse import Answer, Browse, read
from widgets.cells import Cell
from widgets.rows import Found, ListSource, Page, Row, Window


def rows(*keys: object) -> list[Row]:
    return [Row(str(key), (Cell(str(key)),)) for key in keys]


class Reader:
    """A browse of ten lines over a list that may be changed between readings."""

    def __init__(self, count: int = 1000) -> None:
        self.browse = Browse()
        self.browse.resize(10)
        self.rows = rows(*range(count))
        self.browse.restart()
        self.catch_up()

    def catch_up(self) -> None:
        while self.browse.wanted:
            request = self.browse.next_request()
            self.browse.take(request, read(ListSource(self.rows), request, self.browse.height))

    def change(self, changed: list[Row]) -> None:
        self.rows = changed
        self.browse.refollow()
        self.catch_up()

    def go(self, index: int) -> None:
        self.browse.go(index, self.browse.line_of(index))
        self.catch_up()

    @property
    def cursor(self) -> tuple[str | None, int, int]:
        return self.browse.key, self.browse.index, self.browse.top


def test_it_starts_on_the_first_row_holding_no_more_than_three_screenfuls() -> None:
    reader = Reader()
    assert reader.cursor == ("0", 0, 0)
    assert len(reader.browse.window.rows) == 30


def test_a_row_that_is_held_is_reached_without_reading() -> None:
    reader = Reader()
    assert reader.browse.go(9, 9)
    assert not reader.browse.wanted


def test_the_next_rows_are_read_before_they_are_needed() -> None:
    reader = Reader()
    assert reader.browse.go(19, 9)
    assert reader.browse.go(29, 9)
    assert reader.browse.wanted


def test_the_cursor_stays_where_it_is_until_a_far_row_is_read() -> None:
    reader = Reader()
    assert not reader.browse.go(999, 9)
    assert reader.cursor == ("0", 0, 0)
    reader.catch_up()
    assert reader.cursor == ("999", 999, 990)


def test_steps_that_come_before_a_far_row_is_read_start_from_it() -> None:
    reader = Reader()
    reader.browse.go(500, 0)
    reader.go(reader.browse.target + 1)
    assert reader.browse.key == "501"


def test_a_far_row_that_was_left_again_before_it_was_read_is_dropped() -> None:
    reader = Reader()
    reader.browse.go(500, 0)
    request = reader.browse.next_request()
    reader.browse.go(3, 3)
    assert not reader.browse.take(request, read(ListSource(reader.rows), request, 10))
    assert reader.cursor == ("3", 3, 0)


def test_the_cursor_follows_its_row_and_the_row_keeps_its_line() -> None:
    reader = Reader()
    reader.go(100)
    top = reader.browse.top
    reader.change(rows("new", "newer", *range(1000)))
    assert reader.cursor == ("100", 102, top + 2)


def test_at_the_top_new_rows_come_into_sight() -> None:
    reader = Reader()
    reader.go(2)
    reader.change(rows("urgent", *range(1000)))
    assert reader.cursor == ("2", 3, 0)


def test_a_re_sort_takes_the_cursor_along() -> None:
    reader = Reader()
    reader.go(7)
    reader.change(rows(*reversed(range(1000))))
    assert reader.browse.key == "7"
    assert reader.browse.index == 992


@pytest.mark.parametrize(
    ("steps", "cursor"),
    [([], ("999", 0, 0)), ([4, 0], ("999", 0, 0)), ([4], ("4", 995, 990)), ([500], ("500", 499, 490))],
)
def test_rows_sorted_anew_are_begun_at_their_top_unless_the_cursor_was_put_on_one(
    steps: list[int], cursor: tuple[str, int, int]
) -> None:
    reader = Reader()
    for step in steps:
        reader.go(step)
    reader.rows = rows(*reversed(range(1000)))
    reader.browse.restart(sorted_anew=True)
    reader.catch_up()
    assert reader.cursor == cursor


def test_a_row_sought_is_kept_when_rows_are_sorted_anew() -> None:
    reader = Reader()
    reader.browse.seek("300")
    reader.catch_up()
    reader.browse.restart(sorted_anew=True)
    reader.catch_up()
    assert reader.browse.key == "300"


def test_when_its_row_goes_the_cursor_takes_the_one_in_its_place() -> None:
    reader = Reader()
    reader.go(5)
    reader.change(rows(0, 1, 2, 3, 4, 6, 7))
    assert reader.cursor == ("6", 5, 0)


def test_when_the_last_rows_go_the_cursor_stands_on_the_last_there_is() -> None:
    reader = Reader()
    reader.go(999)
    reader.change(rows(*range(20)))
    assert reader.cursor == ("19", 19, 10)


def test_an_empty_list_has_no_cursor_and_gets_one_back() -> None:
    reader = Reader()
    reader.change([])
    assert reader.browse.key is None
    assert not reader.browse.go(3, 0)
    reader.change(rows("a"))
    assert reader.cursor == ("a", 0, 0)


def test_another_list_keeps_the_row_if_it_has_it() -> None:
    reader = Reader()
    reader.go(50)
    reader.rows = rows(*range(0, 1000, 2))
    reader.browse.restart()
    reader.catch_up()
    assert reader.cursor[:2] == ("50", 25)


def test_another_list_without_the_row_starts_at_its_top() -> None:
    reader = Reader()
    reader.go(51)
    reader.rows = rows(*range(0, 1000, 2))
    reader.browse.restart()
    reader.catch_up()
    assert reader.cursor == ("0", 0, 0)


def test_a_row_is_found_by_key_wherever_it_stands() -> None:
    reader = Reader()
    reader.browse.seek("700")
    reader.catch_up()
    assert reader.browse.key == "700"
    assert reader.browse.index == 700
    assert reader.browse.window.at(700) is not None


def test_a_key_that_is_nowhere_leaves_the_cursor_in_its_place() -> None:
    reader = Reader()
    reader.go(4)
    reader.browse.seek("gone")
    reader.catch_up()
    assert reader.cursor == ("4", 4, 0)


def test_scrolling_away_leaves_the_cursor_on_its_row() -> None:
    reader = Reader()
    reader.go(3)
    reader.browse.scroll(600)
    reader.catch_up()
    assert reader.browse.key == "3"
    assert reader.browse.window.covers(600, 610)
    reader.change(rows("new", *range(1000)))
    assert (reader.browse.key, reader.browse.index) == ("3", 4)


def test_a_step_after_scrolling_away_comes_back_to_the_cursor() -> None:
    reader = Reader()
    reader.go(3)
    reader.browse.scroll(600)
    reader.catch_up()
    reader.go(reader.browse.target + 1)
    assert reader.browse.key == "4"
    assert reader.browse.top <= 4 < reader.browse.top + 10


def test_a_shorter_screen_keeps_the_cursor_in_sight() -> None:
    reader = Reader()
    reader.go(9)
    reader.browse.resize(4)
    assert reader.browse.top == 6


def test_a_reading_that_failed_lets_the_next_one_be() -> None:
    reader = Reader()
    reader.browse.go(500, 0)
    reader.browse.give_up(reader.browse.next_request())
    assert reader.browse.target == 0
    reader.change(rows("a", "b"))
    assert reader.browse.window.total == 2


class Boaster:
    """Says it has a thousand rows and gives one."""

    asked = 0

    def page(self, offset: int, limit: int) -> Page:
        self.asked += 1
        return Page(1000, rows("only") if offset == 0 else ())

    def around(self, key: str, above: int, limit: int) -> Found | None:
        return Found(0, 0, self.page(0, limit)) if key == "only" else None


def test_a_source_that_promises_more_rows_than_it_gives_is_not_asked_for_ever() -> None:
    boaster = Boaster()
    browse = Browse()
    browse.resize(10)
    browse.restart()
    for jump in (None, 999, 500):
        if jump is not None:
            browse.go(jump, 0)
        for _ in range(5):
            if browse.wanted:
                request = browse.next_request()
                browse.take(request, read(boaster, request, 10))
        assert not browse.wanted
    assert browse.key == "only"


def test_rows_for_which_there_came_room_while_others_were_read_are_read_too() -> None:
    reader = Reader(0)
    reader.rows = rows(*range(10))
    reader.browse.resize(1)
    reader.browse.restart()
    request = reader.browse.next_request()
    answer = read(ListSource(reader.rows), request, reader.browse.height)
    reader.browse.resize(10)
    reader.browse.take(request, answer)
    assert len(reader.browse.window.rows) < 10
    reader.catch_up()
    assert len(reader.browse.window.rows) == 10


def test_room_that_came_while_a_far_row_was_read_is_filled_too() -> None:
    reader = Reader()
    reader.browse.resize(1)
    reader.browse.go(500, 0)
    request = reader.browse.next_request()
    answer = read(ListSource(reader.rows), request, reader.browse.height)
    reader.browse.resize(10)
    reader.browse.take(request, answer)
    reader.catch_up()
    assert reader.browse.window.covers(reader.browse.top, reader.browse.top + 10)


def test_a_list_with_fewer_rows_than_it_says_is_not_asked_again_and_again() -> None:
    reader = Reader(0)
    request = reader.browse.next_request()
    reader.browse.take(request, Answer(Window(50, 0, tuple(rows(1, 2))), None, reader.browse.height))
    assert not reader.browse.wanted
