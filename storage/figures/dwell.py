"""How long boxes stay: dwell of those that left, age of those that are here; never mixed."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from storage.figures.expected_release import rank_of
from storage.figures.registry import declare

declare(
    "dwell", "Dwell", "h:mm",
    "Left less received, of boxes that left. P50 and P90 by flow, by nearest rank.",
    "definition 16",
)  # fmt: skip
declare("age", "Age", "h:mm", "Now less received, of boxes that are here. P50 and P90 by flow.", "definition 16")


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays of one flow; None without any."""

    boxes: int
    p50: timedelta | None
    p90: timedelta | None


def dwell(left: Iterable[tuple[str | None, int | None, int | None]]) -> dict[str, Stays]:
    """Flow to dwell, of (flow, received, left), in milliseconds; boxes of which either is unknown are left out."""
    return _by_flow((flow, gone - came) for flow, came, gone in left if came is not None and gone is not None)


def age(here: Iterable[tuple[str | None, int | None]], now: int) -> dict[str, Stays]:
    """Flow to age, of (flow, received) of boxes that are here, in milliseconds."""
    return _by_flow((flow, now - came) for flow, came in here if came is not None)


def _by_flow(stays: Iterable[tuple[str | None, int]]) -> dict[str, Stays]:
    spans: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
    for flow, span in stays:
        spans[flow or "unknown"].append(span)
    return {flow: _stays(sorted(of)) for flow, of in sorted(spans.items())}


def _stays(ordered: Sequence[int]) -> Stays:
    p50, p90 = (timedelta(milliseconds=ordered[rank_of(share, len(ordered))]) for share in (0.5, 0.9))
    return Stays(len(ordered), p50, p90)
