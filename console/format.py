"""How values are written on a screen: times, delays, waits, numbers. Pure; unknown is `--`, not applicable is blank.

Times are the site's, hours and minutes; another day than today has its weekday, another week its date. Durations are
hours:minutes. Numbers group by a space. Nothing here reads a clock: `Wall` is given the view's time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

UNKNOWN = "--"
TEMPERATURES = ("°C", "K")
"""Units of what is written to a tenth."""
ADDRESS = re.compile(r".+-\d+-\d+-\d+")
"""A place in a block: block, bay, row, tier."""
# Not strftime: its names follow the locale of the process, and columns are measured for these.
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zone_name(moment: datetime) -> str:
    """The offset of an aware time as a name: `UTC`, `UTC+8`, `UTC+5:30`."""
    offset = moment.utcoffset() or timedelta(0)
    if not offset:
        return "UTC"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"UTC{'-' if offset < timedelta(0) else '+'}{hours}" + (f":{minutes:02}" if minutes else "")


def hours_minutes(duration: timedelta) -> str:
    """A length of time as `0:19`, days as `4d 03:10`; whole minutes, rounded down; never negative."""
    minutes = max(0, duration // timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    if hours < 100:
        return f"{hours}:{minutes:02}"
    return f"{hours // 24}d {hours % 24:02}:{minutes:02}"


def waited(duration: timedelta | None) -> str:
    """How long something has waited, `3:05`; unknown `--`."""
    return UNKNOWN if duration is None else hours_minutes(duration)


def margin(duration: timedelta | None) -> str:
    """A margin with its sign, `+0:13` or `-5:05`; unknown `--`."""
    if duration is None:
        return UNKNOWN
    return ("-" if duration < timedelta(0) else "+") + hours_minutes(abs(duration))


def late(minutes: int | None) -> str:
    """Against plan: `+12m` later, `-4m` earlier, `0m`; then `+1h40`, `+14h`, `+6d`, `+2y`; unknown `--`."""
    if minutes is None:
        return UNKNOWN
    sign = "+" if minutes > 0 else "-" if minutes < 0 else ""
    size = abs(minutes)
    hours, days = size // 60, size // 1440
    if size < 100:
        return f"{sign}{size}m"
    if hours < 10:
        return f"{sign}{hours}h{size % 60:02}"
    if hours < 100:
        return f"{sign}{hours}h"
    return f"{sign}{days}d" if days < 1000 else f"{sign}{days // 365}y"


def in_words(duration: timedelta) -> str:
    """A length of time with its unit: `40 s`, `3 min`, `18 h 31 min`, `4 d 2 h`; rounded down."""
    seconds = max(0, int(duration.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 86_400} d {seconds % 86_400 // 3600} h"


def number(value: float | None, unit: str = "") -> str:
    """`2 551 TEU`, `24.6 t`; whole numbers without a point; unknown `--` and no unit."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return text.replace(",", " ") + (f" {unit}" if unit else "")


