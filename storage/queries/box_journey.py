"""What a box has been through, out of its own history and of what trucks, customs and cranes did to it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

import msgspec
from sqlalchemy import Table, select
from sqlmodel import Session

from storage.figures.policy import Moment
from storage.models import HISTORY, Block, Container, Crane, GateVisit, Inspection, WorkInstruction, table_of
from storage.queries.customs import DeclarationRow
from storage.queries.records import records

FEEDS = ("containers", "gate_visits", "inspections", "work_instructions", "cranes", "blocks")
MOST_VERSIONS = 2_000
NEAR = timedelta(minutes=3)
"""A crane's move and the change of place it made are reported within this."""

EventKind = Literal["place", "gate", "customs", "train", "hold", "note"]
_FIELDS = (
    "place", "state", "block_id", "bay", "row", "tier", "train_id", "rolled", "holds", "customs", "received_at",
    "inbound_train_id", "departed_at", "vehicle", "changed_at",
)  # fmt: skip
_visit, _inspection, _work = table_of(GateVisit).c, table_of(Inspection).c, table_of(WorkInstruction).c


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a box."""

    at: datetime
    kind: EventKind
    words: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A reading of a reefer, or a change of its set-point or plug."""

    at: datetime
    setpoint_c: float | None
    reading_c: float | None
    plugged: bool | None


def journey(
    session: Session, moment: Moment, box: str, declarations: Sequence[DeclarationRow], trains: Mapping[str, str]
) -> tuple[Event, ...]:
    """What happened to the box up to the view's time, newest first. `trains`: train id to its number."""
    found = [
        *_moves(session, moment, box, trains), *_gate(session, box), *_customs(session, box, declarations),
    ]  # fmt: skip
    happened = {(event.at, event.words): event for event in found if event.at <= moment.now}
    return tuple(sorted(happened.values(), key=lambda event: (event.at, event.words), reverse=True))


# ------------------------------------------------------------------------------------------------------- its versions
def _versions(session: Session, moment: Moment, box: str, fields: Sequence[str]) -> list[Any]:
    """The versions of a box, oldest first, as this cache knew them at the view's time."""
    connection, live, past = session.connection(), table_of(Container), HISTORY["containers"]

    def chosen(table: Table) -> Any:
        return select(table.c.observed, *(table.c[name] for name in fields)).where(table.c.id == box)

    ended = chosen(past).where(past.c.until <= moment.machine_now).order_by(past.c.observed.desc())
    closed = connection.execute(ended.limit(MOST_VERSIONS)).all()
    return [*reversed(closed), *connection.execute(chosen(live))]


def readings(session: Session, moment: Moment, box: str) -> tuple[Reading, ...]:
    """The log of a reefer, newest first: what differs from the reading before."""
    fields = ("setpoint_c", "reading_c", "plugged", "read_at")
    found: list[Reading] = []
    for row in _versions(session, moment, box, fields):
        at = row.read_at or row.observed + moment.offset
        each = Reading(at=at, setpoint_c=row.setpoint_c, reading_c=row.reading_c, plugged=row.plugged)
        before = found[-1] if found else None
        if before is None or (before.at, before.setpoint_c, before.plugged) != (at, each.setpoint_c, each.plugged):
            found.append(each)
    return tuple(reversed(found))


def _moves(session: Session, moment: Moment, box: str, trains: Mapping[str, str]) -> Iterator[Event]:
    versions = _versions(session, moment, box, _FIELDS)
    blocks = {block.id: block.name for block in records(session, Block)}
    done = _moves_done(session, box)
    first = versions[0] if versions else None
    if first is not None and first.block_id and first.received_at:
        yield _placed(first, first.received_at, blocks, done)
    for before, after in pairwise(versions):
        at = after.changed_at
        if address(after, blocks) != address(before, blocks) and after.block_id and after.place in ("yard", None):
            yield _placed(after, at, blocks, done)
        elif before.block_id and not after.block_id and after.departed_at is None:
            by = _by(done, at)
            yield Event(at=at, kind="place", words=f"lifted from {address(before, blocks)}{by}")
        if after.state == "loaded" != before.state:
            yield Event(at=at, kind="train", words=f"loaded on {_train(after, trains)}{_by(done, at)}")
        yield from _changes(before, after, trains)
    yield from _ends(versions[-1] if versions else None, trains)


