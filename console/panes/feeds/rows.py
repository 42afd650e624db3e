"""Feeds as rows of the grid, and what the chosen one's state means. Pure functions of a record and a wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import format as written
from console.format import Wall
from console.panes import cells
from widgets.cells import Cell, Line
from widgets.columns import Column
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.models import Leader
    from storage.queries.feeds import FeedRow

COLUMNS = (
    Column("feed", "Feed", 18),
    Column("source", "Source", 18, rank=5),
    Column("state", "State", 14),
    Column("asked", "asked", 8, align="right", rank=3),
    Column("as_of", "data as of", 12, align="right", rank=1),
    Column("lag", "lag", 6, align="right", rank=4),
    Column("rows", "rows", 8, align="right"),
    Column("changes", "changes/h", 9, align="right", rank=2),
    Column("aside", "set aside", 9, align="right"),
    Column("error", "last error", 26, grow=True),
)


def feed_row(feed: FeedRow, wall: Wall, meaning: str = "") -> Row:
    """A feed in the columns above; what its state means stands in for an error, where it is not as it should be."""
    means = "" if feed.level == "ok" else meaning
    return Row(
        feed.id,
        (
            Cell(feed.feed, "strong"),
            Cell(feed.source, "dim"),
            Cell(feed.word, cells.fresh_style(feed.level)),
            asked_cell(feed, wall),
            Cell(wall.seconds(feed.as_of), "" if feed.as_of else "dim"),
            Cell("" if feed.as_of is None else written.in_words(feed.lag)),
            cells.number_cell(feed.rows),
            cells.number_cell(feed.changes),
            Cell(written.number(feed.set_aside), "late" if feed.set_aside else "dim"),
            Cell(feed.error or feed.aside or feed.mended or means, "late"),
        ),
    )


def asked_cell(feed: FeedRow, wall: Wall) -> Cell:
    """When the source last answered; while that is a moment ago it does not tick."""
    if feed.asked_at is None:
        return Cell(written.UNKNOWN, "dim")
    seconds = (wall.now - feed.asked_at).total_seconds()
    return Cell("<15 s" if seconds < 15 else written.in_words(wall.now - feed.asked_at))


def leader_words(leader: Leader | None, wall: Wall) -> str:
    """Who fetches: `syncer running on yard-2, pid 4121`."""
    if leader is None:
        return "no syncer has run yet"
    if leader.stopped_at is not None:
        return f"the syncer on {leader.host} ended {wall.time(leader.stopped_at)}"
    return f"syncer on {leader.host}, pid {leader.pid}"


def answer(feed: FeedRow, wall: Wall, meaning: str) -> list[Line]:
    """What its state means for the screens, its error in full, and when it is tried again."""
    lines: list[Line] = [[(feed.word, cells.fresh_style(feed.level)), (f"   {meaning}", "")]]
    if feed.error:
        lines.append([(feed.error, "late")])
    if feed.aside:
        count = "1 record" if feed.set_aside == 1 else f"{written.number(feed.set_aside)} records"
        lines.append([(f"{count} set aside, the latest: {feed.aside}", "late")])
    if feed.mended and feed.mended_at:
        lines.append([(f"{wall.time(feed.mended_at)} {feed.mended}", "late")])
    if feed.retry_at is not None and feed.retry_at > wall.now:
        lines.append([(f"tried again {wall.until(feed.retry_at)}, at {wall.seconds(feed.retry_at)}", "")])
    if feed.loading:
        lines.append([(f"{written.of(feed.loaded_rows, feed.expected_rows)} rows loaded", "")])
    if feed.changed_at is not None:
        lines.append([(f"rows last changed here {wall.seconds(feed.changed_at)}", "dim")])
    return lines
