"""Lanes down, hours across: what stands on each lane and when. Bars of signs with their names in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import ClassVar, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets import glyphs
from widgets.cells import Line, Span, fit_text, literal
from widgets.textlines import FittedLines

Kind = Literal["actual", "estimate", "plan", "unknown", "closed", "conflict"]
LOOKS: Mapping[Kind, Span] = {
    "actual": ("█", "loaded"),
    "estimate": ("▒", "due"),
    "plan": ("─", "dim"),
    "unknown": ("?", "unknown"),
    "closed": ("/", "dim"),
    "conflict": ("X", "act"),
}
"""Sign and style of each kind of stretch."""
LEGEND = "█ actual  ▒ estimate  ─ plan  ? cannot tell  X conflict  / closed  | now"
ZOOMS = (1, 2, 5, 10, 15, 30, 60)
"""Minutes of one character."""
TICKS = (10, 15, 60, 120, 180, 360, 720, 1440)
"""Minutes from one time on the ruler to the next: the first that leaves room to write it."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WIDE = 100


class Stretch(NamedTuple):
    """A time of one kind, the end not included."""

    start: datetime
    end: datetime
    kind: Kind


class Bar(NamedTuple):
    """What stands on a lane: its stretches in their order, and its name, the longest form first.

    A bar with an empty `key` cannot be chosen.
    """

    key: str
    stretches: Sequence[Stretch]
    names: Sequence[str] = ()


class Lane(NamedTuple):
    """A lane. `names`: the form for much room and the one for little; `beneath`: bars of a line of its own below.

    `over` is drawn over all bars: where they collide.
    """

    key: str
    names: tuple[str, str]
    bars: Sequence[Bar] = ()
    beneath: Sequence[Bar] = ()
    over: Sequence[Stretch] = ()


