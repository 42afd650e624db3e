"""`m`: a box, or a block, on the map of the yard, from wherever it is listed; Esc comes back there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import format as written

if TYPE_CHECKING:
    from console.screens.base import ConsoleScreen
    from storage.queries.containers import ContainerRow


def show_box(screen: ConsoleScreen, box: str | None) -> None:
    """Show the box of this id where it stands; says where it is when that is not in a block."""
    if box is None:
        screen.port.say("There is no box here to show on the map.")
        return
    from storage.queries.containers import CONTAINERS

    policy = screen.view.policy

    def take(found: ContainerRow | None) -> None:
        if found is None:
            screen.port.say("The box is not, or no longer, in the cache.")
        elif found.block_id is None or found.place not in (None, "yard"):
            name = written.box_number(found.number)
            screen.port.say(f"{name} is not on the map: {found.where or 'nobody knows where it is'}.")
        else:
            show_place(screen, found.block_id, found.bay, found.id)

    screen.ask("place", lambda session, clock: CONTAINERS.one(session, clock, box, policy=policy), take)


def show_place(screen: ConsoleScreen, block: str, bay: int | None = None, box: str | None = None) -> None:
    """Show a block (its id), one of its bays, or a box in that."""
    from console.panes.yard.pane import Spot, YardPane

    screen.app.push_screen(YardPane(Spot(block, bay, box)))


def bay_page(identity: str) -> ConsoleScreen:
    """The map at a bay: the id of its block and its number, `b3-6`."""
    from console.panes.yard.pane import Spot, YardPane

    block, _, bay = identity.rpartition("-")
    return YardPane(Spot(block, int(bay)))


PAGE = bay_page
