"""What keeps a declaration from being released, whose turn that is, and what would release it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from storage.figures.hours import Hours
from storage.figures.policy import Moment
from storage.figures.risk import Level
from storage.models import Declaration, Inspection
from storage.queries.containers import ContainerRow
from storage.queries.customs import DeclarationRow
from storage.queries.seals import SealRow

Phrase = tuple[str | datetime | timedelta, ...]
"""Words with times and lengths of time among them, which a screen writes by its own clock."""


class Obstacle(NamedTuple):
    """One thing in the way. `turn`: customs, broker, terminal or carrier; None where nobody here can do anything."""

    level: Level
    words: Phrase
    turn: str | None
    helps: Phrase = ()


def obstacles(
    row: DeclarationRow,
    declaration: Declaration,
    inspections: Sequence[Inspection],
    seals: Sequence[SealRow],
    boxes: Sequence[ContainerRow],
    hours: Hours,
    moment: Moment,
) -> Iterator[Obstacle]:
    """All of them, the one its state stands for first; none for a declaration that waits no more."""
    if not row.open and row.state != "draft":
        return
    yield _state(row, inspections, boxes)
    for seal in seals:
        if seal.alarm is not None and seal.risk == "act":
            yield Obstacle("act", (f"seal {seal.number} {seal.alarm}",), "customs", ("an officer looks at the lock",))
    expires = declaration.carnet_expires
    if expires is not None and expires <= moment.now:
        yield Obstacle("act", ("its carnet expired ", expires), "carrier", ("a valid carnet",))
    if not row.boxes:
        yield Obstacle("watch", ("no boxes stand under it",), "broker", ("the broker names its boxes",))
    opens = hours.after(moment.now, timedelta(milliseconds=1))
    if opens is not None and opens - moment.now > timedelta(minutes=1) and row.turn == "customs":
        yield Obstacle("watch", ("the customs office is shut",), "customs", ("it opens ", opens - _INSTANT))


_INSTANT = timedelta(milliseconds=1)


def _state(row: DeclarationRow, inspections: Sequence[Inspection], boxes: Sequence[ContainerRow]) -> Obstacle:
    if row.state in _SIMPLE:
        return _SIMPLE[row.state]
    if row.state == "rejected":
        words = f"it was rejected{_because(row.remark)}"
        return Obstacle("act", (words,), "broker", ("the broker corrects and submits it again",))
    if row.state == "detained":
        result = next((each.result for each in reversed(inspections) if each.result), None)
        words = f"the goods are detained{_because(result)}"
        return Obstacle("act", (words,), row.turn, ("nobody here can tell when",))
    if row.state == "inspection":
        return _inspection(row, inspections)
    if row.state == "documents required" and row.turn == "broker":
        asked = row.asked or "documents"
        return Obstacle("watch", (f"{asked} asked for",), "broker", (f"the broker hands in: {asked}",))
    return _turn_to_come(row, sum(box.received_at is None for box in boxes))


_SIMPLE = {
    "draft": Obstacle("watch", ("it is not submitted",), "broker", ("the broker submits it",)),
    "duty pending": Obstacle(
        "watch", ("duty is to be paid",), "broker", ("the broker pays, or gives a guarantee",)
    ),
}  # fmt: skip


def _because(why: str | None) -> str:
    return f": {why}" if why else ""


def _turn_to_come(row: DeclarationRow, outside: int) -> Obstacle:
    if row.turn == "carrier" or (outside and row.advance):
        return Obstacle("calm", (f"{outside} of its boxes not here yet",), "carrier", ("it goes on when they are in",))
    if row.lane is None:
        return Obstacle("calm", ("it has no lane yet",), row.turn, ("customs gives it one",))
    on_papers = row.lane == "yellow" or row.state == "documents required"
    words = "its papers are looked at" if on_papers else "customs releases it in its turn"
    return Obstacle("calm", (words,), row.turn, ("ask customs to take it first",))


def _inspection(row: DeclarationRow, inspections: Sequence[Inspection]) -> Obstacle:
    present = next((each for each in reversed(inspections) if each.ended_at is None), None)
    if row.slot_at is None:
        return Obstacle("act", ("inspection without a slot",), row.turn, ("ask for a slot",))
    bay = f"bay {row.bay}" if row.bay is not None else "a bay"
    if present is not None and present.state == "running":
        return Obstacle("calm", (f"inspection in {bay} since ", row.slot_at), row.turn, ("it passes",))
    if row.turn == "terminal":
        return Obstacle("watch", (f"inspection in {bay}, ", row.slot_at), "terminal", (f"the box is brought to {bay}",))
    return Obstacle("calm", (f"inspection in {bay}, ", row.slot_at), row.turn, ("ask for an earlier slot",))
