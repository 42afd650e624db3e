"""What the trains of the next hours need a person for: their causes of risk, but for those with a source of their own.

Boxes that come after the gate cut-off, and those of which nobody knows when they come, are one act: the same call. So
are a cut-off that is past and the check for departure that fails for the same boxes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from storage.figures.delay import overdue
from storage.figures.risk import LEVELS, Cause
from storage.figures.stays import GONE
from storage.queries.acts.act import Act, Facts, Phrase
from storage.queries.checks import FEEDS as CHECKED_FEEDS
from storage.queries.outbound import ready_instead
from storage.queries.trains import FEEDS as TRAIN_FEEDS
from storage.queries.trains import TrainRow

FEEDS = tuple(dict.fromkeys((*TRAIN_FEEDS, *CHECKED_FEEDS)))
ELSEWHERE = ("conflict", "clearance", "undeclared", "not loaded")
"""Kinds of causes that have a source of their own, or that nobody can do anything about."""
AT_THE_GATE = ("late boxes", "no ETA")
CALLS = {
    "documents": "ask the shippers, or roll",
    "VGM": "have them weighed, or roll",
    "customs": "ask customs for them, or roll",
}
"""Name of a cut-off that is past to what would still help."""


def acts(facts: Facts) -> Iterator[Act]:
    """One a cause, and one for all that the gate waits for."""
    now = facts.moment.now
    trains = [(row, causes) for row in facts.trains if row.phase not in GONE and (causes := _causes(row))]
    short_of = [row for row, causes in trains if any(_lacks_boxes(cause) for cause in causes)]
    ready = {} if facts.counting else ready_instead(facts.session, short_of, facts.moment)
    for row, causes in trains:
        gate = [cause for cause in causes if cause.kind in AT_THE_GATE]
        if gate:
            yield _gate(row, gate, _substitutes(ready.get(row.id, 0)))
        for cause in causes:
            if cause not in gate:
                words, helps, short = _said(row, cause, _substitutes(ready.get(row.id, 0)), now)
                yield Act(
                    level=cause.level, by=cause.by, subject=row.number, words=words, helps=helps, short=short,
                    kind="train", id=row.id, unsure=row.unsure,
                )  # fmt: skip


def past_cutoffs(row: TrainRow) -> set[str]:
    """Names of the cut-offs of which an act says that they are past, with boxes missing."""
    return {_cutoff_name(cause) for cause in row.causes if cause.kind == "cut-off"}


def _causes(row: TrainRow) -> list[Cause]:
    found = [cause for cause in row.causes if cause.level in ("act", "watch") and cause.kind not in ELSEWHERE]
    return [cause for cause in found if cause.kind != "check" or _check_name(cause) not in past_cutoffs(row)]


def _check_name(cause: Cause) -> str:
    return cause.words.removeprefix("check failed: ").partition(",")[0]


def _lacks_boxes(cause: Cause) -> bool:
    """Others could go in place of those that miss it."""
    return cause.kind == "late boxes" or (cause.kind == "cut-off" and _cutoff_name(cause) not in CALLS)


def _cutoff_name(cause: Cause) -> str:
    return cause.words.partition(" cut-off")[0]


def _gate(row: TrainRow, causes: list[Cause], substitutes: str) -> Act:
    parts = {
        "late boxes": (f"{_boxes(row.too_late)} too late", f"{row.too_late} too late"),
        "no ETA": (f"{row.no_eta} with no ETA", f"{row.no_eta} no ETA"),
    }
    long, short = (", ".join(parts[cause.kind][nth] for cause in causes) for nth in (0, 1))
    return Act(
        level=min((cause.level for cause in causes), key=LEVELS.index), by=causes[0].by, subject=row.number,
        words=(f"gate cut-off: {long}",), helps=("call the hauliers" + (f"; {substitutes}" if substitutes else ""),),
        short=(f"gate: {short}" + (f"; {substitutes}" if substitutes else ", call the hauliers"),),
        kind="train", id=row.id, unsure=row.unsure,
    )  # fmt: skip


def _said(row: TrainRow, cause: Cause, substitutes: str, now: datetime) -> tuple[Phrase, Phrase, Phrase]:
    """A cause as it stands on the list: what is wrong, what would help, and both in short.

    What no longer helps at `now` is not told: what is to be done instead is.
    """
    if cause.kind == "cut-off":
        helps = CALLS.get(_cutoff_name(cause)) or f"roll them; {substitutes}".removesuffix("; ")
        helps = helps.replace("them", "it", 1) if " 1 box " in cause.words else helps
        short = cause.words.replace(" boxes missing", " missing").replace(" box missing", " missing")
        return (cause.words,), (helps,), (f"{short}: {helps.partition(',')[0].partition(';')[0]}",)
    if cause.kind == "closing" and row.closes_at is not None and row.closes_at < now:
        ready = row.readiness.count("ready") if row.readiness else None
        left = f"{_boxes(ready)} ready and not on it"
        return ("loading closed ", row.closes_at, f", {left}"), ("roll, or ask for a later departure",), (
            f"loading closed, {left}: roll",
        )  # fmt: skip
    if cause.kind == "closing" and row.ready_done is not None and row.closes_at is not None:
        over = f"{-row.room} moves too many" if row.room is not None and row.room < 0 else "too late"
        words: Phrase = ("the ready boxes are loaded by ", row.ready_done, ", loading closes ", row.closes_at)
        return (*words, f", {over}"), ("another crane, or roll",), (f"loading: {over}, another crane or roll",)
    if cause.kind == "onward" and row.onward_margin is not None:
        words = ("misses the port's cargo cut-off by ", abs(row.onward_margin))
        return words, ("ask the port for a later one, or another vessel",), words
    if cause.kind == "delay":
        why = f", {row.cause}" if row.cause else ""
        late: Phrase = (timedelta(minutes=row.late or 0), f" late{why}")
        if row.at is not None and overdue(row.at, now) is not None:
            past: Phrase = (", the estimate ", row.at, " is past")
            return (*late, *past), ("ask for a new one",), (timedelta(minutes=row.late or 0), " late", *past)
        return late, (f"unload {_boxes(row.boxes)} from ", row.at) if row.at and row.boxes else (), late
    return (cause.words,), (), (cause.words,)


def _substitutes(fit: int) -> str:
    """`6 substitutes are ready`; nothing where none fits."""
    return "" if not fit else "1 substitute is ready" if fit == 1 else f"{fit} substitutes are ready"


def _boxes(count: int | None) -> str:
    return "1 box" if count == 1 else f"{count} boxes"
