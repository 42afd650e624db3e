"""The terminal's edges: signals, bytes that are not text, characters a terminal would act on, and how wide it draws."""

from __future__ import annotations

import asyncio
import codecs
import os
import re
import select
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.drivers import linux_driver
from textual.filter import LineFilter

LAST_MOMENT_S: Final = 1.5
"""An orderly end has this long; then the process goes, whatever still hangs on the terminal."""
LAST_WORD_S: Final = 10.0
"""As long for an end that a person asked for, with a terminal that is still there."""
EXIT_SIGNALS: Final = {signal.SIGTERM: 143, signal.SIGHUP: 129}
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


class Scrubber(LineFilter):
    """The second wall behind ingest: no control character and no bidi override leaves in the text of a segment."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, unsafe characters as U+FFFD; the very same list when there is none."""
        del background
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(_UNSAFE.sub("\ufffd", segment.text), segment.style)
            for segment in segments
        ]


SCRUBBER: Final = Scrubber()


def forgive_mouse_bytes() -> None:
    """Let the input thread live through bytes that are not UTF-8.

    A terminal multiplexer that re-attaches may send mouse places past column 95 as single bytes; Textual's input
    thread decodes strictly and would end the app (Textualize/textual issue 6668).
    """

    def forgiving(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
        decoder = codecs.getincrementaldecoder(encoding)
        return lambda: decoder("replace")

    setattr(linux_driver, "getincrementaldecoder", forgiving)  # noqa: B010  # the module does not export the name


def end_on_signals(finish: Callable[[int], None], loop: asyncio.AbstractEventLoop) -> None:
    """SIGTERM and SIGHUP call `finish(exit status)` on the loop; where that hangs, the process ends all the same.

    Textual writes to the terminal by a thread with a short queue: with the terminal gone that queue can block the
    loop for good. So a timer that needs neither loop nor terminal has the last word.
    """

    def ended(number: signal.Signals) -> None:
        be_gone_in(LAST_MOMENT_S, EXIT_SIGNALS[number])
        finish(EXIT_SIGNALS[number])

    for number in EXIT_SIGNALS:
        loop.add_signal_handler(number, ended, number)


def end_on_hang_up(finish: Callable[[int], None], loop: asyncio.AbstractEventLoop, descriptor: int = 0) -> None:
    """A terminal that goes away ends the app as its signal does, also where that goes to somebody else.

    Only the leader of the session is told by SIGHUP, and that may be a `make` or a wrapper which waits for us; all we
    would meet is an endless end of input.
    """

    def watched() -> None:
        poller = select.poll()
        poller.register(descriptor, 0)  # nothing is asked for, so that nothing but the hang-up wakes it
        poller.poll()
        be_gone_in(LAST_MOMENT_S, EXIT_SIGNALS[signal.SIGHUP])
        with suppress(RuntimeError):  # the loop is closed: the app is at its end by itself
            loop.call_soon_threadsafe(finish, EXIT_SIGNALS[signal.SIGHUP])

    threading.Thread(target=watched, name="hang-up", daemon=True).start()


def be_gone_in(seconds: float, status: int) -> None:
    """Whatever still hangs by then, the process ends with this status; processes below it end with it."""
    last = threading.Timer(seconds, os._exit, (status,))
    last.daemon = True
    last.start()
