"""The filter language of `/` and of the headless commands, and sorts.

    X9582 qinzhou        rows that hold both words in any of their text columns, in capitals or not
    LSTU 813364 9        container numbers with or without spaces and hyphens
    "yellow lane"        the phrase
    lane:red             the column `lane` contains "red";  lane=red  is exactly that
    late>15  at<+12h     numbers, times (10:30, 2026-11-20T10:30, +2h, -30m, now, today), durations (1:30, 90 minutes)
    40HC  empty          what a word stands for in its column: a size-type, full or empty
    B3-06  B3-06-02-1    what stands there: a bay of a block, with its row and tier
    holds:--             the column is unknown
    -word  -lane:red     rows for which it does not hold, unknown ones among them

A sort is a list of columns, `late,-number`: a minus turns the order round; unknown values come last either way.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select, union_all

from storage.errors import UsageError
from storage.figures.policy import Moment
from storage.identifiers import normalise
from storage.queries.columns import Column, column_named, contained, holds_parted, to_milliseconds
from storage.text import narrow

_TOKEN = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_FIELD = re.compile(r"([A-Za-z][\w-]*)(:|<=|>=|!=|=|<|>)(.*)", re.DOTALL)
_SPAN = re.compile(r"([+-]?)(\d+(?:\.\d+)?)(m|min|h|d)", re.ASCII)
_HOURS = re.compile(r"([+-]?)(\d+):(\d\d)", re.ASCII)
_UNITS = {"m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_UNKNOWN = ("", "--", "none", "unknown")
_YES_NO = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; without a column it is a word. `value` None asks for unknown; a timedelta counts from now."""

    column: Column | None
    operator: str
    value: Any
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Criteria:
    """Conditions that must all hold. Make one by `parse_filter`, or by `filter` of a view."""

    terms: tuple[Term, ...] = ()

    def in_sql(self) -> bool:
        """Whether SQL alone can tell."""
        return all(term.column is None or term.column.expression is not None for term in self.terms)

    def has_words(self) -> bool:
        """Whether it asks for a word, whatever column it is in."""
        return any(term.column is None for term in self.terms)

    def given(self, known: Mapping[str, Any], columns: Sequence[Column], moment: Moment) -> "Criteria | None":
        """What is left to ask of a row for which the columns of these keys say this; None when they rule it out."""
        row, left = SimpleNamespace(**known), []
        for term in self.terms:
            if term.column is None or term.column.key not in known:
                left.append(term)
            elif _holds(term, row, columns, moment) == term.negated:
                return None
        return Criteria(tuple(left))

    def where(self, columns: Sequence[Column], moment: Moment) -> list[ColumnElement[bool]]:
        """The conditions that SQL can tell."""
        found = []
        for term in self.terms:
            condition = _sql(term, columns, moment)
            if condition is not None:
                found.append(not_(func.coalesce(condition, false())) if term.negated else condition)
        return found

    def accepts(self, row: object, columns: Sequence[Column], moment: Moment, *, after_sql: bool = False) -> bool:
        """Whether the conditions hold for `row`; `after_sql` leaves out those that `where` has held already."""
        return all(
            _holds(term, row, columns, moment) != term.negated
            for term in self.terms
            if not after_sql or (term.column is not None and term.column.expression is None)
        )


