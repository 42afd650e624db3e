"""How wide this terminal draws the signs of East Asian ambiguous width: asked of it, and imported without Textual."""

import os
import re
import select
import sys
import termios
import tty
from typing import Final

ANSWER_S: Final = 0.2
"""A terminal that answers at all answers sooner, over SSH too."""


def cells_of_box_glyphs() -> int | None:
    """How many cells this terminal draws `█▲─` characters in, 1 or 2; None when it does not say within 0.2 s.

    These are of East Asian ambiguous width. One is written, the cursor's place is asked for, and the line is wiped.
    """
    if not (sys.stdin.isatty() and sys.__stdout__ is not None and sys.__stdout__.isatty()):
        return None
    source, sink = sys.stdin.fileno(), sys.__stdout__.fileno()
    before = termios.tcgetattr(source)
    try:
        tty.setcbreak(source, termios.TCSANOW)
        os.write(sink, "\r─\x1b[6n".encode())
        column = _reported_column(source)
        os.write(sink, b"\r\x1b[K")
    finally:
        termios.tcsetattr(source, termios.TCSANOW, before)
    return column - 1 if column in {2, 3} else None


def _reported_column(source: int) -> int | None:
    answer = b""
    while len(answer) < 64 and select.select([source], [], [], ANSWER_S)[0]:
        piece = os.read(source, 64)
        if not piece:
            return None
        answer += piece
        report = re.search(rb"\x1b\[\d+;(\d+)R", answer)
        if report:
            return int(report[1])
    return None


def draws_wide(setting: bool | None) -> bool:
    """Whether to fall to the ASCII signs: as `setting` says, else as the terminal measures."""
    return cells_of_box_glyphs() == 2 if setting is None else setting
