"""Dangerous goods that stand too near to each other: a table of classes that a site can put its own in place of."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from storage.errors import SettingsError
from storage.figures.registry import declare

declare(
    "segregation", "Segregation", "pairs",
    """Two boxes of dangerous goods in one block that stand nearer than the site's table asks of their classes. The
    distance is counted in 20-foot bays or in rows, whichever is more. The table and its edition are named beside the
    list; a class it does not know, and class 1 beside class 1, cannot be told. A box without a block, a bay, a row or
    a class could not be checked, and is counted beside the list. Rules for single substances are not in it.""",
    "IMDG Code 7.2",
)  # fmt: skip

Term = Literal["1", "2", "3", "4", "X", "*"]
TERMS: Mapping[str, str] = {
    "1": "away from", "2": "separated from", "3": "separated by a complete compartment from",
    "4": "separated longitudinally from",
}  # fmt: skip


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table as its file holds it; see the page beside the one that comes with Dryport."""

    edition: str
    classes: tuple[str, ...]
    terms: dict[str, str]
    apart: dict[str, int]
    same_as: dict[str, str] = {}

    def __post_init__(self) -> None:
        """`ValueError` for a table that is not one: each class has a row as long as `classes`, the same both ways."""
        for name in self.classes:
            row = self.terms.get(name, "").split()
            if len(row) != len(self.classes) or any(term not in {*TERMS, "X", "*"} for term in row):
                raise ValueError(f"the row of class {name} must have {len(self.classes)} of 1, 2, 3, 4, X and *")
        for name in self.classes:
            for nth, other in enumerate(self.classes):
                if self.terms[name].split()[nth] != self.terms[other].split()[self.classes.index(name)]:
                    raise ValueError(f"class {name} beside {other} is not as {other} beside {name}")
        if missing := sorted(TERMS.keys() - self.apart.keys()):
            raise ValueError(f"apart says nothing of term {missing[0]}")

    def term(self, one: str | None, other: str | None) -> Term | None:
        """What the table says of two classes, written 3, 2.1 or 1.4S; None where it does not know one of them."""
        first, second = self._row(one), self._row(other)
        if first is None or second is None:
            return None
        return self.terms[first].split()[self.classes.index(second)]  # type: ignore[return-value]  # checked above

    def _row(self, name: str | None) -> str | None:
        division = (name or "").strip().rstrip("ABCDEFGHJKLNS")  # compatibility groups of class 1
        division = self.same_as.get(division, division)
        return division if division in self.classes else None


class Apart(NamedTuple):
    """How two boxes stand to each other: `distance` there is, `needed` by the term; None cannot be told."""

    term: Term | None
    distance: int
    needed: int | None

    @property
    def too_near(self) -> bool | None:
        """Whether they must be moved apart; None when that cannot be told."""
        return None if self.needed is None else self.distance < self.needed


def apart(table: Table, one: str | None, other: str | None, bays: int, rows: int) -> Apart:
    """How two boxes of these classes stand, so many 20-foot bays and rows from each other; 0 and 0 is one stack."""
    term = table.term(one, other)
    same = one is not None and one == other and not one.startswith("1")
    needed = 0 if term == "X" or same else table.apart.get(term or "")
    return Apart(term, max(bays, rows), needed)


@cache
def default_table() -> Table:
    """The table that comes with Dryport."""
    return msgspec.json.decode(files("storage").joinpath("data", "imdg", "segregation.json").read_bytes(), type=Table)


def read_table(path: Path) -> Table:
    """A site's own table; `SettingsError` says what is wrong with it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Table)
    except OSError as error:
        raise SettingsError(f"The segregation table {path} cannot be read: {error.strerror}.") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise SettingsError(f"The segregation table {path} is none: {error}.") from None
