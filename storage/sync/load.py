"""A snapshot of one feed on its way into the cache."""

from dataclasses import dataclass, field
from datetime import datetime

from storage.sync import apply
from storage.upstreams.base import SnapshotPage, Stamp


@dataclass(slots=True)
class Load:
    """What is known of a snapshot that is being taken in; see `storage.sync.intake`."""

    began: datetime
    pages: int
    count: int
    digest: str | None
    stamp: Stamp
    any_rev: bool
    first: bool
    """The source had no rows of the feed before."""
    taken_pages: int = 0
    taken: int = 0
    bad: int = 0
    nameless: int = 0
    seen: set[str] = field(default_factory=set)

    def count_in(self, page: SnapshotPage, rows: apply.Rows) -> None:
        """Take note of a page that is in the cache now."""
        self.taken_pages += 1
        self.taken += len(rows.rows) + len(rows.bad)
        self.bad += len(rows.bad)
        self.nameless += rows.nameless
        self.digest = self.digest or page.digest
        self.seen |= rows.known_ids

    @property
    def complete(self) -> bool:
        """Whether all its pages are in the cache."""
        return self.taken_pages >= self.pages
