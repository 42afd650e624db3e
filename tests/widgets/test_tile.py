"""Tiles."""

from __future__ import annotations

import pytest
from textual.containers import Horizontal
from textual.widget import Widget

from tests.widgets.host import Host, screen_text, settle
from widgets import glyphs
from widgets.textlines import TextLines
from widgets.tile import Tile


def filled(title: str = "Trains, next 12 h", **options: object) -> Tile:
    return Tile(title, TextLines([[("first", "")]]), **options)  # type: ignore[arg-type]


async def shown(*widgets: Widget, size: tuple[int, int]) -> list[str]:
    app = Host(*widgets)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        return screen_text(app)


async def test_from_100_columns_on_it_is_a_box() -> None:
    lines = await shown(filled(note="8 of 31"), size=(100, 4))
    assert lines[0] == "┌─ Trains, next 12 h " + "─" * 68 + " 8 of 31 ─┐"
    assert lines[1] == "│first" + " " * 93 + "│"
    assert lines[3] == "└" + "─" * 98 + "┘"
    assert {len(line) for line in lines} == {100}


async def test_below_it_is_a_rule() -> None:
    lines = await shown(filled(note="8 of 31"), size=(80, 4))
    assert lines == ["─ Trains, next 12 h " + "─" * 50 + " 8 of 31 ─", "first", "", ""]


async def test_tiles_that_touch_share_their_lines() -> None:
    lines = await shown(
        filled("A", below=True),
        Horizontal(filled("B", above=True, right=True), filled("C", above=True, left=True)),
        size=(100, 8),
    )
    assert lines[0][0] + lines[0][-1] == "┌┐"
    assert lines[4][0] + lines[4][50] + lines[4][-1] == "├┼┤"
    assert lines[5][0] + lines[5][50] + lines[5][-1] == "│││"
    assert lines[7][0] + lines[7][50] + lines[7][-1] == "└┴┘"


async def test_title_and_note_are_literal_and_the_note_stays() -> None:
    lines = await shown(filled("[/x]" * 40, note="[bold]9"), size=(80, 3))
    assert lines[0].startswith("─ [/x][/x]")
    assert lines[0].endswith("… [bold]9 ─")
    assert len(lines[0]) == 80


async def test_a_note_may_have_styles() -> None:
    lines = await shown(filled(note=[("STALE 14 min", "stale"), (", 9", "")]), size=(80, 3))
    assert lines[0].endswith(" STALE 14 min, 9 ─")


async def test_it_takes_another_title_and_the_frame_of_the_past() -> None:
    tile = filled()
    app = Host(tile)
    async with app.run_test(size=(100, 4)) as pilot:
        tile.retitle("Late trains", "2 of 31")
        tile.frame_double(True)
        await settle(pilot)
        lines = screen_text(app)
        assert lines[0].startswith("╔═ Late trains ═")
        assert lines[0].endswith("═ 2 of 31 ═╗")
        assert lines[3].startswith("╚═")
        await pilot.resize_terminal(80, 4)
        await settle(pilot)
        assert screen_text(app)[0].startswith("═ Late trains ═")


async def test_it_has_an_ascii_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_current", glyphs.ASCII)
    lines = await shown(filled(), size=(100, 4))
    assert lines[0].startswith("+- Trains, next 12 h ---")
    assert "\n".join(lines).isascii()


async def test_a_tile_takes_other_neighbours_when_the_room_is_shared_out_anew() -> None:
    left, right = filled("B"), filled("C")
    app = Host(filled("A", below=True), Horizontal(left, right))
    async with app.run_test(size=(100, 8)) as pilot:
        left.join(above=True, right=True)
        right.join(above="right", left=True)
        await settle(pilot)
        shared = screen_text(app)
        assert shared[4][0] + shared[4][50] + shared[4][-1] == "├┬┤"
        assert shared[7][0] + shared[7][50] + shared[7][-1] == "└┴┘"
        left.join(above=True)
        right.display = False
        await settle(pilot)
        alone = screen_text(app)
        assert alone[4] == "├─ B " + "─" * 94 + "┤"
        assert alone[7] == "└" + "─" * 98 + "┘"
        app.sent.clear()
        left.join(above=True)
        await settle(pilot)
        assert app.bytes_sent == 0
