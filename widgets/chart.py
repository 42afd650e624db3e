"""Small charts in lines of text: ranges against a capacity, a history in one line. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from widgets import glyphs
from widgets.cells import Line, Span

BARS = "▁▂▃▄▅▆▇█"
PLAIN_BARS = "12345678"


class Reach(NamedTuple):
    """How much there may be at one time: at least, as expected, at most; None is unknown."""

    label: str
    low: float | None
    expected: float | None
    high: float | None


def reach_bar(reach: Reach, capacity: float | None, most: float, width: int) -> Line:
    """What is sure, then what is expected, then what is possible, to the scale of `most`; `|` is the capacity."""
    signs = glyphs.current()
    certain, expected, possible = (_cells(value, most, width) for value in reach[1:])
    line = None if capacity is None else min(width - 1, _cells(capacity, most, width))
    over = capacity is not None and (reach.high or 0.0) > capacity
    drawn: list[Span] = []
    for x in range(width):
        if x == line:
            drawn.append(("|", "act" if over else "strong"))
        elif x < certain:
            drawn.append((signs.full, "ready"))
        elif x < expected:
            drawn.append((signs.ready, "ready"))
        elif x < possible:
            drawn.append((signs.possible, "watch"))
        else:
            drawn.append((" ", ""))
    return drawn


def _cells(value: float | None, most: float, width: int) -> int:
    return 0 if value is None or most <= 0 else round(min(max(value / most, 0.0), 1.0) * width)


def sparkline(values: Sequence[float | None], width: int) -> str:
    """The values as bars between their least and their most, the newest at the right; what is not known is `?`.

    More values than cells share a cell by their mean; of fewer, each has its own.
    """
    signs = PLAIN_BARS if glyphs.current() is glyphs.ASCII else BARS
    shown = _shared_out(values, width)
    known = [value for value in shown if value is not None]
    if not known:
        return glyphs.current().unknown * len(shown)
    least, most = min(known), max(known)
    steps = (len(signs) - 1) / (most - least) if most > least else 0.0
    return "".join(
        glyphs.current().unknown if value is None else signs[round((value - least) * steps)] for value in shown
    )


def _shared_out(values: Sequence[float | None], width: int) -> list[float | None]:
    if len(values) <= width or width <= 0:
        return list(values)
    edges = [place * len(values) // width for place in range(width + 1)]
    groups = [values[first:last] for first, last in pairwise(edges)]
    return [_mean(group) for group in groups]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
