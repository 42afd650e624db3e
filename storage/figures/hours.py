"""Office hours: what a duration is in them, and what the clock shows when it has passed."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

_WINDOW = re.compile(r"(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)", re.ASCII)
_FURTHEST_DAYS = 60


class Hours(NamedTuple):
    """Local windows of a day, `(from, to)` in order; the same every day."""

    windows: tuple[tuple[time, time], ...]
    zone: tzinfo

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
            for opens, closes in self._of(first + timedelta(days=days)):
                if closes > start:
                    yield max(opens, start), closes

    def _back(self, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        last = end.astimezone(self.zone).date()
        for days in range(_FURTHEST_DAYS):
            for opens, closes in reversed(self._of(last - timedelta(days=days))):
                if opens < end:
                    yield opens, min(closes, end)

    def _of(self, day: date) -> list[tuple[datetime, datetime]]:
        return [
            (
                datetime.combine(day, opens, self.zone).astimezone(UTC),
                datetime.combine(day, closes, self.zone).astimezone(UTC),
            )
            for opens, closes in self.windows
        ]


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
