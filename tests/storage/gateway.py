"""A site gateway in memory that serves the native contract: the reference the adapter is held to.

`put` and `remove` change it; `faults` answers a request in its place; `as_of` and `now` are its clock.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.storage.loopback import Loopback, Reply, Request

START = datetime(2026, 11, 20, 2, 41, tzinfo=UTC)
Record = dict[str, Any]
SERVED = ("tracks", "trains", "containers", "seals")
"""A few feeds stand for all: each one more makes every test slower."""


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Gateway:
    """State, log and answers."""

    epoch: str = "first"
    token: str | None = None
    page_size: int = 3
    min_poll_s: float = 0.01
    feeds: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in SERVED})
    log: list[dict[str, Any]] = field(default_factory=list)
    forgotten: int = 0
    """Changes before this place in the log are no longer kept."""
    overlap: int = 0
    """Changes that each answer repeats from before the cursor."""
    scrambled: bool = False
    """Whether the changes of an answer come in the wrong order, and each of them twice."""
    now: datetime = START
    as_of: datetime | None = None
    faults: Callable[[Request], Reply | None] = lambda _request: None

    def __post_init__(self) -> None:
        self._cuts: dict[str, tuple[int, dict[str, dict[str, Record]]]] = {}
        self._rev = 0

    def put(self, feed: str, key: str, **values: Any) -> Record:
        """Make or change a record; gives it as it is served."""
        self._rev += 1
        before = self.feeds[feed].get(key, {})
        record = {**before, **values, "id": key, "rev": self._rev, "changed_at": iso(self.now)}
        self.feeds[feed][key] = record
        self._write(feed, "upsert", key, record)
        return record

    def remove(self, feed: str, key: str) -> None:
        """Delete a record; the log gets a tombstone."""
        self._rev += 1
        del self.feeds[feed][key]
        self._write(feed, "delete", key, None)

    def box(self, key: str, **values: Any) -> Record:
        """A container, the feed most tests use."""
        return self.put("containers", key, **{"number": "CSQU3054383", **values})

    def begin_anew(self, epoch: str) -> None:
        """Restored from a backup: another epoch, revisions from the start, an empty log."""
        self.epoch, self._rev, self.log, self.forgotten = epoch, 0, [], 0
        self._cuts.clear()

    def forget_log(self) -> None:
        """The retention of the log is over: no old cursor is good any more, since something else has happened."""
        self._write("drones", "delete", "d1", None)
        self.forgotten = len(self.log)

    def serve(self) -> Loopback:
        """A server of this gateway; use it as a context."""
        return Loopback(self.answer)

    def answer(self, request: Request) -> Reply:
        """The contract."""
        if (fault := self.faults(request)) is not None:
            return fault
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return problem(401, "unauthorized")
        parts = request.path.strip("/").split("/")
        match parts:
            case ["v1", "meta"]:
                return self._meta()
            case ["v1", "changes"]:
                return self._changes(request)
            case ["v1", "feeds", feed, "snapshot"] if feed in self.feeds:
                return self._snapshot(feed, request)
        return problem(404, "unknown_feed")

    def digest(self, feed: str, records: dict[str, Record]) -> str:
        """Of all that is served: a gateway set up anew counts its revisions from the start, whatever they are of."""
        return f'"{feed}-{hash(repr(sorted(records.items()))):x}"'

    def _write(self, feed: str, op: str, key: str, record: Record | None) -> None:
        entry = {"feed": feed, "op": op, "id": key, "rev": self._rev, "changed_at": iso(self.now)}
        self.log.append({**entry, "data": deepcopy(record)})

    def _times(self) -> dict[str, str]:
        return {"epoch": self.epoch, "as_of": iso(self.as_of or self.now), "server_time": iso(self.now)}

    def _cursor(self, place: int) -> str:
        return f"{self.epoch}:{place}"

    def _meta(self) -> Reply:
        feeds = [{"feed": name, "schema": 1, "count": len(rows)} for name, rows in self.feeds.items()]
        said = {"api_version": "1", "site": "Testport", "timezone": "Asia/Shanghai", "min_poll_s": self.min_poll_s}
        return body({**self._times(), **said, "feeds": feeds})

    def _changes(self, request: Request) -> Reply:
        epoch, _, place = request.query["since"].partition(":")
        if epoch != self.epoch:
            return problem(410, "epoch_changed")
        if int(place) < self.forgotten:
            return problem(410, "cursor_expired")
        start, limit = int(place), int(request.query["limit"])
        end = max(start, min(len(self.log), start + min(limit, self.page_size)))
        start = max(0, start - self.overlap)
        more = end < len(self.log)
        changes = [change for change in reversed(self.log[start:end]) for _ in "12"]
        items = {
            "items": changes if self.scrambled else self.log[start:end],
            "next": self._cursor(end),
            "more": more,
            "checkpoint": not more,
        }
        return body({**self._times(), **items})

    def _snapshot(self, feed: str, request: Request) -> Reply:
        cut = request.query.get("cut")
        if cut is None:
            cut = f"cut{len(self._cuts)}"
            self._cuts[cut] = (len(self.log), deepcopy(self.feeds))
        if cut not in self._cuts:
            return problem(410, "cut_expired")
        place, feeds = self._cuts[cut]
        place = max(place, self.forgotten)
        records, page = feeds[feed], int(request.query.get("page", 1))
        etag = self.digest(feed, records)
        if request.headers.get("if-none-match") == etag:
            times = self._times()
            headers = {"Dryport-Cut": cut, "Dryport-Cursor": self._cursor(place), "ETag": etag}
            headers |= {"Dryport-As-Of": times["as_of"], "Dryport-Server-Time": times["server_time"]}
            return Reply(status=304, headers=headers)
        pages = max(1, -(-len(records) // self.page_size))
        if not 1 <= page <= pages:
            return problem(404, "unknown_page")
        items = list(records.values())[(page - 1) * self.page_size : page * self.page_size]
        said = {"feed": feed, "cut": cut, "cursor": self._cursor(place), "page": page, "pages": pages}
        whole = {"count": len(records), "complete": page == pages, "items": items}
        return body({**self._times(), **said, **whole}, ETag=etag)


def body(value: object, **headers: str) -> Reply:
    return Reply(json.dumps(value, ensure_ascii=False).encode(), headers=headers)


def problem(status: int, code: str, **headers: str) -> Reply:
    said = {"type": "about:blank", "title": code, "status": status, "detail": f"because {code}", "code": code}
    return Reply(json.dumps(said).encode(), status, {"Content-Type": "application/problem+json", **headers})


def later(**by: float) -> datetime:
    return START + timedelta(**by)
