"""Boxes that must be moved to reach another."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from storage.figures.registry import declare

declare(
    "rehandles", "Rehandles", "boxes",
    """Boxes standing above it that do not leave before it: they leave later, it is not known when, or they cannot be
    loaded now. Boxes that are ready for the same train or an earlier one are none. A 40-foot box lies on two 20-foot
    stacks.""",
    "definition 13",
)  # fmt: skip


class Stacked(NamedTuple):
    """A box in a block. `departs`: when its train does; `ready`: it can be loaded now."""

    id: str
    bay: int
    row: int
    tier: int
    departs: datetime | None = None
    ready: bool = False


def rehandles(box: Stacked, block: Iterable[Stacked]) -> list[Stacked]:
    """The boxes of its block to be moved before `box` can be, topmost first."""
    found = [other for other in block if _is_above(other, box) and not _leaves_before(other, box)]
    return sorted(found, key=lambda other: (-other.tier, other.bay))


def _is_above(other: Stacked, box: Stacked) -> bool:
    return other.row == box.row and other.tier > box.tier and bool(_bays(other.bay) & _bays(box.bay))


def _bays(bay: int) -> set[int]:
    """The 20-foot bays a box takes: an even bay is the 40-foot one over its two neighbours."""
    return {bay} if bay % 2 else {bay - 1, bay + 1}


def _leaves_before(other: Stacked, box: Stacked) -> bool:
    if not other.ready or other.departs is None:
        return False
    return box.departs is None or other.departs <= box.departs
