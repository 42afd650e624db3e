"""How the lines of the Yard pane are shared out."""

from __future__ import annotations

from typing import Literal, NamedTuple

OUTLOOK, NARROW_OUTLOOK, LEAST_OUTLOOK = 10, 10, 8
WORDS = 4
"""The outlook's words, without its chart."""
FACTS = 4
LEAST_SIDE, MOST_SIDE = 4, 12
AROUND_BAY = 4
"""The title of a bay, its rows' numbers, what must move first, the signs."""


Turn = Literal["map", "bay", "outlook"]


class Heights(NamedTuple):
    """Lines of each tile, its title among them; 0 is not shown, None takes what is left."""

    map: int | None
    side: int
    bay: int | None
    block: int | None
    box: int | None
    occupancy: int | None


def share_lines(room: int, map_lines: int, tiers: int, *, wide: bool, turn: Turn) -> Heights:
    """Lines for a pane of `room`, of which the map wants `map_lines` within its tile and a bay has so many tiers.

    Where it is wide: the outlook its lines, the bay a line a tier, the map what it wants; then a second line a tier,
    then the side, then more of the outlook; a high map leaves the bay and the side all their lines while it is the
    bay's `turn`. Else whose turn it is: map, facts and outlook, of which a high map leaves
    the words only; or bay, facts and side; or the outlook alone.
    """
    if not wide:
        return _narrow(room, map_lines, tiers, turn)
    occupancy = OUTLOOK if room >= 30 else LEAST_OUTLOOK
    left = room - occupancy
    least_bay, most_bay = tiers + AROUND_BAY, 2 * tiers + AROUND_BAY
    below = most_bay + LEAST_SIDE if turn == "bay" else least_bay
    map_height = min(map_lines + 1, max(left // 3, left - below))
    left -= map_height
    bay = most_bay if left >= most_bay else left
    side = left - bay if left - bay >= LEAST_SIDE else 0
    side = min(side, MOST_SIDE)
    occupancy += max(0, left - bay - side)
    # The bay and the box beside it begin on one line; what is left over is the map's.
    return Heights(None, side, bay, None, bay, occupancy)


def _narrow(room: int, map_lines: int, tiers: int, turn: Turn) -> Heights:
    if turn == "outlook":
        return Heights(0, 0, 0, 0, 0, room)
    if turn == "bay":
        bay = 2 * tiers + AROUND_BAY
        if bay + FACTS > room:
            bay = min(tiers + AROUND_BAY, room - FACTS)
        side = room - bay - FACTS
        if side < LEAST_SIDE:
            return Heights(0, 0, room - FACTS, 0, FACTS, 0)
        return Heights(0, side, bay, 0, FACTS, 0)
    left = room - FACTS
    map_height = map_lines + 1 if map_lines + 1 + NARROW_OUTLOOK <= left else min(map_lines + 1, left - WORDS)
    return Heights(map_height, 0, 0, FACTS, 0, left - map_height)
