"""A real terminal to drive the installed command in: tmux on a socket of its own, waited for by what it draws."""

import os
import select
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self


class Terminal:
    """One tmux pane running one command; `screen()` is what a person would see.

    The pane's output is also piped to a FIFO, so that waiting is waiting for output, not sleeping.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
    ) -> None:
        """`folder` takes the socket and the FIFO; `env` is added to the environment of the command."""
        self._socket = folder / "tmux.sock"
        fifo = folder / "output.fifo"
        os.mkfifo(fifo)
        self._output = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        columns, lines = size
        # "read" holds the command back until the pipe stands; nothing it draws is missed.
        self._status = folder / "exit.status"
        self._status.touch()
        script = f"read _; {shlex.join(command)}; echo $? > {shlex.quote(str(self._status))}"
        settings = [f"{key}={value}" for key, value in (env or {}).items()]
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines),
            "env", *settings, "sh", "-c", script,
        )  # fmt: skip
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        self._tmux("pipe-pane", "-O", f"cat > {shlex.quote(str(fifo))}")
        self.press("Enter")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], check=False, capture_output=True)
        os.close(self._output)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names ("Enter", "Escape", "q", "C-c")."""
        self._tmux("send-keys", *keys)

    def paste(self, text: str) -> None:
        """Type a text literally."""
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        """The visible lines."""
        return self._tmux("capture-pane", "-p")

    def ended(self) -> int | None:
        """Exit status of the command, None while it runs."""
        # Written by the shell around it: tmux 3.3 may not notice that the command has ended.
        return int(text) if (text := self._status.read_text().strip()) else None

    def wait(self, condition: Callable[[str], bool], what: str, timeout: float = 60) -> str:
        """The first screen for which `condition` holds; fails with the last screen after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            screen = self.screen()
            if condition(screen):
                return screen
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"waited {timeout:g} s for {what}; the screen is\n{screen}")
            self._await_output(min(left, 1))

    def wait_for(self, *texts: str, timeout: float = 60) -> str:
        """The first screen that shows all `texts`."""
        return self.wait(lambda screen: all(text in screen for text in texts), " and ".join(map(repr, texts)), timeout)

    def wait_end(self, timeout: float = 20) -> int:
        """Exit status of the command once it has ended."""
        self.wait(lambda _: self.ended() is not None, "the command to end", timeout)
        status = self.ended()
        assert status is not None
        return status

    def _await_output(self, seconds: float) -> None:
        ready, _, _ = select.select([self._output], [], [], seconds)
        if ready and not os.read(self._output, 1 << 20):
            # The other end is closed: the command has ended or the pipe is not there yet.
            time.sleep(min(seconds, 0.05))

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self._socket), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
