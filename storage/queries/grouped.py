"""Far down a long list: rows are counted group by group, and only the groups in sight are sorted.

SQL comes to the fifty-thousandth row by sorting all that stand before it. Where an index can count the rows that share
the first thing they are sorted by, those before the ones in sight need not be sorted, only counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, literal, or_, select, union_all


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """Those rows of a table that are counted in one way.

    `counted` selects for each of their groups its `label` (what its rows are sorted by first), its `key` and how many
    `rows` it has. They are the rows for which `holds` is true, never NULL, and `key` tells a row's group. An index that
    counts only some rows has `known`: what the columns of that name say of every one of them.
    """

    counted: Select[Any, Any, Any]
    holds: ColumnElement[bool]
    key: ColumnElement[Any]
    known: Mapping[str, Any] = field(default_factory=dict)

    def under(self, where: Sequence[ColumnElement[bool]]) -> "Share":
        """Those of them for which these conditions hold too."""
        if not where:
            return self
        holds = func.coalesce(and_(*where), false())
        return replace(self, counted=self.counted.where(holds), holds=and_(self.holds, holds))

    def rows_of(self, keys: Sequence[Any]) -> ColumnElement[bool]:
        """The rows of the groups of these keys; one may be unknown."""
        known = self.key.in_([key for key in keys if key is not None])
        return and_(self.holds, or_(known, self.key.is_(None)) if None in keys else known)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """All rows that are sorted by the same label first: how many, and which."""

    label: Any
    size: int
    rows: ColumnElement[bool]


def counted(connection: Connection, shares: Sequence[Share], given: dict[str, Any], *, down: bool) -> list[Group]:
    """The groups of all shares in the order of their labels, turned round or not; unknown comes last either way."""
    every = union_all(*(share.counted.add_columns(literal(nth).label("nth")) for nth, share in enumerate(shares)))
    found = every.subquery()
    order = (found.c.label.desc() if down else found.c.label.asc()).nulls_last()
    in_order = connection.execute(select(found).order_by(order, found.c.nth), given).all()
    groups = []
    for label, same in groupby(in_order, key=lambda group: group.label):
        parts = list(same)
        rows = (
            shares[nth].rows_of([part.key for part in of_share])
            for nth, of_share in groupby(parts, key=lambda part: part.nth)
        )
        groups.append(Group(label, sum(part.rows for part in parts), or_(*rows)))
    return groups


def around(groups: Sequence[Group], places: range) -> tuple[ColumnElement[bool], int]:
    """The rows of the groups in which these places are, and how many stand before the first of those."""
    before, passed, chosen = 0, 0, []
    for group in groups:
        if passed + group.size <= places.start:
            before += group.size
        elif passed < places.stop:
            chosen.append(group.rows)
        passed += group.size
    return or_(*chosen), before


def beside(groups: Sequence[Group], label: Any) -> tuple[ColumnElement[bool], int]:
    """The rows of this label, and how many stand before the first of them."""
    nth = next(nth for nth, group in enumerate(groups) if group.label == label)
    return groups[nth].rows, sum(group.size for group in groups[:nth])
