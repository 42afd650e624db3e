"""Codes of customs become states on their way in, by tables that are data."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage.errors import SettingsError
from storage.models import Declaration, Train
from storage.models.customs import STATES
from storage.models.wire import record_type
from storage.upstreams import open_upstream
from storage.upstreams.base import Batch, Changes, Part, Place, SnapshotPage, Stamp, Take, UpstreamSettings
from storage.upstreams.customs_codes import TABLES, CodeTable, Translated, read_codes

WHEN = datetime(2026, 11, 20, tzinfo=UTC)


def declaration(state: str, **more: Any) -> Any:
    return record_type(Declaration)(id="D1", rev=1, changed_at=WHEN, number="1", state=state, **more)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_ours_leads_to_states_of_the_console(table: str) -> None:
    codes = read_codes(table)
    assert codes.title
    assert set(codes.states.values()) <= set(STATES)
    assert set(codes.lanes) | set(codes.turns) <= set(codes.states)


@pytest.mark.parametrize(
    ("table", "code", "meant"),
    [
        ("edifact-7365", "5", ("inspection", "5", "red", "customs")),
        ("edifact-7365", "1:120:ZZZ:N", ("accepted", "1:120:ZZZ:N", None, None)),
        ("edifact-7365", " 6 ", ("documents required", " 6 ", "yellow", "broker")),
        ("dcsa-shipment", "penu", ("documents required", "penu", "yellow", "broker")),
        ("dcsa-shipment", "RELS", ("released", "RELS", None, None)),
        ("native", "Canceled", ("cancelled", "Canceled", None, None)),
    ],
)
def test_a_code_becomes_a_state_with_the_code_beside(table: str, code: str, meant: tuple[str | None, ...]) -> None:
    record = read_codes(table).translated(declaration(code))
    assert (record.state, record.raw_state, record.lane, record.turn) == meant


def test_what_the_source_says_itself_wins() -> None:
    codes = read_codes("edifact-7365")
    told = codes.translated(declaration("5", raw_state="GIS 5", lane="blue", turn="terminal"))
    assert (told.state, told.raw_state, told.lane, told.turn) == ("inspection", "GIS 5", "blue", "terminal")
    known = declaration("released")
    assert codes.translated(known) is known


def test_a_code_that_no_table_has_goes_through_as_it_came() -> None:
    record = read_codes("edifact-7365").translated(declaration("99"))
    assert (record.state, record.raw_state, record.lane, record.turn) == ("99", "99", None, None)


def test_a_site_s_own_table_starts_from_another_and_names_what_differs(tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    own.write_text('based_on = "edifact-7365"\n[states]\n7 = "inspection"\n77 = "duty pending"\n[lanes]\n7 = "red"\n')
    codes = read_codes(str(own))
    found = {code: codes.translated(declaration(code)) for code in ("7", "77", "5")}
    assert [found[code].state for code in found] == ["inspection", "duty pending", "inspection"]
    assert found["7"].lane == "red"
    further = tmp_path / "further.toml"
    further.write_text('based_on = "ours.toml"\n[states]\n78 = "closed"\n')
    assert read_codes(str(further)).states.items() >= codes.states.items()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[states]\n5 = "melted"\n', "state 'melted' of code 5 is none of draft,"),
        ('[turns]\n5 = "captain"\n', "turn 'captain' of code 5 is none of customs,"),
        ("[states\n", "correct the table"),
        ("[colours]\n", "unknown field"),
        ('based_on = "self.toml"\n', "based on too many"),
        ('based_on = "gone.toml"\n', "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "self.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=said):
        read_codes(str(path))


class Scripted:
    """An upstream that hands over what it was given."""

    def __init__(self, batches: Sequence[Any]) -> None:
        self.settings = UpstreamSettings(name="x", url="http://127.0.0.1:1")
        self.interval_s = 7.0
        self.closed = False
        self._batches = batches

    async def pull(self, _place: Place, take: Take) -> None:
        for batch in self._batches:
            await take(batch)

    async def whole(self, _feed: str, _epoch: str) -> AsyncIterator[Batch]:
        for batch in self._batches:
            yield batch

    async def close(self) -> None:
        self.closed = True


async def test_pages_and_changes_are_translated_on_their_way_and_other_feeds_left_alone() -> None:
    stamp = Stamp(epoch="e", as_of=WHEN, server_time=WHEN)
    train: Any = record_type(Train)(id="T1", rev=1, changed_at=WHEN, number="X1", direction="arrival", phase="5")
    page = SnapshotPage(
        stamp=stamp, part=Part(feed="declarations", records=[declaration("5")]), pages=1, count=1, digest=None
    )
    trains, declared = Part(feed="trains", records=[train]), Part(feed="declarations", records=[declaration("4")])
    taken: list[Any] = []

    async def take(batch: Any) -> None:
        taken.append(batch)

    scripted = Scripted([page, Changes(stamp=stamp, cursor="c", parts=[trains, declared])])
    upstream = Translated(scripted, CodeTable(states={"5": "inspection", "4": "released"}))
    assert (upstream.interval_s, upstream.settings.name) == (7.0, "x")
    upstream.interval_s = 9.0
    await upstream.pull(Place(), take)
    whole = upstream.whole("declarations", "e")
    assert whole is not None
    assert [batch async for batch in whole] == taken
    await upstream.close()
    assert (scripted.interval_s, scripted.closed) == (9.0, True)
    assert taken[0].part.records[0].state == "inspection"
    assert taken[1].parts[0] is trains
    assert taken[1].parts[1].records[0].state == "released"


def test_an_upstream_with_codes_is_one_that_translates() -> None:
    settings = UpstreamSettings(name="x", url="http://127.0.0.1:1", options={"customs_codes": "edifact-7365"})
    assert isinstance(open_upstream(settings), Translated)
