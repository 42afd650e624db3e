"""The pictures of the console: which there are, and how one is drawn.

All show the hand-made terminal of the tests at Friday 20 November 2026, 10:41 (UTC+8). An SVG of the same screen has
the same bytes on every machine, so a committed one can be compared with one made again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.pilot import Pilot

from console.app import DryportApp
from console.screens.base import ConsoleScreen
from console.site import Appearance
from console.view import View, named_zone
from storage.cache import Cache
from storage.clock import PinnedClock
from tests.console.stage import opened_by
from tests.scene import NOW, build_scene

FOLDER = Path(__file__).parent
NARROW, WIDE, VAST = (80, 24), (120, 36), (200, 60)
IN_COLOUR = Appearance(color="truecolor")
PATIENCE_S = 60.0
"""A screen that has not come to rest by then never will."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What one shows: the keys pressed from the start (Textual's names), and the size in columns and lines."""

    scene: str
    keys: tuple[str, ...]
    size: tuple[int, int]
    appearance: Appearance = IN_COLOUR

    @property
    def name(self) -> str:
        """Name of its file, without the ending."""
        return f"{self.scene}-{self.size[0]}x{self.size[1]}"


PANES: dict[str, tuple[str, ...]] = {
    "board": (),
    "trains": ("2",),
    "yard": ("3",),
    "customs": ("4",),
    "feeds": ("5",),
}
SCENES = PANES | {
    "train": ("2", "enter"),
    "tracks": ("2", "v"),
    "find": ("f", *"4122"),
    "help": ("question_mark",),
}
PICTURES = (
    *(Picture(scene, keys, size) for scene, keys in SCENES.items() for size in (NARROW, WIDE)),
    Picture("board", SCENES["board"], VAST),
)


QUIET_LOOKS = 3
"""So often in turn nothing is under way: what came last may have asked for more once its messages were handled."""


@contextmanager
def scene_cache() -> Iterator[Path]:
    """The cache of the scene in a folder of its own, which goes with the block."""
    with TemporaryDirectory(prefix="dryport-scene-") as folder:
        path = Path(folder) / "cache.db"
        cache = Cache.open(path, role="writer")
        build_scene(cache)
        cache.close()
        yield path


@asynccontextmanager
async def staged(picture: Picture, path: Path) -> AsyncIterator[tuple[DryportApp, Pilot[int]]]:
    """The console on the scene in the cache at `path`, with what is to be pictured on its screen; its clock stands."""
    view = View(lambda: Cache.open(path, role="reader"), PinnedClock(NOW), zone=named_zone("Asia/Shanghai"))
    opening, keys = opened_by(picture.keys)
    app = opening(view, appearance=picture.appearance)
    async with app.run_test(size=picture.size) as pilot:
        await rest(app, pilot)
        for key in keys:
            await pilot.press(key)
            await rest(app, pilot)
        yield app, pilot


async def rest(app: DryportApp, pilot: Pilot[int]) -> None:
    """Until the screen on top has its rows and says how fresh they are, and nothing is under way."""
    async with asyncio.timeout(PATIENCE_S):
        quiet = 0
        while app.is_running and quiet < QUIET_LOOKS:
            await pilot.pause(0 if quiet else 0.01)
            quiet = quiet + 1 if _has_its_freshness(app) and all(each.is_finished for each in app.workers) else 0
        await pilot.pause()


def _has_its_freshness(app: DryportApp) -> bool:
    screen = app.screen
    if not app.pulse.read or not isinstance(screen, ConsoleScreen):
        return app.pulse.read
    asked = {feeds for feeds in (screen.feeds, *screen.parts_of_feeds().values()) if feeds}
    return asked <= app.pulse.worst_of.keys()


async def draw(picture: Picture, path: Path) -> str:
    """The picture as an SVG that fetches nothing and names its fonts by kind."""
    async with staged(picture, path) as (app, _):
        svg = app.export_screenshot(title=f"dryport, {picture.scene}", simplify=True)
    return _self_contained(svg, picture.name)


def _self_contained(svg: str, name: str) -> str:
    """The SVG without fonts from the network, its ids by the picture's name instead of by its content."""
    svg = re.sub(r"\n *@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("font-family: Fira Code, monospace", "font-family: monospace")
    svg = svg.replace("font-family: arial", "font-family: sans-serif")
    return re.sub(r"terminal-\d+", name, svg)
