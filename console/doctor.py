"""`dryport doctor`: looks at everything Dryport stands on and says, for what is wrong, how to repair it.

Each check is a function that yields findings; one that fails in a way nobody thought of is a finding too, never the end
of the examination.
"""

import asyncio
import contextlib
import locale
import os
import platform
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from console.glyphwidth import cells_of_box_glyphs
from console.settings import ENVIRONMENT, Choice, data_dir, read_site
from console.site import Site
from console.syncer import is_led
from console.tomlfile import suggest
from storage.errors import CacheMissing, DryportError
from storage.text import clean

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.upstreams.base import UpstreamSettings

OUR_PACKAGES = ("console", "widgets", "storage")
PROBE_S = 5.0

Level = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at and how it is: `ok`, worth a `note`, or `bad`, with the remedy in its words."""

    topic: str
    level: Level
    words: str


def examine(choice: Choice, environ: Mapping[str, str] = os.environ) -> int:
    """Print every finding; 1 when any of them is bad, else 0."""
    findings = list(look(choice, environ))
    for finding in findings:
        print(f"{finding.level:<5} {finding.topic:<10} {finding.words}")
    return 1 if any(finding.level == "bad" for finding in findings) else 0


def look(choice: Choice, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Everything there is to find, in the order in which one thing stands on another."""
    yield from _guarded("program", program)
    yield from _guarded("sqlite", sqlite)
    yield from _guarded("settings", lambda: variables(environ))
    try:
        site = read_site(choice, environ)
    except DryportError as error:
        yield Finding("settings", "bad", str(error).splitlines()[0])
        folder = data_dir(choice, environ)
    else:
        yield Finding("settings", "ok", f"site {site.name}, from {site.file or 'flags and environment'}")
        folder = site.folder
        yield from _guarded("cache", lambda: cache(site))
        yield from _guarded("upstream", lambda: upstreams(site))
    yield from _guarded("folder", lambda: permissions(folder))
    yield from _guarded("terminal", lambda: terminal(environ))
    yield from _guarded("locale", language)


