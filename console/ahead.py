"""What the console gets ready while nobody waits for it, so that the first visit of a pane is as quick as a return.

For one pane after the other its modules are imported, its screen is made, unseen, and what it will ask first is asked
once for the sake of the asking. A pane that nobody has been to holds no rows and reads nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING

from console import memory
from console.screens.base import ConsoleScreen

if TYPE_CHECKING:
    from console.app import DryportApp

PANES: Mapping[str, Sequence[str]] = {
    "trains": (
        "console.panes.trains.pane",
        "storage.queries.train_page",
        "storage.queries.train_history",
        "storage.notes",
    ),
    "yard": (
        "console.panes.yard.pane",
        "storage.queries.yard_map",
        "storage.queries.occupancy_history",
        "storage.queries.exceptions",
    ),
    "customs": (
        "console.panes.customs.pane",
        "storage.queries.inspections",
        "storage.queries.customs_quality",
        "storage.queries.designated_sites",
        "storage.queries.declaration_page",
    ),
    "feeds": ("console.panes.feeds.pane",),
}
"""Modes in the order of their keys, with the modules of the pane and of what it asks with, each imported in less than a
tenth of a second. The pages of single things come when one is opened."""
QUIET_S = 1.0
"""So long nobody has pressed a key: then nobody waits."""
BREATH_S = 0.1
"""So long lies between two steps: a key that comes in the middle of one waits for that one only."""
DRAWN = 3
"""Times until a pane stands: its size chooses its styles, and these the heights of its parts."""


class Ahead:
    """Gets the panes of one app ready, in steps of some hundredths of a second."""

    def __init__(self, app: DryportApp, quiet_s: float = QUIET_S, breath_s: float = BREATH_S) -> None:
        """Nothing is begun."""
        self._app = app
        self._quiet_s, self._breath_s = quiet_s, breath_s
        self._acted_at = monotonic()

    def acted(self) -> None:
        """The person did something just now."""
        self._acted_at = monotonic()

    async def get_ready(self) -> None:
        """Every pane; then all that lives is there to stay."""
        for mode, modules in PANES.items():
            # What cannot be imported, made or read: whoever opens that pane gets to know.
            with suppress(Exception):
                await self._get_ready(mode, modules)
        memory.tidy()
        memory.settle()

    async def _get_ready(self, mode: str, modules: Sequence[str]) -> None:
        for name in modules:
            await self._quiet()
            await asyncio.to_thread(import_module, name)
        await self._quiet()
        screen = await self._app.make_mode(mode)
        if isinstance(screen, ConsoleScreen):
            for _ in range(DRAWN):
                await self._quiet()
                self._app.draw_unseen(screen)
            await self._quiet()
            await asyncio.to_thread(screen.rehearse)

    async def _quiet(self) -> None:
        """Until nobody has acted for a while, and nothing is read any more that somebody waits for."""
        await asyncio.sleep(self._breath_s)
        while (left := self._acted_at + self._quiet_s - monotonic()) > 0:  # noqa: ASYNC110  # no key pays for an event
            await asyncio.sleep(left)
        await self._app.turns.follow()