def degrees(value: float | None) -> str:
    """`-18.0`: a temperature or a difference of two, always to a tenth; unknown `--`."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{round(value, 1) + 0.0:.1f}"


def boxes(count: int | None) -> str:
    """`1 box`, `1 693 boxes`; unknown `--`."""
    return "1 box" if count == 1 else number(count, "boxes")


def shown_of(shown: int, everything: int) -> str:
    """How many of how many are in sight: `8 of 31`, all of them `31`."""
    return number(everything) if shown >= everything else f"{number(shown)} of {number(everything)}"


def of(part: float | None, whole: float | None) -> str:
    """`40/54`, either side `--` when unknown."""
    return f"{number(part)}/{number(whole)}"


def or_unknown(text: str | None) -> str:
    """The text, or `--` for none."""
    return text or UNKNOWN


Begun = Mapping[str, tuple[int, int | None]]
"""A feed that is loaded for the first time: the rows that are here, and how many there will be; None: nobody knows."""
_begun: Begun = {}


def now_begun(begun: Begun) -> None:
    """From now on what has not come is told with how much of it is here. Called by the app, for all its screens."""
    global _begun  # noqa: PLW0603  # a fact about the one cache that a console shows
    _begun = begun


def not_come(feeds: Sequence[str], begun: Begun | None = None) -> str:
    """`declarations have not come yet`: feeds that are not known whole; nothing where there are none.

    Of one whose rows are coming `846 of 1 693 containers so far, 2 more feeds to come`. `begun`: how much of them is
    here; None: as the app told.
    """
    coming = _begun if begun is None else begun
    first = next((feed for feed in feeds if feed in coming), None)
    if first is None:
        return f"{named(feeds)} have not come yet" if feeds else ""
    rows, everything = coming[first]
    others = [feed for feed in feeds if feed != first]
    more = f", {named(others) if len(others) == 1 else f'{len(others)} more feeds'} to come" if others else ""
    count = number(rows) if everything is None else f"{number(rows)} of {number(everything)}"
    return f"{count} {named([first])} so far{more}"


def named(feeds: Sequence[str]) -> str:
    """`declarations`, `blocks and containers`, `seals and 4 more feeds`."""
    first, *others = feeds
    more = f" and {len(others)} more feeds" if len(others) > 1 else f" and {others[0]}" if others else ""
    return f"{first}{more}".replace("_", " ")


def joined(parts: Iterable[str], between: str = "   ") -> str:
    """The parts that say something, in a row."""
    return between.join(part for part in parts if part)


def at(where: str | None) -> str:
    """Where a thing is, to follow its name: ` at A2-22-05-3`, `, on X9581`, `, road`; unknown is left out."""
    if not where:
        return ""
    return f" at {where}" if ADDRESS.fullmatch(where) else f", {where}"


def box_number(number: str | None) -> str:
    """A container number as people read it, `CSQU 305438 3`; other forms as they came; none is `(not named)`."""
    if not number:
        return "(not named)"
    if len(number) == 11 and number.isascii() and number[:4].isalpha() and number[4:].isdigit():
        return f"{number[:4]} {number[4:10]} {number[10]}"
    return number


@dataclass(frozen=True, slots=True)
class Wall:
    """The clock on the wall of a view: its time and its site's zone, and how it writes other times against them."""

    now: datetime
    zone: tzinfo

    def local(self, moment: datetime) -> datetime:
        """The moment in the site's zone."""
        return moment.astimezone(self.zone)

    def date(self, moment: datetime) -> str:
        """`Fri 20 Nov`."""
        local = self.local(moment)
        return f"{WEEKDAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]}"

    def face(self, *, short: bool = False) -> str:
        """The time of the view with its zone: `Fri 20 Nov 10:41 UTC+8`, short without the month."""
        local = self.local(self.now)
        day = f"{WEEKDAYS[local.weekday()]} {local.day}" if short else self.date(self.now)
        return f"{day} {local:%H:%M} {zone_name(local)}"

    def stamp(self) -> str:
        """The time of the view for a message that leaves the screen: `2026-11-20 10:41 UTC+8`."""
        local = self.local(self.now)
        return f"{local:%Y-%m-%d %H:%M} {zone_name(local)}"

    def time(self, moment: datetime | None) -> str:
        """`12:22` today, `Thu 16:10` within a week, else `26 Nov 16:10`; unknown `--`."""
        if moment is None:
            return UNKNOWN
        local, today = self.local(moment), self.local(self.now).date()
        days = (local.date() - today).days
        if days == 0:
            return f"{local:%H:%M}"
        if abs(days) < 7:
            return f"{WEEKDAYS[local.weekday()]} {local:%H:%M}"
        return f"{local.day} {MONTHS[local.month - 1]} {local:%H:%M}"

    def brief(self, moment: datetime | None) -> str:
        """`time` in nine cells: beyond a week only the day, `26 Nov`, of another year the month, `Mar 2091`."""
        text = self.time(moment)
        if moment is None or len(text) <= 9:
            return text
        local = self.local(moment)
        month = MONTHS[local.month - 1]
        return f"{local.day} {month}" if local.year == self.local(self.now).year else f"{month} {local.year}"

    def span(self, first: datetime | None, last: datetime | None, between: str = "-") -> str:
        """`15:55-18:10`, `Mon 08:45-10:22`: the day once where both times are of one; unknown `--`."""
        if first is None or last is None:
            return UNKNOWN
        ends, same_day = self.local(last), self.local(first).date() == self.local(last).date()
        return f"{self.time(first)}{between}{f'{ends:%H:%M}' if same_day else self.time(last)}"

    def said(self, phrase: Iterable[str | datetime | timedelta]) -> str:
        """Words with times and lengths of time among them, as this wall writes those."""
        return "".join(self._part(part) for part in phrase)

    def _part(self, part: str | datetime | timedelta) -> str:
        if isinstance(part, datetime):
            return self.time(part)
        return hours_minutes(part) if isinstance(part, timedelta) else part

    def seconds(self, moment: datetime | None) -> str:
        """`10:40:52`, with the day when it is another one; unknown `--`."""
        if moment is None:
            return UNKNOWN
        return self.time(moment) + f"{self.local(moment):\x3a%S}"

    def until(self, moment: datetime | None) -> str:
        """`in 0:19` ahead, `past` behind; unknown `--`."""
        if moment is None:
            return UNKNOWN
        left = moment - self.now
        return "past" if left < timedelta(0) else f"in {hours_minutes(left)}"
