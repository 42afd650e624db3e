"""Empties by type and owner: what stands here sound, what bookings ask for, and what is short or left over."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, func, select
from sqlmodel import Session

from storage.figures.occupancy import in_place
from storage.figures.policy import Moment
from storage.figures.risk import Level
from storage.figures.sums import total
from storage.identifiers import decode_size_type
from storage.models import Booking, Container, table_of
from storage.queries.columns import Column
from storage.queries.exceptions.common import IDENTITY, RISK
from storage.queries.feeds import not_come
from storage.queries.views import View

AHEAD = timedelta(hours=72)
SHARED = "shared pool"
FEEDS = ("containers", "bookings")
COLUMNS = (
    RISK,
    Column("size_type", "Type", "text", "Size-type, of several codes for one the ISO 6346 one.", words=True),
    Column("owner", "Owner", "text", "Owner, or the shared pool.", words=True),
    Column("sound", "Sound", "number", "Sound empties in stack.", "boxes"),
    Column("wanted", "Wanted", "number", "Asked for by bookings in the next 72 hours.", "boxes"),
    Column("short", "Short", "number", "Still missing.", "boxes"),
    Column("by", "By", "time", "When the first of the missing ones is wanted."),
    Column("from_pool", "From pool", "number", "Taken from the shared pool; of the pool, given to owners.", "boxes"),
    Column("surplus", "Left over", "number", "Sound ones that nobody asks for.", "boxes"),
    Column("damaged", "Damaged", "number", "Damaged empties in stack.", "boxes"),
    IDENTITY,
)

_box, _booking = table_of(Container).c, table_of(Booking).c


class EmptiesRow(msgspec.Struct, frozen=True, kw_only=True):
    """Empties of one type and owner; see `COLUMNS`. `shared`: the pool of the container-sharing centre.

    `booking_id`: the first booking that does not get all it asks for. What stands here is None before the boxes have
    come, what is asked for before the bookings have; what is short or left over is not known without either.
    """

    id: str
    risk: Level
    size_type: str | None
    owner: str | None
    shared: bool
    sound: int | None
    damaged: int | None
    wanted: int | None
    from_pool: int | None
    short: int | None
    surplus: int | None
    by: datetime | None
    booking_id: str | None


class TypeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A size-type over all its owners. `by`: when the first of the missing ones is wanted."""

    size_type: str | None
    sound: int | None
    wanted: int | None
    short: int | None
    surplus: int | None
    by: datetime | None
    booking_id: str | None


Key = tuple[str | None, str | None, bool]
"""Size-type, owner, shared."""


class _Pool:
    """Numbers of one type and owner, as they are counted up."""

    def __init__(self) -> None:
        self.sound = self.damaged = self.wanted = self.given = self.taken = 0
        self.bookings: list[Any] = []

    @property
    def need(self) -> int:
        """Boxes that its own do not cover."""
        return max(0, self.wanted - self.sound)


def _read(session: Session, _statement: Select[Any], moment: Moment) -> Sequence[EmptiesRow]:
    pools: defaultdict[Key, _Pool] = defaultdict(_Pool)
    stacked = [row for row in session.connection().execute(_STACKED) if not row.away]
    wanted = session.connection().execute(_WANTED, {"until": moment.now + AHEAD}).all()
    called = _called(row.size_type for row in (*stacked, *wanted))
    for row in stacked:
        # Shared boxes are one pool, whoever owns them.
        pool = pools[called[row.size_type], SHARED if row.shared else row.owner, bool(row.shared)]
        if row.damaged:
            pool.damaged += row.boxes
        else:
            pool.sound += row.boxes
    for row in wanted:
        pool = pools[called[row.size_type], row.owner or SHARED, row.owner is None]
        pool.wanted += row.empties_wanted
        pool.bookings.append(row)
    missing = not_come(session, FEEDS)
    if missing:
        return [_part_of(key, pool, missing) for key, pool in pools.items()]
    _share_out(pools)
    return [_row(key, pool) for key, pool in pools.items()]


def _called(size_types: Iterable[str | None]) -> dict[str | None, str | None]:
    """Each size-type to what it is counted under: a local code to the one it is read as, where it is not alone."""
    read: dict[str | None, str | None] = {}
    for raw in size_types:
        size = decode_size_type(raw) if raw else None
        read[raw] = size.code if size else raw
    alike = Counter(read.values())
    return {raw: code if alike[code] > 1 else raw for raw, code in read.items()}


