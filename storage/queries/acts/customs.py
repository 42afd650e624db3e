"""Boxes that customs releases too late for their train, and those that nobody has declared.

Once the customs cut-off is past they are boxes that it blocks, which the acts of trains tell: customs is asked for them
all at once then, and no slot helps.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from storage.figures.expected_release import LEAST_RELEASES, percentile
from storage.figures.stays import GONE
from storage.models import Declaration, table_of
from storage.queries.acts.act import Act, Facts, Phrase
from storage.queries.acts.trains import past_cutoffs
from storage.queries.customs import DECLARATIONS, FEEDS, DeclarationRow

__all__ = ["FEEDS", "acts"]

MINUTE = timedelta(minutes=1)

_decl = table_of(Declaration).c


def acts(facts: Facts) -> Iterator[Act]:
    """Those that are late, one a train and lane; those that may be, and what is not declared, one a train."""
    now = facts.moment.now
    told = {row.id for row in facts.trains if row.phase not in GONE and "customs" in past_cutoffs(row)}
    criteria, sort = DECLARATIONS.filter("margin<0 open:yes"), DECLARATIONS.sort("cutoff_at")
    by_train: defaultdict[tuple[str, str], list[DeclarationRow]] = defaultdict(list)
    for row in DECLARATIONS.page_of(facts.queue, facts.session, criteria, sort).rows:
        if row.train_id is not None and row.train_id not in told:
            by_train[row.train_id, row.lane or "no lane"].append(row)
    for (train, lane), rows in by_train.items():
        yield _late(train, lane, rows, now)
    yield from _of_trains(facts)


def _late(train: str, lane: str, rows: list[DeclarationRow], now: datetime) -> Act:
    what = _counted(lane, rows)
    after = sorted({-row.margin // MINUTE * MINUTE for row in rows if row.margin is not None})
    between = " and " if len(after) == 2 else " to "
    spans: Phrase = (after[0],) if len(after) == 1 else (after[0], between, after[-1])
    helps = "ask for a slot, or roll" if lane == "red" else "ask customs to take it first, or roll"
    if rows[0].cutoff_at is not None and rows[0].cutoff_at < now:
        helps = "roll, or ask for a later departure"
    return Act(
        level="act", by=rows[0].cutoff_at, subject=rows[0].train or train, kind="train", id=train,
        words=(f"{what} ", *spans, " after the customs cut-off"), helps=(helps,),
        short=(f"{what} after the cut-off",), unsure=any(row.unsure for row in rows),
    )  # fmt: skip


def _counted(lane: str, rows: list[DeclarationRow]) -> str:
    """`2 red-lane boxes clear`; declarations of several boxes are counted as such."""
    boxes, count = sum(row.boxes for row in rows), len(rows)
    if boxes == count:
        return f"1 {lane}-lane box clears" if count == 1 else f"{count} {lane}-lane boxes clear"
    return f"{boxes} boxes of {count} {lane}-lane decl. clear"


def _of_trains(facts: Facts) -> Iterator[Act]:
    now = facts.moment.now
    usual = _usual(facts) if any(cause.kind == "undeclared" for row in facts.trains for cause in row.causes) else None
    for row in facts.trains:
        for cause in row.causes:
            if cause.kind == "clearance" and cause.level == "watch":
                yield Act(
                    level="watch", by=cause.by, subject=row.number, words=(cause.words,),
                    helps=("ask customs to take them first",), short=(cause.words,), kind="train", id=row.id,
                    unsure=row.unsure,
                )  # fmt: skip
            elif cause.kind == "undeclared" and cause.by is not None:
                by = cause.by if usual is None else cause.by - usual
                helps, short = _declaring(cause.by, usual, now)
                yield Act(
                    level="watch", by=by, subject=row.number, words=(f"{cause.words} in the yard",), helps=helps,
                    short=(cause.words, *short), kind="train", id=row.id, unsure=row.unsure,
                )  # fmt: skip


def _declaring(cutoff: datetime, usual: timedelta | None, now: datetime) -> tuple[Phrase, Phrase]:
    """What helps with boxes that nobody has declared, and in short; too late for the usual way, only a favour does."""
    if usual is None:
        return ("declare before ", cutoff), (", by ", cutoff)
    by = cutoff - usual
    if by < now:
        instead = "declare at once and ask customs to take them first, or roll"
        return (f"{instead}; too late for the usual way since ", by), (": declare at once, or roll",)
    return ("declare by ", by, " to clear before ", cutoff), (", by ", by)


def _usual(facts: Facts) -> timedelta | None:
    """The median time from submission to release of the last day; None with too few of them."""
    now = facts.moment.now
    released = select(_decl.released_at, _decl.submitted_at).where(
        _decl.released_at > now - timedelta(hours=24), _decl.released_at <= now, _decl.submitted_at.is_not(None)
    )
    spans = [row.released_at - row.submitted_at for row in facts.session.connection().execute(released)]
    return percentile(spans, 0.5) if len(spans) >= LEAST_RELEASES else None
