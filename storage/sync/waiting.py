"""Pages of a snapshot that wait to be written together."""

from storage.clock import elapsed
from storage.sync import apply
from storage.upstreams.base import SnapshotPage

ROWS_AT_ONCE, WAIT_S = 4000, 0.25
"""Pages wait for each other until either is reached."""
MOST_AT_ONCE, HOLD_S = 12_000, 0.2
"""Where so many rows take less than this to write, more are written at once."""

Page = tuple[SnapshotPage, apply.Rows]


class Waiting:
    """Pages of the snapshots of one source, until they are enough for one transaction.

    The keys of most indexes come in no order, so each transaction writes nearly all leaves of an index, however many
    rows it brings: few large ones cost a third less than many small ones. How large is told by the time that the last
    one took, so that whoever else writes (a note of a person) waits about `HOLD_S` for its turn while a feed is loaded;
    readers never wait.
    """

    def __init__(self) -> None:
        """None wait."""
        self._pages: list[Page] = []
        self._rows = 0
        self._since = 0.0
        self._at_once = ROWS_AT_ONCE

    def add(self, page: SnapshotPage, rows: apply.Rows) -> bool:
        """Have a page wait with the others; gives whether they are to be written now."""
        if not self._pages:
            self._since = elapsed()
        self._pages.append((page, rows))
        self._rows += len(rows.rows)
        return self._rows >= self._at_once or elapsed() - self._since >= WAIT_S

    def taken(self) -> list[Page]:
        """All that wait; none wait after it."""
        pages, self._pages, self._rows = self._pages, [], 0
        return pages

    def took(self, rows: int, seconds: float) -> None:
        """Take note that the writers' lock was held so long for so many rows."""
        fitting = int(rows * HOLD_S / max(seconds, 0.001))
        self._at_once = min(max(fitting, ROWS_AT_ONCE), MOST_AT_ONCE)