def _share_out(pools: dict[Key, _Pool]) -> None:
    """Give what is left in the shared pool of a type to the owners that are short, soonest wanted first."""
    short = [key for key, pool in pools.items() if pool.need and not key[2]]
    for key in sorted(short, key=lambda key: (pools[key].bookings[0].wanted_at, str(key))):  # a size-type may be None
        shared = pools.get((key[0], SHARED, True))
        if shared is not None:
            given = min(pools[key].need, max(0, shared.sound - shared.wanted - shared.given))
            pools[key].taken = given
            shared.given += given


_WANTED = (
    select(_booking.id, _booking.size_type, _booking.owner, _booking.empties_wanted, _booking.wanted_at)
    .where(
        _booking.cancelled.is_not(True), _booking.empties_wanted > 0,
        _booking.wanted_at <= bindparam("until", type_=_booking.wanted_at.type),
    )
    .order_by(_booking.wanted_at, _booking.id)
)  # fmt: skip
_away = _box.block_id.is_(None)
# Not `stands()`: most of what stands is full, and going through all of it in the order of its index takes longer.
_STACKED = (
    select(_box.size_type, _box.owner, _box.shared, _box.damaged, _away.label("away"), func.count().label("boxes"))
    .where(in_place(), _box.full.is_(False), _box.train_id.is_(None))
    .group_by(_box.size_type, _box.owner, _box.shared, _box.damaged, _away)
)


def _row(key: Key, pool: _Pool) -> EmptiesRow:
    short, missing = pool.need - pool.taken, _first_missing(pool)
    return EmptiesRow(
        id=_id(key), risk="watch" if short else "calm", size_type=key[0], owner=key[1], shared=key[2],
        sound=pool.sound, damaged=pool.damaged, wanted=pool.wanted,
        from_pool=pool.given if key[2] else pool.taken, short=short,
        surplus=max(0, pool.sound - pool.wanted - pool.given), by=missing and missing.wanted_at,
        booking_id=missing and missing.id,
    )  # fmt: skip


def _part_of(key: Key, pool: _Pool, missing: Sequence[str]) -> EmptiesRow:
    """What is known of it while the boxes or the bookings have not come: one side of the sum at most."""
    here, asked = "containers" not in missing, "bookings" not in missing
    return EmptiesRow(
        id=_id(key), risk="unknown", size_type=key[0], owner=key[1], shared=key[2],
        sound=pool.sound if here else None, damaged=pool.damaged if here else None,
        wanted=pool.wanted if asked else None, from_pool=None, short=None, surplus=None, by=None, booking_id=None,
    )  # fmt: skip


def _id(key: Key) -> str:
    return "/".join(part or "--" for part in key[:2])


def _first_missing(pool: _Pool) -> Any:
    """The booking at which what is there has run out."""
    left = pool.sound + pool.taken
    for booking in pool.bookings:
        left -= booking.empties_wanted
        if left < 0:
            return booking
    return None


EMPTIES: View[EmptiesRow] = View(
    name="empties", title="Empties", columns=COLUMNS, feeds=FEEDS, read=_read,
    default_sort="risk,-short,size_type,owner",
)  # fmt: skip
"""Empties in stack against what is asked for, those that are short first. Empties booked on a train are not counted."""


def _soonest(row: EmptiesRow) -> tuple[bool, Any]:
    return row.by is None, row.by


def by_type(rows: Iterable[EmptiesRow]) -> list[TypeRow]:
    """The same by size-type, those that are short first."""
    types: defaultdict[str | None, list[EmptiesRow]] = defaultdict(list)
    for row in rows:
        types[row.size_type].append(row)
    found = [
        TypeRow(
            size_type=size, sound=total(row.sound for row in of), wanted=total(row.wanted for row in of),
            short=total(row.short for row in of), surplus=total(row.surplus for row in of),
            by=first.by if first else None, booking_id=first.booking_id if first else None,
        )
        for size, of in types.items()
        for first in (next((row for row in sorted(of, key=_soonest) if row.by), None),)
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-(row.short or 0), row.size_type or "~"))
