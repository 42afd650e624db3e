"""Bodies as bytes: items joined and compressed once, each answer's own head put behind them.

A body is an opening, `{"items":[...],`, and the fields of its head. The items of a page seldom change, the head (server
time, cut, cursor) does with every request. So an opening is compressed alone, up to a byte border (a full flush), and
kept; an answer adds its head as the final deflate block, and the trailer. What goes out is one ordinary gzip member,
made in microseconds instead of a millisecond, and a page that is the same at two cuts is compressed once.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
_RAW_DEFLATE = -zlib.MAX_WBITS
_FASTEST = 1


@dataclass(frozen=True, slots=True)
class Packed:
    """A compressed opening; `crc` and `size` are of its plain bytes."""

    deflated: bytes
    crc: int
    size: int


def opening(items: Sequence[bytes]) -> bytes:
    """Encoded items as the beginning of a body."""
    return b'{"items":[' + b",".join(items) + b"],"


def plain(opening: bytes, head: bytes) -> bytes:
    """The whole body; `head` is the JSON object of the other fields."""
    return opening + head[1:]


def pack(opening: bytes) -> Packed:
    """Compress an opening, to be ended by `gzipped`."""
    packer = zlib.compressobj(_FASTEST, zlib.DEFLATED, _RAW_DEFLATE)
    deflated = packer.compress(opening) + packer.flush(zlib.Z_FULL_FLUSH)
    return Packed(deflated, zlib.crc32(opening), len(opening))


def gzipped(packed: Packed, head: bytes) -> bytes:
    """The whole body as one gzip member; `head` is the JSON object of the other fields."""
    packer = zlib.compressobj(_FASTEST, zlib.DEFLATED, _RAW_DEFLATE)
    final = packer.compress(head[1:]) + packer.flush()
    trailer = struct.pack("<LL", zlib.crc32(head[1:], packed.crc), packed.size + len(head) - 1)
    return b"".join((_GZIP_HEADER, packed.deflated, final, trailer))


class Shelf:
    """Packed pages by feed and number, each kept until its records change: one compressed copy of each feed."""

    def __init__(self) -> None:
        """Empty."""
        self._pages: dict[tuple[str, int], tuple[Sequence[bytes], Packed]] = {}

    def page(self, feed: str, number: int, records: Sequence[bytes]) -> Packed:
        """The packed page of exactly these records."""
        held = self._pages.get((feed, number))
        # Records that did not change are the same objects, so comparing a thousand costs a few microseconds.
        if held is None or held[0] != records:
            held = self._pages[feed, number] = records, pack(opening(records))
        return held[1]
