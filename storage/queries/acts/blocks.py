"""Blocks that are full, or nearly."""

from collections.abc import Iterator

from storage.queries.acts.act import Act, Facts
from storage.queries.yard import FEEDS

__all__ = ["FEEDS", "acts"]

NEARLY_FULL = 90
"""Per cent of working capacity from which a block is worth watching."""


def acts(facts: Facts) -> Iterator[Act]:
    """One a block."""
    for block in facts.blocks:
        if block.percent is not None and block.percent >= NEARLY_FULL:
            share = f"{block.kind} block {block.percent} % full: {block.teu:g} of {block.working_teu:g} TEU"
            yield Act(
                level="watch", by=None, subject=block.name, words=(share,), short=(share,), kind="block", id=block.id
            )
