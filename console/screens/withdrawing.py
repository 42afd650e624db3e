"""Withdrawing a note: its writer chooses it, and it stays, struck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.notebook import withdraw
from console.screens.base import ConsoleScreen
from console.screens.chooser import Choice, Chooser

if TYPE_CHECKING:
    from storage.models import Note


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
        choices = [Choice(str(note.note), note.text, screen.view.wall.time(note.written_at)) for note in found]
        screen.port.push_screen(Chooser(f"Withdraw which note on {thing.name}?", choices), chosen)

    def chosen(number: str | None) -> None:
        if number is not None:
            screen.run_worker(done(int(number)), group="note")

    async def done(number: int) -> None:
        screen.port.say(await withdraw(screen.view, number, thing))
        screen.reload()

    screen.ask("withdraw", lambda session, clock: notes.own(session, clock, thing.kind, thing.id), choose)