def _changes(before: Any, after: Any, trains: Mapping[str, str]) -> Iterator[Event]:
    at = after.changed_at
    if before.train_id != after.train_id:
        words = f"booked on {_train(after, trains)}" if after.train_id else f"taken off {_train(before, trains)}"
        yield Event(at=at, kind="train", words=words)
    elif after.rolled and not before.rolled:
        yield Event(at=at, kind="train", words=f"rolled from {_train(after, trains)}")
    old, new = ({*(version.holds or "").split()} for version in (before, after))
    for code in sorted(new - old):
        yield Event(at=at, kind="hold", words=f"{code} hold")
    for code in sorted(old - new):
        yield Event(at=at, kind="hold", words=f"{code} hold lifted")
    if after.customs == "released" != before.customs:
        yield Event(at=at, kind="customs", words="released by customs")


def _ends(last: Any, trains: Mapping[str, str]) -> Iterator[Event]:
    """What the newest version says of its coming and going."""
    if last is None:
        return
    if last.received_at is not None:
        by = trains.get(last.inbound_train_id or "", last.inbound_train_id)
        words = f"discharged from {by}" if by else "received"
        yield Event(at=last.received_at, kind="train" if by else "gate", words=words)
    if last.departed_at is not None:
        yield Event(at=last.departed_at, kind="gate", words="left the terminal")


def _placed(version: Any, at: datetime, blocks: Mapping[str, str], done: Sequence[Any]) -> Event:
    return Event(at=at, kind="place", words=f"stacked {address(version, blocks)}{_by(done, at)}")


def address(version: Any, blocks: Mapping[str, str]) -> str:
    """`B3-14-02-3`; the block alone where no more is known."""
    if not version.block_id:
        return ""
    name = blocks.get(version.block_id, version.block_id)
    if None in (version.bay, version.row, version.tier):
        return str(name)
    return f"{name}-{version.bay:02}-{version.row:02}-{version.tier}"


def _train(version: Any, trains: Mapping[str, str]) -> str:
    return trains.get(version.train_id or "", version.train_id) or "a train"


def _moves_done(session: Session, box: str) -> Sequence[Any]:
    crane = table_of(Crane).c
    chosen = (
        select(_work.done_at, crane.name)
        .join_from(table_of(WorkInstruction), table_of(Crane), crane.id == _work.crane_id)
        .where(_work.container_id == box, _work.done_at.is_not(None))
    )
    return session.connection().execute(chosen).all()


def _by(done: Sequence[Any], at: datetime) -> str:
    """The crane whose move this was."""
    near = min(done, key=lambda move: abs(move.done_at - at), default=None)
    return f" by {near.name}" if near is not None and abs(near.done_at - at) <= NEAR else ""


# ------------------------------------------------------------------------------------------------------ gate, customs
def _gate(session: Session, box: str) -> Iterator[Event]:
    for visit in records(session, GateVisit, _visit.container_id == box):
        plate = f", truck {visit.plate}" if visit.plate else ""
        lane = f", lane {visit.lane.removeprefix('in ')}" if visit.lane else ""
        if visit.gated_in_at is not None:
            what = "gate in" if visit.direction == "in" else "truck in to fetch it"
            yield Event(at=visit.gated_in_at, kind="gate", words=f"{what}{lane}{plate}")
        if visit.gated_out_at is not None and visit.direction == "out":
            yield Event(at=visit.gated_out_at, kind="gate", words=f"gate out{plate}")


def _customs(session: Session, box: str, declarations: Sequence[DeclarationRow]) -> Iterator[Event]:
    for each in declarations:
        times = (
            (each.submitted_at, f"declaration {each.number} submitted"),
            (each.since if each.lane else None, f"{each.lane} lane"),
            (each.released_at, f"declaration {each.number} released"),
        )
        yield from (Event(at=at, kind="customs", words=words) for at, words in times if at is not None)
    for inspection in records(session, Inspection, _inspection.container_id == box):
        if inspection.ended_at is not None:
            result = f", {inspection.result}" if inspection.result else ""
            yield Event(at=inspection.ended_at, kind="customs", words=f"inspection {inspection.state}{result}")
