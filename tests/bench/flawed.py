"""What bad records cost: pages of 500 with one bad record each, against the same pages clean.

From the body of a page to its rows in the cache, by the way a sync goes. Run as `python -m tests.bench.flawed`.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import httpx
from sqlmodel import func, select

from storage.cache import Cache
from storage.models import Quarantine
from storage.sync.client import Answer
from storage.sync.intake import Intake
from storage.sync.leader import Lead, take_lock
from storage.text import is_plain
from storage.upstreams.base import Changes, Cut, Part, SnapshotPage, UpstreamSettings
from storage.upstreams.contract import decode_snapshot, stamp_of
from tests.bench.records import containers

PAGE = 500
MOST = 2.0
NOW = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)


def pages(count: int, *, flawed: bool) -> list[Answer]:
    """`count` pages as they come; `flawed`: one record of each has a weight that is none."""
    records = containers(count * PAGE)
    if flawed:
        for record in records[PAGE // 2 :: PAGE]:
            record["gross_kg"] = "heavy"
    said = {"as_of": NOW.isoformat(), "server_time": NOW.isoformat(), "count": len(records), "pages": count}
    head = {"epoch": "bench", "feed": "containers", "cut": "cut", "cursor": "bench:1", **said}
    answers = []
    for page in range(count):
        items = records[page * PAGE : (page + 1) * PAGE]
        body = json.dumps({**head, "page": page + 1, "complete": page + 1 == count, "items": items}).encode()
        answers.append(Answer(200, httpx.Headers(), body, NOW, 0.001))
    return answers


async def take_in(answers: Sequence[Answer], path: Path) -> tuple[float, int]:
    """CPU seconds until all pages are in a new cache at `path`, and how many records were set aside."""
    lock = take_lock(path)
    assert lock is not None
    cache = Cache.open(path, role="writer")
    lead = Lead(cache, lock)
    intake = Intake(lead, UpstreamSettings(name="bench", url="http://127.0.0.1"), 5)
    began = process_time()
    for answer in answers:
        body, bad = decode_snapshot(answer, "containers", "bench")
        stamp = stamp_of(answer, body)
        if body.page == 1:
            await intake.take(Cut(stamp=stamp, cursor=body.cursor, feeds=["containers"]))
        part = Part(feed="containers", records=body.items, bad=bad, plain=is_plain(answer.body))
        await intake.take(SnapshotPage(stamp=stamp, part=part, pages=body.pages, count=body.count, digest=None))
    await intake.take(Changes(stamp=stamp, cursor=body.cursor, parts=[]))
    took = process_time() - began
    with cache.read() as session:
        aside = session.exec(select(func.count()).select_from(Quarantine)).one()
    lead.close()
    cache.close()
    lock.close()
    return took, aside


def main() -> None:
    """Measure in turn; ends with 1 when bad records cost more than they may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    clean, flawed = pages(options.pages, flawed=False), pages(options.pages, flawed=True)
    ratios = []
    for _ in range(options.repeats):
        with tempfile.TemporaryDirectory(prefix="dryport-bench-") as folder:
            plain, none = asyncio.run(take_in(clean, Path(folder, "clean", "cache.db")))
            marred, aside = asyncio.run(take_in(flawed, Path(folder, "flawed", "cache.db")))
        assert (none, aside) == (0, options.pages)
        ratios.append(marred / plain)
    ratio = statistics.median(ratios)
    print(f"one bad record in {PAGE}: {ratio:.2f} times a clean page (at most {MOST:g}), exactly those set aside")
    raise SystemExit(ratio > MOST)


if __name__ == "__main__":
    main()
