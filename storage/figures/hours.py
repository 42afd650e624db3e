"""Office hours: what a duration is in them, and what the clock shows when it has passed."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from storage.models.base import to_ms

_WINDOW = re.compile(r"(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)", re.ASCII)
_FURTHEST_DAYS = 60
_DAYS_BACK = 16


class Hours(NamedTuple):
    """Local windows of a day, `(from, to)` in order; the same every day."""

    windows: tuple[tuple[time, time], ...]
    zone: tzinfo

    @property
    def words(self) -> str:
        """`08:30-12:00, 13:30-19:00`."""
        return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in self.windows)

    def after(self, start: datetime, span: timedelta) -> datetime | None:
        """When `span` of office time has passed since `start`; None without hours, or beyond two months."""
        for opens, closes in self._ahead(start):
            length = closes - opens
            if span <= length:
                return opens + span
            span -= length
        return None

    def before(self, end: datetime, span: timedelta) -> datetime | None:
        """When `span` of office time up to `end` began; None without hours, or beyond two months."""
        for opens, closes in self._back(end):
            length = closes - opens
            if span <= length:
                return closes - span
            span -= length
        return None

    def _ahead(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        first = start.astimezone(self.zone).date()
        for days in range(_FURTHEST_DAYS):
            for opens, closes in self.of(first + timedelta(days=days)):
                if closes > start:
                    yield max(opens, start), closes

    def _back(self, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        last = end.astimezone(self.zone).date()
        for days in range(_FURTHEST_DAYS):
            for opens, closes in reversed(self.of(last - timedelta(days=days))):
                if opens < end:
                    yield opens, min(closes, end)

    def of(self, day: date) -> list[tuple[datetime, datetime]]:
        """The windows of a local day, in UTC."""
        return [
            (
                datetime.combine(day, opens, self.zone).astimezone(UTC),
                datetime.combine(day, closes, self.zone).astimezone(UTC),
            )
            for opens, closes in self.windows
        ]


class OfficeTime:
    """Office time as a running total, from some days back to two months ahead: one search tells a span of it.

    For thousands of spans at once; moments and spans are milliseconds, moments since 1970 UTC.
    """

    def __init__(self, hours: Hours, around: datetime) -> None:
        first = around.astimezone(hours.zone).date() - timedelta(days=_DAYS_BACK)
        self._opens: list[int] = []
        self._lengths: list[int] = []
        self._before = [0]
        for days in range(_DAYS_BACK + _FURTHEST_DAYS):
            for opens, closes in hours.of(first + timedelta(days=days)):
                self._opens.append(to_ms(opens))
                self._lengths.append(to_ms(closes) - to_ms(opens))
                self._before.append(self._before[-1] + self._lengths[-1])

    def total(self, moment: int) -> int:
        """Office time up to `moment`; the difference of two is the office time between them."""
        place = bisect_right(self._opens, moment) - 1
        return 0 if place < 0 else self._before[place] + min(self._lengths[place], moment - self._opens[place])

    def reached(self, total: int) -> int | None:
        """The first moment at which the total is so much; None without hours, or beyond two months."""
        place = max(0, bisect_right(self._before, total - 1) - 1)
        if place >= len(self._opens):
            return None
        return self._opens[place] + total - self._before[place]

    def along(self, total: int, each: float, count: int) -> list[int]:
        """The moments at which the total is `each` more, twice as much more, and so on; it ends at two months."""
        totals = [total + round(each * nth) for nth in range(1, count + 1)]
        found: list[int] = []
        for place in range(max(0, bisect_right(self._before, total) - 1), len(self._opens)):
            inside = totals[len(found) : bisect_right(totals, self._before[place + 1])]
            shift = self._opens[place] - self._before[place]
            found += [moment + shift for moment in inside]
            if len(found) == count:
                break
        return found

    def after(self, start: int, span: int) -> int | None:
        """When `span` of office time has passed since `start`; of no time at all, `start` itself."""
        return start if span <= 0 else self.reached(self.total(start) + span)


def read_hours(text: str | None, zone: tzinfo, otherwise: str = "") -> Hours:
    """Hours as `08:30-12:00,13:30-19:00`; what cannot be read is left out, and `otherwise` stands in for nothing."""
    windows = []
    for opens, closes in _WINDOW.findall(text or otherwise):
        try:
            window = (time.fromisoformat(opens.zfill(5)), time.fromisoformat(closes.zfill(5)))
        except ValueError:
            continue
        if window[0] < window[1]:
            windows.append(window)
    if not windows and text and otherwise:
        return read_hours(None, zone, otherwise)
    return Hours(tuple(sorted(windows)), zone)
