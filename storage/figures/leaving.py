"""Which boxes make it when a train leaves at a time, which miss it, and of which nobody can tell (definition 9)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor
from typing import Literal, NamedTuple

from storage.figures.box_class import BoxClass, is_permitted, judge_box
from storage.figures.loading import Loading
from storage.figures.margins import margin
from storage.figures.readiness import OUTSIDE
from storage.figures.registry import declare
from storage.models import Container

declare(
    "leaves as planned", "Leaves as planned", "boxes",
    """Booked boxes in three parts that add up to booked. Make it: loaded, ready, or expected (received, released by
    customs) by its cut-off and, with handling (15 minutes), before loading closes. Miss it: after either of them, or
    not loaded by then at the present rate. Cannot tell: no expected time, held, or not named. For another time of
    departure the cut-offs and the closing move with it.""",
    "definition 9",
)  # fmt: skip

Outcome = Literal["make it", "miss it", "cannot tell"]
OUTCOMES: tuple[Outcome, ...] = ("miss it", "cannot tell", "make it")
"""Most urgent first."""
NOT_LOADED = "not loaded in time"
"""What boxes miss it for that nothing holds but the rate of loading."""


class TrainBox(NamedTuple):
    """A named box booked on a train. `release`: when customs is expected to let it go, None when unknown."""

    box: Container
    verdict: BoxClass
    release: datetime | None = None

    @property
    def expected(self) -> datetime | None:
        """When what it waits for is expected: its arrival, its release; None where no end is known."""
        if self.verdict.name in OUTSIDE:
            return self.box.expected_at
        return self.release if self.verdict.name == "customs" else None


class Terms(NamedTuple):
    """By when boxes must be there for one time of departure."""

    now: datetime
    closes: datetime | None
    cutoffs: Mapping[str, datetime]
    handling: timedelta

    def moved(self, by: timedelta) -> "Terms":
        """The same for a departure later by so much, or earlier."""
        cutoffs = {name: moment + by for name, moment in self.cutoffs.items()}
        return self._replace(closes=None if self.closes is None else self.closes + by, cutoffs=cutoffs)


@dataclass(frozen=True, slots=True)
class Leaves:
    """How a departure turns out: each part by readiness class, or by `NOT_LOADED`. `at` and `closes` are its times."""

    at: datetime | None
    closes: datetime | None
    make_it: Mapping[str, int]
    miss_it: Mapping[str, int]
    cannot_tell: Mapping[str, int]

    @property
    def booked(self) -> int:
        """All three together."""
        return sum(sum(part.values()) for part in (self.make_it, self.miss_it, self.cannot_tell))


def cutoff_of(each: TrainBox, terms: Terms) -> tuple[str, datetime | None]:
    """The cut-off a box works towards, by name; the closing of loading where the train has no such one."""
    name = "customs" if each.verdict.name in ("customs", "held") else "gate"
    moment = terms.cutoffs.get("customs") if name == "customs" else each.verdict.cutoff
    return (name, moment) if moment is not None else ("closing", terms.closes)


def margin_of(each: TrainBox, terms: Terms) -> timedelta | None:
    """Its cut-off less the time it is expected (definition 10)."""
    return margin(cutoff_of(each, terms)[1], each.expected)


def outcome(each: TrainBox, terms: Terms) -> Outcome:
    """What becomes of a box, but for the rate of loading."""
    verdict = judge_box(each.box, terms.cutoffs, terms.now)
    if verdict.name == "loaded":
        return "make it"
    if (terms.closes is not None and terms.now > terms.closes) or verdict.name == "late":
        return "miss it"
    needs: list[datetime | None] = [None] if any(reason.of_class == "held" for reason in verdict.reasons) else []
    if verdict.name in OUTSIDE:  # what is overdue does not come before now
        needs.append(each.box.expected_at and max(terms.now, each.box.expected_at))
    if not is_permitted(each.box):
        by = terms.cutoffs.get("customs")
        if by is not None and max(terms.now, each.release or terms.now) > by:
            return "miss it"
        needs.append(each.release)
    if terms.closes is None:
        return "cannot tell"
    handling = timedelta(0) if verdict.on_train or not needs else terms.handling
    if any(moment + handling > terms.closes for moment in needs if moment is not None):
        return "miss it"
    return "cannot tell" if None in needs else "make it"


def leaves(
    boxes: Sequence[TrainBox], unnamed: int, terms: Terms, loading: Loading | None, at: datetime | None
) -> Leaves:
    """The departure under these terms. Without a rate of loading nothing misses it for want of time."""
    parts: dict[Outcome, Counter[str]] = {name: Counter() for name in OUTCOMES}
    for each in boxes:
        parts[outcome(each, terms)][judge_box(each.box, terms.cutoffs, terms.now).name] += 1
    if unnamed:
        gate = terms.cutoffs.get("gate")
        over = any(moment is not None and moment < terms.now for moment in (gate, terms.closes))
        parts["miss it" if over else "cannot tell"]["no ETA"] += unnamed
    made = parts["make it"]
    short = _short(made, loading, terms)
    for name in ("ready", "customs", "due"):  # whatever is ready last cannot be told: the first are counted off
        taken = min(short, made[name])
        if taken:
            made[name] -= taken
            parts["miss it"][NOT_LOADED] += taken
            short -= taken
    return Leaves(at, terms.closes, +made, +parts["miss it"], +parts["cannot tell"])


def _short(made: Counter[str], loading: Loading | None, terms: Terms) -> int:
    """How many of those that would make it there is no time to load."""
    if loading is None or not loading.rate or loading.begins is None or terms.closes is None:
        return 0
    before = (loading.rehandles or 0) + loading.discharge_left
    possible = floor((terms.closes - loading.begins) / timedelta(hours=1) * loading.rate)
    return max(0, sum(made.values()) - made["loaded"] - max(0, possible - before))
