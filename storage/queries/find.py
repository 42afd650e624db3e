"""Find anything by a number, whole or in part: a box, train, wagon, declaration, booking, seal, place or size-type.

Words that tell what a box is, such as `empty` or `40HC damaged`, find all boxes that are so.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, FromClause, Select, case, func, or_, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.occupancy import stands
from storage.figures.policy import Moment
from storage.identifiers import (
    ContainerNumber,
    containers_in,
    decode_size_type,
    did_you_mean,
    display_number,
    look_alikes,
    normalise,
    parse_container,
    same_size_types,
)
from storage.models import Block, Booking, Container, Declaration, GateVisit, Seal, Train, Wagon, table_of
from storage.queries.columns import by_bytes, contains, like_pattern, unparted
from storage.queries.containers import CONTAINERS
from storage.queries.positions import Position, blocks_named, positions, stands_at
from storage.text import narrow

Kind = Literal["box", "train", "wagon", "declaration", "booking", "seal", "bay", "size-type", "boxes"]
Match = Literal["exact", "prefix", "part", "did you mean"]
MATCHES: tuple[Match, ...] = ("exact", "prefix", "did you mean", "part")
"""Best first."""
FEEDS = ("containers", "trains", "wagons", "declarations", "bookings", "seals", "gate_visits", "blocks")
SHORTEST = 2
"""A shorter text finds nothing: it would find everything."""
MOST_IN_A_TEXT = 50
"""Container numbers that are looked for in a longer text, such as a pasted message."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something found. `title` names it, `about` says what it is now, `why` what matched."""

    kind: Kind
    id: str
    title: str
    about: str
    why: str
    match: Match


