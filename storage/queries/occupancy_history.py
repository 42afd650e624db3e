"""How full the yard, or one block, was these two weeks: TEU standing at every full hour, out of the cache's memory."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Table, bindparam, func, literal, or_, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.expressions import milliseconds
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.identifiers import teu_of
from storage.models import HISTORY, Container, Memory, table_of, to_ms

FEEDS = ("containers",)
STEP = timedelta(hours=1)
REACH = timedelta(days=14)

_STEP_MS = STEP // timedelta(milliseconds=1)
_SINCE = bindparam("since", type_=BigInteger())


class Standing(msgspec.Struct, frozen=True):
    """TEU that stood there at a time; None where this cache did not know yet, or has forgotten."""

    at: datetime
    teu: float | None


def occupancy_history(
    session: Session, clock: Clock, *, block: str | None = None, policy: Policy = DEFAULT
) -> tuple[Standing, ...]:
    """One point an hour of the last 14 days, the oldest first; of the yard, or of the block with this id.

    Boxes of unknown size count nothing, as in the occupancy itself.
    """
    moment = Moment.of(clock, policy)
    now = moment.machine_now
    since = now.replace(minute=0, second=0, microsecond=0) - REACH
    known_from = _known_from(session)
    points = REACH // STEP + 1
    # What stood from one full hour on, and no longer from another one on.
    steps = [0.0] * (points + 1)
    for first, last, size_type, boxes in _versions(session, since, now, block):
        teu = boxes * (teu_of(size_type, teu_45=policy.teu_45) or 0.0)
        steps[min(points, max(0, first))] += teu
        steps[min(points, max(0, last))] -= teu
    return tuple(
        Standing(at + moment.offset, None if known_from is None or at < known_from else round(teu, 3))
        for at, teu in zip((since + STEP * nth for nth in range(points)), accumulate(steps), strict=False)
    )


def _versions(session: Session, since: datetime, now: datetime, block: str | None) -> list[tuple[int, int, Any, int]]:
    """Standing boxes by the first full hour of a version and the first one after it, counted from `since`."""
    live, past = table_of(Container), HISTORY["containers"]
    first, last = _hour(live, "observed"), literal(REACH // STEP + 2)
    standing = select(first, last, live.c.size_type, func.count()).where(_stood(live), live.c.observed <= now)
    begins, ends = _hour(past, "observed"), _hour(past, "until")
    ended = (
        select(begins, ends, past.c.size_type, func.count())
        # Most versions begin and end between two full hours: those are told from the index alone.
        .where(past.c.until > since, past.c.until <= now, begins < ends, _stood(past))
    )
    chosen = [(standing, live, (first,)), (ended, past, (begins, ends))]
    found: defaultdict[tuple[int, int, Any], int] = defaultdict(int)
    for statement, table, hours in chosen:
        where = statement if block is None else statement.where(table.c.block_id == block)
        for begin, end, size_type, boxes in session.connection().execute(
            where.group_by(*hours, table.c.size_type), {"since": to_ms(since)}
        ):
            found[begin, end, size_type] += boxes
    return [(*key, boxes) for key, boxes in found.items()]


def _hour(table: Table, column: str) -> Any:
    """The number of the first full hour at or after a time; those before the first one are 0 or less."""
    return (milliseconds(table.c[column]) - _SINCE + (_STEP_MS - 1)) // _STEP_MS


def _stood(table: Table) -> Any:
    """`occupancy.stands` of a version."""
    box = table.c
    in_place = or_(box.place == "yard", box.place.is_(None))
    return box.block_id.is_not(None) & in_place & box.departed_at.is_(None)


def _known_from(session: Session) -> datetime | None:
    """From when on this cache knows the boxes; None when it never had any."""
    connection, live, past = session.connection(), table_of(Container).c.observed, HISTORY["containers"].c.observed
    firsts = [connection.execute(select(func.min(column, type_=live.type))).scalar() for column in (live, past)]
    first = min((moment for moment in firsts if moment is not None), default=None)
    memory = table_of(Memory).c
    forgotten = connection.execute(select(memory.complete_from).where(memory.feed == "containers")).scalar()
    return first if first is None or forgotten is None else max(first, forgotten)
