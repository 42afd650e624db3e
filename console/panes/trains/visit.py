"""A visit in lines: how it stands, how ready it is, its cut-offs and checks. Pure functions of its page and a wall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from console import format as written
from console.format import UNKNOWN, Wall
from console.panes import cells
from console.panes.trains.readiness import leaves_spans, readiness_lines, readiness_title, room_in_words
from widgets.cells import Line, Span, width_of
from widgets.record import wrap

if TYPE_CHECKING:
    from storage.figures.risk import Cause
    from storage.queries.outbound import CutoffRow
    from storage.queries.train_page import TrainPage
    from storage.queries.trains import TrainRow

BETWEEN = "   "
MISSING = {"documents": "missing", "vgm": "missing", "gate": "not in", "reefer": "not in", "dangerous": "not in"}
"""What the boxes are that a cut-off still blocks."""
CHECK_STYLES = {"pass": "ok", "fail": "act", "open": "watch"}
CHECK_ORDER = ("fail", "open", "pass")


class Fact(NamedTuple):
    """A line of the visit; Enter on it opens `target`, where there is one."""

    label: str
    line: Line
    target: str = ""


def causes(train: TrainRow, wall: Wall) -> list[Line]:
    """Every reason of its risk in words, by when somebody must have acted, the gravest first."""
    return [_cause(cause, wall) for cause in train.causes]


def _cause(cause: Cause, wall: Wall) -> Line:
    sign: Span = (cells.risk_sign(cause.level) + " ", cells.RISK_STYLES[cause.level])
    when = "" if cause.by is None else "now: " if cause.by <= wall.now else f"by {wall.time(cause.by)}: "
    return [sign, (when + cells.trade_words(cause.words), "")]


def why(train: TrainRow, wall: Wall, width: int, most: int) -> list[Line]:
    """The causes in at most so many lines; how many did not fit is said."""
    every = causes(train, wall)
    for shown in range(len(every), 0, -1):
        more: list[Line] = [[(f"+{len(every) - shown} more", "dim")]] if shown < len(every) else []
        lines = flow([*every[:shown], *more], width)
        if len(lines) <= most:
            return lines
    return flow(every[:1], width)[:most]


# ------------------------------------------------------------------------------------------------------------- visit
def title(page: TrainPage) -> str:
    """`X9582 to Qinzhou`."""
    return f"{page.row.number} {way_of(page.row)} {written.or_unknown(page.row.place)}"


def way_of(train: TrainRow) -> str:
    """Whether its place is where it comes from or goes to."""
    return "from" if train.direction == "arr" else "to"


def kind_of(page: TrainPage) -> str:
    """`rail-sea, ILSTC`."""
    return written.joined((page.row.service_type or "", page.row.corridor or ""), ", ")


def facts(page: TrainPage, wall: Wall) -> list[Fact]:
    """How the visit stands, what matters most first."""
    found = [Fact("Phase", _phase(page, wall), f"tracks:{page.row.id}" if page.row.track else "")]
    found += [_departs(page, wall), *_path(page, wall)] if page.row.direction == "dep" else [_arrives(page, wall)]
    found += list(_loading(page, wall)) if page.loading is not None else []
    found += list(_onward(page, wall))
    risk = [Fact("" if nth else "Risk", line) for nth, line in enumerate(causes(page.row, wall))]
    return [*found, *_else(page, wall), *risk]


def _phase(page: TrainPage, wall: Wall) -> Line:
    row, train = page.row, page.train
    on = f" on track {row.track}" if train.actual_arrival else f", track {written.or_unknown(row.track)}"
    since = f" since {wall.time(train.actual_arrival)}" if train.actual_arrival else ""
    return [(row.phase.capitalize() + on + since, "")]


def _times(page: TrainPage, wall: Wall) -> Line:
    row = page.row
    actual = f"  {wall.time(row.actual)} actual" if row.actual is not None else ""
    estimated = "" if actual else f"  {wall.time(None if row.unknown_delay else row.estimated)} est."
    late = cells.late_cell(row.late)
    return [
        (f"{wall.time(row.planned)} plan{estimated}{actual}  ", ""),
        (late.text, late.style),
        (f" {row.cause or ''}".rstrip(), ""),
    ]


def _departs(page: TrainPage, wall: Wall) -> Fact:
    return Fact("Departs", _times(page, wall))


def _arrives(page: TrainPage, wall: Wall) -> Fact:
    return Fact("Arrives", _times(page, wall))


def _path(page: TrainPage, wall: Wall) -> Iterator[Fact]:
    train = page.train
    parts = (
        written.or_unknown(train.path), f"loco {written.or_unknown(train.locomotive)}",
        f"crew {wall.time(train.crew_at)}",
    )  # fmt: skip
    yield Fact("Path", [("  ".join(parts), "")])


def _loading(page: TrainPage, wall: Wall) -> Iterator[Fact]:
    loading, row = page.loading, page.row
    if loading is None:
        return
    rate = f"{written.number(loading.rate)} moves/h" + (" by the norm" if loading.by == "norm" else "")
    yield Fact("Loading", [(f"{written.of(row.loaded, row.boxes)} boxes, {rate}", "")])
    late = loading.ready_done is not None and loading.closes is not None and loading.ready_done > loading.closes
    done: Span = (f"ready done {wall.time(loading.ready_done)}", "act" if late else "")
    yield Fact("", [done, (f", closes {wall.time(row.closes_at)}", "")])


def _onward(page: TrainPage, wall: Wall) -> Iterator[Fact]:
    if page.voyage is None and page.onward_margin is None:
        return
    closes = wall.time(page.voyage.cargo_cutoff) if page.voyage else UNKNOWN
    short = page.onward_margin is not None and page.onward_margin.total_seconds() < 0
    margin: Span = (written.margin(page.onward_margin), "act" if short else "")
    yield Fact("Onward", [(f"port closes {closes}, ", ""), margin])


def _else(page: TrainPage, wall: Wall) -> Iterator[Fact]:
    train, row = page.train, page.row
    if page.loading is not None:
        yield Fact("All done", [(wall.time(page.all_done), "" if page.all_done else "unknown")])
    if row.direction == "arr" and train.planned_departure is not None:
        yield Fact("Leaves", [(f"{wall.time(train.planned_departure)} plan", "")])
    if page.voyage is not None:
        ship = written.joined((page.voyage.vessel, page.voyage.voyage or "", page.voyage.port or ""), ", ")
        yield Fact("Connects", [(ship, "")])
    if train.turned_from:
        yield Fact("Rake", [(f"turned from {train.turned_from}", "")], f"train:{train.turned_from}")
    for label, value in (("Service", train.service), ("Operator", train.operator), ("Via", train.via)):
        if value:
            yield Fact(label, [(value, "")])
    if train.ready is not None:
        yield Fact("Declared", [("ready for departure" if train.ready else "not ready for departure", "")])
    if train.remark:
        yield Fact("Remark", [(train.remark, "")])


# ------------------------------------------------------------------------------------------------ cut-offs and checks
def cutoff_items(page: TrainPage, wall: Wall) -> list[Line]:
    """`gate 11:00 in 0:19, 8 not in`."""
    return [_cutoff(each, wall) for each in page.cutoffs]


def _cutoff(each: CutoffRow, wall: Wall) -> Line:
    name, at, blocked = cells.trade_words(each.cutoff.name), wall.time(each.cutoff.at), each.cutoff.boxes
    if blocked == 0:
        return [(f"{name} {at} all in", "dim")]
    left = f"{name} {at} {wall.until(each.cutoff.at)}, "
    if blocked is None:
        return [(f"{left}--", "")]
    missing = f"{blocked} {MISSING[each.cutoff.name]}" if each.cutoff.name in MISSING else written.boxes(blocked)
    return [(left + missing, "act" if each.past else "")]


def check_items(page: TrainPage) -> list[Line]:
    """`pass length 673 of 850 m`, the gravest first."""
    ordered = sorted(page.checks, key=lambda check: CHECK_ORDER.index(check.state))
    return [
        [(check.state.upper() if check.state == "fail" else check.state, CHECK_STYLES[check.state]),
         (f" {check.name} {check.words}", "")]
        for check in ordered
    ]  # fmt: skip


def check_counts(page: TrainPage) -> str:
    """`5 pass, 2 fail, 2 open`."""
    counts = Counter(check.state for check in page.checks)
    return ", ".join(f"{counts[state]} {state}" for state in ("pass", "fail", "open"))


def flow(items: Iterable[Line], width: int) -> list[Line]:
    """The items side by side on as few lines as they take; one too wide for a line goes on on the next."""
    lines: list[list[Span]] = [[]]
    for item in items:
        if lines[-1] and width_of(lines[-1]) + len(BETWEEN) + width_of(item) > width:
            lines.append([])
        if width_of(item) > width:
            lines[-1:] = [*_wrapped(item, width), []]
            continue
        lines[-1] += [(BETWEEN, ""), *item] if lines[-1] else item
    return [line for line in lines if line]


def _wrapped(item: Line, width: int) -> list[list[Span]]:
    """An item of a sign and words, its words on several lines."""
    (sign, style), words = item[0], "".join(text for text, _ in item[1:])
    if not words:
        return [[(line, style)] for line in wrap(sign, width)]
    first, *rest = wrap(f"{sign}{words}", width)
    return [[(sign, style), (first[len(sign) :], "")], *([("     " + line, "")] for line in rest)]


# ------------------------------------------------------------------------------------------------------- in few lines
def head(page: TrainPage, wall: Wall, width: int) -> list[Line]:
    """The visit in four lines, for a screen with little room."""
    row, ready = page.row, page.row.readiness
    departs = "departs " if row.direction == "dep" else "arrives "
    lines: list[Line] = [
        [*_phase(page, wall), (BETWEEN + departs, ""), *_times(page, wall)],
    ]
    if ready is None or not ready.booked:
        return [*lines, [(readiness_title(page), "")], *readiness_lines(page, width)[:1]]
    figures = f" {written.of(ready.ready, ready.booked)} boxes, {ready.percent} %"
    lines.append([*cells.readiness_spans(ready, width - len(figures)), (figures, "")])
    if page.loading is not None:
        room = room_in_words(page.loading)
        onward = f", onward {written.margin(page.onward_margin)}" if page.onward_margin is not None else ""
        done = f"ready done {wall.time(page.loading.ready_done)}, closes {wall.time(row.closes_at)}"
        lines.append([(f"{done}, {room}{onward}", "")])
    if page.leaves is not None:
        lines.append([("leaves as planned: ", ""), *leaves_spans(page.leaves)])
    return lines
