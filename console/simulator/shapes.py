"""The shapes, limits and error codes of the native contract, as this server gives them.

An answer is a head, a small struct encoded for every request, and its items, encoded once when a record changes. The
whole answers (`Changes`, `Snapshot`) are what the OpenAPI document is derived from.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

API_VERSION = "1"
MAX_PAGE = 1000
"""Most items of a page."""
MAX_CURSOR = 256
"""Longest cursor or cut, characters."""
MIN_POLL_S = 5.0
"""Seconds a client should leave between two polls."""
CUT_LIFE_S = 600.0
"""Seconds a cut can be read, at the least."""

Moment = Annotated[datetime, msgspec.Meta(tz=True, description="ISO 8601 with offset.")]
Token = Annotated[
    str,
    msgspec.Meta(
        pattern=f"^[!-~]{{1,{MAX_CURSOR}}}$",  # it travels in addresses and headers as it is
        max_length=MAX_CURSOR,
        description="Opaque: keep it, compare it for equality, never read it.",
    ),
]
Epoch = Annotated[
    str,
    msgspec.Meta(
        pattern="^[!-~]{1,120}$",
        max_length=120,
        description="Names one run of the change log; another one means that revisions and cursors started again.",
    ),
]
AsOf = Annotated[datetime, msgspec.Meta(tz=True, description="The data are complete up to this moment.")]
ServerTime = Annotated[datetime, msgspec.Meta(tz=True, description="The gateway's clock when it answered.")]


class FeedSummary(msgspec.Struct, frozen=True):
    """One feed as it stands."""

    feed: str
    schema: Annotated[int, msgspec.Meta(ge=1, description="Version of the record's schema.")]
    count: Annotated[int, msgspec.Meta(ge=0, description="Records now.")]
    digest: Annotated[str, msgspec.Meta(description="Of all its records: equal digests mean equal feeds.")]


class Meta(msgspec.Struct, frozen=True):
    """What the gateway serves, and how it wants to be asked."""

    api_version: str
    epoch: Epoch
    site: Annotated[str, msgspec.Meta(description="Name of the terminal.")]
    timezone: Annotated[str, msgspec.Meta(description="IANA time zone of the terminal.")]
    server_time: ServerTime
    as_of: AsOf
    cursor: Annotated[Token, msgspec.Meta(description="The end of the change log now.")]
    min_poll_s: Annotated[float, msgspec.Meta(ge=0, description="Seconds to leave between two polls.")]
    retention_s: Annotated[float, msgspec.Meta(ge=0, description="Seconds a cursor stays good, as a rule.")]
    max_page: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE, description="Most items of a page.")]
    feeds: list[FeedSummary]


class ChangesHead(msgspec.Struct, frozen=True):
    """A page of the change log, but for its items."""

    epoch: Epoch
    as_of: AsOf
    server_time: ServerTime
    next: Annotated[Token, msgspec.Meta(description="The cursor after this page; it moves on an empty page too.")]
    more: Annotated[bool, msgspec.Meta(description="There is a further page now.")]
    checkpoint: Annotated[bool, msgspec.Meta(description="After this page the state is consistent over all feeds.")]


class Change(msgspec.Struct, frozen=True):
    """One change of one record, in the order of commits."""

    feed: str
    op: Literal["upsert", "delete"]
    id: str
    rev: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1, description="Grows with every change of the record.")]
    changed_at: Moment
    data: Annotated[Any, msgspec.Meta(description="The whole record; null for a delete.")]


class Changes(ChangesHead, frozen=True, kw_only=True):
    """A page of the change log."""

    items: Annotated[list[Change], msgspec.Meta(max_length=MAX_PAGE)]


class SnapshotHead(msgspec.Struct, frozen=True):
    """A page of a feed at one cut, but for its items."""

    epoch: Epoch
    feed: str
    cut: Annotated[Token, msgspec.Meta(description="The pinned state this page is of, one for all feeds.")]
    cursor: Annotated[Token, msgspec.Meta(description="The place of the cut in the change log.")]
    page: Annotated[int, msgspec.Meta(ge=1)]
    pages: Annotated[int, msgspec.Meta(ge=1, description="Pages in all; an empty feed has one empty page.")]
    count: Annotated[int, msgspec.Meta(ge=0, description="Records on all pages together.")]
    complete: Annotated[bool, msgspec.Meta(description="This is the last page.")]
    as_of: AsOf
    server_time: ServerTime


class Snapshot(SnapshotHead, frozen=True, kw_only=True):
    """A page of a feed at one cut."""

    items: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MAX_PAGE)]


class Problem(msgspec.Struct, frozen=True):
    """An error (RFC 9457); `code` is stable, the words are for people."""

    type: str
    title: str
    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    detail: str
    code: str


PROBLEMS: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request cannot be understood"),
    "unauthorized": (401, "A valid token is needed"),
    "not_found": (404, "There is nothing at this address"),
    "unknown_feed": (404, "There is no such feed"),
    "unknown_page": (404, "There is no such page"),
    "method_not_allowed": (405, "This address is for reading only"),
    "cursor_expired": (410, "The cursor has expired: take a snapshot again"),
    "epoch_changed": (410, "The change log started again: take a snapshot again"),
    "cut_expired": (410, "The cut has expired: start the snapshot again"),
    "throttled": (429, "Too many requests"),
    "internal": (500, "The gateway failed"),
}
"""Error code to its HTTP status and title."""


class ProblemFound(Exception):
    """An answer that is a problem: a code of `PROBLEMS`, the detail in one sentence, and headers to send with it."""

    def __init__(self, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        """`code` must be one of `PROBLEMS`."""
        super().__init__(detail)
        self.status, self.title = PROBLEMS[code]
        self.code = code
        self.detail = detail
        self.headers = headers or {}

    def body(self) -> bytes:
        """The problem as JSON."""
        return msgspec.json.encode(Problem("about:blank", self.title, self.status, self.detail, self.code))
