"""The map of the yard: blocks in their places, a cursor over them, and what a change of it sends."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from tests.widgets.host import Host, screen_text, settle
from widgets.heat import HEATS
from widgets.yard_map import YardMap, changed_runs
from widgets.yard_plan import BlockFace, Mark, plan_yard

HEAT_OF = ("", "low", "low", "low", "low", "middle", "middle", "middle", "high", "high", "full")


def marks(tenths: Sequence[int], scale: int = 1) -> tuple[Mark, ...]:
    return tuple(Mark("·0123456789F"[tenth + 1], HEAT_OF[tenth]) for tenth in tenths[::scale])


class Yard:
    """Blocks by name, each with its tenths bay by bay, `across` of them in a row."""

    def __init__(self, blocks: dict[str, list[int]], across: int, note: str = "") -> None:
        self.blocks, self.across, self.note = blocks, across, note

    @classmethod
    def of_chance(cls, blocks: int, bays: int, across: int) -> Yard:
        chance = random.Random(7)
        return cls({f"B{n}": [chance.randrange(11) for _ in range(bays)] for n in range(blocks)}, across)

    def draw(self, scale: int) -> list[BlockFace]:
        notes = (((self.note, "watch"),),) if self.note else ()
        return [
            BlockFace(name, name, ("71", ""), marks(tenths, scale), n % self.across, n // self.across, notes)
            for n, (name, tenths) in enumerate(self.blocks.items())
        ]


SMALL = {"A1": [1, 2, 3, 4], "A2": [5, 6, 7], "B1": [8, 9, 10, 0]}


@asynccontextmanager
async def shown(yard: Yard, size: tuple[int, int] = (60, 8)) -> AsyncIterator[tuple[YardMap, Host, Pilot[None]]]:
    map = YardMap()
    app = Host(map)
    async with app.run_test(size=size, message_hook=app.hear) as pilot:
        map.focus()
        map.show(yard.draw)
        await settle(pilot)
        app.sent.clear()
        app.heard.clear()
        yield map, app, pilot


async def test_blocks_stand_where_the_site_has_them() -> None:
    async with shown(Yard(SMALL, across=2)) as (_, app, _pilot):
        assert screen_text(app)[:2] == ["A1 71 1234  A2 71 567", "B1 71 89F0"]


async def test_a_note_is_written_where_there_is_room_for_it() -> None:
    async with shown(Yard(SMALL, across=2, note="reefer")) as (_, app, _pilot):
        assert screen_text(app)[:2] == ["A1 71 1234  A2 71 567 reefer", "B1 71 89F0 reefer"]


async def test_a_note_that_grows_has_its_room() -> None:
    yard = Yard(SMALL, across=2, note="reefer")
    async with shown(yard) as (map, app, pilot):
        yard.note = "reefer, plugs 49 of 60"
        map.show(yard.draw)
        await settle(pilot)
        assert screen_text(app)[1] == "B1 71 89F0 reefer, plugs 49 of 60"


def test_a_map_without_room_draws_several_bays_in_a_character() -> None:
    yard = Yard({name: [5] * 20 for name in ("A1", "A2", "A3")}, across=3)
    assert plan_yard(yard.draw, 82).scale == 1
    narrow = plan_yard(yard.draw, 50)
    assert (narrow.scale, narrow.width) == (2, 50)


def test_a_long_name_is_cut_before_the_bays_lose_a_character() -> None:
    name = "重庆团结村集装箱中心站出口重箱堆场"
    yard = Yard({name: [5] * 20, "A2": [5] * 20}, across=2)
    assert [str(plan_yard(yard.draw, 100).blocks[0].head[0][0]).rstrip()] == ["重庆团结村 …"]
    assert (plan_yard(yard.draw, 62).scale, plan_yard(yard.draw, 62).blocks[0].marks_at) == (1, 10)
    assert plan_yard(yard.draw, 50).scale == 2


def test_blocks_of_one_place_and_blocks_of_none_have_lines_of_their_own() -> None:
    faces = [
        BlockFace("a", "A", ("", ""), marks([1]), 0, 0),
        BlockFace("b", "B", ("", ""), marks([1]), 0, 0),
        BlockFace("c", "C", ("", ""), marks([1])),
    ]
    plan = plan_yard(lambda _scale: faces, 40)
    assert [(placed.face.key, placed.y) for placed in plan.blocks] == [("a", 0), ("b", 1), ("c", 2)]


def test_a_yard_without_blocks_is_an_empty_map() -> None:
    assert plan_yard(lambda _scale: [], 40).blocks == ()


async def test_the_cursor_walks_bays_and_goes_on_in_the_next_block_of_its_line() -> None:
    async with shown(Yard(SMALL, across=2)) as (map, _app, pilot):
        await pilot.press("right", "l")
        assert map.cursor == ("A1", 2)
        await pilot.press("l", "l")
        assert map.cursor == ("A2", 0)
        await pilot.press("h")
        assert map.cursor == ("A1", 3)


async def test_up_and_down_keep_to_the_column_brackets_take_the_next_block() -> None:
    async with shown(Yard(SMALL, across=2)) as (map, app, pilot):
        await pilot.press("end", "down")
        assert map.cursor == ("B1", 3)
        await pilot.press("left_square_bracket")
        assert map.cursor == ("A2", 2)
        await settle(pilot)
        moved = [message for message in app.heard if isinstance(message, YardMap.Moved)]
        assert (moved[-1].block, moved[-1].bay) == ("A2", 2)


async def test_enter_opens_the_bay_under_the_cursor() -> None:
    async with shown(Yard(SMALL, across=2)) as (_map, app, pilot):
        await pilot.press("right", "enter")
        opened = [message for message in app.heard if isinstance(message, YardMap.Opened)]
        assert [(message.block, message.bay) for message in opened] == [("A1", 1)]


async def test_the_cursor_stays_on_its_bay_when_blocks_come_and_go() -> None:
    yard = Yard(dict(SMALL), across=2)
    async with shown(yard) as (map, app, pilot):
        map.select("B1", 2)
        del yard.blocks["A2"]
        yard.blocks["C1"] = [0, 0]
        map.show(yard.draw)
        await settle(pilot)
        assert map.cursor == ("B1", 2)
        assert screen_text(app)[:2] == ["A1 71 1234  B1 71 89F0", "C1 71 00"]


async def test_a_block_that_went_gives_its_cursor_to_the_first_one() -> None:
    yard = Yard(dict(SMALL), across=2)
    async with shown(yard) as (map, _app, _pilot):
        map.select("B1", 2)
        del yard.blocks["B1"]
        map.show(yard.draw)
        assert map.cursor == ("A1", 0)


async def test_each_bay_can_be_selected_where_several_share_a_character() -> None:
    async with shown(Yard({"A1": [5] * 20}, across=1), (20, 3)) as (map, app, pilot):
        assert map.scale == 2
        map.select("A1", 3)
        await settle(pilot)
        assert map.cursor == ("A1", 3)
        assert [(m.block, m.bay) for m in app.heard if isinstance(m, YardMap.Moved)] == [("A1", 3)]
        await pilot.press("right")
        assert map.cursor == ("A1", 4)


async def test_a_map_higher_than_its_room_scrolls_with_the_cursor() -> None:
    async with shown(Yard.of_chance(30, 10, across=1), (60, 8)) as (map, app, pilot):
        map.select("B29", 3)
        await settle(pilot)
        assert any(line.startswith("B29") for line in screen_text(app))


def test_only_marks_that_differ_are_runs() -> None:
    assert changed_runs(marks([1, 2, 3, 4, 5]), marks([1, 7, 8, 4, 9])) == [(1, 3), (4, 5)]


# -------------------------------------------------------------------------------------------------------------- costs
@pytest.fixture
def large() -> Yard:
    """40 blocks of 60 bays, as noisy as can be: hardly two neighbours alike."""
    return Yard.of_chance(40, 60, across=2)


async def test_a_full_frame_of_the_largest_map_sends_under_40_kilobytes(large: Yard) -> None:
    async with shown(large, (200, 50)) as (map, app, pilot):
        map.refresh(layout=True)
        await settle(pilot)
        assert 0 < len(app.sent[-1]) < 40_000


async def test_twenty_changed_bays_send_under_3_kilobytes(large: Yard) -> None:
    async with shown(large, (200, 50)) as (map, app, pilot):
        for n in range(20):
            tenths = large.blocks[f"B{2 * n}"]
            tenths[3 * n] = (tenths[3 * n] + 5) % 11
        map.show(large.draw)
        await settle(pilot)
        assert 0 < app.bytes_sent < 3_000


async def test_a_map_that_did_not_change_sends_nothing(large: Yard) -> None:
    async with shown(large, (200, 50)) as (map, app, pilot):
        map.show(large.draw)
        await settle(pilot)
        assert app.bytes_sent == 0


async def test_a_step_of_the_cursor_sends_two_characters(large: Yard) -> None:
    async with shown(large, (200, 50)) as (_map, app, pilot):
        await pilot.press("l")
        await settle(pilot)
        assert 0 < app.bytes_sent < 300


def test_every_heat_has_a_look_without_colours() -> None:
    assert all("#" not in inked for _, inked in HEATS.values())
