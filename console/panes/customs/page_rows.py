"""A declaration in lines and rows: facts, what blocks it, boxes, states, inspections, transit. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from console import format as written
from console.format import Wall
from console.panes import cells
from console.panes.customs.rows import lane_style, state_words
from widgets.cells import Cell, Line
from widgets.columns import Column
from widgets.record import wrap
from widgets.rows import Row

if TYPE_CHECKING:
    from storage.queries.declaration_page import DeclarationPage, DeclaredBox, Step
    from storage.queries.obstacles import Phrase

BOX_COLUMNS = (
    Column("risk", "", 2, gap=0),
    Column("number", "Box", 13),
    Column("where", "Where", 14, grow=True),
    Column("customs", "Customs", 12, rank=1),
    Column("holds", "Holds", 12, rank=2),
    Column("train", "Train", 7),
    Column("cutoff", "Cut-off", 9, align="right"),
    Column("margin", "Margin", 7, align="right"),
)
STEP_COLUMNS = (
    Column("at", "When", 9, align="right"),
    Column("state", "State", 20, grow=True),
    Column("code", "Code", 5, rank=1),
    Column("lane", "Lane", 7),
    Column("turn", "Turn", 8),
    Column("by", "By whom", 22, rank=2),
)
TURN = 9


class Fact(NamedTuple):
    """A line of a part; Enter on it opens `target`, where there is one."""

    label: str
    value: str
    style: str = ""
    target: str = ""


def title(page: DeclarationPage) -> str:
    """`Declaration 041220718, export`."""
    return f"Declaration {page.row.number}, {written.or_unknown(page.row.regime)}"


def why(page: DeclarationPage, wall: Wall, width: int) -> list[Line]:
    """How it stands and what that means for its tightest box; then what cannot be right about it."""
    row = page.row
    said = written.joined((state_words(row, wall), f"turn: {row.turn}" if row.open and row.turn else ""), ", ")
    if row.margin is not None and row.train:
        late = row.margin < timedelta(0)
        does = f"misses {row.train} by" if late else f"in time for {row.train} by"
        said = f"{said}; expected {wall.time(row.expected)}, {does} {written.hours_minutes(abs(row.margin))}"
    elif row.open and row.expected is None:
        said = f"{said}; nobody can say when it is released"
    level = row.risk if row.open else ""
    lines: list[Line] = [[(text, cells.RISK_STYLES.get(level, ""))] for text in wrap(cells.signed(said, level), width)]
    if row.oddities:
        odd = cells.signed("its data cannot be right: " + "; ".join(row.oddities), "watch")
        lines += [[(text, "watch")] for text in wrap(odd, width)]
    return lines


def facts(page: DeclarationPage, wall: Wall) -> Iterator[Fact]:
    """What it is, how it stands and since when."""
    row, declaration = page.row, page.declaration
    coded = f"{row.state}, code {row.raw_state}" if row.raw_state else row.state
    yield Fact("State", coded)
    place = f", {page.place} of {page.of}" if page.place is not None else ""
    yield Fact("Lane", (row.lane or "none yet") + place, lane_style(row.lane))
    yield Fact("Turn", (row.turn or written.UNKNOWN) if row.open else "nobody's")
    standing = [note for note in page.notes if note.stands]
    for note in standing[:1]:
        more = f" (+{len(standing) - 1} more)" if len(standing) > 1 else ""
        yield Fact("Note", f"{wall.time(note.written_at)} {note.author}: {note.text}{more}", "mark")
    yield Fact("Office", written.or_unknown(page.office))
    yield Fact("Submitted", wall.time(declaration.submitted_at) + _advance(declaration.advance))
    if row.since is not None:
        waits = f", waits {written.waited(row.wait)}" if row.open else f", waited {written.waited(row.wait)}"
        yield Fact("In lane", wall.time(row.since) + waits, "late" if row.over else "")
    if row.released_at is not None:
        yield Fact("Released", wall.time(row.released_at))
    if row.open:
        yield Fact("Expected", wall.time(row.expected))
        yield Fact("80 %", f"of such {wall.span(row.earliest, row.latest)}")
    if row.train_id is not None:
        cutoff = f"{row.train or row.train_id}, customs cut-off {wall.time(row.cutoff_at)}"
        yield Fact("Train", cutoff, target=f"train:{row.train_id}")
    if page.next_train is not None:
        free = written.number(page.next_train.free_teu, "TEU free")
        words = f"{page.next_train.number} {wall.time(page.next_train.departs)}, {free}"
        yield Fact("Next", words, target=f"train:{page.next_train.id}")
    if row.goods or row.special_kind:
        site = f"designated site: {row.special_kind}" if row.special_kind else ""
        yield Fact("Goods", written.joined((row.goods or "", site), ", "))
    if row.asked:
        yield Fact("Asked for", row.asked)
    if row.priority:
        yield Fact("Priority", str(row.priority))
    if row.remark:
        yield Fact("Remark", row.remark)


def _advance(advance: bool | None) -> str:
    return "" if advance is None else ", in advance" if advance else ", goods here"


def obstacle_lines(page: DeclarationPage, wall: Wall) -> list[Line]:
    """What blocks it with whose turn it is, and below each what would release it."""
    if not page.obstacles:
        return [[("nothing: " + page.row.state, "dim")]]
    lines: list[Line] = []
    for obstacle in page.obstacles:
        style = cells.RISK_STYLES[obstacle.level] if obstacle.level != "calm" else ""
        lines.append([
            (cells.risk_sign(obstacle.level) + " ", style),
            (f"{obstacle.turn or '':<{TURN}}", "dim"),
            (phrase(obstacle.words, wall), style),
        ])  # fmt: skip
        if obstacle.helps:
            lines.append([(" " * (2 + TURN), ""), ("helps: ", "dim"), (phrase(obstacle.helps, wall), "")])
    return lines


def phrase(words: Phrase, wall: Wall) -> str:
    """Words with the times among them, as the wall writes them."""
    return "".join(
        wall.time(each) if isinstance(each, datetime)
        else written.hours_minutes(each) if isinstance(each, timedelta)
        else each
        for each in words
    )  # fmt: skip


def box_row(box: DeclaredBox, page: DeclarationPage, wall: Wall) -> Row:
    """A box under it; one that the yard does not know is said to be that."""
    late = box.margin is not None and box.margin < timedelta(0)
    tight = box.id == page.row.container_id and page.row.risk == "watch"
    level = "act" if late else "watch" if tight else "calm"
    number = written.box_number(box.number) if box.number else box.id
    return Row(
        f"box:{box.id}",
        (
            cells.risk_cell(level),
            Cell(number, "strong"),
            Cell(box.where or written.UNKNOWN) if box.number else Cell("not known in the yard", "watch"),
            cells.text_cell(box.customs),
            cells.text_cell(box.holds, "held"),
            cells.text_cell(box.train),
            cells.time_cell(box.cutoff_at, wall) if box.train_id else Cell(),
            Cell(written.margin(box.margin), level if level != "calm" else "") if box.train_id else Cell(),
        ),
    )


def step_row(number: int, step: Step, wall: Wall) -> Row:
    """A state it entered; a step back is marked."""
    state = cells.signed(f"{step.state} (went back)", "watch") if step.back else step.state
    return Row(
        f"{number}/",
        (
            Cell(wall.time(step.at)),
            Cell(state, "watch" if step.back else ""),
            Cell(step.raw_state or "", "dim"),
            Cell(step.lane or "", lane_style(step.lane)),
            Cell(step.turn or ""),
            Cell(step.by or "", "dim"),
        ),
    )


def inspection_facts(page: DeclarationPage, wall: Wall) -> Iterator[Fact]:
    """Inspections with bay, slot and result, then the locks on its boxes."""
    for each in page.inspections:
        bay = f"bay {each.bay}" if each.bay is not None else "no bay"
        slot = wall.time(each.slot_starts) if each.slot_starts else "no slot"
        words = written.joined((f"{bay}, {slot}", each.state or written.UNKNOWN, each.result or ""), ", ")
        target = f"box:{each.container_id}" if each.container_id else ""
        yield Fact("Inspect.", words, "act" if each.state == "failed" else "", target)
    for seal in page.seals:
        words = written.joined(
            (
                f"{seal.number} {seal.alarm or seal.state or written.UNKNOWN}",
                seal.where or "",
                f"seen {wall.time(seal.seen_at)}",
            ),
            ", ",
        )
        yield Fact(
            "Seal",
            cells.signed(words, seal.risk if seal.alarm else ""),
            seal.risk if seal.alarm else "",
            f"seal:{seal.id}",
        )


def transit_facts(page: DeclarationPage, wall: Wall) -> Iterator[Fact]:
    """Transit document or carnet, its vouchers, offices and expiry."""
    declaration = page.declaration
    if declaration.transit_document is None and declaration.office_exit is None:
        return
    yield Fact("Document", written.or_unknown(declaration.transit_document))
    if declaration.carnet_vouchers is not None:
        used = written.of(declaration.vouchers_used, declaration.carnet_vouchers)
        yield Fact("Vouchers", f"{used} used")
    if declaration.carnet_expires is not None:
        past = declaration.carnet_expires <= wall.now
        expires = wall.time(declaration.carnet_expires) + (", expired" if past else "")
        yield Fact("Expires", cells.signed(expires, "act" if past else ""), "act" if past else "")
    yield Fact("From", written.or_unknown(declaration.office_departure))
    yield Fact("Exit", written.or_unknown(declaration.office_exit))
    if declaration.office_destination is not None:
        yield Fact("To", declaration.office_destination)
