"""A damaged cache file: found, set aside under its own name, and begun anew with what people wrote in it.

Everything else in a cache comes from the sources and is read again. The damaged file is renamed, never overwritten:
`cache.db.corrupt.20261120T024100Z`, with its log beside it; the last two stay. Only the leader does any of this.
"""
# ruff: noqa: S608  # the names written into statements are those of the cache's own tables

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import column as named
from sqlalchemy import insert, select, table, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from storage.cache import Cache
from storage.clock import Clock, SystemClock
from storage.databases.sqlite import SqliteFile, anew_path
from storage.errors import CacheDamaged, CacheError, CacheForeign
from storage.place import LOGS, Place

WRITTEN_HERE = ("notes",)
"""Tables that hold what people wrote, and no source could tell again."""
KEPT = 2
"""Damaged files that stay."""
AGAIN = timedelta(minutes=1)
"""A cache that is damaged again within this time points to the disk, not to the cache."""
STAMP = "%Y%m%dT%H%M%SZ"
FILES = ("", *LOGS)
ROWS_AT_ONCE = 10_000
_COLUMNS = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
_TABLES = "SELECT name, sql NOT LIKE '%WITHOUT ROWID%' FROM sqlite_master WHERE type = 'table'"


@contextlib.contextmanager
def passing() -> Iterator[None]:
    """Pass over what ends by itself: no room, no memory, another process in the way. Damage goes on up."""
    try:
        yield
    except CacheDamaged:
        raise
    except (CacheError, MemoryError):
        pass


def check(cache: Cache) -> None:
    """Look whether the pages of a cache file hold together (about a second for each GB); `CacheDamaged` if not."""
    if not isinstance(cache.place, Path):
        return  # a server looks after its own files
    with cache.read() as session:
        said = session.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if said != "ok":
        raise CacheDamaged(f"The cache {cache.place} is damaged ({said}).")


def check_table(cache: Cache, name: str) -> None:
    """Look whether a table and its indexes say the same, which `check` does not; `CacheDamaged` if not."""
    if not isinstance(cache.place, Path):
        return
    with cache.read() as session:
        said = session.connection().exec_driver_sql(f'PRAGMA integrity_check("{name}")').scalars().first()
    if said != "ok":
        raise CacheDamaged(f"The cache {cache.place} is damaged ({said}).")


def check_tables(cache: Cache) -> None:
    """Look whether all tables and columns are there, one bit may rename one (milliseconds); `CacheDamaged` if not.

    For a cache of the schema that this program knows.
    """
    if not isinstance(cache.place, Path):
        return
    wanted = {(each.name, column.name) for each in SQLModel.metadata.tables.values() for column in each.columns}
    with cache.read() as session:
        missing = wanted.difference(map(tuple, session.connection().exec_driver_sql(_COLUMNS)))
    if missing:
        raise CacheDamaged(f"The cache {cache.place} is damaged (it lacks {'.'.join(min(missing))}).")


def suspect(place: Place) -> None:
    """Have the syncer read all of the cache: who only reads met damage, maybe where the syncer never looks."""
    if isinstance(place, Path):
        with contextlib.suppress(OSError):
            _mark(place).touch(mode=0o600)


def is_suspected(place: Place) -> bool:
    """Whether somebody met damage and nobody has looked since."""
    return isinstance(place, Path) and _mark(place).exists()


def examine(cache: Cache) -> None:
    """Read every row, besides what `check` does; `CacheDamaged` where that cannot be done. Minutes for a large file."""
    check(cache)
    check_tables(cache)
    with cache.read() as session:
        tables = session.connection().exec_driver_sql(_TABLES).all()
    for name, is_numbered in tables:
        if is_numbered:
            _read_in_parts(cache, name)
        else:  # such a table holds a few sums
            with cache.read() as session:
                session.connection().exec_driver_sql(f'SELECT * FROM "{name}"').all()
    _mark(cache.path).unlink(missing_ok=True)


