"""What the trains of the next hours need a person for: their causes of risk, but for what has a source of its own."""

from collections.abc import Iterator

from storage.queries.acts.act import Act, Facts
from storage.queries.trains import FEEDS

__all__ = ["FEEDS", "acts"]


def acts(facts: Facts) -> Iterator[Act]:
    """One a cause."""
    for row in facts.trains:
        for cause in row.causes:
            if cause.level in ("act", "watch") and cause.kind != "conflict":
                yield Act(
                    level=cause.level, by=cause.by, subject=row.number, words=(cause.words,), short=(cause.words,),
                    kind="train", id=row.id, unsure=row.unsure,
                )  # fmt: skip
