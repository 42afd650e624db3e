"""Visits that collide on a track."""

from collections.abc import Iterator

from storage.queries.acts.act import Act, Facts
from storage.queries.tracks import FEEDS

__all__ = ["FEEDS", "acts"]


def acts(facts: Facts) -> Iterator[Act]:
    """One a conflict, though both trains carry it."""
    told: set[str] = set()
    for row in facts.trains:
        for cause in row.causes:
            if cause.kind == "conflict" and cause.level == "act" and cause.words not in told:
                told.add(cause.words)
                yield Act(
                    level="act", by=cause.by, subject=row.number, words=(cause.words,), short=(cause.words,),
                    kind="tracks", id=row.id, unsure=row.unsure,
                )  # fmt: skip
