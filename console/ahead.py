"""What the console brings in while nobody waits for it, so that the first visit of a pane does not pay for imports."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from console import memory

MODULES = (
    "console.panes.trains.pane",
    "storage.queries.train_page",
    "storage.queries.train_history",
    "console.panes.yard.pane",
    "storage.queries.yard_map",
    "storage.queries.occupancy_history",
    "storage.queries.exceptions",
    "console.panes.customs.pane",
    "storage.queries.inspections",
    "storage.queries.customs_quality",
    "storage.queries.designated_sites",
    "storage.queries.declaration_page",
    "console.panes.feeds.pane",
    "storage.notes",
)
"""The panes, and what they ask with, in the order of their keys. The pages of single things come when one is opened."""


def bring_in() -> Iterator[str]:
    """Import one module a step, each under a tenth of a second; in the end all that lives is there to stay."""
    for name in MODULES:
        import_module(name)
        yield name
    memory.tidy()
    memory.settle()
