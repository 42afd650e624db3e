"""Who asks the cache first: what a person waits for; what only follows is asked when that is painted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Turns:
    """Counts the readings that go first, of whatever screen.

    What follows on a screen that was left waits for the answers of the one in sight too.
    """

    def __init__(self, after_paint: Callable[[Callable[[], None]], object]) -> None:
        """`after_paint` calls what it is given once all that changed by now is painted."""
        self._after_paint = after_paint
        self._first = 0
        self._free = asyncio.Event()
        self._free.set()

    @contextmanager
    def first(self) -> Iterator[None]:
        """A reading that goes first lasts as long as this."""
        self._first += 1
        self._free.clear()
        try:
            yield
        finally:
            self._first -= 1
            self._after_paint(self._look)

    async def follow(self) -> None:
        """Wait until no reading goes first, and the answers of those that did are painted."""
        await self._free.wait()

    def _look(self) -> None:
        if not self._first:
            self._free.set()