def _guarded(topic: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except DryportError as error:
        yield Finding(topic, "bad", str(error))
    except Exception as error:  # noqa: BLE001  # the examination goes on; what happened is reported
        yield Finding(topic, "bad", f"could not be examined: {type(error).__name__}: {error}")


def program(packages: tuple[str, ...] = OUR_PACKAGES) -> Iterator[Finding]:
    """Version and place, and whether a foreign distribution of one of our names lies over ours."""
    words = (
        f"dryport {metadata.version('dryport')}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    )
    yield Finding("program", "ok", words)
    home = Path(__file__).resolve().parent.parent
    for package in packages:
        spec = find_spec(package)
        place = Path(spec.origin).resolve() if spec and spec.origin else None
        if place is None or place.parent.parent != home:
            words = (
                f"the package {package} is not ours but lies in {place}: install dryport into an environment of its own"
            )
            yield Finding("program", "bad", words)
    for name in packages:
        try:
            foreign = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        words = f"the distribution {name} {foreign.version} lies over ours: uninstall it, then install dryport again"
        yield Finding("program", "bad", words)


def sqlite() -> Iterator[Finding]:
    """Which SQLite is used, and whether several processes can write its log safely."""
    from storage.databases.sqlite import DRIVER, WAL_RESET_FIXED, WRITES_NEED_A_LOCK

    words = f"SQLite {DRIVER.sqlite_version} by {DRIVER.__name__}"
    if not WRITES_NEED_A_LOCK:
        yield Finding("sqlite", "ok", words)
        return
    fixed = ".".join(map(str, WAL_RESET_FIXED))
    yield Finding(
        "sqlite", "note", f"{words} is older than {fixed}: writers take turns by a lock file, which is safe but slower"
    )


def variables(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that look like ours and are not."""
    for name in sorted(environ):
        if name.startswith("DRYPORT_") and name not in ENVIRONMENT:
            yield Finding("settings", "bad", f"{name} is not read by Dryport: {suggest(name, ENVIRONMENT)}")


def permissions(folder: Path) -> Iterator[Finding]:
    """Whether only this person can read and write the site's folder."""
    if not folder.exists():
        yield Finding("folder", "ok", f"{folder} is made by the first sync")
        return
    status = folder.stat()
    if status.st_uid != os.geteuid():
        yield Finding(
            "folder", "bad", f"{folder} belongs to another user (id {status.st_uid}): choose one with --data-dir"
        )
    elif status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("folder", "note", f"others may look into {folder}: 'chmod 700 {folder}' keeps them out")
    elif not os.access(folder, os.W_OK):
        yield Finding("folder", "bad", f"{folder} cannot be written: 'chmod u+rwx {folder}'")
    elif shut := [path for path in sorted(folder.glob("cache.db*")) if not os.access(path, os.R_OK | os.W_OK)]:
        yield Finding("folder", "bad", f"{shut[0]} cannot be read and written: 'chmod u+rw {shut[0]}'")
    else:
        free = shutil.disk_usage(folder).free // (1 << 20)
        level: Level = "ok" if free > 200 else "bad"
        yield Finding("folder", level, f"{folder}, {free} MiB free" + ("" if level == "ok" else ": make room"))


def cache(site: Site) -> Iterator[Finding]:
    """Whether the cache opens, is sound, and who writes it."""
    from storage.cache import Cache, schema_version
    from storage.clock import SystemClock
    from storage.damage import check_tables, set_aside
    from storage.queries.feeds import mended
    from storage.sync.leader import led_by

    try:
        opened = Cache.open(site.cache)
    except CacheMissing as error:
        yield Finding("cache", "note", str(error))
        return
    try:
        with opened.read() as session:
            if not opened.notice:
                check_tables(opened)
            damage, size = (_file_state if site.database is None else _database_state)(session, site)
            found = [] if damage else mended(session, SystemClock().now())
    finally:
        opened.close()
    if damage:
        words = f"{site.cache} is damaged ({damage}): move it away; the next sync makes a new one"
        yield Finding("cache", "bad", words)
        return
    for moment, path in set_aside(site.cache):
        told = f"damaged and set aside {moment:%Y-%m-%d %H:%M} UTC: {path}; delete it when nobody wants to look at it"
        yield Finding("cache", "note", told)
    for state in found:
        told = f"{state.feed} of {state.source}, compared {state.mended_at:%Y-%m-%d %H:%M} UTC: {state.mended}"
        yield Finding("cache", "note", told)
    words = f"{site.cache}, schema {schema_version()}, {size / (1 << 20):.1f} MiB"
    yield Finding("cache", "ok", words if site.database else f"{words}, sound")
    if opened.notice:
        yield Finding("cache", "note", opened.notice)
    try:
        led = is_led(site.cache)
    except OSError as error:
        yield Finding("syncer", "bad", f"cannot look at {error.filename}: {error.strerror}")
        return
    if led:
        yield Finding("syncer", "ok", f"{led_by(site.cache)} keeps this cache up to date")
    else:
        yield Finding("syncer", "note", "no syncer runs; a console starts one, or run 'dryport sync --follow'")


def _file_state(session: "Session", site: Site) -> tuple[str, int]:
    """What is wrong with the pages of the file, if anything, and its bytes."""
    said = session.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    return "" if said == "ok" else str(said), site.cache_path.stat().st_size


def _database_state(session: "Session", _site: Site) -> tuple[str, int]:
    """A server looks after its own pages: only its bytes."""
    size = session.connection().exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
    return "", int(size)


def upstreams(site: Site) -> Iterator[Finding]:
    """Whether each upstream answers us now."""
    from console.syncing import upstream_settings

    for upstream in upstream_settings(site):
        name = f"{upstream.name} ({upstream.kind}, {upstream.url})"
        try:
            yield Finding("upstream", "ok", f"{name} {asyncio.run(_greet(upstream))}")
        except TimeoutError:
            words = f"{name} does not answer within {PROBE_S:.0f} s: is it up, and the way to it open?"
            yield Finding("upstream", "bad", words)
        except DryportError as error:
            yield Finding("upstream", "bad", f"{name}: {error}")


class _Heard(Exception):
    """The source has answered; more is not wanted."""


async def _greet(settings: "UpstreamSettings") -> str:
    """Begin to read the source and stop at its first word."""
    from storage.upstreams import open_upstream
    from storage.upstreams.base import Batch, Greeting, Place

    said = "answers"

    async def take(batch: Batch) -> None:
        nonlocal said
        if isinstance(batch, Greeting) and batch.site:
            said = f"answers as {clean(batch.site)}"
        raise _Heard

    upstream = open_upstream(settings)
    try:
        with contextlib.suppress(_Heard):
            async with asyncio.timeout(PROBE_S):
                await upstream.pull(Place(), take)
    finally:
        await upstream.close()
    return said


def terminal(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Size and colours of this terminal, and how copying would reach the clipboard."""
    kind = environ.get("TERM", "")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Finding("terminal", "note", "this is no terminal; the console needs one, the other commands do not")
    elif kind in ("", "dumb", "unknown"):
        yield Finding("terminal", "bad", f"TERM={kind} cannot be drawn on: set TERM to what your terminal is")
    else:
        columns, lines = shutil.get_terminal_size()
        depth = "truecolor" if environ.get("COLORTERM") in ("truecolor", "24bit") else "as TERM says"
        colours = "none (NO_COLOR)" if environ.get("NO_COLOR") else depth
        small = "" if columns >= 80 and lines >= 24 else "; 80x24 is the least that shows everything"
        yield Finding("terminal", "note" if small else "ok", f"{kind}, {columns}x{lines}, colours {colours}{small}")
    if environ.get("TMUX"):
        yield from _tmux()


def _tmux() -> Iterator[Finding]:
    asked = subprocess.run(
        ["tmux", "show-options", "-gv", "set-clipboard"], capture_output=True, text=True, check=False, timeout=PROBE_S
    )
    told = asked.stdout.strip() or "unknown"
    if told == "on":
        yield Finding("clipboard", "ok", "tmux passes on what is copied (set-clipboard on)")
    else:
        words = f"tmux may keep what is copied (set-clipboard {told}): 'set -g set-clipboard on' in tmux.conf"
        yield Finding("clipboard", "note", words)


def language() -> Iterator[Finding]:
    """Whether this locale can write the signs the console draws with."""
    encoding = locale.getpreferredencoding(do_setlocale=False)
    if encoding.lower().replace("-", "") == "utf8":
        wide = cells_of_box_glyphs() == 2
        words = "UTF-8" + ("; box lines are two cells wide here, so the console draws with ASCII" if wide else "")
        yield Finding("locale", "ok", words)
    else:
        words = f"{encoding} has no box lines, the console falls to ASCII: 'export LC_ALL=C.UTF-8' shows them"
        yield Finding("locale", "note", words)