class _Place(NamedTuple):
    """A column to look in; `indexed`: what it begins with is told from an index.

    What is found is the row, called as its column says, unless it is the record that `of` names, or is called `named`.
    """

    kind: Kind
    what: str
    table: FromClause
    column: ColumnElement[Any]
    about: tuple[ColumnElement[Any], ...] = ()
    indexed: bool = True
    of: ColumnElement[Any] | None = None
    named: ColumnElement[Any] | None = None

    @property
    def found(self) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Id and name of what is found."""
        return (
            self.table.c.id if self.of is None else self.of,
            (self.column if self.named is None else self.named).label("name"),
        )


_box, _train, _wagon = table_of(Container), table_of(Train), table_of(Wagon)
_declaration, _booking, _seal, _gate = table_of(Declaration), table_of(Booking), table_of(Seal), table_of(GateVisit)
_towards = case((_train.c.direction == "arrival", _train.c.origin), else_=_train.c.destination)
_PHASE = (_train.c.direction, _towards, _train.c.phase)
_its = _train.alias("its")


def _number_of(train: ColumnElement[Any]) -> ColumnElement[Any]:
    """The number of the train of this id."""
    return func.coalesce(select(_its.c.number).where(_its.c.id == train).scalar_subquery(), train)


PLACES = (
    _Place("box", "number", _box, _box.c.number),
    _Place("train", "number", _train, _train.c.number, _PHASE),
    _Place("declaration", "number", _declaration, _declaration.c.number, (_declaration.c.lane, _declaration.c.state)),
    _Place("booking", "number", _booking, _booking.c.number, (_number_of(_booking.c.train_id), _booking.c.shipper)),
    _Place("seal", "number", _seal, _seal.c.number, (_seal.c.state, _seal.c.place)),
    _Place(
        "wagon", "number", _wagon, _wagon.c.number, (_number_of(_wagon.c.train_id), _wagon.c.wagon_type), indexed=False
    ),
    _Place("box", "booking", _box, _box.c.booking, indexed=False),
    _Place("box", "bill", _box, _box.c.bill, indexed=False),
    _Place("box", "seal", _box, _box.c.seal, indexed=False),
    _Place("box", "truck", _box, _box.c.vehicle, indexed=False),
    _Place("box", "truck", _gate, _gate.c.plate, of=_gate.c.container_id),
    _Place("train", "place", _train, _towards, _PHASE, indexed=False, named=_train.c.number),
)


def find(session: Session, clock: Clock, text: str, limit: int = 50) -> list[Hit]:
    """What `text` names, best matches first, at most `limit`; spaces, hyphens and wide letters do not count.

    A position finds its bay and the boxes that stand there; a size-type, or words that each tell what a box is, how
    many boxes are so. A container number that nobody has, fails its check or is weak also finds the numbers it may have
    been meant for. Numbers that merely hold the text are looked for when too few are it, or begin with it; but for a
    whole container number that somebody has, or a bay that there is, they are not. A text that is no number finds the
    boxes whose numbers stand in it.
    """
    text = narrow(text).strip()
    if len(normalise(text)) < SHORTEST:
        return []
    found: dict[tuple[str, str], tuple[tuple[int, int], Hit]] = {}

    def take(hits: Iterable[tuple[int, Hit]]) -> None:
        for order, hit in hits:
            rank = (MATCHES.index(hit.match), order)
            if (hit.kind, hit.id) not in found or rank < found[hit.kind, hit.id][0]:
                found[hit.kind, hit.id] = (rank, hit)

    take(_begins(session, text, limit))
    take(_meant(session, text))
    for position in positions(text):
        take(_at(session, position, limit))
    take(list(_of_type(session, text)) or _of_words(session, clock, text))
    begun = any(hit.match in ("exact", "prefix") for _, hit in found.values())
    placed = any(hit.kind == "bay" for _, hit in found.values())
    whole = placed or (begun and parse_container(text) is not None)
    if len(found) < limit and not whole:
        take(_holds(session, text, limit))
    for number in containers_in(text)[:MOST_IN_A_TEXT] if not found else ():
        take(_begins(session, number, limit))
        take(_meant(session, number))
    best = sorted(found.values(), key=lambda ranked: (ranked[0], _is_over(ranked[1]), ranked[1].title))[:limit]
    return _with_boxes(session, clock, [hit for _, hit in best])


def _is_over(hit: Hit) -> bool:
    """Whether it is a train that has been: those that are here or come are named first."""
    return hit.kind == "train" and hit.about.rpartition(", ")[2] in ("departed", "closed", "canceled")


def _begins(session: Session, text: str, limit: int) -> Iterator[tuple[int, Hit]]:
    """Numbers that are the text or begin with it, out of the index of each."""
    for order, place in enumerate(PLACES):
        if not place.indexed:
            continue
        number = by_bytes(place.column)
        for wording in dict.fromkeys((text, text.upper(), normalise(text))):
            last = wording[:-1] + chr(ord(wording[-1]) + 1)  # the first text that no longer begins so
            chosen = _found(place, place.column).where(number >= wording, number < last)
            for row in session.connection().execute(chosen.order_by(place.column).limit(limit)):
                yield from _hits(text, row, order)


def _holds(session: Session, text: str, limit: int) -> Iterator[tuple[int, Hit]]:
    """Numbers that hold the text: of those with an index out of that; of the others of a table in one pass over it."""
    tables: defaultdict[FromClause, list[int]] = defaultdict(list)
    for order, place in enumerate(PLACES):
        if place.indexed:
            chosen = _found(place, place.column).where(holds(place.column, _patterns(place, text), limit))
            for row in session.connection().execute(chosen):
                yield from _hits(text, row, order)
        else:
            tables[place.table].append(order)
    for orders in tables.values():
        places = [PLACES[order] for order in orders]
        holding = or_(*(contains(place.column, like) for place in places for like in _patterns(place, text)))
        chosen = _found(places[0], *(place.column for place in places)).where(holding).limit(2 * limit)
        for row in session.connection().execute(chosen):
            yield from _hits(text, row, *orders)


def _at(session: Session, position: Position, limit: int) -> Iterator[tuple[int, Hit]]:
    """The bay of a position, as each block of that name has it, and the boxes that stand there."""
    connection, box = session.connection(), _box.c
    chosen = select(box.id, box.number, box.block_id).where(stands_at(position))
    boxes = connection.execute(chosen.order_by(box.row, box.tier, box.id)).all()
    block = table_of(Block).c
    named = select(block.id, block.name, block.kind).where(block.id.in_(blocks_named(position.block)))
    called = {}
    for row in connection.execute(named):
        title = called[row.id] = str(position._replace(block=row.name))
        about = f"{row.kind}, {_boxes(sum(each.block_id == row.id for each in boxes))}"
        yield 0, Hit(kind="bay", id=f"{row.id}-{position.bay}", title=title, about=about, why="place", match="exact")
    for each in boxes[:limit]:
        why = f"at {called.get(each.block_id, position)}"
        yield 0, Hit(kind="box", id=each.id, title=each.number or "", about="", why=why, match="prefix")


def _boxes(count: int) -> str:
    return "1 box" if count == 1 else f"{_spaced(count)} boxes"


def _spaced(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def _of_type(session: Session, text: str) -> Iterator[tuple[int, Hit]]:
    """How many boxes there are of a size-type, under whatever code."""
    size = decode_size_type(text)
    if size is None:
        return
    alike = _box.c.size_type.in_(same_size_types(size.code))
    counted = select(func.count(), func.count().filter(stands())).where(alike)
    everywhere, here = session.connection().execute(counted).one()
    if everywhere:
        about = f"{_boxes(everywhere)}, {_spaced(here)} in the yard, {size.words}"
        yield 0, Hit(kind="size-type", id=size.code, title=size.code, about=about, why="size-type", match="exact")


def _of_words(session: Session, clock: Clock, text: str) -> Iterator[tuple[int, Hit]]:
    """How many boxes are what all these words tell; its id is the filter that lists them."""
    words = [text] if _tells_of_boxes(text) else text.split()
    if not all(_tells_of_boxes(word) for word in words):
        return
    typed = " ".join(f'"{word}"' if " " in word else word for word in words)
    count = CONTAINERS.page(session, clock, CONTAINERS.filter(typed), limit=0).total
    if count:
        yield 0, Hit(kind="boxes", id=typed, title=text, about=_boxes(count), why="what boxes are", match="exact")


def _tells_of_boxes(word: str) -> bool:
    """Whether it stands for a value of theirs; one that only begins such a word does not."""
    return any(column.meant(word) for column in CONTAINERS.columns)


def _found(place: _Place, *columns: ColumnElement[Any]) -> Select[Any]:
    """Id and name of what is found, these columns, and what is known about it."""
    identity, name = place.found
    looked_in = (column.label(f"text_{nth}") for nth, column in enumerate(columns))
    return select(identity, name, *looked_in, *place.about).where(identity.is_not(None))


def holds(number: ColumnElement[str], patterns: Sequence[str], limit: int) -> ColumnElement[bool]:
    """Records of the first numbers that are like a pattern; the others are passed over in the index, rows unread."""
    alike = or_(*(contains(number, like) for like in patterns))
    return number.in_(select(number).where(alike).order_by(number).limit(limit))


def _patterns(place: _Place, text: str) -> tuple[str, ...]:
    """What a column may be like that holds `text`: as it was typed, and without or with a hyphen in between."""
    signs, shape = unparted(text)
    if place.column is _box.c.number:
        return (like_pattern(signs),)
    if shape is not None:
        return ("%" + "%".join(shape) + "%",)
    return tuple({like_pattern(wording): None for wording in (text.upper(), signs)})


def _hits(text: str, row: Sequence[Any], *orders: int) -> Iterator[tuple[int, Hit]]:
    """The hits of a row of `_found` in columns of these places; none in one that only looks like the text."""
    identity, name, *rest = row
    about = ", ".join(str(each) for each in rest[len(orders) :] if each is not None)
    wanted = normalise(text)
    for order, number in zip(orders, rest, strict=False):
        place, value = PLACES[order], normalise(number or "")
        if wanted in value:
            match: Match = "exact" if value == wanted else "prefix" if value.startswith(wanted) else "part"
            why = _why(place, number, match)
            yield order, Hit(kind=place.kind, id=identity, title=name, about=about, why=why, match=match)


def _why(place: _Place, text: str, match: Match) -> str:
    how = {"exact": "", "prefix": " begins so", "part": " holds it"}[match]
    if place.what != "number":
        return f"{place.what} {text}"
    number = parse_container(text) if place.kind == "box" and match == "exact" else None
    digit = "" if number is None or number.right else f", whose check digit should be {number.expected_digit}"
    return f"{place.what}{how}{digit}"


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A container number as typed that may not be the one that was meant. `digit`: what its last one should be.

    `meant`: numbers of boxes that exist, likeliest first; `known`: there is a box of the number as it was typed;
    `alike`: it has a letter for a digit that looks like it, or a digit for a letter.
    """

    number: str
    digit: int | None
    weak: bool
    known: bool
    meant: tuple[tuple[str, str], ...]
    """Box id and number."""
    alike: bool = False

    @property
    def words(self) -> str:
        """What is doubtful, in words."""
        if self.alike:
            return f"{self.number} has a letter for a digit or a digit for a letter"
        if self.digit is not None:
            return f"the check digit of {display_number(self.number)} should be {self.digit}"
        if self.weak:
            return f"{display_number(self.number)} is weak: swapped digits pass its check"
        return f"there is no box {display_number(self.number)}"


