"""What is worked out about a declaration from what waits, without reading it whole: enough to choose and to sort by."""

from datetime import datetime, timedelta
from typing import Literal

from storage.figures.risk import Level
from storage.models.base import from_ms
from storage.queries.customs_queue import Queue, Tightest

TIGHT = timedelta(minutes=30)
"""A margin up to this is worth watching."""
Reason = Literal[
    "misses its train", "may miss it", "tight", "over SLA", "no end known", "in time", "no train waits", "released"
]  # fmt: skip


class Sketch:
    """A declaration judged by what waits; attributes are named like the columns, and are of their kinds.

    `since` and `wait` are given in milliseconds.
    """

    __slots__ = ("_queue", "_since", "_wait", "id", "lane", "open")

    def __init__(
        self, queue: Queue, identity: str, lane: str | None, since: int | None, wait: int | None, *, is_open: bool
    ) -> None:
        self._queue, self._since, self._wait = queue, since, wait
        self.id, self.lane, self.open = identity, lane, is_open

    @property
    def since(self) -> datetime | None:
        """Entered its lane; submitted when it has none."""
        return None if self._since is None else from_ms(self._since)

    @property
    def wait(self) -> timedelta | None:
        """Time in its lane."""
        return None if self._wait is None else timedelta(milliseconds=self._wait)

    @property
    def expected(self) -> datetime | None:
        """Expected release."""
        at = self._queue.forecast.at.get(self.id) if self.open else None
        return None if at is None else from_ms(at)

    @property
    def earliest(self) -> datetime | None:
        """One in ten such was released before."""
        interval = self._queue.forecast.interval(self.id) if self.open else None
        return None if interval is None else from_ms(interval.low)

    @property
    def latest(self) -> datetime | None:
        """One in ten such was released after."""
        interval = self._queue.forecast.interval(self.id) if self.open else None
        return None if interval is None else from_ms(interval.high)

    @property
    def tightest(self) -> Tightest | None:
        """Its box with the earliest cut-off; None without a booked box."""
        return self._queue.tightest(self.id)

    @property
    def cutoff_at(self) -> datetime | None:
        """The cut-off of that box."""
        box = self.tightest
        return None if box is None or box.cutoff is None else from_ms(box.cutoff)

    @property
    def margin(self) -> timedelta | None:
        """That cut-off less the expected release."""
        margin = self._queue.margin(self.id) if self.open else None
        return None if margin is None else timedelta(milliseconds=margin)

    @property
    def over(self) -> bool | None:
        """Whether it waits longer than was agreed."""
        at = self._queue.now if self.open or self._since is None else self._since + (self._wait or 0)
        return self._queue.sla.is_over(self.lane, self._since, at)

    @property
    def bay(self) -> int | None:
        """Inspection bay."""
        return self._queue.bays.get(self.id)

    @property
    def slot_at(self) -> datetime | None:
        """Start of its inspection slot."""
        slot = self._queue.slots.get(self.id)
        return None if slot is None else from_ms(slot.starts)

    @property
    def train(self) -> str | None:
        """Number of the train of its tightest box."""
        box = self.tightest
        return None if box is None or box.train_id is None else self._queue.trains.get(box.train_id)

    @property
    def reason(self) -> Reason:
        """Why it is as urgent as it is."""
        if not self.open:
            return "released"
        margin = self.margin
        if margin is not None:
            if margin < timedelta(0):
                return "misses its train"
            if self.latest is not None and self.cutoff_at is not None and self.latest > self.cutoff_at:
                return "may miss it"
            if margin <= TIGHT:
                return "tight"
        if self.over:
            return "over SLA"
        if margin is not None:
            return "in time"
        return "no end known" if self.expected is None else "no train waits"

    @property
    def risk(self) -> Level:
        """By its margin."""
        if not self.open:
            return "calm"
        if self._queue.known.missing:
            return "unknown"
        margin = self.margin
        if margin is None:
            return "unknown" if self.expected is None else "calm"
        reason = self.reason
        return "act" if reason == "misses its train" else "watch" if reason in ("may miss it", "tight") else "calm"


SKETCHED = frozenset(name for name, value in vars(Sketch).items() if isinstance(value, property)) | {
    "id", "lane", "open",
}  # fmt: skip
"""Columns that it has."""