def _read_in_parts(cache: Cache, name: str) -> None:
    """Read all rows, a little at a time: a long reading keeps the log from being reset."""
    last: int | None = -1
    while last is not None:
        with cache.read() as session:
            chunk = f'SELECT rowid, * FROM "{name}" WHERE rowid > {last} ORDER BY rowid LIMIT {ROWS_AT_ONCE}'
            rows = session.connection().exec_driver_sql(chunk).all()
        last = rows[-1][0] if rows else None


def _mark(place: Path) -> Path:
    return place.with_name(f"{place.name}.suspect")


def renew(place: Place, damage: CacheDamaged, clock: Clock | None = None) -> str:
    """Set the damaged file aside and begin a new one; what was done, in one sentence.

    Raises:
        CacheDamaged: `damage`, when it is no file of ours to move, or was renewed just before.
        CacheError: there is no room for a new one.
    """
    now = (clock or SystemClock()).now()
    if not isinstance(place, Path) or isinstance(damage, CacheForeign):
        raise damage
    if any(abs(now - moment) < AGAIN for moment, _ in set_aside(place)):
        raise CacheDamaged(f"{damage} It was renewed within the last minute: check the disk it lies on.") from damage
    saved, _ = _salvage(place, _begun_anew(place))
    aside = _move(place, now)
    more, whole = _salvage(aside, anew_path(place))  # what somebody was just about to write
    Cache.open(place, role="writer").close()
    _mark(place).unlink(missing_ok=True)
    kept = f"; {saved + more} notes were saved" if saved + more else ""
    kept += "" if whole else "; there may be notes in it that cannot be read"
    return f"The cache {place} was damaged and lies in {aside.name} now: all is read anew{kept}."


def set_aside(place: Place) -> list[tuple[datetime, Path]]:
    """The damaged files beside a cache and when they were set aside, the oldest first."""
    if not isinstance(place, Path):
        return []
    found = []
    for path in place.parent.glob(f"{place.name}.corrupt.*Z"):
        with contextlib.suppress(ValueError):
            found.append((datetime.strptime(path.name.rpartition(".")[2], STAMP).replace(tzinfo=UTC), path))
    return sorted(found)


def _move(place: Path, now: datetime) -> Path:
    aside = place.with_name(f"{place.name}.corrupt.{now:{STAMP}}")
    for part in FILES:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{place}{part}").rename(f"{aside}{part}")
    for _, old in set_aside(place)[:-KEPT]:
        for part in FILES:
            Path(f"{old}{part}").unlink(missing_ok=True)
    return aside


def _begun_anew(place: Path) -> Path:
    """Make an empty cache that takes the place of the damaged one as soon as that was moved, whoever moves it."""
    anew = anew_path(place)
    for part in FILES:
        Path(f"{anew}{part}").unlink(missing_ok=True)
    Cache.open(anew, role="writer").close()
    return anew


def _salvage(damaged: Path, anew: Path) -> tuple[int, bool]:
    """Copy what people wrote, as far as it can be read; how many rows were not there yet, and whether that is all.

    It is done before the damaged file is moved: whatever ends us, or leaves no room, between the two loses nothing.
    """
    saved, all_whole = 0, True
    cache = Cache.open(anew, role="writer")
    try:
        with cache.write(durable=True) as session:
            for name in WRITTEN_HERE:
                rows, whole = _readable(damaged, name)
                if rows:
                    target = table(name, *map(named, rows[0]))
                    saved += session.connection().execute(insert(target).prefix_with("OR IGNORE"), rows).rowcount
                all_whole &= whole
    finally:
        cache.close()
    return saved, all_whole


def _readable(aside: Path, name: str) -> tuple[list[dict[str, object]], bool]:
    """The rows of a table up to the first that cannot be read, and whether there was none such."""
    rows: list[dict[str, object]] = []
    whole = False
    damaged = Cache(SqliteFile(aside), "reader")
    try:
        with contextlib.suppress(CacheError, DBAPIError), damaged.read() as session:
            for row in session.execute(select(text("*")).select_from(table(name))):
                rows.append(dict(row._mapping))  # those before a damaged one stay
            whole = True
    finally:
        damaged.close()
    return rows, whole