def doubt(session: Session, text: str) -> Doubt | None:
    """What is doubtful about `text` as a whole container number; None for what is none, or right, strong and known."""
    number = parse_container(text)
    if number is None:
        return _taken_for_another(session, text)
    if number.digit is None:
        return None
    known = bool(_existing(session, [number.number]))
    if number.right and not number.weak and known:
        return None
    meant = _existing(session, dict.fromkeys((*did_you_mean(number), *_of_any_digit(number))))
    digit = None if number.right else number.expected_digit
    return Doubt(number=number.number, digit=digit, weak=number.weak, known=known, meant=meant)


def _of_any_digit(number: ContainerNumber) -> Iterator[str]:
    """The same box under another check digit: a feed may have it wrong where who asks has it right."""
    return (f"{number.number[:-1]}{digit}" for digit in range(10) if digit != number.digit)


def _taken_for_another(session: Session, text: str) -> Doubt | None:
    """The doubt about a number in which letters and digits that look alike were taken for each other."""
    meant = _existing(session, [number.number for number in look_alikes(text)])
    if not meant:
        return None
    return Doubt(number=normalise(text), digit=None, weak=False, known=False, meant=meant, alike=True)


def _existing(session: Session, numbers: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Id and number of the boxes of these numbers, in their order."""
    column = _box.c.number
    rows = session.connection().execute(select(column, _box.c.id).where(column.in_(numbers)))
    found = {row.number: row.id for row in rows}
    return tuple((found[each], each) for each in numbers if each in found)


def _meant(session: Session, text: str) -> Iterator[tuple[int, Hit]]:
    """Boxes that exist under a number that `text` was probably meant to be."""
    doubtful = doubt(session, text)
    if doubtful is None:
        return
    why = "There is no box of that number"
    if doubtful.alike:
        why = "O and 0, I and 1 look alike"
    elif doubtful.digit is not None:
        why = f"The check digit should be {doubtful.digit}"
    elif doubtful.weak:
        why = "The number is weak: swapped digits pass its check"
    for identity, number in doubtful.meant:
        yield (
            0,
            Hit(kind="box", id=identity, title=number, about="", why=f"did you mean this? {why}", match="did you mean"),
        )


def _with_boxes(session: Session, clock: Clock, hits: Sequence[Hit]) -> list[Hit]:
    """What is known of each box that was found, in words."""
    ids = [hit.id for hit in hits if hit.kind == "box"]
    chosen = CONTAINERS.statement.where(_box.c.id.in_(ids))
    rows = {row.id: row for row in CONTAINERS.read(session, chosen, Moment.of(clock))} if ids else {}
    written = []
    for hit in hits:
        row = rows.get(hit.id) if hit.kind == "box" else None
        if row is not None:
            about = ", ".join(part for part in (row.where, row.train, row.readiness) if part)
            title = display_number(row.number) if row.number else "(not named)"
            written.append(msgspec.structs.replace(hit, title=title, about=about))
        elif hit.kind != "box":  # the box of a truck may be gone
            written.append(hit)
    return written
