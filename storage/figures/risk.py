"""What a train needs a person for, in words (definition 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from storage.figures.conflicts import Conflict
from storage.figures.cutoffs import Cutoff, missed_cutoffs
from storage.figures.policy import Moment, Policy
from storage.figures.readiness import Readiness
from storage.figures.registry import declare

Level = Literal["act", "watch", "unknown", "calm"]
LEVELS: tuple[Level, ...] = ("act", "watch", "unknown", "calm")
"""Most urgent first."""

declare(
    "risk", "Risk", "act, watch, cannot tell, nothing to do",
    """Act: a cut-off is past with boxes missing, a box is expected after its cut-off (its arrival after the gate's, its
    release after that of customs), the ready boxes are loaded only after loading closes, a check for departure fails
    inside the preparation time, two visits collide on a track, or the onward margin is negative. Watch: one in ten
    boxes such as this is released after the customs cut-off, though it is expected before it; boxes without an expected
    time or not declared inside the warning window. Cannot tell: a visit without an estimate may collide with it, or a
    feed it is judged from was never loaded whole. An arrival: act in a track conflict, watch when more than 15 minutes
    late, cannot tell without an estimate. Old or missing input changes no risk, up or down: it stays as last judged and
    is marked with a question mark.""",
    "definition 8",
)  # fmt: skip
declare(
    "act by", "Act by", "time",
    """The last moment at which the act still helps: the cut-off by which a box must be there, the moment at which a
    train can still be given another track, or so long before a cut-off as the matter usually takes. Now: that is past,
    or it cannot wait.""",
    "definition 19",
)  # fmt: skip
Kind = Literal[
    "cut-off", "late boxes", "clearance", "closing", "check", "conflict", "onward", "no ETA", "undeclared", "estimate",
    "delay", "not loaded",
]  # fmt: skip
"""What a cause is about."""


class Cause(NamedTuple):
    """One reason for a risk. `by`: the last moment at which acting still helps, None when that is unknown."""

    level: Level
    kind: Kind
    words: str
    by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk and its causes, gravest and then most pressing first; `unsure` marks a judgement from old input."""

    level: Level
    causes: tuple[Cause, ...] = ()
    unsure: bool = False

    @property
    def by(self) -> datetime | None:
        """The earliest moment of the gravest causes by which somebody must have acted."""
        moments = [cause.by for cause in self.causes if cause.level == self.level and cause.by is not None]
        return min(moments, default=None)

    @property
    def words(self) -> str | None:
        """The gravest cause; None when there is nothing to do."""
        return self.causes[0].words if self.causes else None


CALM = Risk("calm")
CUTOFF_NAMES = {"vgm": "VGM"}
"""Names of cut-offs that are written otherwise than as the source gives them."""


def not_loaded(feeds: Sequence[str]) -> Risk:
    """Nothing can be told from feeds of which only a part, or nothing, has come yet: what is missing may come still."""
    others = f" and {len(feeds) - 1} more" if len(feeds) > 1 else ""
    words = f"{feeds[0].replace('_', ' ')}{others} not loaded yet"
    return Risk("unknown", (Cause("unknown", "not loaded", words),), unsure=True)


class Departure(NamedTuple):
    """What the risk of an outbound train is judged from; None and empty where nothing is known."""

    readiness: Readiness
    cutoffs: Sequence[Cutoff] = ()
    closes: datetime | None = None
    ready_done: datetime | None = None
    conflicts: Sequence[Conflict] = ()
    onward_margin: timedelta | None = None
    failed_checks: Sequence[str] = ()
    """In words; given inside the preparation time only."""
    leaves: datetime | None = None
    """Its estimated, else planned departure."""
    clear_late: int = 0
    """Boxes whose expected release is after the customs cut-off."""
    may_clear_late: int = 0
    """Boxes of which only the upper bound of that is."""


class Arrival(NamedTuple):
    """What the risk of an inbound train is judged from."""

    at: datetime | None
    late: int | None
    arrived: bool
    conflicts: Sequence[Conflict] = ()


