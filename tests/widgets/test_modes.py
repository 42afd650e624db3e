"""Screens: what makes one quick to go to and small when it is gone, by parts of Textual that it keeps for itself."""

import asyncio
import gc
import weakref
from unittest.mock import patch

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from widgets.frugal import FrugalApp, FrugalScreen


class Page(FrugalScreen[None]):
    """Three words under each other in a box; narrow, it is one."""

    words = "here"
    DEFAULT_CSS = """
    Page #box { height: 3; }
    Page.-narrow #box { height: 1; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self.resumed = 0

    def compose(self) -> ComposeResult:
        with Container(id="box"):
            yield Static(self.words, id="words")

    def on_screen_resume(self, _event: events.ScreenResume) -> None:
        self.resumed += 1


class There(Page):
    words = "there"


class Modes(FrugalApp[None]):
    MODES = {"here": Page, "there": There}
    DEFAULT_MODE = "here"


async def test_a_mode_is_made_without_being_gone_to() -> None:
    app = Modes()
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause(0.1)
        painted: list[object] = []
        with patch.object(app, "_display", lambda *update: painted.append(update)):
            made = await app.make_mode("there")
            assert made is not None
            for _ in range(2):
                app.draw_unseen(made)
                await pilot.pause()
        assert painted == []
        assert isinstance(made, There)
        assert (app.current_mode, made.is_current) == ("here", False)
        assert made.resumed == 0
        assert made.query_one("#words").region.width == 40
        assert made.query_one("#box").region.height == 1
        await app.switch_mode("there")
        await pilot.pause()
        assert made.resumed >= 1
        assert app.screen is made


async def test_a_mode_that_was_made_is_painted_without_a_wait() -> None:
    app = Modes()
    async with app.run_test() as pilot:
        await pilot.pause(0.1)
        await app.make_mode("there")
        app.switch_mode("there")
        assert app._batch_count == 0


async def test_a_mode_that_is_gone_to_while_it_is_made_is_made_once() -> None:
    app = Modes()
    async with app.run_test():
        making = asyncio.create_task(app.make_mode("there"))
        await asyncio.sleep(0)
        await app.switch_mode("there")
        assert app.screen.is_mounted
        assert app.screen is await making
        assert await app.make_mode("there") is None


async def test_a_screen_that_is_made_has_no_style_sheet_read_again() -> None:
    app = Modes()
    async with app.run_test() as pilot:
        with patch.object(app, "refresh_css") as refreshed:
            await app.switch_mode("there")
            await pilot.pause()
        refreshed.assert_not_called()
        assert app.screen.query_one("#box").region.height == 3


async def test_a_screen_that_was_made_before_the_theme_changed_has_its_colours_when_it_is_gone_to() -> None:
    app = Modes()
    async with app.run_test() as pilot:
        made = await app.make_mode("there")
        assert made is not None
        before = made.styles.background
        app.theme = "textual-light"
        await pilot.pause()
        await app.switch_mode("there")
        await pilot.pause()
        assert made.styles.background != before


async def test_a_screen_that_is_gone_leaves_nothing_that_it_drew() -> None:
    app = Modes()
    async with app.run_test(size=(40, 12)) as pilot:
        page = There()
        await app.push_screen(page)
        await pilot.pause()
        drawn = [weakref.ref(each._styles_cache) for each in page.walk_children(Widget, with_self=True)]
        assert any(getattr(cache(), "_cache", {}) for cache in drawn)
        await app.pop_screen()
        await pilot.pause()
        del page
        gc.collect()
        assert [cache for cache in drawn if cache() is not None] == []
