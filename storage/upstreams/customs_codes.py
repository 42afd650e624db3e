"""A source's own codes of customs, translated to the console's states as its declarations come in.

The tables are data: `storage/data/customs_codes` has one a source, and a site may have its own. A code that no table
has goes through as it came, is shown so, and is counted among what cannot be right.
"""

import tomllib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from storage.errors import SettingsError
from storage.models import Declaration, feed_name
from storage.models.customs import STATES, TURNS
from storage.models.wire import Record
from storage.upstreams.base import Batch, Changes, Part, Place, SnapshotPage, Take, Upstream

TABLES = ("native", "edifact-7365", "dcsa-shipment")
"""Tables that come with Dryport."""
OPTION = "customs_codes"
"""Name of the setting, and of the option of an upstream's settings."""
DEEPEST = 5
"""So many tables may be based on each other."""

B = TypeVar("B")


class CodeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Codes of one source, in small letters, to states, lanes and turns; `based_on` names the table it adds to."""

    title: str = ""
    based_on: str | None = None
    states: dict[str, str] = {}
    lanes: dict[str, str] = {}
    turns: dict[str, str] = {}

    def translated(self, record: Any) -> Any:
        """The record with its state in the console's words, and with the code beside; its own words win."""
        if record.state in STATES:
            return record
        code = plain_code(record.state)
        return msgspec.structs.replace(
            record,
            state=self.states.get(code, record.state),
            raw_state=record.raw_state or record.state,
            lane=record.lane or self.lanes.get(code),
            turn=record.turn or self.turns.get(code),
        )


def plain_code(code: str) -> str:
    """A code as tables have it: `1:120:ZZZ:N` of a message is `1`; capitals and blanks around do not matter."""
    return code.split(":", maxsplit=1)[0].strip().lower()


def read_codes(named: str) -> CodeTable:
    """The table of that name, or in that file; `SettingsError` says what is wrong with it."""
    return _read(named, None, DEEPEST)


def _read(named: str, beside: Path | None, depth: int) -> CodeTable:
    if named in TABLES:
        text, path = files("storage").joinpath("data", OPTION, f"{named}.toml").read_text("utf-8"), None
    else:
        path = (beside or Path()) / Path(named).expanduser()
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{OPTION} '{named}' is no table of Dryport ({', '.join(TABLES)}), and {path} cannot be read: {error}."
            ) from None
    try:
        table = msgspec.convert(tomllib.loads(text), CodeTable)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{path or named}: {error}: correct the table of customs codes.") from None
    _check(table, str(path or named))
    if table.based_on is None:
        return _plain(table)
    if depth == 0:
        raise SettingsError(f"{path or named} is based on too many other tables: name the one it starts from.")
    base = _read(table.based_on, path.parent if path else None, depth - 1)
    mine = _plain(table)
    return CodeTable(
        title=table.title or base.title, states=base.states | mine.states, lanes=base.lanes | mine.lanes,
        turns=base.turns | mine.turns,
    )  # fmt: skip


def _check(table: CodeTable, where: str) -> None:
    for code, state in table.states.items():
        if state not in STATES:
            raise SettingsError(f"{where}: state '{state}' of code {code} is none of {', '.join(STATES)}.")
    for code, turn in table.turns.items():
        if turn not in TURNS:
            raise SettingsError(f"{where}: turn '{turn}' of code {code} is none of {', '.join(TURNS)}.")


def _plain(table: CodeTable) -> CodeTable:
    def plain(codes: Mapping[str, str]) -> dict[str, str]:
        return {plain_code(code): meant for code, meant in codes.items()}

    return CodeTable(title=table.title, states=plain(table.states), lanes=plain(table.lanes), turns=plain(table.turns))


class Translated:
    """An upstream whose declarations come in the console's words."""

    def __init__(self, upstream: Upstream, codes: CodeTable) -> None:
        self._upstream, self._codes = upstream, codes
        self.settings = upstream.settings

    @property
    def interval_s(self) -> float:
        """As the upstream's."""
        return self._upstream.interval_s

    @interval_s.setter
    def interval_s(self, seconds: float) -> None:
        self._upstream.interval_s = seconds

    async def pull(self, place: Place, take: Take) -> None:
        """As the upstream's, with every batch translated on its way."""

        async def taken(batch: Any) -> None:
            await take(self._batch(batch))

        await self._upstream.pull(place, taken)

    def whole(self, feed: str, epoch: str) -> AsyncIterator[Batch] | None:
        """As the upstream's, with every batch translated on its way."""
        batches = self._upstream.whole(feed, epoch)
        return None if batches is None else self._each(batches)

    async def _each(self, batches: AsyncIterator[Batch]) -> AsyncIterator[Batch]:
        async for batch in batches:
            yield self._batch(batch)

    async def close(self) -> None:
        """As the upstream's."""
        await self._upstream.close()

    def _batch(self, batch: B) -> B:
        if isinstance(batch, SnapshotPage):
            return replace(batch, part=self._part(batch.part))
        if isinstance(batch, Changes):
            return replace(batch, parts=[self._part(part) for part in batch.parts])
        return batch

    def _part(self, part: Part) -> Part:
        if part.feed != feed_name(Declaration):
            return part
        records: list[Record] = [self._codes.translated(record) for record in part.records]
        return replace(part, records=records)
