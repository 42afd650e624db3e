"""What a person waits for goes first."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from console.panes.yard.pane import YardPane
from console.turns import Turns
from tests.console.stage import staged


async def test_what_follows_waits_until_every_first_answer_is_painted() -> None:
    painted: list[Callable[[], None]] = []
    turns = Turns(painted.append)
    await turns.follow()  # nothing goes first
    with turns.first():
        with turns.first():
            following = asyncio.create_task(turns.follow())
        painted.pop()()
        await asyncio.sleep(0)
        assert not following.done()
    await asyncio.sleep(0)
    assert not following.done()  # it came, and is not painted yet
    painted.pop()()
    await following


async def test_an_answer_that_fails_keeps_nobody_waiting() -> None:
    turns = Turns(lambda look: look())
    with suppress(OSError), turns.first():
        raise OSError
    await turns.follow()


async def test_the_map_is_painted_before_what_needs_care_is_counted(scene_file: Path) -> None:
    told: list[str] = []

    def told_by(name: str, take: Callable[..., None]) -> Callable[..., None]:
        def taken(*found: object) -> None:
            told.append(name)
            take(*found)

        return taken

    async with staged(scene_file) as stage:
        pane = YardPane()
        for name in ("map", "forecast", "care", "history"):
            setattr(pane, f"_take_{name}", told_by(name, getattr(pane, f"_take_{name}")))
        await stage.app.push_screen(pane)
        await stage.settle()
    assert told[0] == "map"
    assert set(told[1:]) >= {"forecast", "care", "history"}
