"""Reads a settings file with care: who may change it, what it says, and at which line it says something wrong."""

import difflib
import os
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Never, TypeVar

import msgspec

from storage.errors import SettingsError
from storage.text import clean

T = TypeVar("T", bound=msgspec.Struct)

_KINDS = {
    "float": "a number",
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}

LARGEST = 1 << 20
"""Bytes; a settings file that is larger is none of ours."""


class TomlFile:
    """One settings file: its tables, and the line of a key for the sentence that refuses it."""

    def __init__(self, path: Path) -> None:
        """Read `path`; `SettingsError` when it is missing, may be changed by others, or is not TOML."""
        self.path = path
        self.text = _read(path)
        try:
            self.tables: dict[str, Any] = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{path} is not valid TOML: {error}.") from None

    def convert(self, table: Mapping[str, Any], kind: type[T], header: str, nth: int = 0) -> T:
        """`table` as a `kind`; `SettingsError` names file, line, key and remedy.

        `header` is the table's name as written in the file, `nth` counts tables of that name from 0.
        """
        fields = msgspec.structs.fields(kind)
        known = [field.encode_name for field in fields]
        for key in table:
            if key not in known:
                self.refuse(f"{key} is no key of [{header}]: {suggest(key, known)}", header, nth, key)
        try:
            return msgspec.convert(dict(table), kind)
        except msgspec.ValidationError as error:
            reason, _, place = str(error).partition(" - at `$.")
            key = re.split(r"[.\[`]", place)[0]
            what = f"{key} in [{header}]" if key else f"[{header}]"
            self.refuse(f"{what} is wrong: {_plain(reason)}.", header, nth, key)

    def refuse(self, sentence: str, header: str = "", nth: int = 0, key: str = "") -> Never:
        """Raise a `SettingsError` that says where in the file."""
        line = self.line_of(header, nth, key)
        place = f"{self.path}, line {line}" if line else str(self.path)
        raise SettingsError(f"{place}: {clean(sentence, limit=400)}")

    def line_of(self, header: str, nth: int = 0, key: str = "") -> int | None:
        """Line number, from 1, of `key` below the `nth` table `header`, else of the header, else None."""
        lines = self.text.splitlines()
        starts = [number for number, line in enumerate(lines) if _header(line) == header] if header else [-1]
        if nth >= len(starts):
            return None
        start = starts[nth]
        for number in range(start + 1, len(lines)):
            if _header(lines[number]) is not None:
                break
            if key and re.match(rf"\s*['\"]?{re.escape(key)}['\"]?\s*=", lines[number]):
                return number + 1
        return start + 1 if header else None


def suggest(word: str, known: Iterable[str]) -> str:
    """The end of a sentence for somebody who mistyped: the nearest known word, else all of them."""
    words = list(known)
    nearest = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(words)}."


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            _refuse_unsafe(path, os.fstat(file.fileno()))
            body = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise SettingsError(f"There is no settings file {path}: correct DRYPORT_CONFIG or write the file.") from None
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from None
    if len(body) > LARGEST:
        raise SettingsError(f"The settings file {path} is larger than 1 MiB: it cannot be a settings file.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(f"The settings file {path} is not UTF-8 (byte {error.start}): save it as UTF-8.") from None


def _refuse_unsafe(path: Path, status: os.stat_result) -> None:
    """Whoever may write this file may send a token anywhere; so only its reader and root may."""
    if status.st_uid not in (os.geteuid(), 0):
        raise SettingsError(f"{path} belongs to another user, who could redirect a token: make it your own with chown.")
    if status.st_mode & stat.S_IWOTH:
        raise SettingsError(f"{path} can be changed by everybody: run 'chmod o-w {path}'.")


def _header(line: str) -> str | None:
    match = re.match(r"\s*\[\[?([^\]]+)\]\]?\s*(#.*)?$", line)
    return re.sub(r"[\s'\"]", "", match[1]) if match else None


def _plain(reason: str) -> str:
    """The decoder's words, in a sentence of ours."""
    words = re.sub(r"\b(float|int|str|bool|array|object|null)\b", lambda match: _KINDS[match[1]], reason)
    return words[:1].lower() + words[1:].replace("`", "").replace(" | nothing", "").replace("Object ", "it ")
