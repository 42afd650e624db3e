"""What a bad record costs, as work counted: it is set aside alone, and its page is not read again and again."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session, select

from storage.cache import Cache
from storage.models import Feed, FeedState, Quarantine, to_ms
from storage.models.wire import Wire, wire
from storage.sync import apply, quarantine
from storage.sync.client import Answer
from storage.upstreams import contract
from storage.upstreams.base import Part
from tests.bench.flawed import NOW, PAGE, pages


class Counted:
    """A decoder that counts how often it is asked."""

    def __init__(self, decoder: Any, name: str, tally: Counter[str]) -> None:
        self._decoder, self._name, self._tally = decoder, name, tally

    def decode(self, data: Any) -> Any:
        self._tally[self._name] += 1
        return self._decoder.decode(data)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a whole page was decoded, typed or raw, and how often one record."""
    tally: Counter[str] = Counter()
    typed = contract._snapshot_of

    def one_by_one(model: type[Feed]) -> Wire:
        return replace(wire(model), one=Counted(wire(model).one, "record", tally))  # type: ignore[arg-type]

    monkeypatch.setattr(contract, "_snapshot_of", lambda feed: Counted(typed(feed), "typed", tally))
    monkeypatch.setattr(contract, "_RAW_SNAPSHOT", Counted(contract._RAW_SNAPSHOT, "raw", tally))
    monkeypatch.setattr(contract, "_NAMED", Counted(contract._NAMED, "named", tally))
    monkeypatch.setattr(contract, "wire", one_by_one)
    return tally


def test_a_clean_page_is_decoded_once_and_no_record_alone(decoded: Counter[str]) -> None:
    for answer in pages(3, flawed=False):
        contract.decode_snapshot(answer, "containers", "bench")
    assert decoded == {"typed": 3}


def test_a_page_with_a_bad_record_is_decoded_twice_and_each_record_once(decoded: Counter[str]) -> None:
    (answer,) = pages(1, flawed=True)
    body, bad = contract.decode_snapshot(answer, "containers", "bench")
    assert decoded == {"typed": 1, "raw": 1, "record": PAGE, "named": 1}
    assert ([record.id for record in bad], len(body.items)) == ([f"c{PAGE // 2:07d}"], PAGE - 1)


def test_a_bad_record_costs_its_own_page_only(decoded: Counter[str]) -> None:
    clean, (flawed,) = pages(4, flawed=False), pages(1, flawed=True)
    for answer in (*clean[:2], flawed, *clean[2:]):
        contract.decode_snapshot(answer, "containers", "bench")
    assert decoded == {"typed": 5, "raw": 1, "record": PAGE, "named": 1}


def _statements(cache: Cache, answer: Answer) -> int:
    """What the writer runs for a page of a feed that had no rows."""
    body, bad = contract.decode_snapshot(answer, "containers", "bench")
    rows = apply.to_rows(Part(feed="containers", records=body.items, bad=bad, plain=True), "site", to_ms(NOW))
    said: list[str] = []
    with cache.write() as session:
        driver: Any = session.connection().connection.driver_connection
        driver.set_trace_callback(said.append)
        apply.write_rows(session, "site", rows, first=True)
        _set_aside(session, rows)
        driver.set_trace_callback(None)
    return len(said)


def _set_aside(session: Session, rows: apply.Rows) -> None:
    if rows.bad:
        quarantine.take_out(session, "site", rows.feed, rows.good_ids)
        quarantine.set_aside(session, "site", rows.feed, rows.bad, NOW)
    session.merge(FeedState(source="site", feed=rows.feed, set_aside=len(rows.bad)))


def test_setting_a_record_aside_takes_the_writer_a_few_statements_whatever_the_page(file_cache: Cache) -> None:
    (clean,), (flawed,) = pages(1, flawed=False), pages(1, flawed=True)
    assert _statements(file_cache, flawed) - _statements(file_cache, clean) < PAGE // 5
    with file_cache.read() as session:
        (aside,) = session.exec(select(Quarantine)).all()
    assert (aside.record, aside.seen) == (f"c{PAGE // 2:07d}", 1)
    assert "gross_kg" in aside.reason
