"""What needs a person, by when, and what would help: one module a matter, all of them in `SOURCES`.

A source is a function of `Facts` that yields `Act`s; the feeds it draws on stand in its module's `FEEDS`. What is added
to `SOURCES` stands on the Board, counts in the title bar, and is told by headless commands.
"""

from collections.abc import Iterator
from types import ModuleType

import msgspec

from storage.queries.acts import blocks, care, customs, seals, tracks, trains
from storage.queries.acts.act import Act, ActKind, Facts, Phrase, Source, soonest_first
from storage.queries.feeds import as_last_known

__all__ = ["FEEDS", "SOURCES", "Act", "ActKind", "Facts", "Phrase", "Source", "acts_of"]

SOURCES: tuple[ModuleType, ...] = (seals, trains, tracks, customs, blocks, care)
"""Modules with `acts`, a `Source`, and `FEEDS`."""
FEEDS: tuple[str, ...] = tuple(dict.fromkeys(feed for module in SOURCES for feed in module.FEEDS))


def acts_of(facts: Facts) -> tuple[Act, ...]:
    """All that needs a person, soonest first."""
    found = [act for module in SOURCES for act in _of(module, facts)]
    return tuple(soonest_first(found, facts.moment.now))


def _of(module: ModuleType, facts: Facts) -> Iterator[Act]:
    """Nothing is known while one of its feeds was never loaded whole; what comes of old input stays, and is marked."""
    known = as_last_known(facts.session, module.FEEDS, facts.moment)
    if not known.missing:
        for act in module.acts(facts.at(known.at)):
            yield msgspec.structs.replace(act, unsure=act.unsure or known.unsure)
