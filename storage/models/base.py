"""What every feed has: identity, revision, times, and the column types they are made of.

A feed is one SQLModel class. Its fields are the one declaration from which the decode struct, the bounds, the upsert,
the history table, the headless columns and the contract's OpenAPI derive. Rules for fields:

- codes are text with the known words beside them (`known=`), never a database enum: real feeds carry words we do not;
- times are UTC, stored as epoch milliseconds, years 1970 to 2200: a delay is plain arithmetic on every database;
- an integer that can pass 2**31 - 1 is a `BigInteger`;
- unknown is None, never zero and never an empty text.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, Table, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import AutoString, Field, SQLModel

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR = 1970
LAST_YEAR = 2200
MAX_REV = 2**53 - 1
LOCAL_COLUMNS = ("source", "observed", "flags")
"""Columns the cache adds to each record; they are never on the wire."""

ID_LENGTH = 80
CODE_LENGTH = 40
NAME_LENGTH = 120
REMARK_LENGTH = 400


class EpochMs(TypeDecorator[datetime]):
    """A UTC time as epoch milliseconds; refuses a naive datetime (`ValueError`)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Aware datetime to whole milliseconds since 1970 UTC."""
        return None if value is None else to_ms(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Milliseconds since 1970 UTC to an aware datetime in UTC."""
        return None if value is None else from_ms(value)


TIME = EpochMs()
"""The type of all columns of times. SQLAlchemy keeps with each type how it is written and read, so a thousand columns
with types of their own cost a console megabytes."""


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970 UTC; `ValueError` for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; times are stored in UTC only")
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(value: int) -> datetime:
    """The UTC datetime of whole milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=value)


@cache
def _text_of(most: int) -> AutoString:
    """The type of all columns of texts as long as that; see `TIME`."""
    return AutoString(length=most)


def _text(most: int, **rest: Any) -> Any:
    """A field of text of at most so many characters."""
    return Field(max_length=most, sa_type=_text_of(most), **rest)


class Kept(SQLModel):
    """Something that the cache keeps.

    Rows are never validated by pydantic (what comes from outside is decoded by `storage.models.wire`), so its validator
    of a class is made when somebody asks for it: those of all classes cost a console a megabyte and its start.
    """

    model_config = {"defer_build": True}


class Feed(Kept):
    """One record of a feed, as an upstream gives it and the cache keeps it.

    `id` is unique in its feed over all upstreams of a site: a source that is not a site gateway prefixes its ids with
    its name.
    """

    area: ClassVar[str]
    """The part of the terminal it belongs to: rail, yard, customs or flow."""

    id: str = _text(ID_LENGTH, primary_key=True, min_length=1, description="Identity, unique in the feed.")
    rev: int = Field(
        sa_type=BigInteger,
        ge=0,
        le=MAX_REV,
        description="Revision; grows with every change of the record and never falls.",
    )
    changed_at: datetime = Field(sa_type=TIME, description="When the source changed the record.")
    source: str = _text(CODE_LENGTH, default="", description="Name of the upstream it came from.")
    observed: datetime = Field(
        default=EPOCH, sa_type=TIME, index=True, description="When this cache took this version in."
    )
    flags: str | None = _text(
        NAME_LENGTH,
        default=None,
        description="Data-quality flags, space-separated: check_digit, size_type, ...",
    )


def _extra(**values: Any) -> dict[str, Any]:
    """SQLModel spreads `schema_extra` over pydantic's own arguments; ours go one level down."""
    return {"json_schema_extra": values}


def key(feed: str, description: str, *, index: bool = False) -> Any:
    """A required reference to the `id` of a record of `feed`."""
    return _text(ID_LENGTH, index=index, description=description, schema_extra=_extra(refers_to=feed))


def maybe_key(feed: str, description: str, *, index: bool = False) -> Any:
    """An optional reference to the `id` of a record of `feed`."""
    extra = _extra(refers_to=feed)
    return _text(ID_LENGTH, default=None, index=index, description=description, schema_extra=extra)


def code(description: str, known: Sequence[str] = (), *, index: bool = False) -> Any:
    """An optional code with an open vocabulary: `known` words get a meaning, others are shown as they came."""
    extra = _extra(known=list(known))
    return _text(CODE_LENGTH, default=None, index=index, description=description, schema_extra=extra)


def word(description: str, known: Sequence[str] = (), *, index: bool = False) -> Any:
    """A required code or number of up to 40 characters, with an open vocabulary."""
    return _text(CODE_LENGTH, index=index, description=description, schema_extra=_extra(known=list(known)))


def label(description: str, *, index: bool = False) -> Any:
    """An optional name or number of up to 120 characters."""
    return _text(NAME_LENGTH, default=None, index=index, description=description)


def free_text(description: str) -> Any:
    """Optional free text of up to 400 characters."""
    return _text(REMARK_LENGTH, default=None, description=description)


def instant(description: str, *, index: bool = False) -> Any:
    """An optional UTC time."""
    return Field(default=None, sa_type=TIME, index=index, description=description)


def count(description: str, *, least: int = 0, most: int = 1_000_000) -> Any:
    """An optional whole number within bounds; its unit stands in the description."""
    return Field(default=None, ge=least, le=most, description=description)


def measure(description: str, *, least: float = 0.0, most: float = 1_000_000.0) -> Any:
    """An optional decimal number within bounds; its unit stands in the description."""
    return Field(default=None, ge=least, le=most, description=description)


def yes_no(description: str) -> Any:
    """An optional yes or no; None is unknown."""
    return Field(default=None, description=description)


def index_where(condition: str, name: str, *columns: Any) -> Index:
    """An index of the rows for which `condition` holds, in SQL: a query must say it in the same words.

    Its condition for PostgreSQL is in `info`, for `storage.migrations` to take up: said here, every console would load
    a dialect that it does not speak.
    """
    return Index(name, *columns, sqlite_where=text(condition), info={"where": condition})


def known_words(model: type[Feed], field: str) -> tuple[str, ...]:
    """The known vocabulary of a code field, empty where it is free."""
    extra = model.model_fields[field].json_schema_extra
    words = extra.get("known", []) if isinstance(extra, dict) else []
    return tuple(str(word) for word in words) if isinstance(words, list) else ()


def feed_name(model: type[Feed]) -> str:
    """The feed's name in the contract, which is its table's name."""
    return str(model.__tablename__)


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table of a table model."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel sets it; its stubs do not say so
    return table
