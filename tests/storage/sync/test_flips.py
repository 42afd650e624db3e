"""One bit of a cache file or of its log turns over: what SQLite can see is set aside or left out, and all comes again.

What it cannot see, a letter inside a value, is found by comparing with the source, which happens once a day.
"""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from storage import damage
from storage.cache import Cache
from storage.damage import set_aside
from storage.errors import CacheDamaged, CacheForeign, CacheNewer
from storage.models import Container, Leader
from tests.storage.sync.conftest import Harness
from tests.storage.sync.test_crash import killed

LOGS = ("cache.db", "cache.db-wal")


@pytest.fixture
def cache(file_cache: Cache) -> Cache:
    """A server looks after its own files."""
    return file_cache


async def closed(harness: Harness) -> dict[str, bytes]:
    """The files of a cache with boxes in it, compared a day ago, closed by a leader that was cut off."""
    harness.gateway.page_size = 100
    for number in range(60):
        harness.gateway.box(f"b{number}", remark=f"{number:04}" * 100)
    await harness.sync()
    harness.a_day_passes()
    with harness.cache.write() as session:
        session.get_one(Leader, 1).stopped_at = None
    harness.cache.close()
    return files(harness)


async def killed_at_work(harness: Harness) -> dict[str, bytes]:
    """The files of a cache whose leader was killed, the last commits in its log."""
    for number in range(30):
        harness.gateway.box(f"b{number}", remark=f"{number:04}" * 100)
    harness.cache.close()
    assert await killed(harness, 230)
    harness.gateway.page_size = 100
    left = files(harness)
    assert len(left["cache.db-wal"]) > 100_000
    return left


def files(harness: Harness) -> dict[str, bytes]:
    paths = [harness.cache.path.with_name(name) for name in LOGS]
    return {path.name: path.read_bytes() for path in paths if path.exists()}


def anywhere(content: bytes, seed: int) -> int:
    """Any bit of a file."""
    return random.Random(seed).randrange(len(content) * 8)


def inside_a_value(content: bytes, seed: int) -> int:
    """A bit of what is remarked on one of the boxes, such that it stays a text."""
    chance = random.Random(seed)
    remarks = [f"{number:04}".encode() * 100 for number in range(2, 60)]
    # A row that was moved to another page may have left its letters behind.
    remark = chance.choice([remark for remark in remarks if content.count(remark) == 1])
    return (content.index(remark) + chance.randrange(len(remark))) * 8 + chance.randrange(7)


Aim = Callable[[bytes, int], int]
"""Which bit of a file turns over, by a seed."""


def lay(path: Path, content: dict[str, bytes], name: str, place: int) -> None:
    """Put the files in place, one bit of the one called `name` turned over."""
    for leftover in path.parent.iterdir():
        leftover.unlink()
    for each, whole in content.items():
        written = bytearray(whole)
        if each == name:
            written[place // 8] ^= 1 << place % 8
        path.with_name(each).write_bytes(written)
        path.with_name(each).chmod(0o600)


async def survive(
    harness: Harness, content: dict[str, bytes], name: str, seeds: range, aim: Aim = anywhere
) -> Counter[str]:
    """Sync after each flip; what came of how many."""
    met: Counter[str] = Counter()
    for seed in seeds:
        lay(harness.cache.path, content, name, aim(content[name], seed))
        harness.gateway.box("b1", remark=f"turn {seed}")
        try:
            await harness.sync()
        except CacheForeign:
            met["refused as foreign"] += 1
            assert harness.cache.path.read_bytes() != content["cache.db"], "left as it was found"
            continue
        except CacheNewer:
            met["refused as newer"] += 1
            continue
        served = {key: (box["rev"], box["remark"]) for key, box in harness.gateway.feeds["containers"].items()}
        try:
            rows = shown(harness.cache.path)
        except CacheDamaged:  # a reader meets what the syncer never looks at, and says so
            damage.suspect(harness.cache.path)
            await harness.sync()
            rows = shown(harness.cache.path)
            assert set_aside(harness.cache.path)
        renewed, found = bool(set_aside(harness.cache.path)), harness.feed().mended
        harness.cache.close()
        met["set aside and filled anew" if renewed else "put right" if found else "synced on, all right"] += 1
        assert rows == served, f"seed {seed}"
    return met


def shown(path: Path) -> dict[str, tuple[int, str | None]]:
    cache = Cache.open(path)
    damage.check(cache)
    with cache.read() as session:
        rows = {box.id: (box.rev, box.remark) for box in session.exec(select(Container))}
    cache.close()
    return rows


async def test_a_flipped_bit_of_the_file_is_survived(harness: Harness) -> None:
    assert (await survive(harness, await closed(harness), "cache.db", range(12))).total() == 12


async def test_a_flipped_bit_inside_a_value_is_put_right(harness: Harness) -> None:
    """Nothing else would have found these: no page, key or length is wrong."""
    assert await survive(harness, await closed(harness), "cache.db", range(8), inside_a_value) == {"put right": 8}


async def test_a_flipped_bit_of_the_schema_that_is_no_letter_any_more_is_damage(harness: Harness) -> None:
    """SQLite names what it cannot read, in bytes that Python cannot read either."""

    def in_the_schema(content: bytes, _seed: int) -> int:
        return content.index(b"INDEX seals_history_record") * 8 + 23

    met = await survive(harness, await closed(harness), "cache.db", range(1), in_the_schema)
    assert met == {"set aside and filled anew": 1}


async def test_a_flipped_bit_of_the_log_leaves_out_what_was_committed_after_it_and_all_comes_again(
    harness: Harness,
) -> None:
    met = await survive(harness, await killed_at_work(harness), "cache.db-wal", range(12))
    assert met == {"synced on, all right": 12}


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_two_hundred_flipped_bits_of_the_file(harness: Harness) -> None:
    print(f"\nflipped bits of the file: {dict(await survive(harness, await closed(harness), 'cache.db', range(200)))}")


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_two_hundred_flipped_bits_inside_values(harness: Harness) -> None:
    met = await survive(harness, await closed(harness), "cache.db", range(200), inside_a_value)
    print(f"\nflipped bits inside values: {dict(met)}")
    assert met == {"put right": 200}


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_two_hundred_flipped_bits_of_the_log(harness: Harness) -> None:
    met = await survive(harness, await killed_at_work(harness), "cache.db-wal", range(200))
    print(f"\nflipped bits of the log: {dict(met)}")
    assert set(met) == {"synced on, all right"}
