"""What a disk holds after a power cut: everything up to the last sync of each file, and any part of what came later.

A layer between the cache's own SQLite and its files (https://sqlite.org/vfs.html) writes down each write and each sync
while they go on as ever. From that the files are made as they may be found after the power went at any moment.
"""

import ctypes
import random
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p, cast, pointer
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from storage.databases.sqlite import DRIVER

OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
SECTOR = 512


class Layer(Structure):
    """`sqlite3_vfs`; what is passed on as it is has no name here."""

    _fields_ = (
        ("version", c_int), ("file_size", c_int), ("longest_path", c_int), ("following", c_void_p), ("name", c_char_p),
        ("data", c_void_p), ("open", OPEN), ("delete", DELETE), ("others", c_void_p * 14),
    )  # fmt: skip


class Methods(Structure):
    """`sqlite3_io_methods`."""

    _fields_ = (
        ("version", c_int), ("close", c_void_p), ("read", c_void_p), ("write", WRITE), ("truncate", TRUNCATE),
        ("sync", SYNC), ("others", c_void_p * 13),
    )  # fmt: skip


@dataclass(frozen=True)
class Written:
    """Bytes on their way to a file; `content` None: the file was cut at `offset`, or taken away at -1."""

    file: str
    offset: int
    content: bytes | None = None


@dataclass(frozen=True)
class Synced:
    """All that was written to the file is on the disk now."""

    file: str


@dataclass
class Tape:
    """What was done to the files of a folder, in order; a plain `str` is a mark of the test's own."""

    folder: Path
    events: list[Written | Synced | str] = field(default_factory=list)

    def mark(self, words: str) -> None:
        """Note that from here on something must be on the disk."""
        self.events.append(words)

    def before(self, place: int) -> set[str]:
        """The marks that were made before the power went."""
        return {event for event in self.events[:place] if isinstance(event, str)}

    def after_power_cut(self, place: int, chance: random.Random, disk: dict[str, bytearray]) -> None:
        """Bring `disk` to what may be found when the power went before the event at `place`."""
        waiting: list[Written] = []
        for event in self.events[:place]:
            if isinstance(event, Written):
                waiting.append(event)
            elif isinstance(event, Synced):
                for each in waiting:
                    if each.file == event.file:
                        _apply(disk, each)
                waiting = [each for each in waiting if each.file != event.file]
        share = chance.choice((0.0, 0.5, 0.9, 1.0))
        for each in waiting:
            for part in _sectors(each):
                if chance.random() < share:
                    _apply(disk, part)


def _sectors(written: Written) -> Iterator[Written]:
    if written.content is None:
        yield written
        return
    for start in range(0, len(written.content), SECTOR):
        yield Written(written.file, written.offset + start, written.content[start : start + SECTOR])


def _apply(disk: dict[str, bytearray], written: Written) -> None:
    if written.offset < 0:
        disk.pop(written.file, None)
        return
    file = disk.setdefault(written.file, bytearray())
    if written.content is None:
        del file[written.offset :]
        return
    file.extend(bytes(max(0, written.offset - len(file))))
    file[written.offset : written.offset + len(written.content)] = written.content


@contextmanager
def recorded(folder: Path) -> Iterator[Tape]:
    """Record what SQLite does to the files of `folder` that are opened from now on; other files go unrecorded."""
    tape, library = Tape(folder), _library()
    find = library.sqlite3_vfs_find
    find.restype, find.argtypes = POINTER(Layer), (c_char_p,)
    below = find(None)
    layer = Layer.from_buffer_copy(below.contents)
    kept: dict[int, tuple[str, Methods, Any]] = {}
    """By address of an open file: its name, the methods that record, and those below."""

    def ours(name: bytes | None) -> str | None:
        path = Path(name.decode()) if name else None
        return path.name if path is not None and path.parent == folder else None

    def write(file: int, content: int, amount: int, offset: int) -> int:
        tape.events.append(Written(kept[file][0], offset, ctypes.string_at(content, amount)))
        return int(kept[file][2].write(file, content, amount, offset))

    def truncate(file: int, size: int) -> int:
        tape.events.append(Written(kept[file][0], size))
        return int(kept[file][2].truncate(file, size))

    def sync(file: int, flags: int) -> int:
        tape.events.append(Synced(kept[file][0]))
        return int(kept[file][2].sync(file, flags))

    def opened(_layer: int, name: int | None, file: int, flags: int, out: int) -> int:
        # SQLite keeps the name where it lies, and makes that of the shared memory from it: a copy is gone by then.
        result = int(below.contents.open(cast(below, c_void_p), name, file, flags, out))
        known = ours(ctypes.string_at(name) if name else None)
        methods = cast(file, POINTER(POINTER(Methods)))
        if result == 0 and known is not None and methods[0]:
            under = Methods.from_buffer_copy(methods[0].contents)
            over = Methods.from_buffer_copy(under)
            over.write, over.truncate, over.sync = above
            kept[file] = known, over, under
            methods[0] = pointer(over)
        return result

    def delete(_layer: int, name: bytes, synced: int) -> int:
        if (known := ours(name)) is not None:
            tape.events.append(Written(known, -1))
        return int(below.contents.delete(cast(below, c_void_p), name, synced))

    above = WRITE(write), TRUNCATE(truncate), SYNC(sync)
    layer.name, layer.open, layer.delete = b"recorded", OPEN(opened), DELETE(delete)
    library.sqlite3_vfs_register(pointer(layer), 1)
    try:
        yield tape
    finally:
        library.sqlite3_vfs_register(below, 1)
        library.sqlite3_vfs_unregister(pointer(layer))


def _library() -> ctypes.CDLL:
    """The SQLite that the driver brought, or was linked with."""
    module = import_module("pysqlite3._sqlite3" if DRIVER.__name__.startswith("pysqlite3") else "_sqlite3")
    return ctypes.CDLL(str(module.__file__))