def departure_risk(train: Departure, moment: Moment, *, unsure: bool = False) -> Risk:
    """The risk of an outbound train. With old input, `moment` is that of the last good answer, and `unsure` is set."""
    now, warning = moment.now, moment.policy.warning
    by_name = {cutoff.name: cutoff.at for cutoff in train.cutoffs}
    causes = [
        Cause("act", "cut-off", f"{_name(cutoff)} cut-off passed, {_boxes(cutoff.boxes)} missing", now)
        for cutoff in missed_cutoffs(train.cutoffs, now)
    ]
    late = train.readiness.count("late")
    gate = by_name.get("gate")
    if late and (gate is None or gate >= now):
        causes.append(Cause("act", "late boxes", f"{_boxes(late)} expected after the gate cut-off", gate))
    loaded_at = max(now, train.ready_done or now)
    if train.readiness.count("ready") and train.closes is not None and loaded_at > train.closes:
        causes.append(Cause("act", "closing", "ready boxes are loaded only after loading closes", train.closes))
    last = train.leaves or train.closes
    causes += [Cause("act", "check", f"check failed: {words}", last) for words in train.failed_checks]
    causes += _conflicts(train.conflicts, moment.policy)
    if train.onward_margin is not None and train.onward_margin < timedelta(0):
        causes.append(Cause("act", "onward", "misses the cargo cut-off of the port", train.closes))
    causes += _clearances(train, by_name.get("customs") or train.closes, now)
    no_eta = train.readiness.count("no ETA")
    gate = gate or train.closes
    if no_eta and gate is not None and now <= gate <= now + warning:
        causes.append(Cause("watch", "no ETA", f"{_boxes(no_eta)} without an expected time", gate))
    undeclared = train.readiness.undeclared
    customs = by_name.get("customs") or train.closes
    if undeclared and customs is not None and now <= customs <= now + warning:
        causes.append(Cause("watch", "undeclared", f"{_boxes(undeclared)} not declared", customs))
    return _risk(causes, unsure=unsure)


def arrival_risk(train: Arrival, moment: Moment, *, unsure: bool = False) -> Risk:
    """The risk of an inbound train."""
    causes = _conflicts(train.conflicts, moment.policy)
    if not train.arrived and train.late is None:
        causes.append(Cause("unknown", "estimate", "no estimate", train.at))
    elif not train.arrived and train.late is not None and timedelta(minutes=train.late) > moment.policy.on_time:
        causes.append(Cause("watch", "delay", f"{train.late} min late", train.at))
    return _risk(causes, unsure=unsure)


def _clearances(train: Departure, cutoff: datetime | None, now: datetime) -> list[Cause]:
    if cutoff is None or cutoff < now:
        return []  # a past cut-off that still blocks them is a cause of its own
    causes = []
    if train.clear_late:
        words = f"{_boxes(train.clear_late)} expected to clear after the customs cut-off"
        causes.append(Cause("act", "clearance", words, cutoff))
    if train.may_clear_late:
        words = f"{_boxes(train.may_clear_late)} may clear after the customs cut-off"
        causes.append(Cause("watch", "clearance", words, cutoff))
    return causes


def _conflicts(conflicts: Sequence[Conflict], policy: Policy) -> list[Cause]:
    return [
        Cause("act", "conflict", f"track conflict: {conflict.words}", conflict.start - policy.track_change)
        if conflict.certain
        else Cause("unknown", "conflict", f"track conflict possible: {conflict.words}", conflict.start)
        for conflict in conflicts
    ]


def _name(cutoff: Cutoff) -> str:
    return CUTOFF_NAMES.get(cutoff.name, cutoff.name)


def _boxes(count: int | None) -> str:
    return "1 box" if count == 1 else f"{count} boxes"


def _risk(causes: Sequence[Cause], *, unsure: bool) -> Risk:
    if not causes:
        return Risk("calm", (), unsure)
    never = datetime.max.replace(tzinfo=UTC)
    ordered = sorted(causes, key=lambda cause: (LEVELS.index(cause.level), cause.by or never))
    return Risk(ordered[0].level, tuple(ordered), unsure)
