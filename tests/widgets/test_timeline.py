"""Lanes and hours: where bars, names, the ruler and now stand, and what keys do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from textual.pilot import Pilot

from tests.widgets.host import Host, screen_text, settle
from widgets import glyphs
from widgets.timeline import Bar, Kind, Lane, Stretch, Timeline

ZONE = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)  # 10:41


def at(clock: str, day: int = 0) -> datetime:
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 11, 20 + day, hours, minutes, tzinfo=ZONE).astimezone(UTC)


def stretch(start: str, end: str, kind: Kind = "estimate") -> Stretch:
    return Stretch(at(start), at(end), kind)


def lane(name: str, *bars: Bar, beneath: Sequence[Bar] = (), over: Sequence[Stretch] = ()) -> Lane:
    return Lane(f"track:{name}", (f"{name}  880 m crane", name), bars, beneath, over)


@asynccontextmanager
async def shown(*lanes: Lane, width: int = 117, height: int = 10) -> AsyncIterator[tuple[Host, Pilot[None], Timeline]]:
    """A label takes 17 columns of 117: 100 are left for the hours."""
    timeline = Timeline(id="tracks")
    app = Host(timeline)
    async with app.run_test(size=(width, height), message_hook=app.hear) as pilot:
        timeline.focus()
        timeline.show(lanes, NOW, ZONE)
        await settle(pilot)
        app.heard.clear()
        yield app, pilot, timeline


async def drawn(*lanes: Lane, width: int = 117) -> list[str]:
    async with shown(*lanes, width=width) as (app, _, _):
        return screen_text(app)


async def test_the_ruler_begins_with_the_full_hour_before_now_in_the_zone_of_the_site() -> None:
    ruler, *_ = await drawn(lane("1"))
    assert ruler.split() == ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00", "17:00"]
    assert ruler.index("11:00") - ruler.index("10:00") == 12


async def test_a_narrow_one_has_ten_minutes_a_character_and_short_names() -> None:
    ruler, line, *_ = await drawn(lane("1"), width=80)
    assert ruler.index("11:00") - ruler.index("10:00") == 6
    assert line.startswith("▸1  ")


async def test_now_stands_where_nothing_else_does() -> None:
    _, line, *_ = await drawn(lane("1"))
    assert line.index("|") == 17 + 41 // 5


async def test_a_bar_has_its_signs_and_its_name_where_its_last_stretch_begins() -> None:
    bar = Bar("X", [stretch("10:00", "10:40", "actual"), stretch("10:40", "13:00")], ["X9582 +12m", "X9582"])
    _, line, *_ = await drawn(lane("1", bar))
    assert line[17:] == "█" * 8 + "▒▸X9582 +12m " + "▒" * 15


async def test_a_name_gives_way_and_stands_behind_a_bar_that_is_too_short() -> None:
    short = Bar("X", [stretch("11:00", "11:50")], ["X9582 to Qinzhou", "X9582"])
    tiny = Bar("Y", [stretch("13:00", "13:05")], ["84412"])
    _, line, *_ = await drawn(lane("1", short, tiny))
    assert "▒▸X9582 ▒▒" in line
    assert "▒ 84412" in line


async def test_a_collision_is_drawn_over_both_bars() -> None:
    first, second = Bar("A", [stretch("10:00", "12:30")], ["A"]), Bar("B", [stretch("12:20", "14:00")], ["B"])
    _, line, *_ = await drawn(lane("1", first, second, over=[stretch("12:20", "12:30", "conflict")]))
    assert line[17 + 28 : 17 + 30] == "XX"
    assert line[17 + 30 : 17 + 34] == "▒ B "


async def test_a_plan_that_differs_has_a_line_of_its_own_where_there_is_room() -> None:
    planned = lane("1", Bar("X", [stretch("11:00", "12:00")]), beneath=[Bar("", [stretch("10:30", "11:30", "plan")])])
    assert "plan" in (await drawn(planned))[2]
    assert "plan" not in (await drawn(planned, width=80))[2].partition("▒ estimate")[0]


async def test_times_out_of_sight_are_cut_at_the_edges() -> None:
    bar = Bar("X", [Stretch(at("08:00"), at("12:00", day=1), "estimate")])
    _, line, *_ = await drawn(lane("1", bar))
    assert line[17:] == "▒" * 100


async def test_arrows_go_over_the_bars_and_over_lanes_that_have_none() -> None:
    bars = (Bar("A", [stretch("10:00", "11:00")]), Bar("B", [stretch("12:00", "13:00")]))
    async with shown(lane("1", *bars), lane("2")) as (app, pilot, timeline):
        seen = [timeline.chosen]
        for key in ("down", "j", "j", "up", "G", "g"):
            await pilot.press(key)
            seen.append(timeline.chosen)
        assert seen == ["A", "B", "track:2", "track:2", "B", "track:2", "A"]
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.heard[-1], Timeline.Opened)


async def test_a_bar_out_of_sight_is_not_gone_over_and_one_asked_for_is_brought_into_sight() -> None:
    yesterday = Bar("OLD", [Stretch(at("08:00", -1), at("12:00", -1), "actual")])
    tomorrow = Bar("NEW", [Stretch(at("08:30", 1), at("12:00", 1), "estimate")])
    async with shown(lane("1", yesterday, Bar("A", [stretch("11:00", "12:00")])), lane("2", tomorrow)) as it:
        _, pilot, timeline = it
        assert timeline.chosen == "A"
        await pilot.press("down")
        assert timeline.chosen == "track:2"
        timeline.choose("NEW")
        timeline.show(timeline.lanes, NOW, ZONE)
        assert timeline.start == at("07:00", 1)


async def test_what_is_chosen_stays_when_other_lanes_come() -> None:
    async with shown(lane("1", Bar("A", [])), lane("2", Bar("B", []))) as (_, _, timeline):
        timeline.choose("B")
        timeline.show([lane("0", Bar("Z", [])), lane("2", Bar("B", []))], NOW, ZONE)
        assert timeline.chosen == "B"
        timeline.show([lane("0", Bar("Z", []))], NOW, ZONE)
        assert timeline.chosen == "Z"


async def test_it_scrolls_by_twelve_characters_zooms_and_comes_back_to_now() -> None:
    async with shown(lane("1")) as (app, pilot, timeline):
        await pilot.press("l", "right", "h")
        assert timeline.start == at("11:00")
        await pilot.press("minus")
        assert (timeline.minutes, timeline.end - timeline.start) == (10, timedelta(minutes=1000))
        await pilot.press("plus", "plus")
        assert timeline.minutes == 2
        await pilot.press(*["plus"] * 5)
        assert timeline.minutes == 1
        await pilot.press("0")
        assert timeline.start == at("10:00")
        assert all(isinstance(each, Timeline.Scrolled) for each in app.heard)


async def test_it_goes_on_with_now_until_it_is_scrolled() -> None:
    async with shown(lane("1")) as (_, pilot, timeline):
        timeline.show([lane("1")], at("12:03"), ZONE)
        assert timeline.start == at("12:00")
        await pilot.press("h")
        timeline.show([lane("1")], at("13:03"), ZONE)
        assert timeline.start == at("11:00")


async def test_more_lanes_than_lines_scroll_with_the_choice() -> None:
    lanes = [lane(str(number), Bar(f"T{number}", [])) for number in range(40)]
    async with shown(*lanes) as (app, pilot, _):
        await pilot.press("G")
        await settle(pilot)
        assert any(line.startswith("▸39") for line in screen_text(app))
        assert screen_text(app)[0].strip().startswith("10:00")


async def test_what_is_noted_by_the_hour_stands_below_the_ruler() -> None:
    async with shown(lane("1")) as (app, pilot, timeline):
        timeline.show([lane("1")], NOW, ZONE, ("free", {at("11:00"): "3 6 7", at("12:00"): "1 2 3 4 5 6 7"}))
        await settle(pilot)
        ruler, line, *_ = screen_text(app)
        assert line.index("3 6 7") == ruler.index("11:00")
        assert "1 2 3 4 5 …" in line


async def test_a_note_without_room_at_the_edge_is_not_cut_to_something_else() -> None:
    async with shown(lane("1")) as (app, pilot, timeline):
        hours = {at("10:00") + timedelta(hours=hour): "1 2 4" for hour in range(48)}
        timeline.show([lane("1")], NOW, ZONE, ("free", hours))
        await settle(pilot)
        notes = screen_text(app)[1].replace("free", "").split("1 2 4")
        assert len(notes) > 2
        assert {note.strip() for note in notes} == {""}


async def test_a_new_day_is_named_on_the_ruler() -> None:
    async with shown(lane("1")) as (app, pilot, _):
        await pilot.press(*"llllllllll")
        await settle(pilot)
        assert "Sat 21" in screen_text(app)[0]


async def test_the_plain_set_draws_with_ascii_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_current", glyphs.ASCII)
    bar = Bar("X", [stretch("10:00", "10:40", "actual"), stretch("10:40", "13:00")], ["X9582"])
    text = "\n".join(await drawn(lane("1", bar)))
    assert text.isascii()
    assert "########:>X9582 ::" in text


async def test_a_hostile_name_is_drawn_as_text() -> None:
    bar = Bar("X", [stretch("10:00", "16:00")], ["[red]\x1b[31m列车"])
    _, line, *_ = await drawn(lane("1", bar))
    assert "▸[red]�[31m列车 " in line


async def test_showing_the_same_again_sends_nothing_and_a_change_only_its_cells() -> None:
    bars = [Bar("X", [stretch("10:00", "12:00")], ["X9582"])]
    async with shown(lane("1", *bars), lane("2")) as (app, pilot, timeline):
        app.sent.clear()
        timeline.show([lane("1", *bars), lane("2")], NOW, ZONE)
        await settle(pilot)
        assert app.bytes_sent == 0
        timeline.show([lane("1", Bar("X", [stretch("10:00", "12:05")], ["X9582"])), lane("2")], NOW, ZONE)
        await settle(pilot)
        assert 0 < app.bytes_sent < 300
