"""Declarations that are expected to be released only after the customs cut-off of their train."""

from collections import defaultdict
from collections.abc import Iterator

from storage.queries.acts.act import Act, Facts
from storage.queries.customs import DECLARATIONS, FEEDS, DeclarationRow

__all__ = ["FEEDS", "acts"]


def acts(facts: Facts) -> Iterator[Act]:
    """One a train and lane."""
    criteria, sort = DECLARATIONS.filter("margin<0 open:yes"), DECLARATIONS.sort("cutoff_at")
    by_train: defaultdict[tuple[str, str], list[DeclarationRow]] = defaultdict(list)
    for row in DECLARATIONS.page(facts.session, facts.clock, criteria, sort, policy=facts.policy).rows:
        if row.train_id is not None:
            by_train[row.train_id, row.lane or "no lane"].append(row)
    for (train, lane), rows in by_train.items():
        count = len(rows)
        what = f"1 {lane}-lane declaration clears" if count == 1 else f"{count} {lane}-lane declarations clear"
        late = max(-row.margin for row in rows if row.margin is not None)
        words = (f"{what} up to ", late, " after the customs cut-off") if count > 1 else (
            f"{what} ", late, " after the customs cut-off",
        )  # fmt: skip
        yield Act(
            level="act", by=rows[0].cutoff_at, subject=rows[0].train or train, words=words,
            helps=("ask for a slot, or roll" if lane == "red" else "ask customs, or roll",),
            short=(f"{count} {lane}-lane decl. clear after the cut-off",), kind="train", id=train,
        )  # fmt: skip
