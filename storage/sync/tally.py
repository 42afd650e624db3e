"""Keeping the tally of the yard: with each change of boxes by what changed, and anew where it does not hold.

A change costs what its own boxes cost, however many stand. A load is not followed box by box, nor is a change of very
many: until it is through, and `bring_up` has counted all, readers count for themselves; see `storage.figures.tally`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import bindparam, select, text, update
from sqlmodel import Session

from storage.cache import Cache
from storage.figures.tally import ALL, COUNTED, FEED, KEYS, NO_BAY, NO_KEY, OF_SOME, By, is_kept
from storage.models import Container, FeedState, YardTally, table_of
from storage.models.yard import STANDS
from storage.retention import Write

MOST_FOLLOWED = 1000
"""More boxes come in one change after a long silence, with others behind it: they are counted once, when it is over."""
READ_AT_ONCE, WRITTEN_AT_ONCE = 500, 4000
"""Boxes that are asked for by one question, and groups that are counted anew in one transaction."""
Group = tuple[By, str, str, int]
"""By what, block, key, bay."""
Tally = Counter[Group]
"""Group to its boxes."""

_box, _tally, _state = table_of(Container).c, table_of(YardTally), table_of(FeedState)
_OF_BOXES = select(_box.block_id, _box.bay, *(KEYS[by] for by in ALL)).where(
    text(STANDS), _box.id.in_(bindparam("ids", expanding=True))
)
# In SQL's own words, which both databases understand: made by SQLAlchemy, a row would cost as much again.
_MORE = (
    'INSERT INTO yard_tally ("by", block_id, "key", bay, boxes) VALUES (?, ?, ?, ?, ?) '
    'ON CONFLICT ("by", block_id, "key", bay) DO UPDATE SET boxes = yard_tally.boxes + excluded.boxes'
)
_NONE_LEFT = 'DELETE FROM yard_tally WHERE "by" = ? AND block_id = ? AND "key" = ? AND bay = ? AND boxes = 0'


@contextmanager
def kept(session: Session, feed: str, ids: Sequence[str]) -> Iterator[None]:
    """Around what changes the records `ids` of a feed, in one transaction: a tally that holds before holds after.

    Unless there are too many; then it holds again after `bring_up`.
    """
    if feed != FEED or len(ids) > MOST_FOLLOWED or not is_kept(session):
        yield
        return
    before = _of(session, ids)
    yield
    after = _of(session, ids)
    after.subtract(before)
    _add(session, [(group, boxes) for group, boxes in after.items() if boxes])
    _mark(session)


def bring_up(cache: Cache, write: Write) -> None:
    """Count all that stands, when the tally does not hold and no boxes are being loaded.

    For the thread that writes: between counting and writing nobody else may change a box.
    """
    with cache.read() as session:
        loading = select(_state.c.loading).where(_state.c.feed == FEED)
        states = session.connection().execute(loading).scalars().all()
        if not states or any(states) or is_kept(session):
            return
        counted = _counted(session)
        counted.subtract(_kept(session))
    changes = sorted((group, boxes) for group, boxes in counted.items() if boxes)
    # A tally that does not hold is read by nobody: it may be written bit by bit, and no other writer waits for long.
    for start in range(0, len(changes), WRITTEN_AT_ONCE):
        with write() as session:
            _add(session, changes[start : start + WRITTEN_AT_ONCE])
    with write() as session:
        _mark(session)


def forget(session: Session) -> None:
    """Have all counted anew: boxes went without being followed."""
    session.connection().execute(update(_state).where(_state.c.feed == FEED).values(tallied=None))


def _of(session: Session, ids: Sequence[str]) -> Tally:
    """What these boxes add to the tally."""
    found: Tally = Counter()
    for start in range(0, len(ids), READ_AT_ONCE):
        some = session.connection().execute(_OF_BOXES, {"ids": ids[start : start + READ_AT_ONCE]})
        for block, bay, *keys in some:
            for by, key in zip(ALL, keys, strict=True):
                if key is not None or by not in OF_SOME:
                    found[_group(by, block, key, bay)] += 1
    return found


def _counted(session: Session) -> Tally:
    found: Tally = Counter()
    for by in ALL:
        for block, bay, key, boxes in session.connection().execute(COUNTED[by]):
            found[_group(by, block, key, bay)] += boxes
    return found


def _kept(session: Session) -> Tally:
    columns = _tally.c
    rows = session.connection().execute(select(columns.by, columns.block_id, columns.key, columns.bay, columns.boxes))
    return Counter({(by, block, key, bay): boxes for by, block, key, bay, boxes in rows})


def _group(by: By, block: str, key: str | None, bay: int | None) -> Group:
    return by, block, key or NO_KEY, NO_BAY if bay is None else bay


def _add(session: Session, changes: Sequence[tuple[Group, int]]) -> None:
    """Write by how much each of these groups has more or fewer boxes."""
    if not changes:
        return
    connection = session.connection()
    sign = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(_MORE.replace("?", sign), [(*group, boxes) for group, boxes in changes])
    if fewer := [group for group, boxes in changes if boxes < 0]:
        connection.exec_driver_sql(_NONE_LEFT.replace("?", sign), fewer)


def _mark(session: Session) -> None:
    session.flush()
    session.connection().execute(update(_state).where(_state.c.feed == FEED).values(tallied=_state.c.gen))
