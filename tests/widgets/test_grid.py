"""What the grid promises its pane and the person at the keys."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest
from textual.events import MouseScrollDown
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

from tests.widgets.fleet import COLUMNS, Fleet, train
from tests.widgets.host import Host, screen_text, settle
from widgets.cells import Cell
from widgets.columns import Column
from widgets.grid import Grid
from widgets.rows import ListSource, Page, Row

M = TypeVar("M", bound=Message)


class Desk:
    """A grid on a screen of 80x12 with its fleet: eleven rows in sight."""

    def __init__(self, pilot: Pilot[None], app: Host, grid: Grid, fleet: Fleet) -> None:
        self.pilot, self.app, self.grid, self.fleet = pilot, app, grid, fleet

    @property
    def lines(self) -> list[str]:
        return screen_text(self.app)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await settle(self.pilot)

    async def reload(self) -> None:
        self.grid.reload()
        await settle(self.pilot)

    async def show(self, source: Fleet | ListSource, empty: str | None = None) -> None:
        self.grid.show(source, empty=empty)
        await settle(self.pilot)

    async def show_slowly(self, row: Row) -> Fleet:
        """Ask for a list of this row alone, which is being read until its gate is opened."""
        slow = Fleet(0)
        slow.trains = [row]
        slow.gate.clear()
        self.grid.show(slow)
        await asyncio.to_thread(slow.entered.wait, 10)
        return slow

    def heard(self, kind: type[M]) -> list[M]:
        return [message for message in self.app.heard if isinstance(message, kind)]

    def moves(self) -> list[str | None]:
        return [message.key for message in self.heard(Grid.Moved)]


@asynccontextmanager
async def desk(count: int = 1000, size: tuple[int, int] = (80, 12)) -> AsyncIterator[Desk]:
    grid, fleet = Grid(COLUMNS, markable=True, empty="no trains"), Fleet(count)
    app = Host(grid)
    async with app.run_test(size=size, message_hook=app.hear) as pilot:
        grid.focus()
        grid.show(fleet)
        await settle(pilot)
        yield Desk(pilot, app, grid, fleet)


async def test_it_shows_titles_and_rows_in_their_columns() -> None:
    async with desk() as it:
        assert it.lines[1].split() == ["▲X00000", "Qinzhou", "ILSTC", "+12m", "███████▓▓chdx", "40/54"]
        titles, first = it.lines[0], it.lines[1]
        assert titles.index("To") == first.index("Qinzhou")
        assert titles.index("Late") == first.index("+12m")
        assert len(titles) == len(first) == 80


async def test_columns_of_higher_rank_go_when_the_room_is_short() -> None:
    async with desk(size=(60, 12)) as it:
        assert "Corridor" not in it.lines[0]
        assert "40/54" in it.lines[1]


async def test_only_the_rows_in_sight_and_a_few_around_are_read() -> None:
    async with desk(100_000) as it:
        assert it.fleet.readings == 1
        assert it.grid.total == 100_000


async def test_rows_are_read_in_a_thread() -> None:
    async with desk() as it:
        assert threading.get_ident() not in it.fleet.threads


async def test_text_is_never_markup() -> None:
    hostile = ["[/foo]", "[@click=app.quit]X[/]", "[bold]MSCU[/b]", "a\x1b]52;c;aGk=\x07b", "\u202eevil", "渝新欧"]
    async with desk() as it:
        it.fleet.trains = [train(number, to=text) for number, text in enumerate(hostile)]
        await it.reload()
        shown = "\n".join(it.lines)
        for text in (
            "[/foo]",
            "[@click=app.quit]X",
            "[bold]MSCU[/b]",
            "\ufffd]52;c;aGk=\ufffdb",
            "\ufffdevil",
            "渝新欧",
        ):
            assert text in shown
        assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (("down",), 1),
        (("j", "j", "k"), 1),
        (("pagedown",), 11),
        (("pagedown", "pagedown", "pageup"), 11),
        (("end",), 999),
        (("G", "up"), 998),
        (("G", "home"), 0),
        (("G", "g", "g"), 0),
        (("up",), 0),
        (("G", "down"), 999),
    ],
)
async def test_keys_move_the_cursor(keys: tuple[str, ...], row: int) -> None:
    async with desk() as it:
        await it.press(*keys)
        assert it.grid.cursor_key == f"X{row:05d}"
        assert any(f"X{row:05d}" in line for line in it.lines[1:])


async def test_one_g_alone_goes_nowhere() -> None:
    async with desk() as it:
        await it.press("G", "g", "up", "g")
        assert it.grid.cursor_key == "X00998"


async def test_keys_faster_than_the_source_still_count() -> None:
    async with desk() as it:
        it.fleet.gate.clear()
        await it.pilot.press("G", "up", "up")
        it.fleet.gate.set()
        await settle(it.pilot)
        assert it.grid.cursor_key == "X00997"


async def test_the_pane_hears_where_the_cursor_is_and_what_is_opened() -> None:
    async with desk() as it:
        await it.press("down", "enter")
        assert it.moves() == ["X00000", "X00001"]
        opened = it.heard(Grid.Opened)
        assert [(message.key, message.control) for message in opened] == [("X00001", it.grid)]


async def test_the_pane_hears_how_many_rows_there_are_and_are_in_sight() -> None:
    async with desk() as it:
        loaded = it.heard(Grid.Loaded)[-1]
        assert (loaded.total, loaded.shown) == (1000, 11)


async def test_the_cursor_survives_a_new_sort() -> None:
    async with desk() as it:
        await it.press("down", "down")
        reverse = Fleet(0)
        reverse.trains = list(reversed(it.fleet.trains))
        await it.show(reverse)
        assert it.grid.cursor_key == "X00002"
        assert any("X00002" in line for line in it.lines)


async def test_a_filter_that_leaves_the_row_out_starts_at_the_top() -> None:
    async with desk() as it:
        await it.press("pagedown", "pagedown")
        await it.show(ListSource(it.fleet.trains[500:600]))
        assert it.grid.cursor_key == "X00500"
        assert "X00500" in it.lines[1]


async def test_the_cursor_survives_a_pushed_screen() -> None:
    async with desk() as it:
        await it.press("pagedown", "down")
        before = it.lines
        await it.app.push_screen(Screen())
        it.fleet.trains.insert(0, train(7777))
        await it.reload()
        it.app.pop_screen()
        await settle(it.pilot)
        assert it.grid.cursor_key == "X00012"
        assert it.lines == before


class Held(ListSource):
    """No rows, and not at once."""

    def __init__(self) -> None:
        super().__init__(())
        self.free = threading.Event()

    def page(self, offset: int, limit: int) -> Page:
        self.free.wait(60)
        return super().page(offset, limit)


async def test_what_an_empty_list_says_comes_with_the_reading_it_is_about() -> None:
    async with desk(0) as it:
        await it.show(ListSource(()), empty="not known yet")
        assert it.lines[1].strip() == "not known yet"
        held = Held()
        it.grid.show(held, empty="nothing to act on")
        await it.pilot.pause()
        assert it.lines[1].strip() == "not known yet"
        held.free.set()
        await settle(it.pilot)
        assert it.lines[1].strip() == "nothing to act on"


async def test_an_empty_list_says_what_was_looked_for() -> None:
    async with desk() as it:
        await it.show(ListSource(()), empty="no trains match '[qinz]'")
        assert it.lines[1].strip() == "no trains match '[qinz]'"
        assert it.grid.cursor_key is None
        await it.press("down", "enter", "space", "G")
        await it.show(it.fleet)
        assert "X00000" in it.lines[1]


async def test_before_anything_was_read_nothing_is_claimed() -> None:
    app = Host(Grid(COLUMNS, empty="no trains"))
    async with app.run_test(size=(80, 12)) as pilot:
        await settle(pilot)
        assert "no trains" not in "\n".join(screen_text(app))


async def test_a_source_that_fails_leaves_the_rows_up_and_says_so() -> None:
    async with desk() as it:
        it.fleet.error = OSError("the cache is gone")
        await it.reload()
        failed = it.heard(Grid.Failed)
        assert [str(message.error) for message in failed] == ["the cache is gone"]
        assert "X00000" in it.lines[1]
        it.fleet.error = None
        it.fleet.trains[0] = train(0, to="Vientiane")
        await it.reload()
        assert "Vientiane" in it.lines[1]


async def test_many_reloads_while_one_reads_are_one_more() -> None:
    async with desk() as it:
        it.fleet.entered.clear()
        it.fleet.gate.clear()
        it.grid.reload()
        await asyncio.to_thread(it.fleet.entered.wait, 10)
        for _ in range(20):
            it.grid.reload()
        before = it.fleet.readings
        it.fleet.gate.set()
        await settle(it.pilot)
        assert it.fleet.readings == before + 1


async def test_what_is_opened_while_another_list_is_on_its_way_is_a_row_of_that() -> None:
    async with desk() as it:
        slow = await it.show_slowly(train(9999))
        it.grid.action_open()
        await it.pilot.pause()
        assert it.heard(Grid.Opened) == []
        slow.gate.set()
        await settle(it.pilot)
        assert [opened.key for opened in it.heard(Grid.Opened)] == ["X09999"]


async def test_rows_of_a_filter_that_was_replaced_meanwhile_are_dropped() -> None:
    async with desk() as it:
        slow = await it.show_slowly(train(9999))
        it.grid.show(it.fleet)
        slow.gate.set()
        await settle(it.pilot)
        assert it.grid.total == 1000
        assert "X00000" in it.lines[1]


async def test_marks_are_signs_and_survive_a_reload_and_a_filter() -> None:
    async with desk() as it:
        await it.press("space", "down", "down", "space")
        assert [line[0] for line in it.lines[1:4]] == ["✓", " ", "✓"]
        it.fleet.trains.insert(0, train(5000))
        await it.reload()
        assert [line[:8].strip() for line in it.lines[1:5]] == ["▲X05000", "✓▲X00000", "▲X00001", "✓▲X00002"]
        await it.show(ListSource(it.fleet.trains[500:]))
        marked = it.heard(Grid.Marked)
        assert it.grid.marks == marked[-1].keys == {"X00000", "X00002"}
        it.grid.clear_marks()
        assert not it.grid.marks


async def test_a_second_space_takes_the_mark_away() -> None:
    async with desk() as it:
        await it.press("space", "space")
        assert it.lines[1][0] == " "


async def test_select_goes_to_a_row_near_or_far() -> None:
    async with desk() as it:
        it.grid.select("X00003")
        assert it.grid.cursor_key == "X00003"
        it.grid.select("X00777")
        await settle(it.pilot)
        assert any("X00777" in line for line in it.lines)
        assert it.grid.cursor_row == it.fleet.trains[777]


async def test_a_click_moves_and_a_click_on_the_cursor_opens() -> None:
    async with desk() as it:
        await it.pilot.click(it.grid, offset=(5, 4))
        await settle(it.pilot)
        assert it.grid.cursor_key == "X00003"
        await it.pilot.click(it.grid, offset=(5, 4))
        await settle(it.pilot)
        assert [message.key for message in it.heard(Grid.Opened)] == ["X00003"]


async def test_a_click_on_the_titles_or_below_the_rows_is_nothing() -> None:
    async with desk(3) as it:
        await it.pilot.click(it.grid, offset=(5, 0))
        await it.pilot.click(it.grid, offset=(5, 9))
        assert it.grid.cursor_key == "X00000"


async def test_the_wheel_scrolls_without_moving_the_cursor() -> None:
    async with desk() as it:
        await it.pilot._post_mouse_events([MouseScrollDown], it.grid, offset=(5, 5))
        await settle(it.pilot)
        assert "X00003" in it.lines[1]
        assert it.grid.cursor_key == "X00000"


async def test_columns_that_cannot_be_dropped_are_scrolled_to() -> None:
    grid = Grid([Column("number", "Number", 14), Column("remark", "Remark", 40)])
    app = Host(grid)
    async with app.run_test(size=(30, 5)) as pilot:
        grid.focus()
        grid.show(ListSource([Row("a", (Cell("LSTU 813364 9"), Cell("first second third fourth fifth")))]))
        await settle(pilot)
        assert screen_text(app)[1] == "LSTU 813364 9  first second thi"[:30]
        await pilot.press("l", "l", "l")
        await settle(pilot)
        assert "fourth fifth" in screen_text(app)[1]
        assert "LSTU" not in screen_text(app)[1]
        await pilot.press("left", "left", "left")
        await settle(pilot)
        assert screen_text(app)[1].startswith("LSTU")


async def test_a_wider_screen_shows_more_columns_and_a_taller_one_more_rows() -> None:
    async with desk(size=(60, 12)) as it:
        await it.pilot.resize_terminal(100, 30)
        await settle(it.pilot)
        assert "Corridor" in it.lines[0]
        assert "X00028" in it.lines[29]


async def test_other_columns_take_the_place_of_the_old_ones() -> None:
    async with desk() as it:
        it.grid.set_columns([Column("only", "Only", 10)])
        await it.show(ListSource([Row("a", (Cell("one"),))]))
        assert it.lines[0].strip() == "Only"
        assert it.lines[1].strip() == "one"


async def test_the_titles_can_stand_in_a_tiles_rule_instead() -> None:
    grid = Grid(COLUMNS[1:3], heading=False)
    app = Host(grid)
    async with app.run_test(size=(40, 5)) as pilot:
        grid.show(Fleet(2))
        await settle(pilot)
        assert grid.heading.split() == ["Train", "To"]
        assert screen_text(app)[0].split() == ["▲", "X00000"]


async def test_a_grid_of_another_height_tells_how_many_rows_are_in_sight_now() -> None:
    async with desk(15) as it:
        assert it.heard(Grid.Loaded)[-1].shown == 11
        await it.pilot.resize_terminal(80, 30)
        await settle(it.pilot)
        assert it.heard(Grid.Loaded)[-1].shown == 15
