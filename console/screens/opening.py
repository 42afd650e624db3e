"""Which page opens for a thing: the composed page of its area where there is one, else labels and values."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from console.screens.base import ConsoleScreen

COMPOSED: Mapping[str, str] = MappingProxyType(
    {
        "tracks": "console.panes.trains.tracks",
        "train": "console.panes.trains.page",
        "box": "console.panes.yard.box",
        "bay": "console.panes.yard.showing",
        "size-type": "console.screens.boxes",
        "boxes": "console.screens.boxes",
        "declaration": "console.panes.customs.page",
    }
)
"""Kind of thing to the module whose `PAGE`, a screen made with the thing's id, shows it; imported when it is opened."""


def page_of(kind: str, identity: str) -> ConsoleScreen:
    """The page of this train, box, declaration, block, ..."""
    if kind in COMPOSED:
        return cast("ConsoleScreen", import_module(COMPOSED[kind]).PAGE(identity))
    from console.screens.detail import DetailScreen

    return DetailScreen(kind, identity)
