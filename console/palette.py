"""Ctrl+P: the commands that the place offers, out of the registry. The palette is imported when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from console.commands import Command, offered


class CommandProvider(Provider):
    """What can be done here, by its title or by the word it has on the `:` line."""

    async def discover(self) -> Hits:
        """Everything, in the order of the help."""
        for command, run in self._here():
            yield DiscoveryHit(Content(_shown(command)), run, command.title)

    async def search(self, query: str) -> Hits:
        """What matches, best first."""
        matcher = self.matcher(query)
        for command, run in self._here():
            score = matcher.match(f"{command.title} {command.id}")
            if score > 0:
                yield Hit(score, Content(_shown(command)), run, command.title)

    def _here(self) -> Iterator[tuple[Command, Callable[[], None]]]:
        for command in offered((self.screen, self.app)):
            action = f"app.command('{command.id}')"
            yield command, lambda action=action: self.app.call_later(self.app.run_action, action)  # type: ignore[misc]


def _shown(command: Command) -> str:
    return f"{command.title}   {command.shown_key}".rstrip()
