"""A place in the change log that is lost, late or without an end: the cache goes on from what the source has now."""

import json

import pytest

from storage.errors import BadData, Transient
from tests.storage.gateway import iso, later
from tests.storage.loopback import Reply, Request
from tests.storage.sync.conftest import Harness, boxes


async def test_an_expired_cursor_is_followed_by_a_snapshot(harness: Harness) -> None:
    boxes(harness, 4)
    await harness.sync()
    harness.gateway.box("b000", remark="moved")
    harness.gateway.remove("containers", "b001")
    harness.gateway.forget_log()
    await harness.sync()
    assert harness.rows() == harness.served()


async def test_a_new_epoch_overwrites_rows_whatever_their_revision(harness: Harness) -> None:
    for _ in range(5):
        boxes(harness, 3)
    await harness.sync()
    harness.gateway.begin_anew("second")
    boxes(harness, 3)
    await harness.sync()
    assert harness.rows() == harness.served()
    assert max(harness.rows().values()) <= 3
    assert (harness.source().epoch, harness.feed().epoch) == ("second", "second")


async def test_a_new_epoch_in_the_middle_of_paging_ends_at_the_new_one(harness: Harness) -> None:
    boxes(harness, 9)
    pages = 0

    def restore(request: Request) -> Reply | None:
        nonlocal pages
        pages += "/containers/" in request.path
        if pages == 2:
            harness.gateway.begin_anew("second")
            harness.gateway.faults = lambda _request: None
        return None

    harness.gateway.faults = restore
    with pytest.raises(Transient):  # the cut of the first epoch is gone
        await harness.sync()
    await harness.sync()
    assert harness.rows() == harness.served()
    assert harness.source().epoch == "second"


async def test_an_older_revision_never_takes_the_place_of_a_newer_one(harness: Harness) -> None:
    old = harness.gateway.box("b1", remark="old")
    harness.gateway.box("b1", remark="new")
    await harness.sync()
    harness.gateway.log.append({"feed": "containers", "op": "upsert", "id": "b1", "rev": 1, "data": old})
    await harness.sync()
    assert harness.rows(field="remark") == {"b1": "new"}


async def test_a_late_tombstone_does_not_delete_a_newer_record(harness: Harness) -> None:
    harness.gateway.box("b1")
    harness.gateway.box("b1")
    await harness.sync()
    harness.gateway.log.append({"feed": "containers", "op": "delete", "id": "b1", "rev": 1, "data": None})
    await harness.sync()
    assert harness.rows() == harness.served()


async def test_a_change_log_without_an_end_is_given_up(harness: Harness) -> None:
    boxes(harness, 1)
    await harness.sync()
    circle = {"epoch": "first", "as_of": iso(later()), "server_time": iso(later()), "items": [], "more": True}

    def turn(request: Request) -> Reply | None:
        following = {"first:1": "a", "a": "b", "b": "a"}.get(request.query.get("since", ""))
        return Reply(json.dumps({**circle, "next": following}).encode()) if following else None

    harness.gateway.faults = turn
    with pytest.raises(BadData, match="without an end"):
        await harness.sync()


async def test_a_load_that_was_broken_off_goes_on_with_what_is_missing(harness: Harness) -> None:
    boxes(harness, 9)
    harness.gateway.put("tracks", "t1", name="1")
    harness.gateway.faults = lambda request: Reply(status=500) if "/seals/" in request.path else None
    with pytest.raises(Transient):
        await harness.sync()
    assert harness.feed("tracks").loaded
    harness.gateway.box("b000", remark="moved meanwhile")
    harness.gateway.faults = lambda _request: None
    harness.server.requests.clear()
    await harness.sync()
    assert harness.rows() == harness.served()
    assert harness.asked("/tracks/") == 0
