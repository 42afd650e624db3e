import asyncio
import codecs
import os
import pty
import signal
import subprocess
import sys
import threading

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.drivers import linux_driver

from console import glyphwidth, terminal, theme

HANGING = """
import asyncio, os, time
from console import terminal
terminal.LAST_MOMENT_S = 0.2

async def main():
    terminal.end_on_signals(lambda status: time.sleep(60), asyncio.get_running_loop())
    os.write(1, b"ready")
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_no_control_character_leaves_the_console() -> None:
    segments = [Segment("a\x1b]52;c;eA==\x07b\x9b2J\u202e"), Segment("plain")]
    scrubbed = terminal.SCRUBBER.apply(segments, Color(0, 0, 0))
    assert [segment.text for segment in scrubbed] == ["a\ufffd]52;c;eA==\ufffdb\ufffd2J\ufffd", "plain"]


def test_clean_text_passes_untouched() -> None:
    segments = [Segment("重庆 ▲ X9582")]
    assert terminal.SCRUBBER.apply(segments, Color(0, 0, 0)) is segments


def test_mouse_bytes_that_are_no_text_do_not_end_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux_driver, "getincrementaldecoder", codecs.getincrementaldecoder)
    terminal.forgive_mouse_bytes()
    decode = vars(linux_driver)["getincrementaldecoder"]("utf-8")().decode
    assert decode(b"\x1b[M#\xa00") == "\x1b[M#\ufffd0"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
async def test_a_signal_ends_the_app_in_good_order(number: signal.Signals, status: int) -> None:
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    before = set(threading.enumerate())
    terminal.end_on_signals(ended.set_result, asyncio.get_running_loop())
    try:
        os.kill(os.getpid(), number)
        assert await asyncio.wait_for(ended, 5) == status
    finally:
        for each in terminal.EXIT_SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(each)
        for thread in set(threading.enumerate()) - before:
            assert isinstance(thread, threading.Timer)
            thread.cancel()


def test_a_loop_that_hangs_is_left_behind_after_the_last_moment() -> None:
    with subprocess.Popen([sys.executable, "-c", HANGING], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read(5) == b"ready"
        process.send_signal(signal.SIGHUP)
        assert process.wait(30) == 129


LEFT_BEHIND = """
import asyncio, sys
from console import terminal

async def main():
    ended = asyncio.get_running_loop().create_future()
    terminal.end_on_hang_up(ended.set_result, asyncio.get_running_loop())
    print("ready", flush=True)
    sys.exit(await ended)

asyncio.run(main())
"""


def test_a_terminal_that_goes_away_ends_the_app_though_no_signal_comes() -> None:
    """It is not the terminal of its session here, as below a `make` that gets the signal and keeps it to itself."""
    master, slave = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", LEFT_BEHIND], stdin=slave, stdout=subprocess.PIPE) as process:
        os.close(slave)
        assert process.stdout is not None
        assert process.stdout.read(5) == b"ready"
        os.write(master, b"typed\n")
        assert process.poll() is None
        os.close(master)
        assert process.wait(30) == 129


MEASURE = """
from console import glyphwidth
import sys
glyphwidth.ANSWER_S = float(sys.argv[1])
print("cells:", glyphwidth.cells_of_box_glyphs(), flush=True)
"""


@pytest.mark.parametrize(
    ("answer", "patience", "cells"),
    [(b"\x1b[1;2R", "30", "1"), (b"\x1b[7;3R", "30", "2"), (b"\x1b[1;80R", "30", "None"), (b"", "0.01", "None")],
)
def test_the_terminal_is_asked_how_wide_it_draws(answer: bytes, patience: str, cells: str) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", MEASURE, patience], stdin=slave, stdout=slave)
    os.close(slave)
    shown = b""
    while b"\x1b[6n" not in shown:
        shown += os.read(master, 1024)
    os.write(master, answer)
    while b"cells: " + cells.encode() not in shown:
        shown += os.read(master, 1024)
    assert process.wait(30) == 0
    os.close(master)


def test_nothing_is_measured_where_there_is_no_terminal() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, "30"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert done.stdout == "cells: None\n"


def test_the_setting_wins_over_measuring() -> None:
    assert glyphwidth.draws_wide(True)
    assert not glyphwidth.draws_wide(False)


@pytest.mark.parametrize(
    ("environment", "setting", "name"),
    [
        ({"TERM": "xterm-256color"}, "auto", "dryport"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "auto", "ansi-dark"),
        ({"TERM": "linux"}, "auto", "ansi-dark"),
        ({"TERM": "screen"}, "auto", "ansi-dark"),
        ({"TERM": "screen-256color"}, "auto", "dryport"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "16", "ansi-dark"),
        ({"TERM": "linux"}, "truecolor", "dryport"),
    ],
)
def test_the_theme_follows_what_the_terminal_can_show(environment: dict[str, str], setting: str, name: str) -> None:
    assert theme.theme_name(environment, setting) == name
