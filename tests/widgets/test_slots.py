"""Bays down, the hours of a day across."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.widgets.host import Host, screen_text, settle
from widgets import glyphs
from widgets.bars import level_signs
from widgets.slots import BayLine, SlotMark, Slots, Use

ZONE = timezone(timedelta(hours=8))
HALF = timedelta(minutes=30)


def at(clock: str) -> datetime:
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 11, 20, hours, minutes, tzinfo=ZONE).astimezone(UTC)


def bay(name: str, first: str, uses: str) -> BayLine:
    """Half-hour slots from `first` on: b booked, r running, o over, f free, u unused."""
    kinds: dict[str, Use] = {"b": "booked", "r": "running", "o": "over", "f": "free", "u": "unused"}
    return BayLine(name, [SlotMark(at(first) + nth * HALF, kinds[use]) for nth, use in enumerate(uses)])


async def shown(
    *bays: BayLine, width: int = 60, height: int = 4, slot: timedelta = HALF, legend: bool = False
) -> list[str]:
    slots = Slots()
    app = Host(slots)
    async with app.run_test(size=(width, height)) as pilot:
        slots.show(bays, slot, ZONE, at("10:41"), legend=legend)
        await settle(pilot)
        return screen_text(app)


@pytest.fixture
def ascii_signs() -> Iterator[None]:
    glyphs.choose(glyphs.ASCII)
    yield
    glyphs.choose(glyphs.UNICODE)


async def test_each_slot_is_a_sign_under_its_hour_and_the_rest_is_shut() -> None:
    lines = await shown(bay("Bay 1", "08:30", "oubrf"), bay("Bay 12", "13:30", "b"))
    assert lines[0] == "        08 09 10 11 12 13 14 15 16 17 18"
    assert lines[1] == "Bay 1   /# ·# R· // // // // // // // //"
    assert lines[2] == "Bay 12  // // // // // /# // // // // //"


async def test_hours_before_and_after_the_usual_ones_are_drawn_when_something_stands_there() -> None:
    lines = await shown(bay("1", "05:00", "b"), bay("2", "21:30", "f"), width=80)
    assert lines[0].split() == [f"{hour:02}" for hour in range(5, 22)]
    assert lines[2].rstrip().endswith("/·")


async def test_where_the_day_does_not_fit_the_hours_ahead_are_drawn() -> None:
    lines = await shown(bay("1", "08:30", "bbbbbbb"), width=16)
    assert lines[0].split() == ["09", "10", "11", "12"]
    assert lines[1].startswith("1  ## ## ##")


async def test_slots_of_an_hour_and_of_a_quarter_have_as_many_signs() -> None:
    hourly = await shown(bay("1", "09:00", "b"), slot=timedelta(hours=1))
    assert [line[:8] for line in hourly[:2]] == ["   8 9 0", "1  / # /"]
    assert (await shown(bay("1", "09:00", "b"), slot=timedelta(minutes=15), width=80))[1].startswith("1  //// #/// ")


async def test_bays_that_have_no_line_are_counted() -> None:
    lines = await shown(*(bay(f"Bay {nth}", "09:00", "b") for nth in range(7)))
    assert lines[-1] == "and 5 more bays"


async def test_below_the_bays_its_signs_are_explained_where_there_is_room() -> None:
    assert (await shown(bay("1", "09:00", "b"), legend=True))[2] == "# booked  R running  · free  / shut"
    assert "booked" not in "".join(await shown(bay("1", "09:00", "b"), height=2, legend=True))
    assert "booked" not in "".join(await shown(bay("1", "09:00", "b"), width=30, legend=True))


async def test_without_bays_it_says_so() -> None:
    assert (await shown())[0] == "no inspection bays are known"


@pytest.mark.usefixtures("ascii_signs")
async def test_it_is_drawn_in_ascii_too() -> None:
    assert (await shown(bay("1", "08:30", "obrf")))[1].startswith("1  /# #R .")


def test_levels_rise_with_the_count_and_none_is_a_blank() -> None:
    assert level_signs([0, 1, 4, 8], 8) == [" ", "▁", "▄", "█"]
    assert level_signs([0, 0], 0) == [" ", " "]
