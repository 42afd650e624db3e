"""What needs a person, by when, and what would help: one module a matter, all of them in `SOURCES`.

A source is a function of `Facts` that yields `Act`s; the feeds it draws on stand in its module's `FEEDS`. What is added
to `SOURCES` stands on the Board, counts in the title bar, and is told by headless commands.
"""

from types import ModuleType

from storage.queries.acts import blocks, customs, seals, tracks, trains
from storage.queries.acts.act import Act, ActKind, Facts, Phrase, Source, soonest_first

__all__ = ["FEEDS", "SOURCES", "Act", "ActKind", "Facts", "Phrase", "Source", "acts_of"]

SOURCES: tuple[ModuleType, ...] = (seals, trains, tracks, customs, blocks)
"""Modules with `acts`, a `Source`, and `FEEDS`."""
FEEDS: tuple[str, ...] = tuple(dict.fromkeys(feed for module in SOURCES for feed in module.FEEDS))


def acts_of(facts: Facts) -> tuple[Act, ...]:
    """All that needs a person, soonest first."""
    found = [act for module in SOURCES for act in module.acts(facts)]
    return tuple(soonest_first(found, facts.moment.now))
