"""What the widgets send to the terminal: the bytes a thin line pays for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from tests.widgets.fleet import COLUMNS, Fleet, train
from tests.widgets.host import Host, settle
from widgets.filter_bar import FilterBar
from widgets.grid import Grid
from widgets.keyline import KeyLine
from widgets.textlines import TextLines
from widgets.tile import Tile
from widgets.titlebar import TitleBar


class Meter:
    """A grid over 100 000 trains on a screen of 120x35 with two more widgets around it; weighs what an act sends."""

    def __init__(self, pilot: Pilot[None], app: Host, fleet: Fleet) -> None:
        self.pilot, self.app, self.fleet = pilot, app, fleet
        self.grid = app.query_one("#trains", Grid)

    async def weigh(self) -> int:
        await settle(self.pilot)
        weight = self.app.bytes_sent
        self.app.sent.clear()
        return weight

    async def press(self, key: str) -> int:
        await self.pilot.press(key)
        return await self.weigh()

    async def reload(self) -> int:
        self.grid.reload()
        return await self.weigh()


@asynccontextmanager
async def meter(theme: str = "textual-dark") -> AsyncIterator[Meter]:
    fleet = Fleet(100_000)
    trains = Grid(COLUMNS, markable=True, id="trains")
    other = Grid(COLUMNS[:3], id="other")
    other.styles.height = 4
    app = Host(
        TitleBar(), Tile("Trains", trains, note="31 of 31", id="tile"), other, KeyLine(), FilterBar(), theme=theme
    )
    async with app.run_test(size=(120, 35)) as pilot:
        trains.focus()
        trains.show(fleet)
        await settle(pilot)
        app.sent.clear()
        yield Meter(pilot, app, fleet)


async def test_a_reload_without_change_sends_nothing() -> None:
    async with meter() as it:
        assert await it.reload() == 0


@pytest.mark.parametrize("theme", ["textual-dark", "ansi-dark"])
async def test_one_changed_cell_sends_under_300_bytes_wherever_it_stands(theme: str) -> None:
    async with meter(theme) as it:
        it.fleet.trains[20] = train(20, late="+13m")
        assert 0 < await it.reload() < 300
        it.fleet.trains[3] = train(3, to="Vientiane")
        assert 0 < await it.reload() < 300


async def test_a_change_out_of_sight_sends_nothing() -> None:
    async with meter() as it:
        it.fleet.trains[99_000] = train(99_000, to="Duisburg")
        assert await it.reload() == 0


async def test_a_cursor_move_sends_two_lines() -> None:
    async with meter() as it:
        assert 0 < await it.press("down") < 1600


async def test_a_mark_sends_one_cell() -> None:
    async with meter() as it:
        assert 0 < await it.press("space") < 100


async def test_a_page_sends_one_screenful_once() -> None:
    async with meter() as it:
        assert 0 < await it.press("pagedown") < 20_000
        assert 0 < await it.press("G") < 20_000


async def test_moving_the_focus_sends_two_lines_not_the_screen() -> None:
    async with meter() as it:
        assert 0 < await it.press("tab") < 1600


async def test_the_mouse_passing_over_sends_nothing() -> None:
    async with meter() as it:
        await it.pilot.hover(it.grid, offset=(20, 5))
        assert await it.weigh() == 0


async def test_opening_the_filter_line_does_not_repaint_the_screen() -> None:
    async with meter() as it:
        it.app.query_one(FilterBar).open("/")
        assert 0 < await it.weigh() < 3000


async def test_a_new_minute_sends_the_digit_that_changed() -> None:
    async with meter() as it:
        bar = it.app.query_one(TitleBar)
        shown = {"site": "Chongqing Tuanjiecun", "badge": ("LIVE <15 s", "ok"), "risks": (4, 5)}
        bar.show(**shown, clock="Fri 20 Nov 10:41 UTC+8")  # type: ignore[arg-type]
        await it.weigh()
        bar.show(**shown, clock="Fri 20 Nov 10:42 UTC+8")  # type: ignore[arg-type]
        assert 0 < await it.weigh() < 100
        bar.show(**shown, clock="Fri 20 Nov 10:42 UTC+8")  # type: ignore[arg-type]
        assert await it.weigh() == 0


async def test_a_tile_repaints_its_title_only_when_it_differs() -> None:
    async with meter() as it:
        tile = it.app.query_one("#tile", Tile)
        tile.retitle("Trains", "31 of 31")
        assert await it.weigh() == 0
        tile.retitle("Trains", "30 of 31")
        assert 0 < await it.weigh() < 600


async def test_lines_that_stay_the_same_send_nothing() -> None:
    lines = TextLines([[("booked 54 boxes", "")], [("leaves as planned", "act")]])
    app = Host(lines)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        app.sent.clear()
        lines.show([[("booked 54 boxes", "")], [("leaves as planned", "act")]])
        await settle(pilot)
        assert app.bytes_sent == 0
        lines.show([[("booked 55 boxes", "")], [("leaves as planned", "act")]])
        await settle(pilot)
        assert 0 < app.bytes_sent < 100
