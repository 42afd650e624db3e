"""The bodies of the native contract, decoded: a page whose records are all good in one pass, else record by record.

A body that cannot be trusted as a whole is `BadData`; a record that fails its own validation is set aside alone.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from storage.errors import BadData
from storage.models import FEEDS
from storage.models.base import ID_LENGTH, MAX_REV, NAME_LENGTH
from storage.models.wire import Record, wire
from storage.sync.client import Answer
from storage.text import clean
from storage.upstreams.base import BadRecord, Gone, Stamp

API_VERSION = "1"
POLL_S = 5.0

T = TypeVar("T")
Time = Annotated[datetime, msgspec.Meta(tz=True)]
Token = Annotated[str, msgspec.Meta(pattern="^[!-~]{1,256}$")]
"""An opaque word that goes back into addresses and headers as it came."""
Epoch = Annotated[str, msgspec.Meta(pattern=f"^[!-~]{{1,{NAME_LENGTH}}}$")]
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_REV)]


class MetaFeed(msgspec.Struct):
    """A feed the gateway serves."""

    feed: str


class Meta(msgspec.Struct):
    """`GET /v1/meta`, as far as it is used."""

    api_version: str
    epoch: Epoch
    feeds: list[MetaFeed]
    site: str | None = None
    timezone: str | None = None
    attribution: str | None = None
    min_poll_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = POLL_S


class Snapshot(msgspec.Struct, Generic[T]):
    """`GET /v1/feeds/{feed}/snapshot`."""

    epoch: Epoch
    feed: str
    cut: Token
    cursor: Token
    page: Count
    pages: Count
    count: Count
    complete: bool
    as_of: Time
    server_time: Time
    items: list[T]


class Log(msgspec.Struct, Generic[T]):
    """`GET /v1/changes`."""

    epoch: Epoch
    as_of: Time
    server_time: Time
    items: list[T]
    next: Token
    more: bool
    checkpoint: bool = True


class Change(msgspec.Struct, gc=False):
    """One entry of the change log; `data` is the record, or nothing when it was deleted."""

    feed: str
    op: str
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LENGTH)]
    rev: Count
    data: msgspec.Raw = msgspec.Raw(b"null")

    def read(self) -> Record | Gone:
        """The record or its tombstone; `msgspec.ValidationError` when it is neither."""
        if self.op == "delete":
            return Gone(self.id, self.rev)
        if self.op != "upsert":
            raise msgspec.ValidationError(f"a change is an upsert or a delete, not {self.op[:20]!a}")
        record: Record = wire(FEEDS[self.feed]).one.decode(self.data)
        if record.id != self.id:
            raise msgspec.ValidationError("the record has another id than its change")
        return record


class _Named(msgspec.Struct):
    """What can still be told of a bad record."""

    id: str | None = None
    feed: str = ""


UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What decoding raises; a body nested without end is a RecursionError."""

_META = msgspec.json.Decoder(Meta)
_RAW_SNAPSHOT = msgspec.json.Decoder(Snapshot[msgspec.Raw])
_LOG = msgspec.json.Decoder(Log[Change])
_RAW_LOG = msgspec.json.Decoder(Log[msgspec.Raw])
_CHANGE = msgspec.json.Decoder(Change)
_NAMED = msgspec.json.Decoder(_Named)


@cache
def _snapshot_of(feed: str) -> msgspec.json.Decoder[Snapshot[Any]]:
    record: Any = wire(FEEDS[feed]).record
    return msgspec.json.Decoder(Snapshot[record])


def decode_meta(answer: Answer, name: str) -> Meta:
    """What the gateway `name` says of itself."""
    return _trusted(answer, _META, name)


def decode_snapshot(answer: Answer, feed: str, name: str) -> tuple[Snapshot[Any], list[BadRecord]]:
    """A page of `feed`: its good records, and the bad ones."""
    try:
        return _snapshot_of(feed).decode(answer.body), []
    except UNREADABLE:
        raw = _trusted(answer, _RAW_SNAPSHOT, name)
    good, bad = _one_by_one(raw.items, wire(FEEDS[feed]).one)
    return msgspec.structs.replace(raw, items=good), [record for _, record in bad]


def decode_log(answer: Answer, name: str) -> tuple[Log[Change], list[tuple[str, BadRecord]]]:
    """A page of the change log, and the entries that cannot be read, each with its feed ("" when that is unknown)."""
    try:
        return _LOG.decode(answer.body), []
    except UNREADABLE:
        raw = _trusted(answer, _RAW_LOG, name)
    good, bad = _one_by_one(raw.items, _CHANGE)
    log: Log[Any] = raw
    return msgspec.structs.replace(log, items=good), bad


def decode_unchanged(answer: Answer, epoch: str, name: str) -> Snapshot[Any]:
    """A 304 has no body: what its headers say of the cut."""
    said = {
        "cut": answer.headers.get("dryport-cut"),
        "cursor": answer.headers.get("dryport-cursor"),
        "as_of": answer.headers.get("dryport-as-of"),
        "server_time": answer.headers.get("dryport-server-time"),
    }
    rest = {"epoch": epoch, "feed": "", "page": 1, "pages": 1, "count": 0, "complete": True, "items": []}
    try:
        head: Snapshot[Any] = msgspec.convert({**said, **rest}, Snapshot[Any])
    except msgspec.ValidationError as error:
        raise BadData(f"{name} answered 'not modified' without saying of which cut: {error}.") from error
    return head


def stamp_of(answer: Answer, body: Snapshot[Any] | Log[Any]) -> Stamp:
    """The times an answer carries."""
    skew_ms = answer.skew_ms(body.server_time)
    return Stamp(epoch=body.epoch, as_of=body.as_of, server_time=body.server_time, skew_ms=skew_ms)


def _trusted(answer: Answer, decoder: msgspec.json.Decoder[T], name: str) -> T:
    try:
        return decoder.decode(answer.body)
    except UNREADABLE as error:
        raise BadData(f"{name} sent a body that is not by the contract: {clean(str(error), limit=200)}.") from error


def _one_by_one(
    items: Sequence[msgspec.Raw], decoder: msgspec.json.Decoder[T]
) -> tuple[list[T], list[tuple[str, BadRecord]]]:
    good: list[T] = []
    bad: list[tuple[str, BadRecord]] = []
    for item in items:
        try:
            good.append(decoder.decode(item))
        except UNREADABLE as error:
            named = _named(item)
            bad.append((named.feed, BadRecord(named.id, str(error), bytes(item))))
    return good, bad


def _named(item: msgspec.Raw) -> _Named:
    try:
        return _NAMED.decode(item)
    except UNREADABLE:
        return _Named()
