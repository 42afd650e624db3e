"""How many boxes stand in each bay, by one thing that tells them apart: as the leader keeps it, else counted here.

Counting a hundred thousand boxes takes many times as long as reading the few thousand numbers that it leads to, and
all the sessions of a terminal ask for the same ones. Where no tally holds it is counted each time: in a past state, in
a cache that is being loaded, and a moment after that.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Integer, Select, bindparam, case, cast, func, select, text
from sqlmodel import Session

from storage.models import Container, FeedState, YardTally, feed_name, table_of
from storage.models.yard import STANDS

By = Literal["size", "plugs", "load", "customs", "owner"]
ALL: tuple[By, ...] = get_args(By)
FEED = feed_name(Container)
NO_BAY, NO_KEY = -1, ""
"""What the tally has for a bay, and a key, that is not known."""
NEEDLESS = "needless"
"""An empty box of which customs says nothing."""

_box, _tally, _state = table_of(Container).c, table_of(YardTally).c, table_of(FeedState).c

KEYS: Mapping[By, ColumnElement[Any]] = {
    "size": _box.size_type,
    "plugs": case((_box.plugged, "used")),
    "load": case((_box.full, "full"), (_box.full.is_(False), "empty")),
    "customs": case((_box.customs.is_not(None), _box.customs), (_box.full.is_(False), NEEDLESS)),
    "owner": _box.owner,
}
"""What tells boxes apart; NULL is unknown."""
OF_SOME = ("plugs",)
"""Those that are told of some boxes only: one without the key is not counted."""


def is_kept(session: Session) -> bool:
    """Whether the leader's tally is of the boxes as they stand now."""
    states = session.connection().execute(select(_state.gen, _state.tallied).where(_state.feed == FEED)).all()
    return bool(states) and all(state.tallied == state.gen for state in states)


def by_block(session: Session, by: By, block: str | None = None) -> Iterator[tuple[str, str | None, int]]:
    """Block, key (None: unknown) and boxes; of one block, or of all. The same key may come more than once."""
    if is_kept(session):
        chosen = _KEPT_BY_BLOCK if block is None else _KEPT_BY_BLOCK.where(_tally.block_id == block)
    else:
        chosen = _counted_by_block(COUNTED[by] if block is None else COUNTED[by].where(_box.block_id == block))
    for name, key, boxes in session.connection().execute(chosen, {"by": by}):
        yield name, key or None, boxes


def by_bay(session: Session, by: By) -> Iterator[tuple[str, int | None, str | None, int]]:
    """Block, bay, key (each None where unknown) and boxes. The same key may come more than once."""
    chosen = _KEPT if is_kept(session) else COUNTED[by]
    for name, bay, key, boxes in session.connection().execute(chosen, {"by": by}):
        yield name, None if bay == NO_BAY else bay, key or None, boxes


def _counted(by: By) -> Select[Any]:
    key = KEYS[by].label("key")
    chosen = select(_box.block_id.label("block"), _box.bay, key, func.count().label("boxes")).where(text(STANDS))
    if by in OF_SOME:
        chosen = chosen.where(KEYS[by].is_not(None))
    return chosen.group_by(_box.block_id, _box.bay, key)


COUNTED: Mapping[By, Select[Any]] = {by: _counted(by) for by in ALL}
"""What stands, counted on the spot: block, bay, key, boxes."""
_KEPT = select(_tally.block_id, _tally.bay, _tally.key, _tally.boxes).where(_tally.by == bindparam("by"))
_KEPT_BY_BLOCK = (
    select(_tally.block_id, _tally.key, cast(func.sum(_tally.boxes), Integer))
    .where(_tally.by == bindparam("by"))
    .group_by(_tally.block_id, _tally.key)
)


def _counted_by_block(counted: Select[Any]) -> Select[Any]:
    """By bay first, as the boxes lie in their index."""
    bays = counted.subquery().c
    return select(bays.block, bays.key, cast(func.sum(bays.boxes), Integer)).group_by(bays.block, bays.key)
