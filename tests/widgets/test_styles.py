"""The styles of states in every theme."""

from __future__ import annotations

import pytest
from rich.style import Style

from tests.widgets.fleet import COLUMNS, Fleet
from tests.widgets.host import Host, settle
from widgets.grid import Grid
from widgets.styles import STYLES, StyleTable
from widgets.textlines import TextLines


def styles_in(app: Host, y: int) -> list[Style]:
    return [segment.style or Style() for segment in app.screen._compositor.render_strips()[y]]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "nord"])
async def test_every_state_has_a_style_of_ink_only(theme: str) -> None:
    widget = TextLines()
    app = Host(widget, theme=theme)
    async with app.run_test() as pilot:
        await settle(pilot)
        table = StyleTable(widget)
        for name in STYLES:
            style = table(name)
            assert style.bgcolor == table("").bgcolor
            assert not style.reverse
            assert not style.underline


async def test_a_state_that_is_not_known_yet_is_plain() -> None:
    widget = TextLines([[("HELD BY MOON", "moon")]])
    app = Host(widget)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert StyleTable(widget)("moon") == StyleTable(widget)("")


async def test_another_theme_restyles_what_is_on_the_screen() -> None:
    grid = Grid(COLUMNS)
    app = Host(grid, TextLines([[("act", "act")]]))
    async with app.run_test(size=(80, 12)) as pilot:
        grid.show(Fleet(3))
        await settle(pilot)
        before = styles_in(app, 2), styles_in(app, 6)
        app.theme = "textual-light"
        await settle(pilot)
        after = styles_in(app, 2), styles_in(app, 6)
        assert before[0] != after[0]
        assert before[1] != after[1]


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_the_cursor_is_seen_without_colour(theme: str) -> None:
    grid = Grid(COLUMNS)
    app = Host(grid, theme=theme)
    async with app.run_test(size=(80, 12)) as pilot:
        grid.focus()
        grid.show(Fleet(3))
        await settle(pilot)
        assert all(style.reverse for style in styles_in(app, 1))
        assert not any(style.reverse for style in styles_in(app, 2))
        app.screen.set_focus(None)
        await settle(pilot)
        assert [style.reverse for style in styles_in(app, 1)][:2] == [True, None]
        assert not any(style.underline for style in styles_in(app, 1))
