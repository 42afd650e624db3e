"""Boxes of a place, of a train or of the whole terminal: the list behind a count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from console.format import Wall
from console.panes.listing import Listing
from console.panes.source import Asked, TableSource
from console.panes.yard import rows
from console.panes.yard.showing import show_box
from widgets.rows import Row
from widgets.tile import Tile

if TYPE_CHECKING:
    from storage.identifiers import ContainerNumber
    from storage.queries.find import Hit
    from storage.queries.views import View as Table


class BoxesScreen(Listing):
    """Boxes that match the words it is opened with; the words can be changed like any filter.

    A whole container number is looked for however it is spaced, and without its check digit: one that is wrong is said.
    It may follow words that are of other things: `place:yard qzhu 433517-5`.
    """

    noun = "boxes"
    first = "all"
    columns = rows.BOX_COLUMNS

    def __init__(self, way: tuple[str, ...] = ("Boxes",), words: str = "", sort: str = "", *, title: str = "") -> None:
        super().__init__(words)
        self.asked = self.asked._replace(sort=sort)
        self._way = way
        self._opened_with = self.asked
        self._title_in_words = title
        self._doubted = False

    def heading(self) -> str:
        asked_as_opened = self.asked == self._opened_with
        return self._title_in_words if self._title_in_words and asked_as_opened else super().heading()

    def body(self) -> Iterable[Widget]:
        yield Tile(self.heading(), self.make_grid(), id="rows")

    def crumbs(self) -> tuple[str, ...]:
        return self._way

    def table(self) -> Table[Any]:
        from storage.queries.containers import CONTAINERS

        return CONTAINERS

    def source(self, asked: Asked) -> TableSource[Any]:
        from storage.identifiers import parse_container

        others, rest = _parted(asked.words)
        number = parse_container(rest)
        if number is not None:
            asked = asked._replace(words=" ".join((*others, number.number[:10])))
        return super().source(asked)

    def list_rows(self, asked: Asked) -> None:
        from storage.identifiers import look_alikes, parse_container

        super().list_rows(asked)
        _, rest = _parted(asked.words)
        number = parse_container(rest)
        if look_alikes(rest) or (number is not None and number.digit is not None):
            from storage.queries.find import find

            self.ask(
                "meant",
                lambda session, clock: find(session, clock, rest),
                lambda hits: self._say_doubt(number, hits),
            )
        elif self._doubted:
            self._doubted = False
            self.port.say("")

    def _say_doubt(self, number: ContainerNumber | None, hits: list[Hit]) -> None:
        words = doubt(number, [hit.title for hit in hits if hit.match == "did you mean"])
        if words or self._doubted:
            self._doubted = bool(words)
            self.port.say(words)

    def write(self, record: Any, wall: Wall) -> Row:
        return rows.box_row(record, wall)

    def open_row(self, key: str) -> None:
        self.port.open_detail("box", key)

    def do_map(self, _argument: str) -> None:
        """The box under the cursor on the map."""
        show_box(self, self.grid.cursor_key)


def of_kind(words: str) -> BoxesScreen:
    """All boxes of a size-type, those of its local codes too; or all of which these words are so, `40HC empty`."""
    from storage.identifiers import decode_size_type

    asked = f"size_type:{words}" if decode_size_type(words) is not None else words
    return BoxesScreen(("Boxes", words), asked, title=f"Boxes of {words}" if asked != words else f"Boxes, {words}")


PAGE = of_kind


def _parted(words: str) -> tuple[list[str], str]:
    """The words of other things, and the rest of them, which may be a container number."""
    from storage.text import narrow

    parts = narrow(words).split()
    others = [part for part in parts if not part.replace("-", "").isalnum()]
    return others, " ".join(part for part in parts if part not in others)


def doubt(number: ContainerNumber | None, meant: list[str]) -> str:
    """What is to be said of a number that was typed: it is none, its digit is wrong, it is weak; those it may be."""
    known = f" Did you mean {' or '.join(meant)}?" if meant else ""
    if number is None:
        return known.strip()
    if not number.right:
        return f"{number.fault}{known}"
    return f"The number is weak: swapped digits pass its check.{known}" if number.weak and meant else ""
