"""Bodies made of a compressed opening and a head are ordinary gzip, and are compressed once."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from console.simulator.packing import Shelf, gzipped, opening, pack, plain

items = st.lists(st.binary(max_size=2000), max_size=20)
heads = st.binary(max_size=300).map(lambda rest: b"{" + rest + b"}")


@given(items, heads)
def test_a_packed_body_unpacks_to_the_plain_one(records: list[bytes], head: bytes) -> None:
    body = gzipped(pack(opening(records)), head)
    assert gzip.decompress(body) == plain(opening(records), head)


@given(items, heads)
def test_a_packed_body_is_one_gzip_member_for_clients_that_read_only_one(records: list[bytes], head: bytes) -> None:
    unpacker = zlib.decompressobj(31)
    unpacker.decompress(gzipped(pack(opening(records)), head))
    assert unpacker.eof
    assert unpacker.unused_data == b""


def test_a_page_whose_records_did_not_change_is_compressed_once() -> None:
    shelf, records = Shelf(), [b'{"id":"1"}', b'{"id":"2"}']
    first = shelf.page("tracks", 1, records)
    assert shelf.page("tracks", 1, list(records)) is first
    changed = shelf.page("tracks", 1, [records[0], b'{"id":"2","rev":2}'])
    assert changed is not first
    assert b'"rev":2' in gzip.decompress(gzipped(changed, b"{}"))
