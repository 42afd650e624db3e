"""Find anything by a number, whole or in part: a box, train, wagon, declaration, booking or seal."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, FromClause, case, or_, select
from sqlmodel import Session

from storage.clock import Clock
from storage.figures.policy import Moment
from storage.identifiers import did_you_mean, display_number, normalise, parse_container
from storage.models import Booking, Container, Declaration, Seal, Train, Wagon, table_of
from storage.queries.columns import by_bytes, contains, like_pattern
from storage.queries.containers import CONTAINERS

Kind = Literal["box", "train", "wagon", "declaration", "booking", "seal"]
Match = Literal["exact", "prefix", "part", "did you mean"]
MATCHES: tuple[Match, ...] = ("exact", "prefix", "did you mean", "part")
"""Best first."""
FEEDS = ("containers", "trains", "wagons", "declarations", "bookings", "seals")
SHORTEST = 2
"""A shorter text finds nothing: it would find everything."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something found. `title` names it, `about` says what it is now, `why` what matched."""

    kind: Kind
    id: str
    title: str
    about: str
    why: str
    match: Match


class _Place(NamedTuple):
    """A column to look in; `indexed`: what it begins with is told from an index."""

    kind: Kind
    what: str
    table: FromClause
    column: ColumnElement[Any]
    about: tuple[ColumnElement[Any], ...] = ()
    indexed: bool = True


_box, _train, _wagon = table_of(Container), table_of(Train), table_of(Wagon)
_declaration, _booking, _seal = table_of(Declaration), table_of(Booking), table_of(Seal)
_towards = case((_train.c.direction == "arrival", _train.c.origin), else_=_train.c.destination)

PLACES = (
    _Place("box", "number", _box, _box.c.number),
    _Place("train", "number", _train, _train.c.number, (_train.c.direction, _towards, _train.c.phase)),
    _Place("declaration", "number", _declaration, _declaration.c.number, (_declaration.c.lane, _declaration.c.state)),
    _Place("booking", "number", _booking, _booking.c.number, (_booking.c.train_id, _booking.c.shipper)),
    _Place("seal", "number", _seal, _seal.c.number, (_seal.c.state, _seal.c.place)),
    _Place("wagon", "number", _wagon, _wagon.c.number, (_wagon.c.train_id, _wagon.c.wagon_type), indexed=False),
    _Place("box", "booking", _box, _box.c.booking, indexed=False),
    _Place("box", "bill", _box, _box.c.bill, indexed=False),
    _Place("box", "seal", _box, _box.c.seal, indexed=False),
    _Place("box", "truck", _box, _box.c.vehicle, indexed=False),
)


def find(session: Session, clock: Clock, text: str, limit: int = 50) -> list[Hit]:
    """What `text` names, best matches first, at most `limit`; in a container number spaces and hyphens do not count.

    A container number that nobody has, fails its check or is weak also finds the numbers it may have been meant for.
    Numbers that merely hold the text are looked for when too few are it, or begin with it; but for a whole container
    number that somebody has they are not.
    """
    if len(normalise(text)) < SHORTEST:
        return []
    found: dict[tuple[str, str], tuple[tuple[int, int], Hit]] = {}

    def take(hits: Iterable[tuple[int, Hit]]) -> None:
        for order, hit in hits:
            rank = (MATCHES.index(hit.match), order)
            if (hit.kind, hit.id) not in found or rank < found[hit.kind, hit.id][0]:
                found[hit.kind, hit.id] = (rank, hit)

    take(_begins(session, text.strip(), limit))
    take(_meant(session, text))
    whole = parse_container(text) is not None and any(hit.match == "exact" for _, hit in found.values())
    if len(found) < limit and not whole:
        take(_holds(session, text.strip(), limit))
    best = sorted(found.values(), key=lambda ranked: (ranked[0], ranked[1].title))[:limit]
    return _with_boxes(session, clock, [hit for _, hit in best])


def _begins(session: Session, text: str, limit: int) -> Iterator[tuple[int, Hit]]:
    """Numbers that are the text or begin with it, out of the index of each."""
    for order, place in enumerate(PLACES):
        if not place.indexed:
            continue
        needle = _needle(place, text)
        for wording in dict.fromkeys((needle, needle.upper())):
            last = wording[:-1] + chr(ord(wording[-1]) + 1)  # the first text that no longer begins so
            chosen = (
                select(place.table.c.id, place.column.label("text"), *place.about)
                .where(by_bytes(place.column) >= wording, by_bytes(place.column) < last)
                .order_by(place.column)
                .limit(limit)
            )
            for row in session.connection().execute(chosen):
                yield order, _hit(place, row, needle)


