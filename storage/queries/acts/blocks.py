"""Blocks that are full, or will be within half a day."""

from collections.abc import Iterator
from datetime import timedelta

from storage.queries.acts.act import Act, Facts, Phrase
from storage.queries.occupancy import FEEDS, OccupancyLine

__all__ = ["FEEDS", "acts"]

NEARLY_FULL = 90
"""Per cent of working capacity from which a block is worth watching, whatever is to come."""
AHEAD = timedelta(hours=12)


def acts(facts: Facts) -> Iterator[Act]:
    """One a block; it must be worked on before it is full."""
    now = facts.moment.now
    for line in facts.forecast.blocks:
        if line.now is None or line.capacity is None or line.id is None:
            continue
        share = f"{line.now:g} of {line.capacity:g} TEU"
        if line.now >= line.capacity:
            yield _act(line, "act", (f"{line.kind} block full: {share}",))
        elif line.full is not None and line.full.at <= now + AHEAD:
            perhaps = " perhaps" if line.full.case == "high" else ""
            yield _act(line, "watch", (f"{line.kind} block{perhaps} full at ", line.full.at, f": {share} now"))
        elif line.percent is not None and line.percent >= NEARLY_FULL:
            yield _act(line, "watch", (f"{line.kind} block {line.percent} % full: {share}",))


def _act(line: OccupancyLine, level: str, words: Phrase) -> Act:
    return Act(
        level="act" if level == "act" else "watch", by=None if line.full is None else line.full.at, subject=line.name,
        words=words, helps=("send others elsewhere, or clear some",), short=words, kind="block",
        id=line.id or "",
    )  # fmt: skip
