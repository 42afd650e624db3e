"""How full the yard, a kind of block or a block will be: low, expected and high, and when it will be full.

A forecast is the TEU standing now and a list of changes to come; where those are read from says
`storage.queries.occupancy`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from storage.figures.registry import declare

declare(
    "occupancy forecast", "Occupancy forecast", "TEU",
    """TEU standing now, with what is to come (discharged, gated in) by then and without what is loaded (not departed)
    or picked up by then; a box counts as loaded when loading of its train closes. Low: all that may leave leaves and
    nothing uncertain comes. High: only what is ready leaves, and everything uncertain comes. Expected: uncertain ones
    count by the share of appointments kept, and of booked boxes loaded on trains of the last 7 days, among those the
    feeds still know; unknown with fewer than 20 of them. Uncertain are appointments, boxes without an expected time
    and trains without an estimate; boxes not ready, and trucks that have an appointment to fetch. Inbound boxes
    without a planned block are a line of their own, and in no block's figure; all is all blocks and that line. A move
    between two blocks counts in both of them, and once in all.""",
    "definition 12",
)  # fmt: skip
declare(
    "full at", "Full at", "time",
    "When the expected TEU first reach the working capacity within 48 hours; else when the high ones do, said so.",
    "definition 12",
)  # fmt: skip

HORIZONS = (timedelta(hours=4), timedelta(hours=12), timedelta(hours=24), timedelta(hours=48))
LEAST_CASES = 20
"""A share of fewer cases is not known."""


class Outlook(NamedTuple):
    """TEU at a time; `expected` None where a share that it counts with is not known."""

    low: float
    expected: float | None
    high: float


_NOTHING = Outlook(0.0, 0.0, 0.0)


class Change(NamedTuple):
    """A box that comes to a block or leaves it. The shares, -1 to 1, say how much of its TEU counts in each case.

    `block` None: none is planned. `between`: the box stays in the yard, so that it changes nothing in all.
    """

    at: datetime
    block: str | None
    teu: float
    low: float
    expected: float | None
    high: float
    between: bool = False


@dataclass(frozen=True, slots=True)
class Full:
    """When a block will be full, and in which case."""

    at: datetime
    case: Literal["expected", "high"]


def together(changes: Iterable[Change]) -> list[Change]:
    """The same in fewer changes: what happens to a block at one time is one, of 1 TEU times what all of it counts."""
    found: dict[tuple[datetime, str | None, bool], Outlook] = {}
    for change in changes:
        key = change.at, change.block, change.between
        found[key] = _with(found.get(key, _NOTHING), change)
    return [Change(at, block, 1.0, *counts, between) for (at, block, between), counts in found.items()]


def outlook(standing: float, changes: Iterable[Change], at: datetime) -> Outlook:
    """What stands there at `at`, of what stands now and the changes; never less than nothing."""
    total = Outlook(standing, standing, standing)
    for change in changes:
        if change.at <= at:
            total = _with(total, change)
    expected = None if total.expected is None else max(0.0, total.expected)
    return Outlook(max(0.0, total.low), expected, max(0.0, total.high))


def full_at(standing: float, changes: Sequence[Change], capacity: float | None, now: datetime) -> Full | None:
    """When what stands there first reaches the capacity within the farthest horizon; None when not, or unknown.

    What has no room and holds nothing is not full, it is shut.
    """
    if capacity is None or not (capacity or standing):
        return None
    if standing >= capacity:
        return Full(now, "expected")
    ahead = sorted((change for change in changes if change.at <= now + HORIZONS[-1]), key=lambda change: change.at)
    total, at_high = Outlook(standing, standing, standing), None
    for index, change in enumerate(ahead):
        total = _with(total, change)
        if index + 1 < len(ahead) and ahead[index + 1].at == change.at:
            continue  # what happens at one time is judged together
        if total.expected is not None and total.expected >= capacity:
            return Full(change.at, "expected")
        if at_high is None and total.high >= capacity:
            at_high = Full(change.at, "high")
    return at_high


def _with(total: Outlook, change: Change) -> Outlook:
    low, expected, high = total
    if expected is not None:
        expected = None if change.expected is None else expected + change.expected * change.teu
    return Outlook(low + change.low * change.teu, expected, high + change.high * change.teu)


def share(kept: int, of: int) -> float | None:
    """How many of so many cases, 0 to 1; None when they are too few to say."""
    return kept / of if of >= LEAST_CASES else None
