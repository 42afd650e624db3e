"""Sums and differences of figures of which some may be unknown."""

from collections.abc import Iterable
from typing import TypeVar

N = TypeVar("N", int, float)


def total(figures: Iterable[N | None]) -> N | None:
    """Their sum; unknown (None) where one of them is: a part of it is no answer."""
    found: N = 0
    for figure in figures:
        if figure is None:
            return None
        found += figure
    return found


def less(whole: N | None, part: N | None) -> N | None:
    """What is left of the whole; unknown where either is."""
    return None if whole is None or part is None else whole - part
