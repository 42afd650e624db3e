"""Notes as they are written: on what, what is typed so far, and the way into the cache."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from console.view import View
from console.watch import explained


class Thing(NamedTuple):
    """What a page or the row under the cursor is about; `name` is what people call it."""

    kind: str
    id: str
    name: str


class Notebook:
    """Keeps what was typed on each thing until it is in the cache: no wrong key and no failure loses a word."""

    def __init__(self) -> None:
        self._drafts: dict[tuple[str, str], str] = {}
        self._on: Thing | None = None

    def begin(self, thing: Thing) -> str:
        """A note on this is typed from now on; what was typed on it before."""
        self._on = thing
        return self._drafts.get((thing.kind, thing.id), "")

    def keep(self, text: str) -> None:
        """So much of it is typed."""
        if self._on is not None:
            self._drafts[self._on.kind, self._on.id] = text

    def put_off(self) -> str:
        """It is not written now; what to say about that."""
        kept = self._on is not None and self._drafts.get((self._on.kind, self._on.id), "").strip()
        return f"Not written; n goes on with the note on {self._on.name}." if kept and self._on else ""

    async def write(self, view: View, text: str) -> str:
        """Write the note into the cache; what to say about it. What cannot be written stays as a draft."""
        thing = self._on
        if thing is None:
            return ""
        self.keep(text)
        try:
            await asyncio.to_thread(_add, view, thing, text)
        except Exception as error:  # noqa: BLE001  # said, and the draft stays: no fault may lose what was typed
            kept = " What you typed is kept: n goes on with it." if text.strip() else ""
            return explained(error) + kept
        del self._drafts[thing.kind, thing.id]
        return f"Noted on {thing.name}."


async def withdraw(view: View, number: int, thing: Thing) -> str:
    """Withdraw the note of this number; what to say about it."""
    from storage import notes

    try:
        await asyncio.to_thread(lambda: notes.withdraw(view.cache, view.clock, number))
    except Exception as error:  # noqa: BLE001  # said, and the note stands
        return explained(error)
    return f"Withdrawn: the note on {thing.name} stays, struck."


def _add(view: View, thing: Thing, text: str) -> None:
    from storage import notes

    notes.add(view.cache, view.clock, thing.kind, thing.id, text)