def _holds(session: Session, text: str, limit: int) -> Iterator[tuple[int, Hit]]:
    """Numbers that hold the text: of those with an index out of that; of the others of a table in one pass over it."""
    tables: defaultdict[FromClause, list[tuple[int, _Place]]] = defaultdict(list)
    for order, place in enumerate(PLACES):
        if place.indexed:
            needle = _needle(place, text)
            holding = holds(place.column, needle, limit)
            for row in session.connection().execute(
                select(place.table.c.id, place.column, *place.about).where(holding)
            ):
                yield order, _hit(place, row, needle)
        else:
            tables[place.table].append((order, place))
    for table, places in tables.items():
        about = places[0][1].about
        columns = [place.column.label(f"text_{nth}") for nth, (_, place) in enumerate(places)]
        holding = or_(*(contains(place.column, like_pattern(text)) for _, place in places))
        for row in session.connection().execute(select(table.c.id, *columns, *about).where(holding).limit(2 * limit)):
            for (order, place), value in zip(places, row[1:], strict=False):
                if value is not None and text.lower() in value.lower():
                    yield order, _hit(place, (row.id, value, *row[1 + len(places) :]), text)


def holds(number: ColumnElement[str], needle: str, limit: int) -> ColumnElement[bool]:
    """Records of the first numbers that hold `needle`; the others are passed over in the index, their rows unread."""
    return number.in_(select(number).where(contains(number, like_pattern(needle))).order_by(number).limit(limit))


def _needle(place: _Place, text: str) -> str:
    return normalise(text) if place.column is _box.c.number else text


def _hit(place: _Place, row: Sequence[Any], needle: str) -> Hit:
    """A hit of id, text and what is known about it."""
    identity, text, *rest = row
    value, wanted = text.upper(), needle.upper()
    match: Match = "exact" if value == wanted else "prefix" if value.startswith(wanted) else "part"
    about = ", ".join(str(each) for each in rest if each is not None)
    return Hit(kind=place.kind, id=identity, title=text, about=about, why=_why(place, text, match), match=match)


def _why(place: _Place, text: str, match: Match) -> str:
    how = {"exact": "", "prefix": " begins so", "part": " holds it"}[match]
    return f"{place.what}{how}" if place.what == "number" else f"{place.what} {text}"


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A container number as typed that may not be the one that was meant. `digit`: what its last one should be.

    `meant`: numbers of boxes that exist, likeliest first; `known`: there is a box of the number as it was typed.
    """

    number: str
    digit: int | None
    weak: bool
    known: bool
    meant: tuple[tuple[str, str], ...]
    """Box id and number."""

    @property
    def words(self) -> str:
        """What is doubtful, in words."""
        if self.digit is not None:
            return f"the check digit of {display_number(self.number)} should be {self.digit}"
        if self.weak:
            return f"{display_number(self.number)} is weak: swapped digits pass its check"
        return f"there is no box {display_number(self.number)}"


def doubt(session: Session, text: str) -> Doubt | None:
    """What is doubtful about `text` as a whole container number; None for what is none, or right, strong and known."""
    number = parse_container(text)
    if number is None or number.digit is None:
        return None
    column, run = _box.c.number, session.connection().execute
    known = run(select(_box.c.id).where(column == number.number).limit(1)).first() is not None
    if number.right and not number.weak and known:
        return None
    candidates = did_you_mean(number)
    found = {row.number: row.id for row in run(select(_box.c.id, column).where(column.in_(candidates)))}
    return Doubt(
        number=number.number, digit=None if number.right else number.expected_digit, weak=number.weak, known=known,
        meant=tuple((found[each], each) for each in candidates if each in found),
    )  # fmt: skip


def _meant(session: Session, text: str) -> Iterator[tuple[int, Hit]]:
    """Boxes that exist under a number that `text` was probably meant to be."""
    doubtful = doubt(session, text)
    if doubtful is None:
        return
    why = "There is no box of that number"
    if doubtful.digit is not None:
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
        else:
            written.append(hit)
    return written
