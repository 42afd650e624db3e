"""What stands under the declarations of a page: their boxes, the locks on them, and the states they went through."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session

from storage.figures.declared import WENT_BACK
from storage.figures.expressions import milliseconds
from storage.figures.seals import seal_alarm
from storage.models import HISTORY, Container, Declaration, DeclarationBox, Seal, table_of
from storage.queries.customs_queue import AT_ONCE, Queue, Tightest, choose_tightest, is_open
from storage.queries.gathered import gathered, unpacked

_decl, _link, _box, _seal = (table_of(model).c for model in (Declaration, DeclarationBox, Container, Seal))
_past = HISTORY["declarations"].c
_twins = table_of(DeclarationBox).alias("twin")
_twin = _twins.c


class Under(NamedTuple):
    """By declaration, but for `numbers`: container id to number. `shared` counts boxes that stand under another one."""

    tightest: dict[str, Tightest]
    numbers: dict[str, str | None]
    laned: dict[str, datetime | None]
    shared: dict[str, int]
    seals: dict[str, str]
    states: dict[str, list[str]]
    """Those that one whose state has led back went through before its present one, oldest first."""
    went_back: set[str]
    """Declarations whose state has led back."""


def under(session: Session, queue: Queue, declarations: Sequence[str]) -> Under:
    """What stands under these."""
    found = Under({}, {}, {}, {}, {}, {}, set())
    for first in range(0, len(declarations), AT_ONCE):
        some = declarations[first : first + AT_ONCE]
        _boxes(session, queue, some, found)
        _locks(session, queue, some, found)
    if found.went_back:
        _before(session, found.went_back, found)
    return found


def _boxes(session: Session, queue: Queue, declarations: Sequence[str], found: Under) -> None:
    run = session.connection().execute
    for identity, laned, flag in run(select(_decl.id, _decl.laned_at, _decl.flags).where(_decl.id.in_(declarations))):
        found.laned[identity] = laned
        if flag == WENT_BACK:
            found.went_back.add(identity)
    # Whatever waits has its tightest box already; of the others, and of those without a train, any box will do.
    rest = [identity for identity in declarations if queue.tightest(identity) is None]
    first = (
        select(_link.declaration_id, func.min(_link.container_id).label("box"))
        .where(_link.declaration_id.in_(rest))
        .group_by(_link.declaration_id)
        .subquery()
    )
    booked = select(first.c.declaration_id, first.c.box, _box.train_id).select_from(
        first.outerjoin(table_of(Container), _box.id == first.c.box)
    )
    found.tightest.update((each, Tightest._make(box)) for each, box in choose_tightest(run(booked), {}).items())
    tightest = [queue.tightest(each) or found.tightest.get(each) for each in declarations]
    chosen = [box.container_id for box in tightest if box is not None]
    found.numbers.update(run(select(_box.id, _box.number).where(_box.id.in_(chosen))).all())
    twins = (
        select(_link.declaration_id, func.count(_link.container_id.distinct()))
        .join_from(table_of(DeclarationBox), _twins, _twin.container_id == _link.container_id)
        .join(table_of(Declaration), _decl.id == _twin.declaration_id)
        .where(_link.declaration_id.in_(declarations), _twin.declaration_id != _link.declaration_id, is_open)
        .group_by(_link.declaration_id)
    )
    found.shared.update(run(twins).all())


def _locks(session: Session, queue: Queue, declarations: Sequence[str], found: Under) -> None:
    locks = (
        select(_link.declaration_id, _seal.number, _seal.state, _seal.seen_at, _seal.battery_percent)
        .join_from(table_of(DeclarationBox), table_of(Seal), _seal.container_id == _link.container_id)
        .where(_link.declaration_id.in_(declarations))
        .order_by(_seal.number)
    )
    for declaration, number, state, seen, battery in session.connection().execute(locks):
        alarm = seal_alarm(state, seen, battery, queue.moment.now, queue.moment.policy)
        if alarm is not None:
            found.seals.setdefault(declaration, f"seal {number} {alarm}")


def _before(session: Session, declarations: Collection[str], found: Under) -> None:
    versions = (
        select(_past.id, gathered(milliseconds(_past.observed)), gathered(_past.state))
        .where(_past.id.in_(declarations))
        .group_by(_past.id)
    )
    for identity, observed, states in session.connection().execute(versions):
        in_order = sorted(zip(unpacked(observed), unpacked(states), strict=True))
        found.states[identity] = [state for state, _ in groupby(state for _, state in in_order)]
