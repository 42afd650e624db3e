"""Bars of a row of cells: shares of a whole, and how full something is. Spans, so that a grid's cell can hold them."""

from __future__ import annotations

from collections.abc import Sequence

from widgets import glyphs
from widgets.cells import Span


def apportion(counts: Sequence[int], width: int) -> list[int]:
    """`width` cells shared out by largest remainder; a count that is not zero has a cell while there are cells for all.

    The shares sum to `width`, or are all 0 when every count is. With fewer cells than counts that are not zero, the
    largest have one each. Counts are not negative.
    """
    total = sum(counts)
    present = [place for place, count in enumerate(counts) if count]
    if not total or width <= 0:
        return [0] * len(counts)
    if len(present) >= width:
        largest = sorted(present, key=lambda place: -counts[place])[:width]
        return [1 if place in largest else 0 for place in range(len(counts))]
    shares = [max(count * width // total, 1 if count else 0) for count in counts]
    remainders = [count * width % total if count * width >= total else 0 for count in counts]
    for place in sorted(present, key=lambda place: -remainders[place])[: max(0, width - sum(shares))]:
        shares[place] += 1
    # The cells given to small counts come out of the shares that are furthest above their due.
    while sum(shares) > width:
        wider = [place for place in present if shares[place] > 1]
        shares[max(wider, key=lambda place: shares[place] * total - counts[place] * width)] -= 1
    return shares


def partition_bar(parts: Sequence[tuple[int, str, str]], width: int) -> list[Span]:
    """A bar of `width` cells of (count, sign, style) parts in their order, as definitions of readiness ask."""
    shares = apportion([count for count, _, _ in parts], width)
    return [(sign * share, style) for share, (_, sign, style) in zip(shares, parts, strict=True) if share]


def fill_bar(share: float | None, width: int, style: str = "") -> list[Span]:
    """How full something is, 0 to 1 and beyond; full only from 1 on, empty only at 0, unknown (None) `?` all along."""
    signs = glyphs.current()
    if share is None:
        return [(signs.unknown * width, "unknown")]
    full = round(min(max(share, 0.0), 1.0) * width)
    if share < 1:
        full = min(full, width - 1)
    if share > 0:
        full = max(full, 1)
    return [(signs.full * full, style), (signs.free * (width - full), "dim")]


def fill_percent(share: float | None, width: int = 10, style: str = "") -> list[Span]:
    """`64 %  ██████····`: the percentage rounded down and its bar; `--` when unknown."""
    percent = f"{int(share * 100 + 1e-9):3d} %" if share is not None else "  --"
    return [(f"{percent:<5}  ", style), *fill_bar(share, width, style)]


def level_signs(counts: Sequence[int], peak: int) -> list[str]:
    """A sign for each count, the higher the nearer it is to `peak`; a blank for none."""
    signs = glyphs.current().levels
    heights = [min(len(signs), -(-count * len(signs) // peak)) if peak > 0 else 0 for count in counts]
    return [signs[height - 1] if height > 0 else " " for height in heights]
