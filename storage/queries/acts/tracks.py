"""Visits that collide on a track, and which other track is free instead."""

from collections.abc import Iterator
from datetime import datetime

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
        by = conflict.start - facts.policy.track_change
        helps, briefly = _instead(each) if by >= known.at else _hold(each, known.at)
        yield Act(
            level="act", by=by, subject=f"Track {each.track}", words=words, helps=helps, short=(*short, *briefly),
            kind="tracks", id=conflict.trains[-1], unsure=known.unsure,
        )  # fmt: skip


def _instead(each: Collision) -> tuple[Phrase, Phrase]:
    """Another track that is free, and in short."""
    if each.instead is None:
        return (), ()
    until: Phrase = () if each.instead.until is None else (" till ", each.instead.until)
    usable = () if each.instead.usable_m is None else (f", {each.instead.usable_m:g} m",)
    free = f"track {each.instead.name} is free"
    return (free, *until, *usable), (f"; {free}",)


def _hold(each: Collision, now: datetime) -> tuple[Phrase, Phrase]:
    """Too late for another track: the second train waits until the first is clear, if it is not in yet."""
    if len(each.stays) != 2 or each.stays[1].start < now:
        return ("too late for another track",), ()
    first, second = each.stays
    return (f"too late for another track: hold {second.number} till ", first.end), ("; hold till ", first.end)


def _said(each: Collision) -> tuple[Phrase, Phrase]:
    """`X9581 in 12:21, X9582 clear 12:32, overlap 0:11`; in short who, and for how long."""
    conflict = each.conflict
    if len(each.stays) == 2:
        first, second = each.stays
        overlap = conflict.lasts
        words: Phrase = (f"{second.number} in ", second.start, f", {first.number} clear ", first.end)
        return (*words, ", overlap ", overlap), (f"{second.number} and {first.number} overlap ", overlap)
    return (conflict.words,), (conflict.words,)
