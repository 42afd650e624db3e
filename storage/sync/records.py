"""Records of a feed, written or deleted together with what is written down beside them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from sqlmodel import Session

from storage.models.base import to_ms
from storage.models.local import FeedState
from storage.sync import apply, quarantine
from storage.sync.leader import Lead
from storage.sync.load import Load
from storage.sync.states import feed_state

DELETE_AT_ONCE = 2000
SHRINK_SHARE, SHRINK_ROWS = 0.3, 20
"""A snapshot that loses more than both is held back until the source says the same again."""


def write(
    session: Session,
    now: datetime,
    state: FeedState,
    rows: apply.Rows,
    *,
    new: apply.Rows | None = None,
    any_rev: bool = False,
    first: bool = False,
) -> int:
    """Rows, quarantine and `gen` together; gives the rows changed. `new`: those of the rows that are to be written."""
    changed = apply.write_rows(session, state.source, new or rows, any_rev=any_rev, first=first)
    if state.set_aside or rows.bad:
        quarantine.take_out(session, state.source, state.feed, rows.good_ids)
        quarantine.set_aside(session, state.source, state.feed, rows.bad, now)
        state.set_aside = quarantine.count(session, state.source, state.feed)
    if changed:
        moved(state, now)
    return changed


async def delete(lead: Lead, source: str, feed: str, ids: Sequence[str]) -> None:
    """Delete what a complete snapshot does not hold, a little at a time."""

    def some(session: Session, now: datetime, ids: Sequence[str]) -> None:
        if apply.delete_rows(session, feed, source, ids, to_ms(now)):
            moved(feed_state(session, source, feed), now)

    for start in range(0, len(ids), DELETE_AT_ONCE):
        await lead.write(partial(some, ids=ids[start : start + DELETE_AT_ONCE]))


def unseen(session: Session, feed: str, source: str, load: Load, but: Collection[str] = frozenset()) -> list[str]:
    """The rows that a complete snapshot does not hold, without those `but`."""
    if load.nameless:
        return []  # a record without a readable id may be any of them: then none is taken for deleted
    return [key for key in apply.ids_of(session, feed, source) if key not in load.seen and key not in but]


def shrinks(lost: int, rows: int) -> bool:
    """Whether a snapshot that lacks `lost` of `rows` is not to be believed at once."""
    return lost > max(SHRINK_ROWS, SHRINK_SHARE * rows)


def settle(session: Session, state: FeedState, began: datetime, but: Collection[str] = frozenset()) -> None:
    """A complete snapshot that was begun at `began` is in: what it did not hold is set aside no more."""
    if state.set_aside:
        quarantine.take_out_older(session, state.source, state.feed, began, but)
        state.set_aside = quarantine.count(session, state.source, state.feed)
    state.rows = apply.count_of(session, state.feed, state.source)


def moved(state: FeedState, now: datetime) -> None:
    """Rows of the feed came, changed or went."""
    state.gen += 1
    state.changed_at = now
    state.digest = None
