"""From a record on the wire to a row of the cache, derived from the feed's one declaration.

`record_type(model)` is the struct that decodes a record: the fields of the SQLModel less those the cache adds, with the
same bounds. `wire(model)` adds what taking records in needs. A record costs a few microseconds here, so the functions
that turn one into a row are written once per feed, as source, and compiled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Protocol, get_args

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic.fields import FieldInfo

from storage.identifiers import container_flags, wagon_flags
from storage.models.base import EPOCH, FIRST_YEAR, LAST_YEAR, LOCAL_COLUMNS, MAX_REV, Feed, table_of, to_ms
from storage.models.trains import Wagon
from storage.models.yard import Container
from storage.text import clean

Row = tuple[Any, ...]
"""Values in the order of the table's columns, as the driver takes them."""

_END = to_ms(EPOCH.replace(year=LAST_YEAR + 1))


class Record(Protocol):
    """What every decoded record has."""

    id: str
    rev: int
    changed_at: datetime


class ToRow(Protocol):
    """Turns a record into a row; `ValueError` names the field that has no place in the cache."""

    def __call__(self, record: Any, source: str, observed_ms: int) -> Row:
        """The row of `record`, taken from `source` at `observed_ms`."""
        ...


FLAGS: dict[type[Feed], tuple[Callable[..., str | None], tuple[str, ...]]] = {
    Container: (container_flags, ("number", "size_type")),
    Wagon: (wagon_flags, ("number",)),
}
"""Per feed, what checks its identifiers, and which fields it is given: what fails is kept, flagged and shown."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How records of one feed are taken in."""

    model: type[Feed]
    record: type[msgspec.Struct]
    columns: tuple[str, ...]
    one: msgspec.json.Decoder[Any]
    """Decodes one record."""
    row: ToRow
    """To a row, every text cleaned."""
    plain_row: ToRow
    """To a row, when the whole page is known to hold nothing `clean` would change."""


def wire_fields(model: type[Feed]) -> dict[str, FieldInfo]:
    """The fields of a record on the wire, by name, in the order of the table."""
    return {name: info for name, info in model.model_fields.items() if name not in LOCAL_COLUMNS}


@cache
def record_type(model: type[Feed]) -> type[msgspec.Struct]:
    """The struct of a record of this feed on the wire.

    Keyword-only, frozen; unknown keys are ignored, missing optional ones are None, times must carry an offset.
    """
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, info in wire_fields(model).items():
        kind = _annotation(info)
        fields.append((name, kind) if info.is_required() else (name, kind, info.default))
    return msgspec.defstruct(
        model.__name__,
        fields,
        kw_only=True,
        frozen=True,
        gc=False,
        module=__name__,
        namespace={"__doc__": model.__doc__},
    )


@cache
def wire(model: type[Feed]) -> Wire:
    """All that taking in a record of this feed needs; made once."""
    record = record_type(model)
    columns = tuple(column.name for column in table_of(model).columns)
    return Wire(
        model=model,
        record=record,
        columns=columns,
        one=msgspec.json.Decoder(record),
        row=_row_function(model, columns, cleaned=True),
        plain_row=_row_function(model, columns, cleaned=False),
    )


def _annotation(info: FieldInfo) -> Any:
    bounds: dict[str, Any] = {}
    for rule in info.metadata:
        match rule:
            case MaxLen(max_length=most):
                bounds["max_length"] = most
            case MinLen(min_length=least):
                bounds["min_length"] = least
            case Ge(ge=floor):
                bounds["ge"] = floor
            case Le(le=ceiling):
                bounds["le"] = ceiling
    base = _base(info)
    if base is datetime:
        bounds["tz"] = True
    if base is int:
        bounds = {"ge": -MAX_REV, "le": MAX_REV, **bounds}
    meta = msgspec.Meta(**bounds, description=info.description, extra_json_schema=_notes(info))
    kind: Any = Annotated[base, meta]
    return kind if info.is_required() else kind | None


def _base(info: FieldInfo) -> Any:
    kind = info.annotation
    return next(part for part in get_args(kind) if part is not type(None)) if isinstance(kind, UnionType) else kind


def _notes(info: FieldInfo) -> dict[str, Any] | None:
    """What the contract's document says of a field besides its type: known words, the feed a key refers to."""
    extra = info.json_schema_extra
    if not isinstance(extra, dict):
        return None
    notes: dict[str, Any] = {}
    if extra.get("known"):
        notes["x-known-values"] = extra["known"]
    if extra.get("refers_to"):
        notes["x-refers-to"] = extra["refers_to"]
    return notes or None


def _row_function(model: type[Feed], columns: tuple[str, ...], *, cleaned: bool) -> ToRow:
    """Compile `row(record, source, observed_ms)`: straight-line code is several times a loop over the fields."""
    given = wire_fields(model)
    check, checked = FLAGS.get(model, (None, ()))
    flags = f"check({', '.join(f'r.{name}' for name in checked)})" if check else "None"
    values = {"source": "source", "observed": "observed_ms", "flags": flags}
    for name, info in given.items():
        value = f"r.{name}"
        if _base(info) is datetime:
            value = f"ms({value}, {name!r})"
        elif _base(info) is str and cleaned:
            value = f"(v if (v := {value}) is None or v.isascii() and v.isprintable() else clean(v))"
        if _base(info) is datetime and not info.is_required():
            value = f"(None if r.{name} is None else {value})"
        values[name] = value
    lines = ",\n        ".join(values[column] for column in columns)
    source = f"def row(r, source, observed_ms):\n    return (\n        {lines},\n    )\n"
    space: dict[str, Any] = {"ms": _bounded_ms, "clean": clean, "check": check}
    exec(compile(source, f"<row of {model.__name__}>", "exec"), space)  # noqa: S102  # built from our own field names
    made: ToRow = space["row"]
    return made


def _bounded_ms(moment: datetime, field: str) -> int:
    # The decoder has refused a time without offset; adding up the parts is quicker than the division of to_ms.
    since = moment - EPOCH
    value = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    if 0 <= value < _END:
        return value
    raise ValueError(f"{field} is in the year {moment.year}, outside {FIRST_YEAR} to {LAST_YEAR}")
