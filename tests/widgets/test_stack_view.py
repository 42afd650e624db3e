"""A bay in cross-section."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from tests.widgets.host import Host, screen_text, settle
from widgets.stack_view import StackBox, StackView


def box(key: str, row: int, tier: int, *first: str, tail: str = "") -> StackBox:
    number = key.ljust(11, "0")
    return StackBox(key, row, tier, "c", "customs", (number, number[4:]), tail, (f"45G1 {key}",), first)


STACK = [
    box("CSQU1", 1, 1, "CSQU3", "CSQU2"),
    box("CSQU2", 1, 2, "CSQU3"),
    box("CSQU3", 1, 3),
    box("LSTU1", 2, 1, tail="'"),
]


@asynccontextmanager
async def shown(
    boxes: Sequence[StackBox] = STACK, size: tuple[int, int] = (60, 5), rows: int = 4, tiers: int = 4
) -> AsyncIterator[tuple[StackView, Host, Pilot[None]]]:
    stack = StackView()
    app = Host(stack)
    async with app.run_test(size=size, message_hook=app.hear) as pilot:
        stack.focus()
        stack.show(boxes, rows, tiers)
        await settle(pilot)
        app.sent.clear()
        app.heard.clear()
        yield stack, app, pilot


async def test_rows_stand_side_by_side_and_tiers_above_each_other() -> None:
    async with shown() as (_, app, _pilot):
        lines = screen_text(app)
        assert lines[1].split() == ["3", "cCSQU3000000", "·", "·", "·"]
        assert lines[3].split() == ["1", "cCSQU1000000", "cLSTU1000000'", "·", "·"]
        assert lines[4].split() == ["1", "2", "3", "4"]


async def test_boxes_in_the_way_have_their_order_before_them() -> None:
    async with shown() as (stack, app, _pilot):
        stack.select("CSQU1")
        lines = screen_text(app)
        assert lines[1].split()[1] == "1cCSQU3000000"
        assert lines[2].split()[1] == "2cCSQU2000000"
        assert lines[3].split()[1] == "cCSQU1000000"


async def test_where_there_is_room_each_box_has_a_second_line() -> None:
    async with shown(size=(60, 9)) as (_, app, _pilot):
        assert screen_text(app)[3].split() == ["45G1", "CSQU3"]


async def test_numbers_are_shortened_where_rows_are_narrow_and_none_is_lost() -> None:
    async with shown(size=(43, 5)) as (_, app, _pilot):
        assert screen_text(app)[3].split() == ["1", "c1000000", "c1000000'", "·", "·"]


async def test_more_rows_than_fit_are_scrolled_to() -> None:
    many = [box(f"CSQU{row}", row, 1) for row in range(1, 21)]
    async with shown(many, rows=20) as (stack, app, _pilot):
        stack.select("CSQU20")
        assert "20" in screen_text(app)[4].split()
        assert stack.cursor_key == "CSQU20"


async def test_two_boxes_in_one_slot_are_both_seen_and_reached() -> None:
    both = [box("CSQU1", 1, 1), box("LSTU2", 1, 1)]
    async with shown(both, rows=2) as (stack, app, pilot):
        assert screen_text(app)[3].split()[1:3] == ["cCSQU1000000", "cLSTU2000000"]
        stack.select("CSQU1")
        await pilot.press("right")
        assert stack.cursor_key == "LSTU2"


async def test_a_box_outside_its_block_is_still_drawn() -> None:
    async with shown([box("CSQU9", 9, 7)], rows=2, tiers=2) as (stack, app, _pilot):
        assert stack.cursor_key == "CSQU9"
        assert any("CSQU9" in line for line in screen_text(app))


async def test_the_cursor_walks_slots_and_enter_opens_the_box() -> None:
    async with shown() as (stack, app, pilot):
        stack.select("CSQU1")
        await pilot.press("k", "k", "enter")
        opened = [message.key for message in app.heard if isinstance(message, StackView.Opened)]
        assert opened == ["CSQU3"]
        await pilot.press("l")
        assert stack.cursor_key is None


async def test_brackets_ask_for_the_next_bay() -> None:
    async with shown() as (_stack, app, pilot):
        await pilot.press("right_square_bracket", "left_square_bracket")
        assert [message.bays for message in app.heard if isinstance(message, StackView.Turned)] == [1, -1]


async def test_the_same_bay_again_sends_nothing_a_step_sends_two_slots() -> None:
    async with shown() as (stack, app, pilot):
        stack.show(STACK, 4, 4)
        await settle(pilot)
        assert app.bytes_sent == 0
        await pilot.press("l")
        await settle(pilot)
        assert 0 < app.bytes_sent < 900


async def test_an_empty_bay_is_empty_slots() -> None:
    async with shown([]) as (stack, app, _pilot):
        assert stack.cursor_key is None
        assert screen_text(app)[3].split() == ["1", "·", "·", "·", "·"]
