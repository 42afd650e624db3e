"""The line one types on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual import events
from textual.pilot import Pilot

from tests.widgets.host import Host, screen_text, settle
from widgets.filter_bar import LONGEST, FilterBar, Typed


@asynccontextmanager
async def typing(prompt: str = "/", text: str = "") -> AsyncIterator[tuple[Pilot[None], Host, FilterBar]]:
    bar = FilterBar()
    app = Host(bar)
    async with app.run_test(size=(80, 5), message_hook=app.hear) as pilot:
        bar.open(prompt, text)
        await settle(pilot)
        yield pilot, app, bar


async def paste(pilot: Pilot[None], bar: FilterBar, text: str) -> None:
    bar.query_one(Typed).post_message(events.Paste(text))
    await settle(pilot)


async def test_it_is_out_of_sight_until_it_is_opened() -> None:
    app = Host(FilterBar())
    async with app.run_test(size=(80, 5)) as pilot:
        await settle(pilot)
        assert screen_text(app) == [""] * 5


async def test_it_shows_its_prompt_and_the_text_it_starts_from_without_news_of_it() -> None:
    async with typing("f", "LSTU [8") as (_, app, bar):
        assert screen_text(app)[-1] == " f LSTU [8"
        assert app.heard == []
        assert bar.query_one(Typed).cursor_position == 7


async def test_every_key_is_told_and_a_bracket_is_a_bracket() -> None:
    async with typing() as (pilot, app, bar):
        await pilot.press("[", "/", "b", "]")
        await settle(pilot)
        changes = [message for message in app.heard if isinstance(message, FilterBar.Changed)]
        assert changes[-1].value == bar.value == "[/b]"
        assert changes[-1].prompt == "/"
        assert screen_text(app)[-1] == " / [/b]"


async def test_enter_tells_the_line_and_closes() -> None:
    async with typing(":", "sort late") as (pilot, app, bar):
        await pilot.press("enter")
        await settle(pilot)
        told = [message for message in app.heard if isinstance(message, FilterBar.Submitted)]
        assert [(message.prompt, message.value, message.control) for message in told] == [(":", "sort late", bar)]
        assert screen_text(app)[-1] == ""


async def test_escape_tells_that_nothing_is_wanted_and_closes() -> None:
    async with typing() as (pilot, app, _):
        await pilot.press("x", "escape")
        await settle(pilot)
        assert [message.value for message in app.heard if isinstance(message, FilterBar.Cancelled)] == ["x"]
        assert screen_text(app)[-1] == ""


async def test_a_pasted_megabyte_is_one_short_clean_line() -> None:
    async with typing() as (pilot, _, bar):
        await paste(pilot, bar, "\x1b[31m" + "x" * 1_000_000)
        assert len(bar.value) == LONGEST
        assert bar.value.startswith("\ufffd[31mxxx")


async def test_of_several_pasted_lines_the_first_counts() -> None:
    async with typing(text="CQIU ") as (pilot, _, bar):
        await paste(pilot, bar, "\n  730051 3\r\nCQIU 552908 0\n")
        assert bar.value == "CQIU 730051 3"


async def test_an_empty_paste_is_nothing() -> None:
    async with typing() as (pilot, _, bar):
        await paste(pilot, bar, "\n \n")
        assert bar.value == ""
