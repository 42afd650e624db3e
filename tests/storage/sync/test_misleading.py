"""Sources that answer and mislead: data that stands still, a login page, records of another age of the contract."""

from typing import Any

import pytest
from sqlmodel import select

from storage.errors import BadData
from storage.models import Leader, Quarantine
from storage.models.base import from_ms
from storage.sync.freshness import Freshness, judge
from tests.storage.gateway import iso, later
from tests.storage.loopback import Reply
from tests.storage.sync.conftest import Harness, boxes


def freshness(harness: Harness) -> Freshness:
    """How the boxes stand a moment after the last answer."""
    source = harness.source()
    assert source.asked_at is not None
    return judge(harness.feed(), source, Leader(heartbeat_at=source.asked_at), source.asked_at)


async def test_a_source_whose_data_stands_still_is_frozen_though_it_answers(harness: Harness) -> None:
    boxes(harness, 2)
    await harness.sync()
    assert freshness(harness).word == "LIVE <15 s"
    harness.gateway.as_of = later()
    harness.gateway.now = later(minutes=43)
    await harness.sync()
    assert freshness(harness).word == "FROZEN 43 min"
    assert harness.source().failures == 0
    assert harness.rows() == harness.served()
    harness.gateway.as_of = None
    harness.gateway.box("b000", remark="moves again")
    await harness.sync()
    assert freshness(harness).word == "LIVE <15 s"


async def test_a_login_page_in_between_changes_nothing_and_is_never_quoted(harness: Harness) -> None:
    boxes(harness, 2)
    await harness.sync()
    page = Reply(b"<h1>\x1b[2JLog in to the guest network</h1>", headers={"Content-Type": "text/html"})
    harness.gateway.faults = lambda _request: page
    with pytest.raises(BadData, match="login page"):
        await harness.sync()
    assert harness.rows() == harness.served()
    said = harness.source().error or ""
    assert "text/html" in said
    assert "guest network" not in said


@pytest.mark.parametrize("by", ["snapshot", "changes"])
async def test_a_field_of_a_newer_contract_is_passed_over_and_its_record_goes_in(harness: Harness, by: str) -> None:
    if by == "changes":
        await harness.sync()
    harness.gateway.box("b1", remark="here", robot_id="R2", nested={"deep": [1, 2, {"er": None}]})
    await harness.sync()
    assert harness.rows(field="remark") == {"b1": "here"}
    assert harness.feed().set_aside == 0


@pytest.mark.parametrize("by", ["snapshot", "changes"])
async def test_a_word_of_a_newer_vocabulary_is_kept_as_it_came(harness: Harness, by: str) -> None:
    if by == "changes":
        await harness.sync()
    harness.gateway.box("b1", customs="quantum-released", category="lunar")
    await harness.sync()
    assert harness.rows(field="customs") == {"b1": "quantum-released"}
    assert harness.rows(field="category") == {"b1": "lunar"}
    assert harness.feed().set_aside == 0


async def test_an_optional_field_that_is_missing_is_unknown(harness: Harness) -> None:
    harness.gateway.box("b1", remark="said")
    await harness.sync()
    del harness.gateway.feeds["containers"]["b1"]["remark"]
    harness.gateway.box("b1")
    await harness.sync()
    assert harness.rows(field="remark") == {"b1": None}


@pytest.mark.parametrize("by", ["snapshot", "changes"])
@pytest.mark.parametrize(
    ("drift", "named"),
    [({"changed_at": None}, "changed_at"), ({"gross_kg": "24 t"}, "gross_kg"), ({"bay": 1.5}, "bay")],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_record_without_what_is_required_or_of_another_type_is_set_aside_by_name(
    harness: Harness, drift: dict[str, Any], named: str, by: str
) -> None:
    if by == "changes":
        await harness.sync()
    boxes(harness, 3)
    record = harness.gateway.box("b9")
    for records in (record, harness.gateway.log[-1]["data"]):
        records.update(drift)
    await harness.sync()
    assert set(harness.rows()) == {"b000", "b001", "b002"}
    with harness.cache.read() as session:
        entry = session.exec(select(Quarantine)).one()
    assert (entry.feed, entry.record) == ("containers", "b9")
    assert named in entry.reason


async def test_a_required_field_that_is_missing_is_never_taken_for_a_deletion(harness: Harness) -> None:
    boxes(harness, 3)
    await harness.sync()
    del harness.gateway.feeds["containers"]["b001"]["changed_at"]
    harness.gateway.box("b000", remark="so that the snapshot is another one")
    harness.gateway.forget_log()
    await harness.sync()
    assert set(harness.rows()) == {"b000", "b001", "b002"}
    assert harness.feed().set_aside == 1


async def test_a_source_that_says_it_is_of_the_future_is_not_younger_for_it(harness: Harness) -> None:
    boxes(harness, 1)
    harness.gateway.as_of = later(hours=9)
    await harness.sync()
    assert freshness(harness).age is not None
    assert harness.feed().lag_ms == 0
    assert iso(harness.feed().as_of or from_ms(0)) == iso(later(hours=9))
