"""Withdrawing a note: its writer chooses it, and it stays, struck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from console.notebook import withdraw
from console.screens.base import ConsoleScreen
from console.screens.chooser import Choice, Chooser
from widgets.cells import fit_text

if TYPE_CHECKING:
    from storage.models import Note

LONGEST = 60
"""So much of a note is enough to know it by, cells."""


def choose_note(screen: ConsoleScreen) -> None:
    """Choose one of one's own notes on what the page, or the row under the cursor, is about, and withdraw it."""
    from storage import notes

    thing = screen.thing()
    if thing is None or thing.kind not in notes.KINDS:
        screen.port.say("There is nothing here to have a note on: choose a row, or open a page.")
        return

    def choose(found: list[Note]) -> None:
        if not found:
            screen.port.say(f"There is no note of yours on {thing.name} to withdraw.")
            return
        width = min(LONGEST, max(cell_len(note.text) for note in found))
        wall = screen.view.wall
        choices = [Choice(str(note.note), fit_text(note.text, width), wall.time(note.written_at)) for note in found]
        screen.port.push_screen(Chooser("Withdraw which of your notes?", choices), chosen)

    def chosen(number: str | None) -> None:
        if number is not None:
            screen.run_worker(done(int(number)), group="note")

    async def done(number: int) -> None:
        screen.port.say(await withdraw(screen.view, number, thing))
        screen.reload()

    screen.ask("withdraw", lambda session, clock: notes.own(session, clock, thing.kind, thing.id), choose)
