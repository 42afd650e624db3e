"""Bays down, the hours of a day across: which slots are booked, which are free, and when it is shut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Literal, NamedTuple

from widgets import glyphs
from widgets.cells import Line, Span, fit_text
from widgets.textlines import FittedLines

Use = Literal["booked", "running", "over", "free", "unused"]
LOOKS: Mapping[str, Span] = {
    "booked": ("#", "due"), "running": ("R", "loaded"), "over": ("#", "dim"), "free": ("·", "ok"),
    "unused": ("·", "dim"),
}  # fmt: skip
"""Sign and style of each use."""
SHUT: Span = ("/", "dim")
LEGEND = "# booked  R running  · free  / shut"
LEAST_HOURS = (8, 18)
"""Local hours that are drawn in any case."""


class SlotMark(NamedTuple):
    """A slot of a bay and what it is used for."""

    starts: datetime
    use: Use


class BayLine(NamedTuple):
    """A bay and its slots."""

    name: str
    slots: Sequence[SlotMark]


class Slots(FittedLines):
    """One line a bay under a ruler of hours; each character is a slot. Bays for which there is no room are counted."""

    DEFAULT_CSS = "Slots { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bays: Sequence[BayLine] = ()
        self._slot = timedelta(minutes=30)
        self._zone: tzinfo | None = None
        self._now: datetime | None = None
        self._legend = False
        self._empty = ""

    def show(
        self,
        bays: Sequence[BayLine],
        slot: timedelta,
        zone: tzinfo,
        now: datetime,
        *,
        legend: bool = False,
        empty: str = "",
    ) -> None:
        """Show these bays; `slot` is how long one lasts, `zone` that of the hours, `legend` below if there is room.

        `empty`: why there are none.
        """
        self._bays, self._slot, self._zone, self._now, self._legend = tuple(bays), slot, zone, now, legend
        self._empty = empty
        self.refit()

    def layout_lines(self, width: int) -> Sequence[Line]:
        """The ruler and the bays, as they fit."""
        if not self._bays or self._zone is None or self._now is None:
            return [[(self._empty or "no inspection bays are known", "dim")]]
        label = max(len(bay.name) for bay in self._bays) + 2
        hours = range(*self._span(self._zone))
        each = max(1, round(timedelta(hours=1) / self._slot))
        room = max(1, (width - label + 1) // (each + 1))
        now = self._now.astimezone(self._zone).hour
        if room < len(hours):  # what is ahead is what there is to decide on
            first = min(max(hours.start, now - 1), hours.stop - room)
            hours = range(first, first + room)
        lines = [self._ruler(label, hours, each, now), *(self._line(bay, label, hours, each) for bay in self._bays)]
        height = self.size.height
        if len(lines) > height > 1:
            more = len(lines) - height + 1
            lines[height - 1 :] = [[(f"and {more} more bays", "dim")]]
        if self._legend and len(lines) < height and len(LEGEND) <= width:
            lines.append([(glyphs.spell(LEGEND), "dim")])
        return lines

    def _span(self, zone: tzinfo) -> tuple[int, int]:
        starts = [slot.starts.astimezone(zone).hour for bay in self._bays for slot in bay.slots]
        return min([LEAST_HOURS[0], *starts]), max([LEAST_HOURS[1], *starts]) + 1

    def _ruler(self, label: int, hours: range, each: int, now: int) -> Line:
        spans: list[Span] = [(" " * label, "")]
        for hour in hours:
            spans.append((fit_text(f"{hour:02}"[-each:], each), "strong" if hour == now else "dim"))
            spans.append((" ", ""))
        return spans

    def _line(self, bay: BayLine, label: int, hours: range, each: int) -> Line:
        uses = {self._place(slot.starts, each): slot.use for slot in bay.slots}
        spans: list[Span] = [(fit_text(bay.name, label), "")]
        for hour in hours:
            for part in range(each):
                sign, style = LOOKS[uses[hour, part]] if (hour, part) in uses else SHUT
                spans.append((glyphs.spell(sign), style))
            spans.append((" ", ""))
        return spans

    def _place(self, starts: datetime, each: int) -> tuple[int, int]:
        local = starts.astimezone(self._zone)
        return local.hour, min(each - 1, local.minute * each // 60)
