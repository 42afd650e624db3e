"""The way of a declaration through its states, and what cannot be right about one: said beside it, never hidden."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, literal_column

from storage.figures.registry import declare
from storage.models.customs import ENDED, LANES, STATES

_STAGE = {
    "draft": 0, "rejected": 0, "submitted": 1, "accepted": 2, "documents required": 2, "inspection": 2, "detained": 2,
    "duty pending": 3, "transit allowed": 4, "released": 4, "closed": 5, "cancelled": 5,
}  # fmt: skip
"""How far a state is on the way; within a stage a declaration goes to and fro."""
WENT_BACK = "state_back"
"""Flag of a record whose state has led back."""
MANY_BOXES = 1_000
"""More under one declaration are more than any train or barge takes."""

declare(
    "flagged", "Flagged", "declarations",
    """Declarations whose data cannot be right: released before they were submitted or entered their lane, released and
    in a state that still waits, without boxes, with a box that another open declaration has too, in a lane or a state
    nobody knows, with more than 1 000 boxes, or with a state that went backwards while it was synced here. They are
    shown with the reason, and each is counted once.""",
    "definition 14",
)  # fmt: skip


def is_backward(before: str, after: str) -> bool:
    """Whether a step leads back. To be rejected is none while it waits; a state nobody knows leads nowhere."""
    if before not in _STAGE or after not in _STAGE or before == after:
        return False
    if after == "rejected":
        return before in ENDED
    return _STAGE[after] < _STAGE[before]


def backward_steps(states: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The steps back among the states that a declaration went through, oldest first."""
    return ((before, after) for before, after in pairwise(states) if is_backward(before, after))


def stepped_back(before: ColumnElement[str], after: ColumnElement[str]) -> ColumnElement[bool]:
    """`is_backward` in SQL. Its words are written out, for a statement that binds its values by their places."""
    ended = before.in_([_word(state) for state in ENDED])
    return case((after == _word("rejected"), ended), else_=_stage(after) < _stage(before))


def _stage(state: ColumnElement[str]) -> ColumnElement[int]:
    return case(*((state == _word(each), literal_column(str(stage))) for each, stage in _STAGE.items()))


def _word(state: str) -> ColumnElement[str]:
    return literal_column(f"'{state}'")


class Declared(NamedTuple):
    """A declaration. `shared`: its boxes that another open one has too; `states`: those it went through, in order.

    `went_back`: some state that was seen once led back, also where it is no longer known which.
    """

    state: str
    lane: str | None
    submitted: datetime | None
    laned: datetime | None
    released: datetime | None
    boxes: int
    shared: int = 0
    states: Sequence[str] = ()
    went_back: bool = False


def oddities(declared: Declared, lanes: Collection[str] = LANES) -> tuple[str, ...]:
    """All that cannot be right about it, in words; `lanes` are those of the site."""
    return tuple(_oddities(declared, lanes))


def _oddities(declared: Declared, lanes: Collection[str]) -> Iterator[str]:
    state, lane, submitted, laned, released, boxes, shared, states, went_back = declared
    if released is not None and submitted is not None and released < submitted:
        yield "released before it was submitted"
    elif released is not None and laned is not None and released < laned:
        yield "released before it entered its lane"
    if released is not None and state in STATES and state not in ENDED:
        yield f"released, and still {state}"
    if not boxes:
        yield "no boxes"
    if boxes > MANY_BOXES:
        yield f"{boxes} boxes"
    if shared:
        yield f"{shared} of its boxes under another open declaration" if boxes > 1 else "its box has another one open"
    if lane is not None and lane not in lanes and lane not in LANES:
        yield f"lane '{lane}' is unknown"
    if state not in STATES:
        yield f"state '{state}' is unknown"
    steps = list(backward_steps((*states, state)))
    for before, after in steps:
        yield f"went back from {before} to {after}"
    if went_back and not steps:
        yield "its state went back"
