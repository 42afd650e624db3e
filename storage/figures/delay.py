"""How late a train is, and what on time means."""

from datetime import datetime, timedelta

from storage.figures.policy import DEFAULT, Policy
from storage.figures.registry import declare

declare(
    "late", "Late", "min",
    """Actual, else estimated time less the planned one, in whole minutes; later than plan is positive. Unknown without
    an estimate: a train of which only that is known is late by an unknown time, never on time.""",
    "definition 17",
)  # fmt: skip
declare(
    "on time", "On time", "",
    "At most 15 minutes late (the site may say otherwise). A train without an estimate is not on time.",
    "definition 17",
)  # fmt: skip
declare(
    "service record", "A service these two weeks", "min and % of runs",
    """The runs of a service in one direction at this terminal that were planned in the last 14 days. How late the
    middle one and nine of ten of them were, and the share on time, rounded down, are of those with an actual time;
    canceled ones and those without one are counted beside.""",
    "definition 17",
)  # fmt: skip

declare(
    "overdue", "Overdue", "min",
    """Time since a box was expected that is not received, from the first whole minute on. Without an expected time it
    is unknown, not overdue. The box stays due until its cut-off is past; it comes from now on at the earliest.""",
    "definition 2",
)  # fmt: skip

_MINUTE = timedelta(minutes=1)


def late_minutes(
    planned: datetime | None, estimated: datetime | None, actual: datetime | None, *, unknown_delay: bool = False
) -> int | None:
    """Minutes late, towards zero; None when that cannot be said."""
    known = actual or (None if unknown_delay else estimated)
    if planned is None or known is None:
        return None
    late = known - planned
    return late // _MINUTE if late >= timedelta(0) else -(-late // _MINUTE)


def overdue(expected: datetime | None, now: datetime) -> timedelta | None:
    """For how long what has not come is overdue; None while it is not, and without an expected time."""
    return None if expected is None or now - expected < _MINUTE else now - expected


def is_on_time(late: int | None, policy: Policy = DEFAULT) -> bool:
    """Whether minutes late count as on time; unknown does not."""
    return late is not None and timedelta(minutes=late) <= policy.on_time
