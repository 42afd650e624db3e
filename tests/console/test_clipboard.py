import base64
from pathlib import Path

import pytest

from console import clipboard


def test_text_reaches_the_terminal_as_one_sequence_that_claims_nothing() -> None:
    written: list[str] = []
    said = clipboard.send("X9582 12:22", "auto", written.append, {})
    assert written == [f"\x1b]52;c;{base64.b64encode(b'X9582 12:22').decode()}\x1b\\"]
    assert said == "sent to the terminal"


def test_off_sends_nothing() -> None:
    written: list[str] = []
    assert "off" in clipboard.send("x", "off", written.append, {"TMUX": "1"})
    assert written == []


def test_what_no_terminal_would_take_is_not_sent() -> None:
    written: list[str] = []
    assert "too long" in clipboard.send("x" * 60_000, "auto", written.append, {})
    assert written == []


def test_under_tmux_its_own_buffer_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = tmp_path / "tmux"
    stand_in.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat > {tmp_path}/taken\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    written: list[str] = []
    assert clipboard.send("X9582", "auto", written.append, {"TMUX": "/run/tmux"}) == "sent to tmux"
    assert (tmp_path / "asked").read_text() == "load-buffer -w -\n"
    assert (tmp_path / "taken").read_text() == "X9582"
    assert written == []


def test_without_the_program_both_forms_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    written: list[str] = []
    assert clipboard.send("X", "tmux", written.append, {}) == "sent to tmux and to the terminal"
    assert written[1] == "\x1bPtmux;\x1b" + written[0].removesuffix("\x1b\\") + "\x1b\x1b\\\x1b\\"


def test_a_file_is_new_and_only_its_owners(tmp_path: Path) -> None:
    first = clipboard.write_file("one", tmp_path / "copies", "trains")
    second = clipboard.write_file("two", tmp_path / "copies", "trains")
    assert (first.name, second.name) == ("trains.txt", "trains-2.txt")
    assert (first.read_text(), second.read_text()) == ("one", "two")
    assert second.stat().st_mode & 0o777 == 0o600
