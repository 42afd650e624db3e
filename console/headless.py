"""What a headless command answers, and how it is written: a table to read, JSON, JSON lines and CSV for programs.

Data goes to stdout and nothing else does. Times are ISO 8601 with the site's offset, durations are seconds, unknown is
null, an empty CSV field, `--` in a table. JSON says how fresh every feed behind the rows is; for the forms that cannot,
that line goes to stderr.
"""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, TextIO

import msgspec

from console.format import TEMPERATURES, UNKNOWN, Wall, degrees, hours_minutes, number
from storage.text import clean

Format = Literal["table", "json", "jsonl", "csv"]

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula, and text from upstream must never be one."""


class Column(Protocol):
    """What is said of a column; `key` names it everywhere, `unit` is empty where the value has none."""

    @property
    def key(self) -> str:
        """Name in JSON, CSV, filters and sorts."""

    @property
    def title(self) -> str:
        """Heading in a table."""

    @property
    def kind(self) -> str:
        """What its values are: text, number, time, duration or yes_no."""

    @property
    def unit(self) -> str:
        """Unit of the numbers."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a feed stood when the rows were read; `age` None is unknown."""

    state: str
    word: str
    age: timedelta | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of a view, with all that is needed to judge them; values are in the order of `columns`."""

    site: str
    view: str
    wall: Wall
    feeds: Mapping[str, Standing]
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    total: int | None
    """Rows under the filter; None before the feed has come whose records they are."""
    worst: str
    attribution: Sequence[str] = ()
    """What the sources ask to be said with their data."""
    remarks: Sequence[str] = ()
    """What is to be said of the rows besides, such as what could not be told of them."""

    @property
    def as_of(self) -> datetime | None:
        """The oldest as-of of the feeds behind the rows; None when any of them is unknown."""
        known = [standing.as_of for standing in self.feeds.values()]
        return min((each for each in known if each), default=None) if all(known) else None

    def summary(self) -> str:
        """One line for a person: whose rows, how many of them, how fresh."""
        shown, cut = len(self.rows), self.total is not None and len(self.rows) < self.total
        count = f"{number(shown)} of {number(self.total)}" if cut else number(self.total)
        rows = "row" if self.total == 1 else "rows"
        more = "--limit 0 shows all" if cut else ""
        said = f"{self.site}: {self.worst}, {self.wall.face()}, {count} {rows}"
        return clean("; ".join(part for part in (said, more, *self.remarks, *self.attribution) if part))

    def meta(self) -> dict[str, object]:
        """All but the rows, as JSON carries it."""
        return {
            "site": self.site,
            "view": self.view,
            "now": self.plain(self.wall.now),
            "as_of": self.plain(self.as_of),
            "freshness": self.worst,
            "feeds": {
                name: {
                    "state": each.state,
                    "age_s": None if each.age is None else round(each.age.total_seconds(), 1),
                    "as_of": self.plain(each.as_of),
                }
                for name, each in self.feeds.items()
            },
            "attribution": list(self.attribution),
            "remarks": list(self.remarks),
            "total": self.total,
            "columns": [{"key": each.key, "title": each.title, "unit": unit_of(each)} for each in self.columns],
        }

    def records(self) -> Iterator[dict[str, object]]:
        """The rows by key, in values JSON knows."""
        keys = [column.key for column in self.columns]
        for row in self.rows:
            yield dict(zip(keys, map(self.plain, row), strict=True))

    def plain(self, value: object) -> object:
        """A value as programs read it: ISO time with the site's offset, duration in seconds, else as it is."""
        if isinstance(value, datetime):
            return self.wall.local(value).isoformat(timespec="seconds")
        if isinstance(value, timedelta):
            return int(value.total_seconds())
        if isinstance(value, list | tuple | set | frozenset):
            return [self.plain(each) for each in value]
        return value

    def shown(self, value: object, unit: str = "") -> str:
        """A value in this unit as a person reads it."""
        if value is None:
            return UNKNOWN
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float):
            return degrees(value) if unit in TEMPERATURES else number(value)
        if isinstance(value, datetime):
            return self.wall.time(value)
        if isinstance(value, timedelta):
            return ("-" if value < timedelta(0) else "") + hours_minutes(abs(value))
        if isinstance(value, list | tuple | set | frozenset):
            return ", ".join(self.shown(each) for each in value)
        return clean(str(value))


def unit_of(column: Column) -> str | None:
    """The unit of a column as programs read it: durations are seconds."""
    return "s" if column.kind == "duration" else column.unit or None


def write(answer: Answer, how: Format, out: TextIO | None = None, words: TextIO | None = None) -> None:
    """Write `answer` to `out` (stdout) and what `out` cannot carry to `words` (stderr)."""
    out = out or sys.stdout
    words = words or sys.stderr
    _WRITERS[how](answer, out)
    if how in ("table", "csv"):
        print(answer.summary(), file=words)


def _write_json(answer: Answer, out: TextIO) -> None:
    body = msgspec.json.encode({**answer.meta(), "rows": list(answer.records())})
    out.write((msgspec.json.format(body, indent=2) if out.isatty() else body).decode() + "\n")


def _write_jsonl(answer: Answer, out: TextIO) -> None:
    for each in ({"meta": answer.meta()}, *answer.records()):
        out.write(msgspec.json.encode(each).decode() + "\n")


def _write_csv(answer: Answer, out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(column.key for column in answer.columns)
    for row in answer.rows:
        writer.writerow(_cell(answer.plain(value)) for value in row)


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        value = " ".join(map(str, value))
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value


def _write_table(answer: Answer, out: TextIO) -> None:
    headings = [_heading(column) for column in answer.columns]
    units = [column.unit for column in answer.columns]
    rows = [[answer.shown(value, unit) for value, unit in zip(row, units, strict=True)] for row in answer.rows]
    right = [each.kind in ("number", "duration") for each in answer.columns]
    if out.isatty():
        out.write(_drawn(headings, rows, right))
    else:
        out.writelines(_aligned([headings, *rows], right))


def _heading(column: Column) -> str:
    counted = column.kind == "number" and column.unit and column.unit.lower() != column.title.lower()
    return f"{column.title} ({column.unit})" if counted else column.title


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> Iterator[str]:
    """Every cell whole, in columns two blanks apart; Chinese counts two cells."""
    from rich.cells import cell_len

    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(right))]
    for row in rows:
        cells = []
        for text, width, to_right in zip(row, widths, right, strict=True):
            room = " " * (width - cell_len(text))
            cells.append(room + text if to_right else text + room)
        yield "  ".join(cells).rstrip() + "\n"


def _drawn(headings: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool]) -> str:
    """As wide as the terminal, long cells cut; upstream text never read as markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, to_right in zip(headings, right, strict=True):
        justify: Literal["left", "right"] = "right" if to_right else "left"
        table.add_column(Text(heading), justify=justify, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(text) for text in row))
    page = io.StringIO()
    Console(file=page, force_terminal=True).print(table)
    return page.getvalue()


_WRITERS: dict[str, Callable[[Answer, TextIO], None]] = {
    "json": _write_json,
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "table": _write_table,
}
