"""Every derived figure's definition in words, for whoever asks what a number means."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure is: `definition` in words that stand alone, `source` the definition's number or standard."""

    title: str
    unit: str
    definition: str
    source: str


FIGURES: dict[str, Figure] = {}
"""Name to figure; filled by the modules of this package as they are imported."""


def declare(name: str, title: str, unit: str, definition: str, source: str) -> Figure:
    """Register a figure under `name`, and give it back."""
    figure = Figure(title, unit, " ".join(definition.split()), source)
    FIGURES[name] = figure
    return figure
