"""What a page about one thing is made of: sections of labelled values, some of which lead on."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from storage.queries.columns import Column
from storage.queries.columns import Kind as ValueKind

Kind = Literal["train", "box", "declaration", "block", "feed", "wagon", "booking", "seal"]
Level = Literal["act", "watch", "unknown", "calm"]


class Link(NamedTuple):
    """Another page."""

    kind: Kind
    id: str


class Line(msgspec.Struct, frozen=True):
    """A value with its label; None is unknown. `unit` of a number; `level` where it needs somebody; `link` leads on."""

    label: str
    value: Any
    kind: ValueKind = "text"
    unit: str = ""
    level: Level | None = None
    link: Link | None = None


class Section(msgspec.Struct, frozen=True):
    """Lines under a title."""

    title: str
    lines: tuple[Line, ...]


class Detail(msgspec.Struct, frozen=True):
    """The page of one thing; `feeds` are those it is made of. Sections without lines are left out."""

    kind: Kind
    id: str
    title: str
    sections: tuple[Section, ...]
    feeds: tuple[str, ...]


def page(kind: Kind, identity: str, title: str, sections: Iterable[Section], feeds: Sequence[str]) -> Detail:
    """A page, without its empty sections."""
    return Detail(kind, identity, title, tuple(section for section in sections if section.lines), tuple(feeds))


def values(row: Any, columns: Iterable[Column], keys: str, **links: Link | None) -> tuple[Line, ...]:
    """Lines of the columns named in `keys`, with their titles and units; `links` by key."""
    by_key = {column.key: column for column in columns}
    return tuple(
        Line(by_key[key].title, getattr(row, key), by_key[key].kind, by_key[key].unit, link=links.get(key))
        for key in keys.split()
    )


def linked(kind: Kind, identity: str | None) -> Link | None:
    """A link, where there is something to lead to."""
    return None if identity is None else Link(kind, identity)
