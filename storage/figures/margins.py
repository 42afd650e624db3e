"""How much time is left over: of a box before its cut-off, and of a train before the port's."""

from datetime import datetime, timedelta

from storage.figures.registry import declare

declare(
    "margin", "Margin", "h:mm",
    """The box's own cut-off less the time it is expected: the gate cut-off and its arrival while it is not received,
    the customs cut-off and its expected release while customs has it; the closing of loading where the train has no
    such cut-off. Unknown without an expected time.""",
    "definition 10",
)  # fmt: skip
declare(
    "onward margin", "Onward margin", "h:mm",
    """The port's cargo cut-off (not the vessel's departure) less the train's expected arrival there less the transfer
    from train to quay. The arrival is that of the train's stop at the port, else the one the voyage states.""",
    "definition 10",
)  # fmt: skip


def margin(cutoff: datetime | None, expected: datetime | None) -> timedelta | None:
    """Cut-off less expected; negative is too late."""
    return None if cutoff is None or expected is None else cutoff - expected


def onward_margin(
    cargo_cutoff: datetime | None, arrival: datetime | None, transfer_min: int | None
) -> timedelta | None:
    """Cargo cut-off less arrival less transfer; a transfer nobody states takes no time."""
    left = margin(cargo_cutoff, arrival)
    return None if left is None else left - timedelta(minutes=transfer_min or 0)
