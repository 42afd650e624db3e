"""The body of `dryport sync`: the syncer of `storage.sync`, with a person or a service at its other end.

Ctrl+C and SIGTERM end it after the transaction it is in. On a terminal a load has a progress bar, on stderr; a service
gets a line for each thing worth knowing.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from console.site import Site
from storage.clock import SystemClock
from storage.retention import Keep
from storage.sync.intake import Progress, Report
from storage.sync.service import sync_follow, sync_once
from storage.text import clean
from storage.upstreams.base import UpstreamSettings

INTERRUPTED = 130
GIGABYTE = 2**30


def sync_site(site: Site) -> int:
    """Read every upstream of the site once; 130 when it was ended before that was done."""

    async def once(report: Report | None) -> int:
        work = asyncio.ensure_future(sync_once(site.cache, upstream_settings(site), report=report, say=_say))
        _on_signals(work.cancel)
        try:
            await work
        except asyncio.CancelledError:
            return INTERRUPTED
        return 0

    return _run(once)


def follow_site(site: Site) -> int:
    """Keep the site's cache up to date until SIGTERM (0) or Ctrl+C (130)."""

    async def follow(report: Report | None) -> int:
        stop = asyncio.Event()
        ended_by = _on_signals(stop.set)
        await sync_follow(site.cache, upstream_settings(site), stop=stop, say=_say, report=report, keep=keep_of(site))
        return INTERRUPTED if signal.SIGINT in ended_by else 0

    return _run(follow)


def keep_of(site: Site) -> Keep:
    """How much history the site keeps: what it says, else what is kept by default."""
    kept = Keep()
    return Keep(
        days=kept.days if site.keep_days is None else site.keep_days,
        size_bytes=kept.size_bytes if site.keep_gb is None else round(site.keep_gb * GIGABYTE),
    )


def upstream_settings(site: Site) -> list[UpstreamSettings]:
    """The site's upstreams as the syncer wants them; a token is read when it is needed, never kept."""
    return [
        UpstreamSettings(
            name=upstream.name,
            url=upstream.url,
            kind=upstream.kind,
            token=upstream.token,
            interval_s=upstream.interval_s,
            insecure_http=upstream.insecure_http,
            ca_file=upstream.ca_file,
            options={key: value for key in ("stations", "user", "customs_codes") if (value := getattr(upstream, key))},
        )
        for upstream in site.upstreams
    ]


def _run(work: Callable[[Report | None], Coroutine[Any, Any, int]]) -> int:
    with _bar() as report:
        return asyncio.run(work(report))


def _on_signals(end: Callable[[], object]) -> list[signal.Signals]:
    """Let Ctrl+C and SIGTERM call `end`; the list gets the signals that came."""
    came: list[signal.Signals] = []

    def ended(number: signal.Signals) -> None:
        came.append(number)
        end()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended, number)
    return came


def _say(sentence: str) -> None:
    """A line of the log: the time here, with its offset, and what happened. Work goes on where the log has no room."""
    with suppress(OSError):
        print(f"{SystemClock().now().astimezone():%Y-%m-%d %H:%M:%S%z} {clean(sentence)}", file=sys.stderr, flush=True)


@contextmanager
def _bar() -> Iterator[Report | None]:
    """A line for each feed that is being loaded, on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description:<16}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:

        def report(progress: Progress) -> None:
            if progress.feed not in tasks:
                tasks[progress.feed] = bar.add_task(progress.feed)
            bar.update(tasks[progress.feed], completed=progress.rows, total=progress.expected)

        yield report
