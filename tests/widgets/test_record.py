"""Pages of labels and values."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot

from tests.widgets.host import Host, screen_text, settle
from widgets.cells import literal
from widgets.record import Field, Record, Section, wrap

SECTIONS = [
    Section(
        "Visit", [Field("Phase", "Working"), Field("Block", "B3-06", target="block:B3"), Field("Remark", "[/b] held")]
    ),
    Section("Readiness", [Field("Boxes", [("40", "strong"), (" of 54", "")])]),
]


@asynccontextmanager
async def page(size: tuple[int, int] = (40, 10)) -> AsyncIterator[tuple[Pilot[None], Host, Record]]:
    record = Record()
    app = Host(record)
    async with app.run_test(size=size, message_hook=app.hear) as pilot:
        record.focus()
        record.show_sections(SECTIONS)
        await settle(pilot)
        yield pilot, app, record


async def test_it_shows_sections_of_labels_and_literal_values() -> None:
    async with page() as (_, app, _record):
        assert screen_text(app) == [
            "Visit",
            "  Phase   Working",
            "  Block  ▸B3-06",
            "  Remark  [/b] held",
            "",
            "Readiness",
            "  Boxes   40 of 54",
            "",
            "",
            "",
        ]


async def test_enter_follows_a_field_that_leads_on_and_no_other() -> None:
    async with page() as (pilot, app, _record):
        await pilot.press("down", "enter", "down", "enter")
        await settle(pilot)
        followed = [message.target for message in app.heard if isinstance(message, Record.Followed)]
        assert followed == ["block:B3"]


async def test_the_cursor_stays_on_its_field_when_others_come() -> None:
    async with page() as (pilot, app, record):
        await pilot.press("down", "down")
        more = Section("Visit", [Field("Phase", "Working"), Field("Path", "confirmed"), *SECTIONS[0].fields[1:]])
        record.show_sections([more])
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert [message.target for message in app.heard if isinstance(message, Record.Followed)] == ["block:B3"]


async def test_a_long_value_is_wrapped_anew_at_every_width() -> None:
    async with page() as (pilot, app, record):
        record.show_sections([Section("Note", [Field("Text", "one two three four five six seven eight nine ten")])])
        await settle(pilot)
        assert screen_text(app)[1:3] == ["  Text  one two three four five six", "        seven eight nine ten"]
        await pilot.resize_terminal(80, 10)
        await settle(pilot)
        assert screen_text(app)[1] == "  Text  one two three four five six seven eight nine ten"


async def test_a_page_longer_than_the_screen_is_scrolled() -> None:
    async with page(size=(40, 4)) as (pilot, app, _record):
        await pilot.press("G")
        await settle(pilot)
        assert screen_text(app)[-1] == "  Boxes   40 of 54"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Mn", "Me"]), max_size=60), st.integers(2, 30))
def test_wrapped_lines_are_no_wider_than_asked_and_lose_no_letter(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == literal(text).replace(" ", "")
