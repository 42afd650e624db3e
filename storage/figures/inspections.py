"""Inspection bays and designated sites: what is left of today's slots, who is late, and how the month goes."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from storage.figures.registry import declare

USUAL_SLOT = timedelta(minutes=30)
"""Length of a slot where its block gives none."""

declare(
    "slots left", "Slots left", "slots",
    """Slots of the inspection bays that begin later today, inside the hours of their block (else of the customs
    office), and that nobody has booked.""",
    "definition 11",
)  # fmt: skip
declare(
    "late to the bay", "Late", "yes or no",
    "Its slot has begun, its inspection has not, and its box does not stand in the inspection block.",
    "definition 15",
)  # fmt: skip
declare(
    "month against target", "Target", "per cent",
    """What a designated site has taken this month, TEU, of the target it has for the whole month; the quota beside it
    is what it may take. Plugs in use are the reefers plugged in its block, which it may share with other boxes.""",
    "definition 11",
)  # fmt: skip


def slots_of(windows: Iterable[tuple[datetime, datetime]], length: timedelta) -> dict[datetime, datetime]:
    """Start of each whole slot in the windows of a day to its end."""
    return {
        opens + place * length: opens + (place + 1) * length
        for opens, closes in windows
        for place in range((closes - opens) // length)
    }


def percent_of_target(used: float | None, target: float | None) -> int | None:
    """Rounded down; None where either is unknown, or there is no target."""
    return None if used is None or not target else int(100 * used / target)
