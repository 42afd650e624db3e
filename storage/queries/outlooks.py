"""Trains with how they leave as planned: what the list has, and the counts that take every box of every train."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.leaving import Leaves
from storage.figures.policy import DEFAULT, Moment, Policy
from storage.queries.columns import Column
from storage.queries.criteria import EVERYTHING, Criteria, Sort
from storage.queries.outbound import leave_as_planned
from storage.queries.train_boxes import FEEDS
from storage.queries.trains import TRAINS, TrainRow
from storage.queries.views import Page, View

COLUMNS = (
    Column("make_it", "Make it", "number", "Boxes that make it when it leaves as planned.", "boxes"),
    Column("miss_it", "Miss it", "number", "Boxes that miss it then.", "boxes"),
    Column("cannot_tell", "Cannot tell", "number", "Boxes of which nobody can tell; the three are booked.", "boxes"),
)


class OutlookRow(TrainRow, frozen=True, kw_only=True):
    """A visit, and how many of its boxes make it, miss it, may do either; None for one that does not depart."""

    make_it: int | None
    miss_it: int | None
    cannot_tell: int | None


class _Outlooks(View[OutlookRow]):
    """Counts the boxes of the rows that are asked for only, unless it is by the counts that they are chosen."""

    def page(
        self,
        session: Session,
        clock: Clock,
        criteria: Criteria = EVERYTHING,
        sort: Sort | None = None,
        *,
        offset: int = 0,
        limit: int | None = None,
        policy: Policy = DEFAULT,
    ) -> Page[OutlookRow]:
        sort = sort or self.sort()
        asked = [term.column for term in criteria.terms] + [column for column, _ in sort.keys]
        if any(column in COLUMNS for column in asked):
            return super().page(session, clock, criteria, sort, offset=offset, limit=limit, policy=policy)
        page = TRAINS.page(session, clock, criteria, sort, offset=offset, limit=limit, policy=policy)
        return Page(page.total, page.offset, tuple(_counted(session, page.rows, Moment.of(clock, policy))))


def _read(session: Session, statement: Select[Any], moment: Moment) -> Sequence[OutlookRow]:
    return _counted(session, TRAINS.read(session, statement, moment), moment)


def _counted(session: Session, rows: Sequence[TrainRow], moment: Moment) -> list[OutlookRow]:
    leaving = leave_as_planned(session, rows, moment)
    return [_row(row, leaving.get(row.id)) for row in rows]


def _row(row: TrainRow, leaves: Leaves | None) -> OutlookRow:
    known: dict[str, Any] = {name: getattr(row, name) for name in row.__struct_fields__}
    if leaves is None:
        return OutlookRow(**known, make_it=None, miss_it=None, cannot_tell=None)
    made, missed, unsure = (sum(part.values()) for part in (leaves.make_it, leaves.miss_it, leaves.cannot_tell))
    return OutlookRow(**known, make_it=made, miss_it=missed, cannot_tell=unsure)


OUTLOOKS: View[OutlookRow] = _Outlooks(
    name=TRAINS.name,
    title=TRAINS.title,
    columns=(*TRAINS.columns, *COLUMNS),
    feeds=tuple(dict.fromkeys((*TRAINS.feeds, *FEEDS))),
    read=_read,
    default_sort=TRAINS.default_sort,
    statement=TRAINS.statement,
    presets=TRAINS.presets,
)
"""Every visit, for whoever reads them without a screen."""
