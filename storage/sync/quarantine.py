"""Records that could not be taken in: kept with their reason until they come well, for a person to see."""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from storage.models.base import ID_LENGTH, REMARK_LENGTH
from storage.models.local import RAW_LENGTH, Quarantine
from storage.text import clean
from storage.upstreams.base import BadRecord

MOST_ROWS = 500
"""A feed keeps at most this many bad records of a source; further ones are not kept, only their first hundreds."""
IDS_AT_ONCE = 500


def set_aside(session: Session, source: str, feed: str, bad: Sequence[BadRecord], now: datetime) -> None:
    """Keep bad records; one that comes again is counted, with its newest reason and text."""
    room = MOST_ROWS - count(session, source, feed)
    for record in bad:
        name = clean(record.id, limit=ID_LENGTH) if record.id else sha256(record.raw).hexdigest()[:16]
        entry = session.get(Quarantine, (source, feed, name))
        if entry is None:
            if room <= 0:
                continue
            room -= 1
            entry = Quarantine(source=source, feed=feed, record=name, reason="", raw="", seen=0, first_at=now)
        entry.reason = clean(record.reason, limit=REMARK_LENGTH)
        entry.raw = clean(record.raw[: 4 * RAW_LENGTH].decode("utf-8", "replace"), limit=RAW_LENGTH)
        entry.seen += 1
        entry.last_at = now
        session.add(entry)
    session.flush()


def take_out(session: Session, source: str, feed: str, ids: Sequence[str]) -> None:
    """Records that have come well, or that the source deleted, need no looking at any more."""
    ours = delete(Quarantine).where(col(Quarantine.source) == source, col(Quarantine.feed) == feed)
    for start in range(0, len(ids), IDS_AT_ONCE):
        session.execute(ours.where(col(Quarantine.record).in_(ids[start : start + IDS_AT_ONCE])))


def take_out_older(
    session: Session, source: str, feed: str, than: datetime, but: Collection[str] = frozenset()
) -> None:
    """After a whole snapshot: what it did not hold is no more at the source either; nothing is known of those `but`."""
    ours = select(Quarantine.record).where(Quarantine.source == source, Quarantine.feed == feed)
    old = session.exec(ours.where(col(Quarantine.last_at) < than)).all()
    take_out(session, source, feed, [record for record in old if record not in but])


def count(session: Session, source: str, feed: str) -> int:
    """Bad records of the feed that are kept."""
    counted = select(func.count()).select_from(Quarantine)
    return session.exec(counted.where(Quarantine.source == source, Quarantine.feed == feed)).one()