@dataclass(frozen=True, slots=True)
class Sort:
    """Columns to order by, each with whether it is turned round."""

    keys: tuple[tuple[Column, bool], ...] = ()

    def in_sql(self) -> bool:
        """Whether SQL alone can order so."""
        return all(column.expression is not None and not column.order for column, _ in self.keys)

    def by(self) -> list[tuple[ColumnElement[Any], bool]]:
        """What SQL orders by, each with whether it is turned round."""
        return [
            (expression, down)
            for column, down in self.keys
            for expression in column.sort_by or (column.expression,)
            if expression is not None
        ]

    def order_by(self, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        """For SQL; unknown values last. `backwards` begins at the end."""
        return in_order(self.by(), backwards=backwards)

    def sorted(self, rows: Sequence[Any]) -> list[Any]:
        """`rows` in order; unknown values last, equal rows as they came."""
        found = list(rows)
        for column, down in reversed(self.keys):
            known = [row for row in found if column.rank(row) is not None]
            unknown = [row for row in found if column.rank(row) is None]
            found = sorted(known, key=column.rank, reverse=down) + unknown
        return found


EVERYTHING = Criteria()


def in_order(by: Sequence[tuple[ColumnElement[Any], bool]], *, backwards: bool = False) -> list[ColumnElement[Any]]:
    """Columns as SQL orders by them, each turned round or not; unknown values last. `backwards` begins at the end."""
    if backwards:
        return [(expression.asc() if down else expression.desc()).nulls_first() for expression, down in by]
    return [(expression.desc() if down else expression.asc()).nulls_last() for expression, down in by]


def parse_filter(text: str | Sequence[str], columns: Sequence[Column], view: str) -> Criteria:
    """A filter as typed, or as the words of a command line, each of which is one term however it is spaced.

    Raises:
        UsageError: an unknown column (the nearest is named), or a value that does not suit its column.
    """
    tokens = _TOKEN.findall(narrow(text)) if isinstance(text, str) else [token for token in text if token.strip()]
    return Criteria(tuple(_term(narrow(token), columns, view) for token in tokens))


def parse_sort(text: str, columns: Sequence[Column], view: str) -> Sort:
    """A sort as typed, `late,-number`; `UsageError` for an unknown column."""
    names = [name for name in re.split(r"[,\s]+", text) if name]
    return Sort(tuple((column_named(columns, name.lstrip("+-"), view), name.startswith("-")) for name in names))


def parse_time(text: str, moment: Moment) -> datetime:
    """A time as in a filter: 14:00 of today, 2026-11-20T14:00, +2h, now; `UsageError` for anything else."""
    try:
        value = _time(text.strip())
    except ValueError:
        value = "today"
    if value == "today" or (isinstance(value, date) and not isinstance(value, datetime)):
        raise UsageError(f"'{text}' is not a time: write 14:00, 2026-11-20T14:00, +2h or now.")
    return _between(value, moment)[0]


def _term(token: str, columns: Sequence[Column], view: str) -> Term:
    negated = token.startswith("-") and len(token) > 1
    body = token.removeprefix("-") if negated else token
    match = _FIELD.fullmatch(body)
    if match is None:
        return Term(None, ":", body.replace('"', ""), negated)
    name, operator, raw = match.groups()
    column = column_named(columns, name, view)
    value = raw.replace('"', "")
    if operator in (":", "=", "!=") and value.lower() in _UNKNOWN:
        return Term(column, operator, None, negated)
    if operator in ("<", ">", "<=", ">=") and column.kind in ("text", "yes_no"):
        raise UsageError(f"'{column.key}' has no order to compare by: write {column.key}:{value or 'VALUE'}.")
    try:
        return Term(column, operator, _VALUES[column.kind](value), negated)
    except (ValueError, OverflowError):
        raise UsageError(f"'{value}' is no {_SAMPLES[column.kind]} for '{column.key}'.") from None


# ------------------------------------------------------------------------------------------------------------ values
def _yes_no(text: str) -> bool:
    if text.lower() not in _YES_NO:
        raise ValueError(text)
    return _YES_NO[text.lower()]


def _span(text: str) -> timedelta:
    if match := _HOURS.fullmatch(text):
        sign, hours, minutes = match.groups()
        span = timedelta(hours=int(hours), minutes=int(minutes))
    elif match := _SPAN.fullmatch(text):
        sign, amount, unit = match.groups()
        span = timedelta(seconds=float(amount) * _UNITS[unit])
    else:
        sign, span = "", timedelta(minutes=float(text))
    return -span if sign == "-" else span


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _time(text: str) -> datetime | time | date | timedelta | str:
    if text.lower() in ("now", "today"):
        return timedelta(0) if text.lower() == "now" else "today"
    if _SPAN.fullmatch(text) and text[0] in "+-":
        return _span(text)
    if re.fullmatch(r"\d\d?:\d\d", text, re.ASCII):
        return time.fromisoformat(text.zfill(5))
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


_VALUES: dict[str, Any] = {"text": str, "number": _number, "time": _time, "duration": _span, "yes_no": _yes_no}
_SAMPLES = {
    "number": "number",
    "time": "time (10:30, 2026-11-20T10:30, +2h, -30m, now, today)",
    "duration": "duration (1:30, 90, 2h)",
    "yes_no": "yes or no",
}


def _between(value: Any, moment: Moment) -> tuple[datetime, datetime]:
    """The time that is meant, and the end of its minute; for a date, of its day."""
    zone, now = moment.policy.zone, moment.now
    if isinstance(value, timedelta):
        start, span = now + value, _MINUTE
    elif isinstance(value, time):
        start, span = datetime.combine(now.astimezone(zone), value, zone), _MINUTE
    elif isinstance(value, datetime):
        start, span = value if value.tzinfo else value.replace(tzinfo=zone), _MINUTE
    else:
        day = now.astimezone(zone).date() if value == "today" else value
        start, span = datetime.combine(day, time(), zone), timedelta(days=1)
    return start.astimezone(UTC), (start + span).astimezone(UTC)


# --------------------------------------------------------------------------------------------------------------- SQL
def _sql(term: Term, columns: Sequence[Column], moment: Moment) -> ColumnElement[bool] | None:
    if term.column is None:
        return _named_sql(term.value, columns)
    expression = term.column.expression
    if expression is None:
        return None
    if term.value is None:
        return expression.is_not(None) if term.operator == "!=" else expression.is_(None)
    if term.column.kind == "text":
        return _text_sql(term, term.column, expression)
    if term.column.kind == "time":
        return _time_sql(term, expression, *_between(term.value, moment))
    if term.column.kind == "yes_no":
        return expression.is_(term.value if term.operator != "!=" else not term.value)
    value = to_milliseconds(term.value) if isinstance(term.value, timedelta) else term.value
    compared: ColumnElement[bool] = expression.op(_COMPARES[term.operator], is_comparison=True)(value)
    return compared


_COMPARES = {":": "=", "=": "=", "!=": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}


def _needle(word: str, column: Column) -> str:
    return (normalise(word) or word) if column.compact else word


def _named_sql(word: str, columns: Sequence[Column]) -> ColumnElement[bool]:
    """A plain word names the rows, or is in one of their columns."""
    held = or_(false(), *(_word_sql(word, column) for column in columns if column.expression is not None))
    named = next((named for column in columns if column.names and (named := column.names(word))), None)
    if named is None:
        return held
    # First the few that it names, by their index: beside other conditions all rows would be gone through for them.
    identity = next(column.expression for column in columns if column.key == "id" and column.expression is not None)
    arms = (named.rows, and_(not_(named.known), held))
    return identity.in_(union_all(*(select(identity).where(arm).correlate(None) for arm in arms)))


def _word_sql(word: str, column: Column) -> ColumnElement[bool]:
    """A plain word is in the column, or stands for what is in it; false where it is not looked for."""
    held = contained(column, _needle(word, column)) if column.words else false()
    return or_(held, _meant_sql(word, column))


def _meant_sql(word: str, column: Column) -> ColumnElement[bool]:
    meant = column.meant(word)
    return column.expression.in_(meant) if meant and column.expression is not None else false()


def _text_sql(term: Term, column: Column, expression: ColumnElement[Any]) -> ColumnElement[bool]:
    needle = _needle(term.value, column)
    if term.operator == ":":
        return or_(_meant_sql(term.value, column), contained(column, needle))  # the dearer one where it must be
    same: ColumnElement[bool] = func.lower(expression) == needle.lower()
    return not_(same) if term.operator == "!=" else same


def _time_sql(term: Term, expression: ColumnElement[Any], start: datetime, end: datetime) -> ColumnElement[bool]:
    if term.operator in ("<", ">", "<=", ">="):
        return expression.op(_COMPARES[term.operator], is_comparison=True)(start)
    inside = and_(expression >= start, expression < end)
    return not_(inside) if term.operator == "!=" else inside


# ------------------------------------------------------------------------------------------------------------ Python
def _holds(term: Term, row: object, columns: Sequence[Column], moment: Moment) -> bool:
    if term.column is None:
        return any(
            _contains(getattr(row, column.key), term.value, column)
            if column.words
            else getattr(row, column.key) in column.meant(term.value)
            for column in columns
        )
    value = getattr(row, term.column.key)
    if term.value is None:
        return (value is None) != (term.operator == "!=")
    if value is None:
        return False
    if term.column.kind == "text" and term.operator == ":":
        return _contains(value, term.value, term.column)
    if term.column.kind == "text":
        same = _text(value).lower() == _needle(term.value, term.column).lower()
        return same != (term.operator == "!=")
    if term.column.kind == "time":
        start, end = _between(term.value, moment)
        if term.operator in (":", "=", "!="):
            return bool(start <= value < end) != (term.operator == "!=")
        return _compares(term.operator, value, start)
    return _compares(term.operator, value, term.value)


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _contains(value: Any, word: str, column: Column) -> bool:
    if value is None:
        return False
    if column.parted:
        return holds_parted(_text(value), word)
    return _needle(word, column).lower() in _text(value).lower() or value in column.meant(word)


def _compares(operator: str, value: Any, other: Any) -> bool:
    match operator:
        case "<":
            return bool(value < other)
        case ">":
            return bool(value > other)
        case "<=":
            return bool(value <= other)
        case ">=":
            return bool(value >= other)
        case "!=":
            return bool(value != other)
        case _:
            return bool(value == other)
