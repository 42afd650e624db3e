"""Smart customs locks: which of them want somebody, the gravest first."""

from datetime import datetime, timedelta

from storage.figures.policy import Policy
from storage.figures.registry import declare
from storage.figures.risk import Level

ALARMS: dict[str, Level] = {
    "opened unauthorised": "act", "tampered": "act", "silent": "watch", "battery low": "watch",
}  # fmt: skip
"""State of a lock to how much it matters, the gravest first; other states want nobody."""
BATTERY_LOW = 15.0
"""Per cent under which a lock wants to be changed."""

declare(
    "seal alarm", "Seal alarm", "state",
    """Opened without authorisation or tampered with as the lock reports it. Silent: it says so, or nothing has been
    heard of it for 2 hours unless the site says otherwise. Battery low: it says so, or has less than 15 % left.""",
    "definition 14",
)  # fmt: skip


def seal_alarm(
    state: str | None, seen_at: datetime | None, battery: float | None, now: datetime, policy: Policy
) -> str | None:
    """The word of `ALARMS` that holds for a lock; None when it wants nobody. What was never read is no alarm."""
    if state in ("opened unauthorised", "tampered", "silent"):
        return state
    if seen_at is not None and silent_for(seen_at, now) >= policy.seal_silent:
        return "silent"
    if state == "battery low" or (battery is not None and battery < BATTERY_LOW):
        return "battery low"
    return None


def silent_for(seen_at: datetime, now: datetime) -> timedelta:
    """How long nothing has been heard of it; a sign of life from the future is one of now."""
    return max(timedelta(0), now - seen_at)
