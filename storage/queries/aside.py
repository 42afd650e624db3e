"""Records that cannot be taken as they came: those set aside, and those kept and flagged; why, and from where."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import select
from sqlmodel import Session, col
from sqlmodel import select as select_models

from storage.clock import Clock
from storage.models import Container, Feed, Quarantine, Wagon, feed_name, table_of

What = Literal["set aside", "flagged"]
FLAGS = {
    "number": "the number is not of the standard's form",
    "check_digit": "the check digit is wrong",
    "size_type": "the size-type is unknown",
}
"""Flag of a record to what is wrong with it."""
PAGES: dict[type[Feed], str] = {Container: "box", Wagon: "wagon"}
"""Feeds whose records are checked and flagged, and the page of such a record."""


class AsideRow(msgspec.Struct, frozen=True, kw_only=True):
    """One record. Set aside: its last good version stays, `raw` is what came. Flagged: it is shown as it came.

    `name` is what a person knows it by; `page` and `key` name the page of a flagged one. `seen`: how often it came.
    """

    id: str
    what: What
    feed: str
    source: str
    name: str
    why: str
    last_at: datetime
    first_at: datetime | None = None
    seen: int | None = None
    raw: str | None = None
    page: str | None = None
    key: str | None = None


_PLACE = re.compile(r"^(?P<what>.*) - at `\$\.?(?P<place>[^`]*)`$")


def told(reason: str) -> str:
    """Why a record was set aside, with the field first: `gross_kg: expected int, got str`."""
    found = _PLACE.match(reason)
    if found is None or not found["place"]:
        return reason
    what = found["what"].replace("`", "")
    return f"{found['place']}: {what[:1].lower()}{what[1:]}"


def aside(session: Session, _clock: Clock, limit: int = 500) -> tuple[AsideRow, ...]:
    """Those set aside, then those flagged, the latest first; at most `limit` of a kind and feed."""
    return (*_set_aside(session, limit), *(row for model in PAGES for row in _flagged(session, model, limit)))


def _set_aside(session: Session, limit: int) -> Iterator[AsideRow]:
    chosen = select_models(Quarantine).order_by(col(Quarantine.last_at).desc(), col(Quarantine.record)).limit(limit)
    for record in session.exec(chosen):
        yield AsideRow(
            id=f"{record.source}/{record.feed}/{record.record}", what="set aside", feed=record.feed,
            source=record.source, name=record.record, why=told(record.reason), last_at=record.last_at,
            first_at=record.first_at, seen=record.seen, raw=record.raw,
        )  # fmt: skip


def _flagged(session: Session, model: type[Feed], limit: int) -> Iterator[AsideRow]:
    record, feed = table_of(model).c, feed_name(model)
    chosen = (
        select(record.id, record.number, record.source, record.flags, record.observed)
        .where(record.flags.is_not(None))
        .order_by(record.observed.desc(), record.id)
        .limit(limit)
    )
    for row in session.connection().execute(chosen):
        yield AsideRow(
            id=f"{row.source}/{feed}/{row.id}", what="flagged", feed=feed, source=row.source,
            name=row.number or row.id, why=", ".join(FLAGS.get(flag, flag) for flag in row.flags.split()),
            last_at=row.observed, page=PAGES[model], key=row.id,
        )  # fmt: skip
