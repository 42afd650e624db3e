"""Visits that collide on a track, and which other track is free instead."""

from collections.abc import Iterator

from storage.queries.acts.act import Act, Facts, Phrase
from storage.queries.feeds import as_last_known
from storage.queries.tracks import Collision, collisions
from storage.queries.trains import FEEDS

__all__ = ["FEEDS", "acts"]


def acts(facts: Facts) -> Iterator[Act]:
    """One a conflict of the trains of the next hours."""
    known = as_last_known(facts.session, FEEDS, facts.moment)
    near = [row.id for row in facts.trains if any(cause.kind == "conflict" for cause in row.causes)]
    for each in collisions(facts.session, facts.moment._replace(now=known.at), near):
        conflict = each.conflict
        if not conflict.certain:
            continue
        words, short = _said(each)
        instead: Phrase = ()
        if each.instead is not None:
            until: Phrase = () if each.instead.until is None else (" till ", each.instead.until)
            instead = (f"track {each.instead.name} is free", *until)
            if each.instead.usable_m is not None:
                instead = (*instead, f", {each.instead.usable_m:g} m")
        yield Act(
            level="act", by=conflict.start - facts.policy.track_change, subject=f"Track {each.track}", words=words,
            helps=instead, short=(*short, *(("; track ", each.instead.name, " is free") if each.instead else ())),
            kind="tracks", id=conflict.trains[-1], unsure=known.unsure,
        )  # fmt: skip


def _said(each: Collision) -> tuple[Phrase, Phrase]:
    """`X9581 in 12:21, X9582 clear 12:32, overlap 0:11`; in short who, and for how long."""
    conflict = each.conflict
    if len(each.stays) == 2:
        first, second = each.stays
        overlap = conflict.lasts
        words: Phrase = (f"{second.number} in ", second.start, f", {first.number} clear ", first.end)
        return (*words, ", overlap ", overlap), (f"{second.number} and {first.number} overlap ", overlap)
    return (conflict.words,), (conflict.words,)