class Timeline(FittedLines):
    """Shows lanes from `start` on, `minutes` a character, with a ruler, a line of `notes` by the hour, and now.

    Times are aware; `zone` is what the ruler writes them in. A scroll sends the lines that differ, a reload the cells.
    """

    can_focus = True
    DEFAULT_CSS = "Timeline { width: 1fr; height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "scroll_time(-1)", "Earlier", show=False),
        Binding("right,l", "scroll_time(1)", "Later", show=False),
        Binding("up,k", "step(-1)", "Up", show=False),
        Binding("down,j", "step(1)", "Down", show=False),
        Binding("home,g", "step(-1000)", "First", show=False),
        Binding("end,G", "step(1000)", "Last", show=False),
        Binding("plus,equals_sign", "zoom(-1)", "Closer", show=False),
        Binding("minus", "zoom(1)", "Further", show=False),
        Binding("0", "now", "Now", show=False),
        Binding("enter", "open", "Open", show=False),
    ]

    class About(Message):
        """Something about a timeline; `timeline` (and `control`) is the sender."""

        def __init__(self, timeline: Timeline) -> None:
            super().__init__()
            self.timeline = timeline

        @property
        def control(self) -> Timeline:
            """The timeline, so that `@on(Timeline.Moved, "#id")` works."""
            return self.timeline

    class Moved(About):
        """Another bar or lane is chosen."""

    class Opened(About):
        """Enter on what is chosen."""

    class Scrolled(About):
        """Another time is in sight, or in another scale."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = datetime.min.replace(tzinfo=UTC)
        self.zone: tzinfo = UTC
        self.lanes: tuple[Lane, ...] = ()
        self._notes: tuple[str, Mapping[datetime, str]] = ("", {})
        self._start: datetime | None = None
        self._zoom: int | None = None
        self._chosen = ""
        self._sought = False
        self._top = 0

    # -------------------------------------------------------------------------------------------------- for its pane

    def show(
        self,
        lanes: Sequence[Lane],
        now: datetime,
        zone: tzinfo,
        notes: tuple[str, Mapping[datetime, str]] = ("", {}),
    ) -> None:
        """Show these. `notes`: a line's name, and what stands in it by the hour it begins at."""
        self.lanes, self.now, self.zone, self._notes = tuple(lanes), now, zone, notes
        if self._sought:
            self._bring_into_sight()
        known = {lane.key for lane in self.lanes} | {bar.key for lane in self.lanes for bar in lane.bars}
        if not self._chosen or self._chosen not in known:
            self._chosen = next(iter(self._keys()), "")
            self.post_message(self.Moved(self))
        self.refit()

    def _bring_into_sight(self) -> None:
        """What was asked for stands where one looks, were it tomorrow."""
        bars = [bar for lane in self.lanes for bar in lane.bars if bar.key == self._chosen and bar.stretches]
        if bars:
            self._sought = False
            if not self._in_sight(bars[0]):
                first = bars[0].stretches[0].start
                self._begin_at(first - timedelta(minutes=12 * self.minutes + first.astimezone(self.zone).minute))

    @property
    def chosen(self) -> str:
        """The key of the bar, or of the empty lane, that is chosen; empty when there is none."""
        return self._chosen

    def choose(self, key: str) -> None:
        """Choose the bar or the empty lane of this key, now or as soon as it is shown, and bring it into sight."""
        self._chosen, self._sought = key, True
        self.refit()

    @property
    def minutes(self) -> int:
        """Minutes of one character."""
        return ZOOMS[self._zoom] if self._zoom is not None else 5 if self.size.width >= WIDE else 10

    @property
    def start(self) -> datetime:
        """The first moment in sight: where it was scrolled to, else the full hour before now."""
        if self._start is not None:
            return self._start
        return self.now - timedelta(
            minutes=self.now.astimezone(self.zone).minute, seconds=self.now.second, microseconds=self.now.microsecond
        )

    @property
    def end(self) -> datetime:
        """The first moment out of sight."""
        return self.start + timedelta(minutes=self.minutes * self._columns(self.size.width))

    # ------------------------------------------------------------------------------------------------------------ keys

    def action_scroll_time(self, steps: int) -> None:
        """By twelve characters: an hour of five minutes each."""
        self._begin_at(self.start + steps * timedelta(minutes=12 * self.minutes))

    def action_zoom(self, steps: int) -> None:
        place = ZOOMS.index(self.minutes) + steps
        if 0 <= place < len(ZOOMS):
            self._zoom = place
            self._begin_at(self._start)

    def action_now(self) -> None:
        self._begin_at(None)

    def _begin_at(self, start: datetime | None) -> None:
        self._start = start
        self.refit()
        self.post_message(self.Scrolled(self))

    def action_step(self, steps: int) -> None:
        keys = self._keys()
        if not keys:
            return
        place = keys.index(self._chosen) if self._chosen in keys else 0
        chosen = keys[max(0, min(place + steps, len(keys) - 1))]
        if chosen != self._chosen:
            self._chosen = chosen
            self.refit()
            self.post_message(self.Moved(self))

    def action_open(self) -> None:
        if self._chosen:
            self.post_message(self.Opened(self))

    def _keys(self) -> list[str]:
        """What can be chosen, from the top: the bars of each lane that are in sight, or the lane that has none."""
        return [
            key
            for lane in self.lanes
            for key in ([bar.key for bar in lane.bars if bar.key and self._in_sight(bar)] or [lane.key])
        ]

    def _in_sight(self, bar: Bar) -> bool:
        """Whether any of it is; one without times counts, for there is no other place to choose it."""
        return not bar.stretches or any(each.start < self.end and each.end > self.start for each in bar.stretches)

    # -------------------------------------------------------------------------------------------------------- drawing

    def _label_width(self, width: int) -> int:
        longest = max(
            (cell_len(literal(name[width < WIDE])) for name in (lane.names for lane in self.lanes)), default=0
        )
        return min(longest, width // 4) + 3

    def _columns(self, width: int) -> int:
        return max(0, width - self._label_width(width))

    def layout_lines(self, width: int) -> Sequence[Line]:
        """Ruler, notes, then as many lanes as there is room for, the chosen one among them, and the legend."""
        if not self.lanes:
            return []
        columns = self._columns(width)
        head: list[Line] = [self._line(width, "", [(self._ruler(columns), "header")])]
        if self._notes[1]:
            head.append(self._line(width, self._notes[0], [(self._noted(columns), "ok")]))
        lines, chosen = self._lane_lines(width, columns)
        room = max(1, self.size.height - len(head))
        if chosen < self._top or chosen >= self._top + room:
            self._top = max(0, chosen - room // 2)
        self._top = max(0, min(self._top, len(lines) - room))
        shown = lines[self._top : self._top + room]
        if len(shown) + 1 < room:
            shown += [[("", "")], [(f" {glyphs.spell(LEGEND)}", "dim")]]
        return [*head, *shown]

    def _lane_lines(self, width: int, columns: int) -> tuple[list[Line], int]:
        """The lines of all lanes, and which of them holds what is chosen."""
        lines: list[Line] = []
        chosen = 0
        for lane in self.lanes:
            here = self._chosen == lane.key or any(bar.key == self._chosen for bar in lane.bars if bar.key)
            if here:
                chosen = len(lines)
            sign = glyphs.current().crumb if here else " "
            lines.append(self._line(width, lane.names[width < WIDE], self._drawn(lane.bars, lane.over, columns), sign))
            if lane.beneath and width >= WIDE:
                lines.append(self._line(width, "   plan", self._drawn(lane.beneath, (), columns), style="dim"))
        return lines, chosen

    def _line(self, width: int, name: str, spans: Line, sign: str = " ", style: str = "") -> Line:
        label = fit_text(name, self._label_width(width) - 2)
        return [(sign, "mark"), (f"{label} ", "strong" if sign != " " else style), *spans]

    def _column(self, moment: datetime) -> int:
        """The column a moment falls into; before the first one it is negative."""
        return (moment - self.start) // timedelta(minutes=self.minutes)

    def _moment(self, column: int) -> datetime:
        return self.start + timedelta(minutes=self.minutes * column)

    def _ruler(self, columns: int) -> str:
        tick = next((each for each in TICKS if each >= 6 * self.minutes), TICKS[-1])
        text = [" "] * columns
        for column in range(columns):
            local = self._moment(column).astimezone(self.zone)
            if (local.hour * 60 + local.minute) % tick < self.minutes and column + 6 <= columns:
                midnight = not local.hour and local.minute < self.minutes
                weekday = WEEKDAYS[local.weekday()]
                day = f"{weekday} {local.day}" if tick > 6 * self.minutes else weekday
                written = day if midnight else f"{local:%H:%M}"
                text[column : column + len(written)] = written
        return "".join(text)

    def _noted(self, columns: int) -> str:
        text = [" "] * columns
        room = max(1, 60 // self.minutes - 1)
        for moment, note in sorted(self._notes[1].items()):
            column, shown = self._column(moment), fit_text(note, room).rstrip()
            if 0 <= column <= columns - len(shown):  # cut at the edge it would say something else
                text[column : column + len(shown)] = shown
        return "".join(text)

    def _drawn(self, bars: Sequence[Bar], over: Sequence[Stretch], columns: int) -> Line:
        canvas = _Canvas(columns)
        now = self._column(self.now)
        if 0 <= now < columns:
            canvas.cells[now] = ("|", "mark")
        for nth, bar in enumerate(bars):
            for stretch in bar.stretches:
                canvas.fill(nth, self._column(stretch.start), self._past(stretch.end), LOOKS[stretch.kind])
        for stretch in over:
            canvas.fill(-1, self._column(stretch.start), self._past(stretch.end), LOOKS[stretch.kind])
        for nth, bar in enumerate(bars):
            starts = [self._column(each.start) for each in bar.stretches]
            canvas.write(nth, starts, bar.names, chosen=bool(bar.key) and bar.key == self._chosen)
        return canvas.spans()

    def _past(self, end: datetime) -> int:
        """The column after the last one that a time up to `end` touches."""
        return -((self.start - end) // timedelta(minutes=self.minutes))


class _Canvas:
    """One line of cells, each with the number of the bar it belongs to: None for none, -1 for what is over all."""

    def __init__(self, columns: int) -> None:
        self.cells: list[Span] = [(" ", "")] * columns
        self.owner: list[int | None] = [None] * columns

    def fill(self, nth: int, first: int, past: int, look: Span) -> None:
        """Draw the sign of a bar from one column up to another; a bar that is not empty has a cell."""
        sign = glyphs.spell(look[0])
        for column in range(max(0, first), min(max(past, first + 1), len(self.cells))):
            self.cells[column] = (sign, look[1])
            self.owner[column] = nth

    def write(self, nth: int, starts: Sequence[int], names: Sequence[str], *, chosen: bool) -> None:
        """Write the longest name there is room for into the bar, where its last stretch begins if that can be.

        A bar that is too short for any has its name behind it, where nothing else stands.
        """
        mark = glyphs.current().crumb if chosen else " "
        own = [column for column, owner in enumerate(self.owner) if owner == nth]
        for start in reversed(starts):
            first = next((column for column in own if column >= start), None)
            for name in names if first is not None else ():
                text = f"{mark}{literal(name)} "
                if first is not None and cell_len(text) + 1 < self._run(first, nth):
                    self._put(first + 1, text, "strong" if chosen else "")
                    return
        if own and names and cell_len(names[-1]) + 2 <= self._run(own[-1] + 1, None):
            self._put(own[-1] + 1, f"{mark}{literal(names[-1])}", "strong" if chosen else "")

    def _run(self, start: int, nth: int | None) -> int:
        """How many cells from here on belong to that bar, or to none."""
        past = start
        while past < len(self.owner) and self.owner[past] == nth:
            past += 1
        return past - start

    def _put(self, start: int, text: str, style: str) -> None:
        column = start
        for character in text:
            size = cell_len(character)
            self.cells[column] = (set_cell_size(character, size), style)
            for tail in range(column + 1, column + size):
                self.cells[tail] = ("", style)  # the second half of a wide character
            column += size

    def spans(self) -> list[Span]:
        """The cells, those of one style together."""
        joined: list[Span] = []
        for text, style in self.cells:
            if joined and joined[-1][1] == style:
                joined[-1] = (joined[-1][0] + text, style)
            else:
                joined.append((text, style))
        return joined
