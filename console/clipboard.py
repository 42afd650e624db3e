"""How copied rows leave the terminal: OSC 52, which no terminal acknowledges; so nothing here claims that it arrived.

Under tmux the raw sequence needs `set-clipboard on` and the wrapped one `allow-passthrough on`, and both default to
blocking; tmux itself takes a buffer from `load-buffer -w` and passes it on where it can.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

LONGEST = 74_994
"""Encoded characters; terminals drop longer ones whole."""
TMUX_S = 2.0


def sequence(text: str) -> str | None:
    """The OSC 52 sequence that sets the clipboard to `text`; None when it would be too long to be taken."""
    encoded = base64.b64encode(text.encode()).decode("ascii")
    return f"\x1b]52;c;{encoded}\x1b\\" if len(encoded) <= LONGEST else None


def wrapped(raw: str) -> str:
    """The sequence as tmux passes it through to the terminal outside."""
    return "\x1bPtmux;" + raw.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def send(text: str, mode: str, write: Callable[[str], None], environ: Mapping[str, str] = os.environ) -> str:
    """Send `text` towards the clipboard; a few words of what was done, which is all that can be known.

    `mode` is auto, raw, tmux or off; `write` takes what goes to the terminal.
    """
    if mode == "off":
        return "the clipboard is off in the settings"
    raw = sequence(text)
    if raw is None:
        return f"too long for a clipboard ({len(text)} characters)"
    in_tmux = mode == "tmux" or (mode == "auto" and bool(environ.get("TMUX")))
    if not in_tmux:
        write(raw)
        return "sent to the terminal"
    if _into_tmux(text):
        return "sent to tmux"
    write(raw)
    write(wrapped(raw))
    return "sent to tmux and to the terminal"


def _into_tmux(text: str) -> bool:
    program = shutil.which("tmux")
    if program is None:
        return False
    try:
        done = subprocess.run(
            [program, "load-buffer", "-w", "-"], input=text.encode(), capture_output=True, timeout=TMUX_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def write_file(text: str, folder: Path, name: str) -> Path:
    """Write `text` to a new file of this name in `folder`, for its owner only; another of the name gets a number."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = 1
    while True:
        path = folder / (f"{name}.txt" if number == 1 else f"{name}-{number}.txt")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return path
