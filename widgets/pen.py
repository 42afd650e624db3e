"""Segments as text for the terminal, with only those style codes that differ from what it draws with already.

Rich ends every segment with a reset and starts the next one from nothing: some 40 bytes a segment in 24-bit colour,
most of them said before. Over a screenful of a grid that is half of what is sent.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.console import COLOR_SYSTEMS, Console
from rich.segment import Segment
from rich.style import Style

RESET = "\x1b[0m"
_ATTRIBUTES = {
    "bold": ("1", "22"),
    "dim": ("2", "22"),
    "italic": ("3", "23"),
    "underline": ("4", "24"),
    "underline2": ("21", "24"),
    "blink": ("5", "25"),
    "reverse": ("7", "27"),
    "conceal": ("8", "28"),
    "strike": ("9", "29"),
    "overline": ("53", "55"),
}
"""Attribute -> the codes that begin and end it."""


class Ink(NamedTuple):
    """What a style draws with: its attributes, and the codes of the letters' colour and the background's."""

    attributes: tuple[str, ...] = ()
    letters: str = "39"
    background: str = "49"


PLAIN = Ink()

_STEPS = (0, 95, 135, 175, 215, 255)
_CUBE = itertools.product(_STEPS, repeat=3)
_GREYS = ((level, level, level) for level in range(8, 248, 10))
PALETTE = {ColorTriplet(*triplet): number for number, triplet in enumerate((*_CUBE, *_GREYS), 16)}
"""The colours that terminals of 256 and more know by a number; two greys of the cube are greys of the ramp too."""


def _codes(color: Color, colors: ColorSystem, *, foreground: bool) -> str:
    """The codes of a colour: by its number where it has one, which is half as long."""
    number = PALETTE.get(color.triplet) if color.triplet is not None and colors is ColorSystem.TRUECOLOR else None
    if number is not None:
        return f"{38 if foreground else 48};5;{number}"
    return ";".join(color.downgrade(colors).get_ansi_codes(foreground=foreground))


@lru_cache(maxsize=4096)
def ink_of(style: Style, colors: ColorSystem) -> Ink:
    """What a style draws with in this colour system."""
    letters, background = PLAIN.letters, PLAIN.background
    if style.color is not None:
        letters = _codes(style.color, colors, foreground=True)
    if style.bgcolor is not None:
        background = _codes(style.bgcolor, colors, foreground=False)
    return Ink(tuple(name for name in _ATTRIBUTES if getattr(style, name)), letters, background)


@lru_cache(maxsize=16384)
def change(old: Ink, new: Ink) -> str:
    """The shortest sequence after which what drew with `old` draws with `new`."""
    if new == old:
        return ""
    if new == PLAIN:
        return RESET
    ended = {_ATTRIBUTES[name][1] for name in old.attributes if name not in new.attributes}
    codes = sorted(ended)
    for name in new.attributes:
        begin, end = _ATTRIBUTES[name]
        if name not in old.attributes or end in ended:  # bold and dim end together
            codes.append(begin)
    if new.letters != old.letters:
        codes.append(new.letters)
    if new.background != old.background:
        codes.append(new.background)
    return f"\x1b[{';'.join(codes)}m"


class Pen:
    """Writes the segments of one update; it starts plain, and `lift` leaves the terminal plain again."""

    def __init__(self, console: Console) -> None:
        self._colors = COLOR_SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
        self._ink = PLAIN

    def write(self, segments: Iterable[Segment]) -> str:
        """The segments as text, in order."""
        written: list[str] = []
        for text, style, control in segments:
            if control or not text:
                written.append(text)
            elif style is not None and style.link:
                # A hyperlink brings its own start and end, around a style of its own.
                written += [self.lift(), style.render(text, color_system=self._colors)]
            else:
                ink = PLAIN if style is None else ink_of(style, self._colors)
                written += [change(self._ink, ink), text]
                self._ink = ink
        return "".join(written)

    def lift(self) -> str:
        """What makes the terminal plain again."""
        old, self._ink = self._ink, PLAIN
        return change(old, PLAIN)
