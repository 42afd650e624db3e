"""A place in the change log that is lost, late or without an end: the cache goes on from what the source has now."""

import json
from collections.abc import Callable

import pytest

from storage.errors import BadData, Transient
from storage.upstreams import native
from tests.storage.gateway import iso, later, problem
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


def watched(harness: Harness, nth: int, part: str, answer: Callable[[], Reply | None]) -> list[int]:
    """Give `answer` to the `nth` request for `part`, once; the list grows by the boxes in the cache at each request."""
    seen: list[int] = []
    asked = 0

    def fault(request: Request) -> Reply | None:
        nonlocal asked
        seen.append(len(harness.rows()))
        asked += part in request.path
        if part in request.path and asked == nth:
            return answer()
        return None

    harness.gateway.faults = fault
    return seen


async def test_a_place_that_is_lost_in_the_middle_of_the_log_costs_one_snapshot_and_no_row(harness: Harness) -> None:
    boxes(harness, 9)
    await harness.sync()
    for number in range(9):
        harness.gateway.box(f"b{number:03}", remark="moved")
    seen = watched(harness, 2, "changes", lambda: problem(410, "cursor_expired"))
    harness.server.requests.clear()
    await harness.sync()
    assert harness.rows() == harness.served()
    assert set(harness.rows(field="remark").values()) == {"moved"}
    assert harness.asked("/containers/") == 3, "one snapshot of three pages"
    assert min(seen) == 9, "the old rows stay until the new ones are there"


async def test_a_cut_that_expires_in_the_middle_of_paging_is_left_for_a_new_one(harness: Harness) -> None:
    boxes(harness, 9)
    await harness.sync()
    for number in range(4):
        harness.gateway.remove("containers", f"b{number:03}")
    harness.gateway.forget_log()
    harness.gateway.page_size = 2
    seen = watched(harness, 2, "/containers/", lambda: problem(410, "cut_expired"))
    with pytest.raises(Transient, match="gave up its snapshot"):
        await harness.sync()
    assert len(harness.rows()) == 9
    assert (harness.feed().loaded, harness.feed().loading) == (True, True)
    await harness.sync()
    assert harness.rows() == harness.served()
    assert min(seen) == 9
    assert (harness.feed().loading, harness.source().failures) == (False, 0)


async def test_a_new_epoch_in_the_middle_of_the_log_is_followed_by_a_snapshot_of_it(harness: Harness) -> None:
    boxes(harness, 9)
    await harness.sync()
    for number in range(9):
        harness.gateway.box(f"b{number:03}", remark="moved")

    def restore() -> None:
        """The gateway is set back to before the moves, and to fewer boxes."""
        harness.gateway.begin_anew("second")
        for number in range(9):
            harness.gateway.box(f"b{number:03}", remark="restored")

    seen = watched(harness, 2, "changes", restore)
    await harness.sync()
    assert harness.rows() == harness.served()
    assert set(harness.rows(field="remark").values()) == {"restored"}
    assert harness.source().epoch == "second"
    assert min(seen) == 9, "no flash of an empty terminal"


async def test_a_restored_source_never_looks_as_if_all_were_deleted(harness: Harness) -> None:
    boxes(harness, 9)
    await harness.sync()
    harness.gateway.begin_anew("second")
    for number in range(9):
        harness.gateway.box(f"b{number:03}")
    seen = watched(harness, 0, "never", lambda: None)
    await harness.sync()
    assert set(seen) == {9}
    assert harness.rows() == harness.served()


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


async def test_a_change_log_that_always_has_more_is_given_up_after_so_many_pages(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes(harness, 1)
    await harness.sync()
    monkeypatch.setattr(native, "MOST_CHANGE_PAGES", 30)
    page = {"epoch": "first", "as_of": iso(later()), "server_time": iso(later()), "items": [], "more": True}

    def go_on(request: Request) -> Reply | None:
        if not request.path.endswith("changes"):
            return None
        return Reply(json.dumps({**page, "next": request.query["since"] + "x"}).encode())

    harness.gateway.faults = go_on
    harness.server.requests.clear()
    with pytest.raises(BadData, match="without an end"):
        await harness.sync()
    assert harness.asked("changes") == 31
    assert harness.rows() == harness.served()
    assert harness.source().error_code == "bad data"


async def test_changes_that_come_again_or_in_another_order_end_the_same(harness: Harness) -> None:
    harness.gateway.page_size = 100
    boxes(harness, 3)
    await harness.sync()
    harness.gateway.overlap, harness.gateway.scrambled = 4, True
    harness.gateway.remove("containers", "b001")
    harness.gateway.box("b002", remark="first")
    harness.gateway.box("b002", remark="second")
    harness.gateway.box("b001", remark="back again")
    await harness.sync()
    assert harness.rows() == harness.served()
    assert harness.rows(field="remark") == {"b000": None, "b001": "back again", "b002": "second"}
    harness.gateway.remove("containers", "b002")
    await harness.sync()
    assert harness.rows() == harness.served()


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
